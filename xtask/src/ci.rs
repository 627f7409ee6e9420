use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Result;
use crate::command::{cargo, cargo_with};
use crate::workspace::Workspace;
use crate::{budget, features, tidy};

/// A name and what it runs.
type Step = (&'static str, fn() -> Result);

/// What is quick comes first. The tests come last: their result is what one wants to read at the
/// end of a log.
const STEPS: [Step; 8] = [
    ("fmt", fmt),
    ("tidy", tidy::run),
    ("budget", budget::run),
    ("deny", deny),
    ("clippy", clippy),
    ("docs", docs),
    ("features", features::run),
    ("tests", tests),
];

/// Runs every step, up to the first that fails.
pub(crate) fn run() -> Result {
    for (i, (name, step)) in STEPS.iter().enumerate() {
        println!("\n== {name} ({} of {})", i + 1, STEPS.len());
        let start = Instant::now();
        let done = step();
        let end = if done.is_ok() { "passed" } else { "failed" };
        println!("== {name}: {end} after {:.1} s", start.elapsed().as_secs_f64());
        done.map_err(|message| format!("{name}: {message}"))?;
    }
    Ok(())
}

/// Here and in the benchmark, which is a workspace of its own.
fn fmt() -> Result {
    cargo(&["fmt", "--all", "--check"])?;
    let manifest = Workspace::load()?.root.join("bench").join("Cargo.toml");
    cargo(&["fmt", "--all", "--check", "--manifest-path", &manifest.to_string_lossy()])
}

fn clippy() -> Result {
    cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])
}

fn docs() -> Result {
    cargo_with(&[("RUSTDOCFLAGS", "-D warnings")], &["doc", "--workspace", "--no-deps", "--all-features"])
}

/// Doc tests are part of it. The same with default features is the README's command.
fn tests() -> Result {
    cargo(&["test", "--workspace", "--all-features"])
}

/// Licences, sources and advisories, where the tool for it is installed.
fn deny() -> Result {
    let installed = Command::new("cargo-deny")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !installed {
        println!("skipped: cargo-deny is not installed");
        return Ok(());
    }
    cargo(&["deny", "--workspace", "--all-features", "check"])
}
