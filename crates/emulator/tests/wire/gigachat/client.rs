//! A client of GigaChat that reads what is on the wire.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chatstream_emulator::Emulator;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::client::{Received, open, send};

pub(crate) const OAUTH: &str = "/gigachat/api/v2/oauth";
pub(crate) const CHAT: &str = "/gigachat/v1/chat/completions";
pub(crate) const SECOND: &str = "/gigachat/v2/chat/completions";

pub(crate) const REQUEST_ID: &str = "rquid: 2d0ab7e1-94c7-4a4e-9d2b-8c0c61c2d5f3";
pub(crate) const FORM: &str = "content-type: application/x-www-form-urlencoded";
pub(crate) const AGENT: &str = "user-agent: tests";

/// A header with a key of these two parts.
pub(crate) fn key(scheme: &str, parts: &str) -> String {
    format!("authorization: {scheme} {}", STANDARD.encode(parts))
}

/// Asks for a token as a good client does.
pub(crate) async fn ask_for_token(emulator: &Emulator, parts: &str, scope: &str) -> Received {
    let headers = [REQUEST_ID, FORM, &key("Basic", parts)];
    send(emulator, "POST", OAUTH, &headers, format!("scope={scope}").as_bytes()).await
}

/// A header with a new token.
pub(crate) async fn token(emulator: &Emulator) -> String {
    token_of(emulator, "id:secret", "GIGACHAT_API_PERS").await
}

pub(crate) async fn token_of(emulator: &Emulator, parts: &str, scope: &str) -> String {
    let answer = ask_for_token(emulator, parts, scope).await.json();
    format!("authorization: Bearer {}", answer["access_token"].as_str().expect("a token"))
}

/// Sends a request with a new token.
pub(crate) async fn call(emulator: &Emulator, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Received {
    let token = token(emulator).await;
    send(emulator, method, path, &[headers, &[AGENT, &token]].concat(), body).await
}

pub(crate) async fn get(emulator: &Emulator, path: &str) -> Received {
    call(emulator, "GET", path, &[], b"").await
}

pub(crate) async fn post(emulator: &Emulator, path: &str, body: &Value) -> Received {
    post_with(emulator, path, &[], body).await
}

pub(crate) async fn post_with(emulator: &Emulator, path: &str, headers: &[&str], body: &Value) -> Received {
    let headers = [headers, &["content-type: application/json"]].concat();
    call(emulator, "POST", path, &headers, body.to_string().as_bytes()).await
}

pub(crate) async fn chat(emulator: &Emulator, body: &Value) -> Received {
    post(emulator, CHAT, body).await
}

/// Asks for a chat and leaves the answer to the caller.
pub(crate) async fn open_chat(emulator: &Emulator, token: &str, body: &Value) -> TcpStream {
    open(emulator, "POST", CHAT, &[AGENT, token], body.to_string().as_bytes()).await
}

/// A streamed request for one answer to `prompt`.
pub(crate) fn streamed(prompt: &str) -> Value {
    json!({"model": "GigaChat-2", "stream": true, "messages": [{"role": "user", "content": prompt}]})
}

/// The same without a stream.
pub(crate) fn unstreamed(prompt: &str) -> Value {
    json!({"model": "GigaChat-2", "messages": [{"role": "user", "content": prompt}]})
}

/// A streamed request in the form of version 2.
pub(crate) fn streamed_parts(prompt: &str) -> Value {
    json!({"model": "GigaChat-3-Ultra", "stream": true, "messages": [{"role": "user", "content": [{"text": prompt}]}]})
}

/// A function that may be called.
pub(crate) fn weather() -> Value {
    let properties = json!({"city": {"type": "string"}, "days": {"type": "integer", "minimum": 10}});
    json!({"name": "weather", "parameters": {"type": "object", "properties": properties, "required": ["city", "days"]}})
}
