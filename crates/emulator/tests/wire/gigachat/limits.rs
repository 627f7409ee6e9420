//! How many chats may run at the same time.

use chatstream_emulator::{Emulator, Fault};
use serde_json::json;

use super::client::{AGENT, CHAT, SECOND, chat, open_chat, post, streamed, streamed_parts, token, unstreamed};
use crate::client::{read_until, send, start, within};

#[tokio::test]
async fn one_chat_too_many_is_refused_until_the_other_ends() {
    let emulator = start(Emulator::builder().gigachat_streams(1).fault(Fault::Stall(2))).await;
    let token = token(&emulator).await;
    let mut running = open_chat(&emulator, &token, &streamed("hi")).await;
    read_until(&mut running, " said").await;
    for (path, body) in [(CHAT, unstreamed("hi")), (SECOND, streamed_parts("hi"))] {
        let refused = post(&emulator, path, &body).await;
        assert_eq!((refused.status, refused.json()), (429, json!({"status": 429, "message": "Too many requests"})));
        assert_eq!(refused.header("retry-after"), None);
    }
    let models = send(&emulator, "GET", "/gigachat/v1/models", &[AGENT, &token, "x-emulator-fault:"], b"").await;
    assert_eq!(models.status, 200, "only chats count");

    drop(running);
    within(emulator.wait_for_cancelled(1)).await;
    let headers = [AGENT, &token, "x-emulator-fault:"];
    let body = unstreamed("hi").to_string();
    assert_eq!(send(&emulator, "POST", CHAT, &headers, body.as_bytes()).await.status, 200);
}

#[tokio::test]
async fn a_client_that_has_read_the_end_may_begin_anew_at_once() {
    let emulator = start(Emulator::builder().gigachat_streams(1)).await;
    let token = token(&emulator).await;
    for _ in 0..50 {
        let mut stream = open_chat(&emulator, &token, &streamed("hi")).await;
        read_until(&mut stream, "[DONE]").await;
        let mut stream = open_chat(&emulator, &token, &unstreamed("hi")).await;
        assert!(read_until(&mut stream, "finish_reason").await.starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn refused_chats_do_not_count() {
    let emulator = start(Emulator::builder().gigachat_streams(1)).await;
    for _ in 0..3 {
        assert_eq!(chat(&emulator, &json!({"model": "nonexistent", "messages": [{"role": "user"}]})).await.status, 404);
    }
    assert_eq!(chat(&emulator, &unstreamed("hi")).await.status, 200);
}

#[tokio::test]
async fn where_none_may_run_none_does() {
    let emulator = start(Emulator::builder().gigachat_streams(0)).await;
    assert_eq!(chat(&emulator, &unstreamed("hi")).await.status, 429);
}
