//! Each fault, as it is on the wire.

use std::time::Duration;

use chatstream_emulator::{Emulator, Fault};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::client::{
    Ended, Received, chat, chat_with, events, faulty, get, open_chat, plain, read_until, said, start, streamed,
    unstreamed, with, within,
};

const DONE: &str = "data: [DONE]\n\n";

async fn stream_with(faults: &str) -> Received {
    chat(&faulty(faults).await, &streamed("Привет")).await
}

async fn whole_with(faults: &str) -> Received {
    chat(&faulty(faults).await, &unstreamed("Привет")).await
}

fn finish_reasons(events: &[Value]) -> Vec<&str> {
    events.iter().filter_map(|event| event["choices"][0]["finish_reason"].as_str()).collect()
}

#[tokio::test]
async fn endings_are_missing_as_asked() {
    let with_usage = with(streamed("hi"), json!({"stream_options": {"include_usage": true}}));
    let complete = chat(&plain().await, &with_usage).await.events().len();
    let table = [
        ("cut-after=3", 3, 0, false),
        ("cut-after=0", 0, 0, false),
        ("cut-after=1000", complete - 3, 0, false),
        ("no-done", complete - 1, 1, false),
        ("no-finish", complete - 1, 0, true),
        ("no-end", complete - 3, 0, false),
    ];
    for (faults, count, finishes, done) in table {
        let answer = chat(&faulty(faults).await, &with_usage).await;
        let events = answer.events();
        assert_eq!(answer.ended, Ended::Clean, "{faults}");
        assert_eq!(events.len(), count, "{faults}");
        assert_eq!(finish_reasons(&events).len(), finishes, "{faults}");
        assert_eq!(answer.text().ends_with(DONE), done, "{faults}");
    }
}

#[tokio::test]
async fn silent_faults_keep_the_connection_open_after_their_events() {
    for (faults, last) in [("stall=2", "\n\n"), ("done-stays-open", DONE)] {
        let emulator = faulty(faults).await;
        let mut stream = open_chat(&emulator, &streamed("hi")).await;
        read_until(&mut stream, last).await;
        assert_eq!(emulator.cancelled(), 0, "{faults}");
        drop(stream);
        within(emulator.wait_for_cancelled(1)).await;
    }
}

#[tokio::test]
async fn a_stall_can_be_filled_with_comments() {
    let emulator = faulty("keep-alive-stall=1").await;
    let mut stream = open_chat(&emulator, &streamed("hi")).await;
    let received = read_until(&mut stream, ": keepalive\n\n\r\nD\r\n: keepalive\n\n").await;
    assert_eq!(received.matches("data:").count(), 1);
    drop(stream);
    within(emulator.wait_for_cancelled(1)).await;
}

#[tokio::test]
async fn a_reset_comes_after_its_events() {
    for (faults, count) in [("reset=2", 2), ("reset=0", 0)] {
        let answer = stream_with(faults).await;
        assert_eq!((answer.status, answer.ended), (200, Ended::Reset));
        assert_eq!(answer.events().len(), count);
    }
    let whole = whole_with("reset").await;
    assert_eq!(whole.ended, Ended::Reset);
    serde_json::from_slice::<Value>(&whole.bytes()).unwrap_err();
}

#[tokio::test]
async fn a_truncated_stream_ends_in_the_middle_of_an_event() {
    let answer = stream_with("truncated-body").await;
    assert_eq!(answer.ended, Ended::Clean);
    let text = answer.text();
    assert!(!text.ends_with('\n'));
    let last = text.rsplit("\n\n").next().unwrap().strip_prefix("data: ").unwrap();
    serde_json::from_str::<Value>(last).unwrap_err();
    assert_eq!(finish_reasons(&answer.events()), Vec::<&str>::new());
}

#[tokio::test]
async fn a_truncated_whole_answer_is_shorter_than_its_length() {
    let answer = whole_with("truncated-body").await;
    let length = answer.header("content-length").unwrap().parse::<usize>().unwrap();
    assert_eq!(answer.ended, Ended::Short);
    assert_eq!(answer.bytes().len(), length / 2);
    let models = get(&faulty("truncated-body").await, "/xai/v1/models").await;
    assert_eq!(models.ended, Ended::Short);
}

#[tokio::test]
async fn statuses_come_with_the_body_of_the_service() {
    let codes = [
        (400, Some("invalid-argument")),
        (401, Some("unauthenticated:no-credentials")),
        (403, Some("permission-denied")),
        (404, Some("not-found")),
        (410, None),
        (413, None),
        (415, None),
        (422, None),
        (429, Some("resource-exhausted")),
        (500, Some("internal")),
        (502, Some("The service is currently unavailable")),
        (503, Some("The service is currently unavailable")),
        (504, Some("The service is currently unavailable")),
        (529, Some("The service is currently unavailable")),
        (418, Some("unknown")),
    ];
    let emulator = plain().await;
    for (status, code) in codes {
        let fault = format!("x-emulator-fault: status={status}");
        let answer = chat_with(&emulator, &[&fault], &streamed("hi")).await;
        assert_eq!((answer.status, answer.ended), (status, Ended::Clean));
        assert_eq!(answer.json()["code"].as_str(), code, "{status}");
        assert!(!answer.json()["error"].as_str().unwrap().is_empty(), "{status}");
        assert_eq!(answer.header("retry-after"), None);
    }
    let edge = chat_with(&emulator, &["x-emulator-fault: status=522"], &streamed("hi")).await;
    assert!(edge.text().starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn rate_limits_say_when_to_come_again() {
    let table = [
        ("rate-limited", "retry-after", "1"),
        ("retry-after=7", "retry-after", "7"),
        ("retry-after-ms=250", "retry-after-ms", "250"),
    ];
    for (faults, name, value) in table {
        let answer = stream_with(faults).await;
        assert_eq!((answer.status, answer.header(name)), (429, Some(value)), "{faults}");
        assert_eq!(answer.json()["code"], "resource-exhausted");
    }
    let date = "Fri, 31 Dec 2027 23:59:59 GMT";
    let header = format!("x-emulator-fault: retry-after={date},crlf");
    let answer = chat_with(&plain().await, &[&header], &streamed("hi")).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some(date)));
}

#[tokio::test]
async fn failures_end_after_their_times_and_forms_stay() {
    let emulator = faulty("status=503,fail-times=2,crlf").await;
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(chat(&emulator, &streamed("hi")).await);
    }
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [503, 503, 200, 200]);
    assert!(answers[3].text().ends_with("data: [DONE]\r\n\r\n"));

    let header = ["x-emulator-fault: reset=0,fail-times=1"];
    assert_eq!(chat_with(&emulator, &header, &streamed("hi")).await.ended, Ended::Reset);
    assert_eq!(chat_with(&emulator, &header, &streamed("hi")).await.ended, Ended::Clean);
}

#[tokio::test]
async fn a_success_can_be_an_error() {
    for answer in [stream_with("error-200").await, whole_with("error-200").await] {
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
        let expected = json!({
            "code": "The service is currently unavailable",
            "error": "Timed out waiting for first token",
        });
        assert_eq!(answer.json(), expected);
    }
}

#[tokio::test]
async fn errors_in_mid_stream_are_flat_or_nested_and_the_last_event() {
    for (faults, is_nested) in [("error-mid-stream=2", false), ("nested-error-mid-stream=2", true)] {
        let answer = stream_with(faults).await;
        let events = answer.events();
        assert_eq!((answer.ended, events.len()), (Ended::Clean, 3));
        assert_eq!(events[2]["error"]["message"].is_string(), is_nested);
        assert_eq!(events[2]["code"].is_string(), !is_nested);
    }
}

#[tokio::test]
async fn pages_come_instead_of_answers() {
    for (faults, status) in [("html", 200), ("html-403", 403)] {
        let answer = stream_with(faults).await;
        assert_eq!((answer.status, answer.header("content-type")), (status, Some("text/html; charset=UTF-8")));
        assert!(answer.text().starts_with("<!DOCTYPE html>"));
    }
}

#[tokio::test]
async fn garbage_stands_between_events() {
    let events = stream_with("garbage-line").await.events();
    assert!(events[0].is_object() && events[2].is_object());
    assert!(events[1].as_str().unwrap().starts_with('{'), "{}", events[1]);

    let answer = stream_with("garbage-comment").await;
    assert_eq!(answer.events(), stream_with("no-space").await.events());
    assert!(answer.text().contains(":data: [DONE]\n"));
}

#[tokio::test]
async fn lines_have_the_form_asked_for_and_the_same_content() {
    let usual = stream_with("fail-times").await;
    let text = usual.text();
    let first = text.lines().next().unwrap();
    let table = [
        ("crlf", text.replace('\n', "\r\n")),
        ("cr", text.replace('\n', "\r")),
        ("bom", format!("\u{FEFF}{text}")),
        ("no-space", text.replace("data: ", "data:")),
        ("no-blank-line-at-end", text[..text.len() - 1].to_owned()),
        ("no-newline-at-end", text[..text.len() - 2].to_owned()),
    ];
    for (faults, expected) in table {
        assert_eq!(stream_with(faults).await.text(), expected, "{faults}");
    }
    let alive = stream_with("keep-alive").await.text();
    assert!(alive.starts_with(&format!("{}{first}\n\n: keepalive\n\ndata: ", ": keepalive\n\n".repeat(7))), "{alive}");
    assert_eq!(alive.replace(": keepalive\n\n", ""), text);
}

#[tokio::test]
async fn bodies_are_cut_anywhere_and_stay_the_same() {
    let usual = stream_with("fail-times").await.bytes();
    for (faults, length) in [("bytewise", 1), ("pieces=7", 7), ("pieces=301", 301)] {
        let answer = stream_with(faults).await;
        let (last, chunks) = answer.chunks.split_last().unwrap();
        assert!(chunks.iter().all(|chunk| chunk.len() == length) && last.len() <= length, "{faults}");
        assert_eq!(answer.bytes(), usual, "{faults}");
    }
    let answer = stream_with("split-utf8").await;
    let is_cut = |chunk: &Vec<u8>| chunk.last().is_some_and(|byte| *byte >= 0xC0);
    assert_eq!(
        answer.chunks.iter().filter(|chunk| is_cut(chunk)).count(),
        usual.iter().filter(|b| **b >= 0xC0).count()
    );
    assert_eq!(answer.bytes(), usual);

    let whole = whole_with("pieces=10").await;
    assert_eq!((whole.header("content-length"), whole.chunks[0].len()), (None, 10));
    assert_eq!(whole.json(), whole_with("fail-times").await.json());
}

#[tokio::test]
async fn chunks_can_come_without_ids_and_usage() {
    let request = with(streamed("hi"), json!({"stream_options": {"include_usage": true}}));
    let text = chat(&faulty("missing-ids").await, &request).await.text();
    for member in ["\"id\"", "\"index\"", "\"usage\""] {
        assert!(!text.contains(member), "{member}");
    }
    assert!(text.contains("\"finish_reason\":\"stop\"") && text.ends_with(DONE));
    let whole = whole_with("missing-ids").await.json();
    assert_eq!((whole.get("id"), whole.get("usage")), (None, None));
}

#[tokio::test]
async fn usage_can_be_empty_or_everywhere() {
    assert!(stream_with("empty-usage").await.text().contains("\"choices\":[],\"usage\":{},"));
    assert_eq!(whole_with("empty-usage").await.json()["usage"], json!({}));

    let events = stream_with("usage-every-chunk").await.events();
    let (done, chunks) = events.split_last().unwrap();
    assert_eq!(done, "[DONE]");
    let totals = chunks.iter().map(|event| event["usage"]["total_tokens"].as_u64().unwrap()).collect::<Vec<_>>();
    let deltas = totals.len() - 1;
    assert!(totals[..deltas].windows(2).all(|pair| pair[1] == pair[0] + 1), "{totals:?}");
    assert_eq!(totals[deltas], totals[deltas - 1], "the finish reason adds nothing");
    assert!(chunks[..deltas].iter().all(|event| event["choices"][0]["delta"]["role"] == "assistant"));
}

#[tokio::test]
async fn finish_reasons_are_what_was_asked_for() {
    let table = [
        ("unknown-finish-reason", "interrupted_by_emulator", false),
        ("content-filter", "content_filter", true),
        ("length", "length", true),
        ("finish-error", "error", false),
    ];
    for (faults, reason, is_short) in table {
        let answer = stream_with(faults).await;
        assert_eq!(finish_reasons(&answer.events()), [reason]);
        assert_eq!(!answer.said("content").ends_with("User turns so far: 1."), is_short, "{faults}");
        assert_eq!(whole_with(faults).await.json()["choices"][0]["finish_reason"], reason);
    }
}

#[tokio::test]
async fn open_chunks_can_have_a_finish_reason_that_is_null_and_answers_no_usage() {
    let with_usage = with(streamed("hi"), json!({"stream_options": {"include_usage": true}}));
    let events = chat(&faulty("null-finish-reason,no-usage").await, &with_usage).await.events();
    let [open @ .., finish, done] = events.as_slice() else { panic!("too few events") };
    assert!(open.iter().all(|event| event["choices"][0].as_object().unwrap()["finish_reason"].is_null()));
    assert_eq!((&finish["choices"][0]["finish_reason"], done), (&json!("stop"), &json!("[DONE]")));
    assert!(events.iter().all(|event| event.get("usage").is_none()));
    assert_eq!(whole_with("no-usage").await.json().get("usage"), None);
}

#[tokio::test]
async fn tool_calls_can_share_an_index_or_come_in_portions() {
    let calls = |events: Vec<Value>| {
        let deltas = events.into_iter().map(|event| event["choices"][0]["delta"]["tool_calls"][0].clone());
        deltas.filter(Value::is_object).collect::<Vec<_>>()
    };
    let same = calls(stream_with("same-index-tools").await.events());
    assert_eq!((same.len(), &same[0]["index"], &same[1]["index"]), (2, &json!(0), &json!(0)));
    assert_ne!(same[0]["id"], same[1]["id"]);

    let split = calls(stream_with("split-tools").await.events());
    assert!(split.len() > 2);
    assert_eq!((&split[0]["function"]["name"], &split[0]["function"]["arguments"]), (&json!("lookup"), &json!("")));
    assert!(split[1..].iter().all(|call| call.get("id").is_none() && call["index"] == 0));
    let arguments: String = split.iter().map(|call| call["function"]["arguments"].as_str().unwrap()).collect();
    assert_eq!(arguments, r#"{"query":"пример"}"#);
}

#[tokio::test]
async fn an_emoji_can_be_halved_over_two_deltas() {
    let text = stream_with("split-surrogate").await.text();
    let lines = text.lines().collect::<Vec<_>>();
    let first = lines.iter().position(|line| line.contains("\\ud83d\"}")).unwrap();
    assert!(lines[first + 2].contains("\"content\":\"\\ude80"), "{}", lines[first + 2]);
}

#[tokio::test]
async fn reasoning_can_be_a_placeholder() {
    let events = stream_with("thinking-placeholder").await.events();
    for event in &events[..3] {
        assert_eq!(event["choices"][0]["delta"]["reasoning_content"], "Thinking... ");
    }
    assert!(events[3]["choices"][0]["delta"]["content"].is_string());
}

#[tokio::test]
async fn a_stream_can_be_answered_whole() {
    let answer = stream_with("whole-for-stream").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.json()["object"], "chat.completion");
}

#[tokio::test]
async fn one_event_can_be_very_big() {
    let answer = stream_with("big-event=8388608").await;
    let big = answer.events().into_iter().filter(|event| event["choices"][0]["delta"]["content"].is_string());
    let lengths = big.map(|event| event["choices"][0]["delta"]["content"].as_str().unwrap().len());
    assert_eq!(lengths.collect::<Vec<_>>(), [8 << 20]);

    let cut = stream_with("big-event=1000000,pieces=8192").await;
    assert_eq!((cut.chunks[3].len(), cut.said("content").len()), (8192, 1_000_000));
}

#[tokio::test]
async fn headers_choose_other_faults_than_those_of_the_emulator() {
    let emulator = faulty("status=500").await;
    let cut = chat_with(&emulator, &["x-emulator-fault: cut-after=1, crlf"], &streamed("hi")).await;
    assert!((cut.status, cut.events().len()) == (200, 1) && cut.text().ends_with("\r\n\r\n"));
    let two = ["x-emulator-fault: cut-after=1", "x-emulator-fault: no-space"];
    assert!(chat_with(&emulator, &two, &streamed("hi")).await.text().starts_with("data:{"));
    assert_eq!(chat_with(&emulator, &["x-emulator-fault:"], &streamed("hi")).await.status, 200);

    let unknown = chat_with(&emulator, &["x-emulator-fault: bogus"], &streamed("hi")).await;
    assert_eq!(unknown.status, 400);
    assert!(unknown.text().starts_with("x-emulator-fault: unknown fault `bogus`; known are cut-after=3, "));
    assert_eq!(chat_with(&emulator, &["x-emulator-pace: soon"], &streamed("hi")).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn the_pace_is_the_time_between_two_events() {
    let hour = Duration::from_secs(3600);
    let fast = plain().await;
    let slow = start(Emulator::builder().pace(hour).fault(Fault::CutAfter(3))).await;
    for (emulator, headers, least) in [
        (&slow, &[][..], 2 * hour),
        (&slow, &["x-emulator-pace: 0"], Duration::ZERO),
        (&fast, &["x-emulator-pace: 60s", "x-emulator-fault: cut-after=3"], Duration::from_secs(120)),
    ] {
        let begin = Instant::now();
        let mut stream = open_chat_with(emulator, headers).await;
        // The clock is the test's own, so patience has no part in it.
        let mut received = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut received).await.unwrap();
        let text = String::from_utf8(received).unwrap();
        assert_eq!(events(&text).len(), 3, "{text}");
        assert!(said(&events(&text), "reasoning_content").starts_with("The user said:"));
        let elapsed = begin.elapsed();
        assert!(elapsed >= least && elapsed < least + Duration::from_secs(60), "{elapsed:?}");
    }
}

async fn open_chat_with(emulator: &Emulator, headers: &[&str]) -> tokio::net::TcpStream {
    let usual = ["authorization: Bearer k", "content-type: application/json", "connection: close"];
    let body = streamed("hi").to_string();
    crate::client::open(emulator, "POST", crate::client::CHAT, &[headers, &usual].concat(), body.as_bytes()).await
}
