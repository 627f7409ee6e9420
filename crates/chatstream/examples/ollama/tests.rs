//! The client against its small server, and its rooms by table.

use bytes::Bytes;
use chatstream::core::decode::{DEFAULT_EVENT_LIMIT, Framing};
use chatstream::core::{AnswerReader, Failure};
use chatstream::{
    Chunk, Conversation, ErrorKind, FileInput, FinishReason, ImageInput, ReasoningEffort, ResponseFormat, Retry,
    Secret, ToolCall, ToolChoice,
};
use chatstream_emulator::{Answer, Emulator};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::*;
use crate::parse::ChatParser;

fn client(emulator: &Emulator) -> Ollama {
    let transport = TransportConfig::default().proxy(Proxy::None).retry(Retry::none());
    let mut config = OllamaConfig::default().host(emulator.address().to_string()).transport(transport);
    config.api_key = Some(Secret::from("hunter2"));
    Ollama::new(config).unwrap()
}

/// What the lines say, in pieces of one width: neighbouring texts joined, and the error at the end.
fn said(lines: &str, width: usize) -> (Vec<Chunk>, Option<ErrorKind>) {
    let mut reader = AnswerReader::new(Framing::JsonLines, DEFAULT_EVENT_LIMIT, Box::new(ChatParser::default()));
    for piece in lines.as_bytes().chunks(width) {
        reader.push(Bytes::copy_from_slice(piece));
    }
    reader.finish(None);
    let items: Vec<_> = std::iter::from_fn(|| reader.next_item()).collect();
    let error = items.last().and_then(|item| item.as_ref().err()).map(chatstream::Error::kind);
    (items.into_iter().flatten().collect(), error)
}

#[tokio::test]
async fn thoughts_calls_and_text_come_over_the_network() {
    let emulator = server::start().await.unwrap();
    let ollama = client(&emulator);
    let request = ChatRequest::new("What is the weather in Kazan?").tool(Tool::new("weather"));
    let first = ollama.chat(request.clone()).await.unwrap().into_response().await.unwrap();
    assert_eq!(first.reasoning, "The user asks for the weather.");
    // The text of the arguments is the model's, not another one of the same JSON.
    assert_eq!(first.tool_calls, [ToolCall::new("call_a1", "weather", r#"{"city":"Kazan","at":1.50}"#)]);
    assert_eq!(first.finish_reason, Some(FinishReason::ToolCalls));

    let request = request.message(first.to_message()).message(Message::tool("call_a1", "3 °C"));
    let second = ollama.chat(request).await.unwrap().into_response().await.unwrap();
    assert_eq!(
        (second.text.as_str(), second.model.as_deref()),
        ("It is clear in Kazan, 3 °C. Тепло 🚀\n", Some("qwen3"))
    );
    let usage = second.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.cached_tokens), (Some(201), Some(17), Some(160)));

    let requests = emulator.requests();
    assert_eq!(requests[1].header("authorization"), Some("Bearer hunter2"));
    let sent = requests[1].json();
    assert_eq!(
        sent["messages"][1],
        json!({"role": "assistant", "content": "", "tool_calls": [
            {"id": "call_a1", "function": {"name": "weather", "arguments": {"city": "Kazan", "at": 1.5}}}
        ]})
    );
    assert_eq!(
        sent["messages"][2],
        json!({"role": "tool", "content": "3 °C", "tool_name": "weather", "tool_call_id": "call_a1"})
    );
    assert!(!format!("{ollama:?}").contains("hunter2"));
}

#[tokio::test]
async fn refusals_and_broken_answers_are_errors_of_their_kind() {
    let json =
        |status, body: &str| Answer::new(status).header("content-type", "application/json").piece(body.to_owned());
    let text = r#"{"message":{"content":"Part"}}"#;
    let late = r#"{"error":"an error was encountered while running the model"}"#;
    let table = [
        (json(404, r#"{"error":"model 'x' not found"}"#), ErrorKind::InvalidRequest, ""),
        (json(400, r#"{"error":"\"x\" does not support tools"}"#), ErrorKind::InvalidRequest, ""),
        (json(401, r#"{"error":"unauthorized"}"#), ErrorKind::Unauthorized, ""),
        (json(429, r#"{"error":"you've reached your hourly usage limit"}"#), ErrorKind::QuotaExhausted, ""),
        (json(503, r#"{"error":"server busy, please try again"}"#), ErrorKind::Unavailable, ""),
        (json(502, ""), ErrorKind::Unavailable, ""),
        (json(200, r#"{"error":"model 'x' not found"}"#), ErrorKind::InvalidRequest, ""),
        (Answer::new(200).header("content-type", "text/html").piece("<title>Hi</title>"), ErrorKind::Unexpected, ""),
        (server::streamed(&[text, late]), ErrorKind::Unavailable, "Part"),
        (server::streamed(&[text]), ErrorKind::Interrupted, "Part"),
        (server::streamed(&[text, "oops"]), ErrorKind::Parse, "Part"),
    ];
    let emulator = Emulator::builder().start().await.unwrap();
    let ollama = client(&emulator);
    for (answer, kind, text) in table {
        emulator.script(answer);
        let mut response = ChatResponse::default();
        let error = match ollama.chat(ChatRequest::new("Why?")).await {
            Err(error) => error,
            Ok(mut chunks) => loop {
                match chunks.try_next().await {
                    Ok(chunk) => response.push(chunk.unwrap()),
                    Err(error) => break error,
                }
            },
        };
        assert_eq!((error.kind(), response.text.as_str()), (kind, text), "{error}");
        assert_eq!(error.provider(), Some("ollama"));
    }
}

#[test]
fn every_split_of_an_answer_says_the_same() {
    for lines in server::ANSWERS {
        let body = lines.join("\r\n");
        let whole = said(&body, body.len());
        assert!(matches!(whole.0.last(), Some(Chunk::End(_))) && whole.1.is_none(), "{whole:?}");
        for width in 1..=64 {
            assert_eq!(said(&body, width), whole, "in pieces of {width}");
        }
    }
}

#[test]
fn what_is_odd_in_an_answer_fails_nothing() {
    let done = r#"{"done":true,"prompt_eval_count":"7","eval_count":null,"future":[{}]}"#;
    let halves = r#"{"message":{"content":"go \ud83d","thinking":null}}
{"message":{"content":"\ude80"}}
{"message":{"tool_calls":[{"function":{"name":"f"}},{"function":{"name":"g","arguments":{}}}]}}
"#;
    let (chunks, error) = said(&(halves.to_owned() + done), 5);
    let mut response = ChatResponse::default();
    chunks.into_iter().for_each(|chunk| response.push(chunk));
    assert_eq!((response.text.as_str(), error), ("go 🚀", None));
    assert_eq!(response.tool_calls, [ToolCall::new("call_0", "f", "{}"), ToolCall::new("call_1", "g", "{}")]);
    assert_eq!((response.finish_reason, response.usage.unwrap().input_tokens), (None, Some(7)));
    for (reason, expected) in [("length", FinishReason::Length), ("load", FinishReason::Other("load".into()))] {
        let line = format!(r#"{{"done":true,"done_reason":"{reason}"}}"#);
        let Some(Chunk::End(end)) = said(&line, 9).0.pop() else { panic!("no end") };
        assert_eq!(end.finish_reason, Some(expected));
    }
}

fn encoded(request: &ChatRequest) -> chatstream::Result<Value> {
    let endpoint = config::endpoint("127.0.0.1").unwrap();
    let request = encode::chat(&endpoint, "qwen3", request, None)?;
    assert_eq!(request.uri(), "http://127.0.0.1:11434/api/chat");
    Ok(serde_json::from_slice(request.body()).unwrap())
}

#[test]
fn what_is_asked_for_is_sent_and_nothing_else() {
    let bare = json!({"model": "qwen3", "stream": true, "messages": [{"role": "user", "content": "Hi"}]});
    assert_eq!(encoded(&ChatRequest::new("Hi")).unwrap(), bare);
    let schema = json!({"type": "object"});
    let message = Message::user("Who").text(" is it?").image(ImageInput::data("image/png", &b"\x89PNG"[..]));
    let request = ChatRequest::from_messages([message])
        .model("gemma3")
        .temperature(0.5)
        .max_tokens(9)
        .stop("END")
        .response_format(ResponseFormat::json_schema("answer", schema.clone()))
        .reasoning_effort(ReasoningEffort::High)
        .extra("keep_alive", "10m")
        .extra("options", json!({"num_ctx": 8192}))
        .whole();
    let expected = json!({
        "model": "gemma3",
        "stream": false,
        "messages": [{"role": "user", "content": "Who is it?", "images": ["iVBORw=="]}],
        "format": schema,
        "think": "high",
        "keep_alive": "10m",
        "options": {"temperature": 0.5, "num_predict": 9, "stop": ["END"], "num_ctx": 8192},
    });
    assert_eq!(encoded(&request).unwrap(), expected);
    let thought = ChatRequest::from_messages([Message::assistant("Hello").reasoning("A greeting.")]);
    assert_eq!(encoded(&thought).unwrap()["messages"][0]["thinking"], "A greeting.");
    let unthinking = ChatRequest::new("Hi").reasoning_effort(ReasoningEffort::None);
    assert_eq!(encoded(&unthinking).unwrap()["think"], json!(false));
}

#[test]
fn what_ollama_has_not_is_refused_by_its_name() {
    let hi = || ChatRequest::new("Hi");
    let called = |arguments| Message::assistant("").tool_call(ToolCall::new("1", "f", arguments));
    let table = [
        (hi().tool_choice(ToolChoice::Auto), "tool_choice: "),
        (hi().temperature(f64::NAN), "temperature is no finite number"),
        (hi().conversation(Conversation::new("grok")), "conversation: "),
        (ChatRequest::from_messages([]), "messages: is empty"),
        (hi().tool(Tool::new("f").strict(true)), "tools.strict: "),
        (hi().message(Message::user("Hi").name("me")), "messages[1].name: "),
        (hi().message(Message::tool("1", "x")), "messages[1].tool_call_id: no earlier call"),
        (hi().message(called("[1]")), "messages[1].tool_calls: arguments of f are no JSON object"),
        (hi().message(Message::user("").image(ImageInput::url("https://a.example/b.png"))), "messages[1]: a picture"),
        (hi().message(Message::user("").file(FileInput::id("7"))), "messages[1]: ollama takes"),
    ];
    for (request, message) in table {
        let error = encoded(&request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.message().starts_with(message), "{error}");
    }
}

#[test]
fn a_body_of_any_form_is_classified() {
    let address = "http://127.0.0.1:11434/api/chat".parse().unwrap();
    let check = |status: u16, body: &str| {
        let (status, headers) = (StatusCode::from_u16(status).unwrap(), HeaderMap::new());
        error::classify(&Failure::new(&address, status, &headers, body.as_bytes()))
    };
    assert_eq!(check(404, "404 page not found").message(), "404 page not found");
    assert_eq!(check(500, r#"{"error":{"message":"x"}}"#).message(), r#"{"message":"x"}"#);
    assert_eq!(check(403, "<html><title>Denied</title>").kind(), ErrorKind::Blocked);
    assert!(check(500, "").message().contains("answered internal server error without a message"));
}
