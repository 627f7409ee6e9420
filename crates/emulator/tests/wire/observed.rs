//! What the emulator tells about the requests it has seen.

use chatstream_emulator::Emulator;
use http::Version;
use serde_json::json;

use crate::client::{CHAT, chat, chat_with, faulty, get, open_chat, plain, read_until, start, streamed, within};

#[tokio::test]
async fn requests_can_be_looked_at() {
    let emulator = plain().await;
    let body = streamed("hi");
    chat_with(&emulator, &["x-mine: 1"], &body).await;
    get(&emulator, "/xai/v1/models?limit=1").await;

    let requests = emulator.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!((requests[0].method.as_str(), requests[0].path()), ("POST", CHAT));
    assert_eq!(requests[0].json(), body);
    assert_eq!(requests[0].header("x-mine"), Some("1"));
    assert_eq!(requests[0].header("authorization"), Some("Bearer xai-test"));
    assert_eq!(requests[0].version, Version::HTTP_11);
    assert_eq!(requests[1].uri, "/xai/v1/models?limit=1");
    assert_eq!((requests[0].connection, requests[1].connection), (1, 2));
    assert_eq!(emulator.connections(), 2);
}

#[tokio::test]
async fn request_ids_and_limits_follow_the_count_of_requests() {
    let emulator = plain().await;
    let first = chat(&emulator, &streamed("hi")).await;
    let second = chat(&emulator, &streamed("hi")).await;
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    assert_eq!(first.header("x-request-id"), chat(&plain().await, &streamed("hi")).await.header("x-request-id"));
    assert_eq!(first.header("x-ratelimit-limit-requests"), Some("1800"));
    assert_eq!(first.header("x-ratelimit-remaining-requests"), Some("1799"));
    assert_eq!(second.header("x-ratelimit-remaining-requests"), Some("1798"));
    let tokens = |answer: &crate::client::Received| {
        answer.header("x-ratelimit-remaining-tokens").unwrap().parse::<u64>().unwrap()
    };
    assert!(tokens(&second) < tokens(&first) && tokens(&first) < 10_000_000);
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_is_noticed() {
    let emulator = faulty("stall=2").await;
    let mut stream = open_chat(&emulator, &streamed("hi")).await;
    let received = read_until(&mut stream, " user").await;
    assert!(received.starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(emulator.cancelled(), 0);
    drop(stream);
    within(emulator.wait_for_cancelled(1)).await;
    assert_eq!(emulator.cancelled(), 1);
}

#[tokio::test]
async fn a_client_that_leaves_before_the_head_is_noticed() {
    let emulator = faulty("hang").await;
    let stream = open_chat(&emulator, &streamed("hi")).await;
    within(emulator.wait_for_requests(1)).await;
    drop(stream);
    within(emulator.wait_for_cancelled(1)).await;
}

#[tokio::test]
async fn a_client_that_leaves_during_a_pause_is_noticed() {
    let emulator = start(Emulator::builder().pace(std::time::Duration::from_secs(3600))).await;
    let mut stream = open_chat(&emulator, &streamed("hi")).await;
    read_until(&mut stream, "\n\n").await;
    drop(stream);
    within(emulator.wait_for_cancelled(1)).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_noticed_when_it_leaves() {
    let emulator = plain().await;
    // Far more than the buffers of both sides hold.
    let stream = open_chat(&emulator, &streamed(&"много слов ".repeat(200_000))).await;
    within(emulator.wait_for_requests(1)).await;
    drop(stream);
    within(emulator.wait_for_cancelled(1)).await;
}

#[tokio::test]
async fn an_answer_read_to_its_end_is_not_cancelled() {
    let emulator = plain().await;
    for body in [streamed("hi"), json!({}), json!({"model": "m", "messages": []})] {
        chat(&emulator, &body).await;
    }
    get(&emulator, "/xai/v1/models").await;
    within(emulator.wait_for_requests(4)).await;
    assert_eq!(emulator.cancelled(), 0);
}
