//! Version 2 of the chat: parts, named events, tools.

use chatstream_emulator::Emulator;
use serde_json::{Value, json};

use super::client::{SECOND, post, streamed_parts, weather};
use crate::client::{Ended, Received, faulty, plain, start, with};

async fn chat(emulator: &Emulator, body: &Value) -> Received {
    post(emulator, SECOND, body).await
}

fn unstreamed_parts(prompt: &str) -> Value {
    with(streamed_parts(prompt), json!({"stream": false}))
}

/// The events of a stream with their names.
fn named(answer: &Received) -> Vec<(String, Value)> {
    let text = answer.text();
    let events = text.split("\n\n").filter(|event| !event.is_empty());
    let events = events.map(|event| {
        let (name, data) = event.split_once('\n').expect("a name and data");
        let name = name.strip_prefix("event: ").expect("a name");
        (name.to_owned(), serde_json::from_str(data.strip_prefix("data: ").expect("data")).expect("JSON"))
    });
    events.collect()
}

/// The texts of one role, joined.
fn said(events: &[(String, Value)], role: &str) -> String {
    let messages = events.iter().map(|(_, event)| &event["messages"][0]).filter(|message| message["role"] == role);
    messages.filter_map(|message| message["content"][0]["text"].as_str()).collect()
}

fn names(events: &[(String, Value)]) -> Vec<&str> {
    let mut names = events.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
    names.dedup();
    names
}

#[tokio::test]
async fn a_stream_is_named_events_and_ends_without_a_mark() {
    let emulator = plain().await;
    let answer = chat(&emulator, &streamed_parts("Привет")).await;
    assert_eq!((answer.status, answer.ended), (200, Ended::Clean));
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert!(!answer.text().contains("[DONE]"));
    let events = named(&answer);
    assert_eq!(names(&events), ["response.message.delta", "response.message.done"]);
    assert!(said(&events, "assistant").starts_with("You said: \"Привет\". Это эмулятор 🚀"));
    let (_, first) = &events[0];
    assert_eq!(first["messages"], json!([{"role": "assistant", "content": [{"text": "You"}]}]));
    assert_eq!((&first["model"], first.get("usage")), (&json!("GigaChat-3-Ultra:32.4.1.7"), None));
    let (_, done) = events.last().unwrap();
    assert_eq!((&done["finish_reason"], done.get("messages")), (&json!("stop"), None));
    let usage = &done["usage"];
    assert_eq!(usage["output_tokens"], events.len() - 1);
    assert_eq!(usage["input_tokens"], usage["input_tokens_details"]["prompt_tokens"]);

    let whole = chat(&emulator, &unstreamed_parts("Привет")).await.json();
    let message = json!({"role": "assistant", "content": [{"text": said(&events, "assistant")}]});
    assert_eq!((&whole["messages"], &whole["usage"]), (&json!([message]), usage));
    assert_eq!(whole["finish_reason"], "stop");
}

#[tokio::test]
async fn a_call_comes_with_the_last_event() {
    let emulator = plain().await;
    let tools = json!([{"functions": {"specifications": [weather()]}}]);
    for config in [json!(null), json!({"mode": "auto"}), json!({"mode": "forced", "function_name": "weather"})] {
        let body = with(streamed_parts("Погода?"), json!({"tools": tools, "tool_config": config}));
        let events = named(&chat(&emulator, &body).await);
        assert_eq!(names(&events), ["response.message.done"]);
        let (_, done) = &events[0];
        let message = &done["messages"][0];
        let call = json!({"name": "weather", "arguments": {"city": "пример", "days": 10}});
        assert_eq!(message["content"], json!([{"function_call": call}]));
        assert_eq!((&message["role"], &done["finish_reason"]), (&json!("assistant"), &json!("function_call")));
        assert!(message["tool_state_id"].is_string());
        let whole = chat(&emulator, &with(body, json!({"stream": false}))).await.json();
        assert_eq!(whole["messages"][0]["content"], json!([{"function_call": call}]));
    }
    let none = with(streamed_parts("Погода?"), json!({"tools": tools, "tool_config": {"mode": "none"}}));
    assert!(!said(&named(&chat(&emulator, &none).await), "assistant").is_empty());
}

fn results(role: &str, result: &Value) -> Value {
    let call = json!({"function_call": {"name": "weather", "arguments": {"city": "Омск"}}});
    json!({"messages": [
        {"role": "user", "content": [{"text": "Погода?"}]},
        {"role": "assistant", "content": [call], "tools_state_id": "s"},
        {"role": role, "content": [{"function_result": {"name": "weather", "result": result}}], "tools_state_id": "s"},
    ]})
}

#[tokio::test]
async fn results_come_in_the_role_that_was_chosen() {
    let (text, object) = (json!("{\"t\":-7}"), json!({"t": -7}));
    let usual = plain().await;
    let other = start(Emulator::builder().gigachat_v2_tool_role(true)).await;
    for (emulator, good, bad) in [
        (&usual, results("function", &text), results("tool", &object)),
        (&other, results("tool", &object), results("function", &text)),
    ] {
        let events = named(&chat(emulator, &with(streamed_parts(""), good)).await);
        assert!(said(&events, "assistant").starts_with("The tool said: \"{\"t\":-7}\"."), "{events:?}");
        assert_eq!(chat(emulator, &with(streamed_parts(""), bad)).await.status, 400);
    }
}

#[tokio::test]
async fn built_in_tools_are_seen_at_work() {
    let emulator = plain().await;
    let tools = json!({"tools": [{"image_generate": {}}]});
    let events = named(&chat(&emulator, &with(streamed_parts("Нарисуй кота"), tools.clone())).await);
    let expected =
        ["response.tool.in_progress", "response.tool.completed", "response.message.delta", "response.message.done"];
    assert_eq!(names(&events), expected);
    let execution = |index: usize| &events[index].1["messages"][0]["content"][0]["tool_execution"];
    assert_eq!(execution(0), &json!({"name": "image_generate", "seconds_left": 12}));
    assert_eq!(execution(1), &json!({"name": "image_generate", "status": "success", "censored": false}));
    assert_eq!(events[0].1["messages"][0]["role"], "reasoning");
    let file = &events[2].1["messages"][0]["content"][0]["files"][0];
    assert_eq!((&file["mime"], &file["target"]), (&json!("image/jpeg"), &json!("image")));
    assert!(said(&events, "assistant").starts_with("Вот рисунок 🎨"));
    assert!(events.last().unwrap().1["tool_state_id"].is_string());

    let whole = chat(&emulator, &with(unstreamed_parts("Нарисуй кота"), tools.clone())).await.json();
    let content = &whole["messages"][0]["content"];
    let id = content[0]["files"][0]["id"].as_str().unwrap();
    assert!(content[1]["text"].is_string());
    let picture = super::client::get(&emulator, &format!("/gigachat/v1/files/{id}/content")).await;
    assert_eq!(picture.header("content-type"), Some("image/jpeg"));
    let no_words = chat(&emulator, &with(unstreamed_parts("Кот"), tools)).await;
    assert!(!no_words.text().contains("files"));
}

#[tokio::test]
async fn a_search_names_its_sources() {
    let emulator = plain().await;
    let tools = json!({"tools": [{"web_search": {"type": "actual_info_web_search"}}]});
    let events = named(&chat(&emulator, &with(streamed_parts("Что нового?"), tools.clone())).await);
    assert!(said(&events, "assistant").ends_with(" [sources=[1]]"));
    let sources = events.iter().filter_map(|(_, event)| event["messages"][0]["content"][0].get("inline_data"));
    let sources = sources.collect::<Vec<_>>();
    assert_eq!(sources[0]["sources"]["1"]["url"], "https://example.com/emulator");
    let whole = chat(&emulator, &with(unstreamed_parts("Что нового?"), tools)).await.json();
    assert_eq!(&whole["messages"][0]["content"][0]["inline_data"], sources[0]);

    for tool in ["url_content_extraction", "code_interpreter"] {
        let forced = json!({"tools": [{tool: {}}], "tool_config": {"mode": "forced", "tool_name": tool}});
        let events = named(&chat(&emulator, &with(streamed_parts("hi"), forced)).await);
        assert_eq!(events[0].1["messages"][0]["content"][0]["tool_execution"]["name"], tool);
    }
}

#[tokio::test]
async fn thinking_has_a_role_of_its_own() {
    let emulator = plain().await;
    let options = json!({"model_options": {"reasoning": {"effort": "high"}}});
    let events = named(&chat(&emulator, &with(streamed_parts("hi"), options.clone())).await);
    assert!(said(&events, "reasoning").starts_with("The user said: \"hi\"."));
    let whole = chat(&emulator, &with(unstreamed_parts("hi"), options)).await.json();
    assert_eq!(whole["messages"][0]["content"][0]["text"], said(&events, "reasoning"));
    assert_eq!(whole["messages"][1]["content"][0]["text"], said(&events, "assistant"));
}

#[tokio::test]
async fn texts_have_the_format_asked_for() {
    let emulator = plain().await;
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}});
    let table = [
        (json!({"type": "json_schema", "schema": schema}), r#"{"n":7}"#),
        (json!({"type": "regex", "regex": "[A-Z]{3}-\\d{4}"}), "AAA-7777"),
    ];
    for (format, expected) in table {
        let options = json!({"model_options": {"response_format": format}});
        let events = named(&chat(&emulator, &with(streamed_parts("hi"), options)).await);
        assert_eq!(said(&events, "assistant"), expected);
    }
    let options = json!({"model_options": {"max_tokens": 1}});
    let whole = chat(&emulator, &with(unstreamed_parts("hi"), options)).await.json();
    assert_eq!(
        (&whole["finish_reason"], &whole["messages"][0]["content"][0]["text"]),
        (&json!("length"), &json!("You"))
    );
    let forbidden = chat(&emulator, &unstreamed_parts("forbidden topic")).await.json();
    assert_eq!(forbidden["finish_reason"], "blacklist");
}

#[tokio::test]
async fn a_thread_goes_on_where_it_was_left() {
    let emulator = plain().await;
    let first = named(&chat(&emulator, &with(streamed_parts("Раз"), json!({"storage": {}}))).await);
    let thread = first.last().unwrap().1["thread_id"].clone();
    let mut next = with(unstreamed_parts("Два"), json!({"storage": {"thread_id": thread}}));
    next.as_object_mut().unwrap().remove("model");
    let second = chat(&emulator, &next).await.json();
    assert_eq!((&second["thread_id"], &second["model"]), (&thread, &json!("GigaChat-3-Ultra:32.4.1.7")));
    assert!(second["messages"][0]["message_id"].is_string());
    assert!(second["messages"][0]["content"][0]["text"].as_str().unwrap().ends_with("User turns so far: 2."));
}

#[tokio::test]
async fn faults_apply_to_named_events_too() {
    let stream = async |faults: &str| chat(&faulty(faults).await, &streamed_parts("hi")).await;
    let usual = stream("fail-times").await;
    let events = named(&usual);
    assert_eq!(named(&stream("cut-after=2").await), events[..2]);
    for faults in ["no-done", "no-end"] {
        assert_eq!(named(&stream(faults).await), events[..events.len() - 1], "{faults}");
    }
    let last = |events: &[(String, Value)]| events.last().unwrap().1.clone();
    let unfinished = named(&stream("no-finish").await);
    assert_eq!((unfinished.len(), last(&unfinished).get("finish_reason")), (events.len(), None));
    assert_eq!(stream("crlf").await.text(), usual.text().replace('\n', "\r\n"));
    assert!(stream("no-space").await.text().starts_with("event:response.message.delta\ndata:{"));
    assert_eq!(last(&named(&stream("finish-error").await))["finish_reason"], "error");
    assert_eq!(last(&named(&stream("no-usage").await)).get("usage"), None);
    assert!(named(&stream("null-finish-reason").await)[0].1.as_object().unwrap()["finish_reason"].is_null());

    let merged = named(&stream("finish-with-last-delta").await);
    assert_eq!(merged.len(), events.len() - 1);
    assert_eq!(said(&merged, "assistant"), said(&events, "assistant"));
    assert_eq!(
        (last(&merged)["finish_reason"].as_str(), merged.last().unwrap().0.as_str()),
        (Some("stop"), "response.message.done")
    );

    let shares = named(&stream("usage-every-chunk").await);
    let sum: u64 = shares.iter().map(|(_, event)| event["usage"]["total_tokens"].as_u64().unwrap()).sum();
    assert_eq!(sum, last(&events)["usage"]["total_tokens"].as_u64().unwrap());

    let text = stream("error-mid-stream=1").await.text();
    assert!(text.ends_with("\n\ndata: {\"status\":500,\"message\":\"Internal Server Error\"}\n\n"), "{text}");
    let text = stream("garbage-line").await.text();
    assert_eq!(text.matches("event: response.message.delta\ndata: {\"id\":\"garbage\"").count(), 1);
    assert_eq!(named(&stream("function-in-progress").await)[0].0, "response.tool.in_progress");
}
