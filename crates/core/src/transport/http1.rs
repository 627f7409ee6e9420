use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use hyper::body::{Body as _, Incoming};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};

use super::connect::Conn;
use super::outbound::Outbound;
use super::pool::{Key, Pool};
use crate::error::BoxError;

/// A connection of HTTP/1.1, which moves only while whoever waits for its answer polls it: an event goes
/// from the socket to its reader in one poll, without a task between them.
pub(super) struct Http1 {
    sender: SendRequest<Outbound>,
    /// `None` once it is closed.
    connection: Option<Pin<Box<http1::Connection<Conn, Outbound>>>>,
    /// It leads to a proxy that takes plain requests: their targets are whole URLs.
    pub(super) is_proxy: bool,
}

impl Http1 {
    pub(super) async fn open(io: Conn) -> hyper::Result<Self> {
        let is_proxy = io.is_proxy;
        let (sender, connection) = http1::handshake(io).await?;
        Ok(Self { sender, connection: Some(Box::pin(connection)), is_proxy })
    }

    /// Sends a request and waits for the head of its answer. The body moves by [`drive`](Self::drive).
    pub(super) async fn send(
        &mut self,
        request: http::Request<Outbound>,
    ) -> Result<http::Response<Incoming>, TrySendError<http::Request<Outbound>>> {
        let mut answer = pin!(self.sender.try_send_request(request));
        let connection = &mut self.connection;
        poll_fn(|cx| {
            drive(connection, cx);
            answer.as_mut().poll(cx)
        })
        .await
    }

    /// Reads and writes what can be; false once the connection is closed.
    pub(super) fn drive(&mut self, cx: &mut Context<'_>) -> bool {
        drive(&mut self.connection, cx);
        self.connection.is_some()
    }

    /// Whether it can take the next request.
    fn is_ready(&self) -> bool {
        self.connection.is_some() && self.sender.is_ready()
    }
}

fn drive(connection: &mut Option<Pin<Box<http1::Connection<Conn, Outbound>>>>, cx: &mut Context<'_>) {
    // Why it closed is told to whoever waits for an answer.
    if let Some(true) = connection.as_mut().map(|open| open.as_mut().poll(cx).is_ready()) {
        *connection = None;
    }
}

/// The body of an answer, which drives its connection and lets it rest afterwards. Dropped before its end,
/// it closes the connection.
pub(super) struct Driven {
    body: Incoming,
    /// `None` for a connection that has a task of its own, and after the end.
    connection: Option<(Http1, Pool, Key)>,
}

impl Driven {
    /// A body of a connection that has a task of its own.
    #[cfg(feature = "http2")]
    pub(super) fn by_itself(body: Incoming) -> Self {
        Self { body, connection: None }
    }

    /// A body of this connection, which rests in the pool afterwards.
    pub(super) async fn new(body: Incoming, connection: Http1, pool: Pool, key: Key) -> Self {
        let mut driven = Self { body, connection: Some((connection, pool, key)) };
        if driven.body.is_end_stream() {
            poll_fn(|cx| {
                driven.let_rest(cx);
                Poll::Ready(())
            })
            .await;
        }
        driven
    }

    /// Gives the connection to the pool, if it can take another request.
    fn let_rest(&mut self, cx: &mut Context<'_>) {
        if let Some((mut connection, pool, key)) = self.connection.take() {
            // It has not seen its reader take the end yet.
            connection.drive(cx);
            if connection.is_ready() {
                pool.let_rest(key, connection);
            }
        }
    }
}

impl http_body::Body for Driven {
    type Data = bytes::Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, BoxError>>> {
        let this = &mut *self;
        let mut frame = Pin::new(&mut this.body).poll_frame(cx);
        if let (Poll::Pending, Some((connection, ..))) = (&frame, &mut this.connection) {
            connection.drive(cx);
            frame = Pin::new(&mut this.body).poll_frame(cx);
        }
        match &frame {
            Poll::Ready(None) => this.let_rest(cx),
            Poll::Ready(Some(Err(_))) => this.connection = None,
            _ => {}
        }
        frame.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
