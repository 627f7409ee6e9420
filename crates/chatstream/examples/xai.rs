//! One answer from the xAI API, as it comes: `cargo run --example xai --features xai`.
//!
//! Without `XAI_API_KEY` the emulator answers, on this machine.

#![expect(clippy::print_stdout, reason = "an example shows its answer")]

use std::io::Write as _;

use chatstream::xai::{Xai, XaiConfig};
use chatstream::{ChatRequest, Chunk, Proxy, Reasoning, TransportConfig};
use chatstream_emulator::Emulator;
use futures_util::TryStreamExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start().await?;
    let xai = match Xai::from_env() {
        Ok(xai) => xai,
        Err(_) => Xai::new(
            XaiConfig::new("any-key")
                .base_url(emulator.xai().base_url())
                .transport(TransportConfig::default().proxy(Proxy::None)),
        )?,
    };

    let request = ChatRequest::new("Why is the sky blue?").system("Answer in one sentence.");
    let mut chunks = xai.chat(request).await?;
    while let Some(chunk) = chunks.try_next().await? {
        match chunk {
            Chunk::Text(delta) => print!("{delta}"),
            Chunk::Reasoning(Reasoning::Delta(delta)) => eprint!("{delta}"),
            Chunk::End(end) => println!("\n\n{:?} by {:?}: {:?}", end.finish_reason, end.model, end.usage),
            _ => {}
        }
        std::io::stdout().flush()?;
    }
    println!("{:?}", chunks.vitals());
    Ok(())
}
