//! Faults, as they are on the wire of this service.

use serde_json::{Value, json};

use super::client::{CHAT, chat, post_with, streamed, unstreamed};
use crate::client::{Ended, Received, faulty, plain, with};

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
    let complete = stream_with("fail-times").await.events().len();
    let table = [
        ("cut-after=3", 3, 0, false),
        ("no-done", complete - 1, 1, false),
        ("no-finish", complete - 1, 0, true),
        ("no-end", complete - 2, 0, false),
        ("error-mid-stream=2", 3, 0, false),
        ("finish-with-last-delta", complete - 1, 1, true),
    ];
    for (faults, count, finishes, done) in table {
        let answer = stream_with(faults).await;
        let events = answer.events();
        assert_eq!((answer.ended, events.len()), (Ended::Clean, count), "{faults}");
        assert_eq!(finish_reasons(&events).len(), finishes, "{faults}");
        assert_eq!(answer.text().ends_with("data: [DONE]\n\n"), done, "{faults}");
    }
    assert_eq!(stream_with("reset=1").await.ended, Ended::Reset);
    assert_eq!(whole_with("truncated-body").await.ended, Ended::Short);
}

#[tokio::test]
async fn statuses_come_with_the_words_of_the_service() {
    let words = [
        (400, "Your request contains invalid JSON syntax."),
        (401, "Unauthorized"),
        (402, "Payment Required"),
        (403, "Permission denied"),
        (404, "No such model"),
        (413, "Payload too large"),
        (422, "Invalid params: the emulator was asked to say so"),
        (429, "Too many requests"),
        (500, "Internal Server Error"),
        (501, "Not Implemented"),
    ];
    for (status, message) in words {
        let answer = stream_with(&format!("status={status}")).await;
        assert_eq!((answer.status, answer.json()), (status, json!({"status": status, "message": message})));
        assert!(answer.header("x-request-id").is_some());
    }
    for status in [502, 503, 504] {
        let answer = stream_with(&format!("status={status}")).await;
        assert_eq!((answer.status, answer.header("content-type")), (status, Some("text/html")));
        assert!(answer.text().ends_with("<hr><center>SynGX</center>\r\n</body>\r\n</html>\r\n"), "{}", answer.text());
    }
}

#[tokio::test]
async fn one_request_too_many_can_be_told_when_to_come_back() {
    let table = [
        ("rate-limited", Some("1"), None),
        ("retry-after=Fri, 31 Dec 2027 23:59:59 GMT", Some("Fri, 31 Dec 2027 23:59:59 GMT"), None),
        ("retry-after-ms=50", None, Some("50")),
    ];
    let emulator = plain().await;
    for (faults, seconds, milliseconds) in table {
        let answer = post_with(&emulator, CHAT, &[&format!("x-emulator-fault: {faults}")], &streamed("hi")).await;
        assert_eq!((answer.status, answer.json()["message"].clone()), (429, json!("Too many requests")));
        assert_eq!((answer.header("retry-after"), answer.header("retry-after-ms")), (seconds, milliseconds));
    }
}

#[tokio::test]
async fn successes_and_pages_can_stand_in_for_answers() {
    let answer = stream_with("error-200").await;
    let expected = json!({"status": 500, "message": "Internal Server Error"});
    assert_eq!((answer.status, answer.json()), (200, expected.clone()));
    let nested = stream_with("nested-error-mid-stream=1").await.events();
    assert_eq!(nested[1], json!({"error": expected}));
    let page = stream_with("html-403").await;
    assert_eq!((page.status, page.text().contains("<h1>403 Forbidden</h1>")), (403, true));
    assert_eq!(stream_with("html").await.status, 200);
    assert_eq!(stream_with("whole-for-stream").await.json()["choices"][0]["message"]["role"], "assistant");
}

#[tokio::test]
async fn finish_reasons_are_what_was_asked_for() {
    let table = [
        ("unknown-finish-reason", "interrupted_by_emulator"),
        ("content-filter", "blacklist"),
        ("length", "length"),
        ("finish-error", "error"),
    ];
    for (faults, reason) in table {
        assert_eq!(finish_reasons(&stream_with(faults).await.events()), [reason]);
        assert_eq!(whole_with(faults).await.json()["choices"][0]["finish_reason"], reason);
    }
}

#[tokio::test]
async fn open_chunks_can_have_a_finish_reason_that_is_null() {
    let events = stream_with("null-finish-reason").await.events();
    let [open @ .., finish, _] = events.as_slice() else { panic!("too few events") };
    assert!(open.iter().all(|event| event["choices"][0].as_object().unwrap()["finish_reason"].is_null()));
    assert_eq!(finish["choices"][0]["finish_reason"], "stop");
}

#[tokio::test]
async fn usage_can_be_absent_empty_or_everywhere() {
    assert!(!stream_with("no-usage").await.text().contains("\"usage\""));
    assert_eq!(whole_with("no-usage").await.json().get("usage"), None);
    assert!(stream_with("empty-usage").await.text().contains("\"usage\":{}"));

    let whole = whole_with("fail-times").await.json()["usage"].clone();
    let events = stream_with("usage-every-chunk").await.events();
    for member in ["prompt_tokens", "completion_tokens", "total_tokens"] {
        let shares = events[..events.len() - 1].iter().map(|event| event["usage"][member].as_u64().unwrap());
        assert_eq!(json!(shares.sum::<u64>()), whole[member], "{member}");
    }
}

#[tokio::test]
async fn chunks_can_come_without_ids() {
    let emulator = faulty("missing-ids").await;
    let members = json!({"storage": {"is_stateful": true}, "function_call": "auto"});
    let text = chat(&emulator, &with(streamed("Нарисуй кота"), members)).await.text();
    for member in ["\"index\"", "\"usage\"", "functions_state_id", "thread_id", "message_id"] {
        assert!(!text.contains(member), "{member}: {text}");
    }
}

#[tokio::test]
async fn texts_and_thoughts_can_be_odd() {
    let text = stream_with("split-surrogate").await.text();
    assert!(text.contains("\\ud83d\"}") && text.contains("\"content\":\"\\ude80"), "{text}");
    assert_eq!(stream_with("thinking-placeholder").await.said("reasoning_content"), "Thinking... ".repeat(3));
    assert_eq!(stream_with("big-event=100000").await.said("content").len(), 100_000);
}

#[tokio::test]
async fn bodies_are_cut_anywhere_and_stay_the_same() {
    let usual = stream_with("fail-times").await;
    assert_eq!(stream_with("bytewise").await.bytes(), usual.bytes());
    assert_eq!(stream_with("crlf,pieces=301").await.text(), usual.text().replace('\n', "\r\n"));
    let split = stream_with("split-utf8").await;
    assert!(split.chunks.iter().any(|chunk| chunk.last() == Some(&0xF0)), "an emoji is cut, too");
    assert_eq!(split.bytes(), usual.bytes());
}
