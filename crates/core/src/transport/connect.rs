use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::{Scheme, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::client::proxy::matcher::Intercept;
use tower_service::Service;

use super::proxy::ProxyMatcher;
use super::tls::{self, Tls};
use super::{TransportConfig, display_address, timeout};
use crate::error::{BoxError, Error, ErrorKind, Result, chain};

/// Opens connections: directly or through a proxy, plain or TLS, all within one time.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    tcp: HttpConnector,
    tls: Arc<Tls>,
    proxies: Arc<ProxyMatcher>,
    timeout: Option<Duration>,
}

impl Connector {
    pub(super) fn new(config: &TransportConfig, proxies: Arc<ProxyMatcher>) -> Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // Small writes are whole requests: waiting to fill a packet only delays them.
        tcp.set_nodelay(true);
        Ok(Self { tcp, tls: Arc::new(Tls::new(config)?), proxies, timeout: config.timeouts.connect })
    }

    /// Opens a connection to this address.
    ///
    /// # Errors
    ///
    /// - [`Timeout`](ErrorKind::Timeout) when it is not open in time.
    /// - [`Connect`](ErrorKind::Connect) and [`Config`](ErrorKind::Config), by what failed.
    pub(super) async fn connect(&self, destination: &Uri) -> Result<Conn> {
        let opened = self.open(destination.clone());
        let opened = match self.timeout {
            None => opened.await,
            Some(wait) => match tokio::time::timeout(wait, opened).await {
                Ok(opened) => opened,
                Err(_) => {
                    let what = format!("a connection to {}", display_address(destination));
                    return Err(timeout::expired(&what, wait));
                }
            },
        };
        opened.map_err(|error| connect_error(error, destination))
    }

    async fn open(&self, destination: Uri) -> Result<Conn, BoxError> {
        let Some(proxy) = self.proxies.intercept(&destination) else {
            return self.secured(self.tcp.clone(), destination).await;
        };
        let is_plain = destination.scheme() == Some(&Scheme::HTTP);
        match proxy.uri().scheme_str() {
            Some("socks5" | "socks5h") => self.secured(self.socks(&proxy)?, with_port(destination)?).await,
            _ if is_plain => {
                let connection = self.secured(self.tcp.clone(), proxy.uri().clone()).await?;
                Ok(Conn { is_proxy: true, ..connection })
            }
            _ => self.secured(self.tunnel(&proxy)?, destination).await,
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
    async fn secured<C>(&self, mut inner: C, address: Uri) -> Result<Conn, BoxError>
    where
        C: Service<Uri, Error: Into<BoxError>, Future: Send + 'static>,
        C::Response: Connection + Read + Write + Send + Unpin + 'static,
    {
        if address.scheme() != Some(&Scheme::HTTPS) {
            return inner.call(address).await.map(Conn::new).map_err(Into::into);
        }
        HttpsConnector::from((inner, self.tls.config()?)).call(address).await.map(Conn::new)
    }
}

/// Why no connection could be opened, by what lies at the bottom of the error.
fn connect_error(error: BoxError, destination: &Uri) -> Error {
    if let Some(ours) = chain(&*error).find_map(|cause| cause.downcast_ref::<Error>()) {
        return Error::new(ours.kind(), ours.message().to_owned());
    }
    let address = display_address(destination);
    let message = match tls::failure_in(&*error) {
        Some(what) => format!("cannot connect to {address}: {what}"),
        // hyper-util has no other sign of a name that fails.
        None if chain(&*error).any(|cause| cause.to_string().contains("dns error")) => {
            format!("cannot connect to {address}: name {} does not resolve", destination.host().unwrap_or_default())
        }
        None => format!("cannot connect to {address}"),
    };
    Error::new(ErrorKind::Connect, message).with_source(error)
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
pub(super) struct Conn {
    io: Box<dyn Io>,
    /// It leads to a proxy that takes plain requests: their targets are whole URLs.
    pub(super) is_proxy: bool,
}

impl Conn {
    fn new(io: impl Io + 'static) -> Self {
        Self { io: Box::new(io), is_proxy: false }
    }

    /// Whether HTTP/2 was agreed on.
    #[cfg(feature = "http2")]
    pub(super) fn is_http2(&self) -> bool {
        self.io.connected().is_negotiated_h2()
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
