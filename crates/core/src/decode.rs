//! Bytes to events, without I/O: push pieces as they come, take events until there are none.

use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;

use crate::error::{Error, ErrorKind};

mod json_lines;
mod json_objects;
mod line;
mod sse;
mod whole;

pub use json_lines::JsonLinesDecoder;
pub use json_objects::JsonObjectsDecoder;
pub use line::{Line, LineDecoder};
pub use sse::SseDecoder;
use whole::WholeDecoder;

/// The default limit of one line, one event or one whole body: 16 MiB, because pictures carried
/// inline are that large.
pub const DEFAULT_EVENT_LIMIT: usize = 16 * 1024 * 1024;

/// How a body is cut into events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Framing {
    /// One event per line, blank ones included.
    Lines,
    /// Server-sent events.
    Sse,
    /// One event per line that is not blank.
    JsonLines,
    /// One event per JSON object, however they are glued together.
    JsonObjects,
    /// The whole body is one event.
    Whole,
    /// [`Whole`](Self::Whole) when the first byte that is not white space opens a JSON document
    /// (`{`, `[`) or a page (`<`), else [`Sse`](Self::Sse): for servers whose content type does not tell.
    SseOrWhole,
}

/// One framed record on the wire. It borrows from the decoder that handed it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The payload: the `data` of a server-sent event, a line, an object, a body.
    pub data: &'a [u8],
    /// The `event` of a server-sent event, when it has one.
    pub name: Option<&'a str>,
    /// The last `id` the stream gave, which stays valid for the events after it.
    pub id: Option<&'a str>,
    /// The last `retry` since the event before.
    pub retry: Option<Duration>,
    /// The body ended before the event did: the payload may be cut off.
    pub incomplete: bool,
    /// Where the event begins, in bytes from the start of the body: for a server-sent event its first
    /// line of data.
    pub position: u64,
}

impl<'a> Event<'a> {
    /// A complete event with this payload and nothing else.
    pub fn new(data: &'a [u8]) -> Self {
        Self { data, name: None, id: None, retry: None, incomplete: false, position: 0 }
    }

    /// The payload as text.
    ///
    /// # Errors
    ///
    /// - [`Decode`](ErrorKind::Decode) when it is not UTF-8.
    pub fn text(&self) -> Result<&'a str, Error> {
        std::str::from_utf8(self.data)
            .map_err(|error| Error::new(ErrorKind::Decode, "event is not UTF-8").with_source(error))
    }

    /// The same event with a payload of its own.
    pub fn to_owned(&self) -> RawEvent {
        RawEvent {
            data: Bytes::copy_from_slice(self.data),
            name: self.name.map(str::to_owned),
            id: self.id.map(str::to_owned),
            retry: self.retry,
            incomplete: self.incomplete,
            position: self.position,
        }
    }
}

/// An [`Event`] that owns its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawEvent {
    /// See [`Event::data`].
    pub data: Bytes,
    /// See [`Event::name`].
    pub name: Option<String>,
    /// See [`Event::id`].
    pub id: Option<String>,
    /// See [`Event::retry`].
    pub retry: Option<Duration>,
    /// See [`Event::incomplete`].
    pub incomplete: bool,
    /// See [`Event::position`].
    pub position: u64,
}

/// A limit was crossed. A decoder that failed hands out nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// A line is longer than the limit.
    #[error("line at byte {position} exceeds {limit} bytes")]
    LineTooLong {
        /// Where the line begins, in bytes from the start of the body.
        position: u64,
        /// The limit in bytes.
        limit: usize,
    },
    /// An event is longer than the limit.
    #[error("event at byte {position} exceeds {limit} bytes")]
    EventTooLong {
        /// Where the event begins, in bytes from the start of the body.
        position: u64,
        /// The limit in bytes.
        limit: usize,
    },
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Error::new(ErrorKind::Decode, error.to_string())
    }
}

/// Whichever decoder a [`Framing`] asks for.
///
/// ```
/// use chatstream_core::decode::{Decoder, Framing, DEFAULT_EVENT_LIMIT};
///
/// let mut decoder = Decoder::new(Framing::Sse, DEFAULT_EVENT_LIMIT);
/// decoder.push("data: one\n\nda".into());
/// assert_eq!(decoder.next_event()?.map(|event| event.data), Some(&b"one"[..]));
/// assert_eq!(decoder.next_event()?, None);
/// decoder.push("ta: two\n\n".into());
/// assert_eq!(decoder.next_event()?.map(|event| event.data), Some(&b"two"[..]));
/// # Ok::<(), chatstream_core::decode::DecodeError>(())
/// ```
#[derive(Debug)]
pub struct Decoder(Kind);

#[derive(Debug)]
enum Kind {
    Lines(LineDecoder),
    Sse(SseDecoder),
    JsonLines(JsonLinesDecoder),
    JsonObjects(JsonObjectsDecoder),
    Whole(WholeDecoder),
    Undecided { head: Vec<u8>, limit: usize },
}

impl Decoder {
    /// A decoder for this framing. A line or event longer than `limit` bytes is an error.
    pub fn new(framing: Framing, limit: usize) -> Self {
        Self(match framing {
            Framing::Lines => Kind::Lines(LineDecoder::new(limit)),
            Framing::Sse => Kind::Sse(SseDecoder::new(limit)),
            Framing::JsonLines => Kind::JsonLines(JsonLinesDecoder::new(limit)),
            Framing::JsonObjects => Kind::JsonObjects(JsonObjectsDecoder::new(limit)),
            Framing::Whole => Kind::Whole(WholeDecoder::new(limit)),
            Framing::SseOrWhole => Kind::Undecided { head: Vec::new(), limit },
        })
    }

    /// Takes in the next piece of the body, of any size.
    pub fn push(&mut self, piece: Bytes) {
        match &mut self.0 {
            Kind::Lines(decoder) => decoder.push(piece),
            Kind::Sse(decoder) => decoder.push(piece),
            Kind::JsonLines(decoder) => decoder.push(piece),
            Kind::JsonObjects(decoder) => decoder.push(piece),
            Kind::Whole(decoder) => decoder.push(&piece),
            Kind::Undecided { .. } => self.decide(piece),
        }
    }

    /// Marks the end of the body: what is left is handed out by [`next_event`](Self::next_event).
    pub fn finish(&mut self) {
        match &mut self.0 {
            Kind::Lines(decoder) => decoder.finish(),
            Kind::Sse(decoder) => decoder.finish(),
            Kind::JsonLines(decoder) => decoder.finish(),
            Kind::JsonObjects(decoder) => decoder.finish(),
            Kind::Whole(decoder) => decoder.finish(),
            Kind::Undecided { .. } => {}
        }
    }

    /// The next event, or `None` until more is pushed.
    ///
    /// # Errors
    ///
    /// When a line or an event is longer than the limit. Every event that was complete before it
    /// has been handed out by then; afterwards there is nothing but `None`.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, DecodeError> {
        self.next_event_alike(None)
    }

    /// The same for a reader that knows the bytes before and after the one string in which the next event
    /// is likely to differ from the one before: its end need not be searched for.
    pub(crate) fn next_event_alike(&mut self, known: Option<(&[u8], &[u8])>) -> Result<Option<Event<'_>>, DecodeError> {
        match &mut self.0 {
            Kind::Lines(decoder) => {
                let Some((span, terminated)) = decoder.next_span()? else {
                    decoder.let_go();
                    return Ok(None);
                };
                let position = decoder.line_at();
                Ok(Some(Event { incomplete: !terminated, position, ..Event::new(decoder.bytes(&span)) }))
            }
            Kind::Sse(decoder) => decoder.next_event(),
            Kind::JsonLines(decoder) => decoder.next_event(),
            Kind::JsonObjects(decoder) => match known {
                Some((head, tail)) => decoder.next_event_alike(head, tail),
                None => decoder.next_event(),
            },
            Kind::Whole(decoder) => decoder.next_event(),
            Kind::Undecided { .. } => Ok(None),
        }
    }

    /// Where the first byte lies that the framing had to skip because it fits no rule of it: a
    /// line with an unknown field, text outside any object. `None` while all fitted.
    pub fn junk_at(&self) -> Option<u64> {
        match &self.0 {
            Kind::Sse(decoder) => decoder.junk_at(),
            Kind::JsonObjects(decoder) => decoder.junk_at(),
            _ => None,
        }
    }

    /// Holds pieces back until the first byte that tells a document from an event stream.
    fn decide(&mut self, piece: Bytes) {
        let Kind::Undecided { head, limit } = &mut self.0 else { return };
        let limit = *limit;
        head.extend_from_slice(&piece);
        // A mark cut in two is no decision yet.
        if BOM.starts_with(head) {
            return;
        }
        let text = head.strip_prefix(BOM).unwrap_or(head);
        let blanks = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let framing = match text.get(blanks) {
            // Nothing but blanks for that long is no event stream: the whole body fails at its limit.
            _ if blanks > limit => Framing::Whole,
            None => return,
            Some(b'{' | b'[' | b'<') => Framing::Whole,
            Some(_) => Framing::Sse,
        };
        let head = if head.len() == piece.len() { piece } else { Bytes::from(std::mem::take(head)) };
        *self = Self::new(framing, limit);
        self.push(head);
    }
}

/// The byte order mark in UTF-8.
const BOM: &[u8] = b"\xEF\xBB\xBF";

#[cfg(test)]
mod tests;
