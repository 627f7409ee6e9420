use chatstream_core::{Conversation, FileInput, ImageInput, ReasoningEffort, ResponseFormat, Tool, ToolChoice};
use serde_json::json;

use super::*;
use crate::config::Credentials;

fn config() -> GigaChatConfig {
    GigaChatConfig::new(Credentials::Certificate)
}

fn v1(request: &ChatRequest) -> Value {
    serde_json::from_slice(&super::v1::body(&config(), request).unwrap()).unwrap()
}

fn v2(request: &ChatRequest) -> Value {
    serde_json::from_slice(&super::v2::body(&config(), request).unwrap()).unwrap()
}

fn weather() -> Tool {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    Tool::new("get weather").description("now").parameters(schema)
}

/// A call and its result, as the next turn has them.
fn called() -> Vec<Message> {
    let id = "0199e210-0000-0000-0000-000000000000";
    vec![
        Message::user("hi"),
        Message::assistant("let me see")
            .tool_call(ToolCall::new(id, "get weather", "{\"city\":\"Казань\"}"))
            .tool_call(ToolCall::new("call_1", "roll", "")),
        Message::tool(id, "snow"),
        Message::tool("call_1", "{\"eyes\": 6}"),
    ]
}

#[test]
fn only_what_was_set_is_sent() {
    let expected = json!({"model": "GigaChat-2", "messages": [{"role": "user", "content": "привет"}], "stream": true});
    assert_eq!(v1(&ChatRequest::new("привет")), expected);
    let expected = json!({
        "model": "GigaChat-2",
        "messages": [{"role": "user", "content": [{"text": "привет"}]}],
        "stream": false,
    });
    assert_eq!(v2(&ChatRequest::new("привет").whole()), expected);
}

#[test]
fn text_is_sent_as_utf8_without_escapes() {
    let body = super::v1::body(&config(), &ChatRequest::new("привет 🚀")).unwrap();
    assert!(String::from_utf8(body.to_vec()).unwrap().contains("привет 🚀"));
}

#[test]
fn every_field_goes_under_the_service_s_name() {
    let schema = json!({"type": "object", "properties": {}});
    let request = ChatRequest::new("hi")
        .system("be brief")
        .model("GigaChat:latest")
        .temperature(0.5)
        .top_p(0.25)
        .max_tokens(7)
        .reasoning_effort(ReasoningEffort::Medium)
        .response_format(ResponseFormat::json_schema("s", schema.clone()))
        .tool(weather())
        .tool(Tool::new("text2image"))
        .tool_choice(ToolChoice::Tool("get weather".into()))
        .extra("repetition_penalty", 1.1);
    let mut config = config().profanity_check(false).update_interval(0.5);
    let parameters = weather().parameters;
    let expected = json!({
        "model": "GigaChat:latest",
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}],
        "stream": true,
        "temperature": 0.5,
        "top_p": 0.25,
        "max_tokens": 7,
        "update_interval": 0.5,
        "profanity_check": false,
        "functions": [{"name": "get_weather", "description": "now", "parameters": parameters}, {"name": "text2image"}],
        "function_call": {"name": "get_weather"},
        "response_format": {"type": "json_schema", "schema": schema, "strict": true},
        "reasoning_effort": "medium",
        "repetition_penalty": 1.1,
    });
    let body: Value = serde_json::from_slice(&super::v1::body(&config, &request).unwrap()).unwrap();
    assert_eq!(body, expected);

    config.version = crate::config::Version::V2;
    let request =
        request.tool(Tool::new("web_search")).conversation(Conversation::new("gigachat").id("thread_id", "t1"));
    let expected = json!({
        "model": "GigaChat:latest",
        "messages": [
            {"role": "system", "content": [{"text": "be brief"}]},
            {"role": "user", "content": [{"text": "hi"}]},
        ],
        "stream": true,
        "model_options": {
            "temperature": 0.5, "top_p": 0.25, "max_tokens": 7, "update_interval": 0.5,
            "reasoning": {"effort": "medium"},
            "response_format": {"type": "json_schema", "schema": schema, "strict": true},
        },
        "disable_filter": true,
        "storage": {"thread_id": "t1"},
        "tools": [
            {"functions": {"specifications": [
                {"name": "get_weather", "description": "now", "parameters": parameters}, {"name": "text2image"},
            ]}},
            {"web_search": {}},
        ],
        "tool_config": {"mode": "forced", "function_name": "get_weather"},
        "repetition_penalty": 1.1,
    });
    let body: Value = serde_json::from_slice(&super::v2::body(&config, &request).unwrap()).unwrap();
    assert_eq!(body, expected);
}

#[test]
fn a_temperature_of_0_is_a_top_p_of_0() {
    let body = v1(&ChatRequest::new("hi").temperature(0.0));
    assert_eq!((body.get("temperature"), &body["top_p"]), (None, &json!(0.0)));
    assert_eq!(v1(&ChatRequest::new("hi").temperature(0.0).top_p(0.5))["top_p"], 0.5);
}

#[test]
fn functions_that_are_offered_may_be_called() {
    let choice = |request: ChatRequest| v1(&request)["function_call"].clone();
    let request = ChatRequest::new("hi").tool(weather());
    assert_eq!(choice(request.clone()), "auto");
    assert_eq!(choice(request.clone().tool_choice(ToolChoice::None)), "none");
    assert_eq!(choice(request.clone().tool_choice(ToolChoice::Required)), json!({"name": "get_weather"}));
    assert_eq!(choice(ChatRequest::new("hi")), Value::Null);
    let forced = v2(&ChatRequest::new("hi").tool(Tool::new("web_search")).tool_choice(ToolChoice::Required));
    assert_eq!(forced["tool_config"], json!({"mode": "forced", "tool_name": "web_search"}));
}

#[test]
fn a_turn_with_several_calls_is_unrolled() {
    let request = ChatRequest::from_messages(called()).tool(weather());
    let state = "0199e210-0000-0000-0000-000000000000";
    let expected = json!([
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "let me see", "functions_state_id": state,
         "function_call": {"name": "get_weather", "arguments": {"city": "Казань"}}},
        {"role": "function", "name": "get_weather", "content": "{\"result\":\"snow\"}"},
        {"role": "assistant", "content": "", "function_call": {"name": "roll", "arguments": {}}},
        {"role": "function", "name": "roll", "content": "{\"eyes\":6}"},
    ]);
    assert_eq!(v1(&request)["messages"], expected);
    let expected = json!([
        {"role": "user", "content": [{"text": "hi"}]},
        {"role": "assistant", "tools_state_id": state,
         "content": [{"text": "let me see"}, {"function_call": {"name": "get_weather", "arguments": {"city": "Казань"}}}]},
        {"role": "function", "tools_state_id": state,
         "content": [{"function_result": {"name": "get_weather", "result": "{\"result\":\"snow\"}"}}]},
        {"role": "assistant", "content": [{"function_call": {"name": "roll", "arguments": {}}}]},
        {"role": "function", "content": [{"function_result": {"name": "roll", "result": "{\"eyes\":6}"}}]},
    ]);
    assert_eq!(v2(&request)["messages"], expected);
    let switched = super::v2::body(&config().v2_tool_role(true), &request).unwrap();
    let switched: Value = serde_json::from_slice(&switched).unwrap();
    let result = json!({"function_result": {"name": "roll", "result": {"eyes": 6}}});
    assert_eq!(switched["messages"][4], json!({"role": "tool", "content": [result]}));
}

#[test]
fn files_go_by_their_ids() {
    let message = Message::user("look").file(FileInput::id("f1")).image(ImageInput::new(Source::Id("i1".into())));
    let request = ChatRequest::from_messages([message]);
    assert_eq!(v1(&request)["messages"][0]["attachments"], json!(["f1", "i1"]));
    let parts = json!([{"text": "look"}, {"files": [{"id": "f1"}, {"id": "i1"}]}]);
    assert_eq!(v2(&request)["messages"][0]["content"], parts);
}

#[test]
fn a_new_thread_is_opened_by_a_conversation_without_one() {
    let body = v2(&ChatRequest::new("hi").conversation(Conversation::new("gigachat")));
    assert_eq!((&body["storage"], &body["model"]), (&json!({}), &json!("GigaChat-2")));
    let body = v2(&ChatRequest::new("hi").conversation(Conversation::new("gigachat").id("thread_id", "t")));
    assert_eq!((&body["storage"], body.get("model")), (&json!({"thread_id": "t"}), None));
}

#[test]
fn what_cannot_be_sent_is_refused_by_name() {
    let mut unanswered = called();
    unanswered.pop();
    let mut broken = called();
    broken[1].tool_calls[0].arguments = "[1]".to_owned();
    let table = [
        (ChatRequest::default(), "messages is empty"),
        (ChatRequest::new("a").message(Message::system("b")), "messages[1]: one system message, and first"),
        (ChatRequest::new("a").seed(1), "seed: "),
        (ChatRequest::new("a").stop("b"), "stop: "),
        (ChatRequest::new("a").frequency_penalty(0.0), "frequency_penalty: "),
        (ChatRequest::new("a").parallel_tool_calls(true), "parallel_tool_calls: "),
        (ChatRequest::new("a").temperature(-1.0), "temperature is no number from 0 on"),
        (ChatRequest::new("a").response_format(ResponseFormat::JsonObject), "response_format: "),
        (ChatRequest::from_messages(unanswered), "messages[1].tool_calls[1]: the call has no result"),
        (ChatRequest::from_messages(broken), "arguments of the call 0199e210"),
        (ChatRequest::new("a").message(Message::tool("x", "y")), "messages[1].tool_call_id: no earlier call"),
        (
            ChatRequest::from_messages([Message::user("a").image(ImageInput::url("u"))]),
            "messages[0]: a picture or file",
        ),
        (ChatRequest::from_messages([Message::user("a").name("n")]), "messages[0].name: "),
        (
            ChatRequest::new("a").tool(Tool::new("f").parameters(json!({"type": "object"}))),
            "tools.f.parameters.properties: ",
        ),
        (ChatRequest::new("a").tool(weather()).tool(Tool::new("g")).tool_choice(ToolChoice::Required), "tool_choice: "),
    ];
    for (request, expected) in table {
        for body in [super::v1::body(&config(), &request), super::v2::body(&config(), &request)] {
            let error = body.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert!(error.message().starts_with(expected), "{error}");
        }
    }
    let thread = ChatRequest::new("a").conversation(Conversation::new("grok"));
    assert!(super::v1::body(&config(), &thread).is_err());
    assert_eq!(super::v2::body(&config(), &thread).unwrap_err().message(), "conversation: it belongs to grok");
}
