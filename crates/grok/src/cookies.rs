//! Reading the user's cookies of the site in every form people have them in.

use chatstream_core::cookies::{Cookie, Cookies};

use crate::session::AuthResult;

mod har;
mod json;
mod netscape;
mod text;

/// The sign-in in a text: the cookies of `host` and its subdomains, and the browser's user agent where it
/// tells. `None` when the text is in no known form.
pub(crate) fn read(text: &str, host: &str) -> Option<AuthResult> {
    let text = text.trim_start_matches('\u{feff}');
    let host = host.to_ascii_lowercase();
    let (read, agent) = match text.trim_start().as_bytes().first()? {
        b'{' | b'[' => json::read(text, &host)?,
        _ => (netscape::read(text).or_else(|| text::read(text, &host))?, None),
    };
    let mut cookies = Cookies::default();
    for cookie in read {
        cookies.set(cookie, &host);
    }
    let signed = AuthResult::new(cookies);
    Some(match agent {
        Some(agent) => signed.user_agent(agent),
        None => signed,
    })
}

#[cfg(test)]
mod tests;
