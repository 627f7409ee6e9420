use std::borrow::Cow;

use chatstream_core::{Error, ErrorKind, Failure, page_excerpt, quote};
use http::StatusCode;
use serde_json::Value;

use crate::page;
use crate::wire::{self, Data, ProviderError, Record, read};

/// What a refused call means, by the form of its body first and its status after: the plugin answers 200
/// to most failures, and texts are translated.
pub(crate) fn classify(failure: &Failure<'_>) -> Error {
    if let Some(error) = failure.challenge() {
        return error;
    }
    if let Some(error) = of_wordpress(failure.body, Some(failure.status)) {
        return error;
    }
    if let Some(error) = wire::record(failure.body).and_then(|record| in_record(&record, Some(failure.status))) {
        return error;
    }
    if let Some(error) = failure.no_answer() {
        return error;
    }
    let message = if failure.body.trim_ascii().is_empty() { failure.without_message() } else { excerpt(failure.body) };
    judge(message, None, Some(failure.status))
}

/// What a refused page means. It is no refusal of a nonce, so it is never `Unauthorized`.
pub(crate) fn page(failure: &Failure<'_>) -> Error {
    if let Some(error) = failure.challenge() {
        return error;
    }
    let kind = failure.no_answer().map_or_else(|| ErrorKind::of_status(failure.status), |error| error.kind());
    let kind = match kind {
        ErrorKind::Unauthorized => ErrorKind::Blocked,
        ErrorKind::InvalidRequest => ErrorKind::Unexpected,
        kind => kind,
    };
    let text = excerpt(failure.body);
    let without = failure.without_message();
    let message = if text.is_empty() { without } else { format!("the page with the chat does not come: {text}") };
    Error::new(kind, message)
}

/// The failure that an object of an answer is, or `None`.
pub(crate) fn in_record(record: &Record<'_>, status: Option<StatusCode>) -> Option<Error> {
    let text = |raw| read::<String>(raw).filter(|text| !text.trim().is_empty());
    let message = || text(record.msg).or_else(|| text(record.message));
    let flags = [
        (record.token_limit_reached, ErrorKind::QuotaExhausted, "tokenLimitReached"),
        (record.message_flagged, ErrorKind::Refused, "messageFlagged"),
        (record.ip_banned, ErrorKind::Blocked, "ipBanned"),
        (record.modflag, ErrorKind::Refused, "modflag"),
        (record.pinecone_error, ErrorKind::Unavailable, "pineconeError"),
    ];
    let is_set = |raw| read::<Value>(raw).is_some_and(|flag| wire::is_true(&flag));
    if let Some((_, kind, flag)) = flags.into_iter().find(|(raw, _, _)| is_set(*raw)) {
        let message = message().map_or_else(|| flag.to_owned(), |message| excerpt(message.as_bytes()));
        return Some(Error::new(kind, message).with_code(flag));
    }
    if let Some(error) = read::<Value>(record.error).filter(|error| !error.is_null()) {
        return Some(of_provider(&error, record, status));
    }
    if read::<bool>(record.success) == Some(false) {
        let data = read::<Data>(record.data).unwrap_or_default();
        let message = data.message.or_else(|| text(record.data)).or_else(message).unwrap_or_default();
        // On this path a 403 without a word of its own is the check of the nonce.
        let is_check = status == Some(StatusCode::FORBIDDEN) && data.code.is_none() && hint(&message).is_none();
        let error = judge(excerpt(message.as_bytes()), data.code, status);
        return Some(if is_check { nonce(error.message()) } else { error });
    }
    let has_failed = match text(record.status) {
        Some(word) => word != "success",
        None => record.data.is_none() && record.choices.is_none() && record.delta.is_none() && message().is_some(),
    };
    let code = || text(record.code).or_else(|| text(record.kind));
    has_failed.then(|| judge(excerpt(message().unwrap_or_default().as_bytes()), code(), status))
}

/// The failure that an `error` event of v2 tells.
pub(crate) fn in_event(record: &Record<'_>) -> Error {
    let message = match read::<Value>(record.error) {
        Some(Value::String(message)) => message,
        Some(Value::Object(members)) => members.get("message").and_then(Value::as_str).unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let message = excerpt(message.as_bytes());
    match record.quota_notice {
        Some(_) => Error::new(ErrorKind::QuotaExhausted, message).with_code("quota_notice"),
        None => judge(message, None, None),
    }
}

/// The failure that the plugin tells word by word, as if the model spoke.
pub(crate) fn spoken(words: &str, is_limit: bool) -> Error {
    let message = excerpt(words.as_bytes());
    let kind = hint(&message).unwrap_or(if is_limit { ErrorKind::QuotaExhausted } else { ErrorKind::Unavailable });
    Error::new(kind, or_silent(message))
}

/// The failure of an answer that has no text in it.
pub(crate) fn empty() -> Error {
    Error::new(ErrorKind::Unavailable, "the site answered without any text")
}

/// The failure of an answer that is neither events nor JSON.
pub(crate) fn no_answer(body: &[u8]) -> Error {
    if let Some(error) = of_wordpress(body, None) {
        return error;
    }
    let text = excerpt(body);
    if !body.trim_ascii().starts_with(b"<") {
        return Error::new(ErrorKind::Unexpected, format!("answer is neither events nor JSON: {text}"));
    }
    let lower = text.to_ascii_lowercase();
    let is_challenge = ["just a moment", "attention required", "access denied"].iter().any(|mark| lower.contains(mark));
    let kind = if is_challenge { ErrorKind::Blocked } else { ErrorKind::Unexpected };
    Error::new(kind, format!("a web page came instead of an answer: {text}"))
}

/// The replies that WordPress itself gives in place of a plugin.
pub(crate) fn of_wordpress(body: &[u8], status: Option<StatusCode>) -> Option<Error> {
    match body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body).trim_ascii() {
        b"-1" => return Some(nonce("-1").with_code("-1")),
        b"0" => {
            let message =
                "the site has nobody who takes this message: its plugin is absent, renamed or of another generation";
            return Some(Error::new(ErrorKind::InvalidRequest, message).with_code("0"));
        }
        _ => {}
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(16 * 1024)]);
    // The page "The link you followed has expired." has, in every language, a link to try again; the other
    // refusals that WordPress gives with 403 have none.
    let is_refusal = text.contains("wp-die-message") || text.contains("id=\"error-page\"") || !body.starts_with(b"<");
    let is_expired = status == Some(StatusCode::FORBIDDEN) && is_refusal && text.contains("<a href=");
    (is_expired || text.contains(EXPIRED)).then(|| nonce(&page_text(&text)))
}

const EXPIRED: &str = "The link you followed has expired.";

/// The error of a nonce that is refused, with what the site says of it.
fn nonce(said: &str) -> Error {
    Error::new(ErrorKind::Unauthorized, format!("the site refuses the nonce of its page: {said}"))
}

/// The error of the site's own provider: a text, or an object with a message, a code and a type.
fn of_provider(error: &Value, record: &Record<'_>, status: Option<StatusCode>) -> Error {
    let text = |raw| read::<String>(raw).filter(|text| !text.is_empty());
    match error {
        Value::Object(_) => {
            let error: ProviderError = serde_json::from_value(error.clone()).unwrap_or_default();
            let message = excerpt(error.message.unwrap_or_default().as_bytes());
            let by_type = error.kind.as_deref().and_then(kind_of_code);
            let error_code = error.code.or(error.kind);
            let judged = judge(message, error_code.clone(), status);
            match by_type.filter(|_| error_code.as_deref().and_then(kind_of_code).is_none()) {
                Some(kind) => with_code(Error::new(kind, judged.message().to_owned()), error_code),
                None => judged,
            }
        }
        Value::String(message) => judge(excerpt(message.as_bytes()), text(record.code), status),
        other => judge(excerpt(other.to_string().as_bytes()), text(record.code), status),
    }
}

/// Kind and words of a failure: by its code, by a status that leaves no doubt, by a hint in its text, and by
/// its status as it is.
fn judge(message: String, code: Option<String>, status: Option<StatusCode>) -> Error {
    let sure = status.filter(|status| matches!(status.as_u16(), 401 | 402 | 404 | 429 | 500..=599));
    let kind = code
        .as_deref()
        .and_then(kind_of_code)
        .or_else(|| sure.map(ErrorKind::of_status))
        .or_else(|| hint(&message))
        .or_else(|| status.filter(|status| !status.is_success()).map(ErrorKind::of_status))
        .unwrap_or(ErrorKind::Unavailable);
    // A 401 asks for an account: WordPress refuses no nonce that way.
    let is_nonce = kind == ErrorKind::Unauthorized && status != Some(StatusCode::UNAUTHORIZED);
    with_code(if is_nonce { nonce(&message) } else { Error::new(kind, or_silent(message)) }, code)
}

fn with_code(error: Error, code: Option<String>) -> Error {
    match code {
        Some(code) => error.with_code(quote(code.as_bytes())),
        None => error,
    }
}

fn or_silent(message: String) -> Cow<'static, str> {
    if message.is_empty() { "the site gives no reason".into() } else { message.into() }
}

/// The codes of the plugin, and of the providers that sites use.
fn kind_of_code(code: &str) -> Option<ErrorKind> {
    use ErrorKind::{
        Blocked, InvalidRequest, QuotaExhausted, RateLimited, Refused, Unauthorized, Unavailable, Unexpected,
    };
    Some(match code {
        "nonce_failure_cache_sse" | "nonce_failure" => Unauthorized,
        "cors_denied" | "embed_not_available" => Blocked,
        "empty_data_to_cache" | "context_length_exceeded" => InvalidRequest,
        "insufficient_quota" | "billing_hard_limit_reached" => QuotaExhausted,
        "rate_limit_exceeded" | "rate_limit_error" | "requests" | "tokens" => RateLimited,
        "content_filter" | "content_policy_violation" => Refused,
        // It is the site's own key, and no nonce helps.
        "invalid_api_key" | "authentication_error" | "model_not_found" => Unexpected,
        "server_error" | "api_error" | "overloaded_error" => Unavailable,
        _ => return None,
    })
}

/// What a text hints at, where nothing else tells: in English, as the plugin and the providers have it.
fn hint(message: &str) -> Option<ErrorKind> {
    let text = message.to_ascii_lowercase();
    HINTS.iter().find(|(marks, _)| marks.iter().any(|mark| text.contains(mark))).map(|(_, kind)| *kind)
}

const HINTS: &[(&[&str], ErrorKind)] = &[
    (&["nonce", "security check failed", "session has expired"], ErrorKind::Unauthorized),
    (&["token limit", "current quota", "usage limit", "message limit"], ErrorKind::QuotaExhausted),
    (&["rate limit", "too many requests"], ErrorKind::RateLimited),
    (&["prohibited word", "flagged", "content policy", "content management policy"], ErrorKind::Refused),
    (&["not allowed to access", "banned"], ErrorKind::Blocked),
    (
        &["nothing was inputted", "cannot be empty", "invalid chatbot", "id is missing", "maximum context length"],
        ErrorKind::InvalidRequest,
    ),
    (&["api key"], ErrorKind::Unexpected),
];

/// The beginning of a text on one line, without tags and with entities read; of a page, its title.
pub(crate) fn excerpt(text: &[u8]) -> String {
    let is_page = text.trim_ascii().starts_with(b"<");
    let title = if is_page { page_excerpt(text) } else { String::new() };
    if !title.is_empty() {
        return page_text(&title);
    }
    let head = String::from_utf8_lossy(&text[..text.len().min(16 * 1024)]);
    page_text(&head)
}

fn page_text(html: &str) -> String {
    if html.contains(['<', '&']) { quote(page::text(html).as_bytes()) } else { quote(html.as_bytes()) }
}

#[cfg(test)]
mod tests;
