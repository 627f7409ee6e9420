//! The checks of this workspace, run as `cargo xtask <task>`.
#![expect(clippy::print_stdout, reason = "a task prints what it runs and finds")]

mod bench;
mod budget;
mod ci;
mod command;
mod features;
mod tidy;
mod workspace;

use std::process::ExitCode;

/// What a task gives; the error is a message for whoever ran it.
type Result<T = ()> = std::result::Result<T, String>;

const HELP: &str = "\
cargo xtask <task>

  ci        everything that must hold before a change lands, in the order CI runs it
  tidy      the rules of this workspace that a program can check
  budget    how much a program builds that uses one provider, and what a chunk costs it
  features  lints every published crate alone, with each of its features
  bench     measures our clients beside others: cargo xtask bench --help
  help      this text
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let task = arguments.next();
    let done = match task.as_deref() {
        Some("ci") => ci::run(),
        Some("tidy") => tidy::run(),
        Some("budget") => budget::run(),
        Some("features") => features::run(),
        Some("bench") => bench::run(&arguments.collect::<Vec<_>>()),
        Some("help" | "--help" | "-h") => help(),
        other => Err(format!("{} is no task\n\n{HELP}", other.unwrap_or("nothing"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> Result {
    print!("{HELP}");
    Ok(())
}
