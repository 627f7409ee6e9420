//! An answer without async code: `cargo run --example blocking --features blocking,xai`.
//!
//! Without `XAI_API_KEY` the emulator answers, on this machine, from a thread of its own.

#![expect(clippy::print_stdout, reason = "an example shows its answer")]

use std::sync::mpsc;

use chatstream::blocking::Blocking;
use chatstream::xai::{Xai, XaiConfig};
use chatstream::{ChatRequest, Chunk, Proxy, TransportConfig};
use chatstream_emulator::Emulator;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let xai = match Xai::from_env() {
        Ok(xai) => xai,
        Err(_) => Xai::new(
            XaiConfig::new("any-key")
                .base_url(emulator_in_a_thread()?)
                .transport(TransportConfig::default().proxy(Proxy::None)),
        )?,
    };
    let xai = Blocking::new(xai)?;

    for chunk in xai.chat(ChatRequest::new("Why is the sky blue?"))? {
        if let Chunk::Text(delta) = chunk? {
            print!("{delta}");
        }
    }
    println!();
    println!("{} models", xai.run(xai.provider().models())??.len());
    Ok(())
}

/// Serves until the program ends; returns the address.
fn emulator_in_a_thread() -> Result<String, Box<dyn std::error::Error>> {
    let (address, started) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let emulator = Emulator::builder().start().await.expect("an emulator");
            let _ = address.send(emulator.xai().base_url().to_owned());
            emulator.serve_until_stopped().await;
        });
    });
    Ok(started.recv()?)
}
