use chatstream_core::{AnswerReader, Chunk, Parse, Tool, ToolCall};
use serde_json::{Value, json};

use super::*;

/// The chunks of a body as JSON, and the error that ended it.
fn read(body: &str, parser: impl Parse + 'static) -> (Vec<Value>, Option<Error>) {
    let mut reader = AnswerReader::new(chatstream_core::decode::Framing::SseOrWhole, 1 << 20, Box::new(parser));
    reader.push(body.to_owned().into());
    reader.finish(None);
    let (mut chunks, mut failure) = (Vec::new(), None);
    while let Some(item) = reader.next_item() {
        match item {
            Ok(chunk) => chunks.push(serde_json::to_value(chunk).unwrap()),
            Err(error) => failure = Some(error),
        }
    }
    (chunks, failure)
}

fn stream(payloads: &[Value]) -> String {
    payloads.iter().map(|payload| format!("data: {payload}\n\n")).collect::<String>() + "data: [DONE]\n\n"
}

fn delta(delta: Value) -> Value {
    json!({"choices": [{"delta": delta, "index": 0}], "created": 1, "model": "GigaChat:1", "object": "chat.completion"})
}

fn closing(reason: &str) -> Value {
    json!({"choices": [{"delta": {"content": ""}, "index": 0, "finish_reason": reason}], "model": "GigaChat:1"})
}

fn of_type<'a>(chunks: &'a [Value], kind: &str) -> Vec<&'a Value> {
    chunks.iter().filter(|chunk| chunk["type"] == kind).collect()
}

#[test]
fn a_call_comes_back_under_the_caller_s_name_and_with_its_state() {
    let schema = json!({"type": "object", "properties": {}});
    let names = Names::new(&[Tool::new("get weather").parameters(schema)]);
    let endpoint = Endpoint::parse("https://api.giga.chat/v1").unwrap();
    for arguments in [json!({"city": "Казань"}), json!("{\"city\":\"Казань\"}")] {
        let call = json!({"name": "get_weather", "arguments": arguments});
        let body = stream(&[
            delta(json!({"content": "", "role": "assistant", "function_call": call, "functions_state_id": "s1"})),
            closing("function_call"),
        ]);
        let names = Names::new(&[Tool::new("get weather").parameters(json!({}))]);
        let (chunks, failure) = read(&body, V1Parser::with(Context::new(names, endpoint.clone())));
        assert!(failure.is_none(), "{failure:?}");
        let expected = Chunk::ToolCall(ToolCall::new("s1", "get weather", "{\"city\":\"Казань\"}"));
        assert_eq!(chunks[0], serde_json::to_value(expected).unwrap());
        assert_eq!(chunks[1]["finish_reason"], "tool_calls");
    }
    drop(names);
}

#[test]
fn a_picture_comes_out_of_the_text_with_its_address() {
    let endpoint = Endpoint::parse("https://api.giga.chat/v1").unwrap();
    let body = stream(&[
        delta(json!({"role": "function_in_progress", "name": "text2image", "content": "15"})),
        delta(json!({"content": "Вот: <img src=\"11-22\" fu", "role": "assistant"})),
        delta(json!({"content": "se=\"true\"/> розовый кот"})),
        closing("stop"),
    ]);
    let (chunks, _) = read(&body, V1Parser::with(Context::new(Names::default(), endpoint)));
    let expected = [
        json!({"type": "reasoning", "status": "text2image: 15"}),
        json!({"type": "text", "text": "Вот: "}),
        json!({"type": "images", "images": [{"url": "https://api.giga.chat/v1/files/11-22/content"}]}),
        json!({"type": "text", "text": " розовый кот"}),
    ];
    assert_eq!(chunks[..4], expected);
    assert_eq!(chunks[4]["type"], "end");
}

#[test]
fn only_a_reason_is_an_end() {
    let mut open = delta(json!({"content": "a"}));
    open["choices"][0]["finish_reason"] = Value::Null;
    let (chunks, failure) =
        read(&stream(&[open, delta(json!({"reasoning_content": "b"})), closing("stop")]), V1Parser::new());
    assert!(failure.is_none() && chunks.len() == 3, "{chunks:?}");
    let table = [("length", "length"), ("blacklist", "content_filter"), ("error", "error"), ("new", "new")];
    for (word, expected) in table {
        let (chunks, _) = read(&stream(&[closing(word)]), V1Parser::new());
        assert_eq!(chunks[0]["finish_reason"], expected);
    }
}

#[test]
fn usage_is_the_last_report_but_adds_up_in_the_older_threads() {
    let usage = |input: u64, output: u64| json!({"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output});
    let run = |object: &str| {
        let mut events = [delta(json!({"content": "a"})), closing("stop")];
        for (event, usage) in events.iter_mut().zip([usage(64, 23), usage(0, 8)]) {
            event["usage"] = usage;
            event["object"] = json!(object);
            event["thread_id"] = json!("t1");
        }
        read(&stream(&events), V1Parser::new()).0
    };
    let chunks = run("threads.messages.run");
    let end = chunks.last().unwrap();
    assert_eq!((&end["usage"]["input_tokens"], &end["usage"]["output_tokens"]), (&json!(64), &json!(31)));
    assert_eq!(of_type(&chunks, "conversation")[0]["ids"], json!({"thread_id": "t1"}));
    assert_eq!(run("chat.completion").last().unwrap()["usage"]["output_tokens"], 8);
}

fn named(events: &[(&str, Value)]) -> String {
    events.iter().map(|(name, data)| format!("event: {name}\ndata: {data}\n\n")).collect()
}

#[test]
fn version_2_tells_text_tools_pictures_sources_and_thread() {
    let message = |role: &str, content: Value| json!({"model": "m", "created_at": 1, "thread_id": "t1", "messages": [{"role": role, "content": content}]});
    let body = named(&[
        (
            "response.tool.in_progress",
            message("reasoning", json!([{"tool_execution": {"name": "web_search", "seconds_left": 3}}])),
        ),
        (
            "response.tool.completed",
            message("reasoning", json!([{"tool_execution": {"name": "web_search", "status": "success"}}])),
        ),
        ("response.message.delta", message("reasoning", json!([{"text": "hm"}]))),
        (
            "response.message.delta",
            message(
                "assistant",
                json!([{"files": [{"id": "f1", "target": "image"}, {"id": "c1", "target": "cover"}]}]),
            ),
        ),
        (
            "response.message.delta",
            message(
                "assistant",
                json!([{"text": "Готово", "inline_data": {"sources": {"1": {"url": "u", "title": "t"}}}}]),
            ),
        ),
        (
            "response.message.done",
            json!({
                "model": "m", "finish_reason": "stop", "messages": [{"role": "assistant", "content": [{"text": "Готово"}]}],
                "usage": {"input_tokens": 5, "input_tokens_details": {"cached_tokens": 2}, "output_tokens": 3, "total_tokens": 8},
            }),
        ),
    ]);
    let (chunks, failure) = read(&body, V2Parser::new());
    assert!(failure.is_none(), "{failure:?}");
    let expected = [
        json!({"type": "reasoning", "status": "web_search: 3 s left"}),
        json!({"type": "reasoning", "status": "web_search: success"}),
        json!({"type": "reasoning", "delta": "hm"}),
        json!({"type": "images", "images": [{"url": "files/f1/content"}]}),
        json!({"type": "text", "text": "Готово"}),
        json!({"type": "citation", "url": "u", "title": "t"}),
        json!({"type": "conversation", "provider": "gigachat", "ids": {"thread_id": "t1"}}),
    ];
    assert_eq!(chunks[..7], expected);
    assert_eq!((&chunks[7]["ending"], &chunks[7]["usage"]["cached_tokens"]), (&json!("finish_and_done"), &json!(2)));
}

#[test]
fn version_2_ends_with_its_closing_event_only() {
    let text = json!({"messages": [{"role": "assistant", "content": "bare"}]});
    let (chunks, failure) = read(&named(&[("response.message.delta", text)]), V2Parser::new());
    assert_eq!((&chunks[0]["text"], failure.unwrap().kind()), (&json!("bare"), ErrorKind::Interrupted));
    let call = json!({"function_call": {"id": "call-1", "name": "f", "arguments": {"x": 1}}});
    let done = json!({"messages": [{"role": "assistant", "tool_state_id": "s1", "content": [call]}], "finish_reason": "function_call"});
    let (chunks, _) = read(&named(&[("response.message.done", done)]), V2Parser::new());
    assert_eq!(chunks[0], json!({"type": "tool_call", "id": "s1", "name": "f", "arguments": "{\"x\":1}"}));
    let whole = json!({"messages": [{"role": "assistant", "content": [{"text": "a"}]}], "finish_reason": "stop"});
    let (chunks, _) = read(&whole.to_string(), V2Parser::new());
    assert_eq!((&chunks[0]["text"], &chunks[1]["ending"]), (&json!("a"), &json!("finish_only")));
}

#[test]
fn an_error_in_an_answer_s_place_ends_it() {
    let error = json!({"status": 429, "message": "Too many requests"});
    for body in [stream(&[delta(json!({"content": "a"})), error.clone()]), error.to_string()] {
        let (_, failure) = read(&body, V1Parser::new());
        assert_eq!(failure.unwrap().kind(), ErrorKind::RateLimited);
        let (_, failure) = read(&error.to_string(), V2Parser::new());
        assert_eq!(failure.unwrap().kind(), ErrorKind::RateLimited);
    }
    for body in ["{\"greeting\":1}", "{oops"] {
        assert_eq!(read(body, V1Parser::new()).1.unwrap().kind(), ErrorKind::Parse);
        assert_eq!(read(body, V2Parser::new()).1.unwrap().kind(), ErrorKind::Parse);
    }
}
