//! Faults, as they are in the streams of this service.

use serde_json::{Value, json};

use super::client::{begin, begin_with, call_with, frames, member, members, message, objects, thoughtful, tokens};
use crate::client::{Ended, events, faulty, open, plain, read_until, within};

#[tokio::test]
async fn endings_are_missing_as_asked() {
    let complete = frames(&begin_with("", &message("hi")).await).len();
    // How many frames come, and whether the soft stop, the whole message and the title are among them.
    let table = [
        ("cut-after=6", 6, [false, false, false]),
        ("no-finish", complete - 1, [false, true, true]),
        ("no-done", complete - 1, [true, false, true]),
        ("no-finish,no-done", complete - 2, [false, false, true]),
        ("no-end", complete - 4, [false, false, false]),
        ("no-title", complete - 1, [true, true, false]),
    ];
    for (faults, count, marks) in table {
        let answer = begin_with(faults, &message("hi")).await;
        let frames = frames(&answer);
        let stop = frames.iter().any(|frame| frame["isSoftStop"] == true);
        let [whole, title] = ["modelResponse", "title"].map(|name| !members(&frames, name).is_empty());
        assert_eq!((answer.ended, frames.len(), [stop, whole, title]), (Ended::Clean, count, marks), "{faults}");
    }
    assert_eq!(begin_with("reset=6", &message("hi")).await.ended, Ended::Reset);
    let half = begin_with("truncated-body", &message("hi")).await.text();
    let last = half.lines().last().unwrap();
    assert!(last.starts_with("{\"result\":") && serde_json::from_str::<Value>(last).is_err(), "{last}");
}

#[tokio::test]
async fn errors_stand_where_they_are_wanted() {
    let answer = begin_with("error-mid-stream=7", &message("hi")).await;
    let last = objects(&answer.text()).pop().unwrap();
    assert_eq!(last, json!({"error": {"code": 13, "message": "Something went wrong", "details": []}}));

    for (fault, member_name) in
        [("stream-error", "contentModerated"), ("stream-error=modelNotAvailable", "modelNotAvailable")]
    {
        let frames = frames(&begin_with(fault, &message("hi")).await);
        let response = member(&frames, "modelResponse");
        assert_eq!(response["streamErrors"][0][member_name], json!({}));
        assert_eq!(response["streamErrors"][0]["severity"], "STREAM_ERROR_SEVERITY_FATAL");
        assert!(!tokens(&frames, false).is_empty() && response["message"] == tokens(&frames, false));
    }
    let moderated = frames(&begin_with("content-filter", &message("hi")).await);
    assert_eq!(member(&moderated, "modelResponse")["streamErrors"][0]["message"], "Content moderated");

    let broken = frames(&begin_with("response-error", &message("hi")).await);
    assert_eq!(broken.last().unwrap()["error"]["usageLimitReached"], json!({}));
    assert!(!tokens(&broken, false).is_empty() && members(&broken, "modelResponse").is_empty());

    let failed = frames(&begin_with("model-error", &message("hi")).await);
    assert_eq!(member(&failed, "modelResponse")["error"], "Grok was unable to finish replying.");
    assert_eq!(tokens(&failed, false), "");
}

#[tokio::test]
async fn the_same_frames_come_in_any_layout() {
    let expected = objects(&begin_with("", &thoughtful("Br{ace \"} 🚀")).await.text());
    let layouts = [
        "glued",
        "pretty",
        "data-prefix",
        "crlf",
        "bom",
        "keep-alive",
        "no-newline-at-end",
        "bytewise",
        "pieces=7",
        "split-utf8",
        "pretty,crlf,pieces=3",
        "data-prefix,no-space,keep-alive",
    ];
    for layout in layouts {
        let answer = begin_with(layout, &thoughtful("Br{ace \"} 🚀")).await;
        assert_eq!(objects(&answer.text()), expected, "{layout}");
        assert_eq!(answer.ended, Ended::Clean, "{layout}");
    }
    assert!(!begin_with("glued", &message("hi")).await.text().contains('\n'));
    assert!(begin_with("pretty", &message("hi")).await.text().contains("\n}{\n  \"result\": {\n"));
    let prefixed = begin_with("data-prefix", &message("hi")).await;
    assert_eq!(prefixed.header("content-type"), Some("text/event-stream"));
    assert_eq!(events(&prefixed.text()).pop(), Some(json!("[DONE]")));
}

#[tokio::test]
async fn tokens_come_in_odd_ways() {
    let said = tokens(&frames(&begin_with("", &message("hi")).await), false);
    for fault in ["blank-tokens", "unknown-members", "together", "untagged", "missing-ids"] {
        assert_eq!(tokens(&frames(&begin_with(fault, &message("hi")).await), false), said, "{fault}");
    }
    let blank = frames(&begin_with("blank-tokens", &message("hi")).await);
    assert!(blank.iter().filter(|frame| frame["token"] == "" && frame["isSoftStop"] == false).count() > 3);
    let strange = begin_with("unknown-members", &message("hi")).await.text();
    assert!(strange.contains("\"throttle\":null") && strange.contains("\"novelty\""));

    let together = objects(&begin_with("together", &message("hi")).await.text());
    assert!(together[0]["result"]["conversation"].is_object() && together[0]["result"]["response"].is_object());
    let last = &together.last().unwrap()["result"];
    assert!(last["response"]["modelResponse"].is_object() && last["title"].is_object());

    for (fault, count) in [("short-tokens", 2), ("short-tokens=0", 0)] {
        let short = frames(&begin_with(fault, &message("hi")).await);
        assert_eq!(members(&short, "token").len(), count);
        assert_eq!(member(&short, "modelResponse")["message"], said);
        assert!(said.starts_with(&tokens(&short, false)));
    }
    let halves = begin_with("split-surrogate", &message("hi")).await.text();
    assert!(halves.contains(r#"\ud83d","#) && halves.contains(r#""token":"\ude80"#));
}

#[tokio::test]
async fn thoughts_come_in_odd_ways() {
    let unfinished = frames(&begin_with("unfinished-thinking", &message("hi")).await);
    assert!(!tokens(&unfinished, true).is_empty());
    assert_eq!(
        (tokens(&unfinished, false), &member(&unfinished, "modelResponse")["message"]),
        (String::new(), &json!(""))
    );
    let untagged = frames(&begin_with("untagged", &thoughtful("hi")).await);
    assert!(untagged.iter().all(|frame| frame.get("messageTag").is_none()));
    let response = member(&untagged, "modelResponse");
    assert_eq!(
        (&response["thinkingTrace"], &response["sender"]),
        (&json!(tokens(&untagged, true)), &json!("ASSISTANT"))
    );
}

#[tokio::test]
async fn answers_and_citations_come_in_odd_ways() {
    let both = frames(&begin_with("side-by-side", &message("hi")).await);
    let of_side = |side: u64| {
        let frames = both.iter().filter(|frame| frame["sideBySideIndex"] == side);
        frames.filter_map(|frame| frame["token"].as_str()).collect::<String>()
    };
    assert_eq!(of_side(0), member(&both, "modelResponse")["message"].as_str().unwrap());
    assert_eq!(of_side(1), of_side(0).to_uppercase());
    assert_eq!(member(&both, "sideBySideConfig"), json!({}));

    let split = frames(&begin_with("split-citation", &message("search")).await);
    let pieces =
        members(&split, "token").into_iter().filter(|token| token.as_str().unwrap_or_default().contains("grok:render"));
    assert_eq!(pieces.count(), 4, "the begin and the end of two tags");
    assert_eq!(tokens(&split, false), member(&split, "modelResponse")["message"].as_str().unwrap());
}

#[tokio::test]
async fn a_silent_stream_is_left_by_its_client() {
    let emulator = faulty("stall=7").await;
    let path = format!("{}/new", super::client::CHATS);
    let body = message("hi").to_string();
    let mut stream = open(&emulator, "POST", &path, &[super::client::COOKIE], body.as_bytes()).await;
    read_until(&mut stream, "\"token\"").await;
    drop(stream);
    within(emulator.wait_for_cancelled(1)).await;
    // What was said before is kept, as the service keeps it.
    let list = call_with(&emulator, "GET", super::client::CHATS, &["x-emulator-fault:"], &json!({})).await.json();
    assert_eq!(list["conversations"][0]["title"], "hi");
}

#[tokio::test]
async fn a_fault_of_one_request_leaves_the_next_one_alone() {
    let emulator = faulty("glued").await;
    let path = format!("{}/new", super::client::CHATS);
    let answer = call_with(&emulator, "POST", &path, &["x-emulator-fault: pretty"], &message("hi")).await;
    assert!(answer.text().starts_with("{\n"));
    assert!(begin(&emulator, &message("hi")).await.text().starts_with("{\"result\""));
    let answer =
        call_with(&plain().await, "POST", &path, &["x-emulator-fault: stream-error=bogus"], &message("hi")).await;
    assert_eq!(answer.status, 400);
}
