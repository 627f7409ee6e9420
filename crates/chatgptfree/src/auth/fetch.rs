use std::time::SystemTime;

use bytes::Bytes;
use chatstream_core::cookies::Site;
use chatstream_core::{Error, ErrorKind, Failure, Result, Secret, Transport, display_address};
use http::header::{CONTENT_ENCODING, LOCATION};
use http::{HeaderMap, StatusCode, Uri};

use crate::page::Chat;
use crate::{encode, error, parse};

/// The most redirects that are followed to the page, as browsers' users rarely see more than two.
const MOST_REDIRECTS: usize = 5;

/// The most that is read of a page, in bytes; real ones have 100 to 500 thousand.
const PAGE_LIMIT: usize = 8 * 1024 * 1024;

/// The most that is read of an answer to one of the small calls, in bytes; real ones have about 200.
const ANSWER_LIMIT: usize = 64 * 1024;

/// A page that was read.
pub(super) struct Fetched {
    /// Where it lies, after redirects.
    pub(super) address: Uri,
    pub(super) html: String,
    /// Why it may have no chat, when it is the page of an edge that blocks.
    pub(super) blocked: Option<Error>,
}

/// Reads the page; `is_refresh` asks caches for a new one. Redirects are followed on the page's origin only.
pub(super) async fn page(transport: &Transport, page: &Uri, is_refresh: bool) -> Result<Fetched> {
    let mut address = page.clone();
    for _ in 0..=MOST_REDIRECTS {
        let (head, body) = transport.send(encode::page(&address, is_refresh)).await?.into_parts();
        if head.status.is_redirection() && head.status != StatusCode::NOT_MODIFIED {
            address = redirected(&address, &head.headers)?;
            continue;
        }
        if head.headers.contains_key(CONTENT_ENCODING) && head.headers[CONTENT_ENCODING] != "identity" {
            let message = format!("{} is compressed, though it was asked for as it is", display_address(&address));
            return Err(Error::new(ErrorKind::Unexpected, message).with_status(head.status));
        }
        let (body, is_whole) = transport.read(body, PAGE_LIMIT).await?;
        let failure = Failure::new(&address, head.status, &head.headers, &body);
        if !head.status.is_success() {
            return Err(failure.complete(error::page(&failure), SystemTime::now()));
        }
        if !is_whole {
            let message = format!("{} exceeds {PAGE_LIMIT} bytes", display_address(&address));
            return Err(Error::new(ErrorKind::Decode, message));
        }
        let blocked = failure.no_answer().filter(|error| error.kind() == ErrorKind::Blocked);
        return Ok(Fetched { html: String::from_utf8_lossy(&body).into_owned(), blocked, address });
    }
    let message = format!("{} redirects more than {MOST_REDIRECTS} times", display_address(page));
    Err(Error::new(ErrorKind::Unexpected, message))
}

/// Asks a v2 site for a nonce; `None` where it has no such call.
pub(super) async fn nonce(transport: &Transport, ajax: &Uri, page: &Uri, chat: &Chat) -> Result<Option<Secret>> {
    let (head, body) = transport.send(encode::nonce(ajax, page, chat)).await?.into_parts();
    let (body, _) = transport.read(body, ANSWER_LIMIT).await?;
    Ok(if head.status.is_success() { parse::nonce(&body) } else { None })
}

/// Leaves a message with a v2 site, and gives the key that its answer is had under.
pub(crate) async fn cache_key(transport: &Transport, message: http::Request<Bytes>) -> Result<String> {
    let address = message.uri().clone();
    let (head, body) = transport.send(message).await?.into_parts();
    let (body, _) = transport.read(body, transport.config().limits.error_body).await?;
    if head.status.is_success() {
        return parse::cache_key(&body).map_err(|error| error.with_status(head.status));
    }
    let failure = Failure::new(&address, head.status, &head.headers, &body);
    Err(failure.complete(error::classify(&failure), SystemTime::now()))
}

/// Where a redirect leads, if it stays on its origin.
fn redirected(from: &Uri, headers: &HeaderMap) -> Result<Uri> {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let target = location.and_then(|location| resolve(from, location.trim())).ok_or_else(|| {
        let message = format!("{} redirects to nowhere", display_address(from));
        Error::new(ErrorKind::Unexpected, message)
    })?;
    if Site::of(&target) == Site::of(from) {
        return Ok(target);
    }
    let message = format!("{} redirects to {}, another site", display_address(from), display_address(&target));
    Err(Error::new(ErrorKind::Unexpected, message))
}

/// The address that a reference on a page of this address means (RFC 3986, section 5.2, without dot segments:
/// servers send none).
fn resolve(base: &Uri, reference: &str) -> Option<Uri> {
    let reference = reference.split('#').next().unwrap_or_default();
    let scheme = base.scheme_str()?;
    if reference.contains("://") && !reference.starts_with(['/', '?']) {
        return reference.parse().ok();
    }
    if reference.starts_with("//") {
        return format!("{scheme}:{reference}").parse().ok();
    }
    let path = match reference.as_bytes().first() {
        None => base.path().to_owned(),
        Some(b'/') => reference.to_owned(),
        Some(b'?') => format!("{}{reference}", base.path()),
        Some(_) => {
            let folder = base.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{folder}/{reference}")
        }
    };
    Uri::builder().scheme(scheme).authority(base.authority()?.clone()).path_and_query(path).build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_on_their_origin() {
        let table = [
            ("/chat/", Some("https://chat.example.org/chat/")),
            ("next?a=1#b", Some("https://chat.example.org/old/next?a=1")),
            ("?a=1", Some("https://chat.example.org/old/page?a=1")),
            ("https://CHAT.example.org:443/x", Some("https://CHAT.example.org:443/x")),
            ("//chat.example.org/x", Some("https://chat.example.org/x")),
            ("http://chat.example.org/", None),
            ("https://www.chat.example.org/", None),
            ("//evil.example/", None),
            ("https://evil.example/?u=https://chat.example.org", None),
            ("javascript://chat.example.org/", None),
            ("/a b", None),
        ];
        for (location, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(LOCATION, location.parse().unwrap());
            let target = redirected(&"https://chat.example.org/old/page?x=1".parse().unwrap(), &headers);
            assert_eq!(target.ok().map(|uri| uri.to_string()).as_deref(), expected, "{location}");
        }
    }
}
