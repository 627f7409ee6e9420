//! Any provider by name: `cargo run --example any_provider --features full -- xai "hello"`.
//!
//! Its settings come from the environment; without a name the emulator answers, on this machine.

#![expect(clippy::print_stdout, reason = "an example shows its answer")]

use std::io::Write as _;

use chatstream::xai::{Xai, XaiConfig};
use chatstream::{ChatRequest, Chunk, Provider, Proxy, TransportConfig};
use chatstream_emulator::Emulator;
use futures_util::TryStreamExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start().await?;
    let mut args = std::env::args().skip(1);
    let provider: Box<dyn Provider> = match args.next() {
        Some(name) => chatstream::from_env(&name)?,
        None => Box::new(Xai::new(
            XaiConfig::new("any-key")
                .base_url(emulator.xai().base_url())
                .transport(TransportConfig::default().proxy(Proxy::None)),
        )?),
    };

    let prompt = args.next().unwrap_or_else(|| "Hello!".to_owned());
    let mut chunks = provider.chat(ChatRequest::new(prompt)).await?;
    while let Some(chunk) = chunks.try_next().await? {
        if let Chunk::Text(delta) = chunk {
            print!("{delta}");
            std::io::stdout().flush()?;
        }
    }
    println!("\n({} answered)", provider.name());
    Ok(())
}
