//! The samples of the project's folder, read in place: it is named by `CHATSTREAM_WIRE`.

use std::path::{Path, PathBuf};

use chatstream_core::Failure;
use chatstream_core::decode::Framing;
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::Value;

use super::tests::{read_pieces, reading};
use super::*;
use crate::page::{self, Generation};

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("CHATSTREAM_WIRE").map(|root| Path::new(&root).join("chatgptfree"));
    let folder = folder.filter(|folder| folder.is_dir());
    if folder.is_none() {
        eprintln!("CHATSTREAM_WIRE names no folder with samples of chatgptfree: skipped");
    }
    folder
}

const T: &str = "Hello world – ok!";

type Expected = (&'static str, &'static str, std::result::Result<Ending, ErrorKind>, &'static str);

/// Names, texts, endings and what the message contains.
const SAMPLES: &[Expected] = &[
    ("stream_openai.sse", T, Ok(Ending::FinishAndDone), ""),
    ("stream_done_trailing_json.sse", T, Ok(Ending::FinishAndDone), ""),
    ("stream_no_done_trailing_json.sse", T, Ok(Ending::FinishOnly), ""),
    ("stream_crlf.sse", T, Ok(Ending::FinishAndDone), ""),
    ("stream_cut.sse", "Hello", Err(ErrorKind::Interrupted), ""),
    ("stream_empty_choices.sse", T, Ok(Ending::FinishAndDone), ""),
    ("stream_text_completion.sse", T, Ok(Ending::DoneOnly), ""),
    ("stream_plugin_error_words.sse", "", Err(ErrorKind::RateLimited), "Rate limit reached for requests"),
    ("stream_limited.sse", "", Err(ErrorKind::QuotaExhausted), "You have reached your token limit."),
    ("stream_bad_json_word.sse", "", Err(ErrorKind::Unavailable), "Invalid (1 event could not be read)"),
    ("stream_token_limit.sse", "", Err(ErrorKind::QuotaExhausted), "token limit"),
    ("stream_flagged.sse", "", Err(ErrorKind::Refused), "prohibited words"),
    ("stream_ip_banned.sse", "", Err(ErrorKind::Blocked), "not allowed"),
    ("stream_pinecone_error.sse", "", Err(ErrorKind::Unavailable), "Unauthorized"),
    ("stream_modflag.sse", "", Err(ErrorKind::Refused), "flagged"),
    ("stream_error_object.sse", "", Err(ErrorKind::QuotaExhausted), "exceeded your current quota"),
    ("stream_assistant.sse", T, Ok(Ending::DoneOnly), ""),
    ("stream_v2_aipkit.sse", T, Ok(Ending::DoneOnly), ""),
    ("stream_v2_error.sse", "", Err(ErrorKind::RateLimited), "API Error: Rate limit reached"),
    ("stream_v2_nonce.sse", "", Err(ErrorKind::Unauthorized), "Security check failed"),
    ("stream_v2_quota.sse", "", Err(ErrorKind::QuotaExhausted), "token limit"),
    ("stream_v2_error_midway.sse", "Part", Err(ErrorKind::Unavailable), "Operation timed out"),
    ("stream_v2_warning.sse", "Part", Ok(Ending::DoneOnly), ""),
    ("stream_v2_cut.sse", "Part", Err(ErrorKind::Interrupted), ""),
    ("buffered_success.json", T, Ok(Ending::CleanEof), ""),
    ("buffered_multiline.json", "first line\nsecond line", Ok(Ending::CleanEof), ""),
    ("buffered_bom_prefix.json", T, Ok(Ending::CleanEof), ""),
    ("buffered_php_warning_prefix.json", T, Ok(Ending::CleanEof), ""),
    ("buffered_null_data.json", "", Err(ErrorKind::Unavailable), "without any text"),
    ("buffered_error_nonce.json", "", Err(ErrorKind::Unauthorized), "Nonce verification failed"),
    ("buffered_error_provider.json", "", Err(ErrorKind::Unexpected), "https://platform.openai.com/account/api-keys"),
    ("buffered_error_empty.json", "", Err(ErrorKind::InvalidRequest), "nothing was inputted"),
    ("buffered_error_words.json", "", Err(ErrorKind::Refused), "prohibited words"),
    ("buffered_token_limit.json", "", Err(ErrorKind::QuotaExhausted), "token limit"),
    ("buffered_upstream_error.json", "", Err(ErrorKind::QuotaExhausted), "exceeded your current quota"),
    ("v2_message.json", T, Ok(Ending::CleanEof), ""),
    ("v2_cache_nonce_failure.json", "", Err(ErrorKind::Unauthorized), "session has expired"),
    ("nonce_expired_v19.html", "", Err(ErrorKind::Unauthorized), "has expired"),
    ("nonce_expired_v19_ajax.html", "", Err(ErrorKind::Unauthorized), "has expired"),
    ("page_cloudflare.html", "", Err(ErrorKind::Blocked), "Just a moment"),
];

#[test]
fn every_sample_reads_as_its_manifest_says_at_every_split_and_in_every_framing() {
    let Some(folder) = folder() else { return };
    for (name, text, ending, message) in SAMPLES {
        let body = std::fs::read(folder.join(name)).unwrap();
        // Of the framings that could meet the sample, v1's keeps all lines, and a whole body all bytes.
        let framing = if name.contains("_v2") { Framing::SseOrWhole } else { Framing::Lines };
        let got = reading(framing, &body);
        assert_eq!((got.text.as_str(), got.ending()), (*text, *ending), "{name}: {}", got.message);
        assert!(got.message.contains(message), "{name}: {}", got.message);
        for framing in [Framing::Whole, Framing::Lines] {
            let other = read_pieces(framing, [body.as_slice()]);
            assert_eq!((&other.text, other.ending()), (&got.text, got.ending()), "{name} as {framing:?}");
        }
    }
}

#[test]
fn usage_citations_and_notices_of_the_samples_come_through() {
    let Some(folder) = folder() else { return };
    let read = |name: &str| reading(Framing::Lines, &std::fs::read(folder.join(name)).unwrap());
    let usage = read("stream_empty_choices.sse").end.unwrap().unwrap().usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.total_tokens), (Some(9), Some(6), Some(15)));
    let model = read("stream_openai.sse").end.unwrap().unwrap().model;
    assert_eq!(model.as_deref(), Some("gpt-4o-mini-2024-07-18"));
    let v2 = read("stream_v2_aipkit.sse");
    assert_eq!(
        (v2.citations, v2.statuses),
        (vec!["https://www.example.org/".to_owned()], vec!["searching".to_owned()])
    );
    assert_eq!(v2.conversation.unwrap().get("previous_openai_response_id"), Some("resp_1"));
    assert_eq!(read("stream_v2_warning.sse").statuses, ["Response stopped: max tokens"]);
}

#[test]
fn every_page_of_the_samples_is_read() {
    let Some(folder) = folder() else { return };
    let read = |name: &str, bot| {
        let html = std::fs::read_to_string(folder.join(name)).unwrap();
        page::choose(&page::elements(&html), bot, "https://chat.example.org")
    };
    let table = [
        ("page_v1_shortcode.html", None, Generation::V1, "0a1b2c3d4e", "261", "0", false),
        ("page_v1_single_quotes_widget.html", None, Generation::V1, "ffeeddccbb", "58", "3405", true),
        ("page_v1_unquoted.html", None, Generation::V1, "0a1b2c3d4e", "261", "0", false),
        ("page_v1_two_widgets.html", None, Generation::V1, "1111111111", "261", "12", false),
        ("page_v1_two_widgets.html", Some("34"), Generation::V1, "2222222222", "261", "34", true),
        ("page_v2_aipkit.html", None, Generation::V2, "0a1b2c3d4e", "261", "25871", false),
        ("page_v2_aipkit.html", Some("25873"), Generation::V2, "0a1b2c3d4e", "261", "25873", false),
        ("page_v2_popup.html", None, Generation::V2, "0a1b2c3d4e", "261", "77", true),
    ];
    for (name, bot, generation, nonce, post_id, bot_id, is_widget) in table {
        let chat = read(name, bot).unwrap();
        assert_eq!((chat.generation, chat.nonce.as_ref().unwrap().expose()), (generation, nonce), "{name}");
        assert_eq!(
            (chat.post_id.as_str(), chat.bot_id.as_str(), chat.is_widget),
            (post_id, bot_id, is_widget),
            "{name}"
        );
    }
    for name in ["page_no_widget.html", "page_cloudflare.html"] {
        let error = read(name, None).unwrap_err();
        assert!(error.message().starts_with("no chat found on https://chat.example.org"), "{error}");
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
        let address = "https://chat.example.org/wp-admin/admin-ajax.php".parse().unwrap();
        let body = line["body"].as_str().unwrap();
        let kind = match line["kind"].as_str().unwrap() {
            "nonce" => ErrorKind::Unauthorized,
            "unknown_action" | "request" => ErrorKind::InvalidRequest,
            "refused" | "challenge" => ErrorKind::Blocked,
            "rate_limit" => ErrorKind::RateLimited,
            "server" => ErrorKind::Unavailable,
            other => panic!("{other}"),
        };
        let error = error::classify(&Failure::new(&address, status, &headers, body.as_bytes()));
        assert_eq!(error.kind(), kind, "{line}\n{error}");
        assert!(!error.message().contains('<'), "{error}");
        if status.is_success() {
            assert_eq!(reading(Framing::Whole, body.as_bytes()).ending(), Err(kind), "{line}");
        }
    }
}
