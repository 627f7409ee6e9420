use std::borrow::Cow;

use chatstream_core::{Error, ErrorKind, Failure, quote};
use http::StatusCode;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::wire::{Frame, read};

/// What a refused call means: the marks in its text tell most, then its code, then its status, because
/// one 403 is a missing login and the next one a refusal of this client.
pub(crate) fn classify(failure: &Failure<'_>) -> Error {
    if let Some(error) = failure.no_answer() {
        return error;
    }
    let said = Said::read(failure.body);
    let message = match said.message {
        Some(message) => message,
        None if failure.body.trim_ascii().is_empty() || failure.body.trim_ascii() == b"{}" => failure.without_message(),
        None => quote(failure.body),
    };
    judge(message, said.code, Some(failure.status))
}

/// The failure that a frame of a stream is, or a whole answer; `None` when it is none.
pub(crate) fn in_frame(frame: &Frame<'_>) -> Option<Error> {
    let is_flat = frame.result.is_none() && frame.code.is_some() && frame.message.is_some();
    if frame.error.is_none() && !is_flat {
        return None;
    }
    let said = Said::of(frame);
    let message = said.message.or_else(|| Some(quote(frame.error?.get().as_bytes())));
    Some(judge(message.unwrap_or_default(), said.code, None))
}

/// The failure that stands in an answer's place, for calls other than a chat.
pub(crate) fn in_answer(body: &[u8]) -> Option<Error> {
    in_frame(&serde_json::from_slice(body).ok()?)
}

/// An error within an answer (`error`, `streamErrors[]`): a text, or an object with a message, a
/// severity and one member that names the kind. `None` for a tool's failure that the answer outlives.
pub(crate) fn in_response(error: &Value) -> Option<Error> {
    let message = match error {
        Value::Null => return None,
        Value::String(text) if text.is_empty() => return None,
        Value::String(text) => quote(text.as_bytes()),
        error => error
            .get("message")
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
            .map_or_else(|| quote(error.to_string().as_bytes()), |text| quote(text.as_bytes())),
    };
    let named = error.as_object().and_then(|members| {
        members.iter().find_map(|(name, value)| Some((name, detail(name).filter(|_| !value.is_null())?)))
    });
    match named {
        Some((_, Detail::Tool)) if error.get("severity").and_then(Value::as_str) != Some(FATAL) => None,
        Some((name, Detail::Tool)) => Some(Error::new(ErrorKind::Unavailable, message).with_code(name.clone())),
        Some((name, Detail::Kind(kind))) => Some(Error::new(kind, message).with_code(name.clone())),
        None => {
            let code = error.get("code").and_then(|code| match code {
                Value::Number(code) => Some(code.to_string()),
                Value::String(code) => Some(code.clone()),
                _ => None,
            });
            Some(judge(message, code, None))
        }
    }
}

/// The errors of a list of them, the first one that counts.
pub(crate) fn in_responses(errors: Option<&RawValue>) -> Option<Error> {
    read::<Vec<Value>>(errors)?.iter().find_map(in_response)
}

const FATAL: &str = "STREAM_ERROR_SEVERITY_FATAL";

/// What a member of a stream error tells.
enum Detail {
    Kind(ErrorKind),
    /// A tool failed; the answer may go on.
    Tool,
}

fn detail(member: &str) -> Option<Detail> {
    use ErrorKind::{InvalidRequest, QuotaExhausted, RateLimited, Refused, Unavailable};
    Some(match member {
        "globalRateLimit" | "usageLimitReached" | "concurrencyLimit" => Detail::Kind(RateLimited),
        "usagePoolExhausted" => Detail::Kind(QuotaExhausted),
        "modelNotAvailable" | "systemKillSwitch" | "internalError" | "requestCancelled" => Detail::Kind(Unavailable),
        "beyondContextLength" | "userPromptTooLong" => Detail::Kind(InvalidRequest),
        "contentModerated" | "attachmentModerated" => Detail::Kind(Refused),
        "attachmentImageTooLarge" | "attachmentFileTooLarge" | "attachmentTooManyPages" | "attachmentLoadFailed" => {
            Detail::Kind(InvalidRequest)
        }
        "toolCallFailed" | "renderToolFailed" | "renderToolRateLimited" | "renderPerMessageLimitExceeded" => {
            Detail::Tool
        }
        _ => return None,
    })
}

/// What a failure says of itself.
#[derive(Default)]
struct Said {
    code: Option<String>,
    message: Option<String>,
}

impl Said {
    fn read(body: &[u8]) -> Self {
        serde_json::from_slice(body).map(|frame| Self::of(&frame)).unwrap_or_default()
    }

    fn of(frame: &Frame<'_>) -> Self {
        let inner = read::<Value>(frame.error);
        let member = |name: &str, outer: Option<&RawValue>| {
            let inner = inner.as_ref().and_then(|error| error.get(name)).filter(|value| !value.is_null());
            inner.cloned().or_else(|| read(outer))
        };
        let code = member("code", frame.code).and_then(|code| match code {
            Value::Number(code) => Some(code.to_string()),
            Value::String(code) => Some(code),
            _ => None,
        });
        let bare = inner.as_ref().and_then(Value::as_str).map(str::to_owned);
        let message = member("message", frame.message).and_then(|message| message.as_str().map(str::to_owned)).or(bare);
        Self { code, message: message.filter(|text| !text.is_empty()).map(|text| quote(text.as_bytes())) }
    }
}

/// Kind and words of a failure by its text, its code and its status, in this order.
fn judge(message: String, code: Option<String>, status: Option<StatusCode>) -> Error {
    let text = format!("{} {message}", code.as_deref().unwrap_or_default()).to_ascii_lowercase();
    let marked = MARKS.iter().find(|(marks, _, _)| marks.iter().any(|mark| text.contains(mark)));
    let (kind, what) = match marked {
        Some((_, kind, what)) => (*kind, *what),
        None => {
            let by_code = code.as_deref().and_then(|code| code.parse().ok()).and_then(kind_of_code);
            let kind = by_code.or_else(|| status.map(ErrorKind::of_status)).unwrap_or(ErrorKind::Unexpected);
            (kind, if kind == ErrorKind::Blocked { "the site refuses the request" } else { "" })
        }
    };
    let message: Cow<'static, str> = match (what, message.is_empty()) {
        ("", false) => message.into(),
        ("", true) => "the site gives no reason".into(),
        (what, true) => what.into(),
        (what, false) => format!("{what}: {message}").into(),
    };
    let error = Error::new(kind, message);
    match code {
        Some(code) => error.with_code(quote(code.as_bytes())),
        None => error,
    }
}

/// Marks in a failure's text, in lower case, and what they mean. Those of an account come before those
/// of a login, because both words can stand in one text.
const MARKS: &[(&[&str], ErrorKind, &str)] = &[
    (&["anti-bot"], ErrorKind::Blocked, "the site refuses this client as a bot"),
    (
        &["blocked-user", "user is blocked", "suspended", "email-domain-rejected"],
        ErrorKind::Blocked,
        "the account is blocked",
    ),
    (
        &["not available in your region", "not available in your country"],
        ErrorKind::Blocked,
        "the region is not served",
    ),
    (
        &["just a moment", "cf-mitigated", "challenge-error-text", "attention required"],
        ErrorKind::Blocked,
        "the site's edge wants a browser to pass a check",
    ),
    (
        &[
            "unauthenticated:",
            "invalid-credentials",
            "no-credentials",
            "bad-credentials",
            "failed to look up session",
            "no credentials presented",
            "token revoked",
            "token has been revoked",
            "token expired",
            "token has expired",
            "session expired",
        ],
        ErrorKind::Unauthorized,
        "the session is missing or has ended",
    ),
    (&["usage limit", "too many requests", "rate limit"], ErrorKind::RateLimited, ""),
    (&["content moderated", "content-moderated"], ErrorKind::Refused, ""),
];

/// The codes of gRPC (`google.rpc.Code`).
fn kind_of_code(code: u64) -> Option<ErrorKind> {
    Some(match code {
        3 | 5 | 6 | 9 | 11 | 12 => ErrorKind::InvalidRequest,
        7 => ErrorKind::Blocked,
        8 => ErrorKind::RateLimited,
        1 | 2 | 4 | 10 | 13 | 14 => ErrorKind::Unavailable,
        16 => ErrorKind::Unauthorized,
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
