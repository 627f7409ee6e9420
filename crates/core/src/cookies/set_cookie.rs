use std::time::UNIX_EPOCH;

use http::Uri;

use super::Cookie;

/// Reads a `Set-Cookie` header that came from this address ([RFC 6265, section 5.2][rfc]). `None` when
/// it is none, or is for a domain that the address does not belong to.
///
/// [rfc]: https://www.rfc-editor.org/rfc/rfc6265#section-5.2
pub(super) fn parse(header: &str, address: &Uri, now: u64) -> Option<Cookie> {
    let mut parts = header.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let host = address.host()?.to_ascii_lowercase();
    let mut cookie = Cookie::new(name.trim(), value.trim(), &host);
    cookie.host_only = true;
    // Without a path it belongs to the folder that set it.
    if let Some((folder, _)) = address.path().rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
        folder.clone_into(&mut cookie.path);
    }
    let mut max_age = None;
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "domain" if !value.is_empty() => {
                cookie.domain = value.trim_start_matches('.').to_ascii_lowercase();
                cookie.host_only = false;
            }
            "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
            "secure" => cookie.secure = true,
            "expires" => cookie.expires = date(value),
            "max-age" => max_age = value.parse::<i64>().ok(),
            _ => {}
        }
    }
    // `Max-Age` wins over `Expires`; none or less ends the cookie at once.
    if let Some(seconds) = max_age {
        cookie.expires = Some(now.saturating_add_signed(seconds.max(0)));
    }
    cookie.is_for(&host).then_some(cookie)
}

/// An HTTP date in seconds since 1970, also with the dashes that old servers write.
pub fn date(text: &str) -> Option<u64> {
    let date = httpdate::parse_http_date(text).or_else(|_| httpdate::parse_http_date(&text.replace('-', " "))).ok()?;
    Some(date.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}
