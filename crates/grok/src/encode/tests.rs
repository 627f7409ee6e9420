use chatstream_core::{ErrorKind, FileInput, ImageInput, ReasoningEffort, ResponseFormat, Tool, ToolCall, ToolChoice};
use serde_json::Value;

use super::*;
use crate::config::{CookieSource, DeepSearch};

fn config() -> GrokConfig {
    GrokConfig::new(CookieSource::text("sso=1"))
}

fn encoded(config: &GrokConfig, request: &ChatRequest) -> (String, Value) {
    let (path, body) = chat(config, request).unwrap();
    (path, serde_json::from_slice(&body).unwrap())
}

/// The seed's payload, but for two answers at once and the field that newer traffic dropped.
fn seed() -> Value {
    json!({
        "temporary": false, "modelName": "grok-3", "message": "Hello", "fileAttachments": [], "imageAttachments": [],
        "disableSearch": false, "enableImageGeneration": true, "returnImageBytes": false,
        "returnRawGrokInXaiRequest": false, "enableImageStreaming": true, "imageGenerationCount": 2,
        "forceConcise": false, "toolOverrides": {}, "enableSideBySide": false, "sendFinalMetadata": true,
        "customInstructions": "", "deepsearchPreset": "", "isReasoning": false,
    })
}

#[test]
fn a_new_conversation_has_the_seed_s_payload() {
    let (path, body) = encoded(&config(), &ChatRequest::new("Hello"));
    assert_eq!((path.as_str(), body), ("conversations/new", seed()));
    let table = [
        ("grok-3-thinking", json!({"modelName": "grok-3", "isReasoning": true})),
        ("grok-3-r1", json!({"modelName": "grok-3", "isReasoning": true})),
        ("grok-2", json!({"modelName": "grok-latest", "isReasoning": false})),
        ("auto", json!({"modelName": null, "modeId": "auto"})),
        ("grok-4-auto", json!({"modelName": null, "modelMode": "MODEL_MODE_AUTO"})),
    ];
    for (model, expected) in table {
        let (_, body) = encoded(&config(), &ChatRequest::new("Hello").model(model));
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&body[name], value, "{model} {name}");
        }
    }
}

#[test]
fn a_follow_up_sends_the_last_words_and_the_answer_it_follows() {
    let conversation = Conversation::new(NAME).id(CONVERSATION_ID, "c-1").id(PARENT_RESPONSE_ID, "r-1");
    let request = ChatRequest::new("Hi").message(Message::assistant("Hello!")).message(Message::user(" And now? "));
    let (path, body) = encoded(&config().private(true), &request.clone().conversation(conversation.clone()));
    let mut expected = seed();
    let members = expected.as_object_mut().unwrap();
    members.remove("temporary");
    members.insert("message".into(), "And now?".into());
    members.insert("parentResponseId".into(), "r-1".into());
    assert_eq!((path.as_str(), body), ("conversations/c-1/responses", expected));
    // Without a known answer the follow-up goes as the seed's went.
    let alone = Conversation::new(NAME).id(CONVERSATION_ID, "c-1");
    assert_eq!(encoded(&config(), &request.clone().conversation(alone)).1.get("parentResponseId"), None);
    // Without ids the conversation is yet to begin.
    let (path, body) = encoded(&config(), &request.conversation(Conversation::new(NAME)));
    assert_eq!(path, "conversations/new");
    assert_eq!(body["message"], "User: Hi\nAssistant: Hello!\nUser:  And now? \nAssistant:");
    let silent = ChatRequest::new("Hi").message(Message::assistant("Hello!")).conversation(conversation);
    assert_eq!(chat(&config(), &silent).unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[test]
fn every_setting_has_its_field_and_extra_wins() {
    let config = config()
        .private(true)
        .search(false)
        .images(false)
        .image_count(1)
        .concise(true)
        .instructions("Be kind.")
        .deep_search(DeepSearch::Deeper)
        .tool("webSearch", false);
    let request = ChatRequest::new("Hello").extra("disableMemory", true).extra("imageGenerationCount", 4);
    let (_, body) = encoded(&config, &request);
    let expected = json!({
        "temporary": true, "disableSearch": true, "enableImageGeneration": false, "imageGenerationCount": 4,
        "forceConcise": true, "customInstructions": "Be kind.", "deepsearchPreset": "deeper",
        "toolOverrides": {"webSearch": false}, "disableMemory": true,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&body[name], value, "{name}");
    }
}

#[test]
fn files_go_by_id_and_only_those_of_the_turn_that_is_sent() {
    let id = |id: &str| ImageInput::new(Source::Id(id.to_owned()));
    let messages = [
        Message::user("a").image(id("f1")),
        Message::assistant("b"),
        Message::user("c").file(FileInput::id("f2")).image(id("f3")),
    ];
    let request = ChatRequest::from_messages(messages);
    assert_eq!(encoded(&config(), &request).1["fileAttachments"], json!(["f1", "f2", "f3"]));
    let follow_up = request.clone().conversation(Conversation::new(NAME).id(CONVERSATION_ID, "c"));
    assert_eq!(encoded(&config(), &follow_up).1["fileAttachments"], json!(["f2", "f3"]));
    let many = request.message(Message::user("d").image(id("f4")).image(id("f5")));
    assert!(chat(&config(), &many).unwrap_err().message().starts_with("5 attachments"));
}

#[test]
fn what_the_site_does_not_have_is_refused_by_name() {
    let request = || ChatRequest::new("Hi");
    let named = |message: Message| ChatRequest::from_messages([message]);
    let table = [
        (request().temperature(0.5), "temperature"),
        (request().top_p(0.5), "top_p"),
        (request().max_tokens(5), "max_tokens"),
        (request().stop("x"), "stop"),
        (request().seed(1), "seed"),
        (request().frequency_penalty(1.0), "frequency_penalty"),
        (request().presence_penalty(1.0), "presence_penalty"),
        (request().tool(Tool::new("f")), "tools"),
        (request().tool_choice(ToolChoice::Auto), "tool_choice"),
        (request().parallel_tool_calls(false), "parallel_tool_calls"),
        (request().response_format(ResponseFormat::JsonObject), "response_format"),
        (request().reasoning_effort(ReasoningEffort::Low), "reasoning_effort"),
        (request().whole(), "whole"),
        (request().model("gpt"), "no model is named gpt"),
        (request().conversation(Conversation::new("xai")), "conversation"),
        (request().conversation(Conversation::new(NAME).id(PARENT_RESPONSE_ID, "r")), "conversation"),
        (request().conversation(Conversation::new(NAME).id(CONVERSATION_ID, "../x")), "\"../x\""),
        (named(Message::user("a").name("Ann")), "messages[0].name"),
        (named(Message::assistant("a").tool_call(ToolCall::new("1", "f", "{}"))), "messages[0].tool_calls"),
        (named(Message::user("a").image(ImageInput::url("https://a.example/b.png"))), "messages[0]"),
        (named(Message::user("a").file(FileInput::data("text/plain", "x"))), "messages[0]"),
        (ChatRequest::from_messages([]), "no message"),
    ];
    for (request, name) in table {
        let error = chat(&config(), &request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{name}");
        assert!(error.message().starts_with(name), "{error} for {name}");
    }
}

#[test]
fn ids_and_queries_are_escaped_or_refused() {
    assert_eq!(query("a b&c=ж"), "a%20b%26c%3D%D0%B6");
    for id in ["", ".", "..", "a/b", "a?b", "a b"] {
        assert!(segment(id).is_err(), "{id}");
    }
}

#[test]
fn the_recorded_seed_requests_are_ours_but_for_what_is_corrected() {
    let Some(root) = std::env::var_os("CHATSTREAM_WIRE") else { return };
    let file = std::path::Path::new(&root).join("grok/requests.ndjson");
    let Ok(lines) = std::fs::read_to_string(file) else { return };
    for case in lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let Some(model) = (match case["case"].as_str().unwrap() {
            "seed-grok-3-new" | "seed-two-messages" | "seed-follow-up-plus-parent" => Some("grok-3"),
            "seed-grok-3-thinking-new" => Some("grok-3-thinking"),
            "seed-grok-2-new" => Some("grok-2"),
            _ => None,
        }) else {
            continue;
        };
        let mut expected = case["body"].clone();
        let members = expected.as_object_mut().unwrap();
        members.insert("enableSideBySide".into(), false.into());
        members.remove("isPreset");
        let request = match case["case"].as_str().unwrap() {
            "seed-two-messages" => ChatRequest::new("Hello").system("Be brief."),
            "seed-follow-up-plus-parent" => {
                let id = "c0000000-0000-4000-8000-000000000002";
                let parent = expected["parentResponseId"].as_str().unwrap();
                let ids = Conversation::new(NAME).id(CONVERSATION_ID, id).id(PARENT_RESPONSE_ID, parent);
                ChatRequest::new("And now?").conversation(ids)
            }
            _ => ChatRequest::new("Hello"),
        };
        let (path, body) = encoded(&config(), &request.model(model));
        assert_eq!(case["path"], format!("/rest/app-chat/{path}"));
        assert_eq!(body, expected, "{}", case["case"]);
    }
}
