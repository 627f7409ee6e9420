//! Refusals of the API: `{"status","message"}` objects, and the pages of the gateway before it.
//!
//! The words are those of the OpenAPI text of 2025, of the recorded 404, and of answers quoted in public issues.
//! The recorded refusal ends with a line end, so all of them do.

use http::StatusCode;

use crate::answer::Reply;
use crate::instead::Manner;
use crate::json::Object;
use crate::page;
use crate::stream::InBandErrors;

const JSON: &str = "application/json; charset=utf-8";

/// What the gateway before the service calls itself.
pub(super) const GATEWAY: &str = "SynGX";

/// A request that is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
    /// Whether the body leaves the status out.
    bare: bool,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), bare: false }
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn json(&self) -> String {
        let object = Object::new().when(!self.bare, |object| object.plain("status", self.status.as_u16()));
        object.text("message", &self.message).end()
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Self::text(refusal.status, JSON, refusal.json() + "\n")
    }
}

/// `api.giga.chat` lets nobody through who does not say who they are.
pub(super) fn no_user_agent() -> Refusal {
    Refusal { bare: true, ..Refusal::new(StatusCode::FORBIDDEN, "Unauthorized") }
}

/// No token, or one that was never given.
pub(super) fn unauthorized() -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "Unauthorized")
}

pub(super) fn expired() -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "Token has expired")
}

pub(super) fn permission_denied() -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, "Permission denied")
}

pub(super) fn no_such_path() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "Not Found")
}

pub(super) fn no_such_model() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "No such model")
}

pub(super) fn no_such_file() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "No such file")
}

pub(super) fn no_such_thread() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "No such thread")
}

/// A function that is neither described nor built in.
pub(super) fn no_such_function(name: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, format!("Function schema for {name} not found"))
}

pub(super) fn wrong_method() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
}

pub(super) fn too_large() -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "Payload too large")
}

/// One chat more than may run at the same time.
pub(super) fn too_many() -> Refusal {
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests")
}

/// A value out of its range, or messages in a wrong order.
pub(super) fn invalid_params(reason: impl std::fmt::Display) -> Refusal {
    unprocessable(format!("Invalid params: {reason}"))
}

/// A member that must be there and is not; `path` is written with dots.
pub(super) fn missing_field(path: &str) -> Refusal {
    unprocessable(format!("Field '{path}' is missing"))
}

pub(super) fn unprocessable(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, message)
}

pub(super) fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, message)
}

/// A body that is no JSON, or is JSON of another shape.
pub(super) fn unreadable(error: &serde_json::Error) -> Refusal {
    if !error.is_data() {
        return bad_request("Your request contains invalid JSON syntax.");
    }
    let reason = error.to_string();
    match reason.strip_prefix("missing field `").and_then(|rest| rest.split_once('`')) {
        Some((field, _)) => missing_field(field),
        None => invalid_params(reason),
    }
}

/// How the service says that it does not answer.
pub(super) const MANNER: Manner = Manner { of_status, success, blocked, own: |_| None };

/// A success that is none.
fn success() -> Reply {
    Reply::text(StatusCode::OK, JSON, internal().json())
}

/// The page that the gateway gives for paths that only look like ones of the API.
pub(super) fn blocked() -> Reply {
    page::gateway(StatusCode::FORBIDDEN, GATEWAY)
}

/// The errors that could stand inside a stream; none was ever recorded.
pub(super) fn in_band() -> InBandErrors {
    let flat = internal().json();
    InBandErrors::new(flat.clone(), Object::new().raw("error", &flat).end())
}

fn internal() -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
}

/// The error the service would send with this status.
fn of_status(status: StatusCode) -> Reply {
    let refusal = match status.as_u16() {
        401 => unauthorized(),
        402 => Refusal::new(status, "Payment Required"),
        403 => permission_denied(),
        404 => no_such_model(),
        405 => wrong_method(),
        413 => too_large(),
        422 => invalid_params("the emulator was asked to say so"),
        429 => too_many(),
        500 => internal(),
        400 => bad_request("Your request contains invalid JSON syntax."),
        // What the gateway says when the service says nothing.
        502..=504 => return page::gateway(status, GATEWAY),
        _ => Refusal::new(status, status.canonical_reason().unwrap_or("Unknown Error")),
    };
    refusal.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_tell_the_status_again_except_without_a_user_agent() {
        assert_eq!(expired().json(), r#"{"status":401,"message":"Token has expired"}"#);
        assert_eq!(no_user_agent().json(), r#"{"message":"Unauthorized"}"#);
    }

    #[test]
    fn json_of_another_shape_is_told_from_what_is_no_json() {
        #[derive(Debug, serde::Deserialize)]
        struct Body {
            _model: String,
        }
        let refusal = |text| unreadable(&serde_json::from_str::<Body>(text).unwrap_err());
        assert_eq!(refusal("{").message, "Your request contains invalid JSON syntax.");
        assert_eq!(refusal("{}"), missing_field("_model"));
        assert!(refusal(r#"{"_model":1}"#).message.starts_with("Invalid params: invalid type: integer `1`"));
    }
}
