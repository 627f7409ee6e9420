//! Builds the clients, runs them in turn against one server, prints what they cost as Markdown and
//! draws the plots.

mod cases;
mod cold;
mod columns;
mod count;
mod machine;
mod options;
mod plots;
mod programs;
mod results;
mod run;
mod sections;
mod server;
mod tables;

use std::process::ExitCode;

use machine::Machine;
use options::Options;
use programs::Programs;
use results::Results;

/// What a step gives; the error is a message for whoever started the run.
type Result<T = ()> = std::result::Result<T, String>;

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--help") {
        println!("{}", options::usage());
        return ExitCode::SUCCESS;
    }
    match Options::parse(std::env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("bench: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result {
    let programs = Programs::new()?;
    let results = if options.report.is_empty() {
        let file = options.results.clone().unwrap_or_else(|| programs.folder().join("results.json"));
        let mut results = Results::new(Machine::ask(&options.columns)?);
        let measured = sections::run(options, programs, &mut results);
        // What was measured before a failure is worth keeping.
        results.save(&file)?;
        measured?;
        eprintln!("the figures are in {}", file.display());
        results
    } else {
        Results::load(&options.report)?
    };
    print!("{}", tables::markdown(&results));
    if let Some(folder) = &options.plots {
        plots::draw(&results, folder)?;
    }
    Ok(())
}

/// An error of something tried, as a message that says what.
fn failed<E: std::fmt::Display>(what: impl std::fmt::Display) -> impl FnOnce(E) -> String {
    move |error| format!("{what}: {error}")
}
