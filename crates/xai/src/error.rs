use chatstream_core::{Error, ErrorKind, Failure, page_excerpt, quote};
use http::StatusCode;
use serde_json::Value;

use crate::wire;

/// What a refused request means, by its body first and its status after: the service's code words
/// changed in 2026, its statuses are shared by failures that differ.
pub(crate) fn classify(failure: &Failure<'_>) -> Error {
    if let Some(error) = failure.no_answer() {
        return error;
    }
    let Report { code, message } = read(failure.body);
    let message = if message.is_empty() { failure.without_message() } else { message };
    let error = Error::new(kind(Some(failure.status), code.as_deref().unwrap_or_default(), &message), redact(&message));
    with_code(error, code)
}

/// The error that a successful answer turns out to be, in a body or in one event of a stream.
pub(crate) fn in_answer(body: &[u8]) -> Option<Error> {
    let Report { code, message } = read(body);
    if message.is_empty() && code.is_none() {
        return None;
    }
    let kind = kind(None, code.as_deref().unwrap_or_default(), &message);
    Some(with_code(Error::new(kind, redact(&message)), code))
}

/// The error of a text that should have been JSON.
pub(crate) fn no_json(body: &[u8], error: serde_json::Error) -> Error {
    if body.trim_ascii().starts_with(b"<") {
        let message = format!("a web page came instead of the API: {}", page_excerpt(body));
        return Error::new(ErrorKind::Unexpected, message);
    }
    Error::new(ErrorKind::Parse, format!("answer is not the JSON of a chat completion: {}", redact(&quote(body))))
        .with_source(error)
}

/// What an error body says.
struct Report {
    code: Option<String>,
    message: String,
}

/// Reads an error body of any shape: flat `{code, error}`, OpenAI's `{error: {message, code}}`,
/// `{message}` or `{detail}` of other servers of the dialect, or text.
fn read(body: &[u8]) -> Report {
    let Ok(parsed) = serde_json::from_slice::<wire::ErrorBody>(body) else {
        return Report { code: None, message: quote(body) };
    };
    let mut code = word(&parsed.code);
    let mut message = String::new();
    for value in [&parsed.error, &parsed.message, &parsed.detail] {
        if !message.is_empty() {
            break;
        }
        match value {
            Value::Object(members) => {
                let own = [members.get("code"), members.get("type")].into_iter().flatten().find_map(word);
                code = own.or(code);
                message = members.get("message").and_then(word).unwrap_or_else(|| value.to_string());
            }
            Value::Null => {}
            value => message = word(value).unwrap_or_else(|| value.to_string()),
        }
    }
    // An error from further back comes as JSON inside the message.
    if message.trim_start().starts_with('{') {
        if let Ok(Value::Object(_)) = serde_json::from_str(&message) {
            let inner = read(message.as_bytes());
            if !inner.message.is_empty() && inner.message != message {
                return Report { code: inner.code.or(code), message: inner.message };
            }
        }
    }
    Report { code, message: quote(message.as_bytes()) }
}

/// A string that is not empty, or a number, as text.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The kind of a failure. A code that is a number repeats a status.
fn kind(status: Option<StatusCode>, code: &str, message: &str) -> ErrorKind {
    let status = status.or_else(|| code.parse().ok());
    let code = code.to_ascii_lowercase();
    let text = message.to_ascii_lowercase();
    let code_is = |words: &[&str]| words.iter().any(|word| code.starts_with(word));
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["incorrect api key", "invalid api key"]) || code_is(&["unauthenticated", "invalid_api_key"]) {
        return ErrorKind::Unauthorized;
    }
    if says(&["content violates usage guidelines", "safety_check_type"])
        || code_is(&["content_policy", "content_filter"])
    {
        return ErrorKind::Refused;
    }
    if says(&["all available credits", "spending limit"]) || code_is(&["insufficient_quota"]) {
        return ErrorKind::QuotaExhausted;
    }
    // Both spellings: prose until 2026-06, words with hyphens since 2026-08.
    if code_is(&["resource-exhausted", "some resource has been exhausted", "rate_limit"]) {
        return ErrorKind::RateLimited;
    }
    if code_is(&[
        "the service is currently unavailable",
        "unavailable",
        "internal",
        "deadline-exceeded",
        "server_error",
    ]) {
        return ErrorKind::Unavailable;
    }
    if code_is(&["permission-denied", "the caller does not have permission"]) {
        return ErrorKind::Unauthorized;
    }
    if code_is(&[
        "invalid-argument",
        "client specified an invalid argument",
        "not-found",
        "some requested entity was not found",
        "invalid_request_error",
    ]) {
        return ErrorKind::InvalidRequest;
    }
    match status {
        // What a key may not do is refused with either.
        Some(StatusCode::FORBIDDEN) => ErrorKind::Unauthorized,
        Some(status) => ErrorKind::of_status(status),
        None => ErrorKind::Unexpected,
    }
}

fn with_code(error: Error, code: Option<String>) -> Error {
    match code {
        Some(code) => error.with_code(code),
        None => error,
    }
}

/// Takes out what the service quotes of the caller: team ids and pieces of keys.
fn redact(message: &str) -> String {
    message.split(' ').map(|word| if is_private(word) { "[redacted]" } else { word }).collect::<Vec<_>>().join(" ")
}

/// A masked key (`xa***ey`), a key, or a UUID, whatever punctuation stands around it.
fn is_private(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let is_uuid = word.len() == 36
        && word.bytes().enumerate().all(|(i, byte)| match i {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    is_uuid || word.contains("***") || word.len() > 8 && word.starts_with("xai-")
}

#[cfg(test)]
mod tests;
