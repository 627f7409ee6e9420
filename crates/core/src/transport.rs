//! One clonable handle from a request to a streamed response.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use http::header::{HeaderValue, USER_AGENT};
use pin_project::pin_project;
use tower_service::Service;

use crate::decode::DEFAULT_EVENT_LIMIT;
use crate::error::{BoxError, Error, ErrorKind, Result, chain};
use crate::retry::Retry;

mod hyper;
mod proxy;
mod timeout;
mod tls;

pub use proxy::Proxy;
pub use timeout::Timeouts;
pub(crate) use timeout::Watch;
pub use tls::{ClientCertificate, RootCertificates, Roots};

/// A boxed future, for traits that work as objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How requests are carried: values with defaults, checked once by [`Transport::new`].
///
/// ```
/// use std::time::Duration;
/// use chatstream_core::{Proxy, Retry, Timeouts, Transport, TransportConfig};
///
/// let config = TransportConfig::default()
///     .timeouts(Timeouts::default().idle(Duration::from_secs(120)))
///     .retry(Retry::none())
///     .proxy(Proxy::url("socks5://user:password@127.0.0.1:1080"));
/// let transport = Transport::new(config)?;
/// # Ok::<(), chatstream_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
#[must_use]
pub struct TransportConfig {
    /// How long each wait may be.
    pub timeouts: Timeouts,
    /// How large what the peer sends may grow.
    pub limits: Limits,
    /// When a request is sent again.
    pub retry: Retry,
    /// The `user-agent`; `None` is `chatstream/VERSION`.
    pub user_agent: Option<String>,
    /// Which proxy is used.
    pub proxy: Proxy,
    /// Which public roots of trust are used.
    pub roots: Roots,
    /// Roots of trust beside the public ones.
    pub extra_roots: Vec<RootCertificates>,
    /// What the client shows of itself, where a server asks for it.
    pub client_certificate: Option<ClientCertificate>,
}

impl TransportConfig {
    /// Sets [`timeouts`](Self::timeouts).
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets [`limits`](Self::limits).
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets [`retry`](Self::retry).
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Sets [`user_agent`](Self::user_agent).
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Sets [`proxy`](Self::proxy).
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Sets [`roots`](Self::roots).
    pub fn roots(mut self, roots: Roots) -> Self {
        self.roots = roots;
        self
    }

    /// Adds roots of trust.
    pub fn extra_roots(mut self, roots: RootCertificates) -> Self {
        self.extra_roots.push(roots);
        self
    }

    /// Sets [`client_certificate`](Self::client_certificate).
    pub fn client_certificate(mut self, certificate: ClientCertificate) -> Self {
        self.client_certificate = Some(certificate);
        self
    }
}

/// How large what the peer sends may grow, in bytes. Crossing a limit is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Limits {
    /// One line, one event or one whole answer: [`DEFAULT_EVENT_LIMIT`], 16 MiB.
    pub event: usize,
    /// What is read of a refused request's body: 64 KiB, beyond any error text seen.
    pub error_body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { event: DEFAULT_EVENT_LIMIT, error_body: 64 * 1024 }
    }
}

impl Limits {
    /// Sets [`event`](Self::event).
    pub fn event(mut self, bytes: usize) -> Self {
        self.event = bytes;
        self
    }

    /// Sets [`error_body`](Self::error_body).
    pub fn error_body(mut self, bytes: usize) -> Self {
        self.error_body = bytes;
        self
    }
}

/// A clonable handle from a request to a streamed response, over any `tower` service.
///
/// [`new`](Self::new) gives the usual one: hyper and rustls, pooled connections, the proxy of the
/// environment, no redirects followed. It is a `tower` service itself, so that layers can be put
/// around it, and [`from_service`](Self::from_service) takes any other in.
///
/// Clones share their connections.
#[derive(Clone)]
pub struct Transport {
    service: Arc<dyn Call>,
    config: Arc<TransportConfig>,
    user_agent: HeaderValue,
}

impl Transport {
    /// The usual transport, over hyper. Nothing is connected and no root is loaded before the first
    /// request.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when a setting cannot work: a proxy that is no URL, a
    ///   certificate that cannot be read, a user agent that is no header value.
    pub fn new(config: TransportConfig) -> Result<Self> {
        let service = hyper::HyperService::new(&config)?;
        Self::from_service(service, config)
    }

    /// A transport over any service. Of the settings it uses timeouts (but for the connect one),
    /// limits, retry and user agent; connections are the service's own matter.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when the user agent is no header value.
    pub fn from_service<S, B>(service: S, config: TransportConfig) -> Result<Self>
    where
        S: Service<http::Request<Bytes>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        S::Error: Into<BoxError>,
        B: http_body::Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let user_agent = config.user_agent.as_deref().unwrap_or(concat!("chatstream/", env!("CARGO_PKG_VERSION")));
        let user_agent = HeaderValue::from_str(user_agent)
            .map_err(|error| Error::new(ErrorKind::Config, "user agent is no header value").with_source(error))?;
        Ok(Self { service: Arc::new(service), config: Arc::new(config), user_agent })
    }

    /// The settings.
    pub fn config(&self) -> &TransportConfig {
        &self.config
    }

    /// Sends a request and waits for the head of its answer, within
    /// [`Timeouts::first_byte`].
    ///
    /// # Errors
    ///
    /// - [`Connect`](ErrorKind::Connect) when the server cannot be reached.
    /// - [`Timeout`](ErrorKind::Timeout) when the head does not come in time.
    /// - [`Interrupted`](ErrorKind::Interrupted) when the connection breaks before the head.
    pub async fn send(&self, mut request: http::Request<Bytes>) -> Result<http::Response<Body>> {
        request.headers_mut().entry(USER_AGENT).or_insert_with(|| self.user_agent.clone());
        let answer = self.service.call_boxed(request);
        let Some(first_byte) = self.config.timeouts.first_byte else { return answer.await };
        match tokio::time::timeout(first_byte, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(timeout::expired("the head of the answer", first_byte)),
        }
    }

    /// Reads a body up to `limit` bytes; `true` when that was all of it.
    ///
    /// # Errors
    ///
    /// - [`Timeout`](ErrorKind::Timeout) when no bytes come for [`Timeouts::idle`].
    /// - [`Interrupted`](ErrorKind::Interrupted) when the connection breaks.
    pub async fn read(&self, mut body: Body, limit: usize) -> Result<(Bytes, bool)> {
        let mut watch = self.watch();
        let mut read = Vec::new();
        while let Some(piece) = std::future::poll_fn(|cx| match body.poll_piece(cx) {
            Poll::Ready(piece) => {
                watch.bytes();
                watch.content();
                Poll::Ready(piece)
            }
            Poll::Pending => watch.poll_expired(cx).map(|error| Some(Err(error))),
        })
        .await
        {
            let piece = piece?;
            let room = limit - read.len();
            read.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.len() > room {
                return Ok((read.into(), false));
            }
        }
        Ok((read.into(), true))
    }

    /// A watch over the waits of one answer.
    pub(crate) fn watch(&self) -> Watch {
        Watch::new(&self.config.timeouts)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Service<http::Request<Bytes>> for Transport {
    type Response = http::Response<Body>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<http::Response<Body>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        self.service.call_boxed(request)
    }
}

/// A service with its types erased.
trait Call: Send + Sync {
    fn call_boxed(&self, request: http::Request<Bytes>) -> BoxFuture<'static, Result<http::Response<Body>>>;
}

impl<S, B> Call for S
where
    S: Service<http::Request<Bytes>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: http_body::Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn call_boxed(&self, request: http::Request<Bytes>) -> BoxFuture<'static, Result<http::Response<Body>>> {
        let mut service = self.clone();
        Box::pin(async move {
            std::future::poll_fn(|cx| service.poll_ready(cx)).await.map_err(|error| service_error(error.into()))?;
            let response = service.call(request).await.map_err(|error| service_error(error.into()))?;
            Ok(response.map(Body::new))
        })
    }
}

/// The error of a service as ours: one of ours inside it keeps its kind.
fn service_error(error: BoxError) -> Error {
    let error = match error.downcast::<Error>() {
        Ok(error) => return *error,
        Err(error) => error,
    };
    let ours = chain(&*error).find_map(|cause| cause.downcast_ref::<Error>());
    let kind = ours.map_or(ErrorKind::Connect, Error::kind);
    Error::new(kind, "request was not answered").with_source(error)
}

/// The body of a response, as it comes.
#[must_use]
pub struct Body(Pin<Box<dyn http_body::Body<Data = Bytes, Error = BoxError> + Send>>);

impl Body {
    /// Any body, its types erased.
    pub fn new<B>(body: B) -> Self
    where
        B: http_body::Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Box::pin(Erased { body }))
    }

    /// The next piece of data, or `None` at the clean end.
    ///
    /// # Errors
    ///
    /// - [`Interrupted`](ErrorKind::Interrupted) when the connection breaks.
    pub fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        loop {
            match ready!(self.0.as_mut().poll_frame(cx)) {
                // Trailers say nothing that any provider uses.
                Some(Ok(frame)) => {
                    if let Ok(piece) = frame.into_data() {
                        return Poll::Ready(Some(Ok(piece)));
                    }
                }
                Some(Err(error)) => {
                    let error = Error::new(ErrorKind::Interrupted, "connection broke off").with_source(error);
                    return Poll::Ready(Some(Err(error)));
                }
                None => return Poll::Ready(None),
            }
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, BoxError>>> {
        self.0.as_mut().poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.0.size_hint()
    }
}

/// A body whose data and error types are made ours.
#[pin_project]
struct Erased<B> {
    #[pin]
    body: B,
}

impl<B> http_body::Body for Erased<B>
where
    B: http_body::Body,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, BoxError>>> {
        let frame = ready!(self.project().body.poll_frame(cx));
        // Of bytes that are `Bytes` already this is no copy.
        Poll::Ready(frame.map(|frame| match frame {
            Ok(frame) => Ok(frame.map_data(|mut data| data.copy_to_bytes(data.remaining()))),
            Err(error) => Err(error.into()),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}

/// An address fit for a message: without user, password and query.
///
/// ```
/// let uri = "https://me:secret@api.x.ai/v1/models?key=1".parse()?;
/// assert_eq!(chatstream_core::display_address(&uri), "https://api.x.ai/v1/models");
/// # Ok::<(), http::uri::InvalidUri>(())
/// ```
pub fn display_address(uri: &http::Uri) -> String {
    let mut address = String::new();
    if let Some(scheme) = uri.scheme_str() {
        address.push_str(scheme);
        address.push_str("://");
    }
    address.push_str(uri.host().unwrap_or_default());
    if let Some(port) = uri.port_u16() {
        address.push_str(&format!(":{port}"));
    }
    address.push_str(uri.path().trim_end_matches('/'));
    address
}

/// A wait as a message says it.
fn display_wait(wait: Duration) -> String {
    format!("{} s", wait.as_secs_f64())
}

#[cfg(test)]
mod tests;
