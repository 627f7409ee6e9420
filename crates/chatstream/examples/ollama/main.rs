//! A provider of one's own, over core alone: `cargo run -p chatstream --example ollama`.
//!
//! It has the rooms that every provider crate has, in the order of CONTRIBUTING.md, and speaks Ollama's
//! `POST /api/chat`. Without a server in `OLLAMA_HOST` a small one answers, on this machine.

#![expect(clippy::print_stdout, reason = "an example shows its answer")]

mod auth;
mod client;
mod config;
mod encode;
mod error;
mod parse;
mod server;
#[cfg(test)]
mod tests;
mod wire;

use std::io::Write as _;

use chatstream::{ChatRequest, ChatResponse, Chunk, Message, Proxy, Reasoning, Tool, TransportConfig};
use client::Ollama;
use config::OllamaConfig;
use futures_util::TryStreamExt as _;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = server::start().await?;
    let ollama = match std::env::var_os("OLLAMA_HOST") {
        Some(_) => Ollama::new(OllamaConfig::from_env())?,
        None => Ollama::new(
            OllamaConfig::default()
                .host(emulator.address().to_string())
                .transport(TransportConfig::default().proxy(Proxy::None)),
        )?,
    };

    let weather = Tool::new("weather").description("The weather in a city, now.").parameters(json!({
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    }));
    let mut request = ChatRequest::new("What is the weather in Kazan?").tool(weather).extra("keep_alive", "10m");
    loop {
        let response = shown(&ollama, request.clone()).await?;
        if response.tool_calls.is_empty() {
            println!("{:?}", response.usage);
            return Ok(());
        }
        request = request.message(response.to_message());
        for call in &response.tool_calls {
            println!("{}({})", call.name, call.arguments);
            request = request.message(Message::tool(&call.id, "clear, 3 °C"));
        }
    }
}

/// Shows an answer as it comes, and gives back all of it.
async fn shown(ollama: &Ollama, request: ChatRequest) -> Result<ChatResponse, Box<dyn std::error::Error>> {
    let mut chunks = ollama.chat(request).await?;
    let mut response = ChatResponse::default();
    while let Some(chunk) = chunks.try_next().await? {
        match &chunk {
            Chunk::Text(delta) | Chunk::Reasoning(Reasoning::Delta(delta)) => print!("{delta}"),
            _ => println!(),
        }
        std::io::stdout().flush()?;
        response.push(chunk);
    }
    Ok(response)
}
