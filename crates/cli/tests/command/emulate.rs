//! The emulator as a command, and the command as its client.

use serde_json::Value;

use crate::run::{Running, chatstream, run};

/// Starts it and reads where it is.
fn start(args: &[&str]) -> (Running, Value) {
    let mut running = Running::new(&mut chatstream(&[&["emulate"], args].concat()));
    let line = running.wait_for("\n");
    assert_eq!(line.lines().count(), 1, "{line}");
    (running, serde_json::from_str(&line).unwrap())
}

#[test]
fn it_says_where_it_is_and_serves() {
    let (_running, place) = start(&["--pace", "0ms"]);
    let base_url = place["xai"]["base_url"].as_str().unwrap();
    assert!(place["ca"].is_null());
    assert!(place["chatgptfree"]["base_url"].as_str().unwrap().ends_with("/chatgptfree"));
    let mut command = chatstream(&["chat", "--base-url", base_url, "hi"]);
    let ran = run(command.env("XAI_API_KEY", "any"));
    ran.assert(0, &[]);
    assert!(ran.stdout.starts_with("You said: \"hi\"."), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn it_ends_when_it_is_told_to() {
    for signal in ["INT", "TERM"] {
        let (running, _) = start(&[]);
        running.signal(signal);
        let ran = running.end();
        assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "SIG{signal}: {ran:?}");
    }
}

#[cfg(unix)]
#[test]
fn with_tls_its_root_is_a_file_that_goes_with_it() {
    let (running, place) = start(&["--tls"]);
    let (base_url, root) = (place["xai"]["base_url"].as_str().unwrap(), place["ca"].as_str().unwrap());
    assert!(base_url.starts_with("https://"), "{base_url}");
    let mut command = chatstream(&["chat", "--base-url", base_url, "hi"]);
    run(command.env("XAI_API_KEY", "any").env("SSL_CERT_FILE", root)).assert(0, &[]);
    running.signal("TERM");
    assert_eq!(running.end().status, Some(0));
    assert!(!std::path::Path::new(root).exists());
}

#[cfg(unix)]
#[test]
fn an_answer_that_hangs_does_not_hold_the_end_back() {
    let (emulator, place) = start(&["--fault", "stall=12", "--fault", "crlf"]);
    let base_url = place["xai"]["base_url"].as_str().unwrap();
    let mut command = chatstream(&["chat", "--base-url", base_url, "hi"]);
    let mut asking = Running::new(command.env("XAI_API_KEY", "any"));
    asking.wait_for("You");
    emulator.signal("TERM");
    assert_eq!(emulator.end().status, Some(0));
    asking.end().assert(1, &["interrupted"]);
}

#[test]
fn faults_and_addresses_that_there_are_none_of_are_usage_errors() {
    run(&mut chatstream(&["emulate", "--fault", "nope"]))
        .assert(2, &["unknown fault `nope`", "cut-after=3", "html-403"]);
    run(&mut chatstream(&["emulate", "--listen", "0.0.0.0:0"])).assert(2, &["0.0.0.0 is not a loopback address"]);
    run(&mut chatstream(&["emulate", "--listen", "here"])).assert(2, &["--listen"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    run(&mut chatstream(&["emulate", "--listen", &address])).assert(1, &["cannot listen on", &address]);
}
