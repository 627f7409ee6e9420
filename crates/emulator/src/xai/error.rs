//! Refusals: flat `{"code","error"}` objects, the codes in the spelling of August 2026 and later.

use http::StatusCode;

use crate::answer::Reply;
use crate::instead::Manner;
use crate::json::Object;
use crate::page;
use crate::stream::InBandErrors;

const INVALID_ARGUMENT: Option<&str> = Some("invalid-argument");
const NOT_FOUND: Option<&str> = Some("not-found");
const UNAVAILABLE: Option<&str> = Some("The service is currently unavailable");

/// A request that is not answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    code: Option<&'static str>,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn json(&self) -> String {
        let object = Object::new();
        let object = match self.code {
            Some(code) => object.text("code", code),
            None => object,
        };
        object.text("error", &self.message).end()
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Self::text(refusal.status, "application/json", refusal.json())
    }
}

pub(super) fn no_credentials() -> Refusal {
    let code = Some("unauthenticated:no-credentials");
    Refusal::new(StatusCode::UNAUTHORIZED, code, "No credentials presented.")
}

/// A key that is not known, which the service calls an invalid argument; all but its ends is masked.
pub(super) fn bad_key(key: &str) -> Refusal {
    let ends = |count| key.chars().take(2).chain(key.chars().skip(count));
    let characters = key.chars().count();
    let mut masked: String = ends(characters.saturating_sub(2).max(2)).collect();
    let split = masked.char_indices().nth(2).map_or(masked.len(), |(index, _)| index);
    masked.insert_str(split, "***");
    let message = format!("Incorrect API key provided: {masked}. You can obtain an API key from https://console.x.ai.");
    invalid_argument(message)
}

pub(super) fn invalid_argument(message: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, INVALID_ARGUMENT, message)
}

/// An argument the model does not take; `argument` is written in the camel case of the service.
pub(super) fn unsupported_argument(argument: &str) -> Refusal {
    invalid_argument(format!("Argument not supported on this model: {argument}"))
}

pub(super) fn no_such_model(model: &str) -> Refusal {
    let message = format!(
        "The model {model} does not exist or your team 00000000-0000-0000-0000-000000000000 does not have access to \
         it. If you believe this is a mistake, please contact support and quote your team ID and the model name."
    );
    Refusal::new(StatusCode::NOT_FOUND, NOT_FOUND, message)
}

pub(super) fn no_such_path() -> Refusal {
    let message = "The requested resource was not found. Please check the URL and try again. Documentation is \
                   available at https://docs.x.ai/";
    Refusal::new(StatusCode::NOT_FOUND, NOT_FOUND, message)
}

pub(super) fn live_search() -> Refusal {
    let message = "Live search is deprecated. Please switch to the Agent Tools API: \
                   https://docs.x.ai/docs/guides/tools/overview";
    Refusal::new(StatusCode::GONE, None, message)
}

pub(super) fn too_large() -> Refusal {
    let message = "Failed to buffer the request body: length limit exceeded";
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, None, message)
}

pub(super) fn wrong_media_type() -> Refusal {
    let message = "Expected request with `Content-Type: application/json`";
    Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, None, message)
}

/// A body that is no JSON, or is JSON of another shape.
pub(super) fn unreadable(error: &serde_json::Error) -> Refusal {
    if error.is_data() {
        let message = format!("Failed to deserialize the JSON body into the target type: {error}");
        return Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, None, message);
    }
    invalid_argument(format!("Failed to parse the request body as JSON: {error}"))
}

/// How the service says that it does not answer.
pub(super) const MANNER: Manner = Manner { of_status, success, blocked: page::blocked, own: |_| None };

/// A success that is none.
fn success() -> Reply {
    Refusal::new(StatusCode::OK, UNAVAILABLE, "Timed out waiting for first token").into()
}

/// The errors the service sends inside a stream.
pub(super) fn in_band() -> InBandErrors {
    let message = "Service temporarily unavailable. The model did not respond to this request.";
    let nested = Object::new().text("message", message).text("type", "server_error").plain("param", "null");
    InBandErrors::new(
        Refusal::new(StatusCode::OK, UNAVAILABLE, message).json(),
        Object::new().raw("error", &nested.text("code", "service_unavailable").end()).end(),
    )
}

/// The error the service would send with this status.
fn of_status(status: StatusCode) -> Reply {
    let (code, message) = match status.as_u16() {
        400 => (INVALID_ARGUMENT, "Invalid request content: the emulator was asked to say so."),
        401 => return no_credentials().into(),
        403 => (Some("permission-denied"), "The caller does not have permission to execute the specified operation"),
        404 => return no_such_path().into(),
        410 => return live_search().into(),
        413 => return too_large().into(),
        415 => return wrong_media_type().into(),
        422 => (None, "Failed to deserialize the JSON body into the target type: missing field `messages`"),
        429 => (
            Some("resource-exhausted"),
            "Too many requests for team 00000000-0000-0000-0000-000000000000 and model grok-4.7. Your team's rate \
             limit is - Requests per Minute (actual/limit): 2/2.",
        ),
        500 => (Some("internal"), "Internal server error"),
        502 => (UNAVAILABLE, "Bad gateway"),
        503 => (UNAVAILABLE, "Service temporarily unavailable. The model did not respond to this request."),
        504 => (UNAVAILABLE, "Timed out waiting for first token"),
        529 => (UNAVAILABLE, "The model is at capacity and currently cannot serve this request."),
        _ => (Some("unknown"), "The request could not be served."),
    };
    match status.as_u16() {
        // The edge answers these itself.
        520..=527 | 530 => page::unreachable(status),
        _ => Refusal::new(status, code, message).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_key_is_masked_between_its_ends() {
        let table = [("invalid-key", "in***ey"), ("invalid", "in***id"), ("при", "пр***и"), ("x", "x***")];
        for (key, masked) in table {
            assert!(bad_key(key).message.contains(&format!("provided: {masked}.")), "{:?}", bad_key(key));
        }
    }

    #[test]
    fn bodies_are_flat_and_live_search_has_no_code() {
        let expected = r#"{"code":"unauthenticated:no-credentials","error":"No credentials presented."}"#;
        assert_eq!(no_credentials().json(), expected);
        assert!(live_search().json().starts_with(r#"{"error":"Live search is deprecated."#));
    }
}
