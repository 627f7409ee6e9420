//! The chats of a site's page, and two turns with the first: `cargo run --example chatgptfree --features chatgptfree`.
//!
//! Without a site in `CHATGPTFREE_URL` the emulator answers, on this machine.

#![expect(clippy::print_stdout, reason = "an example shows its answer")]

use std::io::Write as _;

use chatstream::chatgptfree::{ChatgptFree, ChatgptFreeConfig};
use chatstream::{ChatRequest, Chunk, Message, Proxy, TransportConfig};
use chatstream_emulator::Emulator;
use futures_util::TryStreamExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start().await?;
    let site = match std::env::var_os("CHATGPTFREE_URL") {
        Some(_) => ChatgptFree::from_env()?,
        None => ChatgptFree::new(
            ChatgptFreeConfig::default()
                .url(emulator.chatgptfree().base_url())
                .page("/v2/")
                .transport(TransportConfig::default().proxy(Proxy::None)),
        )?,
    };
    for chat in site.chats().await? {
        println!("bot {}: {}", chat.bot_id, chat.name.as_deref().unwrap_or("without a name"));
    }

    let mut conversation = None;
    let mut messages = Vec::new();
    for prompt in ["Why is the sky blue?", "And at dusk?"] {
        println!("> {prompt}");
        messages.push(Message::user(prompt));
        // A site of the second generation keeps the turns itself; one of the first is told all of them.
        let mut request = ChatRequest::from_messages(messages.iter().cloned());
        request.conversation = conversation.take();
        let mut chunks = site.chat(request).await?;
        let mut answer = String::new();
        while let Some(chunk) = chunks.try_next().await? {
            match chunk {
                Chunk::Text(delta) => {
                    print!("{delta}");
                    std::io::stdout().flush()?;
                    answer.push_str(&delta);
                }
                Chunk::Conversation(ids) => conversation = Some(ids),
                _ => {}
            }
        }
        println!();
        messages.push(Message::assistant(answer));
    }
    Ok(())
}
