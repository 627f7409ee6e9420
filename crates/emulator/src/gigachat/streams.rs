//! How many chats may run at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::{self, Refusal};
use crate::answer::{Reply, Step, Steps};

#[derive(Debug)]
pub(super) struct Streams {
    most: usize,
    running: Arc<AtomicUsize>,
}

/// The right to run one chat, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Permit(Arc<AtomicUsize>);

impl Streams {
    pub(super) fn new(most: usize) -> Self {
        Self { most, running: Arc::default() }
    }

    pub(super) fn begin(&self) -> Result<Permit, Refusal> {
        let more = |running| (running < self.most).then_some(running + 1);
        let begun = self.running.fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
        begun.map(|_| Permit(Arc::clone(&self.running))).map_err(|_| error::too_many())
    }
}

impl Permit {
    /// Keeps the right until the last step of the answer is made, or the answer is dropped. A client that has read
    /// the end may begin anew at once.
    pub(super) fn hold(self, mut reply: Reply) -> Reply {
        reply.steps = Box::new(Held { steps: reply.steps, permit: Some(self) });
        reply
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

struct Held {
    steps: Steps,
    permit: Option<Permit>,
}

impl Iterator for Held {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let step = self.steps.next();
        if matches!(step, None | Some(Step::Reset | Step::Close | Step::End)) {
            self.permit = None;
        }
        step
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn a_chat_runs_until_its_last_step_or_until_it_is_dropped() {
        let streams = Streams::new(1);
        let mut reply = streams.begin().unwrap().hold(Reply::text(StatusCode::OK, "text/plain", "a"));
        assert!(streams.begin().is_err());
        reply.steps.next().unwrap();
        assert!(streams.begin().is_err());
        assert_eq!(reply.steps.next(), None);
        let second = streams.begin().unwrap().hold(reply);
        assert!(streams.begin().is_err());
        drop(second);
        assert!(streams.begin().is_ok());
    }
}
