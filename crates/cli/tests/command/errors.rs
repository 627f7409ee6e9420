//! What fails, what is said of it, and with which status it ends.

use std::net::TcpListener;

use crate::run::{Ran, against, chatstream, emulator, run, run_with};

/// Asks with these arguments before the prompt.
fn ask(emulator: &chatstream_emulator::Emulator, args: &[&str]) -> Ran {
    let args = [&["chat"], args, &["hi"]].concat();
    let ran = run(&mut against(emulator, &args));
    assert!(!format!("{ran:?}").contains("secret-key"), "{ran:?}");
    ran
}

#[test]
fn an_empty_prompt_is_a_usage_error() {
    for prompt in ["", " ", "\n"] {
        run(&mut chatstream(&["chat", prompt])).assert(2, &["error: the prompt is empty"]);
        run_with(&mut chatstream(&["chat"]), prompt).assert(2, &["error: the prompt is empty"]);
    }
    run_with(&mut chatstream(&["chat"]), b"ab\xff".to_vec()).assert(2, &["not UTF-8 at byte 2"]);
}

#[test]
fn an_unknown_provider_is_told_with_those_there_are() {
    run(&mut chatstream(&["chat", "-p", "nobody", "hi"]))
        .assert(2, &["nobody", "xai, gigachat, grok, chatgptfree, emulator"]);
    let mut command = chatstream(&["chat", "hi"]);
    run(command.env("CHATSTREAM_PROVIDER", "nobody"))
        .assert(2, &["CHATSTREAM_PROVIDER is nobody", "xai, gigachat, grok, chatgptfree, emulator"]);
    run(&mut chatstream(&["frobnicate"])).assert(2, &["frobnicate"]);
}

#[test]
fn a_missing_key_is_named_wherever_a_server_is_meant() {
    let said = ["error: xai: config: XAI_API_KEY is not set", "help: set XAI_API_KEY"];
    run(&mut chatstream(&["chat", "-p", "xai", "hi"])).assert(2, &said);
    run(&mut chatstream(&["chat", "--base-url", "http://127.0.0.1:1", "hi"])).assert(2, &said);
    run(chatstream(&["models"]).env("XAI_BASE_URL", "http://127.0.0.1:1")).assert(2, &said);
}

#[test]
fn settings_that_cannot_work_are_usage_errors_without_secrets() {
    let ask = |args: &[&str]| {
        let args = [&["chat"], args, &["hi"]].concat();
        let ran = run(chatstream(&args).env("XAI_API_KEY", "secret-key"));
        assert!(!ran.stderr.contains("hunter2") && !ran.stderr.contains("secret"), "{ran:?}");
        ran
    };
    ask(&["--base-url", "http://me:hunter2@host"]).assert(2, &["config", "user name or password", "--base-url"]);
    ask(&["--base-url", "api.x.ai"]).assert(2, &["does not begin with http://"]);
    ask(&["--proxy", "ftp://me:hunter2@host"]).assert(2, &["config: proxy", "--proxy"]);
    ask(&["-p", "emulator", "--proxy", "http://me:hunter2@host"]).assert(2, &["--proxy is nothing for the emulator"]);
    ask(&["--idle-timeout", "10"]).assert(2, &["no unit: write 10s or 10ms"]);
    ask(&["--idle-timeout", "0s"]).assert(2, &["none for no limit"]);
    run(chatstream(&["chat", "hi"]).env("XAI_API_KEY", "secret\n")).assert(2, &["config: API key has a line break"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_is_told_with_where_to_look() {
    let emulator = emulator(&[]).await;
    for args in [&["chat", "hi"][..], &["models"]] {
        let ran = run(against(&emulator, args).env("XAI_API_KEY", "invalid-key"));
        ran.assert(1, &["error: xai: unauthorized: Incorrect API key", "help: check XAI_API_KEY"]);
        assert!(!ran.stderr.contains("invalid-key"), "{ran:?}");
        assert_eq!(ran.stdout, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_in_place_of_the_api_are_told_as_such() {
    ask(&emulator(&["html-403"]).await, &[]).assert(1, &["error: xai: blocked: ", "web page", "try another network"]);
    ask(&emulator(&["html"]).await, &[])
        .assert(1, &["error: xai: unexpected: ", "web page", "the server is not the API"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_told_by_its_address() {
    let ask = |url: &str| {
        let mut command = chatstream(&["chat", "--retries", "0", "--base-url", url, "hi"]);
        run(command.env("XAI_API_KEY", "secret-key"))
    };
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let said = ["error: xai: connect: cannot connect to http://127.0.0.1:", "cause: ", "the network and the proxy"];
    ask(&format!("http://{closed}")).assert(1, &said);
    ask("http://nowhere.invalid").assert(1, &["name nowhere.invalid does not resolve", "check the name"]);
    let plain = emulator(&[]).await;
    ask(&format!("https://{}", plain.address())).assert(1, &["does not speak TLS", "begins with http://"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_an_unknown_root_is_told_and_its_root_helps() {
    let emulator = chatstream_emulator::Emulator::builder().tls().start().await.unwrap();
    let said = ["certificate is not trusted", "the system's roots of trust do not know"];
    // Another emulator's root is a root as well, but not the one that is asked for.
    let other = chatstream_emulator::Emulator::builder().tls().start().await.unwrap();
    let mut command = against(&emulator, &["chat", "--retries", "0", "hi"]);
    run(command.env("SSL_CERT_FILE", other.ca().unwrap())).assert(1, &said);
    let mut command = against(&emulator, &["chat", "--retries", "0", "hi"]);
    run(command.env("SSL_CERT_FILE", emulator.ca().unwrap())).assert(0, &[]);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_ends_after_the_wait_that_was_given() {
    let emulator = emulator(&["stall=12"]).await;
    let ran = ask(&emulator, &["--idle-timeout", "200ms"]);
    ran.assert(1, &["error: xai: timeout: waited 0.2 s for more bytes", "--idle-timeout"]);
    assert!(ran.stdout.ends_with('\n'), "what arrived stands, its line ended: {ran:?}");
    let hanging = self::emulator(&["hang"]).await;
    ask(&hanging, &["--first-byte-timeout", "100ms", "--retries", "0"]).assert(1, &["--first-byte-timeout"]);
    let chatting = self::emulator(&["keep-alive-stall=12"]).await;
    ask(&chatting, &["--content-timeout", "200ms"]).assert(1, &["--content-timeout"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_stops_is_interrupted_after_what_arrived() {
    for fault in ["reset=12", "cut-after=12", "truncated-body"] {
        let emulator = emulator(&[fault]).await;
        let ran = ask(&emulator, &[]);
        ran.assert(1, &["error: xai: interrupted: ", "run it again"]);
        assert!(ran.stdout.starts_with("You said"), "{fault}: {ran:?}");
        assert_eq!(emulator.requests().len(), 1, "nothing is repeated once the answer began");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_pass_is_repeated_as_often_as_allowed() {
    let emulator = emulator(&["retry-after-ms=1", "fail-times=2"]).await;
    ask(&emulator, &["--retries", "1"]).assert(1, &["error: xai: rate limited: ", "help: wait 1 s"]);
    let again = self::emulator(&["retry-after-ms=1", "fail-times=2"]).await;
    ask(&again, &["--retries", "2"]).assert(0, &["3 attempts"]);
    assert_eq!((emulator.requests().len(), again.requests().len()), (2, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_json_an_error_is_a_line_like_a_chunk() {
    let ran = ask(&emulator(&["rate-limited"]).await, &["--json", "--retries", "0"]);
    ran.assert(1, &["error: xai: rate limited: "]);
    let [error] = &ran.json()[..] else { panic!("{ran:?}") };
    assert_eq!(error["type"], "error");
    assert_eq!((&error["kind"], &error["provider"]), (&"rate_limited".into(), &"xai".into()));
    assert_eq!((error["status"].as_u64(), error["retry_after"].as_u64()), (Some(429), Some(1)));
    assert!(error["message"].is_string());

    let ran = ask(&emulator(&["error-mid-stream=12"]).await, &["--json"]);
    ran.assert(1, &[]);
    let lines = ran.json();
    assert_eq!(lines[0]["type"], "reasoning");
    let last = lines.last().unwrap();
    assert_eq!((&last["type"], last.get("retry_after")), (&"error".into(), None));
}

#[test]
fn with_json_a_missing_key_is_a_line_too() {
    for args in [&["chat", "-p", "xai", "--json", "hi"][..], &["models", "-p", "xai", "--json"]] {
        let ran = run(&mut chatstream(args));
        ran.assert(2, &["XAI_API_KEY is not set"]);
        assert_eq!(ran.json()[0]["kind"], "config");
    }
}

#[test]
fn a_proxy_that_is_not_there_does_not_show_its_password() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = format!("http://me:hunter2@{closed}");
    let args = ["chat", "--retries", "0", "--base-url", "http://api.invalid", "--proxy", &proxy, "--json", "hi"];
    let ran = run(chatstream(&args).env("XAI_API_KEY", "secret-key"));
    ran.assert(1, &["connect"]);
    assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
}
