//! What the service refuses, and in which words.

use serde_json::{Value, json};

use crate::client::{CHAT, chat, plain, send, streamed, unstreamed, with};

const JSON: &str = "content-type: application/json";
const KEY: &str = "authorization: Bearer xai-test";

#[tokio::test]
async fn without_a_key_nothing_is_answered() {
    let emulator = plain().await;
    let body = streamed("hi").to_string();
    let expected = json!({"code": "unauthenticated:no-credentials", "error": "No credentials presented."});
    for headers in [&[JSON][..], &[JSON, "authorization: Bearer "], &[JSON, "authorization:"]] {
        let answer = send(&emulator, "POST", CHAT, headers, body.as_bytes()).await;
        assert_eq!((answer.status, answer.json()), (401, expected.clone()), "{headers:?}");
    }
    assert_eq!(send(&emulator, "GET", "/xai/v1/models", &[], b"").await.status, 401);
}

#[tokio::test]
async fn a_key_that_contains_invalid_is_an_invalid_argument() {
    let emulator = plain().await;
    let headers = [JSON, "authorization: Bearer xai-invalid-key"];
    let answer = send(&emulator, "POST", CHAT, &headers, streamed("hi").to_string().as_bytes()).await;
    assert_eq!(answer.status, 400);
    let message = "Incorrect API key provided: xa***ey. You can obtain an API key from https://console.x.ai.";
    assert_eq!(answer.json(), json!({"code": "invalid-argument", "error": message}));
}

#[tokio::test]
async fn refusals_carry_neither_a_request_id_nor_limits() {
    let emulator = plain().await;
    let refused = chat(&emulator, &with(streamed("hi"), json!({"model": "grok-beta"}))).await;
    assert_eq!(refused.status, 404);
    for name in ["x-request-id", "x-ratelimit-limit-requests", "x-ratelimit-remaining-tokens", "traceparent"] {
        assert_eq!(refused.header(name), None);
        assert!(chat(&emulator, &streamed("hi")).await.header(name).is_some());
    }
}

#[tokio::test]
async fn requests_are_refused_in_the_words_of_the_service() {
    let emulator = plain().await;
    let gone = "The model grok-beta does not exist or your team 00000000-0000-0000-0000-000000000000 does not have \
                access to it. If you believe this is a mistake, please contact support and quote your team ID and the \
                model name.";
    let search = "Live search is deprecated. Please switch to the Agent Tools API: \
                  https://docs.x.ai/docs/guides/tools/overview";
    let table = [
        (json!({"model": "grok-beta"}), 404, Some("not-found"), gone),
        (json!({"model": "grok-nonexistent"}), 404, Some("not-found"), "The model grok-nonexistent does not exist"),
        (
            json!({"presence_penalty": 0}),
            400,
            Some("invalid-argument"),
            "Argument not supported on this model: presencePenalty",
        ),
        (json!({"stop": "x"}), 400, Some("invalid-argument"), "Argument not supported on this model: stop"),
        (
            json!({"model": "grok-4.20", "reasoning_effort": "low"}),
            400,
            Some("invalid-argument"),
            "Argument not supported on this model: reasoningEffort",
        ),
        (json!({"search_parameters": {"mode": "auto"}}), 410, None, search),
        (json!({"tools": []}), 400, Some("invalid-argument"), "Invalid request content: "),
        (json!({"stream_options": {}}), 400, Some("invalid-argument"), "Invalid request content: stream_options"),
        (
            json!({"messages": "hi"}),
            422,
            None,
            "Failed to deserialize the JSON body into the target type: invalid type: string \"hi\"",
        ),
    ];
    for (members, status, code, message) in table {
        let answer = chat(&emulator, &with(unstreamed("hi"), members.clone())).await;
        let json = answer.json();
        assert_eq!((answer.status, json["code"].as_str()), (status, code), "{members}: {json}");
        assert!(json["error"].as_str().unwrap().starts_with(message), "{members}: {json}");
    }
}

#[tokio::test]
async fn bodies_that_are_no_chat_request_are_refused() {
    let emulator = plain().await;
    let missing = "Failed to deserialize the JSON body into the target type: missing field `messages`";
    let table = [
        (&b"{\"model\":"[..], 400, "Failed to parse the request body as JSON: "),
        (b"", 400, "Failed to parse the request body as JSON: "),
        (b"{\"model\":\"m\"}", 422, missing),
        (b"[]", 422, "Failed to deserialize"),
    ];
    for (body, status, message) in table {
        let answer = send(&emulator, "POST", CHAT, &[KEY, JSON], body).await;
        let json: Value = answer.json();
        assert_eq!(answer.status, status, "{json}");
        assert!(json["error"].as_str().unwrap().starts_with(message), "{json}");
    }
}

#[tokio::test]
async fn wrong_paths_methods_and_media_types_are_told_apart() {
    let emulator = plain().await;
    let body = streamed("hi").to_string();
    let body = body.as_bytes();
    let status = async |method, path, headers: &[&str], body| send(&emulator, method, path, headers, body).await.status;

    assert_eq!(status("GET", "/xai/v1/nowhere", &[KEY], b"").await, 404);
    assert_eq!(status("GET", "/xai/v1/models/", &[KEY], b"").await, 404);
    assert_eq!(status("GET", "/xai/v1", &[KEY], b"").await, 404);
    assert_eq!(status("GET", "/xai/v12/models", &[KEY], b"").await, 404);
    assert_eq!(status("GET", "/elsewhere", &[KEY], b"").await, 404);
    assert_eq!(status("POST", "/xai/v1/models", &[KEY, JSON], b"{}").await, 405);
    assert_eq!(status("POST", CHAT, &[KEY, "content-type: text/plain"], body).await, 415);
    assert_eq!(status("POST", CHAT, &[KEY], body).await, 415);
    assert_eq!(status("POST", CHAT, &[KEY, "content-type: Application/JSON; charset=utf-8"], body).await, 200);
    assert_eq!(status("POST", &format!("{CHAT}?a=b"), &[KEY, JSON], body).await, 200);

    let answer = send(&emulator, "GET", CHAT, &[KEY], b"").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
}

#[tokio::test]
async fn a_body_over_twenty_mebibytes_is_refused() {
    let emulator = plain().await;
    let answer = send(&emulator, "POST", CHAT, &[KEY, JSON], &vec![b' '; (20 << 20) + 1]).await;
    assert_eq!(answer.status, 413);
    assert_eq!(emulator.requests()[0].body.len(), 20 << 20);
}
