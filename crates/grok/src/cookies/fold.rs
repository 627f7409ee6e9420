use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use chatstream_core::{Body, BoxFuture, Error, Result, Transport};
use http::header::{COOKIE, SET_COOKIE};
use tower_service::Service;

use crate::auth::Auth;

/// A transport that takes the site's `Set-Cookie` answers into the session, and through which no
/// cookie leaves for anybody but the site.
#[derive(Clone)]
pub(crate) struct Folding {
    transport: Transport,
    auth: Arc<Auth>,
}

impl Folding {
    /// Around a transport.
    ///
    /// # Errors
    ///
    /// As [`Transport::from_service`].
    pub(crate) fn around(transport: Transport, auth: Arc<Auth>) -> Result<Transport> {
        let config = transport.config().clone();
        Transport::from_service(Self { transport, auth }, config)
    }
}

impl Service<http::Request<Bytes>> for Folding {
    type Response = http::Response<Body>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<Bytes>) -> Self::Future {
        let mut this = self.clone();
        let address = request.uri().clone();
        // The header is made for the site only; this is the second lock on the same door.
        if !this.auth.site().may_see_cookies(&address) {
            request.headers_mut().remove(COOKIE);
        }
        Box::pin(async move {
            let response = this.transport.call(request).await?;
            let set = response.headers().get_all(SET_COOKIE);
            this.auth.fold(&address, set.iter().filter_map(|value| value.to_str().ok()));
            Ok(response)
        })
    }
}
