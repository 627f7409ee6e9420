use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use chatstream_core::{BoxError, BoxFuture, Error, Result, Transport};
use pin_project::pin_project;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_service::Service;

/// A transport that lets only so many chats run at once. The others wait for their turn, in order; a
/// turn ends with its answer's body, or when that is dropped.
#[derive(Clone)]
pub(crate) struct Limited {
    transport: Transport,
    turns: Arc<Semaphore>,
}

impl Limited {
    /// The transport itself where there is no limit.
    ///
    /// # Errors
    ///
    /// As [`Transport::from_service`].
    pub(crate) fn around(transport: Transport, limit: Option<usize>) -> Result<Transport> {
        let Some(limit) = limit else { return Ok(transport) };
        let config = transport.config().clone();
        let turns = Arc::new(Semaphore::new(limit.clamp(1, Semaphore::MAX_PERMITS)));
        Transport::from_service(Self { transport, turns }, config)
    }
}

impl Service<http::Request<Bytes>> for Limited {
    type Response = http::Response<Held>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        let mut this = self.clone();
        Box::pin(async move {
            let is_chat = request.uri().path().ends_with("/chat/completions");
            // The semaphore is never closed, so a turn always comes.
            let turn = if is_chat { this.turns.acquire_owned().await.ok() } else { None };
            Ok(this.transport.call(request).await?.map(|body| Held { body, turn }))
        })
    }
}

/// A body that holds its turn.
#[pin_project]
pub(crate) struct Held {
    #[pin]
    body: chatstream_core::Body,
    turn: Option<OwnedSemaphorePermit>,
}

impl http_body::Body for Held {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, BoxError>>> {
        let this = self.project();
        let frame = this.body.poll_frame(cx);
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) {
            *this.turn = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
