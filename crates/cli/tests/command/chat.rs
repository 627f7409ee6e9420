//! One question, one answer.

use serde_json::json;

use crate::run::{Running, against, chatstream, emulator, run, run_with};

/// What the emulator says to `hi`.
const ANSWER: &str = "You said: \"hi\". Это эмулятор 🚀, а не модель. Quotes \"like these\", a backslash \\ and a line \
                      end come through.\nUser turns so far: 1.\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_goes_to_standard_output_and_all_else_to_standard_error() {
    let emulator = emulator(&[]).await;
    let ran = run(&mut against(&emulator, &["chat", "hi"]));
    ran.assert(0, &["The user said: \"hi\". Подумаю 🤔", "grok-4.7 · stop · tokens: ", "first content after"]);
    assert_eq!(ran.stdout, ANSWER);
    assert!(!ran.stderr.contains('\u{1b}'), "no styles where no terminal is: {}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_prompt_comes_from_standard_input_where_none_is_given() {
    let emulator = emulator(&[]).await;
    for args in [&["chat"][..], &["chat", "-"]] {
        let ran = run_with(&mut against(&emulator, args), "hi\n");
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), ANSWER));
    }
    let ran = run_with(&mut against(&emulator, &["chat", "hi"]), "not this");
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), ANSWER));
}

#[test]
fn without_credentials_the_emulator_answers_and_says_so() {
    for command in [chatstream(&["chat", "hi"]), chatstream(&["chat", "-p", "emulator", "hi"])] {
        let mut command = command;
        // The emulator is on this machine, wherever a proxy is.
        let ran = run(command.env("HTTP_PROXY", "http://127.0.0.1:1"));
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), ANSWER), "{ran:?}");
        let is_default = command.get_args().count() == 2;
        let notices = ran.stderr.lines().filter(|line| line.contains("built-in emulator")).count();
        assert_eq!(notices, usize::from(is_default), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_is_one_chunk_a_line() {
    let emulator = emulator(&[]).await;
    for args in [&["chat", "--json", "hi"][..], &["chat", "--json", "--whole", "hi"]] {
        let ran = run(&mut against(&emulator, args));
        ran.assert(0, &[]);
        assert_eq!(ran.stderr, "", "nothing but chunks");
        let chunks = ran.json();
        let texts = chunks.iter().filter(|chunk| chunk["type"] == "text");
        let text = texts.map(|chunk| chunk["text"].as_str().unwrap()).collect::<String>();
        assert_eq!(text + "\n", ANSWER);
        assert_eq!(chunks[0]["type"], "reasoning");
        let end = chunks.last().unwrap();
        assert_eq!((&end["type"], &end["finish_reason"]), (&json!("end"), &json!("stop")));
        assert!(end["usage"]["input_tokens"].is_u64(), "{end}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_is_sent() {
    let emulator = emulator(&[]).await;
    run(&mut against(&emulator, &["chat", "-m", "grok-4.3", "-s", "Be kind.", "--whole", "hi"])).assert(0, &[]);
    run(&mut against(&emulator, &["chat", "--", "-5 + 3"])).assert(0, &[]);
    let requests = emulator.requests();
    let body = requests[0].json();
    assert_eq!((&body["model"], &body["stream"]), (&json!("grok-4.3"), &json!(false)));
    let messages = json!([{"role": "system", "content": "Be kind."}, {"role": "user", "content": "hi"}]);
    assert_eq!(body["messages"], messages);
    assert_eq!(requests[1].json()["messages"][0]["content"], "-5 + 3");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_with_the_prompt() {
    let emulator = emulator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let (picture, notes) = (folder.path().join("cat.png"), folder.path().join("notes.md"));
    std::fs::write(&picture, b"\x89PNG\r\n\x1a\n").unwrap();
    std::fs::write(&notes, "кот").unwrap();
    let (picture, notes) = (picture.to_str().unwrap(), notes.to_str().unwrap());
    let ran = run(&mut against(&emulator, &["chat", "--file", picture, "--file", notes, "Who?"]));
    ran.assert(0, &[]);
    assert!(ran.stdout.ends_with("Images shown: 1.\n"), "{}", ran.stdout);
    let content = &emulator.requests()[0].json()["messages"][0]["content"];
    let expected = json!([
        {"type": "text", "text": "Who?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
        {"type": "text", "text": "File notes.md:\nкот"},
    ]);
    assert_eq!(content, &expected);

    for file in ["missing.png", folder.path().to_str().unwrap()] {
        run(&mut against(&emulator, &["chat", "--file", file, "Who?"])).assert(2, &[file, "cannot be read"]);
    }
    std::fs::write(notes, b"\0\xff").unwrap();
    let said = ["notes.md", "accepted are pictures (PNG, JPEG, WebP) and text in UTF-8"];
    run(&mut against(&emulator, &["chat", "--file", notes, "Who?"])).assert(2, &said);
    assert_eq!(emulator.requests().len(), 1, "nothing is sent with a file missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_form_the_stream_has_the_answer_is_the_same() {
    for faults in
        [&["bytewise"][..], &["split-utf8", "crlf"], &["bom", "no-space"], &["whole-for-stream"], &["keep-alive"]]
    {
        let emulator = emulator(faults).await;
        let ran = run(&mut against(&emulator, &["chat", "hi"]));
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), ANSWER), "{faults:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_has_read_enough_ends_it_quietly() {
    let emulator = emulator(&["big-event=1000000"]).await;
    for args in [&["chat", "hi"][..], &["chat", "--json", "hi"], &["models"], &["models", "--json"]] {
        let ran = Running::unread(&mut against(&emulator, args)).end();
        assert_eq!(ran.status, Some(0), "{args:?}: {ran:?}");
        assert!(!ran.stderr.contains("error") && !ran.stderr.contains("panic"), "{args:?}: {ran:?}");
    }
}
