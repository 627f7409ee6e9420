//! Who a request comes from, by its cookies (RFC 6265).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue};

use crate::cookie;
use crate::identity;
use crate::json::Object;

/// The one user there is; every session is theirs.
pub(super) const USER_ID: &str = "7e0e3f4a-52a1-4a39-9c55-0b6d5c1f2a10";

pub(super) const EMAIL: &str = "user@example.com";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    NoCookie,
    /// The session is not known: its cookie contains `invalid`.
    Unknown,
    SignedIn,
}

pub(super) fn standing(headers: &HeaderMap) -> Standing {
    match cookie::value(headers, "sso") {
        None | Some("") => Standing::NoCookie,
        Some(value) if value.contains("invalid") => Standing::Unknown,
        Some(_) => Standing::SignedIn,
    }
}

/// The cookie that the network edge sets anew with every answer.
pub(super) fn of_the_edge(number: u64) -> HeaderValue {
    let value = URL_SAFE_NO_PAD.encode(identity::hash(&[b"edge", &number.to_be_bytes()]).to_be_bytes());
    set("__cf_bm", &value, "Max-Age=1800; HttpOnly; SameSite=Lax")
}

/// The cookies of a new session.
pub(super) fn of_a_session(number: u64) -> [HeaderValue; 3] {
    let session = identity::hash(&[b"session", &number.to_be_bytes()]);
    let payload = Object::new().text("session_id", &identity::uuid(session)).end();
    let parts = [r#"{"typ":"JWT","alg":"HS256"}"#.as_bytes(), payload.as_bytes(), &[session.to_be_bytes(); 2].concat()];
    let token = parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let attributes = "Max-Age=15552000; HttpOnly; SameSite=Lax";
    [
        set("sso", &token, attributes),
        set("sso-rw", &token, attributes),
        set("x-userid", USER_ID, "Max-Age=15552000; SameSite=Lax"),
    ]
}

fn set(name: &str, value: &str, attributes: &str) -> HeaderValue {
    let cookie = format!("{name}={value}; Path=/; {attributes}");
    HeaderValue::try_from(cookie).expect("letters, digits and what belongs to cookies")
}

#[cfg(test)]
mod tests {
    use http::header::COOKIE;

    use super::*;

    #[test]
    fn a_session_is_told_by_its_cookie_wherever_it_stands() {
        let standing_of = |lists: &[&str]| {
            let mut headers = HeaderMap::new();
            for list in lists {
                headers.append(COOKIE, list.parse().unwrap());
            }
            standing(&headers)
        };
        assert_eq!(standing_of(&[]), Standing::NoCookie);
        assert_eq!(standing_of(&["sso-rw=a; xsso=b", "sso="]), Standing::NoCookie);
        assert_eq!(standing_of(&["a=b;sso=c", "d=e"]), Standing::SignedIn);
        assert_eq!(standing_of(&["a=b", "sso=\"c\""]), Standing::SignedIn);
        assert_eq!(standing_of(&["sso=an-invalid-one"]), Standing::Unknown);
    }
}
