//! A body that is known in full, with faults.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};

use crate::answer::{Reply, Step};
use crate::fault::{Fault, Faults};
use crate::stream;

/// A JSON answer with status 200.
pub(crate) fn json(json: String, faults: &Faults) -> Reply {
    body(Bytes::from(json), HeaderValue::from_static("application/json"), faults)
}

/// An answer with status 200.
pub(crate) fn body(body: Bytes, content_type: HeaderValue, faults: &Faults) -> Reply {
    let length = body.len();
    let ending = faults.find(|fault| match fault {
        Fault::TruncatedBody => Some(Step::Close),
        Fault::Stall(_) => Some(Step::Stall),
        Fault::Reset(_) => Some(Step::Reset),
        _ => None,
    });
    let sent = if ending.is_some() { body.slice(..length / 2) } else { body };
    let steps = stream::cut([Step::Piece(sent)].into_iter().chain(ending), faults);
    let reply = Reply::new(StatusCode::OK, steps).header(CONTENT_TYPE, content_type);
    // Only a body without a length is sent in chunks, which show where it was cut.
    if faults.piece_length().is_some() || faults.has(&Fault::SplitUtf8) {
        return reply;
    }
    reply.header(CONTENT_LENGTH, HeaderValue::from(length))
}
