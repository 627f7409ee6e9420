//! The body that plays the steps, as fast as it is polled.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::time::Sleep;

use super::{Step, Steps};
use crate::connection::{Link, TearDown};
use crate::journal::Journal;

/// Plays steps. The next step is made when the one before is on its way, so a client that does not read
/// holds the service back.
pub(crate) struct AnswerBody {
    /// Dropped before `running`: when an answer counts as cancelled, what its steps held is free.
    steps: Steps,
    /// The step to play now; `None` is the end.
    next: Option<Step>,
    sleep: Option<Pin<Box<Sleep>>>,
    /// Bytes still to come by the length that was told in the head.
    owed: usize,
    link: Link,
    running: Running,
}

impl AnswerBody {
    /// A body of which `owed` bytes are announced, zero if no length is.
    pub(crate) fn new(steps: Steps, owed: usize, link: Link, running: Running) -> Self {
        let mut body = Self { steps, next: None, sleep: None, owed, link, running };
        body.advance();
        body
    }

    /// Takes the next step up. It is known one step ahead, because a body must say with its last piece that it
    /// was the last: the server does not ask again then.
    fn advance(&mut self) {
        self.next = self.steps.find(|step| match step {
            Step::Piece(bytes) => !bytes.is_empty(),
            Step::Pause(pause) => !pause.is_zero(),
            _ => true,
        });
        if matches!(self.next, None | Some(Step::End)) {
            self.next = None;
            self.running.finish();
        }
    }

    fn tear_down<T>(&mut self, how: TearDown) -> Poll<T> {
        self.running.finish();
        self.link.tear_down(how);
        Poll::Pending
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        loop {
            if let Some(sleep) = &mut self.sleep {
                ready!(sleep.as_mut().poll(cx));
                self.sleep = None;
            }
            match &self.next {
                Some(Step::Piece(bytes)) => {
                    let bytes = bytes.clone();
                    self.owed = self.owed.saturating_sub(bytes.len());
                    self.advance();
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                Some(Step::Pause(pause)) => {
                    let pause = *pause;
                    self.sleep = Some(Box::pin(tokio::time::sleep(pause)));
                    self.advance();
                }
                // Pending for good: the connection wakes up when the client leaves it.
                Some(Step::Stall) => return Poll::Pending,
                // Being pending lets the server send what it holds before the connection is taken away.
                Some(Step::Reset) => return self.tear_down(TearDown::Reset),
                Some(Step::Close) => return self.tear_down(TearDown::Close),
                None | Some(Step::End) if self.owed > 0 => return self.tear_down(TearDown::Close),
                None | Some(Step::End) => return Poll::Ready(None),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.next.is_none() && self.sleep.is_none() && self.owed == 0
    }
}

impl fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerBody").field("next", &self.next).finish_non_exhaustive()
    }
}

/// An answer that is being made or sent. Dropped before it was finished, it counts as cancelled.
#[derive(Debug)]
pub(crate) struct Running {
    journal: Arc<Journal>,
    finished: bool,
}

impl Running {
    pub(crate) fn new(journal: Arc<Journal>) -> Self {
        Self { journal, finished: false }
    }

    fn finish(&mut self) {
        self.finished = true;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.finished {
            self.journal.cancelled();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use http_body_util::BodyExt as _;
    use tokio::time::Instant;

    use super::*;

    fn body(journal: &Arc<Journal>, steps: impl Iterator<Item = Step> + Send + 'static) -> AnswerBody {
        AnswerBody::new(Box::new(steps), 0, Link::default(), Running::new(Arc::clone(journal)))
    }

    fn piece(text: &'static str) -> Step {
        Step::Piece(Bytes::from_static(text.as_bytes()))
    }

    #[tokio::test]
    async fn steps_are_made_when_they_are_asked_for() {
        let made = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&made);
        let steps = std::iter::repeat_with(move || {
            counter.fetch_add(1, Ordering::Relaxed);
            piece("x")
        });
        let mut body = body(&Arc::new(Journal::new()), steps);
        for asked in 1..=3 {
            body.frame().await.unwrap().unwrap();
            assert_eq!(made.load(Ordering::Relaxed), asked + 1, "one step ahead");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_take_their_time_and_empty_pieces_are_left_out() {
        let pause = Step::Pause(Duration::from_millis(20));
        let steps = [piece("a"), pause.clone(), piece(""), piece("b"), pause, Step::End, piece("c")];
        let begin = Instant::now();
        let bytes = body(&Arc::new(Journal::new()), steps.into_iter()).collect().await.unwrap().to_bytes();
        assert_eq!(bytes, "ab");
        assert_eq!(begin.elapsed(), Duration::from_millis(40));
    }

    #[tokio::test]
    async fn only_a_body_that_was_not_played_to_its_end_counts_as_cancelled() {
        let journal = Arc::new(Journal::new());
        let mut played = body(&journal, [piece("a"), piece("b")].into_iter());
        played.frame().await.unwrap().unwrap();
        assert!(!played.is_end_stream());
        played.frame().await.unwrap().unwrap();
        assert!(played.is_end_stream(), "the server does not ask again after the last piece");
        drop(played);
        assert_eq!(journal.counts().cancelled, 0);

        let mut left = body(&journal, [piece("a"), Step::Stall].into_iter());
        left.frame().await.unwrap().unwrap();
        drop(left);
        assert_eq!(journal.counts().cancelled, 1);
    }
}
