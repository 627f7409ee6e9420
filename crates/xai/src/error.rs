use chatstream_core::{Error, ErrorKind, Failure, display_address, quote};
use http::StatusCode;
use http::header::{CONTENT_TYPE, LOCATION};
use serde_json::Value;

use crate::wire;

/// What a refused request means, by its body first and its status after: the service's code words
/// changed in 2026, its statuses are shared by failures that differ.
pub(crate) fn classify(failure: &Failure<'_>) -> Error {
    if is_page(failure) {
        return page(failure);
    }
    if failure.status.is_redirection() {
        return redirect(failure);
    }
    let Report { code, message } = read(failure.body);
    let message = if message.is_empty() {
        let reason = failure.status.canonical_reason().unwrap_or("no reason").to_lowercase();
        format!("{} answered {reason} without a message", display_address(failure.address))
    } else {
        message
    };
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
        let message = format!("a web page came instead of the API: {}", page_text(body));
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
    let status = status.map(|status| status.as_u16()).or_else(|| code.parse().ok());
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
        Some(401 | 403) => ErrorKind::Unauthorized,
        Some(402) => ErrorKind::QuotaExhausted,
        Some(425 | 429) => ErrorKind::RateLimited,
        // Cloudflare's own: the certificate of the server behind it is wrong, which stays so.
        Some(525 | 526) => ErrorKind::Unexpected,
        Some(500..=599) => ErrorKind::Unavailable,
        Some(408) => ErrorKind::Unexpected,
        Some(400..=499) => ErrorKind::InvalidRequest,
        _ => ErrorKind::Unexpected,
    }
}

fn with_code(error: Error, code: Option<String>) -> Error {
    match code {
        Some(code) => error.with_code(code),
        None => error,
    }
}

fn is_page(failure: &Failure<'_>) -> bool {
    let content_type = failure.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.to_ascii_lowercase().starts_with("text/html") || failure.body.trim_ascii().starts_with(b"<")
}

/// A page instead of the API: from an edge that blocks or is broken, or from another server.
fn page(failure: &Failure<'_>) -> Error {
    let text = page_text(failure.body);
    let is_challenge = ["just a moment", "attention required", "access denied"]
        .iter()
        .any(|mark| text.to_ascii_lowercase().contains(mark));
    let kind = match failure.status.as_u16() {
        _ if is_challenge => ErrorKind::Blocked,
        401 | 403 | 451 => ErrorKind::Blocked,
        429 => ErrorKind::RateLimited,
        525 | 526 => ErrorKind::Unexpected,
        500..=599 => ErrorKind::Unavailable,
        _ => ErrorKind::Unexpected,
    };
    Error::new(kind, format!("{} answered with a web page, not the API: {text}", display_address(failure.address)))
}

fn redirect(failure: &Failure<'_>) -> Error {
    let location = failure.headers.get(LOCATION).and_then(|value| value.to_str().ok()).and_then(|url| url.parse().ok());
    let target = location.as_ref().map_or_else(|| "elsewhere".to_owned(), display_address);
    let message = format!("{} redirects to {target}, and redirects are not followed", display_address(failure.address));
    Error::new(ErrorKind::Unexpected, message)
}

/// The title of a page, or the beginning of its text without tags.
fn page_text(body: &[u8]) -> String {
    let page = String::from_utf8_lossy(body);
    let lower = page.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|at| {
        let from = at + lower[at..].find('>')? + 1;
        let to = from + lower[from..].find('<')?;
        Some(&page[from..to])
    });
    if let Some(title) = title.filter(|title| !title.trim().is_empty()) {
        return quote(title.as_bytes());
    }
    let mut text = String::new();
    let mut in_tag = false;
    for c in page.chars() {
        match c {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                text.push(' ');
            }
            c if !in_tag => text.push(c),
            _ => {}
        }
    }
    quote(text.as_bytes())
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
