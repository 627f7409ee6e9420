//! The provider gigachat.

use std::process::Command;

use chatstream_emulator::Emulator;

use crate::run::{chatstream, emulator, run, run_with};

/// The command with a key for the emulator's service.
fn against(emulator: &Emulator, args: &[&str]) -> Command {
    let mut command = chatstream(args);
    command
        .env("GIGACHAT_CREDENTIALS", "Y2xpZW50OnNlY3JldA==")
        .env("GIGACHAT_BASE_URL", emulator.gigachat().base_url())
        .env("GIGACHAT_AUTH_URL", emulator.gigachat().auth_url());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_and_lists_its_models() {
    let emulator = emulator(&[]).await;
    for args in [&["chat", "привет"][..], &["chat", "-p", "gigachat", "--whole", "привет"]] {
        let ran = run(&mut against(&emulator, args));
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert!(ran.stdout.contains("привет"), "{ran:?}");
    }
    let ran = run(&mut against(&emulator, &["models", "-p", "gigachat"]));
    assert!(ran.stdout.contains("GigaChat-2-Max"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_put_into_the_store_first() {
    let emulator = emulator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cat.jpg");
    std::fs::write(&path, b"\xff\xd8\xff\xe0cat").unwrap();
    let ran = run(&mut against(&emulator, &["chat", "--file", path.to_str().unwrap(), "что там?"]));
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let paths: Vec<_> = emulator.requests().iter().map(|request| request.path().to_owned()).collect();
    assert_eq!(paths[1..], ["/gigachat/v1/files", "/gigachat/v1/chat/completions"], "{paths:?}");
}

#[test]
fn missing_credentials_are_named() {
    let said = ["GIGACHAT_CREDENTIALS", "GIGACHAT_ACCESS_TOKEN", "GIGACHAT_USER", "help: set GIGACHAT_CREDENTIALS"];
    run(&mut chatstream(&["chat", "-p", "gigachat", "hi"])).assert(2, &said);
    let mut command = chatstream(&["chat", "hi"]);
    let wrong = command.env("GIGACHAT_CREDENTIALS", "11111111-2222-3333-4444-555555555555");
    run(wrong).assert(2, &["client secret or a client id alone", "help: set GIGACHAT_CREDENTIALS"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_says_what_to_do_and_does_not_show_it() {
    let emulator = emulator(&["oauth-code=6"]).await;
    let ran = run(&mut against(&emulator, &["chat", "hi"]));
    ran.assert(1, &["error: gigachat: unauthorized: the authorization key is unknown or revoked", "help: check"]);
    assert!(!ran.stderr.contains("Y2xpZW50"), "{}", ran.stderr);
}

#[test]
fn its_recorded_answers_are_decoded() {
    let v1 = "data: {\"choices\":[{\"delta\":{\"content\":\"а\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let ran = run_with(&mut chatstream(&["decode", "--as", "gigachat", "--split", "1"]), v1);
    assert_eq!((ran.status, ran.stdout.lines().next()), (Some(0), Some(r#"{"type":"text","text":"а"}"#)));
    let v2 = "event: response.message.done\ndata: {\"messages\":[{\"content\":[{\"text\":\"б\"}]}],\"finish_reason\":\"stop\"}\n\n";
    let ran = run_with(&mut chatstream(&["decode", "--as", "gigachat-v2"]), v2);
    assert_eq!((ran.status, ran.stdout.lines().next()), (Some(0), Some(r#"{"type":"text","text":"б"}"#)));
}
