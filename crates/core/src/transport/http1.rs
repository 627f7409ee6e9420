use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Context;

use hyper::body::Incoming;
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};

use super::connect::Conn;
use super::outbound::Outbound;

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
    pub(super) fn is_ready(&self) -> bool {
        self.connection.is_some() && self.sender.is_ready()
    }
}

fn drive(connection: &mut Option<Pin<Box<http1::Connection<Conn, Outbound>>>>, cx: &mut Context<'_>) {
    // Why it closed is told to whoever waits for an answer.
    if let Some(true) = connection.as_mut().map(|open| open.as_mut().poll(cx).is_ready()) {
        *connection = None;
    }
}
