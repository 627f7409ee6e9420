//! What the suites share: recorded answers, and a transport that replays them in any pieces.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Ready;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use chatstream::{ChatRequest, Chunk, ChunkStream, Error, Provider, Retry, Timeouts, Transport, TransportConfig};
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};
use tower_service::Service;

/// A recorded answer: status, headers and body.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as one.
    pub body: Bytes,
}

impl Recorded {
    /// An answer of this status and content type.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status: StatusCode::from_u16(status).expect("a status"), headers, body: body.into() }
    }

    /// Reads a `response.http`: the head as on the wire, an empty line, the body without any
    /// transfer coding.
    ///
    /// # Panics
    ///
    /// When the file is not there or has another form.
    pub fn read(path: &Path) -> Self {
        let file = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let end = file.windows(2).position(|pair| pair == b"\n\n").expect("an empty line behind the head");
        let head = std::str::from_utf8(&file[..end]).expect("a head in UTF-8");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").expect("a header");
            headers.insert(name.parse::<HeaderName>().expect("a name"), value.parse().expect("a value"));
        }
        Self { status: status.parse().expect("a status"), headers, body: Bytes::copy_from_slice(&file[end + 2..]) }
    }

    /// A transport that gives this answer to every request, in these pieces.
    pub fn replayed(&self, pieces: Vec<Bytes>) -> Transport {
        let config = TransportConfig::default().retry(Retry::none()).timeouts(Timeouts::none());
        let replay = Replay { answer: Arc::new(self.clone()), pieces: Arc::new(pieces) };
        Transport::from_service(replay, config).expect("the settings are fine")
    }
}

#[derive(Clone, Debug)]
struct Replay {
    answer: Arc<Recorded>,
    pieces: Arc<Vec<Bytes>>,
}

impl Service<http::Request<Bytes>> for Replay {
    type Response = http::Response<Pieces>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Request<Bytes>) -> Self::Future {
        let mut response = http::Response::new(Pieces(self.pieces.iter().cloned().collect()));
        *response.status_mut() = self.answer.status;
        response.headers_mut().clone_from(&self.answer.headers);
        std::future::ready(Ok(response))
    }
}

/// A body in pieces.
#[derive(Debug)]
struct Pieces(VecDeque<Bytes>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(http_body::Frame::data(piece))))
    }
}

/// The body cut in two at every byte, with an empty piece between, and in pieces of every width up
/// to 64 and some beyond.
pub fn every_split(body: &Bytes) -> impl Iterator<Item = Vec<Bytes>> + '_ {
    let in_two = (0..=body.len()).map(|cut| vec![body.slice(..cut), Bytes::new(), body.slice(cut..)]);
    let widths = (1..=64).chain([100, 301, 1000, 4096]).take_while(|width| *width <= body.len().max(1));
    in_two.chain(widths.map(|width| in_widths(body, width)))
}

/// The body in pieces of one width.
pub fn in_widths(body: &Bytes, width: usize) -> Vec<Bytes> {
    (0..body.len()).step_by(width).map(|at| body.slice(at..body.len().min(at + width))).collect()
}

/// All chunks of an answer as JSON, and the error that ended it as one more.
///
/// # Panics
///
/// When the stream breaks the promise of its end: one end or one error, then nothing.
pub async fn answer(provider: &dyn Provider, request: ChatRequest) -> Vec<Value> {
    match ChunkStream::open(provider, request).await {
        Ok(stream) => drain(stream).await,
        Err(error) => vec![error_json(&error)],
    }
}

/// All chunks of a stream as JSON, and the error that ended it as one more.
///
/// # Panics
///
/// When the stream breaks the promise of its end: one end or one error, then nothing.
pub async fn drain(mut stream: ChunkStream) -> Vec<Value> {
    let mut items = Vec::new();
    let mut ended = false;
    while let Some(item) = stream.next().await {
        assert!(!ended, "{item:?} came after the end");
        ended = matches!(item, Ok(Chunk::End(_)) | Err(_));
        items.push(match &item {
            Ok(chunk) => serde_json::to_value(chunk).expect("a chunk has a JSON form"),
            Err(error) => error_json(error),
        });
    }
    assert!(ended, "the stream ended without an end or an error");
    assert!(stream.next().await.is_none(), "the end stays the end");
    items
}

/// What of an error a fixture names.
pub fn error_json(error: &Error) -> Value {
    json!({"type": "error", "kind": error.kind().as_str(), "message": error.message()})
}

/// Neighbouring text deltas and neighbouring reasoning deltas joined: for answers whose pieces do
/// not matter.
pub fn joined(items: &[Value]) -> Vec<Value> {
    let mut joined: Vec<Value> = Vec::new();
    for item in items {
        let key = if item["type"] == "reasoning" { "delta" } else { "text" };
        let last = joined.last_mut().filter(|last| last["type"] == item["type"]);
        match (last, item[key].as_str()) {
            (Some(last), Some(delta)) if last[key].is_string() => {
                last[key] = json!(last[key].as_str().unwrap_or_default().to_owned() + delta);
            }
            _ => joined.push(item.clone()),
        }
    }
    joined
}

/// The folders of a provider's fixtures, by name.
///
/// # Panics
///
/// When there are none.
pub fn fixtures(provider: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(provider);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut cases: Vec<_> = entries.map(|entry| entry.expect("a folder entry").path()).collect();
    cases.sort();
    assert!(!cases.is_empty(), "{} is empty", folder.display());
    cases
}

/// The folder of other people's recordings for a provider, when `CHATSTREAM_WIRE` names one. They
/// are read there and never part of the project.
pub fn wire(provider: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("CHATSTREAM_WIRE").map(|root| Path::new(&root).join(provider));
    let folder = folder.filter(|folder| folder.is_dir());
    if folder.is_none() {
        eprintln!("CHATSTREAM_WIRE names no folder with recordings of {provider}: skipped");
    }
    folder
}
