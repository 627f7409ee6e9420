//! The samples of the project's folder, some of them other people's recordings, read in place: they
//! are named by `CHATSTREAM_WIRE` and never part of the project.

use std::path::{Path, PathBuf};

use chatstream_core::{ErrorKind, Failure};
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::Value;

use super::tests::{Reading, reading};
use super::*;

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("CHATSTREAM_WIRE").map(|root| Path::new(&root).join("grok"));
    let folder = folder.filter(|folder| folder.is_dir());
    if folder.is_none() {
        eprintln!("CHATSTREAM_WIRE names no folder with recordings of grok: skipped");
    }
    folder
}

/// What a sample must read as. Texts of other people's recordings are told by their length.
#[derive(Default)]
struct Expected {
    text: Option<&'static str>,
    characters: Option<usize>,
    thoughts: &'static str,
    statuses: &'static [&'static str],
    previews: usize,
    images: &'static [&'static str],
    has_title: bool,
    error: Option<ErrorKind>,
}

fn expected(text: &'static str) -> Expected {
    Expected { text: Some(text), has_title: true, ..Expected::default() }
}

fn failed(text: &'static str, error: ErrorKind) -> Expected {
    Expected { text: Some(text), error: Some(error), ..Expected::default() }
}

const THOUGHT: &[&str] = &["thinking", "finished thinking"];

fn table() -> Vec<(&'static str, Expected)> {
    let thought = |text, thoughts| Expected { thoughts, statuses: THOUGHT, ..expected(text) };
    let drawn = |text, previews, images| Expected { previews, images, ..expected(text) };
    vec![
        ("new_temporary_short", Expected { characters: Some(51), has_title: true, ..Expected::default() }),
        (
            "new_final_metadata",
            Expected { characters: Some(14), statuses: &["follow-up: "], has_title: true, ..Expected::default() },
        ),
        ("tool_usage_code_execution", failed("", ErrorKind::Interrupted)),
        (
            "thinking_2026",
            thought("17 × 24 = **408**.", "Thinking about your request\n17*24 splits into 17*20 and 17*4."),
        ),
        ("thinking_2025", thought("9.9 is larger.", "First, compare the tenths digits: 9 and 1.\n")),
        ("thinking_unfinished", Expected { has_title: false, ..thought("", "Hmm, let me see.") }),
        (
            "deepsearch_2025",
            Expected {
                thoughts: "Finding the release page\nThe announcement lists the version.\nChecking posts\n",
                statuses: &["Searching", "thinking", "webSearch: latest stable Rust release", "finished thinking"],
                ..expected(
                    "The latest stable release is listed on the Rust blog.\
                     [https://blog.example.org/rust-release][https://x.com/example/status/1000000000000000001]",
                )
            },
        ),
        (
            "tools_citations_2026",
            thought(
                "It is reserved for documentation[https://www.example.org/about].",
                "Thinking about your request\nThe domain is reserved.",
            ),
        ),
        ("citation_split", expected("Yes[https://www.example.org/a], a < b.")),
        ("image_streaming", drawn("I'm drawing that for you.", 2, &["01/image.jpg", "02/image.jpg"])),
        ("image_moderated", drawn("", 1, &["02/image.jpg"])),
        ("image_cached_2025", drawn("I generated an image with the prompt: 'a cat'", 0, &["-generated_image.jpg"])),
        ("image_missing_url", drawn("", 0, &["01/image.jpg"])),
        ("image_cards_2026", drawn("Here is the cat.", 1, &["01/image.jpg"])),
        (
            "progress_report",
            Expected {
                statuses: &["Reading attachments", "attachments preprocessing: success"],
                ..expected("It is a shopping list.")
            },
        ),
        ("blank_tokens_2025", expected("Hello!")),
        ("concatenated_frames", expected("Br{aces } and \"quotes\\\" ok")),
        ("pretty_printed_frames", expected("Br{aces } and \"quotes\\\" ok")),
        ("data_prefixed", thought("hello", "thinking ")),
        ("coexisting_members", expected("Hello World")),
        ("model_response_only", expected("final only")),
        ("model_response_completes", expected("Hello world")),
        ("side_by_side", expected("Left answer")),
        ("unknown_members", Expected { has_title: false, ..expected("Hi") }),
        ("truncated", failed("Once upon", ErrorKind::Interrupted)),
        ("followup_flat", Expected { characters: Some(37), ..Expected::default() }),
        (
            "followup_flat_thinking_image",
            Expected {
                thoughts: "Planning\nA simple scene.",
                statuses: THOUGHT,
                has_title: false,
                ..drawn("Here it is.", 1, &["01/image.jpg"])
            },
        ),
        ("error_antibot", failed("", ErrorKind::Blocked)),
        ("error_rate_limit", failed("", ErrorKind::RateLimited)),
        ("error_mid_stream", failed("Partial answer", ErrorKind::Unavailable)),
        ("error_in_response", failed("", ErrorKind::RateLimited)),
        ("error_in_response_with_card", failed("", ErrorKind::RateLimited)),
        ("error_stream_errors", failed("Part", ErrorKind::Refused)),
        ("error_model_response_error", failed("", ErrorKind::Unavailable)),
    ]
}

fn check(name: &str, got: &Reading, expected: &Expected) {
    if let Some(text) = expected.text {
        assert_eq!(got.text, text, "{name}");
    }
    if let Some(characters) = expected.characters {
        assert_eq!(got.text.chars().count(), characters, "{name}");
    }
    assert_eq!(got.thoughts, expected.thoughts, "{name}");
    assert_eq!(got.statuses.len(), expected.statuses.len(), "{name}: {:?}", got.statuses);
    for (status, beginning) in got.statuses.iter().zip(expected.statuses) {
        assert!(status.starts_with(beginning), "{name}: {status}");
    }
    assert_eq!(got.previews.len(), expected.previews, "{name}");
    assert_eq!(got.images.len(), expected.images.len(), "{name}: {:?}", got.images);
    for (image, tail) in got.images.iter().zip(expected.images) {
        assert!(image.starts_with("https://assets.grok.com/") && image.ends_with(tail), "{name}: {image}");
    }
    assert_eq!(got.title.is_some(), expected.has_title, "{name}");
    let ending = expected.error.map_or(Ok(Ending::DoneOnly), Err);
    assert_eq!(got.ending, Some(ending), "{name}: {}", got.message);
}

#[test]
fn every_sample_reads_as_its_manifest_says_at_every_split() {
    let Some(folder) = folder() else { return };
    for (name, expected) in table() {
        let body = std::fs::read(folder.join(name).with_extension("ndjson")).unwrap();
        check(name, &reading(&body), &expected);
    }
}

#[test]
fn the_recorded_texts_equal_their_full_messages_and_ids_go_on() {
    let Some(folder) = folder() else { return };
    for name in ["new_temporary_short", "new_final_metadata", "followup_flat"] {
        let body = std::fs::read_to_string(folder.join(name).with_extension("ndjson")).unwrap();
        let got = super::tests::read_at(body.as_bytes(), 0, GrokParser::new());
        let frames = body.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let full = frames
            .filter_map(|frame| {
                let result = &frame["result"];
                let response = if result["response"].is_object() { &result["response"] } else { result };
                response.get("modelResponse").cloned()
            })
            .next_back()
            .unwrap();
        assert_eq!(got.text, full["message"], "{name}");
        // A follow-up names its conversation in the request, not in the answer.
        if let Some(conversation) = got.conversation {
            assert_eq!(conversation.get("parent_response_id"), full["responseId"].as_str(), "{name}");
        }
    }
}

#[test]
fn every_refusal_of_the_samples_has_its_kind() {
    let Some(folder) = folder() else { return };
    let lines = std::fs::read_to_string(folder.join("http_errors.ndjson")).unwrap();
    for line in lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let mut headers = HeaderMap::new();
        for (name, value) in line["headers"].as_object().unwrap() {
            headers.insert(name.parse::<HeaderName>().unwrap(), value.as_str().unwrap().parse().unwrap());
        }
        let status = StatusCode::from_u16(u16::try_from(line["status"].as_u64().unwrap()).unwrap()).unwrap();
        let address = "https://grok.com/rest/app-chat/conversations/new".parse().unwrap();
        let body = line["body"].as_str().unwrap();
        let error = crate::error::classify(&Failure::new(&address, status, &headers, body.as_bytes()));
        let kind = match line["kind"].as_str().unwrap() {
            "auth" => ErrorKind::Unauthorized,
            "account" | "refused" | "challenge" | "region" => ErrorKind::Blocked,
            "request" => ErrorKind::InvalidRequest,
            "rate_limit" => ErrorKind::RateLimited,
            "server" => ErrorKind::Unavailable,
            other => panic!("{other}"),
        };
        assert_eq!(error.kind(), kind, "{line}\n{error}");
    }
}
