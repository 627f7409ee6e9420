use std::time::{Duration, SystemTime};

use http::HeaderMap;

use crate::error::Error;

/// When a request is sent again, before its first event: after that never.
///
/// ```
/// use std::time::Duration;
/// use chatstream_core::Retry;
///
/// let patient = Retry::default().max_retries(5).max_wait(Duration::from_secs(120));
/// assert_eq!(Retry::none().max_retries, 0);
/// # let _ = patient;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Retry {
    /// How often a request is repeated at most. 2 by default.
    pub max_retries: u32,
    /// The wait before the first repetition; it doubles with each further one. 500 ms by default.
    pub first_wait: Duration,
    /// The longest wait, also when the provider asks for more. 60 s by default.
    pub max_wait: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { max_retries: 2, first_wait: Duration::from_millis(500), max_wait: Duration::from_secs(60) }
    }
}

impl Retry {
    /// Never repeats a request.
    pub fn none() -> Self {
        Self { max_retries: 0, ..Self::default() }
    }

    /// Sets [`max_retries`](Self::max_retries).
    pub fn max_retries(mut self, max_retries: u32) -> Self {
        self.max_retries = max_retries;
        self
    }

    /// Sets [`first_wait`](Self::first_wait).
    pub fn first_wait(mut self, first_wait: Duration) -> Self {
        self.first_wait = first_wait;
        self
    }

    /// Sets [`max_wait`](Self::max_wait).
    pub fn max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = max_wait;
        self
    }

    /// How long to wait before repetition number `retries + 1`, or `None` to give up.
    ///
    /// What the provider asks for wins. Otherwise the wait doubles each time and is shortened by
    /// up to a half, by `jitter` from 0 to 1, so that many callers do not come back at once.
    pub(crate) fn wait(&self, error: &Error, retries: u32, jitter: f64) -> Option<Duration> {
        if retries >= self.max_retries || !error.is_retryable() {
            return None;
        }
        let wait = error.retry_after().unwrap_or_else(|| {
            let doubled = self.first_wait.saturating_mul(2_u32.saturating_pow(retries));
            doubled.min(self.max_wait).mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
        });
        Some(wait.min(self.max_wait))
    }
}

/// How long the provider asks to wait: `retry-after-ms`, or `retry-after` in seconds or as an
/// HTTP date ([RFC 9110, section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)).
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    if let Some(milliseconds) = text("retry-after-ms").and_then(number) {
        return Duration::try_from_secs_f64(milliseconds / 1_000.0).ok();
    }
    let value = text("retry-after")?;
    if let Some(seconds) = number(value) {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::error::ErrorKind;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn waits_double_within_their_jitter_and_their_cap() {
        let retry = Retry::default().max_retries(9).max_wait(seconds(3.0));
        let error = Error::new(ErrorKind::Unavailable, "overloaded");
        let table = [(0, 0.0, 0.5), (0, 1.0, 0.25), (1, 0.0, 1.0), (2, 0.5, 1.5), (3, 0.0, 3.0), (8, 1.0, 1.5)];
        for (retries, jitter, expected) in table {
            assert_eq!(retry.wait(&error, retries, jitter), Some(seconds(expected)), "{retries} {jitter}");
        }
        assert_eq!(retry.wait(&error, 9, 0.0), None);
    }

    #[test]
    fn what_the_provider_asks_for_wins_up_to_the_cap() {
        let ask = |wait| Error::new(ErrorKind::RateLimited, "slow down").with_retry_after(seconds(wait));
        assert_eq!(Retry::default().wait(&ask(7.0), 0, 0.5), Some(seconds(7.0)));
        assert_eq!(Retry::default().wait(&ask(0.0), 0, 0.5), Some(seconds(0.0)));
        assert_eq!(Retry::default().wait(&ask(3600.0), 0, 0.5), Some(seconds(60.0)));
    }

    #[test]
    fn what_repeating_cannot_mend_is_not_repeated() {
        for kind in [ErrorKind::Config, ErrorKind::Unauthorized, ErrorKind::QuotaExhausted, ErrorKind::Parse] {
            assert_eq!(Retry::default().wait(&Error::new(kind, "no"), 0, 0.0), None);
        }
        assert_eq!(Retry::none().wait(&Error::new(ErrorKind::RateLimited, "no"), 0, 0.0), None);
    }

    #[test]
    fn retry_after_is_read_in_every_form() {
        let now = httpdate::parse_http_date("Fri, 20 Nov 2026 10:00:00 GMT").unwrap();
        let table = [
            ("retry-after", "5", Some(5.0)),
            ("retry-after", " 0.25 ", Some(0.25)),
            ("retry-after", "Fri, 20 Nov 2026 10:01:00 GMT", Some(60.0)),
            ("retry-after", "Fri, 20 Nov 2026 09:00:00 GMT", Some(0.0)),
            ("retry-after-ms", "1500", Some(1.5)),
            ("retry-after", "-1", None),
            ("retry-after", "soon", None),
            ("retry-after", "1e300", None),
        ];
        for (name, value, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            assert_eq!(retry_after(&headers, now), expected.map(seconds), "{name}: {value}");
        }
    }
}
