use chatstream_core::{Error, ErrorKind, Failure, quote};
use http::StatusCode;
use serde_json::Value;

use crate::wire::ErrorBody;

/// What a refused call of the API means.
pub(crate) fn classify(failure: &Failure<'_>) -> Error {
    if let Some(error) = failure.no_answer() {
        return error;
    }
    let (_, message) = read(failure);
    Error::new(kind(failure.status, &message), message)
}

/// What a refused token call means. Its code tells more than its status, which varies.
pub(crate) fn classify_token(failure: &Failure<'_>) -> Error {
    if let Some(error) = failure.no_answer() {
        return error;
    }
    let (code, message) = read(failure);
    let (kind, what) = match code {
        Some(1) => (ErrorKind::Config, "the scope is unknown to the service"),
        Some(4) => {
            (ErrorKind::Config, "the authorization key is not base64 of client id and secret, or the scheme is wrong")
        }
        Some(5) => (ErrorKind::Config, "the scope is empty"),
        Some(6) => (ErrorKind::Unauthorized, "the authorization key is unknown or revoked"),
        Some(7) => (ErrorKind::Config, "the authorization key belongs to another scope"),
        _ => return Error::new(kind(failure.status, &message), format!("token call refused: {message}")),
    };
    let code = code.map(|code| code.to_string()).unwrap_or_default();
    Error::new(kind, format!("{what}: {message}")).with_code(code)
}

/// The error that stands in an answer's place, in a body or in one event of a stream.
pub(crate) fn in_answer(body: &[u8]) -> Error {
    let parsed: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let status = parsed.status.and_then(|status| StatusCode::from_u16(u16::try_from(status).ok()?).ok());
    let message = words(&parsed).unwrap_or_else(|| quote(body));
    match status {
        Some(status) => Error::new(kind(status, &message), message).with_status(status),
        None => Error::new(ErrorKind::Unexpected, message),
    }
}

/// Code and message of a refusal. `status` may be missing; so may everything.
fn read(failure: &Failure<'_>) -> (Option<u64>, String) {
    let parsed: ErrorBody = serde_json::from_slice(failure.body).unwrap_or_default();
    let message = words(&parsed).or_else(|| Some(quote(failure.body)).filter(|text| !text.is_empty() && text != "{}"));
    (parsed.code, message.unwrap_or_else(|| failure.without_message()))
}

fn words(body: &ErrorBody) -> Option<String> {
    [&body.message, &body.error].into_iter().flatten().find_map(|value| match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Object(members) => members.get("message").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    })
}

fn kind(status: StatusCode, message: &str) -> ErrorKind {
    match status.as_u16() {
        // Without a user agent the gateway says so, as of a wrong key; this client always sends one.
        403 => ErrorKind::Unauthorized,
        200..=299 if message == "Unauthorized" => ErrorKind::Unauthorized,
        _ => ErrorKind::of_status(status),
    }
}

#[cfg(test)]
mod tests;
