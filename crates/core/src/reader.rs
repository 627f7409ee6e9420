use std::fmt;

use bytes::Bytes;

use crate::chunk::Chunk;
use crate::decode::{Decoder, Framing, RawEvent};
use crate::error::{Error, ErrorKind, Result};
use crate::provider::{Chunks, Parse};
use crate::shape::Shape;

/// The bytes of one answer to its chunks, without I/O: a decoder and a parser, joined by the rules
/// that every stream keeps.
///
/// [`ChunkStream`](crate::ChunkStream) reads a body through it; a recorded answer is read by hand:
/// push its pieces, take items until there are none, mark the end, take the rest. There is one
/// [`Chunk::End`] or one error, and nothing after it.
pub struct AnswerReader {
    decoder: Decoder,
    shape: Shape,
    parser: Box<dyn Parse>,
    chunks: Chunks,
    /// What ends the answer once the chunks before it are handed out.
    failure: Option<Error>,
    body: BodyState,
    /// Whether the end or the error is known; nothing more is decoded then.
    is_closed: bool,
    events: u64,
    position: u64,
    first_event: Option<RawEvent>,
}

/// Whether and how the body has ended.
enum BodyState {
    Open,
    /// Ended, cleanly or by this error.
    Ended(Option<Error>),
}

impl AnswerReader {
    /// A reader of a body cut like this, whose events may have `limit` bytes.
    pub fn new(framing: Framing, limit: usize, parser: Box<dyn Parse>) -> Self {
        Self {
            decoder: Decoder::new(framing, limit),
            shape: Shape::default(),
            parser,
            chunks: Chunks::new(),
            failure: None,
            body: BodyState::Open,
            is_closed: false,
            events: 0,
            position: 0,
            first_event: None,
        }
    }

    /// Has every event parsed in full, also those that differ from the one before in their text only.
    /// The answer is the same, later.
    #[must_use]
    pub fn parse_in_full(mut self) -> Self {
        self.shape = Shape::off();
        self
    }

    /// Takes in the next piece of the body, of any size.
    pub fn push(&mut self, piece: Bytes) {
        if !self.is_closed {
            self.decoder.push(piece);
        }
    }

    /// Marks the end of the body: a clean one, or what broke it off. What has come is read to its
    /// end; only when it is no whole answer does the error come out.
    pub fn finish(&mut self, broken: Option<Error>) {
        if let BodyState::Open = self.body {
            self.decoder.finish();
            self.body = BodyState::Ended(broken);
        }
    }

    /// The next chunk or the error that ends the answer; `None` until more is pushed, and after the
    /// end.
    pub fn next_item(&mut self) -> Option<Result<Chunk>> {
        loop {
            if let Some(chunk) = self.chunks.pop() {
                return Some(Ok(chunk));
            }
            if let Some(error) = self.failure.take() {
                return Some(Err(error));
            }
            if !self.step() {
                return None;
            }
        }
    }

    /// Whether the end or the error is known: no more of the body is needed.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// How many events have been decoded.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Where the last event begins, in bytes from the start of the body.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Whether anything was said since the last call, see [`Chunks::note_progress`].
    pub(crate) fn take_said(&mut self) -> bool {
        self.chunks.take_said()
    }

    /// The first event, once.
    pub(crate) fn take_first_event(&mut self) -> Option<RawEvent> {
        self.first_event.take()
    }

    /// The error of an answer that has nothing else.
    pub(crate) fn take_only_failure(&mut self) -> Option<Error> {
        if self.chunks.is_empty() { self.failure.take() } else { None }
    }

    /// The decoder, for whoever wants the events themselves; with the error that broke the body off.
    pub(crate) fn into_decoder(self) -> (Decoder, Option<Error>) {
        match self.body {
            BodyState::Ended(broken) => (self.decoder, broken),
            BodyState::Open => (self.decoder, None),
        }
    }

    /// Parses one event, or judges the end of the body; false when nothing is to be done.
    pub(crate) fn step(&mut self) -> bool {
        if self.is_closed {
            return false;
        }
        let stepped = self.parse_event();
        self.is_closed |= self.chunks.is_ended();
        match stepped {
            Ok(has_stepped) => has_stepped,
            Err(error) => {
                self.failure = Some(error);
                self.is_closed = true;
                true
            }
        }
    }

    fn parse_event(&mut self) -> Result<bool> {
        let Some(mut event) = self.decoder.next_event_alike(self.shape.known())? else { return self.judge_end() };
        // The last event of a body that broke off may be cut off too, whatever its framing.
        event.incomplete |= matches!(self.body, BodyState::Ended(Some(_)));
        self.events += 1;
        self.position = event.position;
        if self.events == 1 {
            self.first_event = Some(event.to_owned());
        }
        let parsed = match self.shape.text_of(&event) {
            Some(text) => self.parser.parse_alike(text, &mut self.chunks),
            None => {
                let parsed = self.parser.parse(&event, &mut self.chunks);
                let told = self.chunks.take_told();
                match told.alike {
                    Some(text) => self.shape.learn(&event, text),
                    None if told.keeps_alike() => {}
                    None => self.shape.forget(),
                }
                if told.is_none {
                    self.events -= 1;
                    self.first_event.take_if(|_| self.events == 0);
                }
                parsed
            }
        };
        match parsed {
            // A record that was cut off is not wrong, it is missing.
            Err(error) if event.incomplete && matches!(error.kind(), ErrorKind::Parse | ErrorKind::Decode) => Ok(true),
            parsed => parsed.map(|()| true),
        }
    }

    /// Has the parser say whether what came before the end of the body is an answer.
    fn judge_end(&mut self) -> Result<bool> {
        let BodyState::Ended(broken) = &mut self.body else { return Ok(false) };
        let broken = broken.take();
        self.parser.finish(broken.is_none(), &mut self.chunks)?;
        if self.chunks.is_ended() {
            return Ok(true);
        }
        Err(broken.unwrap_or_else(|| Error::new(ErrorKind::Interrupted, "answer stopped before its end")))
    }
}

impl fmt::Debug for AnswerReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerReader")
            .field("decoder", &self.decoder)
            .field("events", &self.events)
            .field("is_closed", &self.is_closed)
            .finish_non_exhaustive()
    }
}
