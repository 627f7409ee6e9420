use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Uri;
use http::header::SET_COOKIE;
use tower_service::Service;

use crate::error::{Error, Result};
use crate::transport::{Body, BoxFuture, Transport};

/// Who keeps the cookies of a client.
pub trait Jar: Send + Sync + 'static {
    /// Sees to it that a request carries the cookies that may go to its address, and no other.
    fn fill(&self, request: &mut http::Request<Bytes>);

    /// Takes in the `Set-Cookie` answers of this address.
    fn fold(&self, address: &Uri, set_cookies: &mut dyn Iterator<Item = &str>);
}

/// A transport with the cookies of this jar.
///
/// # Errors
///
/// As [`Transport::from_service`].
pub fn around(transport: Transport, jar: Arc<impl Jar>) -> Result<Transport> {
    let config = transport.config().clone();
    Transport::from_service(WithCookies { transport, jar }, config)
}

struct WithCookies<J> {
    transport: Transport,
    jar: Arc<J>,
}

impl<J> Clone for WithCookies<J> {
    fn clone(&self) -> Self {
        Self { transport: self.transport.clone(), jar: Arc::clone(&self.jar) }
    }
}

impl<J: Jar> Service<http::Request<Bytes>> for WithCookies<J> {
    type Response = http::Response<Body>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<Bytes>) -> Self::Future {
        let mut this = self.clone();
        this.jar.fill(&mut request);
        let address = request.uri().clone();
        Box::pin(async move {
            let response = this.transport.call(request).await?;
            let set_cookies = response.headers().get_all(SET_COOKIE);
            this.jar.fold(&address, &mut set_cookies.iter().filter_map(|value| value.to_str().ok()));
            Ok(response)
        })
    }
}
