//! The provider chatgptfree.

use std::process::Command;

use chatstream_emulator::Emulator;
use serde_json::json;

use crate::run::{chatstream, emulator, run, run_with};

/// The command with this page of the emulator's site.
fn against(emulator: &Emulator, page: &str, args: &[&str]) -> Command {
    let mut command = chatstream(args);
    command.env("CHATGPTFREE_URL", format!("{}{page}", emulator.chatgptfree().base_url()));
    command
}

/// A page of each generation.
const PAGES: [&str; 2] = ["", "/v2"];

#[tokio::test(flavor = "multi_thread")]
async fn a_site_of_either_generation_answers_without_a_key() {
    let emulator = emulator(&[]).await;
    for page in PAGES.iter().chain(&["/chat/", "/widget/", "/minified/", "/two", "/popup"]) {
        let ran = run(&mut against(&emulator, page, &["chat", "why?"]));
        assert_eq!(ran.status, Some(0), "{page}: {ran:?}");
        assert!(ran.stdout.starts_with("You said: \"why?\". Это эмулятор 🚀"), "{page}: {ran:?}");
    }
    let base_url = format!("{}/v2", emulator.chatgptfree().base_url());
    let ran = run(&mut chatstream(&["chat", "-p", "chatgptfree", "--base-url", &base_url, "--json", "why?"]));
    ran.assert(0, &[]);
    let chunks = ran.json();
    let [.., conversation, end] = &chunks[..] else { panic!("{ran:?}") };
    assert_eq!((&conversation["type"], &end["ending"]), (&json!("conversation"), &json!("done_only")));
}

#[tokio::test(flavor = "multi_thread")]
async fn its_models_are_the_bots_of_the_page() {
    let emulator = emulator(&[]).await;
    let ran = run(&mut against(&emulator, "/v2", &["models"]));
    ran.assert(0, &[]);
    let ids: Vec<_> = ran.stdout.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(ids, ["25871", "25873", "25874", "gpt-4o-mini-2024-07-18"]);
    assert!(ran.stdout.lines().nth(1).unwrap().ends_with("  DeepSeek"), "{ran:?}");

    run(&mut against(&emulator, "/v2", &["chat", "-m", "25873", "why?"])).assert(0, &[]);
    run(&mut against(&emulator, "/two", &["chat", "-m", "34", "why?"])).assert(0, &[]);
    run(&mut against(&emulator, "/two", &["chat", "-m", "gpt-4o-mini", "why?"])).assert(0, &[]);
    let asked: Vec<_> = emulator.requests().iter().filter_map(|request| bot(&request.body)).collect();
    assert_eq!(asked, ["25873", "34", "12"]);
    run(&mut against(&emulator, "/v2", &["chat", "-m", "gpt-5", "why?"]))
        .assert(2, &["\"gpt-5\" is no id of a bot", "`chatstream models`"]);
}

/// The bot that a form names.
fn bot(form: &[u8]) -> Option<String> {
    let form = String::from_utf8_lossy(form);
    form.split('&').find_map(|field| field.strip_prefix("bot_id=")).map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_on_in_another_run() {
    for page in PAGES {
        let emulator = emulator(&[]).await;
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("kept.json");
        for (question, turns) in [("why?", 1), ("and then?", 2), ("and in the end?", 3)] {
            let ran = run(&mut against(&emulator, page, &["chat", "-c", kept.to_str().unwrap(), question]));
            assert_eq!(ran.status, Some(0), "{page}: {ran:?}");
            let answer = (format!("You said: \"{question}\""), format!("User turns so far: {turns}."));
            assert!(ran.stdout.contains(&answer.0) && ran.stdout.contains(&answer.1), "{page}: {ran:?}");
        }
        let text = std::fs::read_to_string(&kept).unwrap();
        assert_eq!(text.contains("conversation_uuid"), page == "/v2", "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_refuses_programs_is_told_with_the_ways_that_are_open() {
    for page in PAGES {
        let ran = run(&mut against(&emulator(&["challenge"]).await, page, &["chat", "hi"]));
        ran.assert(1, &["error: chatgptfree: blocked: ", "help: the site serves browsers", "CHATGPTFREE_URL"]);
        let ran = run(&mut against(&emulator(&["refused-nonce"]).await, page, &["chat", "hi"]));
        ran.assert(1, &["error: chatgptfree: unauthorized: ", "nonce", "help: look at the chat with a browser"]);
    }
    let ran = run(&mut against(&emulator(&[]).await, "/about", &["chat", "hi"]));
    ran.assert(1, &["error: chatgptfree: parse: no chat found on", "help: the page may be another"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_site_has_is_refused_by_its_name() {
    let emulator = emulator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("cat.jpg");
    std::fs::write(&picture, b"\xff\xd8\xff\xe0cat").unwrap();
    let ran = run(&mut against(&emulator, "", &["chat", "--file", picture.to_str().unwrap(), "what is it?"]));
    ran.assert(1, &["error: chatgptfree: invalid request: messages[0]: chatgptfree takes text only"]);
    run(&mut against(&emulator, "", &["chat", "--whole", "hi"])).assert(1, &["invalid request: whole: "]);
    assert!(emulator.requests().is_empty());
}

#[test]
fn its_recorded_answers_are_decoded_whichever_form_they_have() {
    let text = r#"{"type":"text","text":"при🚀"}"#;
    let first = r#"{"choices":[{"delta":{"content":"при🚀"},"finish_reason":"stop"}]}"#;
    let whole = "{\"status\": \"success\",\r\n\"data\": \"при🚀\"}";
    for (body, ending) in [
        (format!("data: {first}\r\n\r\ndata: [DONE]\r\n\r\n"), "finish_and_done"),
        (format!("data: {first}\n\n{whole}"), "finish_only"),
        (format!("\u{feff}<b>Warning</b>: Undefined array key<br />\n{whole}"), "clean_eof"),
        (
            "event: message_start\ndata: {}\n\ndata: {\"delta\":\"при🚀\"}\n\nevent: done\ndata: {}\n\n".into(),
            "done_only",
        ),
    ] {
        for split in ["1", "7", "4096"] {
            let ran = run_with(&mut chatstream(&["decode", "--as", "chatgptfree", "--split", split]), body.as_str());
            assert_eq!((ran.status, ran.stdout.lines().next()), (Some(0), Some(text)), "{body}: {ran:?}");
            assert_eq!(ran.json().last().unwrap()["ending"], ending, "{body}");
        }
    }
    let ran = run_with(&mut chatstream(&["decode", "--as", "chatgptfree"]), "-1");
    ran.assert(1, &["chatgptfree: unauthorized: the site refuses the nonce of its page"]);
}
