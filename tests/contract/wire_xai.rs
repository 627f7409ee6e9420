//! Other people's recordings of the xAI API, read in place, at every split. What is expected of each
//! is told by numbers, because the recordings are not part of this project.

use chatstream::ChatRequest;
use chatstream_tests::{Recorded, answer, every_split, joined, wire};
use serde_json::Value;

use crate::subject::SUBJECTS;

/// What an answer must read as.
enum Reading {
    /// Characters of reasoning and of text, tool calls by name, finish reason, ending, and tokens:
    /// input, output, reasoning, total.
    Answer(usize, usize, &'static [&'static str], Option<&'static str>, &'static str, [Option<u64>; 4]),
    /// Characters of text, then an error of this kind.
    Error(usize, &'static str),
}

use Reading::{Answer, Error};

/// File, status, reading.
const READINGS: &[(&str, u16, Reading)] = &[
    ("chat-json-schema.json", 200, Answer(64, 24, &[], STOP, "finish_only", tokens(192, 184, 175, 376))),
    (
        "chat-parallel-tool-calls.json",
        200,
        Answer(104, 0, &["dice_roll"; 3], CALLS, "finish_only", tokens(256, 263, 248, 519)),
    ),
    ("chat-stream-error-in-band.sse", 200, Error(3, "unavailable")),
    ("chat-stream-grok-4-thinking-placeholder.sse", 200, Answer(0, 5, &[], None, "done_only", [None; 4])),
    ("chat-stream-reasoning-grok-3-mini.sse", 200, Answer(20, 5, &[], STOP, BOTH, tokens(12, 291, 290, 303))),
    ("chat-stream-text-nonreasoning.sse", 200, Answer(0, 7, &[], STOP, BOTH, tokens(175, 7, 0, 182))),
    ("chat-stream-text-reasoning.sse", 200, Answer(35, 7, &[], STOP, BOTH, tokens(137, 133, 126, 270))),
    (
        "chat-stream-tool-call-grok-3-mini.sse",
        200,
        Answer(18, 0, &["weather"], CALLS, BOTH, tokens(291, 222, 196, 513)),
    ),
    ("chat-stream-tool-call-nonreasoning.sse", 200, Answer(0, 0, &["weather"], CALLS, BOTH, tokens(417, 40, 0, 457))),
    ("chat-stream-tool-call.sse", 200, Answer(68, 0, &["weather"], CALLS, BOTH, tokens(293, 128, 106, 421))),
    (
        "chat-stream-usage-every-chunk-2024.sse",
        200,
        Answer(0, 46, &[], STOP, BOTH, [Some(41), Some(80), None, Some(121)]),
    ),
    ("chat-text.json", 200, Answer(90, 1, &[], STOP, "finish_only", tokens(137, 117, 116, 254))),
    ("chat-tool-result-turn.sse", 200, Answer(180, 59, &[], STOP, BOTH, tokens(342, 84, 67, 426))),
    ("chat-vision-url.json", 200, Answer(112, 166, &[], STOP, "finish_only", tokens(190, 364, 325, 554))),
    ("error-200-service-unavailable.json", 200, Error(0, "unavailable")),
    ("error-400-bad-key-2026-06.json", 400, Error(0, "unauthorized")),
    ("error-400-bad-key-2026-08.json", 400, Error(0, "unauthorized")),
    ("error-400-context-too-long.json", 400, Error(0, "invalid_request")),
    ("error-400-model-not-found-responses.json", 400, Error(0, "invalid_request")),
    ("error-400-unsupported-argument.json", 400, Error(0, "invalid_request")),
    ("error-401-no-credentials.json", 401, Error(0, "unauthorized")),
    ("error-403-content-policy.json", 403, Error(0, "refused")),
    ("error-404-model-no-access.json", 404, Error(0, "invalid_request")),
    ("error-410-live-search.json", 410, Error(0, "invalid_request")),
    ("error-422-deserialize.json", 422, Error(0, "invalid_request")),
    ("error-429-credits.json", 429, Error(0, "quota_exhausted")),
    ("error-429-requests.json", 429, Error(0, "rate_limited")),
];

const STOP: Option<&str> = Some("stop");
const CALLS: Option<&str> = Some("tool_calls");
const BOTH: &str = "finish_and_done";

const fn tokens(input: u64, output: u64, reasoning: u64, total: u64) -> [Option<u64>; 4] {
    [Some(input), Some(output), Some(reasoning), Some(total)]
}

#[tokio::test(start_paused = true)]
async fn every_recorded_answer_reads_as_it_should_at_every_split() {
    let Some(folder) = wire("xai") else { return };
    let subject = &SUBJECTS[0];
    for (file, status, reading) in READINGS {
        let content_type = if file.ends_with(".sse") { "text/event-stream" } else { "application/json" };
        let recorded = Recorded::new(*status, content_type, std::fs::read(folder.join(file)).unwrap());
        let mut uncut = None;
        for (i, pieces) in every_split(&recorded.body).enumerate() {
            let provider = (subject.replayed)(recorded.replayed(pieces)).unwrap();
            let got = answer(&provider, ChatRequest::new("hi")).await;
            match &uncut {
                None => {
                    check(file, &got, reading);
                    uncut = Some(got);
                }
                Some(uncut) => assert_eq!(&got, uncut, "{file} at split {i}"),
            }
        }
    }
}

#[tokio::test]
async fn every_recorded_chat_and_error_has_its_reading() {
    let Some(folder) = wire("xai") else { return };
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_answer = name.ends_with(".sse") || name.ends_with(".json") && !name.ends_with(".request.json");
        if is_answer && (name.starts_with("chat-") || name.starts_with("error-")) {
            assert!(READINGS.iter().any(|(file, ..)| *file == name), "{name} has no reading");
        }
    }
}

fn check(file: &str, items: &[Value], reading: &Reading) {
    let items = joined(items);
    let length = |kind: &str, key: &str| {
        let of_kind = items.iter().filter(|item| item["type"] == kind);
        of_kind.filter_map(|item| item[key].as_str()).map(|text| text.chars().count()).sum::<usize>()
    };
    let last = items.last().unwrap();
    match reading {
        Answer(reasoning, text, calls, finish_reason, ending, [input, output, thought, total]) => {
            assert_eq!((length("reasoning", "delta"), length("text", "text")), (*reasoning, *text), "{file}");
            let called: Vec<_> = items.iter().filter_map(|item| item["name"].as_str()).collect();
            assert_eq!(called, *calls, "{file}");
            assert_eq!(
                (last["finish_reason"].as_str(), last["ending"].as_str()),
                (*finish_reason, Some(*ending)),
                "{file}"
            );
            let usage = &last["usage"];
            let counts =
                ["input_tokens", "output_tokens", "reasoning_tokens", "total_tokens"].map(|key| usage[key].as_u64());
            assert_eq!(counts, [*input, *output, *thought, *total], "{file}");
        }
        Error(text, kind) => {
            assert_eq!((length("text", "text"), last["kind"].as_str()), (*text, Some(*kind)), "{file}: {last}");
        }
    }
}
