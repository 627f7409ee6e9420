//! A client of the site that reads what is on the wire.

use chatstream_emulator::Emulator;
use serde_json::{Value, json};

use crate::client::{Received, events, faulty, plain, send};

pub(crate) const AJAX: &str = "/chatgptfree/wp-admin/admin-ajax.php";

pub(crate) const SESSION: &str = "00000000-0000-4000-8000-000000000001";
pub(crate) const CONVERSATION: &str = "00000000-0000-4000-8000-000000000002";

/// Starts an emulator with these faults, or without.
pub(crate) async fn with_faults(faults: &str) -> Emulator {
    if faults.is_empty() { plain().await } else { faulty(faults).await }
}

/// Loads a page.
pub(crate) async fn page(emulator: &Emulator, path: &str) -> Received {
    page_with(emulator, path, &[]).await
}

pub(crate) async fn page_with(emulator: &Emulator, path: &str, headers: &[&str]) -> Received {
    send(emulator, "GET", &format!("/chatgptfree{path}"), headers, b"").await
}

/// The nonce of the chat in a page.
pub(crate) fn nonce_of(page: &str) -> String {
    let chat = page.find("wpaicg-chat").or_else(|| page.find("data-config=")).expect("a chat");
    let marks = ["data-nonce=", "&quot;nonce&quot;:"].into_iter();
    let rest = marks.filter_map(|mark| page[chat..].split_once(mark)).map(|(_, rest)| rest).next().expect("a nonce");
    rest.trim_start_matches("&quot;").trim_start_matches(['"', '\'']).chars().take(10).collect()
}

/// The nonce in the page of plugin 1 (`/`) or 2 (`/v2/`), as it is now.
pub(crate) async fn nonce(emulator: &Emulator, path: &str) -> String {
    nonce_of(&page(emulator, path).await.text())
}

/// A form as the body of a request.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let escaped = |text: &str| {
        let bytes = text.bytes().map(|byte| match byte {
            b' ' => "+".to_owned(),
            byte if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        });
        bytes.collect::<String>()
    };
    fields.iter().map(|(name, value)| [name, "=", &escaped(value)].concat()).collect::<Vec<_>>().join("&")
}

/// Posts a form.
pub(crate) async fn post(emulator: &Emulator, headers: &[&str], fields: &[(&str, &str)]) -> Received {
    let headers = [headers, &["content-type: application/x-www-form-urlencoded; charset=UTF-8"]].concat();
    send(emulator, "POST", AJAX, &headers, form(fields).as_bytes()).await
}

/// Says something to plugin 1, with some more fields.
pub(crate) async fn say(emulator: &Emulator, message: &str, more: &[(&str, &str)]) -> Received {
    let nonce = nonce(emulator, "/").await;
    say_with(emulator, &nonce, message, more).await
}

pub(crate) async fn say_with(emulator: &Emulator, nonce: &str, message: &str, more: &[(&str, &str)]) -> Received {
    let fields = [
        ("_wpnonce", nonce),
        ("post_id", "261"),
        ("url", "https://chat.example.org"),
        ("action", "wpaicg_chat_shortcode_message"),
        ("message", message),
    ];
    post(emulator, &[], &[more, &fields, &[("bot_id", "0")]].concat()).await
}

/// Says something to plugin 1 of a new emulator with these faults.
pub(crate) async fn say_to(faults: &str, message: &str) -> Received {
    say(&with_faults(faults).await, message, &[]).await
}

/// The same to a bot that does not stream.
pub(crate) async fn ask_whole(faults: &str, message: &str) -> Received {
    say(&with_faults(faults).await, message, &[("bot_id", "3405")]).await
}

/// Hands a message in to plugin 2.
pub(crate) async fn hand_in(emulator: &Emulator, nonce: &str, message: &str) -> Received {
    let fields = [
        ("action", "aipkit_cache_sse_message"),
        ("message", message),
        ("_ajax_nonce", nonce),
        ("bot_id", "25871"),
        ("user_client_message_id", "aipkit-client-msg-1"),
    ];
    post(emulator, &[], &fields).await
}

/// Asks for the answer to what was handed in; `fields` go before the usual ones.
pub(crate) async fn answer_to(emulator: &Emulator, nonce: &str, key: &str, fields: &[(&str, &str)]) -> Received {
    let usual = [
        ("action", "aipkit_frontend_chat_stream"),
        ("cache_key", key),
        ("bot_id", "25871"),
        ("session_id", SESSION),
        ("conversation_uuid", CONVERSATION),
        ("post_id", "261"),
        ("_ajax_nonce", nonce),
    ];
    let query = form(&[fields, &usual].concat());
    send(emulator, "GET", &format!("{AJAX}?{query}"), &["accept: text/event-stream"], b"").await
}

/// Says something to plugin 2.
pub(crate) async fn chat(emulator: &Emulator, message: &str, fields: &[(&str, &str)]) -> Received {
    let nonce = nonce(emulator, "/v2/").await;
    let handed_in = hand_in(emulator, &nonce, message).await;
    let key = handed_in.json()["data"]["cache_key"].as_str().expect("a key").to_owned();
    answer_to(emulator, &nonce, &key, fields).await
}

pub(crate) async fn chat_with(faults: &str, message: &str) -> Received {
    chat(&with_faults(faults).await, message, &[]).await
}

/// The deltas of plugin 2, joined.
pub(crate) fn deltas(answer: &Received) -> String {
    events(&answer.text()).iter().filter_map(|event| event["delta"].as_str()).collect()
}

/// The data of the event with this name; nothing if there is none.
pub(crate) fn named(answer: &Received, name: &str) -> Value {
    let text = answer.text();
    let Some((_, rest)) = text.split_once(&format!("event: {name}\n")) else { return Value::Null };
    events(rest).into_iter().next().unwrap_or_default()
}

/// A refusal of plugin 1.
pub(crate) fn refusal(message: &str) -> Value {
    json!({"status": "error", "msg": message})
}
