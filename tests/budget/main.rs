//! Reads answers of a server in a thread of its own, and counts its allocations.
//!
//! `chatstream-budget CASE ANSWERS` reads so many answers on one connection, after one that does not
//! count, and prints the allocations and the text chunks. Its instructions are counted from outside.

#![expect(clippy::print_stdout, reason = "the counts are what it is for")]

mod answer;
mod server;

use std::process::ExitCode;

use answer::Case;
use chatstream::xai::{Xai, XaiConfig};
use chatstream::{ChatRequest, Chunk};
use futures_util::TryStreamExt as _;

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [case, answers] = arguments.as_slice() else { return Err("usage: chatstream-budget CASE ANSWERS".into()) };
    let case = Case::parse(case).ok_or("no such case")?;
    let address = server::start(case.answer())?;
    let xai = Xai::new(XaiConfig::new("key").base_url(format!("http://{address}")))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // The connection, and the first growth of every buffer.
    runtime.block_on(read(&xai, case, 1))?;
    let answers = answers.parse()?;
    let mut chunks = Ok(0);
    let counted = allocation_counter::measure(|| chunks = runtime.block_on(read(&xai, case, answers)));
    println!("{} {}", counted.count_total, chunks?);
    Ok(())
}

/// How many text chunks so many answers have.
async fn read(xai: &Xai, case: Case, answers: usize) -> chatstream::Result<usize> {
    let mut texts = 0;
    for _ in 0..answers {
        let request = ChatRequest::new("Why is the sky blue?");
        let request = if case == Case::Whole { request.whole() } else { request };
        let mut chunks = xai.chat(request).await?;
        while let Some(chunk) = chunks.try_next().await? {
            texts += usize::from(matches!(chunk, Chunk::Text(_)));
        }
    }
    Ok(texts)
}
