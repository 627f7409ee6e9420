//! The accept loop, and the way of one request through the emulator.

mod failures;

use std::collections::VecDeque;
use std::future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Request, Response, StatusCode, request};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::answer::{Answer, AnswerBody, Reply, Running};
use crate::chatgptfree::{self, Chatgptfree};
use crate::connection::{Link, Socket};
use crate::fault::Faults;
use crate::gigachat::{self, Gigachat};
use crate::grok::Grok;
use crate::journal::Journal;
use crate::pace;
use crate::xai::Xai;
use failures::Failures;

/// The largest request body that is read to be answered, 20 MiB, unless the service has room for more.
pub(crate) const MAX_BODY_BYTES: usize = 20 << 20;

/// How much of a larger body is read and thrown away, 256 MiB: a client that is still writing
/// does not read the refusal.
const MAX_DISCARDED_BYTES: usize = 256 << 20;

/// How long to wait when the system has no connection to give, for instance for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) journal: Arc<Journal>,
    scripts: Mutex<VecDeque<Answer>>,
    faults: Faults,
    pace: Duration,
    failures: Failures,
    xai: Xai,
    pub(crate) gigachat: Gigachat,
    grok: Grok,
    pub(crate) chatgptfree: Chatgptfree,
}

/// A request with all that is known about how to answer it.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) head: request::Parts,
    /// At most [`MAX_BODY_BYTES`], or what the service has room for.
    pub(crate) body: Bytes,
    /// Whether the body was longer than that.
    pub(crate) too_large: bool,
    /// Counted from 1 over all requests.
    pub(crate) number: u64,
    pub(crate) faults: Faults,
    pub(crate) pace: Duration,
}

impl Call {
    /// The same call with another body, without faults and pauses.
    pub(crate) fn alone(&self, body: impl Into<Bytes>) -> Self {
        Self {
            head: self.head.clone(),
            body: body.into(),
            too_large: false,
            number: self.number,
            faults: Faults::default(),
            pace: Duration::ZERO,
        }
    }
}

/// How connections are secured; nothing to do without the feature `tls`.
#[derive(Clone)]
pub(crate) enum Security {
    None,
    #[cfg(feature = "tls")]
    Tls(tokio_rustls::TlsAcceptor),
}

/// Serves until `stop` holds true, then ends all connections.
pub(crate) async fn serve(
    listener: TcpListener,
    security: Security,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((tcp, _)) => { connections.spawn(connect(tcp, security.clone(), Arc::clone(&shared))); }
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            // Forgets the connections that have ended.
            Some(_) = connections.join_next() => {}
            () = told_to(&mut stop) => break,
        }
    }
    drop(listener);
    connections.shutdown().await;
}

/// Waits until `stop` holds true, or its sender is gone.
async fn told_to(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Serves one connection. What goes wrong on it is the client's to notice.
async fn connect(tcp: TcpStream, security: Security, shared: Arc<Shared>) {
    let number = shared.journal.accepted();
    let link = Link::default();
    // Pieces must leave at once; should this fail, they leave a little later.
    let _ = tcp.set_nodelay(true);
    let socket = Socket::new(tcp, link.clone());
    match security {
        Security::None => converse(socket, number, link, shared).await,
        #[cfg(feature = "tls")]
        Security::Tls(acceptor) => {
            if let Ok(stream) = acceptor.accept(socket).await {
                converse(stream, number, link, shared).await;
            }
        }
    }
}

/// Speaks HTTP until one side ends the connection.
async fn converse<S>(stream: S, number: u64, link: Link, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let service = service_fn({
        let link = link.clone();
        move |request| respond(request, number, link.clone(), Arc::clone(&shared))
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    tokio::select! {
        // In this order: what was written before an answer tears the connection down is sent before it is.
        biased;
        _ = builder.serve_connection(TokioIo::new(stream), service) => {}
        () = link.torn_down() => {}
    }
}

/// Receives one request and answers it.
async fn respond(
    request: Request<Incoming>,
    connection: u64,
    link: Link,
    shared: Arc<Shared>,
) -> Result<Response<AnswerBody>, hyper::Error> {
    let (head, body) = request.into_parts();
    let room = below(head.uri.path(), Gigachat::PREFIX).and_then(Gigachat::room).unwrap_or(MAX_BODY_BYTES);
    let (body, too_large) = receive(body, room).await?;
    // Before the request is counted: whoever waits for it may then cancel it at once.
    let running = Running::new(Arc::clone(&shared.journal));
    let number = shared.journal.received(&head, &body, connection);
    let reply = shared.answer(head, body, too_large, number);
    match reply.delay {
        None => future::pending().await,
        Some(delay) if !delay.is_zero() => tokio::time::sleep(delay).await,
        Some(_) => {}
    }
    let length = reply.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let mut response = Response::new(AnswerBody::new(reply.steps, length.unwrap_or(0), link, running));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    Ok(response)
}

/// Reads a body, of which at most `room` bytes are given back, and says whether it is longer.
async fn receive(mut body: Incoming, room: usize) -> Result<(Bytes, bool), hyper::Error> {
    let mut received = BytesMut::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        length += data.len();
        let rest = room - received.len();
        received.extend_from_slice(&data[..data.len().min(rest)]);
        if length > MAX_DISCARDED_BYTES {
            break;
        }
    }
    Ok((received.freeze(), length > room))
}

impl Shared {
    pub(crate) fn new(
        faults: Faults,
        pace: Duration,
        scripts: VecDeque<Answer>,
        gigachat: &gigachat::Settings,
        chatgptfree: &chatgptfree::Settings,
    ) -> Self {
        Self {
            journal: Arc::new(Journal::new()),
            scripts: Mutex::new(scripts),
            faults,
            pace,
            failures: Failures::default(),
            xai: Xai::default(),
            gigachat: Gigachat::new(gigachat),
            grok: Grok::default(),
            chatgptfree: Chatgptfree::new(chatgptfree),
        }
    }

    pub(crate) fn script(&self, answer: Answer) {
        self.scripts.lock().unwrap_or_else(PoisonError::into_inner).push_back(answer);
    }

    fn answer(&self, head: request::Parts, body: Bytes, too_large: bool, number: u64) -> Reply {
        if let Some(answer) = self.scripted(head.uri.path()) {
            return answer.into();
        }
        let (faults, pace) = match self.settings(&head.headers) {
            Ok(settings) => settings,
            Err(message) => return plain_text(StatusCode::BAD_REQUEST, message),
        };
        // Each service is a folder of the server, as it is a host in the world.
        let path = head.uri.path().to_owned();
        if let Some(path) = below(&path, Chatgptfree::PREFIX) {
            let faults = Chatgptfree::faults_for(path, &head, &body, faults);
            let call = Call { head, body, too_large, number, faults: self.failures.limit(faults), pace };
            return self.chatgptfree.answer(path, &call);
        }
        let call = |faults| Call { head, body, too_large, number, faults: self.failures.limit(faults), pace };
        if let Some(path) = below(&path, Xai::PREFIX) {
            return self.xai.answer(path, &call(faults.of_other_calls()));
        }
        if let Some(path) = below(&path, Gigachat::PREFIX) {
            return self.gigachat.answer(path, &call(Gigachat::faults_for(path, faults)));
        }
        if let Some(path) = below(&path, Grok::PREFIX) {
            return self.grok.answer(path, &call(Grok::faults_for(path, faults)));
        }
        let services = [Xai::PREFIX, Gigachat::PREFIX, Grok::PREFIX, Chatgptfree::PREFIX].join(", ");
        plain_text(StatusCode::NOT_FOUND, format!("no service here; they are at {services}\n"))
    }

    /// Takes the first scripted answer for this path.
    fn scripted(&self, path: &str) -> Option<Answer> {
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        let index = scripts.iter().position(|answer| answer.is_for(path))?;
        scripts.remove(index)
    }

    /// Faults and pace: those in the request's headers, or else those of the emulator.
    fn settings(&self, headers: &HeaderMap) -> Result<(Faults, Duration), String> {
        let faults = match header(headers, "x-emulator-fault") {
            Some(list) => Faults::parse(&list).map_err(|error| format!("x-emulator-fault: {error}\n"))?,
            None => self.faults.clone(),
        };
        let pace = match header(headers, "x-emulator-pace") {
            Some(text) => pace::parse(&text).map_err(|error| format!("x-emulator-pace: {error}\n"))?,
            None => self.pace,
        };
        Ok((faults, pace))
    }
}

/// The rest of a path that leads into a folder.
fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    path.strip_prefix(folder).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// All values of a header as one list.
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let values = headers.get_all(name).iter();
    values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).reduce(|list, value| list + "," + &value)
}

fn plain_text(status: StatusCode, text: String) -> Reply {
    Reply::text(status, "text/plain; charset=utf-8", text)
}
