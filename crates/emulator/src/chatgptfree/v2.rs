//! The plugin's second generation: a message is handed in, and its answer asked for with the key it got.

mod conversations;
mod events;
mod handed_in;
mod refusal;
mod stream;

use http::header::ORIGIN;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;

use super::action::{Action, Asked};
use super::error::{self, JSON};
use super::nonces::Purpose;
use super::{Chatgptfree, plugin, site, wp_json};
use crate::answer::Reply;
use crate::fault::{Fault, Faults};
use crate::json::Object;
use crate::server::Call;
use crate::whole;

use refusal::Refusal;

pub(super) use conversations::Conversations;
pub(super) use handed_in::HandedIn;

const SECURITY: &str = "Security check failed. Please refresh the page and try again.";
const DOMAIN: &str = "This domain is not permitted to access the chatbot.";

/// Answers one of the calls that make a chat.
pub(super) fn answer(service: &Chatgptfree, action: Action, asked: &Asked, call: &Call) -> Reply {
    let old = call.faults.has(&Fault::OldPlugin);
    let refused = |refusal: Refusal| refusal.reply(call);
    match action {
        Action::Stream => stream::answer(service, asked, call),
        Action::HandIn => hand_in(service, asked, call).unwrap_or_else(refused),
        Action::FreshNonce if !old => fresh_nonce(service, asked, call).unwrap_or_else(refused),
        Action::Message if old => message(service, asked, call).unwrap_or_else(refused),
        // Versions that know one of them do not know the other one.
        Action::FreshNonce | Action::Message | Action::Chat => error::nobody(StatusCode::BAD_REQUEST),
    }
}

/// Gives a nonce.
fn fresh_nonce(service: &Chatgptfree, asked: &Asked, call: &Call) -> Result<Reply, Refusal> {
    check_origin(service, &call.head.headers)?;
    if site::bot(asked.body.get("bot_id")).is_none() {
        return Err(Refusal::bad_request("invalid_bot_id", "Invalid chatbot specified."));
    }
    let data = Object::new().text("nonce", &service.nonces.fresh(Purpose::Second)).end();
    Ok(success(&data, &call.faults))
}

/// Keeps a message until its answer is asked for.
fn hand_in(service: &Chatgptfree, asked: &Asked, call: &Call) -> Result<Reply, Refusal> {
    let form = &asked.body;
    check_origin(service, &call.head.headers)?;
    let expired = "Your session has expired or the request is invalid. Please refresh the page and try again.";
    check_nonce(service, asked, call, Refusal::of_nonce(Some("nonce_failure_cache_sse"), expired))?;
    let message = form.get("message").unwrap_or_default();
    let images = images(form.get("image_inputs").unwrap_or_default())?;
    if message.is_empty() && images == 0 {
        let message = "Data to cache (message or image) cannot be empty.";
        return Err(Refusal::bad_request("empty_data_to_cache", message));
    }
    let key = service.handed_in.keep(message, images);
    Ok(success(&Object::new().text("cache_key", &key).end(), &call.faults))
}

/// Answers a message at once.
fn message(service: &Chatgptfree, asked: &Asked, call: &Call) -> Result<Reply, Refusal> {
    let form = &asked.body;
    check_origin(service, &call.head.headers)?;
    check_nonce(service, asked, call, Refusal::of_nonce(None, SECURITY))?;
    let refused = |trouble: stream::Trouble| Refusal::new(StatusCode::BAD_REQUEST, None, trouble.message());
    let place = stream::Place::of(form).map_err(refused)?;
    let message = form.get("message").unwrap_or_default();
    let images = images(form.get("image_inputs").unwrap_or_default())?;
    let answer = stream::Answer::to(service, &place, message, images, &call.faults).map_err(refused)?;
    let text = if call.faults.has(&Fault::NullData) { String::new() } else { answer.text() };
    let data = Object::new().raw("reply", &wp_json::text(&text)).text("message_id", answer.id()).end();
    Ok(success(&data, &call.faults))
}

fn success(data: &str, faults: &Faults) -> Reply {
    let json = Object::new().plain("success", true).raw("data", data).end();
    let warned = match faults.has(&Fault::PhpWarning) {
        true => {
            ["<b>Warning</b>:  Undefined array key in <b>/srv/chat.php</b> on line <b>1</b><br />\n", &json].concat()
        }
        false => json,
    };
    whole::body(warned.into(), HeaderValue::from_static(JSON), faults)
}

/// Lets nobody in from another site.
fn check_origin(service: &Chatgptfree, headers: &HeaderMap) -> Result<(), Refusal> {
    if is_foreign(service, headers) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, Some("cors_denied"), DOMAIN));
    }
    Ok(())
}

fn is_foreign(service: &Chatgptfree, headers: &HeaderMap) -> bool {
    let origin = headers.get(ORIGIN).map(|origin| String::from_utf8_lossy(origin.as_bytes()));
    origin.is_some_and(|origin| !service.site.is_own(&origin))
}

fn check_nonce(service: &Chatgptfree, asked: &Asked, call: &Call, refusal: Refusal) -> Result<(), Refusal> {
    let nonce = asked.body.get("_ajax_nonce").unwrap_or_default();
    if service.nonces.admits(Purpose::Second, nonce, &call.faults) { Ok(()) } else { Err(refusal) }
}

/// How many pictures are shown, by their list.
fn images(list: &str) -> Result<usize, Refusal> {
    if list.is_empty() {
        return Ok(0);
    }
    match serde_json::from_str(list) {
        Ok(Value::Array(images)) => Ok(images.len()),
        _ => Err(Refusal::bad_request("invalid_image_data", "Invalid image data.")),
    }
}

/// The words of an error that a fault asks for, and whether a quota is used up.
fn error_of(faults: &Faults) -> Option<(&'static str, bool)> {
    plugin::error_of(faults).map(|name| (plugin::message(name), name == "token-limit"))
}
