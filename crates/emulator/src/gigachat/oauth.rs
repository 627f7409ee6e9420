//! The two ways to a token: POST `/api/v2/oauth` with a key, POST `/token` with user and password.
//!
//! The OAuth host has refusals of its own, `{"code","message"}`; their words are those of the documentation and of
//! public logs.

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, EXPIRES, PRAGMA};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::credentials::{Credentials, Scope};
use super::error::{self, Refusal};
use super::tokens::Tokens;
use crate::answer::Reply;
use crate::fault::{Fault, Faults};
use crate::form::Form;
use crate::json::Object;
use crate::server::Call;
use crate::whole;

const JSON: &str = "application/json";

/// Codes with their statuses and words.
const CODES: [(u8, StatusCode, &str); 5] = [
    (1, StatusCode::BAD_REQUEST, "scope data format invalid"),
    (4, StatusCode::BAD_REQUEST, "Can't decode 'Authorization' header"),
    (5, StatusCode::BAD_REQUEST, "scope is empty"),
    (6, StatusCode::UNAUTHORIZED, "credentials doesn't match db data"),
    (7, StatusCode::BAD_REQUEST, "scope from db not fully includes consumed scope"),
];

/// Why no token is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Method,
    /// The header `RqUID`; what the service says to a wrong one is not known.
    RequestId,
    /// One of the [`CODES`].
    Code(u8),
}

/// Answers a request for a token to the OAuth host.
pub(super) fn answer(call: &Call, tokens: &Tokens) -> Reply {
    let reply = match instead(&call.faults) {
        Some(reply) => reply,
        None => give(call, tokens).unwrap_or_else(Reply::from),
    };
    let headers = [
        (ALLOW, "GET, POST"),
        (CACHE_CONTROL, "no-cache, no-store, max-age=0, must-revalidate"),
        (EXPIRES, "0"),
        (PRAGMA, "no-cache"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
    ];
    headers.into_iter().fold(reply, |reply, (name, value)| reply.header(name, HeaderValue::from_static(value)))
}

/// Answers a request for a token with a user's name and password; the time is told in seconds.
pub(super) fn answer_to_user(call: &Call, tokens: &Tokens) -> Result<Reply, Refusal> {
    if let Some(reply) = instead(&call.faults) {
        return Ok(reply);
    }
    if call.head.method != Method::POST {
        return Err(error::wrong_method());
    }
    let user = Credentials::read(&call.head.headers, &["Basic"]).filter(Credentials::are_known);
    let token = tokens.give(user.ok_or_else(error::unauthorized)?.scope());
    let json = Object::new().text("tok", &token.text).plain("exp", token.end.as_secs());
    Ok(whole::json(json.end(), &call.faults))
}

/// The faults of token calls.
fn instead(faults: &Faults) -> Option<Reply> {
    faults.find(|fault| match fault {
        Fault::OauthCode(code) => Some(Reason::Code(*code).into()),
        Fault::Oauth429 => Some(error::too_many().into()),
        _ => None,
    })
}

fn give(call: &Call, tokens: &Tokens) -> Result<Reply, Reason> {
    if call.head.method != Method::POST {
        return Err(Reason::Method);
    }
    if !has_request_id(&call.head.headers) {
        return Err(Reason::RequestId);
    }
    let credentials = Credentials::read(&call.head.headers, &["Basic", "Bearer"]).ok_or(Reason::Code(4))?;
    let scope = match scope(call).as_deref() {
        None | Some("") => return Err(Reason::Code(5)),
        Some(name) => Scope::read(name).ok_or(Reason::Code(1))?,
    };
    if !credentials.are_known() {
        return Err(Reason::Code(6));
    }
    if credentials.scope() != scope {
        return Err(Reason::Code(7));
    }
    let token = tokens.give(scope);
    let json = Object::new().text("access_token", &token.text).plain("expires_at", token.end.as_millis());
    Ok(whole::json(json.end(), &call.faults))
}

impl From<Reason> for Reply {
    fn from(reason: Reason) -> Self {
        let (status, json) = match reason {
            Reason::Method => return error::wrong_method().into(),
            Reason::RequestId => {
                (StatusCode::BAD_REQUEST, Object::new().text("message", "RqUID must be a UUID of version 4"))
            }
            Reason::Code(code) => {
                let known = CODES.into_iter().find(|(known, ..)| *known == code);
                let (_, status, message) = known.expect("a fault's code is checked when it is made");
                (status, Object::new().plain("code", code).text("message", message))
            }
        };
        Self::text(status, JSON, json.end())
    }
}

/// Whether there is a random UUID (RFC 9562, section 5.4) in the header `RqUID`.
fn has_request_id(headers: &HeaderMap) -> bool {
    let id = headers.get("rquid").and_then(|id| id.to_str().ok()).unwrap_or_default();
    id.len() == 36
        && id.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == b'4',
            19 => b"89abAB".contains(&byte),
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The field `scope` of a form.
fn scope(call: &Call) -> Option<String> {
    let content_type = call.head.headers.get(CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
    if !content_type.starts_with("application/x-www-form-urlencoded") {
        return None;
    }
    Form::of_text(&String::from_utf8_lossy(&call.body)).get("scope").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_random_uuids() {
        let check = |id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("rquid", id.parse().unwrap());
            has_request_id(&headers)
        };
        assert!(check("2d0ab7e1-94c7-4a4e-9d2b-8c0c61c2d5f3"));
        assert!(check("2D0AB7E1-94C7-4A4E-9D2B-8C0C61C2D5F3"));
        for id in [
            "",
            "2d0ab7e1-94c7-4a4e-9d2b-8c0c61c2d5f",
            "2d0ab7e1-94c7-1a4e-9d2b-8c0c61c2d5f3",
            "2d0ab7e194c7-4a4e-9d2b-8c0c61c2d5f3-",
            "zd0ab7e1-94c7-4a4e-9d2b-8c0c61c2d5f3",
        ] {
            assert!(!check(id), "{id}");
        }
        assert!(!has_request_id(&HeaderMap::new()));
    }
}
