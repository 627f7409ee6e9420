use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{HOST, HeaderMap, HeaderValue, PROXY_AUTHORIZATION};
use http::uri::{Scheme, Uri};
use hyper::client::conn::TrySendError;
use tower_service::Service;

use super::connect::Connector;
use super::driven::Driven;
use super::http1::Http1;
#[cfg(feature = "http2")]
use super::http2::Http2;
use super::outbound::Outbound;
use super::pool::{Key, Pool};
use super::proxy::ProxyMatcher;
use super::{BoxFuture, TransportConfig, display_address};
use crate::error::{Error, ErrorKind, Result, chain};

/// The usual service: hyper's connections over rustls, pooled.
///
/// hyper-util's client has a task for every connection, which costs each event a switch between
/// threads; here whoever reads an answer of HTTP/1.1 drives its connection.
#[derive(Clone)]
pub(super) struct HyperService(Arc<Inner>);

struct Inner {
    connector: Connector,
    proxies: Arc<ProxyMatcher>,
    pool: Pool,
}

impl HyperService {
    pub(super) fn new(config: &TransportConfig) -> Result<Self> {
        let proxies = Arc::new(config.proxy.matcher()?);
        let connector = Connector::new(config, proxies.clone())?;
        Ok(Self(Arc::new(Inner { connector, proxies, pool: Pool::default() })))
    }
}

impl Service<http::Request<Bytes>> for HyperService {
    type Response = http::Response<Driven>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        Box::pin(self.0.clone().answer(request))
    }
}

impl Inner {
    async fn answer(self: Arc<Self>, mut request: http::Request<Bytes>) -> Result<http::Response<Driven>> {
        // A plain request goes to the proxy itself, so the proxy's credentials go with it; for any
        // other the tunnel carries them.
        if request.uri().scheme() == Some(&Scheme::HTTP) {
            let proxy = self.proxies.intercept(request.uri());
            if let Some(authorization) = proxy.and_then(|proxy| proxy.basic_auth().cloned()) {
                request.headers_mut().insert(PROXY_AUTHORIZATION, authorization);
            }
        }
        let uri = request.uri().clone();
        let key = Key::of(&uri);
        let mut request = request.map(|body| Outbound(Some(body)));
        // A server may close a connection that rests just as a request is sent on it. What was not
        // written is sent on another one.
        while let Some(connection) = self.pooled(&key) {
            match self.send(connection, request, &uri, &key).await {
                Ok(answer) => return Ok(answer),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(request_error(error.into_error(), &uri)),
                },
            }
        }
        let connection = self.connect(&uri, &key).await?;
        let sent = self.send(connection, request, &uri, &key).await;
        sent.map_err(|error| request_error(error.into_error(), &uri))
    }

    fn pooled(&self, key: &Key) -> Option<Ready> {
        #[cfg(feature = "http2")]
        if let Some(shared) = self.pool.shared(key) {
            return Some(Ready::Http2(shared));
        }
        self.pool.take(key).map(Ready::Http1)
    }

    async fn connect(&self, uri: &Uri, key: &Key) -> Result<Ready> {
        let io = self.connector.connect(uri).await?;
        let failed = |error| request_error(error, uri);
        #[cfg(feature = "http2")]
        if io.is_http2() {
            let opened = Http2::open(io).await.map_err(failed)?;
            return Ok(Ready::Http2(self.pool.share(key.clone(), opened)));
        }
        #[cfg(not(feature = "http2"))]
        let _ = key;
        Http1::open(io).await.map(Ready::Http1).map_err(failed)
    }

    async fn send(
        &self,
        connection: Ready,
        mut request: http::Request<Outbound>,
        uri: &Uri,
        key: &Key,
    ) -> Result<http::Response<Driven>, TrySendError<http::Request<Outbound>>> {
        match connection {
            Ready::Http1(mut connection) => {
                address(&mut request, uri, connection.is_proxy);
                let (mut head, body) = connection.send(request).await?.into_parts();
                detach(&mut head.headers);
                let body = Driven::new(body, connection, self.pool.clone(), key.clone()).await;
                Ok(http::Response::from_parts(head, body))
            }
            #[cfg(feature = "http2")]
            Ready::Http2(mut connection) => {
                request.uri_mut().clone_from(uri);
                let answer = connection.send(request).await.inspect_err(|_| self.pool.unshare(key))?;
                Ok(answer.map(Driven::by_itself))
            }
        }
    }
}

/// A connection that can take a request.
enum Ready {
    Http1(Http1),
    #[cfg(feature = "http2")]
    Http2(Http2),
}

/// Says where a request of HTTP/1.1 goes: the target as its receiver wants it, and the host
/// ([RFC 9112, section 3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2)).
fn address(request: &mut http::Request<Outbound>, uri: &Uri, to_proxy: bool) {
    let Some(authority) = uri.authority() else { return };
    request.headers_mut().entry(HOST).or_insert_with(|| {
        let default = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
        let host = match uri.port_u16().filter(|port| *port != default) {
            Some(_) => authority.as_str().rsplit('@').next().unwrap_or_default(),
            None => authority.host(),
        };
        HeaderValue::from_str(host).expect("a host in a URI is visible ASCII")
    });
    *request.uri_mut() = if to_proxy {
        uri.clone()
    } else {
        uri.path_and_query().map_or_else(|| Uri::from_static("/"), |path| path.clone().into())
    };
}

/// Copies the values out of the buffer in which the connection found them: kept with the answer they would
/// keep all of it, and the connection would need another one.
fn detach(headers: &mut HeaderMap) {
    let length = headers.values().map(HeaderValue::len).sum();
    let mut all = Vec::with_capacity(length);
    headers.values().for_each(|value| all.extend_from_slice(value.as_bytes()));
    let mut all = Bytes::from(all);
    for value in headers.values_mut() {
        let copy = HeaderValue::from_maybe_shared(all.split_to(value.len()));
        *value = copy.expect("the bytes of a header value");
    }
}

/// Why a request got no answer, by what lies at the bottom of hyper's error.
fn request_error(error: hyper::Error, uri: &Uri) -> Error {
    let address = display_address(uri);
    // A server that speaks first, as SSH and mail do, gives a message that hyper has no sign for.
    let is_no_http = |cause: &hyper::Error| cause.is_parse() || cause.to_string().contains("unexpected message");
    if chain(&error).filter_map(|cause| cause.downcast_ref()).any(is_no_http) {
        return Error::new(ErrorKind::Unexpected, format!("{address} does not speak HTTP")).with_source(error);
    }
    let message = format!("{address} broke the connection off before it answered");
    Error::new(ErrorKind::Interrupted, message).with_source(error)
}
