use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body as _, Incoming};

use super::http1::Http1;
use super::pool::{Key, Pool};
use crate::error::BoxError;

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
