use std::time::SystemTime;

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, StatusCode, Uri};

use crate::decode::Framing;
use crate::error::{Error, ErrorKind, quote};
use crate::info::request_id;
use crate::retry::retry_after;
use crate::transport::display_address;

/// A request that was refused: the head of the answer and the beginning of its body.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Failure<'a> {
    /// What was asked; for messages, see [`display_address`](crate::display_address).
    pub address: &'a Uri,
    /// The status; 200 when a failure came as a successful answer.
    pub status: StatusCode,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, at most [`Limits::error_body`](crate::Limits::error_body) bytes of it.
    pub body: &'a [u8],
}

impl<'a> Failure<'a> {
    /// A refused request.
    pub fn new(address: &'a Uri, status: StatusCode, headers: &'a HeaderMap, body: &'a [u8]) -> Self {
        Self { address, status, headers, body }
    }
}

impl Failure<'_> {
    /// The error of what is no answer of an API at all: a page, from an edge that blocks or is broken
    /// or from another server, or a redirect, which is not followed.
    pub fn no_answer(&self) -> Option<Error> {
        if let Some(error) = self.challenge() {
            return Some(error);
        }
        let address = display_address(self.address);
        if self.status.is_redirection() {
            let target = header(self.headers, LOCATION).and_then(|url| url.parse().ok());
            let target = target.as_ref().map_or_else(|| "elsewhere".to_owned(), display_address);
            let message = format!("{address} redirects to {target}, and redirects are not followed");
            return Some(Error::new(ErrorKind::Unexpected, message));
        }
        if !is_html(self.headers) && !self.body.trim_ascii().starts_with(b"<") {
            return None;
        }
        let text = page_excerpt(self.body);
        let lower = text.to_ascii_lowercase();
        let is_challenge =
            ["just a moment", "attention required", "access denied"].iter().any(|mark| lower.contains(mark));
        // Whoever sends a page has not judged the request, nor its key.
        let kind = match ErrorKind::of_status(self.status) {
            _ if is_challenge => ErrorKind::Blocked,
            ErrorKind::Unauthorized => ErrorKind::Blocked,
            ErrorKind::InvalidRequest | ErrorKind::QuotaExhausted => ErrorKind::Unexpected,
            kind => kind,
        };
        Some(Error::new(kind, format!("{address} answered with a web page, not the API: {text}")))
    }

    /// The error of a challenge to browsers, which Cloudflare [tells by a header][doc].
    ///
    /// [doc]: https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/
    pub fn challenge(&self) -> Option<Error> {
        let is_challenge = self.headers.get("cf-mitigated").is_some_and(|value| value.as_bytes() == b"challenge");
        is_challenge.then(|| {
            let message = format!("the site's edge wants a browser to pass a check: {}", page_excerpt(self.body));
            Error::new(ErrorKind::Blocked, message).with_code("challenge")
        })
    }

    /// Adds what the head tells of a refusal: status, id of the request, and how long to wait from `now`.
    /// The driver does so itself; this is for calls that come before a chat.
    pub fn complete(&self, error: Error, now: SystemTime) -> Error {
        let mut error = error.with_status(self.status);
        if let Some(wait) = retry_after(self.headers, now).filter(|_| error.retry_after().is_none()) {
            error = error.with_retry_after(wait);
        }
        match request_id(self.headers) {
            Some(id) => error.with_request_id(id),
            None => error,
        }
    }

    /// What to say of a refusal without a word of its own.
    pub fn without_message(&self) -> String {
        let reason = self.status.canonical_reason().unwrap_or("no reason").to_lowercase();
        format!("{} answered {reason} without a message", display_address(self.address))
    }
}

/// How the body of an API's answer is cut: by its content type, and where that does not tell, by its
/// first byte. A page is no answer.
pub fn api_framing(headers: &HeaderMap) -> Option<Framing> {
    let content_type = header(headers, CONTENT_TYPE).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Some(Framing::Whole);
    }
    (!is_html(headers)).then_some(Framing::SseOrWhole)
}

fn is_html(headers: &HeaderMap) -> bool {
    header(headers, CONTENT_TYPE).is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with("text/html"))
}

fn header(headers: &HeaderMap, name: http::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// The error of a text that should have been JSON: a page, or anything else.
pub fn no_json(body: &[u8], error: serde_json::Error) -> Error {
    if body.trim_ascii().starts_with(b"<") {
        let message = format!("a web page came instead of the API: {}", page_excerpt(body));
        return Error::new(ErrorKind::Unexpected, message);
    }
    Error::new(ErrorKind::Parse, format!("answer is not the JSON it should be: {}", quote(body))).with_source(error)
}

/// The title of a page, or the beginning of its text without tags.
pub fn page_excerpt(body: &[u8]) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn no_answer(status: u16, content_type: &str, body: &str) -> Option<Error> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        headers.insert(LOCATION, "https://me:hunter2@other.example/login?key=hunter2".parse().unwrap());
        let address = "https://api.example/v1/chat?key=hunter2".parse().unwrap();
        Failure::new(&address, StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes()).no_answer()
    }

    #[test]
    fn a_page_is_no_answer_of_an_api() {
        use ErrorKind::*;
        let table = [
            (200, "<!doctype html><title>nginx</title>", Unexpected),
            (404, "<html><head><title>Not Found</title>", Unexpected),
            (403, "<html><title>Attention Required! | Cloudflare</title>", Blocked),
            (503, "<html><title>Just a moment...</title>", Blocked),
            (502, "<html><h1>502 Bad Gateway</h1>", Unavailable),
            (429, "<html>slow", RateLimited),
            (526, "<html>x", Unexpected),
        ];
        for (status, body, kind) in table {
            for content_type in ["text/html; charset=utf-8", "application/json"] {
                let error = no_answer(status, content_type, body).unwrap();
                assert_eq!(error.kind(), kind, "{body}");
                assert!(error.message().starts_with("https://api.example/v1/chat answered with a web page"));
                assert!(!error.message().contains('<'), "{error}");
            }
        }
        assert!(no_answer(500, "application/json", "{}").is_none());
    }

    #[test]
    fn a_redirect_is_told_and_not_followed() {
        let error = no_answer(307, "text/plain", "").unwrap();
        assert_eq!(error.kind(), ErrorKind::Unexpected);
        assert!(error.message().contains("redirects to https://other.example/login, and"), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }

    #[test]
    fn the_content_type_decides_the_framing() {
        let table = [
            ("text/event-stream", Some(Framing::SseOrWhole)),
            ("text/event-stream; charset=utf-8", Some(Framing::SseOrWhole)),
            ("application/json", Some(Framing::Whole)),
            ("Application/JSON; charset=utf-8", Some(Framing::Whole)),
            ("text/plain", Some(Framing::SseOrWhole)),
            ("", Some(Framing::SseOrWhole)),
            ("text/html; charset=UTF-8", None),
        ];
        for (content_type, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
            assert_eq!(api_framing(&headers), expected, "{content_type}");
        }
    }

    #[test]
    fn a_page_s_excerpt_is_its_title_or_its_text() {
        assert_eq!(page_excerpt(b"<html><TITLE> a\nb </TITLE><p>c"), "a b");
        assert_eq!(page_excerpt(b"<title></title><h1>Bad</h1><p>Gateway"), "Bad Gateway");
        assert_eq!(page_excerpt("<p>Привет".as_bytes()), "Привет");
    }
}
