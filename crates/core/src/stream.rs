use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_core::Stream;
use http::Uri;
use http::response::Parts;
use tokio::time::{Instant, Sleep};

use crate::chunk::Chunk;
use crate::decode::{Decoder, RawEvent};
use crate::error::{Error, ErrorKind, Result};
use crate::failure::Failure;
use crate::info::{ResponseInfo, Vitals, request_id};
use crate::provider::{Outgoing, Provider};
use crate::random;
use crate::reader::AnswerReader;
use crate::request::ChatRequest;
use crate::response::ChatResponse;
use crate::retry::retry_after;
use crate::transport::{Body, BoxFuture, Watch};

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
    /// Whatever refuses the request, after the retries: any [`ErrorKind`].
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
        let mut outgoing = provider.request(request).await?;
        *grant = outgoing.grant;
        // A compressed event stream would be held back until a block is full.
        outgoing
            .request
            .headers_mut()
            .entry(http::header::ACCEPT_ENCODING)
            .or_insert(http::HeaderValue::from_static("identity"));
        let address = outgoing.request.uri().clone();
        let sent = Instant::now();
        let (head, body) = transport.send(outgoing.request).await?.into_parts();
        let time_to_head = Some(sent.elapsed());
        refuse_compressed(&head)?;
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

/// The undecoded events of an answer; see [`ChunkStream::raw_events`].
#[must_use = "an answer moves only while its stream is polled"]
pub struct RawEvents {
    provider: &'static str,
    first: Option<RawEvent>,
    decoder: Decoder,
    /// What broke the body off, once what came before it is handed out.
    broken: Option<Error>,
    /// `None` once the body has ended.
    source: Option<Source>,
    info: ResponseInfo,
}

impl Stream for RawEvents {
    type Item = Result<RawEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(event) = this.first.take() {
            return Poll::Ready(Some(Ok(event)));
        }
        loop {
            match this.decoder.next_event() {
                Ok(Some(event)) => return Poll::Ready(Some(Ok(event.to_owned()))),
                Ok(None) => {}
                Err(error) => {
                    this.source = None;
                    this.broken = Some(error.into());
                }
            }
            let Some(source) = &mut this.source else {
                let error = this.broken.take().map(|error| add_context(error, this.provider, &this.info));
                return Poll::Ready(error.map(Err));
            };
            match ready!(source.poll_piece(cx, &mut Vitals::default())) {
                Ok(Some(piece)) => this.decoder.push(piece),
                ended => {
                    this.broken = ended.err();
                    this.decoder.finish();
                    this.source = None;
                }
            }
        }
    }
}

impl std::fmt::Debug for RawEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawEvents").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// Sends a request other than a chat and takes its whole answer, with the same retries, refusals
/// and limits: for model lists, uploads and whatever else a provider offers.
///
/// `request` is called for every attempt.
///
/// # Errors
///
/// Whatever refuses the request, after the retries.
pub async fn fetch<'a>(
    provider: &'a dyn Provider,
    mut request: impl FnMut() -> BoxFuture<'a, Result<Outgoing>> + Send,
) -> Result<(ResponseInfo, Bytes)> {
    let mut attempts = Attempts::new(provider);
    loop {
        let mut grant = 0;
        match fetch_once(provider, request(), &mut grant).await {
            Ok(answer) => return Ok(answer),
            Err(error) => attempts.after(error, grant).await?,
        }
    }
}

async fn fetch_once(
    provider: &dyn Provider,
    request: BoxFuture<'_, Result<Outgoing>>,
    grant: &mut u64,
) -> Result<(ResponseInfo, Bytes)> {
    let transport = provider.transport();
    let outgoing = request.await?;
    *grant = outgoing.grant;
    let address = outgoing.request.uri().clone();
    let (head, body) = transport.send(outgoing.request).await?.into_parts();
    let info = ResponseInfo { status: head.status, headers: head.headers };
    if !info.status.is_success() {
        return Err(refusal(provider, &address, &info, body).await);
    }
    let limit = transport.config().limits.event;
    match transport.read(body, limit).await {
        Ok((bytes, true)) => Ok((info, bytes)),
        Ok((_, false)) => {
            let error = Error::new(ErrorKind::Decode, format!("answer exceeds {limit} bytes"));
            Err(add_context(error, provider.name(), &info))
        }
        Err(error) => Err(add_context(error, provider.name(), &info)),
    }
}

/// The attempts at one request.
struct Attempts<'a> {
    provider: &'a dyn Provider,
    made: u32,
    retries: u32,
    renewed: bool,
}

impl<'a> Attempts<'a> {
    fn new(provider: &'a dyn Provider) -> Self {
        Self { provider, made: 0, retries: 0, renewed: false }
    }

    /// Waits until the request may be sent again, or gives the error back.
    async fn after(&mut self, error: Error, grant: u64) -> Result<()> {
        self.made += 1;
        let error = if error.provider().is_some() { error } else { error.with_provider(self.provider.name()) };
        if error.kind() == ErrorKind::Unauthorized && !self.renewed && self.provider.renew(grant) {
            self.renewed = true;
            return Ok(());
        }
        let retry = self.provider.transport().config().retry;
        let Some(wait) = retry.wait(&error, self.retries, random::unit()) else { return Err(error) };
        self.retries += 1;
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

/// A compressed body was not asked for and is not understood; to say so beats to show its bytes.
fn refuse_compressed(head: &Parts) -> Result<()> {
    let encoding = head.headers.get(http::header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    match encoding.map(str::trim).filter(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity"))
    {
        None => Ok(()),
        Some(encoding) => {
            let message = format!("answer is compressed with {encoding}, though it was asked for as it is");
            Err(Error::new(ErrorKind::Unexpected, message).with_status(head.status))
        }
    }
}

/// Reads the body of a refused request and has the provider classify it.
async fn refusal(provider: &dyn Provider, address: &Uri, info: &ResponseInfo, body: Body) -> Error {
    let transport = provider.transport();
    // A body that breaks off still says what it said: the status alone tells most.
    let body =
        transport.read(body, transport.config().limits.error_body).await.map_or_else(|_| Bytes::new(), |read| read.0);
    let error = provider.classify(&Failure::new(address, info.status, &info.headers, &body));
    let error = match retry_after(&info.headers, SystemTime::now()) {
        Some(wait) if error.retry_after().is_none() => error.with_retry_after(wait),
        _ => error,
    };
    add_context(error, provider.name(), info)
}

/// Adds what the driver knows and the room that raised the error does not.
fn add_context(mut error: Error, provider: &'static str, info: &ResponseInfo) -> Error {
    if error.provider().is_none() {
        error = error.with_provider(provider);
    }
    // The waits and breaks of a transport are no answer of the provider: its status says nothing there.
    let is_answer = !matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Interrupted | ErrorKind::Connect);
    if is_answer && error.status().is_none() {
        error = error.with_status(info.status);
    }
    if error.request_id().is_none() {
        if let Some(id) = request_id(&info.headers) {
            let id = id.to_owned();
            error = error.with_request_id(id);
        }
    }
    error
}

const _: () = {
    const fn is_send_unpin_static<T: Send + Unpin + 'static>() {}
    is_send_unpin_static::<ChunkStream>();
    is_send_unpin_static::<RawEvents>();
};

#[cfg(test)]
mod tests;
