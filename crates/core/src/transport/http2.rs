use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connect::Conn;
use super::outbound::Outbound;

/// A connection of HTTP/2, which requests share: it has a task of its own, because any of them may be given
/// up. Clones are the same connection, and it closes after the last of them.
#[derive(Clone)]
pub(super) struct Http2(SendRequest<Outbound>);

impl Http2 {
    pub(super) async fn open(io: Conn) -> hyper::Result<Self> {
        let (sender, connection) =
            http2::Builder::new(TokioExecutor::new()).timer(TokioTimer::new()).handshake(io).await?;
        // Why it closed is told to whoever waits for an answer.
        tokio::spawn(async { drop(connection.await) });
        Ok(Self(sender))
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn send(
        &mut self,
        request: http::Request<Outbound>,
    ) -> Result<http::Response<Incoming>, TrySendError<http::Request<Outbound>>> {
        self.0.try_send_request(request).await
    }

    pub(super) fn is_open(&self) -> bool {
        !self.0.is_closed()
    }
}
