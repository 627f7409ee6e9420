//! Saying something and reading the answer.

use serde_json::{Value, json};

use super::client::{
    CHATS, begin, begin_with, call, frames, go_on, ids, member, members, message, objects, thoughtful, tokens,
};
use crate::client::{Ended, plain, with};

/// What each frame is, by the member that says so.
fn order(frames: &[Value]) -> Vec<&str> {
    let names =
        ["conversation", "userResponse", "uiLayout", "llmInfo", "finalMetadata", "modelResponse", "title", "token"];
    let name = |frame: &Value| match names.iter().find(|name| frame.get(**name).is_some()) {
        Some(_) if frame["isSoftStop"] == true => "stop",
        Some(name) => *name,
        None => "other",
    };
    let mut order = frames.iter().map(name).collect::<Vec<_>>();
    order.dedup();
    order
}

#[tokio::test]
async fn a_new_conversation_has_its_frames_in_order() {
    let answer = begin_with("", &message("Привет 🚀")).await;
    assert_eq!((answer.status, answer.ended), (200, Ended::Clean));
    assert!(answer.text().lines().all(|line| line.starts_with("{\"result\":{") && line.ends_with("}}")));
    let frames = frames(&answer);
    let expected = [
        "conversation",
        "userResponse",
        "uiLayout",
        "llmInfo",
        "uiLayout",
        "token",
        "stop",
        "finalMetadata",
        "modelResponse",
        "title",
    ];
    assert_eq!(order(&frames), expected);
    assert_eq!(member(&frames, "title"), json!({"newTitle": "Привет 🚀"}));

    let said = tokens(&frames, false);
    assert!(said.starts_with("You said: \"Привет 🚀\". Это эмулятор 🚀"), "{said}");
    assert!(said.ends_with("User turns so far: 1. 1 < 2 && 3 > 2."), "{said}");
    let (question, response) = (member(&frames, "userResponse"), member(&frames, "modelResponse"));
    assert_eq!(response["message"], said);
    assert_eq!(response["parentResponseId"], question["responseId"]);
    assert_eq!((&question["sender"], &response["sender"]), (&json!("human"), &json!("assistant")));
    assert_eq!(frames[0]["conversation"]["title"], "New conversation");
    let of_answer = frames.iter().filter(|frame| frame.get("token").is_some());
    assert!(of_answer.clone().all(|frame| frame["responseId"] == response["responseId"]));
}

#[tokio::test]
async fn markup_and_emoji_are_escaped() {
    let text = begin_with("", &message("<b>&🚀")).await.text();
    assert!(text.contains(r"\u003cb\u003e\u0026\ud83d\ude80"), "{text}");
    assert!(!text.contains(['<', '>', '&', '🚀']));
}

#[tokio::test]
async fn a_conversation_goes_on_with_flat_frames_and_counts_its_turns() {
    let emulator = plain().await;
    let (id, first) =
        ids(&begin(&emulator, &message("System: x\nUser: one\nAssistant: y\nUser: two\nAssistant:")).await);
    let answer = go_on(&emulator, &id, &first, "three").await;
    assert!(objects(&answer.text()).iter().all(|object| object["result"].get("response").is_none()));
    let frames = frames(&answer);
    assert_eq!(order(&frames), ["userResponse", "uiLayout", "llmInfo", "uiLayout", "token", "stop", "modelResponse"]);
    assert_eq!(member(&frames, "userResponse")["parentResponseId"], first);
    let said = tokens(&frames, false);
    assert!(said.starts_with("You said: \"three\".") && said.contains("User turns so far: 3."), "{said}");

    let second = member(&frames, "modelResponse")["responseId"].as_str().unwrap().to_owned();
    let said_after = |parent: String| {
        let (emulator, id) = (&emulator, &id);
        async move { tokens(&super::client::frames(&go_on(emulator, id, &parent, "more").await), false) }
    };
    assert!(said_after(second).await.contains("User turns so far: 4."));
    assert!(said_after(first).await.contains("User turns so far: 3."), "a branch has its own count");
    let newest = call(&emulator, "POST", &format!("{CHATS}/{id}/responses"), &json!({"message": "last"})).await;
    assert!(newest.text().contains("User turns so far: 4."));
}

#[tokio::test]
async fn the_same_requests_have_the_same_answers() {
    let bodies = [plain().await, plain().await];
    let first = begin(&bodies[0], &thoughtful("draw")).await;
    assert_eq!(first.bytes(), begin(&bodies[1], &thoughtful("draw")).await.bytes());
    assert_ne!(ids(&first).0, ids(&begin(&bodies[0], &thoughtful("draw")).await).0);
}

#[tokio::test]
async fn thinking_has_headlines_thoughts_and_a_tool() {
    let thinking = [
        json!({"isReasoning": true}),
        json!({"modelMode": "MODEL_MODE_GROK_4_MINI_THINKING"}),
        json!({"modeId": "expert"}),
        json!({"modelName": "grok-4-heavy"}),
    ];
    for choice in thinking {
        let frames = frames(&begin_with("", &with(message("17*24?"), choice.clone())).await);
        let thoughts = frames.iter().filter(|frame| frame["isThinking"] == true).collect::<Vec<_>>();
        let mut tags = thoughts.iter().map(|frame| frame["messageTag"].as_str().unwrap()).collect::<Vec<_>>();
        tags.dedup();
        assert_eq!(
            tags,
            ["header", "summary", "header", "tool_usage_card", "raw_function_result", "summary"],
            "{choice}"
        );
        assert_eq!(member(&frames, "toolUsageCard")["codeExecution"]["args"]["language"], "python");
        assert_eq!(member(&frames, "codeExecutionResult")["exitCode"], 0);
        assert_eq!(member(&frames, "uiLayout")["willThinkLong"], true);
        assert!(tokens(&frames, true).contains("Подумаю 🤔"));
        let is_team = choice["modelName"] == "grok-4-heavy";
        assert_eq!(thoughts.iter().any(|frame| frame["rolloutId"] == "Agent 1"), is_team, "{choice}");
        assert_eq!(member(&frames, "modelResponse")["message"], tokens(&frames, false));
    }
    let frames = frames(&begin_with("", &with(message("hi"), json!({"modeId": "fast"}))).await);
    assert_eq!(tokens(&frames, true), "");
}

#[tokio::test]
async fn a_search_is_cited_by_cards() {
    for word in ["search", "найди"] {
        let frames = frames(&begin_with("", &message(word)).await);
        let results = member(&frames, "webSearchResults")["results"].clone();
        let cards = members(&frames, "cardAttachment");
        let said = tokens(&frames, false);
        for (index, card) in cards.iter().enumerate() {
            let card: Value = serde_json::from_str(card["jsonData"].as_str().unwrap()).unwrap();
            assert_eq!(card["url"], results[index]["url"]);
            assert!(said.contains(&format!("<grok:render card_id={} card_type", card["id"])), "{said}");
        }
        assert_eq!(cards.len(), 2);
        assert!(said.ends_with("</grok:render>."), "{said}");
        let response = member(&frames, "modelResponse");
        assert_eq!(response["message"], said);
        assert_eq!(response["citedWebSearchResults"], results);
        assert_eq!(member(&frames, "finalMetadata")["toolsUsed"]["webSearch"], true);
    }
    let without = with(message("search"), json!({"disableSearch": true}));
    assert!(members(&frames(&begin_with("", &without).await), "webSearchResults").is_empty());
}

#[tokio::test]
async fn a_deep_search_tells_its_steps() {
    let frames = frames(&begin_with("", &with(message("Rust?"), json!({"deepsearchPreset": "default"}))).await);
    let object = frames.iter().find(|frame| frame["token"].is_object()).unwrap();
    assert_eq!(object["token"], json!({"action": "webSearch", "action_input": {"query": "Rust?"}}));
    assert_eq!(object["messageTag"], "assistant");
    for name in ["progressReport", "webSearchResults", "xSearchResults"] {
        assert_eq!(members(&frames, name).len(), 1, "{name}");
    }
    let response = member(&frames, "modelResponse");
    assert_eq!((&response["sender"], &response["queryType"]), (&json!("ASSISTANT"), &json!("deepsearch")));
}

#[tokio::test]
async fn wishes_are_heard() {
    let quiet = frames(&begin_with("", &json!({"message": "draw or not"})).await);
    assert!(!order(&quiet).contains(&"finalMetadata") && member(&quiet, "streamingImageGenerationResponse").is_null());
    let no_questions = with(message("hi"), json!({"disableTextFollowUps": true, "temporary": true}));
    let no_questions = frames(&begin_with("", &no_questions).await);
    assert_eq!(member(&no_questions, "finalMetadata")["followUpSuggestions"], json!([]));
    assert_eq!(member(&no_questions, "conversation")["temporary"], true);
    let both = frames(&begin_with("", &with(message("hi"), json!({"forceSideBySide": true}))).await);
    assert!(both.iter().any(|frame| frame["sideBySideIndex"] == 1));
}
