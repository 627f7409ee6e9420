//! A conversation at a terminal, which here is one of the system's own making.
#![cfg(unix)]

use std::fs::File;
use std::io::Write as _;
use std::process::Stdio;

use nix::pty::{Winsize, openpty};

use crate::run::{Running, against, emulator};

/// A command at a terminal of its own, and what types there.
fn at_terminal(emulator: &chatstream_emulator::Emulator, args: &[&str]) -> (Running, File) {
    let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    let terminal = openpty(&size, None).unwrap();
    let user = File::from(terminal.master);
    let side = || Stdio::from(terminal.slave.try_clone().unwrap());
    let mut command = against(emulator, args);
    command.stdin(side()).stdout(side()).stderr(side()).env("TERM", "xterm");
    (Running::shown_on(&mut command, user.try_clone().unwrap()), user)
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_answered_until_ctrl_d() {
    let emulator = emulator(&[]).await;
    let (mut running, mut keys) = at_terminal(&emulator, &["chat"]);
    running.wait_for("> ");
    keys.write_all("Привет\r".as_bytes()).unwrap();
    running.wait_for("User turns so far: 1.");
    running.wait_for("first content after");
    // The line before, with one character more.
    running.wait_for("> ");
    keys.write_all(b"\x1b[A!\r").unwrap();
    running.wait_for("User turns so far: 2.");
    running.wait_for("> ");
    keys.write_all(b"\x04").unwrap();
    let ran = running.end();
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("You said: \"Привет!\"."), "{ran:?}");
    let messages = &emulator.requests()[1].json()["messages"];
    assert_eq!((messages.as_array().unwrap().len(), &messages[2]["content"]), (3, &"Привет!".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_the_answer_and_not_the_conversation() {
    let emulator = emulator(&["stall=12", "fail-times=1"]).await;
    let (mut running, mut keys) = at_terminal(&emulator, &["chat"]);
    running.wait_for("> ");
    // At the prompt it throws the line away.
    keys.write_all(b"not this\x03").unwrap();
    running.wait_for("> ");
    keys.write_all(b"stop\r").unwrap();
    running.wait_for("You said");
    running.signal("INT");
    running.wait_for("ended; what arrived is kept");
    running.wait_for("> ");
    keys.write_all(b"again\r").unwrap();
    running.wait_for("User turns so far: 2.");
    running.wait_for("> ");
    keys.write_all(b"/quit\r").unwrap();
    assert_eq!(running.end().status, Some(0));
    let body = emulator.requests()[1].json();
    let contents: Vec<_> =
        body["messages"].as_array().unwrap().iter().map(|message| message["content"].as_str().unwrap()).collect();
    assert_eq!((contents[0], contents[2]), ("stop", "again"));
    assert!(contents[1].starts_with("You said"), "{contents:?}");
}
