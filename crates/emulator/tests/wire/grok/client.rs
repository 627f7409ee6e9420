//! A client of grok.com that reads what is on the wire.

use chatstream_emulator::Emulator;
use serde_json::{Value, json};

use crate::client::{Received, faulty, plain, send, with};

pub(crate) const CHATS: &str = "/grok/rest/app-chat/conversations";

pub(crate) const COOKIE: &str = "cookie: i18nextLng=en; sso=a.b.c; sso-rw=a.b.c";

/// Sends a request of a signed-in user.
pub(crate) async fn call(emulator: &Emulator, method: &str, path: &str, body: &Value) -> Received {
    call_with(emulator, method, path, &[], body).await
}

pub(crate) async fn call_with(
    emulator: &Emulator,
    method: &str,
    path: &str,
    headers: &[&str],
    body: &Value,
) -> Received {
    let headers = [headers, &[COOKIE, "content-type: application/json"]].concat();
    send(emulator, method, path, &headers, body.to_string().as_bytes()).await
}

pub(crate) async fn get(emulator: &Emulator, path: &str) -> Received {
    send(emulator, "GET", path, &[COOKIE], b"").await
}

/// Says something in a new conversation.
pub(crate) async fn begin(emulator: &Emulator, body: &Value) -> Received {
    call(emulator, "POST", &format!("{CHATS}/new"), body).await
}

/// Says something in a new conversation of a new emulator with these faults.
pub(crate) async fn begin_with(faults: &str, body: &Value) -> Received {
    let emulator = if faults.is_empty() { plain().await } else { faulty(faults).await };
    begin(&emulator, body).await
}

/// Says something in a conversation, after the answer with the id `parent`.
pub(crate) async fn go_on(emulator: &Emulator, id: &str, parent: &str, message: &str) -> Received {
    let body = json!({"message": message, "parentResponseId": parent});
    call(emulator, "POST", &format!("{CHATS}/{id}/responses"), &body).await
}

/// What a client says that leaves all choices to the service.
pub(crate) fn message(text: &str) -> Value {
    json!({
        "temporary": false, "modelName": "grok-3", "message": text, "fileAttachments": [], "imageAttachments": [],
        "disableSearch": false, "enableImageGeneration": true, "returnImageBytes": false, "enableImageStreaming": true,
        "imageGenerationCount": 2, "toolOverrides": {}, "enableSideBySide": true, "sendFinalMetadata": true,
        "customInstructions": "", "deepsearchPreset": "", "isReasoning": false,
    })
}

pub(crate) fn thoughtful(text: &str) -> Value {
    with(message(text), json!({"isReasoning": true}))
}

/// Takes JSON objects off a text, whatever stands between them.
pub(crate) fn objects(text: &str) -> Vec<Value> {
    let mut objects = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find('{') {
        let mut stream = serde_json::Deserializer::from_str(&rest[begin..]).into_iter::<Value>();
        match stream.next() {
            Some(Ok(object)) => objects.push(object),
            _ => break,
        }
        rest = &rest[begin + stream.byte_offset()..];
    }
    objects
}

/// The frames of an answer, each without what it is wrapped in.
pub(crate) fn frames(answer: &Received) -> Vec<Value> {
    let objects = objects(&answer.text()).into_iter();
    objects.map(|object| object["result"].get("response").unwrap_or(&object["result"]).clone()).collect()
}

/// The texts of the answer, or of the thinking before it, joined.
pub(crate) fn tokens(frames: &[Value], thinking: bool) -> String {
    let of_kind = frames.iter().filter(|frame| frame["isThinking"] == thinking);
    of_kind.filter_map(|frame| frame["token"].as_str()).collect()
}

/// The value of a member that one frame has.
pub(crate) fn member(frames: &[Value], name: &str) -> Value {
    frames.iter().find_map(|frame| frame.get(name)).cloned().unwrap_or_default()
}

/// All values of a member.
pub(crate) fn members(frames: &[Value], name: &str) -> Vec<Value> {
    frames.iter().filter_map(|frame| frame.get(name)).cloned().collect()
}

/// The ids of the conversation and of the answer.
pub(crate) fn ids(answer: &Received) -> (String, String) {
    let frames = frames(answer);
    let text = |value: Value| value.as_str().expect("an id").to_owned();
    (
        text(member(&frames, "conversation")["conversationId"].clone()),
        text(member(&frames, "modelResponse")["responseId"].clone()),
    )
}
