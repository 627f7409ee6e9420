//! Refusals of the service, in the forms in which they were quoted: `{"error":{"code","message","details"}}` from the
//! chat, the same flat from the gateway before it, and the pages of the network edge.
//!
//! Codes are those of gRPC: 3 invalid, 5 not found, 7 permission, 8 exhausted, 12 unimplemented, 13 internal,
//! 16 unauthenticated.

use http::StatusCode;

use crate::answer::Reply;
use crate::fault::Fault;
use crate::instead::Manner;
use crate::json::{Object, quoted};
use crate::page;
use crate::stream::InBandErrors;

const JSON: &str = "application/json";
const PLAIN: &str = "text/plain";
const SIGNED_OUT: &str = "Failed to look up session ID. [WKE=unauthenticated:invalid-credentials]";
const ANTI_BOT: &str = "Request rejected by anti-bot rules.";
const TOO_MANY: &str = "Too many requests";
const WRONG: &str = "Something went wrong";

/// A request that is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    code: u8,
    message: &'static str,
    /// Whether the body is the error itself, and not an object that holds it.
    flat: bool,
}

impl Refusal {
    fn nested(status: StatusCode, code: u8, message: &'static str) -> Self {
        Self { status, code, message, flat: false }
    }

    fn flat(status: StatusCode, code: u8, message: &'static str) -> Self {
        Self { status, code, message, flat: true }
    }

    fn json(&self) -> String {
        let error = Object::new().plain("code", self.code).text("message", self.message).raw("details", "[]").end();
        if self.flat { error } else { Object::new().raw("error", &error).end() }
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Self::text(refusal.status, JSON, refusal.json())
    }
}

pub(super) fn no_credentials() -> Refusal {
    let message = "No credentials presented. [WKE=unauthenticated:no-credentials]";
    Refusal::flat(StatusCode::UNAUTHORIZED, 16, message)
}

/// A session that is not known.
pub(super) fn signed_out() -> Refusal {
    Refusal::nested(StatusCode::UNAUTHORIZED, 16, SIGNED_OUT)
}

pub(super) fn invalid_argument() -> Refusal {
    Refusal::flat(StatusCode::BAD_REQUEST, 3, "invalid argument")
}

pub(super) fn no_such_path() -> Refusal {
    Refusal::flat(StatusCode::NOT_FOUND, 5, "Not Found")
}

pub(super) fn no_such_model() -> Refusal {
    Refusal::flat(StatusCode::NOT_FOUND, 5, "Model not found")
}

pub(super) fn no_such_conversation() -> Refusal {
    Refusal::flat(StatusCode::NOT_FOUND, 5, "Conversation not found")
}

pub(super) fn no_such_response() -> Refusal {
    Refusal::flat(StatusCode::NOT_FOUND, 5, "Response not found")
}

pub(super) fn no_such_file() -> Refusal {
    Refusal::flat(StatusCode::NOT_FOUND, 5, "File not found")
}

pub(super) fn wrong_method() -> Refusal {
    Refusal::flat(StatusCode::NOT_IMPLEMENTED, 12, "Method Not Allowed")
}

pub(super) fn too_large() -> Refusal {
    Refusal::flat(StatusCode::PAYLOAD_TOO_LARGE, 8, "Payload too large")
}

/// The store of pictures and files does not know who asks.
pub(super) fn no_asset_without_cookie() -> Reply {
    Reply::text(StatusCode::FORBIDDEN, PLAIN, "Forbidden")
}

pub(super) fn no_such_asset() -> Reply {
    Reply::text(StatusCode::NOT_FOUND, PLAIN, "Not Found")
}

/// How the service says that it does not answer.
pub(super) const MANNER: Manner = Manner { of_status, success, blocked, own };

/// A success that is none.
fn success() -> Reply {
    line(&Refusal::nested(StatusCode::OK, 13, WRONG))
}

/// The page of the edge that says nothing.
fn blocked() -> Reply {
    page::gateway(StatusCode::FORBIDDEN, "nginx")
}

/// The refusals that no other service words in such a way.
fn own(fault: &Fault) -> Option<Reply> {
    let nested = |status, code, message| Some(Reply::from(Refusal::nested(status, code, message)));
    match fault {
        Fault::SignedOut => Some(signed_out().into()),
        Fault::SignedOut403 => nested(StatusCode::FORBIDDEN, 7, SIGNED_OUT),
        Fault::BlockedUser => {
            let message = "User is blocked [WKE=unauthorized:blocked-user]";
            Some(Refusal::flat(StatusCode::FORBIDDEN, 7, message).into())
        }
        Fault::BlockedUserNamed => {
            let error = Object::new().text("code", "unauthorized:blocked-user").text("error", "User is blocked");
            Some(Reply::text(StatusCode::FORBIDDEN, JSON, error.end()))
        }
        Fault::AntiBot => nested(StatusCode::FORBIDDEN, 7, ANTI_BOT),
        Fault::AntiBot200 => Some(line(&Refusal::nested(StatusCode::OK, 7, ANTI_BOT))),
        Fault::RateLimit200 => Some(line(&Refusal::nested(StatusCode::OK, 8, TOO_MANY))),
        Fault::UsageLimit => {
            nested(StatusCode::TOO_MANY_REQUESTS, 8, "You've reached your usage limit. Please try again later.")
        }
        Fault::Challenge => Some(page::challenge()),
        Fault::Region => {
            Some(Reply::text(StatusCode::FORBIDDEN, PLAIN, "This service is not available in your region."))
        }
        _ => None,
    }
}

/// A refusal as the only line of a stream.
fn line(refusal: &Refusal) -> Reply {
    Reply::text(refusal.status, JSON, refusal.json() + "\n")
}

/// The error inside a stream, of which there is one form.
pub(super) fn in_band() -> InBandErrors {
    let error = Refusal::nested(StatusCode::OK, 13, WRONG).json();
    InBandErrors::new(error.clone(), error)
}

/// An error of the answer, not of the request: a member named after it says which.
pub(super) fn of_stream(name: &str) -> String {
    let severity = match name {
        "toolCallFailed" | "renderToolFailed" | "renderToolRateLimited" | "renderPerMessageLimitExceeded" => "NORMAL",
        _ => "FATAL",
    };
    let details = match name {
        "attachmentImageTooLarge" => Object::new().text("maxSizeBytes", "20971520").text("fileName", "image.png"),
        _ => Object::new(),
    };
    Object::new()
        .text("message", &in_words(name))
        .raw(name, &details.end())
        .raw("severity", &quoted(&["STREAM_ERROR_SEVERITY_", severity].concat()))
        .end()
}

/// `contentModerated` as `Content moderated`.
fn in_words(name: &str) -> String {
    let mut words = String::new();
    for character in name.chars() {
        match character {
            _ if words.is_empty() => words.push(character.to_ascii_uppercase()),
            'A'..='Z' => words.extend([' ', character.to_ascii_lowercase()]),
            _ => words.push(character),
        }
    }
    words
}

/// The error the service would send with this status.
fn of_status(status: StatusCode) -> Reply {
    let refusal = match status.as_u16() {
        400 => invalid_argument(),
        401 => signed_out(),
        403 => Refusal::nested(status, 7, ANTI_BOT),
        404 => no_such_conversation(),
        413 => too_large(),
        429 => Refusal::nested(status, 8, TOO_MANY),
        500 => Refusal::nested(status, 13, WRONG),
        501 => wrong_method(),
        // What the edge says when the service says nothing.
        502..=504 => return page::gateway(status, "cloudflare"),
        520..=527 | 530 => return Reply::text(status, PLAIN, format!("error code: {}", status.as_u16())),
        _ if status.is_client_error() => Refusal::flat(status, 3, status.canonical_reason().unwrap_or("Bad Request")),
        _ => Refusal::flat(status, 2, status.canonical_reason().unwrap_or("Unknown Error")),
    };
    refusal.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chat_nests_its_errors_and_the_gateway_does_not() {
        let nested = r#"{"error":{"code":16,"message":"Failed to look up session ID. [WKE=unauthenticated:invalid-credentials]","details":[]}}"#;
        assert_eq!(signed_out().json(), nested);
        assert_eq!(no_such_model().json(), r#"{"code":5,"message":"Model not found","details":[]}"#);
    }

    #[test]
    fn an_error_of_a_stream_is_named_by_a_member() {
        let expected =
            r#"{"message":"Content moderated","contentModerated":{},"severity":"STREAM_ERROR_SEVERITY_FATAL"}"#;
        assert_eq!(of_stream("contentModerated"), expected);
        assert!(of_stream("toolCallFailed").ends_with(r#"_NORMAL"}"#));
    }
}
