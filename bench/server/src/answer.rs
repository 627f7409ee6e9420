use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use nix::time::{ClockId, clock_gettime};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::corpus;
use crate::script::{Pieces, Script};
use crate::wire::Wire;

/// The body of an answer.
pub(crate) enum Answer {
    /// Made before, and the same for everyone.
    Made { pieces: Arc<[Bytes]>, next: usize },
    /// Made as time passes.
    Paced(Paced),
}

impl Answer {
    pub(crate) fn new(pieces: Arc<[Bytes]>) -> Self {
        Self::Made { pieces, next: 0 }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match self.get_mut() {
            Self::Made { pieces, next } => {
                *next += 1;
                pieces.get(*next - 1).cloned()
            }
            Self::Paced(paced) => ready!(paced.poll_piece(cx)),
        };
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Made { pieces, .. } if pieces.len() == 1 => SizeHint::with_exact(pieces[0].len() as u64),
            _ => SizeHint::default(),
        }
    }
}

/// One event at a time, whose text is `@` and the clock when it was written.
pub(crate) struct Paced {
    wire: Wire,
    events: u64,
    written: u64,
    step: Duration,
    timer: Pin<Box<Sleep>>,
}

impl Paced {
    pub(crate) fn new(wire: Wire, events: u64, step: Duration, first: Instant) -> Self {
        Self { wire, events, written: 0, step, timer: Box::pin(sleep_until(first)) }
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.written > self.events {
            return Poll::Ready(None);
        }
        let mut out = String::with_capacity(512);
        if self.written == 0 {
            self.wire.head(&mut out);
        }
        if self.written < self.events {
            ready!(self.timer.as_mut().poll(cx));
            let next = self.timer.deadline() + self.step;
            self.timer.as_mut().reset(next);
            let clock = clock_gettime(ClockId::CLOCK_MONOTONIC).expect("the kernel has this clock");
            self.wire.event(&mut out, &format!("@{:020}", Duration::from(clock).as_nanos()));
        } else {
            self.wire.tail(&mut out, self.events);
        }
        self.written += 1;
        Poll::Ready(Some(out.into()))
    }
}

/// Makes the pieces of an answer.
pub(crate) fn pieces(wire: Wire, script: Script) -> Arc<[Bytes]> {
    let mut text = String::new();
    wire.head(&mut text);
    let mut ends = Vec::new();
    for event in 0..script.events {
        wire.event(&mut text, corpus::delta(event));
        ends.push(text.len());
    }
    wire.tail(&mut text, script.events);
    ends.push(text.len());
    let cuts = match script.pieces {
        Pieces::Burst => burst(&ends),
        Pieces::Split => split(text.len()),
        Pieces::Each | Pieces::Paced(_) => ends,
    };
    let text = Bytes::from(text);
    let begins = std::iter::once(0).chain(cuts.iter().copied());
    begins.zip(&cuts).map(|(begin, &end)| text.slice(begin..end)).collect()
}

/// The last event ends within each 16 KiB.
fn burst(ends: &[usize]) -> Vec<usize> {
    let mut cuts = vec![];
    for pair in ends.windows(2) {
        if pair[1] - cuts.last().unwrap_or(&0) > 16 * 1024 {
            cuts.push(pair[0]);
        }
    }
    cuts.extend(ends.last());
    cuts
}

/// Widths that look random and are the same in every run.
fn split(length: usize) -> Vec<usize> {
    let (mut cuts, mut end, mut state) = (vec![], 0, 1_u64);
    while end < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        end = length.min(end + 1 + (state >> 33) as usize % 61);
        cuts.push(end);
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(pieces: &[Bytes]) -> Vec<u8> {
        pieces.concat()
    }

    #[test]
    fn however_it_is_cut_the_text_is_the_same() {
        let cut = |cut| pieces(Wire::Chat, Script { events: 200, pieces: cut });
        let (burst, each, split) = (cut(Pieces::Burst), cut(Pieces::Each), cut(Pieces::Split));
        assert_eq!(joined(&burst), joined(&each));
        assert_eq!(joined(&burst), joined(&split));
        assert_eq!(each.len(), 201);
        assert!(burst.iter().all(|piece| piece.len() <= 16 * 1024 && piece.ends_with(b"\n\n")));
        assert!(split.iter().all(|piece| (1..=61).contains(&piece.len())));
    }
}
