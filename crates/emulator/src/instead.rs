//! Answers that stand in for the service's own: what the first fault leaves of a request.

use http::header::RETRY_AFTER;
use http::{HeaderName, HeaderValue, StatusCode};

use crate::answer::Reply;
use crate::fault::{Fault, Faults};
use crate::page;

/// How a service says that it does not answer.
pub(crate) struct Manner {
    /// The service's own answer with an error status.
    pub(crate) of_status: fn(StatusCode) -> Reply,
    /// An error in the service's own words, with status 200.
    pub(crate) success: fn() -> Reply,
    /// The page with which the service's network edge lets nobody through.
    pub(crate) blocked: fn() -> Reply,
    /// The answer to a fault that only this service knows.
    pub(crate) own: fn(&Fault) -> Option<Reply>,
}

impl Manner {
    /// The answer of the first fault that leaves no room for another one.
    pub(crate) fn reply(&self, faults: &Faults) -> Option<Reply> {
        faults.find(|fault| match fault {
            Fault::Hang => Some(Reply::never()),
            Fault::Status(status) => Some((self.of_status)(known(*status))),
            Fault::RateLimited => Some(self.rate_limited(RETRY_AFTER, "1")),
            Fault::RetryAfter(value) => Some(self.rate_limited(RETRY_AFTER, value)),
            Fault::RetryAfterMs(milliseconds) => {
                Some(self.rate_limited(HeaderName::from_static("retry-after-ms"), &milliseconds.to_string()))
            }
            Fault::Error200 => Some((self.success)()),
            Fault::Html => Some(page::plain()),
            Fault::Html403 => Some((self.blocked)()),
            fault => (self.own)(fault),
        })
    }

    fn rate_limited(&self, name: HeaderName, value: &str) -> Reply {
        let reply = (self.of_status)(StatusCode::TOO_MANY_REQUESTS);
        // What no header can hold is refused when the fault is read.
        match HeaderValue::from_str(value) {
            Ok(value) => reply.header(name, value),
            Err(_) => reply,
        }
    }
}

fn known(status: u16) -> StatusCode {
    StatusCode::from_u16(status).expect("a fault's status is checked when it is made")
}
