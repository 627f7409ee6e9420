//! Scripted answers, sent as they are.

use std::time::Duration;

use chatstream_emulator::{Answer, Emulator};
use tokio::io::AsyncReadExt as _;

use crate::client::{Ended, chat, chat_with, get, open_chat, plain, read_until, start, streamed, within};

fn answer() -> Answer {
    Answer::new(200).header("content-type", "text/event-stream")
}

#[tokio::test]
async fn pieces_are_chunks_and_empty_ones_are_left_out() {
    let emulator = plain().await;
    emulator.script(answer().header("x-a", "1").header("x-a", "2").piece("da").piece("").piece(&b"ta\xFF"[..]));
    let received = chat(&emulator, &streamed("hi")).await;
    assert_eq!((received.status, received.ended), (200, Ended::Clean));
    assert_eq!(received.chunks, [&b"da"[..], b"ta\xFF"]);
    assert_eq!(received.head.matches("x-a: ").count(), 2);
    assert_eq!(received.header("x-request-id"), None, "nothing is added");
}

#[tokio::test]
async fn scripts_are_played_in_order_before_the_service_answers_again() {
    let emulator = start(Emulator::builder().script(Answer::new(503)).script(Answer::new(204))).await;
    emulator.script(answer().piece("x"));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(chat(&emulator, &streamed("hi")).await.status);
    }
    assert_eq!(statuses, [503, 204, 200, 200]);
    assert_eq!(emulator.requests().len(), 4);
}

#[tokio::test]
async fn a_script_for_a_path_waits_for_it() {
    let emulator = plain().await;
    emulator.script(Answer::new(418).path("/xai/v1/models"));
    assert_eq!(chat(&emulator, &streamed("hi")).await.status, 200);
    assert_eq!(get(&emulator, "/xai/v1/models").await.status, 418);
    assert_eq!(get(&emulator, "/xai/v1/models").await.status, 200);
}

#[tokio::test]
async fn faults_do_not_touch_scripts() {
    let emulator = plain().await;
    emulator.script(answer().pieces(["ab", "cd"]));
    let received = chat_with(&emulator, &["x-emulator-fault: bytewise,status=500"], &streamed("hi")).await;
    assert_eq!((received.status, received.chunks.len()), (200, 2));
}

#[tokio::test]
async fn endings_are_what_they_say() {
    let emulator = plain().await;
    let table = [
        (answer().piece("ab").end().piece("cd"), Ended::Clean),
        (answer().piece("ab").close(), Ended::Short),
        (answer().piece("ab").reset(), Ended::Reset),
        (answer().header("content-length", "3").piece("ab"), Ended::Short),
        (answer().header("content-length", "2").piece("ab"), Ended::Clean),
    ];
    for (answer, ended) in table {
        let shown = format!("{answer:?}");
        emulator.script(answer);
        let received = chat(&emulator, &streamed("hi")).await;
        assert_eq!((received.bytes().as_slice(), received.ended), (&b"ab"[..], ended), "{shown}");
    }
    assert_eq!(emulator.cancelled(), 0, "it was not the client that broke off");
}

#[tokio::test]
async fn a_stalled_script_stays_open() {
    let emulator = plain().await;
    emulator.script(answer().piece("ab").stall());
    let mut stream = open_chat(&emulator, &streamed("hi")).await;
    read_until(&mut stream, "\r\n2\r\nab\r\n").await;
    drop(stream);
    within(emulator.wait_for_cancelled(1)).await;
}

#[tokio::test]
async fn what_comes_before_a_pause_is_sent_before_it() {
    let emulator = plain().await;
    emulator.script(answer().piece("ab").pause(Duration::from_secs(3600)).piece("cd"));
    let mut stream = open_chat(&emulator, &streamed("hi")).await;
    assert!(!read_until(&mut stream, "ab").await.contains("cd"));
}

#[tokio::test(start_paused = true)]
async fn a_delay_holds_the_head_back() {
    let emulator = plain().await;
    emulator.script(answer().delay(Duration::from_secs(5)).piece("ab"));
    let begin = tokio::time::Instant::now();
    let mut stream = open_chat(&emulator, &streamed("hi")).await;
    stream.read_u8().await.unwrap();
    assert!(begin.elapsed() >= Duration::from_secs(5));
}
