//! One clonable handle from a request to a streamed response.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderValue, USER_AGENT};
use tower_service::Service;

use crate::error::{BoxError, Error, ErrorKind, Result, chain};

mod body;
mod config;
mod connect;
mod driven;
mod http1;
#[cfg(feature = "http2")]
mod http2;
mod hyper;
mod outbound;
mod pool;
mod proxy;
mod timeout;
mod tls;

pub use body::Body;
pub use config::{Limits, TransportConfig};
pub use proxy::Proxy;
pub use timeout::Timeouts;
pub(crate) use timeout::Watch;
pub use tls::{ClientCertificate, RootCertificates, Roots};

/// A boxed future, for traits that work as objects.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

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
    pub fn send(
        &self,
        mut request: http::Request<Bytes>,
    ) -> impl Future<Output = Result<http::Response<Body>>> + Send + use<> {
        request.headers_mut().entry(USER_AGENT).or_insert_with(|| self.user_agent.clone());
        let answer = self.service.call_boxed(request);
        let first_byte = self.config.timeouts.first_byte;
        async move {
            let Some(first_byte) = first_byte else { return answer.await };
            match tokio::time::timeout(first_byte, answer).await {
                Ok(answer) => answer,
                Err(_) => Err(timeout::expired("the head of the answer", first_byte)),
            }
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
