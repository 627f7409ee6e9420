//! A tool call and its result: `cargo run --example tools --features xai`.
//!
//! Without `XAI_API_KEY` the emulator answers, on this machine.

#![expect(clippy::print_stdout, reason = "an example shows its answer")]

use chatstream::xai::{Xai, XaiConfig};
use chatstream::{ChatRequest, Message, Proxy, Tool, TransportConfig};
use chatstream_emulator::Emulator;
use serde_json::json;

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

    let weather = Tool::new("weather").description("The weather in a city, now.").parameters(json!({
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    }));
    let mut request = ChatRequest::new("What is the weather in Kazan?").tool(weather);
    loop {
        let response = xai.chat(request.clone()).await?.into_response().await?;
        if response.tool_calls.is_empty() {
            println!("{}", response.text);
            return Ok(());
        }
        request = request.message(response.to_message());
        for call in &response.tool_calls {
            println!("{}({})", call.name, call.arguments);
            request = request.message(Message::tool(&call.id, "clear, 3 °C"));
        }
    }
}
