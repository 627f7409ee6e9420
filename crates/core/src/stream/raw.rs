use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::Source;
use crate::call::add_context;
use crate::decode::{Decoder, RawEvent};
use crate::error::{Error, Result};
use crate::info::{ResponseInfo, Vitals};

/// The undecoded events of an answer; see [`ChunkStream::raw_events`](crate::ChunkStream::raw_events).
#[must_use = "an answer moves only while its stream is polled"]
pub struct RawEvents {
    pub(super) provider: &'static str,
    pub(super) first: Option<RawEvent>,
    pub(super) decoder: Decoder,
    /// What broke the body off, once what came before it is handed out.
    pub(super) broken: Option<Error>,
    /// `None` once the body has ended.
    pub(super) source: Option<Source>,
    pub(super) info: ResponseInfo,
}

impl Stream for RawEvents {
    type Item = Result<RawEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(event) = this.first.take() {
            return Poll::Ready(Some(Ok(event)));
        }
        loop {
            match this.decoder.next_event() {
                Ok(Some(event)) => return Poll::Ready(Some(Ok(event.to_owned()))),
                Ok(None) => {}
                Err(error) => {
                    this.source = None;
                    this.broken = Some(error.into());
                }
            }
            let Some(source) = &mut this.source else {
                let error = this.broken.take().map(|error| add_context(error, this.provider, &this.info));
                return Poll::Ready(error.map(Err));
            };
            match ready!(source.poll_piece(cx, &mut Vitals::default())) {
                Ok(Some(piece)) => this.decoder.push(piece),
                ended => {
                    this.broken = ended.err();
                    this.decoder.finish();
                    this.source = None;
                }
            }
        }
    }
}

impl std::fmt::Debug for RawEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawEvents").field("provider", &self.provider).finish_non_exhaustive()
    }
}
