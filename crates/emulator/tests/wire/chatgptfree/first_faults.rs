//! Plugin 1: what can be wrong with an answer.

use serde_json::{Value, json};

use super::client::{ask_whole, refusal, say_to};
use crate::client::Ended;

#[tokio::test]
async fn general_faults_are_those_of_any_stream() {
    let whole = say_to("", "hi").await;
    let count = whole.events().len();
    let table = [
        ("cut-after=3", 3, Ended::Clean),
        ("no-done", count - 1, Ended::Clean),
        ("no-finish", count - 1, Ended::Clean),
        ("no-end", count - 2, Ended::Clean),
        ("reset=2", 2, Ended::Reset),
        ("crlf", count, Ended::Clean),
        ("no-space", count, Ended::Clean),
        ("split-utf8", count, Ended::Clean),
        ("pieces=7", count, Ended::Clean),
        ("garbage-line", count + 1, Ended::Clean),
        ("no-newline-at-end", count, Ended::Clean),
        ("missing-ids", count, Ended::Clean),
    ];
    for (faults, events, ended) in table {
        let answer = say_to(faults, "hi").await;
        assert_eq!((answer.events().len(), answer.ended), (events, ended), "{faults}");
    }
    assert!(say_to("bom,crlf", "hi").await.text().starts_with("\u{FEFF}data: {"));
    let half = say_to("truncated-body", "hi").await.events().pop().unwrap();
    assert!(half.as_str().is_some_and(|data| data.starts_with("{\"id\":\"chatcmpl-")), "{half}");
    assert_eq!(say_to("content-filter", "hi").await.events()[4]["choices"][0]["finish_reason"], "content_filter");
    assert_eq!(ask_whole("truncated-body", "hi").await.ended, Ended::Short);
    assert_eq!(ask_whole("reset", "hi").await.ended, Ended::Reset);
    let error = say_to("error-mid-stream=2", "hi").await.events().pop().unwrap();
    assert_eq!(error["error"]["code"], "insufficient_quota");
}

#[tokio::test]
async fn flags_end_an_answer_or_do_not() {
    let table = [
        ("tokenLimitReached", "You have reached your token limit."),
        ("messageFlagged", "Your message contains prohibited words. Please modify your message and try again."),
        ("ipBanned", "You are not allowed to access this feature."),
        ("modflag", "Your message has been flagged as potentially harmful or inappropriate."),
        ("pineconeError", "Unauthorized"),
    ];
    for (name, message) in table {
        let expected = json!({"msg": message, name: true});
        assert_eq!(say_to(&format!("flag={name}"), "hi").await.events(), std::slice::from_ref(&expected));
        let goes_on = say_to(&format!("flag-goes-on={name}"), "hi").await;
        assert_eq!(goes_on.events()[0], expected);
        assert!(!goes_on.said("content").is_empty());
    }
    let banned = ask_whole("flag=ipBanned", "hi").await;
    assert_eq!((banned.status, banned.json()), (200, refusal("You are not allowed to access this feature.")));
}

#[tokio::test]
async fn errors_are_spoken_word_by_word() {
    let plain = say_to("spoken-error", "hi").await;
    assert!(plain.text().starts_with("event: message\ndata: {\"choices\":[{\"delta\":{\"content\":\"Rate\"}}]}\n\n"));
    assert!(plain.text().ends_with("\n\ndata: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\n"));
    assert_eq!(plain.said("content"), "Rate limit reached for requests");
    let quotes = say_to("spoken-error=quotes", "hi").await;
    assert!(quotes.text().contains("data: {\"choices\":[{\"delta\":{\"content\":\" \"model\"\"}}]}\n"));
    let limited = say_to("spoken-error=limited", "hi").await;
    assert!(limited.text().ends_with("event: message\ndata: [LIMITED]\n\n"));
    assert_eq!(limited.said("content"), "You have reached your token limit.");
}

#[tokio::test]
async fn objects_stand_where_no_event_is() {
    let said = say_to("", "hi").await.said("content");
    for (faults, before) in
        [("trailing-json", "data: [DONE]"), ("trailing-json,no-done", "\"finish_reason\":\"stop\"}]}")]
    {
        let text = say_to(faults, "hi").await.text();
        let (stream, trailing) = text.trim_end().rsplit_once("\n\n").unwrap();
        assert!(stream.ends_with(before), "{faults}: {stream}");
        assert_eq!(serde_json::from_str::<Value>(trailing).unwrap()["data"], said, "{faults}");
    }
    let bare = say_to("bare-error", "hi").await.text();
    assert!(bare.starts_with("{\n  \"error\": {\n"), "{bare}");
    assert_eq!(serde_json::from_str::<Value>(&bare).unwrap()["error"]["type"], "insufficient_quota");
    let warned = say_to("php-warning", "hi").await.text();
    assert!(warned.starts_with("<br />\n<b>Warning</b>:") && warned.contains("<br />\n\ndata: {"), "{warned}");
}

#[tokio::test]
async fn chunks_come_in_odd_ways() {
    let said = say_to("", "hi").await.said("content");
    let empty = say_to("empty-choices", "hi").await;
    let events = empty.events();
    assert_eq!((&events[0]["choices"], &events[0]["model"]), (&json!([]), &json!("")));
    let usage = &events[events.len() - 2];
    assert_eq!(usage["choices"], json!([]));
    assert!(usage["usage"]["total_tokens"].as_u64().unwrap() > usage["usage"]["completion_tokens"].as_u64().unwrap());
    assert_eq!(empty.said("content"), said);

    let no_delta = say_to("no-last-delta", "hi").await.events();
    assert_eq!(no_delta[no_delta.len() - 2]["choices"][0], json!({"index": 0, "finish_reason": "stop"}));
    let old = say_to("text-completion", "hi").await.events();
    assert_eq!(old.iter().filter_map(|event| event["choices"][0]["text"].as_str()).collect::<String>(), said);
    assert_eq!(old[0]["object"], "text_completion");

    let assistant = say_to("assistants", "hi").await;
    assert!(assistant.text().starts_with("event: thread_id\ndata: {\"thread_id\":\"thread_1\"}\n\n"));
    assert!(assistant.text().ends_with("event: done\ndata: [DONE]\n\n"));
    let texts = assistant.events();
    let texts = texts.iter().filter_map(|event| event["delta"]["content"][0]["text"]["value"].as_str());
    assert_eq!(texts.collect::<String>(), said);
    let halves = say_to("split-surrogate", "hi").await.text();
    assert!(halves.contains("\\ud83d\"") && halves.contains("\"\\ude80"), "{halves}");
    assert_eq!(say_to("null-data", "hi").await.said("content"), "");
}

#[tokio::test]
async fn whole_answers_come_in_odd_ways() {
    let said = say_to("", "hi").await.said("content");
    assert_eq!(ask_whole("null-data", "hi").await.json()["data"], Value::Null);
    let table = [
        ("bom", "\u{FEFF}\n{"),
        ("php-warning", "<br />\n<b>Warning</b>:"),
        ("pretty", "{\n  \"status\": \"success\",\n"),
        ("bom,php-warning,bytewise", "\u{FEFF}\n<br />"),
    ];
    for (faults, begin) in table {
        let text = ask_whole(faults, "hi").await.text();
        assert!(text.starts_with(begin), "{faults}: {text}");
        let object = &text[text.find('{').unwrap()..];
        assert_eq!(serde_json::from_str::<Value>(object).unwrap()["data"], said, "{faults}");
    }
}
