use chatstream_core::{Conversation, ErrorKind, FileInput, ReasoningEffort, ToolCall};
use serde_json::json;

use super::*;

fn body(request: &ChatRequest) -> Value {
    serde_json::from_slice(&completion("grok-latest", true, request).unwrap()).unwrap()
}

fn refusal(request: &ChatRequest) -> String {
    let error = completion("grok-latest", true, request).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    error.message().to_owned()
}

#[test]
fn only_what_the_caller_set_is_sent() {
    let expected = json!({
        "model": "grok-latest",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": true,
        "stream_options": {"include_usage": true},
    });
    assert_eq!(body(&ChatRequest::new("hi")), expected);
    let expected = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": false});
    assert_eq!(body(&ChatRequest::new("hi").model("m").whole()), expected);
    let quiet: Value = serde_json::from_slice(&completion("m", false, &ChatRequest::new("hi")).unwrap()).unwrap();
    assert!(quiet.get("stream_options").is_none());
}

#[test]
fn every_field_goes_under_the_service_s_name() {
    let schema = json!({"type": "object", "properties": {"x": {"type": "number"}}});
    let request = ChatRequest::new("hi")
        .temperature(0.0)
        .top_p(0.5)
        .max_tokens(7)
        .stop("END")
        .seed(-3)
        .frequency_penalty(0.25)
        .presence_penalty(-0.25)
        .tool(Tool::new("f").description("d").parameters(schema.clone()).strict(true))
        .tool(Tool::new("g"))
        .tool_choice(ToolChoice::Tool("f".into()))
        .parallel_tool_calls(false)
        .response_format(ResponseFormat::json_schema("s", schema.clone()))
        .reasoning_effort(ReasoningEffort::XHigh)
        .whole();
    let expected = json!({
        "model": "grok-latest",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": false,
        "temperature": 0.0,
        "top_p": 0.5,
        "max_completion_tokens": 7,
        "stop": ["END"],
        "seed": -3,
        "frequency_penalty": 0.25,
        "presence_penalty": -0.25,
        "tools": [
            {"type": "function", "function": {"name": "f", "description": "d", "parameters": schema, "strict": true}},
            {"type": "function", "function": {"name": "g"}},
        ],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "parallel_tool_calls": false,
        "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": schema, "strict": true}},
        "reasoning_effort": "xhigh",
    });
    assert_eq!(body(&request), expected);
    for (choice, word) in [(ToolChoice::Auto, "auto"), (ToolChoice::None, "none"), (ToolChoice::Required, "required")] {
        assert_eq!(body(&ChatRequest::new("hi").tool_choice(choice))["tool_choice"], word);
    }
    let format = body(&ChatRequest::new("hi").response_format(ResponseFormat::JsonObject));
    assert_eq!(format["response_format"], json!({"type": "json_object"}));
}

#[test]
fn messages_keep_their_parts_calls_and_results() {
    let request = ChatRequest::from_messages([
        Message::system("be brief"),
        Message::user("look")
            .name("ann")
            .image(ImageInput::url("https://example.com/a.png").detail("low"))
            .image(ImageInput::data("image/png", &b"\x89PNG"[..]))
            .file(FileInput::id("file_1")),
        Message::new(Role::Assistant).reasoning("hm").tool_call(ToolCall::new("call_1", "f", "{\"x\":1}")),
        Message::tool("call_1", "42"),
    ]);
    let expected = json!([
        {"role": "system", "content": "be brief"},
        {"role": "user", "name": "ann", "content": [
            {"type": "text", "text": "look"},
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
            {"type": "file", "file": {"file_id": "file_1"}},
        ]},
        {"role": "assistant", "content": "", "reasoning_content": "hm", "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}},
        ]},
        {"role": "tool", "content": "42", "tool_call_id": "call_1"},
    ]);
    assert_eq!(body(&request)["messages"], expected);
}

#[test]
fn extra_members_win_over_typed_ones() {
    let request = ChatRequest::new("hi").temperature(0.5).extra("temperature", 1).extra("service_tier", "priority");
    let body = body(&request);
    assert_eq!((&body["temperature"], &body["service_tier"]), (&json!(1), &json!("priority")));
}

#[test]
fn what_cannot_be_sent_is_refused_by_name() {
    let table = [
        (ChatRequest::default(), "messages is empty"),
        (ChatRequest::new("a").conversation(Conversation::new("xai")), "conversation: "),
        (ChatRequest::new("a").temperature(f64::NAN), "temperature is no finite number"),
        (ChatRequest::new("a").message(Message::assistant("b").name("n")), "messages[1].name: "),
        (ChatRequest::new("a").message(Message::new(Role::Tool).text("b")), "messages[1].tool_call_id: "),
        (ChatRequest::from_messages([Message::user("a").tool_call(ToolCall::new("1", "f", ""))]), "messages[0]: only"),
        (
            ChatRequest::from_messages([Message::user("a").image(ImageInput::new(Source::Id("1".into())))]),
            "messages[0]: a picture",
        ),
        (
            ChatRequest::from_messages([Message::user("a").file(FileInput::data("text/plain", "x"))]),
            "messages[0]: a file",
        ),
    ];
    for (request, expected) in table {
        let message = refusal(&request);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn the_request_carries_the_key_and_the_form_it_wants_back() {
    let endpoint = Endpoint::parse("https://api.x.ai/v1").unwrap();
    let key = HeaderValue::from_static("Bearer k");
    let request = chat(&endpoint, "m", true, &ChatRequest::new("hi"), &key).unwrap();
    assert_eq!(
        (request.method(), request.uri().to_string().as_str()),
        (&Method::POST, "https://api.x.ai/v1/chat/completions")
    );
    let header = |name| request.headers()[name].to_str().unwrap();
    assert_eq!(
        (header("authorization"), header("accept"), header("content-type")),
        ("Bearer k", "text/event-stream", "application/json")
    );
    let request = call(&endpoint, Method::GET, "/models", None, &key).unwrap();
    assert!(request.body().is_empty() && !request.headers().contains_key("content-type"));
}
