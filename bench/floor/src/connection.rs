use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bench_harness::Result;
use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body::Body as _;
use http_body_util::Full;
use hyper::body::Incoming;
#[cfg(not(feature = "http2"))]
use hyper::client::conn::http1::{SendRequest, handshake};
#[cfg(feature = "http2")]
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::TokioIo;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Opens connections to one server.
pub(crate) struct Connector {
    base: String,
    host: String,
    tls: Option<TlsConnector>,
}

impl Connector {
    /// `https` is verified against the roots in the file that `SSL_CERT_FILE` names.
    pub(crate) fn new(base: &str) -> Result<Self> {
        let uri: Uri = base.parse()?;
        let host = uri.authority().ok_or("the address has no host")?.to_string();
        let tls = if uri.scheme_str() == Some("https") { Some(tls()?) } else { None };
        Ok(Self { base: base.to_owned(), host, tls })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// What a request for this path names as its target.
    pub(crate) fn target(&self, path: &str) -> String {
        if cfg!(feature = "http2") { format!("{}{path}", self.base) } else { path.to_owned() }
    }

    pub(crate) async fn connect(&self) -> Result<Connection> {
        let tcp = TcpStream::connect(&self.host).await?;
        tcp.set_nodelay(true)?;
        match &self.tls {
            None => Connection::over(tcp).await,
            Some(tls) => {
                let name = ServerName::try_from(tcp.peer_addr()?.ip().to_string())?;
                Connection::over(tls.connect(name, tcp).await?).await
            }
        }
    }
}

fn tls() -> Result<TlsConnector> {
    let file = std::env::var_os("SSL_CERT_FILE").ok_or("SSL_CERT_FILE names no roots")?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file)? {
        roots.add(certificate?)?;
    }
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![if cfg!(feature = "http2") { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// A connection that is polled by whoever reads from it.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// `None` once it has ended.
    driver: Option<Driver>,
}

type Driver = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

impl Connection {
    async fn over(io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Result<Self> {
        let (sender, driver) = handshake(TokioIo::new(io)).await?;
        Ok(Self { sender, driver: Some(Box::pin(driver)) })
    }

    /// Sends a request and hands out the pieces of its answer.
    pub(crate) async fn read(
        &mut self,
        request: Request<Full<Bytes>>,
        mut take: impl FnMut(Bytes) -> Result + Send,
    ) -> Result {
        let Self { sender, driver } = self;
        let mut answer = pin!(async {
            sender.ready().await?;
            sender.send_request(request).await
        });
        let answer: Response<Incoming> = poll_fn(|cx| poll_both(driver, cx, |cx| answer.as_mut().poll(cx))).await?;
        if !answer.status().is_success() {
            return Err(format!("the answer is {}", answer.status()).into());
        }
        let mut body = answer.into_body();
        poll_fn(|cx| {
            loop {
                let frame = ready!(poll_both(driver, cx, |cx| Pin::new(&mut body).poll_frame(cx)));
                let Some(frame) = frame.transpose()? else { return Poll::Ready(Ok(())) };
                if let Ok(piece) = frame.into_data() {
                    take(piece)?;
                }
            }
        })
        .await
    }
}

/// Polls what waits for the connection, and where that is not ready the connection, which may make it
/// so at once: neither wakes the other through the scheduler.
fn poll_both<T>(
    driver: &mut Option<Driver>,
    cx: &mut Context<'_>,
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    if let Poll::Ready(value) = poll(cx) {
        return Poll::Ready(value);
    }
    if driver.as_mut().is_some_and(|driver| driver.as_mut().poll(cx).is_ready()) {
        *driver = None;
    }
    poll(cx)
}

#[cfg(feature = "http2")]
async fn handshake<I>(
    io: I,
) -> hyper::Result<(SendRequest<Full<Bytes>>, impl Future<Output = hyper::Result<()>> + Send)>
where
    I: hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
{
    hyper::client::conn::http2::handshake(hyper_util::rt::TokioExecutor::new(), io).await
}
