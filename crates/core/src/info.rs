use std::time::Duration;

use http::{HeaderMap, StatusCode};

/// What the head of an answer told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseInfo {
    /// The HTTP status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
}

impl ResponseInfo {
    /// The id that the provider gave the request (`x-request-id`).
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    /// The limits in the `x-ratelimit-*` headers, for providers that send them.
    pub fn rate_limits(&self) -> RateLimits {
        let number = |name| self.headers.get(name)?.to_str().ok()?.trim().parse().ok();
        RateLimits {
            limit_requests: number("x-ratelimit-limit-requests"),
            remaining_requests: number("x-ratelimit-remaining-requests"),
            limit_tokens: number("x-ratelimit-limit-tokens"),
            remaining_tokens: number("x-ratelimit-remaining-tokens"),
        }
    }
}

/// How much the provider still allows. Unknown is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimits {
    /// Requests allowed in the provider's window.
    pub limit_requests: Option<u64>,
    /// Requests left in it.
    pub remaining_requests: Option<u64>,
    /// Tokens allowed in it.
    pub limit_tokens: Option<u64>,
    /// Tokens left in it.
    pub remaining_tokens: Option<u64>,
}

/// How an answer came in. Complete once its stream has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vitals {
    /// How often the request was sent.
    pub attempts: u32,
    /// From the last sending to the head of the answer.
    pub time_to_head: Option<Duration>,
    /// From the last sending to the first event.
    pub time_to_first_event: Option<Duration>,
    /// From the last sending to the first event that said something.
    pub time_to_first_content: Option<Duration>,
    /// The longest wait for bytes after the head.
    pub longest_gap: Duration,
    /// Bytes of the body.
    pub bytes: u64,
    /// Events decoded.
    pub events: u64,
    /// Chunks handed out.
    pub chunks: u64,
}

/// The id that the provider gave the request.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-request-id")?.to_str().ok()
}
