//! Refusals of all calls but the one for the stream.

use http::StatusCode;

use crate::answer::Reply;
use crate::chatgptfree::error;
use crate::server::Call;

/// A call that is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: StatusCode,
    code: Option<&'static str>,
    message: &'static str,
    /// Whether this is for the nonce, which a fault may have refused otherwise.
    of_nonce: bool,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: Option<&'static str>, message: &'static str) -> Self {
        Self { status, code, message, of_nonce: false }
    }

    pub(super) fn bad_request(code: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some(code), message)
    }

    pub(super) fn of_nonce(code: Option<&'static str>, message: &'static str) -> Self {
        Self { of_nonce: true, ..Self::new(StatusCode::FORBIDDEN, code, message) }
    }

    pub(super) fn reply(self, call: &Call) -> Reply {
        if self.of_nonce && error::nonce_reply(&call.faults).is_some() {
            return error::refused_nonce(&call.head.headers, &call.faults);
        }
        error::of_second(self.status, self.code, self.message)
    }
}
