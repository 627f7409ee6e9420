//! GigaChat's official Python SDK, unchanged, against the emulator over TLS.
//!
//! It runs when `CHATSTREAM_PYTHON` names an interpreter that has the package `gigachat`.

use std::io::Write as _;
use std::time::Duration;

use chatstream_emulator::Emulator;
use tokio::process::Command;

/// Some forty paths, of a second at most each.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test]
async fn the_official_python_sdk_takes_it_for_the_service() {
    let Some(python) = std::env::var_os("CHATSTREAM_PYTHON") else {
        // Unlike what `eprintln!` prints, this is seen although the test passes.
        let skipped = "skipped: CHATSTREAM_PYTHON names no interpreter that has the package gigachat";
        writeln!(std::io::stderr(), "{skipped}").expect("there is a standard error");
        return;
    };
    let emulator = Emulator::builder().tls().start().await.expect("loopback has a free port");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/gigachat_sdk.py");
    let mut command = Command::new(python);
    // Settings of the SDK from outside would change what it does.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIGACHAT_") || name.to_string_lossy().to_lowercase().ends_with("_proxy")
        {
            command.env_remove(name);
        }
    }
    command
        .arg(script)
        .args([emulator.gigachat().base_url(), emulator.gigachat().auth_url()])
        .arg(emulator.ca().expect("it serves HTTPS"))
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.expect("it takes less than the patience of a test").expect("the interpreter can be run");
    let lines = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{lines}{}", String::from_utf8_lossy(&output.stderr));
    assert!(lines.lines().count() > 20 && emulator.tokens_issued() > 0, "{lines}");
}
