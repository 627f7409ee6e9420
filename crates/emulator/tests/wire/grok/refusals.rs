//! What the service refuses, by itself and on demand.

use serde_json::{Value, json};

use super::client::{CHATS, begin, begin_with, call, call_with, get, go_on, ids, message};
use crate::client::{plain, with};

fn flat(code: u8, message: &str) -> Value {
    json!({"code": code, "message": message, "details": []})
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let emulator = plain().await;
    let invalid = flat(3, "invalid argument");
    let table = [
        (json!({"message": " "}), 400, invalid.clone()),
        (json!({}), 400, invalid.clone()),
        (json!({"message": 1}), 400, invalid.clone()),
        (with(message("hi"), json!({"modelMode": "EXPERT"})), 400, invalid.clone()),
        (with(message("hi"), json!({"fileAttachments": ["1", "2", "3", "4", "5"]})), 400, invalid.clone()),
        (with(message("hi"), json!({"fileAttachments": ["1"]})), 404, flat(5, "File not found")),
        (with(message("hi"), json!({"modelName": "nonexistent"})), 404, flat(5, "Model not found")),
    ];
    for (body, status, expected) in table {
        let answer = begin(&emulator, &body).await;
        assert_eq!((answer.status, answer.json()), (status, expected), "{body}");
    }
    assert_eq!(get(&emulator, "/grok/rest/nothing").await.json(), flat(5, "Not Found"));
    let answer = get(&emulator, &format!("{CHATS}/new")).await;
    assert_eq!((answer.status, answer.json()), (501, flat(12, "Method Not Allowed")));
}

#[tokio::test]
async fn a_conversation_goes_on_only_where_there_is_an_answer() {
    let emulator = plain().await;
    let (id, answer) = ids(&begin(&emulator, &message("hi")).await);
    let table = [
        (&id, "nonsense", 400, "invalid argument"),
        (&id, id.as_str(), 404, "Response not found"),
        (&answer, answer.as_str(), 404, "Conversation not found"),
    ];
    for (id, parent, status, expected) in table {
        let answer = go_on(&emulator, id, parent, "hi").await;
        assert_eq!((answer.status, &answer.json()["message"]), (status, &json!(expected)));
    }
}

#[tokio::test]
async fn refusals_come_on_demand_in_the_words_of_the_service() {
    let signed_out = "Failed to look up session ID. [WKE=unauthenticated:invalid-credentials]";
    let nested = |code: u8, message: &str| json!({"error": flat(code, message)});
    let table = [
        ("signed-out", 401, nested(16, signed_out)),
        ("signed-out-403", 403, nested(7, signed_out)),
        ("blocked-user", 403, flat(7, "User is blocked [WKE=unauthorized:blocked-user]")),
        ("blocked-user-named", 403, json!({"code": "unauthorized:blocked-user", "error": "User is blocked"})),
        ("anti-bot", 403, nested(7, "Request rejected by anti-bot rules.")),
        ("anti-bot-200", 200, nested(7, "Request rejected by anti-bot rules.")),
        ("rate-limit-200", 200, nested(8, "Too many requests")),
        ("usage-limit", 429, nested(8, "You've reached your usage limit. Please try again later.")),
        ("rate-limited", 429, nested(8, "Too many requests")),
        ("error-200", 200, nested(13, "Something went wrong")),
        ("status=500", 500, nested(13, "Something went wrong")),
        ("status=404", 404, flat(5, "Conversation not found")),
    ];
    for (fault, status, expected) in table {
        let answer = begin_with(fault, &message("hi")).await;
        assert_eq!((answer.status, answer.json()), (status, expected), "{fault}");
    }
    let pages = [
        ("challenge", 403, "<title>Just a moment...</title>"),
        ("region", 403, "This service is not available in your region."),
        ("html-403", 403, "<hr><center>nginx</center>"),
        ("status=502", 502, "<title>502 Bad Gateway</title>"),
        ("status=520", 520, "error code: 520"),
        ("html", 200, "<h1>Welcome</h1>"),
    ];
    for (fault, status, expected) in pages {
        let answer = begin_with(fault, &message("hi")).await;
        assert_eq!(answer.status, status, "{fault}");
        assert!(answer.text().contains(expected), "{fault}: {}", answer.text());
    }
    assert_eq!(begin_with("challenge", &message("hi")).await.header("cf-mitigated"), Some("challenge"));
}

#[tokio::test]
async fn the_first_of_several_refusals_counts() {
    let emulator = plain().await;
    for (faults, status) in [("anti-bot,status=500", 403), ("status=500,anti-bot", 500)] {
        let header = format!("x-emulator-fault: {faults}");
        let answer = call_with(&emulator, "POST", &format!("{CHATS}/new"), &[&header], &message("hi")).await;
        assert_eq!(answer.status, status);
    }
    // What only this service knows means nothing to the others.
    let headers = ["x-emulator-fault: anti-bot,glued,stream-error"];
    let answer = crate::client::chat_with(&emulator, &headers, &crate::client::streamed("hi")).await;
    assert!(answer.status == 200 && answer.text().ends_with("data: [DONE]\n\n"));
    assert_eq!(call(&emulator, "POST", "/grok/rest/modes", &json!({})).await.status, 200);
}
