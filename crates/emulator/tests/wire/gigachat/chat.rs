//! Version 1 of the chat, streamed and whole.

use serde_json::{Value, json};

use super::client::{CHAT, chat, post_with, streamed, unstreamed};
use crate::client::{Ended, plain, with};

#[tokio::test]
async fn a_stream_is_deltas_then_a_finish_with_usage_then_done() {
    let emulator = plain().await;
    let answer = chat(&emulator, &streamed("Привет")).await;
    assert_eq!((answer.status, answer.ended), (200, Ended::Clean));
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert!(answer.said("content").starts_with("You said: \"Привет\". Это эмулятор 🚀"));

    let events = answer.events();
    let [first, middle @ .., finish, done] = events.as_slice() else { panic!("too few events") };
    assert_eq!(first["choices"], json!([{"delta": {"content": "You", "role": "assistant"}, "index": 0}]));
    for event in middle {
        let choice = event["choices"][0].as_object().unwrap();
        assert_eq!((choice["delta"].as_object().unwrap().len(), choice.get("finish_reason")), (1, None));
        assert_eq!((&event["created"], &event["model"]), (&first["created"], &json!("GigaChat-2:2.0.30.4")));
        assert_eq!((&event["object"], event.get("usage")), (&json!("chat.completion"), None));
    }
    assert_eq!(finish["choices"], json!([{"delta": {"content": ""}, "index": 0, "finish_reason": "stop"}]));
    let usage = &finish["usage"];
    assert_eq!(usage["completion_tokens"], middle.len() + 1);
    let total = usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap();
    assert_eq!((&usage["total_tokens"], &usage["precached_prompt_tokens"]), (&json!(total), &json!(0)));
    assert_eq!(done, "[DONE]");
}

#[tokio::test]
async fn every_event_is_one_http_chunk_in_the_order_of_members_the_service_has() {
    let emulator = plain().await;
    let answer = chat(&emulator, &streamed("hi")).await;
    assert_eq!(answer.chunks.len(), answer.events().len());
    let text = answer.text();
    let first = text.lines().next().unwrap();
    assert!(
        first.starts_with(r#"data: {"choices":[{"delta":{"content":"You","role":"assistant"},"index":0}],"created":"#)
    );
    assert!(first.ends_with(r#","model":"GigaChat-2:2.0.30.4","object":"chat.completion"}"#), "{first}");
    assert!(text.contains('🚀'), "characters are not escaped: {text}");
}

#[tokio::test]
async fn a_whole_answer_says_what_the_stream_says() {
    let emulator = plain().await;
    let stream = chat(&emulator, &streamed("hi")).await;
    let whole = chat(&emulator, &unstreamed("hi")).await;
    assert_eq!((whole.status, whole.ended), (200, Ended::Clean));
    assert_eq!(whole.header("content-type"), Some("application/json; charset=utf-8"));
    let json = whole.json();
    let message = json!({"content": stream.said("content"), "role": "assistant"});
    assert_eq!(json["choices"], json!([{"message": message, "index": 0, "finish_reason": "stop"}]));
    assert_eq!(json["usage"], stream.events().iter().rev().nth(1).unwrap()["usage"]);
    assert!(whole.text().starts_with(r#"{"choices":[{"message":{"content":"You said: "#));
}

#[tokio::test]
async fn ids_of_the_client_come_back_and_others_are_made() {
    let emulator = plain().await;
    let answer = chat(&emulator, &unstreamed("hi")).await;
    let other = chat(&emulator, &unstreamed("hi")).await;
    for name in ["x-request-id", "x-session-id"] {
        assert_eq!(answer.header(name).unwrap().len(), 36);
        assert_ne!(answer.header(name), other.header(name));
    }
    assert_eq!(answer.header("x-client-id"), None);
    assert_eq!((answer.header("server"), answer.header("allow")), (Some("SynGX"), Some("GET, POST")));

    let headers = ["x-request-id: r", "X-Session-ID: s", "x-client-id: c"];
    for body in [unstreamed("hi"), streamed("hi"), json!({})] {
        let answer = post_with(&emulator, CHAT, &headers, &body).await;
        let ids = ["x-request-id", "x-session-id", "x-client-id"].map(|name| answer.header(name).unwrap().to_owned());
        assert_eq!(ids, ["r", "s", "c"]);
    }
}

#[tokio::test]
async fn the_same_request_has_the_same_answer() {
    let (one, two) = (plain().await, plain().await);
    let first = chat(&one, &streamed("the same")).await.bytes();
    assert_eq!(first, chat(&one, &streamed("the same")).await.bytes());
    assert_eq!(first, chat(&two, &streamed("the same")).await.bytes());
}

#[tokio::test]
async fn thinking_comes_before_the_answer_when_it_is_asked_for() {
    let emulator = plain().await;
    let effort = json!({"reasoning_effort": "medium"});
    let stream = chat(&emulator, &with(streamed("hi"), effort.clone())).await;
    let thought = stream.said("reasoning_content");
    assert!(thought.starts_with("The user said: \"hi\"."), "{thought}");
    let first = &stream.events()[0]["choices"][0]["delta"];
    assert_eq!((first.get("content"), &first["role"]), (None, &json!("assistant")));
    assert_eq!(stream.text().matches("\"role\"").count(), 1);

    let message = chat(&emulator, &with(unstreamed("hi"), effort)).await.json()["choices"][0]["message"].clone();
    assert_eq!((&message["reasoning_content"], &message["content"]), (&json!(thought), &json!(stream.said("content"))));
    assert_eq!(chat(&emulator, &streamed("hi")).await.said("reasoning_content"), "");
}

#[tokio::test]
async fn documents_satisfy_their_schema() {
    let emulator = plain().await;
    let properties = json!({"answer": {"type": "string"}, "n": {"type": "integer", "maximum": 3}});
    let schema = json!({"type": "object", "properties": properties, "required": ["answer", "n"]});
    let format = json!({"type": "json_schema", "schema": schema, "strict": true});
    let answer = chat(&emulator, &with(streamed("hi"), json!({"response_format": format}))).await;
    let document: Value = serde_json::from_str(&answer.said("content")).unwrap();
    assert_eq!(document, json!({"answer": "пример", "n": 3}));
}

#[tokio::test]
async fn a_limit_of_tokens_breaks_the_text_off() {
    let emulator = plain().await;
    let answer = chat(&emulator, &with(unstreamed("hi"), json!({"max_tokens": 2}))).await.json();
    let choice = &answer["choices"][0];
    assert_eq!(
        (&choice["message"]["content"], &choice["finish_reason"]),
        (&json!("You said: \"hi\"."), &json!("length"))
    );
    assert_eq!(answer["usage"]["completion_tokens"], 2);
}

#[tokio::test]
async fn some_topics_are_not_spoken_of() {
    let emulator = plain().await;
    for prompt in ["Есть одна Запретная тема…", "the FORBIDDEN TOPIC"] {
        let stream = chat(&emulator, &streamed(prompt)).await;
        assert_eq!((stream.status, stream.events().len()), (200, 3));
        assert!(stream.said("content").starts_with("На эту тему я говорить не буду."));
        assert_eq!(stream.events()[1]["choices"][0]["finish_reason"], "blacklist");
        let whole = chat(&emulator, &unstreamed(prompt)).await.json();
        assert_eq!(whole["choices"][0]["finish_reason"], "blacklist");
        assert_eq!(whole["usage"]["completion_tokens"], 0);
    }
}

#[tokio::test]
async fn an_interval_makes_chunks_larger() {
    let emulator = plain().await;
    let usual = chat(&emulator, &streamed("hi")).await;
    let rare = chat(&emulator, &with(streamed("hi"), json!({"update_interval": 0.1}))).await;
    assert_eq!(rare.said("content"), usual.said("content"));
    assert_eq!(rare.events().len(), (usual.events().len() - 2).div_ceil(2) + 2);
    let usage = |answer: &crate::client::Received| answer.events().iter().rev().nth(1).unwrap()["usage"].clone();
    assert_eq!(usage(&rare), usage(&usual));
}

#[tokio::test]
async fn what_a_session_said_before_is_in_the_cache() {
    let emulator = plain().await;
    let cached = async |session: &str, body: Value| {
        let answer = post_with(&emulator, CHAT, &[&format!("x-session-id: {session}")], &body).await;
        answer.json()["usage"].clone()
    };
    assert_eq!(cached("a", unstreamed("one")).await["precached_prompt_tokens"], 0);
    let again = cached("a", unstreamed("one")).await;
    assert!(again["precached_prompt_tokens"].as_u64().unwrap() > 0);
    assert_eq!(again["precached_prompt_tokens"], again["prompt_tokens"]);
    assert_eq!(cached("b", unstreamed("one")).await["precached_prompt_tokens"], 0);
}

#[tokio::test]
async fn a_thread_goes_on_where_it_was_left() {
    let emulator = plain().await;
    let storage = |storage: Value| with(unstreamed("Ещё раз"), json!({"storage": storage}));
    let first = chat(&emulator, &storage(json!({"is_stateful": true}))).await.json();
    let thread = first["thread_id"].as_str().unwrap();
    let mut next = storage(json!({"is_stateful": true, "thread_id": thread}));
    next.as_object_mut().unwrap().remove("model");
    let second = chat(&emulator, &next).await.json();
    assert_eq!((&second["thread_id"], &second["model"]), (&first["thread_id"], &first["model"]));
    assert_ne!(second["message_id"], first["message_id"]);
    assert!(second["choices"][0]["message"]["content"].as_str().unwrap().ends_with("User turns so far: 2."));
    next["storage"]["limit"] = json!(1);
    next["stream"] = json!(true);
    let third = chat(&emulator, &next).await;
    assert!(third.said("content").ends_with("User turns so far: 2."));
    let events = third.events();
    assert!(
        events[..events.len() - 1].iter().all(|event| event["thread_id"] == thread && event["message_id"].is_string())
    );

    let other = chat(&emulator, &storage(json!({"is_stateful": true}))).await.json();
    assert_ne!(other["thread_id"], first["thread_id"]);
    assert_eq!(chat(&emulator, &storage(json!({"is_stateful": true, "thread_id": "x"}))).await.status, 404);
    let stateless = chat(&emulator, &storage(json!({"is_stateful": false}))).await.json();
    assert_eq!(stateless.get("thread_id"), None);
    let assistant = json!({"model": null, "storage": {"is_stateful": true, "assistant_id": "a"}});
    assert_eq!(chat(&emulator, &with(unstreamed("hi"), assistant)).await.json()["model"], "GigaChat-2:2.0.30.4");
}

#[tokio::test]
async fn the_path_of_the_old_host_leads_to_the_same() {
    let emulator = plain().await;
    let old = post_with(&emulator, "/gigachat/api/v1/chat/completions", &[], &streamed("hi")).await;
    assert_eq!(old.bytes(), chat(&emulator, &streamed("hi")).await.bytes());
}
