//! The provider grok.

use std::process::Command;

use chatstream_emulator::Emulator;

use crate::run::{chatstream, emulator, run, run_with};

/// The command with the cookies in this file for the emulator's service.
fn against(emulator: &Emulator, cookies: &std::path::Path, args: &[&str]) -> Command {
    let mut command = chatstream(args);
    command.env("GROK_COOKIES", cookies).env("GROK_BASE_URL", emulator.grok().base_url());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_and_lists_its_modes() {
    let emulator = emulator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let cookies = folder.path().join("cookies.txt");
    std::fs::write(&cookies, "sso=any").unwrap();
    for args in [&["chat", "why?"][..], &["chat", "-p", "grok", "-m", "expert", "why?"]] {
        let ran = run(&mut against(&emulator, &cookies, args));
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert!(ran.stdout.starts_with("You said: \"why?\""), "{ran:?}");
    }
    let ran = run(&mut against(&emulator, &cookies, &["models", "-p", "grok"]));
    assert!(ran.stdout.contains("expert"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_on_in_another_run() {
    let emulator = emulator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let (cookies, kept) = (folder.path().join("cookies.txt"), folder.path().join("kept.json"));
    std::fs::write(&cookies, "sso=any").unwrap();
    for (question, turns) in [("why?", 1), ("and then?", 2), ("and then?", 3)] {
        let ran = run(&mut against(&emulator, &cookies, &["chat", "-c", kept.to_str().unwrap(), question]));
        assert!(ran.stdout.contains(&format!("User turns so far: {turns}.")), "{ran:?}");
    }
    let requests = emulator.requests();
    let new = requests.iter().filter(|request| request.path().ends_with("/conversations/new")).count();
    assert_eq!((new, requests.len()), (1, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_put_into_the_store_first() {
    let emulator = emulator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let (cookies, path) = (folder.path().join("cookies.txt"), folder.path().join("cat.jpg"));
    std::fs::write(&cookies, "sso=any").unwrap();
    std::fs::write(&path, b"\xff\xd8\xff\xe0cat").unwrap();
    let ran = run(&mut against(&emulator, &cookies, &["chat", "--file", path.to_str().unwrap(), "what is it?"]));
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("Files shown: 1"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_no_more_says_what_to_do_and_is_not_shown() {
    let emulator = emulator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let cookies = folder.path().join("cookies.txt");
    std::fs::write(&cookies, "sso=invalid-hunter2").unwrap();
    let ran = run(&mut against(&emulator, &cookies, &["chat", "hi"]));
    ran.assert(1, &["error: grok: unauthorized: the session is missing or has ended", "help: sign in at"]);
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    std::fs::write(&cookies, "of another kind").unwrap();
    let ran = run(&mut against(&emulator, &cookies, &["chat", "hi"]));
    ran.assert(1, &["cookies.txt", "HAR", "GROK_COOKIES", "help: sign in at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_this_client_names_the_way_that_is_open() {
    let emulator = emulator(&["challenge"]).await;
    let folder = tempfile::tempdir().unwrap();
    let cookies = folder.path().join("cookies.txt");
    std::fs::write(&cookies, "sso=any").unwrap();
    let ran = run(&mut against(&emulator, &cookies, &["chat", "hi"]));
    ran.assert(1, &["error: grok: blocked:", "-p xai"]);
}

#[test]
fn its_recorded_answers_are_decoded() {
    let glued = r#"{"result":{"response":{"token":"a"}}}{"result":{"response":{"token":"","isSoftStop":true}}}"#;
    let ran = run_with(&mut chatstream(&["decode", "--as", "grok", "--split", "1"]), glued);
    assert_eq!((ran.status, ran.stdout.lines().next()), (Some(0), Some(r#"{"type":"text","text":"a"}"#)));
}
