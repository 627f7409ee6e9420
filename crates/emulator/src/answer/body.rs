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
    steps: Steps,
    /// The step to play now; `None` is the end.
    next: Option<Step>,
    sleep: Option<Pin<Box<Sleep>>>,
    link: Link,
    running: Running,
}

impl AnswerBody {
    pub(crate) fn new(steps: Steps, link: Link, running: Running) -> Self {
        let mut body = Self { steps, next: None, sleep: None, link, running };
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
                Some(step @ (Step::Reset | Step::Close)) => {
                    let how = if *step == Step::Reset { TearDown::Reset } else { TearDown::Close };
                    self.running.finish();
                    self.link.tear_down(how);
                    return Poll::Pending;
                }
                None | Some(Step::End) => return Poll::Ready(None),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.next.is_none() && self.sleep.is_none()
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
