//! Plugin 2: handing a message in, and its answer.

use chatstream_emulator::Emulator;
use serde_json::json;

use super::client::{
    CONVERSATION, SESSION, answer_to, chat, chat_with, deltas, hand_in, named, nonce, post, with_faults,
};
use crate::client::{Ended, events, plain, send, start};

#[tokio::test]
async fn a_message_is_answered_in_named_events() {
    let message = "Привет 🚀\n\t<b> a/b";
    let answer = chat_with("", message).await;
    assert_eq!((answer.status, answer.ended), (200, Ended::Clean));
    assert!(answer.header("content-type").unwrap().starts_with("text/event-stream"));
    let text = answer.text();
    assert!(text.starts_with(&format!(":{}\n\nevent: message_start\ndata: {{\"message_id\":\"", " ".repeat(4096))));
    assert!(text.ends_with("\n\nevent: done\ndata: {\"finished\":true}\n\n"));
    assert!(named(&answer, "openai_response_id")["id"].as_str().unwrap().starts_with("resp_"));
    let said = deltas(&answer);
    assert!(said.starts_with("You said: \"Привет 🚀\n\t<b> a/b\". Это эмулятор 🚀"), "{said}");
    assert!(said.ends_with("User turns so far: 1. 1 < 2 && 3 > 2, and/or."), "{said}");
    assert!(text.is_ascii() && text.contains(r"a\/b"), "escaped as WordPress does");
    assert_eq!(answer.bytes(), chat_with("", message).await.bytes(), "the same again");
}

#[tokio::test]
async fn a_conversation_is_kept_by_its_id() {
    let emulator = plain().await;
    chat(&emulator, "one", &[]).await;
    let second = deltas(&chat(&emulator, "two", &[]).await);
    assert!(second.contains("User turns so far: 2. Before that you said: \"one\"."), "{second}");
    let others =
        [("conversation_uuid", "00000000-0000-4000-8000-000000000003"), ("session_id", "other"), ("bot_id", "25873")];
    for other in others {
        let answer = chat(&emulator, "three", &[other]).await;
        assert!(deltas(&answer).contains("User turns so far: 1. 1 < 2"), "{other:?}");
    }
    let third = deltas(&chat(&emulator, "three", &[("conversation_uuid", CONVERSATION)]).await);
    assert!(third.contains("User turns so far: 3. Before that you said: \"two\"."), "{third}");
}

#[tokio::test]
async fn searches_are_told_with_their_sources() {
    let emulator = plain().await;
    for (message, fields) in [("Найди", vec![]), ("hi", vec![("frontend_web_search_active", "true")])] {
        let answer = chat(&emulator, message, &fields).await;
        assert_eq!(named(&answer, "status"), json!({"status": "searching"}));
        assert_eq!(named(&answer, "citations")[0], json!({"url": "https://www.example.org/", "title": "Example"}));
    }
    let google = chat(&emulator, "hi", &[("bot_id", "25874")]).await;
    assert!(named(&google, "google_interaction_id")["id"].is_string() && named(&google, "citations").is_null());
}

#[tokio::test]
async fn a_key_is_good_for_one_answer() {
    let emulator = plain().await;
    let nonce = nonce(&emulator, "/v2/").await;
    let handed_in = hand_in(&emulator, &nonce, "hi").await;
    assert_eq!((handed_in.status, handed_in.json()["success"].as_bool()), (200, Some(true)));
    let key = handed_in.json()["data"]["cache_key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("aipkit_sse_") && key.len() == 43, "{key}");
    assert!(!deltas(&answer_to(&emulator, &nonce, &key, &[]).await).is_empty());
    for (key, error) in [(key.as_str(), "Message not found in cache."), ("", "Message cache key is missing.")] {
        let answer = answer_to(&emulator, &nonce, key, &[]).await;
        assert_eq!((answer.status, named(&answer, "error")), (200, json!({"error": error})));
        assert!(answer.text().ends_with("event: done\ndata: {\"finished\":true}\n\n"));
    }
    let expired = chat_with("expired-cache-key", "hi").await;
    assert_eq!(named(&expired, "error")["error"], "Cached message has expired.");
}

#[tokio::test]
async fn what_is_missing_is_told_in_the_stream() {
    let emulator = plain().await;
    let table = [
        (("bot_id", "1"), "Invalid chatbot specified."),
        (("bot_id", "x"), "Invalid chatbot specified."),
        (("conversation_uuid", ""), "Conversation ID is missing."),
        (("session_id", ""), "Session ID is missing for guest."),
    ];
    for (field, error) in table {
        let answer = chat(&emulator, "hi", &[field]).await;
        assert_eq!((answer.status, named(&answer, "error")), (200, json!({"error": error})), "{field:?}");
        assert!(named(&answer, "message_start").is_null());
        assert!(answer.text().contains("event: error\nid: err-"));
    }
    let prohibited = chat(&emulator, "forbidden topic", &[]).await;
    assert!(named(&prohibited, "error")["error"].as_str().unwrap().contains("prohibited words"));
}

#[tokio::test]
async fn visitors_may_send_so_many_messages() {
    let emulator = start(Emulator::builder().chatgptfree_messages(1)).await;
    assert!(named(&chat(&emulator, "hi", &[]).await, "error").is_null());
    let expected = json!({"error": "You have reached your token limit.", "quota_notice": {"type": "guest"}});
    assert_eq!(named(&chat(&emulator, "hi", &[("session_id", SESSION)]).await, "error"), expected);
    assert!(named(&chat(&emulator, "hi", &[("session_id", "another")]).await, "error").is_null());
}

#[tokio::test]
async fn messages_are_handed_in_with_something_in_them_and_from_the_site_itself() {
    let emulator = plain().await;
    let nonce = nonce(&emulator, "/v2/").await;
    let empty = hand_in(&emulator, &nonce, "").await;
    assert_eq!((empty.status, &empty.json()["data"]["code"]), (400, &json!("empty_data_to_cache")));
    let hand_in_with = |headers: Vec<String>, images: &'static str| {
        let (emulator, nonce) = (&emulator, &nonce);
        async move {
            let fields = [
                ("action", "aipkit_cache_sse_message"),
                ("_ajax_nonce", nonce.as_str()),
                ("bot_id", "25871"),
                ("image_inputs", images),
            ];
            let headers = headers.iter().map(String::as_str).collect::<Vec<_>>();
            post(emulator, &headers, &fields).await
        }
    };
    let site = emulator.chatgptfree().base_url().trim_end_matches("/chatgptfree").to_owned();
    let picture = hand_in_with(vec![format!("origin: {site}")], "[{\"type\":\"image/png\"}]").await;
    let key = picture.json()["data"]["cache_key"].as_str().unwrap().to_owned();
    assert!(deltas(&answer_to(&emulator, &nonce, &key, &[]).await).contains("Images shown: 1."));
    let foreign = hand_in_with(vec!["origin: https://evil.example".to_owned()], "[1]").await;
    assert_eq!((foreign.status, &foreign.json()["data"]["code"]), (403, &json!("cors_denied")));
    assert_eq!(hand_in_with(vec![], "nonsense").await.status, 400);

    let query = "action=aipkit_frontend_chat_stream&bot_id=25871";
    let path = format!("{}?{query}", super::client::AJAX);
    let foreign = send(&emulator, "GET", &path, &["origin: https://evil.example"], b"").await;
    assert_eq!(named(&foreign, "error")["error"], "This domain is not permitted to access the chatbot.");
}

#[tokio::test]
async fn an_old_plugin_answers_at_once_and_gives_no_nonces() {
    let emulator = with_faults("old-plugin").await;
    let nonce = nonce(&emulator, "/v2/").await;
    let message = |nonce: String, bot: &'static str| {
        let emulator = &emulator;
        async move {
            let fields = [
                ("action", "aipkit_frontend_chat_message"),
                ("_ajax_nonce", nonce.as_str()),
                ("bot_id", bot),
                ("message", "a/b"),
                ("session_id", SESSION),
                ("conversation_uuid", CONVERSATION),
            ];
            post(emulator, &[], &fields).await
        }
    };
    let answer = message(nonce.clone(), "25871").await;
    assert!(answer.json()["data"]["reply"].as_str().unwrap().starts_with("You said: \"a/b\"."));
    assert_eq!(message("invalid".to_owned(), "25871").await.json()["data"].get("code"), None);
    assert_eq!(message(nonce, "1").await.json()["data"]["message"], "Invalid chatbot specified.");
    let give = [("action", "aipkit_get_frontend_chat_nonce"), ("bot_id", "25871")];
    assert_eq!(post(&emulator, &[], &give).await.text(), "0");
    let newer = [("action", "aipkit_frontend_chat_message"), ("bot_id", "25871")];
    assert_eq!(post(&plain().await, &[], &newer).await.text(), "0");
}

#[tokio::test]
async fn faults_of_streams_meet_the_stream_and_not_the_call_before_it() {
    let whole = chat_with("", "hi").await;
    let count = events(&whole.text()).len();
    let table = [
        ("cut-after=4", 3, Ended::Clean),
        ("no-done", count - 1, Ended::Clean),
        ("reset=3", 2, Ended::Reset),
        ("garbage-line", count + 1, Ended::Clean),
        ("pieces=100", count, Ended::Clean),
    ];
    for (faults, expected, ended) in table {
        let answer = chat_with(faults, "hi").await;
        assert_eq!((events(&answer.text()).len(), answer.ended), (expected, ended), "{faults}");
    }
    for (faults, error) in [
        ("error-mid-stream=4", "API Error: Rate limit reached"),
        ("nested-error-mid-stream=1", "Connection Error: Operation timed out"),
    ] {
        let answer = chat_with(faults, "hi").await;
        assert_eq!(named(&answer, "error")["error"], error);
        assert!(answer.text().ends_with("event: done\ndata: {\"finished\":true}\n\n"));
    }
    assert!(chat_with("crlf,bom", "hi").await.text().starts_with("\u{FEFF}:    "));
    let early = chat_with("length", "hi").await;
    assert_eq!(named(&early, "warning")["error"], "Response stopped: max tokens");
    assert_eq!(deltas(&chat_with("warning", "hi").await), deltas(&whole));
    assert_eq!(deltas(&chat_with("null-data", "hi").await), "");
}

#[tokio::test]
async fn a_failure_comes_so_many_times_in_the_call_it_belongs_to() {
    let emulator = with_faults("status=503,fail-times=1").await;
    let nonce = nonce(&emulator, "/v2/").await;
    let mut statuses = Vec::new();
    for _ in 0..2 {
        statuses.push(hand_in(&emulator, &nonce, "hi").await.status);
    }
    assert_eq!(statuses, [503, 200]);
    let emulator = with_faults("error-mid-stream=2,fail-times=1").await;
    assert!(!named(&chat(&emulator, "hi", &[]).await, "error").is_null());
    assert!(named(&chat(&emulator, "hi", &[]).await, "error").is_null());
}
