//! A provider of a toy wire, and a service in memory that plays its answers.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use http::StatusCode;
use http::header::CONTENT_TYPE;
use http::response::Parts;
use tower_service::Service;

use super::*;
use crate::decode::{Event, Framing};
use crate::error::BoxError;
use crate::failure::Failure;
use crate::provider::{Chunks, Parse};
use crate::transport::BoxFuture;

/// One step of an answer's body.
#[derive(Clone)]
pub(super) enum Step {
    Piece(&'static str),
    Wait(Duration),
    Break,
    Hang,
}

/// One answer of the service in memory.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(http::HeaderName, &'static str)>,
    pub(super) steps: Vec<Step>,
}

impl Answer {
    pub(super) fn sse(steps: &[Step]) -> Self {
        Self { status: 200, headers: vec![(CONTENT_TYPE, "text/event-stream")], steps: steps.to_vec() }
    }

    pub(super) fn refused(status: u16, body: &'static str) -> Self {
        Self { status, headers: Vec::new(), steps: vec![Step::Piece(body)] }
    }
}

/// What became of the bodies: how many reached their end, how many were dropped before it.
#[derive(Default)]
pub(super) struct Bodies {
    pub(super) ended: AtomicU64,
    pub(super) dropped: AtomicU64,
}

pub(super) struct ScriptBody {
    steps: VecDeque<Step>,
    timer: Option<Pin<Box<tokio::time::Sleep>>>,
    bodies: Arc<Bodies>,
    ended: bool,
}

impl http_body::Body for ScriptBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, BoxError>>> {
        if let Some(timer) = &mut self.timer {
            ready!(timer.as_mut().poll(cx));
            self.timer = None;
        }
        match self.steps.front().cloned() {
            Some(Step::Hang) => return Poll::Pending,
            Some(Step::Wait(wait)) => {
                self.timer = Some(Box::pin(tokio::time::sleep(wait)));
                self.steps.pop_front();
                return self.poll_frame(cx);
            }
            _ => {}
        }
        Poll::Ready(match self.steps.pop_front() {
            Some(Step::Piece(piece)) => Some(Ok(http_body::Frame::data(Bytes::from_static(piece.as_bytes())))),
            Some(_) => Some(Err("connection reset".into())),
            None => {
                if !std::mem::replace(&mut self.ended, true) {
                    self.bodies.ended.fetch_add(1, Ordering::Relaxed);
                }
                None
            }
        })
    }
}

impl Drop for ScriptBody {
    fn drop(&mut self) {
        if !self.ended {
            self.bodies.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A service that gives its answers one after the other, the last one for ever.
#[derive(Clone)]
pub(super) struct ScriptService {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    pub(super) requests: Arc<Mutex<Vec<http::Request<Bytes>>>>,
    pub(super) bodies: Arc<Bodies>,
}

impl Service<http::Request<Bytes>> for ScriptService {
    type Response = http::Response<ScriptBody>;
    type Error = BoxError;
    type Future = std::future::Ready<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        self.requests.lock().unwrap().push(request);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() };
        if answer.status == 0 {
            return std::future::ready(Err(Error::new(ErrorKind::Connect, "cannot connect").into()));
        }
        let body = ScriptBody { steps: answer.steps.into(), timer: None, bodies: self.bodies.clone(), ended: false };
        let mut response = http::Response::new(body);
        *response.status_mut() = StatusCode::from_u16(answer.status).unwrap();
        response.headers_mut().extend(answer.headers.into_iter().map(|(name, value)| (name, value.parse().unwrap())));
        std::future::ready(Ok(response))
    }
}

/// A provider of a toy wire: `t:text`, `p:progress`, `f` a finish reason, `d` the end mark,
/// `e:error`, `k` a retryable error; anything else does not parse.
#[derive(Debug)]
pub(super) struct Toy {
    transport: Transport,
    pub(super) service: ScriptService,
    grant: AtomicU64,
    /// Whether its requests bring parsers of their own, which know the finish reason from the start.
    pub(super) brings_parsers: bool,
}

impl std::fmt::Debug for ScriptService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ScriptService")
    }
}

impl Toy {
    pub(super) fn new(answers: &[Answer]) -> Self {
        Self::with(answers, TransportConfig::default().timeouts(Timeouts::none()))
    }

    pub(super) fn with(answers: &[Answer], config: TransportConfig) -> Self {
        let service = ScriptService {
            answers: Arc::new(Mutex::new(answers.to_vec().into())),
            requests: Arc::default(),
            bodies: Arc::default(),
        };
        let transport = Transport::from_service(service.clone(), config).unwrap();
        Self { transport, service, grant: AtomicU64::new(1), brings_parsers: false }
    }

    pub(super) async fn chat(&self) -> Result<ChunkStream> {
        ChunkStream::open(self, ChatRequest::new("hi")).await
    }

    /// All chunks and the error that ended them.
    pub(super) async fn chunks(&self) -> (Vec<Chunk>, Option<Error>) {
        match self.chat().await {
            Ok(mut stream) => drain(&mut stream).await,
            Err(error) => (Vec::new(), Some(error)),
        }
    }

    pub(super) fn requests(&self) -> usize {
        self.service.requests.lock().unwrap().len()
    }
}

impl Provider for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn transport(&self) -> &Transport {
        &self.transport
    }

    fn request<'a>(&'a self, _: &'a ChatRequest) -> BoxFuture<'a, Result<Outgoing>> {
        let grant = self.grant.load(Ordering::Relaxed);
        let request = http::Request::post("http://toy.example/chat?key=hunter2").header("grant", grant);
        let outgoing = Outgoing::new(request.body(Bytes::new()).unwrap()).grant(grant);
        let outgoing = if self.brings_parsers { outgoing.parser(ToyParser { finished: true }) } else { outgoing };
        Box::pin(std::future::ready(Ok(outgoing)))
    }

    fn framing(&self, head: &Parts) -> Option<Framing> {
        match head.headers.get(CONTENT_TYPE)?.as_bytes() {
            b"text/event-stream" => Some(Framing::Sse),
            b"application/json" => Some(Framing::Whole),
            _ => None,
        }
    }

    fn parser(&self, _: &ChatRequest) -> Box<dyn Parse> {
        Box::new(ToyParser { finished: false })
    }

    fn classify(&self, failure: &Failure<'_>) -> Error {
        let kind = match failure.status.as_u16() {
            401 => ErrorKind::Unauthorized,
            429 => ErrorKind::RateLimited,
            500.. => ErrorKind::Unavailable,
            _ => ErrorKind::Unexpected,
        };
        Error::new(kind, crate::error::quote(failure.body))
    }

    fn renew(&self, grant: u64) -> bool {
        // A grant is renewed once, and only by the one who held it.
        grant == 1 && self.grant.compare_exchange(1, 2, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

struct ToyParser {
    finished: bool,
}

impl Parse for ToyParser {
    fn parse(&mut self, event: &Event<'_>, chunks: &mut Chunks) -> Result<()> {
        let text = event.text()?;
        match text.split_once(':').unwrap_or((text, "")) {
            ("t", text) => chunks.push(Chunk::Text(text.to_owned())),
            ("p", _) => chunks.note_progress(),
            ("n", _) => {}
            ("f", _) => self.finished = true,
            ("d", _) => chunks.push(end(if self.finished { Ending::FinishAndDone } else { Ending::DoneOnly })),
            ("e", message) => return Err(Error::new(ErrorKind::Refused, message.to_owned())),
            ("k", message) => return Err(Error::new(ErrorKind::Unavailable, message.to_owned())),
            ("te", message) => {
                chunks.push(Chunk::Text(message.to_owned()));
                return Err(Error::new(ErrorKind::Unavailable, "both at once"));
            }
            _ => return Err(Error::new(ErrorKind::Parse, "no toy")),
        }
        Ok(())
    }

    fn finish(&mut self, _: bool, chunks: &mut Chunks) -> Result<()> {
        if self.finished {
            chunks.push(end(Ending::FinishOnly));
        }
        Ok(())
    }
}
