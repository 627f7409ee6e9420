use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use http::response::Parts;

use crate::chunk::Chunk;
use crate::decode::{Event, Framing};
use crate::delta::DeltaText;
use crate::error::{Error, ErrorKind, Result};
use crate::failure::Failure;
use crate::request::ChatRequest;
use crate::shape::Part;
use crate::transport::{BoxFuture, Transport};

/// A chat service: what the one driver, [`ChunkStream`](crate::ChunkStream), must know of it.
///
/// A provider answers questions; it never loops over bytes and never owns a stream. Every client
/// type implements it, and `Box<dyn Provider>` has the same `chat` call.
pub trait Provider: Send + Sync + fmt::Debug {
    /// The name in lower case: `xai`.
    fn name(&self) -> &'static str;

    /// What carries the requests.
    fn transport(&self) -> &Transport;

    /// The request to send: obtains a grant where one is needed, then encodes. Called again for
    /// every attempt.
    fn request<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Outgoing>>;

    /// How the body behind this head is cut into events. `None`: the head is no answer but a
    /// failure, and its body goes to [`classify`](Self::classify).
    fn framing(&self, head: &Parts) -> Option<Framing>;

    /// A parser for one answer to this request.
    fn parser(&self, request: &ChatRequest) -> Box<dyn Parse>;

    /// What a refused request means. The driver adds the provider's name, the status, the request
    /// id and the time to wait.
    fn classify(&self, failure: &Failure<'_>) -> Error;

    /// Gives up the grant of this number after it was refused; true when the next
    /// [`request`](Self::request) gets a fresh one, so that repeating it once may help.
    fn renew(&self, grant: u64) -> bool {
        let _ = grant;
        false
    }
}

impl<P: Provider + ?Sized> Provider for Box<P> {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn transport(&self) -> &Transport {
        (**self).transport()
    }

    fn request<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Outgoing>> {
        (**self).request(request)
    }

    fn framing(&self, head: &Parts) -> Option<Framing> {
        (**self).framing(head)
    }

    fn parser(&self, request: &ChatRequest) -> Box<dyn Parse> {
        (**self).parser(request)
    }

    fn classify(&self, failure: &Failure<'_>) -> Error {
        (**self).classify(failure)
    }

    fn renew(&self, grant: u64) -> bool {
        (**self).renew(grant)
    }
}

/// A request ready to be sent.
#[non_exhaustive]
pub struct Outgoing {
    /// The request.
    pub request: http::Request<Bytes>,
    /// The number of the grant in it, for [`Provider::renew`]; 0 where there is nothing to renew.
    pub grant: u64,
    /// The parser of its answer, where that must know what was sent; `None` is
    /// [`Provider::parser`].
    pub parser: Option<Box<dyn Parse>>,
}

impl Outgoing {
    /// A request whose grant cannot be renewed.
    pub fn new(request: http::Request<Bytes>) -> Self {
        Self { request, grant: 0, parser: None }
    }

    /// Sets the [`parser`](Self::parser).
    #[must_use]
    pub fn parser(mut self, parser: impl Parse + 'static) -> Self {
        self.parser = Some(Box::new(parser));
        self
    }

    /// Sets the [`grant`](Self::grant).
    #[must_use]
    pub fn grant(mut self, grant: u64) -> Self {
        self.grant = grant;
        self
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("request", &self.request).field("grant", &self.grant).finish_non_exhaustive()
    }
}

/// Events to chunks: the state of one answer.
pub trait Parse: Send {
    /// Takes one event. Chunks that it completes are pushed, also those before an error in it.
    ///
    /// # Errors
    ///
    /// When the event is an error of the provider, or cannot be understood. It ends the stream.
    fn parse(&mut self, event: &Event<'_>, chunks: &mut Chunks) -> Result<()>;

    /// Takes an event that differs from the last one in nothing but the text that
    /// [`Chunks::note_alike`] told: what [`parse`](Self::parse) does once it has read that text.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    fn parse_alike(&mut self, text: DeltaText<'_>, chunks: &mut Chunks) -> Result<()> {
        let _ = (text, chunks);
        Err(Error::new(ErrorKind::Unexpected, "this parser tells of no events alike"))
    }

    /// The body has ended without [`Chunk::End`]. Pushes one if what came is evidence enough;
    /// `clean` tells a proper end from a broken connection.
    ///
    /// # Errors
    ///
    /// When a better error than "the answer stopped" can be given.
    fn finish(&mut self, clean: bool, chunks: &mut Chunks) -> Result<()>;
}

/// Where a parser puts its chunks.
#[derive(Debug, Default)]
pub struct Chunks {
    /// Most events give one chunk, which needs no queue.
    first: Option<Chunk>,
    rest: VecDeque<Chunk>,
    /// Whether anything was said since the driver last asked.
    said: bool,
    ended: bool,
    /// What the last event was beside its chunks.
    told: Told,
}

/// What a parser tells of an event beside its chunks.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Where the text lies that the event was nothing but.
    pub(crate) alike: Option<Part>,
    /// It was more than a text.
    is_unlike: bool,
    /// It was no event.
    pub(crate) is_none: bool,
}

impl Told {
    /// Whether the next event may be like the one before this one.
    pub(crate) fn keeps_alike(&self) -> bool {
        self.is_none && !self.is_unlike
    }
}

impl Chunks {
    /// An empty queue.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a chunk. After [`Chunk::End`] nothing more is taken.
    pub fn push(&mut self, chunk: Chunk) {
        if self.ended {
            return;
        }
        self.ended = matches!(chunk, Chunk::End(_));
        self.said = true;
        if self.is_empty() {
            self.first = Some(chunk);
        } else {
            self.rest.push_back(chunk);
        }
    }

    /// Tells that the event said something although no chunk is complete yet, such as a piece of a
    /// tool call: the wait for content starts anew.
    pub fn note_progress(&mut self) {
        self.said = true;
    }

    /// Tells that the event was nothing but this text: whatever else it holds, another event with the
    /// same would have no other effect. Such events need not be parsed in full: they are taken by
    /// [`Parse::parse_alike`].
    pub fn note_alike(&mut self, text: &DeltaText<'_>) {
        self.told.alike = text.borrowed().map(Part::of);
    }

    /// Tells that the event is more than a text, also after [`note_alike`](Self::note_alike); or that it
    /// changes what events like the last one mean.
    pub fn note_unlike(&mut self) {
        self.told.alike = None;
        self.told.is_unlike = true;
    }

    /// Tells that this was no event, but a comment or a line between two: the answer has not begun with it,
    /// and the next event may be like the one before it.
    pub fn note_no_event(&mut self) {
        self.told.is_none = true;
    }

    /// Takes the oldest chunk.
    pub fn pop(&mut self) -> Option<Chunk> {
        self.first.take().or_else(|| self.rest.pop_front())
    }

    /// Whether no chunk waits.
    pub fn is_empty(&self) -> bool {
        self.first.is_none() && self.rest.is_empty()
    }

    /// Whether the end was pushed.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// What the last event was beside its chunks.
    pub(crate) fn take_told(&mut self) -> Told {
        std::mem::take(&mut self.told)
    }

    /// Whether anything was said since the last call.
    pub(crate) fn take_said(&mut self) -> bool {
        std::mem::take(&mut self.said)
    }
}
