//! Two turns of one conversation on grok.com, and a picture: `cargo run --example grok --features grok`.
//!
//! Without cookies in `GROK_COOKIES` the emulator answers, on this machine.

#![expect(clippy::print_stdout, reason = "an example shows its answer")]

use chatstream::grok::{CookieSource, Grok, GrokConfig};
use chatstream::{ChatRequest, Chunk, Proxy, TransportConfig};
use chatstream_emulator::Emulator;
use futures_util::TryStreamExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start().await?;
    let grok = match std::env::var_os("GROK_COOKIES") {
        Some(_) => Grok::from_env()?,
        None => Grok::new(
            GrokConfig::new(CookieSource::text("sso=anything"))
                .base_url(emulator.grok().base_url())
                .transport(TransportConfig::default().proxy(Proxy::None)),
        )?,
    };

    let mut conversation = None;
    for prompt in ["Why is the sky blue?", "Now draw it."] {
        println!("> {prompt}");
        let mut request = ChatRequest::new(prompt);
        request.conversation = conversation.take();
        let mut chunks = grok.chat(request).await?;
        while let Some(chunk) = chunks.try_next().await? {
            match chunk {
                Chunk::Text(delta) => print!("{delta}"),
                Chunk::Images(images) => {
                    for image in &images {
                        println!("\n{} ({} bytes)", image.url, grok.download(image).await?.len());
                    }
                }
                Chunk::Conversation(ids) => conversation = Some(ids),
                _ => {}
            }
        }
        println!();
    }
    Ok(())
}
