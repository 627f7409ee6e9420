use super::Cookie;

/// Reads Netscape's `cookies.txt`: domain, whether subdomains are meant, path, whether TLS only, end
/// in seconds since 1970 or 0, name, value, parted by tabs. `None` when no line is of that form.
///
/// A line that begins with `#` is a comment, but `#HttpOnly_` before a domain is not (curl's
/// `lib/cookie.c`).
pub(super) fn read(text: &str) -> Option<Vec<Cookie>> {
    let mut has_form = text.trim_start().starts_with("# Netscape HTTP Cookie File");
    let mut cookies = Vec::new();
    for line in text.lines() {
        let line = line.strip_prefix("#HttpOnly_").unwrap_or(line);
        if line.starts_with('#') {
            continue;
        }
        let fields: Vec<_> = line.split('\t').collect();
        let Some(&[domain, subdomains, path, secure, expires, name]) = fields.get(..6) else { continue };
        // An empty value at the end may have lost its tab.
        let value = fields.get(6).copied().unwrap_or_default();
        has_form = true;
        let mut cookie = Cookie::new(name, value, domain.trim());
        cookie.host_only = !subdomains.eq_ignore_ascii_case("TRUE");
        cookie.secure = secure.eq_ignore_ascii_case("TRUE");
        cookie.expires = expires.trim().split('.').next().and_then(|end| end.parse().ok()).filter(|end| *end > 0);
        if path.starts_with('/') {
            path.clone_into(&mut cookie.path);
        }
        cookies.push(cookie);
    }
    has_form.then_some(cookies)
}
