//! Other people's recordings of GigaChat, read in place, at every split. What is expected of each is
//! told by numbers, because the recordings are not part of this project.

use chatstream::ChatRequest;
use chatstream_tests::{Recorded, answer, every_split, joined, wire};
use serde_json::Value;

use crate::subject::{SUBJECTS, Subject};

/// File, characters of text, what other chunks come, and how it ends: `reason ending input output`,
/// or the kind of the error.
const READINGS: &[(&str, usize, &str, &str)] = &[
    ("chat-function-call-2024.json", 0, "tool_call", "tool_calls finish_only 138 21"),
    ("chat-function-call.json", 0, "tool_call", "tool_calls finish_only 278 35"),
    ("chat-image.json", 31, "images", "stop finish_only 626 43"),
    ("chat-json-schema.json", 34, "", "stop finish_only 24 21"),
    ("chat-reasoning.json", 430, "reasoning", "stop finish_only 18 68"),
    ("chat-stream-blacklist.sse", 63, "", "content_filter finish_and_done 15 0"),
    ("chat-stream-crlf.sse", 4, "", "stop finish_and_done 278 35"),
    ("chat-stream-error-in-band.sse", 5, "", "unavailable"),
    ("chat-stream-finish-error.sse", 0, "", "error finish_and_done 278 35"),
    ("chat-stream-function-call-one-chunk.sse", 0, "tool_call", "tool_calls finish_and_done 278 35"),
    ("chat-stream-function-call-string-arguments.sse", 16, "tool_call", "tool_calls finish_and_done 278 35"),
    ("chat-stream-function-call.sse", 0, "tool_call", "tool_calls finish_and_done 278 35"),
    ("chat-stream-function-in-progress.sse", 31, "reasoning reasoning images", "stop finish_and_done 626 43"),
    ("chat-stream-length.sse", 9, "", "length finish_and_done 15 2"),
    ("chat-stream-no-done.sse", 4, "", "stop finish_only 278 35"),
    ("chat-stream-null-finish-reason.sse", 9, "", "stop finish_and_done 278 35"),
    ("chat-stream-reasoning.sse", 1, "reasoning", "stop finish_and_done 21 40"),
    ("chat-stream-text-2023.sse", 279, "", "stop finish_and_done null null"),
    ("chat-stream-text-short.sse", 57, "", "stop finish_and_done 17 25"),
    ("chat-stream-text.sse", 134, "", "stop finish_and_done 17 42"),
    ("chat-stream-truncated.sse", 8, "", "interrupted"),
    ("chat-stream-usage-separate.sse", 4, "", "stop finish_and_done 278 35"),
    ("chat-text.json", 6, "", "stop finish_only 17 3"),
    ("error-400-invalid-json.json", 0, "", "invalid_request"),
    ("error-401-token-expired.json", 0, "", "unauthorized"),
    ("error-401-unauthorized.json", 0, "", "unauthorized"),
    ("error-402.json", 0, "", "quota_exhausted"),
    ("error-403-no-user-agent.json", 0, "", "unauthorized"),
    ("error-403-permission.json", 0, "", "unauthorized"),
    ("error-404-batch.json", 0, "", "invalid_request"),
    ("error-404-function-schema.json", 0, "", "invalid_request"),
    ("error-404-model.json", 0, "", "invalid_request"),
    ("error-413.json", 0, "", "invalid_request"),
    ("error-422-function-result.json", 0, "", "invalid_request"),
    ("error-422-repetition-penalty.json", 0, "", "invalid_request"),
    ("error-422-schema.json", 0, "", "invalid_request"),
    ("error-422-system-first.json", 0, "", "invalid_request"),
    ("error-429.json", 0, "", "rate_limited"),
    ("error-500.json", 0, "", "unavailable"),
    ("error-502-gateway.html", 0, "", "unavailable"),
    ("threads-messages-run.sse", 109, "conversation", "stop finish_and_done 64 31"),
    ("v2-chat-code-interpreter.json", 45, "", "stop finish_only 3963 157"),
    ("v2-chat-function-call.json", 0, "tool_call", "tool_calls finish_only 88 25"),
    ("v2-chat-function-result.json", 69, "", "stop finish_only 150 17"),
    ("v2-chat-image-generate.json", 71, "images", "stop finish_only 999 42"),
    ("v2-chat-json-schema.json", 34, "", "stop finish_only 24 21"),
    ("v2-chat-regex.json", 8, "", "stop finish_only 18 8"),
    ("v2-chat-stream-function-call.sse", 0, "tool_call", "tool_calls finish_and_done 88 25"),
    ("v2-chat-stream-string-created-at.sse", 13, "", "error finish_and_done 1 2"),
    ("v2-chat-stream-text.sse", 7, "", "stop finish_and_done 19 8"),
    ("v2-chat-stream-tool.sse", 7, "reasoning reasoning images", "stop finish_and_done 999 42"),
    ("v2-chat-text.json", 5, "", "stop finish_only 19 2"),
    ("v2-chat-url-extraction.json", 1343, "", "stop finish_only 17493 306"),
    ("v2-chat-web-search.json", 2281, "citation citation", "stop finish_only 23767 570"),
];

fn subject(file: &str) -> &'static Subject {
    let name = if file.starts_with("v2-") { "gigachat-v2" } else { "gigachat" };
    SUBJECTS.iter().find(|subject| subject.name == name).unwrap()
}

fn recorded(folder: &std::path::Path, file: &str) -> Recorded {
    let status = file.strip_prefix("error-").and_then(|rest| rest.split('-').next()?.split('.').next()?.parse().ok());
    let content_type = match file.rsplit('.').next() {
        Some("sse") => "text/event-stream",
        Some("html") => "text/html",
        _ => "application/json",
    };
    Recorded::new(status.unwrap_or(200), content_type, std::fs::read(folder.join(file)).unwrap())
}

/// Whether a file is an answer to a chat, or an error of the API.
fn is_answer(file: &str) -> bool {
    let is_form = file.ends_with(".sse") || file.ends_with(".json") || file.ends_with(".html");
    let is_kind =
        ["chat-", "v2-chat-", "error-4", "error-5", "threads-messages"].iter().any(|kind| file.starts_with(kind));
    is_form && is_kind && !file.contains(".request.")
}

fn reading(items: &[Value]) -> (usize, String, String) {
    let items = joined(items);
    let text = items.iter().filter(|item| item["type"] == "text").filter_map(|item| item["text"].as_str());
    let length = text.map(|text| text.chars().count()).sum();
    let (last, others) = items.split_last().unwrap();
    let others: Vec<_> =
        others.iter().filter_map(|item| item["type"].as_str()).filter(|kind| *kind != "text").collect();
    let end = if last["type"] == "end" {
        let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let usage = &last["usage"];
        let parts = [&last["finish_reason"], &last["ending"], &usage["input_tokens"], &usage["output_tokens"]];
        parts.map(word).join(" ")
    } else {
        last["kind"].as_str().unwrap().to_owned()
    };
    (length, others.join(" "), end)
}

#[tokio::test(start_paused = true)]
async fn every_recorded_answer_reads_as_it_should_at_every_split() {
    let Some(folder) = wire("gigachat") else { return };
    for (file, length, others, end) in READINGS {
        let recorded = recorded(&folder, file);
        for (i, pieces) in every_split(&recorded.body).enumerate() {
            let provider = (subject(file).replayed)(recorded.replayed(pieces)).unwrap();
            let got = reading(&answer(&provider, ChatRequest::new("hi")).await);
            assert_eq!((got.0, &*got.1, &*got.2), (*length, *others, *end), "{file} at split {i}");
        }
    }
}

#[tokio::test]
async fn every_recorded_answer_has_its_reading() {
    let Some(folder) = wire("gigachat") else { return };
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    let mut missing = Vec::new();
    for file in files.iter().filter(|file| is_answer(file)) {
        if !READINGS.iter().any(|(known, ..)| known == file) {
            let recorded = recorded(&folder, file);
            let provider = (subject(file).replayed)(recorded.replayed(vec![recorded.body.clone()])).unwrap();
            let (length, others, end) = reading(&answer(&provider, ChatRequest::new("hi")).await);
            missing.push(format!("    ({file:?}, {length}, {others:?}, {end:?}),"));
        }
    }
    assert!(missing.is_empty(), "without a reading, which would be:\n{}", missing.join("\n"));
}
