//! The command `chatstream`: chats, models, recorded streams and the emulator from the terminal.

mod advice;
mod args;
mod chat;
mod decode;
mod emulate;
mod failure;
mod login;
mod models;
mod provider;
mod render;
mod settings;
mod visible;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

use args::{Command, CommandLine};
use failure::{ErrorLine, Failure};
use settings::Environment;

fn main() -> ExitCode {
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => {
            // Help and version are such errors too; whoever closed the pipe does not want them.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match run(line.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where standard error is closed, the status has to say it alone.
            let _ = failure.tell(&mut anstream::stderr());
            failure.exit_code()
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    let get = |name: &str| std::env::var(name).ok();
    let env = Environment(&get);
    match command {
        Command::Chat(args) => {
            let is_json = args.json;
            let outcome = chat::Chat::prepare(args, &env).and_then(|chat| in_runtime(chat.run()));
            told_in_json(is_json, outcome)
        }
        Command::Models(args) => {
            let is_json = args.json;
            told_in_json(is_json, in_runtime(models::models(args, &env)))
        }
        Command::Decode(args) => decode::decode(&args),
        Command::Emulate(args) => in_runtime(emulate::emulate(args)),
        Command::Login(args) => in_runtime(login::login(args, &env)),
    }
}

/// Where JSON was asked for, an error is a line of it as well.
fn told_in_json(is_json: bool, outcome: Result<(), Failure>) -> Result<(), Failure> {
    if let (true, Err(Failure::Error(error))) = (is_json, &outcome) {
        writeln!(io::stdout(), "{}", ErrorLine::from(error).to_json())?;
    }
    outcome
}

/// Runs a command's async part.
fn in_runtime(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    // One worker beside this thread, so that connections are served while a line is typed.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Failure::io("no runtime could be made", error))?;
    let outcome = runtime.block_on(command);
    // A name still being looked up would hold the end back.
    runtime.shutdown_background();
    outcome
}

/// Waits for Ctrl-C, or for ever where it cannot be watched for.
async fn cancelled() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
