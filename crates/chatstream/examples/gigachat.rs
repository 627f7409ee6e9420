//! A function call and its result with GigaChat: `cargo run --example gigachat --features gigachat`.
//!
//! Without `GIGACHAT_CREDENTIALS` the emulator answers, on this machine.

#![expect(clippy::print_stdout, reason = "an example shows its answer")]

use chatstream::gigachat::{Credentials, GigaChat, GigaChatConfig};
use chatstream::{ChatRequest, Message, Proxy, Tool, TransportConfig};
use chatstream_emulator::Emulator;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().start().await?;
    let gigachat = match GigaChat::from_env() {
        Ok(gigachat) => gigachat,
        Err(_) => GigaChat::new(
            GigaChatConfig::new(Credentials::client("client", "secret"))
                .base_url(emulator.gigachat().base_url())
                .auth_url(emulator.gigachat().auth_url())
                .transport(TransportConfig::default().proxy(Proxy::None)),
        )?,
    };

    let weather = Tool::new("погода").description("Погода в городе, сейчас.").parameters(json!({
        "type": "object",
        "properties": {"город": {"type": "string"}},
        "required": ["город"],
    }));
    let mut request = ChatRequest::new("Какая погода в Казани?").tool(weather);
    loop {
        let response = gigachat.chat(request.clone()).await?.into_response().await?;
        if response.tool_calls.is_empty() {
            println!("{}", response.text);
            return Ok(());
        }
        request = request.message(response.to_message());
        for call in &response.tool_calls {
            println!("{}({})", call.name, call.arguments);
            request = request.message(Message::tool(&call.id, "ясно, 3 °C"));
        }
    }
}
