//! What is sent back: a head, and a body made of steps.

mod body;

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

pub(crate) use body::{AnswerBody, Running};

/// A scripted answer: sent as it is, instead of what the service would have answered.
///
/// ```
/// use std::time::Duration;
/// use chatstream_emulator::Answer;
///
/// let answer = Answer::new(200)
///     .header("content-type", "text/event-stream")
///     .piece("data: {\"choi")
///     .pause(Duration::from_millis(20))
///     .piece("ces\":[]}\r")
///     .stall();
/// ```
///
/// Every piece becomes one HTTP/1.1 chunk or one HTTP/2 DATA frame; empty pieces are left out, because an empty
/// chunk would end the body. With a `content-length` header the body is sent without chunks, and a body that ends
/// before that length breaks the connection. An answer without [`stall`](Self::stall), [`reset`](Self::reset) or
/// [`close`](Self::close) ends cleanly after its last piece.
#[derive(Clone, Debug)]
pub struct Answer {
    path: Option<String>,
    delay: Duration,
    status: StatusCode,
    headers: HeaderMap,
    steps: Vec<Step>,
}

impl Answer {
    /// An answer with this status, no headers (the server adds `date`) and an empty body.
    ///
    /// # Panics
    ///
    /// - `status` is not between 200 and 999
    pub fn new(status: u16) -> Self {
        let status = StatusCode::from_u16(status).ok().filter(|status| !status.is_informational());
        Self {
            path: None,
            delay: Duration::ZERO,
            status: status.expect("a status between 200 and 999"),
            headers: HeaderMap::new(),
            steps: Vec::new(),
        }
    }

    /// Keeps the answer for a request to this path, `/xai/v1/chat/completions`. Default: for any request.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Waits this long before the head is sent. Default: not at all.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Adds a header; the same name can be added several times.
    ///
    /// # Panics
    ///
    /// - the name or the value is none that HTTP allows
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).expect("a header name");
        self.headers.append(name, HeaderValue::try_from(value).expect("a header value"));
        self
    }

    /// Adds bytes, to be sent as one chunk.
    pub fn piece(mut self, bytes: impl Into<Bytes>) -> Self {
        self.steps.push(Step::Piece(bytes.into()));
        self
    }

    /// Adds each of these as a piece of its own.
    pub fn pieces<T: Into<Bytes>>(mut self, pieces: impl IntoIterator<Item = T>) -> Self {
        self.steps.extend(pieces.into_iter().map(|bytes| Step::Piece(bytes.into())));
        self
    }

    /// Waits between two pieces. What came before is sent first.
    pub fn pause(mut self, pause: Duration) -> Self {
        self.steps.push(Step::Pause(pause));
        self
    }

    /// Lets the body stay open and silent from here on, until the client or the emulator goes.
    pub fn stall(mut self) -> Self {
        self.steps.push(Step::Stall);
        self
    }

    /// Resets the TCP connection here, with everything else on it.
    pub fn reset(mut self) -> Self {
        self.steps.push(Step::Reset);
        self
    }

    /// Closes the TCP connection here, without ending the body.
    pub fn close(mut self) -> Self {
        self.steps.push(Step::Close);
        self
    }

    /// Ends the body cleanly here; later pieces are not sent. The end of the script does the same.
    pub fn end(mut self) -> Self {
        self.steps.push(Step::End);
        self
    }

    pub(crate) fn is_for(&self, path: &str) -> bool {
        self.path.as_ref().is_none_or(|wanted| wanted == path)
    }
}

/// One thing the body does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Piece(Bytes),
    Pause(Duration),
    Stall,
    Reset,
    Close,
    End,
}

/// Steps made while the body is sent.
pub(crate) type Steps = Box<dyn Iterator<Item = Step> + Send>;

/// An answer about to be sent.
pub(crate) struct Reply {
    /// How long to wait before the head; `None` is for ever.
    pub(crate) delay: Option<Duration>,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) steps: Steps,
}

impl Reply {
    pub(crate) fn new(status: StatusCode, steps: impl Iterator<Item = Step> + Send + 'static) -> Self {
        Self { delay: Some(Duration::ZERO), status, headers: HeaderMap::new(), steps: Box::new(steps) }
    }

    /// A short answer, known in full.
    pub(crate) fn text(status: StatusCode, content_type: &'static str, text: impl Into<Bytes>) -> Self {
        let text = text.into();
        let length = text.len();
        Self::new(status, std::iter::once(Step::Piece(text)))
            .header(CONTENT_TYPE, HeaderValue::from_static(content_type))
            .header(http::header::CONTENT_LENGTH, HeaderValue::from(length))
    }

    /// No head, ever.
    pub(crate) fn never() -> Self {
        Self { delay: None, ..Self::new(StatusCode::OK, std::iter::empty()) }
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self {
            delay: Some(answer.delay),
            status: answer.status,
            headers: answer.headers,
            steps: Box::new(answer.steps.into_iter()),
        }
    }
}
