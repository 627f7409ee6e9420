use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

/// A `Result` whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a source of an [`Error`] looks like.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// The longest piece of a provider's error body that a message quotes, in bytes.
///
/// Long enough for every error text seen, short enough for a log line.
pub const QUOTE_LIMIT: usize = 512;

/// What failed, in one type for every provider.
///
/// [`kind`](Error::kind) answers what the caller can do now; the message names the thing that
/// failed; the cause, when there is one, is in [`source`](StdError::source) and not repeated in
/// the message. No secret and no request body is ever part of an error.
///
/// ```
/// use chatstream_core::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::RateLimited, "too many requests").with_provider("xai");
/// assert!(error.is_retryable());
/// assert_eq!(error.to_string(), "xai: rate limited: too many requests");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    provider: Option<&'static str>,
    status: Option<StatusCode>,
    code: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    source: Option<BoxError>,
}

/// What the caller can do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting is wrong or missing: fix it. Nothing was sent.
    Config,
    /// This provider cannot do what was asked, or refused the request's form. Not retryable.
    InvalidRequest,
    /// The credentials were refused or have run out. Not retryable.
    Unauthorized,
    /// A challenge, a region page or a block came instead of the API. Not retryable.
    Blocked,
    /// A content filter or moderation refused the request or the answer. Not retryable.
    Refused,
    /// Credits or the plan are used up: waiting does not help. Not retryable.
    QuotaExhausted,
    /// Too many requests: wait [`retry_after`](Error::retry_after), if given. Retryable.
    RateLimited,
    /// The provider is at fault (5xx, overloaded). Retryable.
    Unavailable,
    /// Name, socket or TLS failed; nothing was received. Retryable.
    Connect,
    /// A wait was longer than its limit; the message says which. Retryable.
    Timeout,
    /// The bytes stopped before the end; chunks already given stand. Retryable from the start.
    Interrupted,
    /// The framing is broken: a line too long, or text that is not UTF-8. Not retryable.
    Decode,
    /// Well framed, but not the JSON this crate knows. Not retryable.
    Parse,
    /// None of the other kinds; the source tells more. Not retryable.
    Unexpected,
}

impl ErrorKind {
    /// The name in snake case: stable, the same as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::InvalidRequest => "invalid_request",
            Self::Unauthorized => "unauthorized",
            Self::Blocked => "blocked",
            Self::Refused => "refused",
            Self::QuotaExhausted => "quota_exhausted",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::Decode => "decode",
            Self::Parse => "parse",
            Self::Unexpected => "unexpected",
        }
    }

    /// What a refusal of this status means, where nothing else tells.
    pub fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthorized,
            402 => Self::QuotaExhausted,
            403 | 451 => Self::Blocked,
            425 | 429 => Self::RateLimited,
            408 => Self::Unexpected,
            400..=499 => Self::InvalidRequest,
            // Cloudflare's own: the certificate of the server behind it is wrong, which stays so.
            525 | 526 => Self::Unexpected,
            500..=599 => Self::Unavailable,
            _ => Self::Unexpected,
        }
    }

    /// Whether the same request may succeed when it is sent again.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable | Self::Connect | Self::Timeout | Self::Interrupted)
    }
}

impl fmt::Display for ErrorKind {
    /// The name in words: `rate limited`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, word) in self.as_str().split('_').enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(word)?;
        }
        Ok(())
    }
}

impl Error {
    /// An error of this kind. The message is in lower case, without a full stop and without advice.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            provider: None,
            status: None,
            code: None,
            request_id: None,
            retry_after: None,
            source: None,
        }))
    }

    /// Names the provider the error came from.
    #[must_use]
    pub fn with_provider(mut self, provider: &'static str) -> Self {
        self.0.provider = Some(provider);
        self
    }

    /// Adds the HTTP status of the refused request.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Adds the provider's own code for the failure.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// Adds the id that the provider gave the request.
    #[must_use]
    pub fn with_request_id(mut self, request_id: impl Into<String>) -> Self {
        self.0.request_id = Some(request_id.into());
        self
    }

    /// Adds how long the provider asks to wait.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Duration) -> Self {
        self.0.retry_after = Some(retry_after);
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same for another caller: all but the cause, which has one owner.
    pub(crate) fn without_source(&self) -> Self {
        let Inner { kind, message, provider, status, code, request_id, retry_after, source: _ } = &*self.0;
        Self(Box::new(Inner {
            kind: *kind,
            message: message.clone(),
            provider: *provider,
            status: *status,
            code: code.clone(),
            request_id: request_id.clone(),
            retry_after: *retry_after,
            source: None,
        }))
    }

    /// What the caller can do now.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What failed, without the kind and the provider.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The provider it came from.
    pub fn provider(&self) -> Option<&'static str> {
        self.0.provider
    }

    /// The HTTP status, when an answer came. It is 200 for a refusal inside a successful answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The provider's own code, in its spelling.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The id that the provider gave the request: quote it to its support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long the provider asks to wait before the next request.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the same request may succeed when it is sent again: the kind's answer.
    pub fn is_retryable(&self) -> bool {
        self.0.kind.is_retryable()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(provider) = self.0.provider {
            write!(f, "{provider}: ")?;
        }
        write!(f, "{}: {}", self.0.kind, self.0.message)?;
        match (self.0.status, &self.0.code) {
            (Some(status), Some(code)) => write!(f, " (status {}, code {code})", status.as_u16()),
            (Some(status), None) => write!(f, " (status {})", status.as_u16()),
            (None, Some(code)) => write!(f, " (code {code})"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug.field("kind", &self.0.kind).field("message", &self.0.message);
        if let Some(provider) = &self.0.provider {
            debug.field("provider", provider);
        }
        if let Some(status) = &self.0.status {
            debug.field("status", &status.as_u16());
        }
        if let Some(code) = &self.0.code {
            debug.field("code", code);
        }
        if let Some(request_id) = &self.0.request_id {
            debug.field("request_id", request_id);
        }
        if let Some(retry_after) = &self.0.retry_after {
            debug.field("retry_after", retry_after);
        }
        if let Some(source) = &self.0.source {
            debug.field("source", source);
        }
        debug.finish()
    }
}

/// An error as JSON, beside the chunks it ends: `{"type":"error","kind":"rate_limited",…}`. What is
/// not known is left out; the time to wait is in seconds; the cause stays out.
#[cfg(feature = "serde")]
impl serde::Serialize for Error {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        #[serde(tag = "type", rename = "error")]
        struct Json<'a> {
            kind: ErrorKind,
            message: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            provider: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            status: Option<u16>,
            #[serde(skip_serializing_if = "Option::is_none")]
            code: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            request_id: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none", serialize_with = "seconds")]
            retry_after: Option<Duration>,
        }

        /// Whole seconds are written without a fraction.
        fn seconds<S: serde::Serializer>(wait: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
            match wait {
                Some(wait) if wait.subsec_nanos() == 0 => serializer.serialize_u64(wait.as_secs()),
                wait => wait.map(|wait| wait.as_secs_f64()).serialize(serializer),
            }
        }

        let json = Json {
            kind: self.kind(),
            message: self.message(),
            provider: self.provider(),
            status: self.status().map(|status| status.as_u16()),
            code: self.code(),
            request_id: self.request_id(),
            retry_after: self.retry_after(),
        };
        json.serialize(serializer)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// An error and all that caused it, also what an I/O error wraps but hides from `source`.
pub(crate) fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&current| {
        match current.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => current.source(),
        }
    })
}

/// A piece of a provider's text that is fit for a message: at most [`QUOTE_LIMIT`] bytes, on one
/// line, cut between characters.
///
/// ```
/// assert_eq!(chatstream_core::quote(b" two\n lines "), "two lines");
/// ```
pub fn quote(body: &[u8]) -> String {
    let head = &body[..body.len().min(4 * QUOTE_LIMIT)];
    let text = String::from_utf8_lossy(head);
    let mut quoted = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !quoted.is_empty() {
            quoted.push(' ');
        }
        quoted.push_str(word);
    }
    if quoted.len() > QUOTE_LIMIT || body.len() > head.len() {
        let mut end = quoted.len().min(QUOTE_LIMIT);
        while !quoted.is_char_boundary(end) {
            end -= 1;
        }
        quoted.truncate(end);
        quoted.push('…');
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_one_pointer_bigger_than_nothing() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn the_cause_is_told_once() {
        let error = Error::new(ErrorKind::Connect, "cannot reach api.x.ai").with_source("connection refused");
        assert_eq!(error.to_string(), "connect: cannot reach api.x.ai");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("connection refused"));
    }

    #[test]
    fn quotes_are_short_and_on_one_line() {
        assert_eq!(quote(b""), "");
        assert_eq!(quote("при\nвет".as_bytes()), "при вет");
        let long = quote("я".repeat(10_000).as_bytes());
        assert!(long.len() <= QUOTE_LIMIT + '…'.len_utf8(), "{}", long.len());
        assert!(long.ends_with('…'));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn the_json_form_has_what_is_known() {
        let error = Error::new(ErrorKind::RateLimited, "slow down")
            .with_provider("toy")
            .with_status(StatusCode::TOO_MANY_REQUESTS)
            .with_retry_after(Duration::from_millis(1500))
            .with_source("cause");
        let json = r#"{"type":"error","kind":"rate_limited","message":"slow down","provider":"toy","status":429,"retry_after":1.5}"#;
        assert_eq!(serde_json::to_string(&error).unwrap(), json);
        let bare = serde_json::to_string(&Error::new(ErrorKind::Config, "no key")).unwrap();
        assert_eq!(bare, r#"{"type":"error","kind":"config","message":"no key"}"#);
    }

    #[test]
    fn names_in_json_and_in_words_agree() {
        assert_eq!(ErrorKind::QuotaExhausted.as_str(), "quota_exhausted");
        assert_eq!(ErrorKind::QuotaExhausted.to_string(), "quota exhausted");
    }
}
