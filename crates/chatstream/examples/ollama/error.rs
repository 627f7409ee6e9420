use chatstream::core::{Failure, quote};
use chatstream::{Error, ErrorKind};
use http::StatusCode;
use serde_json::Value;

/// What a refused request means: its body is `{"error":"…"}`. <https://docs.ollama.com/api/errors>, seen 2026-11.
pub(crate) fn classify(failure: &Failure<'_>) -> Error {
    if let Some(error) = failure.no_answer() {
        return error;
    }
    let body: Option<Value> = serde_json::from_slice(failure.body).ok();
    let message = match body.as_ref().and_then(|body| body.get("error")) {
        Some(error) => text(error),
        None => quote(failure.body),
    };
    let kind = kind(Some(failure.status), &message);
    Error::new(kind, if message.is_empty() { failure.without_message() } else { message })
}

/// The error that an answer turns out to be, at its begin or in its middle, where the status is 200.
pub(crate) fn in_answer(error: &Value) -> Error {
    let message = text(error);
    Error::new(kind(None, &message), message)
}

fn text(error: &Value) -> String {
    match error.as_str() {
        Some(text) => quote(text.as_bytes()),
        None => quote(error.to_string().as_bytes()),
    }
}

/// There are no codes, so the words decide where the status does not.
fn kind(status: Option<StatusCode>, message: &str) -> ErrorKind {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["usage limit"]) {
        return ErrorKind::QuotaExhausted;
    }
    match status.map(|status| status.as_u16()) {
        Some(401 | 403) => ErrorKind::Unauthorized,
        Some(402) => ErrorKind::QuotaExhausted,
        Some(429) => ErrorKind::RateLimited,
        Some(400..=499) => ErrorKind::InvalidRequest,
        Some(500..=599) => ErrorKind::Unavailable,
        None if says(&["not found", "does not support", "invalid"]) => ErrorKind::InvalidRequest,
        None => ErrorKind::Unavailable,
        Some(_) => ErrorKind::Unexpected,
    }
}
