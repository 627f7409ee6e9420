use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use tokio::time::{Instant, Sleep};

use crate::call::{Attempts, add_context, refusal, send};
use crate::chunk::Chunk;
use crate::decode::RawEvent;
use crate::error::Result;
use crate::info::{ResponseInfo, Vitals};
use crate::provider::Provider;
use crate::reader::AnswerReader;
use crate::request::ChatRequest;
use crate::response::ChatResponse;
use crate::transport::{Body, Watch};

mod raw;
#[cfg(test)]
mod tests;

pub use raw::RawEvents;

/// The chunks of one answer, as they come: the one driver of all providers.
///
/// It ends in exactly one [`Chunk::End`] or one error, then `None` for ever; every chunk that
/// arrived before an error comes before it. Nothing moves until it is polled, and dropping it ends
/// the request: its connection, or its stream of an HTTP/2 connection, is closed. Reading on to the
/// `None` after the end lets the connection serve the next request.
///
/// # Cancel safety
///
/// `next` and the like are cancel safe: no chunk is lost when a wait for one is given up.
#[must_use = "an answer moves only while its stream is polled"]
pub struct ChunkStream(Box<Answer>);

/// What a [`ChunkStream`] is. It is boxed, because it is moved often and every future that holds it would be
/// as large.
struct Answer {
    provider: &'static str,
    reader: AnswerReader,
    /// `None` once the answer has ended.
    source: Option<Source>,
    /// The rest of a body whose answer has ended.
    tail: Option<Tail>,
    /// Kept for [`raw_events`](Self::raw_events), until the first chunk is asked for.
    first_event: Option<RawEvent>,
    info: ResponseInfo,
    sent: Instant,
    vitals: Vitals,
}

/// Where the bytes come from.
struct Source {
    body: Body,
    watch: Watch,
}

impl ChunkStream {
    /// Sends the request and waits for the provider to begin its answer.
    ///
    /// When this returns, the head was accepted and the first event was read and is no error.
    /// Until then a request that failed in a way that may pass is repeated as the transport's
    /// [`Retry`](crate::Retry) says, and once more with a fresh grant where the provider has one.
    /// Afterwards nothing is ever repeated.
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries: any [`ErrorKind`](crate::ErrorKind).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future ends the request.
    pub fn open(provider: &dyn Provider, request: ChatRequest) -> impl Future<Output = Result<Self>> + Send + use<'_> {
        let mut attempts = Attempts::new(provider);
        async move {
            loop {
                let mut grant = 0;
                // Boxed, because every future around it would be as large.
                match Box::pin(Self::attempt(provider, &request, &mut grant)).await {
                    Ok(mut answer) => {
                        answer.vitals.attempts = attempts.made + 1;
                        return Ok(Self(answer));
                    }
                    Err(error) => attempts.after(error, grant).await?,
                }
            }
        }
    }

    /// Sends the request once.
    async fn attempt(provider: &dyn Provider, request: &ChatRequest, grant: &mut u64) -> Result<Box<Answer>> {
        let transport = provider.transport();
        let outgoing = provider.request(request).await?;
        *grant = outgoing.grant;
        let address = outgoing.request.uri().clone();
        let sent = Instant::now();
        let (head, body) = send(transport, outgoing.request).await?;
        let time_to_head = Some(sent.elapsed());
        let framing = if head.status.is_success() { provider.framing(&head) } else { None };
        let Some(framing) = framing else {
            let info = ResponseInfo { status: head.status, headers: head.headers };
            return Err(refusal(provider, &address, &info, body).await);
        };
        let parser = outgoing.parser.unwrap_or_else(|| provider.parser(request));
        let reader = AnswerReader::new(framing, transport.config().limits.event, parser);
        let mut answer = Box::new(Answer {
            provider: provider.name(),
            reader: if transport.config().parse_in_full { reader.parse_in_full() } else { reader },
            source: Some(Source { body, watch: transport.watch() }),
            tail: None,
            first_event: None,
            info: ResponseInfo { status: head.status, headers: head.headers },
            sent,
            vitals: Vitals { time_to_head, ..Vitals::default() },
        });
        poll_fn(|cx| answer.poll_first_event(cx)).await?;
        Ok(answer)
    }

    /// What the head of the answer told: status, request id, rate limits.
    pub fn info(&self) -> &ResponseInfo {
        &self.0.info
    }

    /// How the answer came in so far; complete once the stream has ended.
    pub fn vitals(&self) -> Vitals {
        self.0.vitals
    }

    /// Waits for the end and folds all chunks into one value.
    ///
    /// # Errors
    ///
    /// The error that ended the stream. The chunks before it are lost: who wants them takes them
    /// from the stream and folds them with [`ChatResponse::push`].
    pub async fn into_response(mut self) -> Result<ChatResponse> {
        let mut response =
            ChatResponse { request_id: self.0.info.request_id().map(str::to_owned), ..ChatResponse::default() };
        while let Some(chunk) = poll_fn(|cx| Pin::new(&mut self).poll_next(cx)).await {
            response.push(chunk?);
        }
        Ok(response)
    }

    /// The same answer as undecoded events, from the first one on when no chunk was taken yet.
    ///
    /// Nothing is understood on the way: an error of the provider is an event like any other, and
    /// the stream ends where the body does.
    pub fn raw_events(self) -> RawEvents {
        let Answer { provider, reader, first_event, source, info, .. } = *self.0;
        let (decoder, broken) = reader.into_decoder();
        RawEvents { provider, first: first_event, decoder, broken, source, info }
    }
}

impl Answer {
    /// Reads until the first event has been parsed; its error is the error of the request.
    fn poll_first_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        while self.reader.events() == 0 && !self.reader.is_closed() {
            if !self.reader.step() {
                ready!(self.poll_piece(cx));
            }
        }
        self.note_progress(cx);
        self.first_event = self.reader.take_first_event();
        // With chunks before it the error cannot be the request's: they would be lost.
        match self.reader.take_only_failure() {
            Some(error) => Poll::Ready(Err(add_context(error, self.provider, &self.info))),
            None => Poll::Ready(Ok(())),
        }
    }

    /// Has the reader take the next piece of the body, or its end, within the waits allowed.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(source) = &mut self.source else { return Poll::Ready(()) };
        match source.poll_piece(cx, &mut self.vitals) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(Some(piece))) => self.reader.push(piece),
            Poll::Ready(Ok(None)) => {
                self.reader.finish(None);
                self.source = None;
            }
            Poll::Ready(Err(error)) => {
                self.reader.finish(Some(error));
                self.source = None;
            }
        }
        Poll::Ready(())
    }

    /// Notes what the reader's last steps were, and lets go of the body once it is not needed.
    fn note_progress(&mut self, cx: &mut Context<'_>) {
        self.vitals.events = self.reader.events();
        if self.vitals.events > 0 && self.vitals.time_to_first_event.is_none() {
            self.vitals.time_to_first_event = Some(self.sent.elapsed());
        }
        if self.reader.take_said() {
            self.vitals.time_to_first_content.get_or_insert_with(|| self.sent.elapsed());
            if let Some(source) = &mut self.source {
                source.watch.content();
            }
        }
        if self.reader.is_closed() {
            if let Some(Source { body, .. }) = self.source.take() {
                // A body that was read to its end gives its connection back for the next request.
                let mut tail = Tail { body, grace: None };
                self.tail = (!tail.poll_ended(cx)).then_some(tail);
            }
        }
    }

    /// Ready once the body has ended too, or the grace for it is over.
    fn poll_tail(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(tail) = &mut self.tail {
            if !tail.poll_ended(cx) {
                let grace = tail.grace.get_or_insert_with(|| Box::pin(tokio::time::sleep(TAIL_GRACE)));
                ready!(grace.as_mut().poll(cx));
            }
            self.tail = None;
        }
        Poll::Ready(())
    }
}

/// How long the end of the stream, after [`Chunk::End`], waits for the end of the body: far longer
/// than a server needs to close a body it has ended, far shorter than a new connection is worth.
const TAIL_GRACE: Duration = Duration::from_millis(100);

/// The rest of a body whose answer has ended.
struct Tail {
    body: Body,
    grace: Option<Pin<Box<Sleep>>>,
}

impl Tail {
    /// Whether nothing more is to be had of the body. What a server sends after its end mark is of
    /// no use; a flood of it is not read out.
    fn poll_ended(&mut self, cx: &mut Context<'_>) -> bool {
        for _ in 0..4 {
            match self.body.poll_piece(cx) {
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(_) => return true,
                Poll::Pending => return false,
            }
        }
        true
    }
}

impl Source {
    /// The next piece of the body, or `None` at its clean end.
    fn poll_piece(&mut self, cx: &mut Context<'_>, vitals: &mut Vitals) -> Poll<Result<Option<Bytes>>> {
        match self.body.poll_piece(cx) {
            Poll::Ready(Some(Ok(piece))) => {
                vitals.longest_gap = vitals.longest_gap.max(self.watch.bytes());
                vitals.bytes += piece.len() as u64;
                Poll::Ready(Ok(Some(piece)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Err(error)),
            Poll::Ready(None) => Poll::Ready(Ok(None)),
            Poll::Pending => self.watch.poll_expired(cx).map(Err),
        }
    }
}

impl Stream for ChunkStream {
    type Item = Result<Chunk>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self.0;
        this.first_event = None;
        loop {
            let item = this.reader.next_item();
            this.note_progress(cx);
            match item {
                Some(Ok(chunk)) => {
                    this.vitals.chunks += 1;
                    return Poll::Ready(Some(Ok(chunk)));
                }
                Some(Err(error)) => {
                    // After an error the connection is of no use to anyone.
                    this.tail = None;
                    return Poll::Ready(Some(Err(add_context(error, this.provider, &this.info))));
                }
                None if this.reader.is_closed() => return this.poll_tail(cx).map(|()| None),
                None => ready!(this.poll_piece(cx)),
            }
        }
    }
}

impl std::fmt::Debug for ChunkStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChunkStream")
            .field("provider", &self.0.provider)
            .field("status", &self.0.info.status)
            .field("vitals", &self.0.vitals)
            .finish_non_exhaustive()
    }
}

impl dyn Provider {
    /// Sends the request and waits for the provider to begin its answer; see [`ChunkStream::open`].
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries.
    pub async fn chat(&self, request: ChatRequest) -> Result<ChunkStream> {
        ChunkStream::open(self, request).await
    }
}

const _: () = {
    const fn is_send_unpin_static<T: Send + Unpin + 'static>() {}
    is_send_unpin_static::<ChunkStream>();
    is_send_unpin_static::<RawEvents>();
};
