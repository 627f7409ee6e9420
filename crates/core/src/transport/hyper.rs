use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::PROXY_AUTHORIZATION;
use http::uri::{Scheme, Uri};
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::legacy::{self, Client};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_service::Service;

use super::proxy::ProxyMatcher;
use super::tls::{self, Tls};
use super::{BoxFuture, TransportConfig, display_address, timeout};
use crate::error::{BoxError, Error, ErrorKind, Result, chain};

/// The usual service: hyper's pooled client over rustls.
#[derive(Clone)]
pub(super) struct HyperService {
    client: Client<Connector, Outbound>,
    proxies: Arc<ProxyMatcher>,
}

impl HyperService {
    pub(super) fn new(config: &TransportConfig) -> Result<Self> {
        let proxies = Arc::new(config.proxy.matcher()?);
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // Small writes are whole requests: waiting to fill a packet only delays them.
        tcp.set_nodelay(true);
        let connector = Connector {
            tcp,
            tls: Arc::new(Tls::new(config)?),
            proxies: proxies.clone(),
            timeout: config.timeouts.connect,
        };
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .build(connector);
        Ok(Self { client, proxies })
    }
}

impl Service<http::Request<Bytes>> for HyperService {
    type Response = http::Response<Incoming>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<Bytes>) -> Self::Future {
        // A plain request goes to the proxy itself, so the proxy's credentials go with it; for any
        // other the tunnel carries them.
        if request.uri().scheme() == Some(&Scheme::HTTP) {
            if let Some(authorization) =
                self.proxies.intercept(request.uri()).and_then(|proxy| proxy.basic_auth().cloned())
            {
                request.headers_mut().insert(PROXY_AUTHORIZATION, authorization);
            }
        }
        let uri = request.uri().clone();
        let answer = self.client.request(request.map(|body| Outbound(Some(body))));
        Box::pin(async move { answer.await.map_err(|error| request_error(error, &uri)) })
    }
}

/// Why a request got no answer, by what lies at the bottom of hyper's error.
fn request_error(error: legacy::Error, uri: &Uri) -> Error {
    let ours = chain(&error).find_map(|cause| cause.downcast_ref::<Error>());
    if let Some((kind, message)) = ours.map(|ours| (ours.kind(), ours.message().to_owned())) {
        // What wraps it only says that connecting failed.
        return Error::new(kind, message);
    }
    let address = display_address(uri);
    // A server that speaks first, as SSH and mail do, gives a message that hyper has no sign for.
    let is_no_http = |cause: &hyper::Error| cause.is_parse() || cause.to_string().contains("unexpected message");
    if chain(&error).filter_map(|cause| cause.downcast_ref()).any(is_no_http) {
        return Error::new(ErrorKind::Unexpected, format!("{address} does not speak HTTP")).with_source(error);
    }
    if !error.is_connect() {
        let message = format!("{address} broke the connection off before it answered");
        return Error::new(ErrorKind::Interrupted, message).with_source(error);
    }
    let message = match tls::failure_in(&error) {
        Some(what) => format!("cannot connect to {address}: {what}"),
        // hyper-util has no other sign of a name that fails.
        None if chain(&error).any(|cause| cause.to_string().contains("dns error")) => {
            format!("cannot connect to {address}: name {} does not resolve", uri.host().unwrap_or_default())
        }
        None => format!("cannot connect to {address}"),
    };
    Error::new(ErrorKind::Connect, message).with_source(error)
}

/// A request's body: one piece of bytes.
struct Outbound(Option<Bytes>);

impl http_body::Body for Outbound {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.take().filter(|bytes| !bytes.is_empty()).map(|bytes| Ok(http_body::Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// Opens connections: directly or through a proxy, plain or TLS, all within one time.
#[derive(Clone, Debug)]
struct Connector {
    tcp: HttpConnector,
    tls: Arc<Tls>,
    proxies: Arc<ProxyMatcher>,
    timeout: Option<Duration>,
}

impl Service<Uri> for Connector {
    type Response = Conn;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Conn, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            let Some(wait) = connector.timeout else { return connector.connect(destination).await };
            let what = format!("a connection to {}", display_address(&destination));
            match tokio::time::timeout(wait, connector.connect(destination)).await {
                Ok(connection) => connection,
                Err(_) => Err(timeout::expired(&what, wait).into()),
            }
        })
    }
}

impl Connector {
    async fn connect(&self, destination: Uri) -> Result<Conn, BoxError> {
        let Some(proxy) = self.proxies.intercept(&destination) else {
            return self.secured(self.tcp.clone(), destination).await.map(Conn::new);
        };
        let is_plain = destination.scheme() == Some(&Scheme::HTTP);
        match proxy.uri().scheme_str() {
            Some("socks5" | "socks5h") => {
                self.secured(self.socks(&proxy)?, with_port(destination)?).await.map(Conn::new)
            }
            _ if is_plain => {
                let connection = self.secured(self.tcp.clone(), proxy.uri().clone()).await?;
                Ok(Conn { is_proxy: true, ..Conn::new(connection) })
            }
            _ => self.secured(self.tunnel(&proxy)?, destination).await.map(Conn::new),
        }
    }

    fn socks(&self, proxy: &Intercept) -> Result<SocksV5<HttpConnector>, BoxError> {
        let scheme = proxy.uri().scheme_str().unwrap_or_default();
        let host = proxy.uri().host().unwrap_or_default();
        let address = format!("{scheme}://{host}:{}", proxy.uri().port_u16().unwrap_or(SOCKS_PORT)).parse()?;
        let socks = SocksV5::new(address, self.tcp.clone()).local_dns(scheme == "socks5");
        Ok(match proxy.raw_auth() {
            Some((user, password)) => socks.with_auth(user.to_owned(), password.to_owned()),
            None => socks,
        })
    }

    /// A tunnel through an HTTP proxy, itself reached over TLS when it is an `https` one.
    fn tunnel(&self, proxy: &Intercept) -> Result<Tunnel<HttpsConnector<HttpConnector>>, BoxError> {
        let to_proxy = HttpsConnector::from((self.tcp.clone(), self.tls.http1_config()?));
        let tunnel = Tunnel::new(proxy.uri().clone(), to_proxy);
        Ok(match proxy.basic_auth() {
            Some(authorization) => tunnel.with_auth(authorization.clone()),
            None => tunnel,
        })
    }

    /// Connects, with TLS where the address asks for it.
    async fn secured<C>(&self, mut inner: C, address: Uri) -> Result<MaybeHttpsStream<C::Response>, BoxError>
    where
        C: Service<Uri, Error: Into<BoxError>, Future: Send + 'static>,
        C::Response: Connection + Read + Write + Send + Unpin + 'static,
    {
        if address.scheme() != Some(&Scheme::HTTPS) {
            return Ok(MaybeHttpsStream::Http(inner.call(address).await.map_err(Into::into)?));
        }
        HttpsConnector::from((inner, self.tls.config()?)).call(address).await
    }
}

/// The same address with its port said: hyper-util's SOCKS connector takes 443 for one that is not,
/// also of plain HTTP.
fn with_port(uri: Uri) -> Result<Uri, BoxError> {
    if uri.port().is_some() || uri.scheme() != Some(&Scheme::HTTP) {
        return Ok(uri);
    }
    let mut parts = uri.into_parts();
    let host = parts.authority.as_ref().map(http::uri::Authority::host).unwrap_or_default();
    parts.authority = Some(format!("{host}:80").parse()?);
    Ok(Uri::from_parts(parts)?)
}

/// The port of a SOCKS proxy whose URL names none (RFC 1928, section 3).
const SOCKS_PORT: u16 = 1080;

/// What hyper needs of a connection.
trait Io: Read + Write + Connection + Send + Unpin {}

impl<T: Read + Write + Connection + Send + Unpin> Io for T {}

/// A connection, however it was made.
struct Conn {
    io: Box<dyn Io>,
    /// It leads to a proxy that takes plain requests: their targets are whole URLs.
    is_proxy: bool,
}

impl Conn {
    fn new(io: impl Io + 'static) -> Self {
        Self { io: Box::new(io), is_proxy: false }
    }
}

impl Connection for Conn {
    fn connected(&self) -> Connected {
        let connected = self.io.connected();
        if self.is_proxy { connected.proxy(true) } else { connected }
    }
}

impl Read for Conn {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl Write for Conn {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }
}
