use super::Cookie;

/// Reads the text of a `Cookie` header, with or without its name. `None` when there is no pair in it.
pub(super) fn read(text: &str, host: &str) -> Option<Vec<Cookie>> {
    let text = text.trim();
    if text.starts_with('<') {
        return None;
    }
    let text = match text.get(..7) {
        Some(name) if name.eq_ignore_ascii_case("cookie:") => &text[7..],
        _ => text,
    };
    let cookies: Vec<_> = text.lines().flat_map(|line| pairs(line, host)).collect();
    (!cookies.is_empty()).then_some(cookies)
}

/// The pairs of a `Cookie` header.
pub(super) fn pairs<'a>(header: &'a str, host: &'a str) -> impl Iterator<Item = Cookie> + 'a {
    header.split(';').filter_map(move |pair| {
        let (name, value) = pair.split_once('=')?;
        let name = name.trim();
        let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
        is_name.then(|| Cookie::new(name, value.trim(), host))
    })
}
