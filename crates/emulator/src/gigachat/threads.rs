//! Dialogues the service keeps, so that a client sends only what is new.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::ask::{Ask, Turn};
use super::error::{self, Refusal};
use crate::identity;

/// Threads that are kept; older ones are forgotten.
const KEPT: usize = 1024;

/// Messages of a thread that are kept; older ones are forgotten.
const KEPT_TURNS: usize = 1024;

/// A wish to have the dialogue kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Storing {
    /// The thread to go on with; without it a new one begins.
    pub(super) thread_id: Option<String>,
    /// Messages of the thread that are looked at again; without it all.
    pub(super) limit: Option<usize>,
}

/// Where an answer is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) thread_id: String,
    pub(super) message_id: String,
}

#[derive(Debug, Default)]
pub(super) struct Threads(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    begun: u64,
    threads: VecDeque<Thread>,
}

#[derive(Debug)]
struct Thread {
    id: String,
    model: Option<String>,
    /// What clients sent; what was answered is not looked at again.
    turns: Vec<Turn>,
    answers: u64,
}

impl Threads {
    /// Puts what was said earlier before what is asked now, and keeps both, if that is wished.
    pub(super) fn enter(&self, ask: &mut Ask) -> Result<Option<Place>, Refusal> {
        let Some(storing) = &ask.storing else { return Ok(None) };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut thread = match &storing.thread_id {
            None => kept.begin(),
            Some(id) => kept.take(id).ok_or_else(error::no_such_thread)?,
        };
        ask.model = ask.model.take().or(thread.model.take());
        thread.model.clone_from(&ask.model);

        let earlier = last(&thread.turns, storing.limit.unwrap_or(usize::MAX)).to_vec();
        thread.turns.extend(ask.turns.iter().cloned());
        thread.turns = last(&thread.turns, KEPT_TURNS).to_vec();
        ask.turns.splice(..0, earlier);

        thread.answers += 1;
        let count = thread.answers.to_be_bytes();
        let message_id = identity::uuid(identity::hash(&[b"message", thread.id.as_bytes(), &count]));
        let place = Place { thread_id: thread.id.clone(), message_id };
        kept.threads.push_back(thread);
        if kept.threads.len() > KEPT {
            kept.threads.pop_front();
        }
        Ok(Some(place))
    }
}

/// The last of some messages, at most so many.
fn last(turns: &[Turn], most: usize) -> &[Turn] {
    &turns[turns.len().saturating_sub(most)..]
}

impl Kept {
    fn begin(&mut self) -> Thread {
        self.begun += 1;
        let id = identity::uuid(identity::hash(&[b"thread", &self.begun.to_be_bytes()]));
        Thread { id, model: None, turns: Vec::new(), answers: 0 }
    }

    fn take(&mut self, id: &str) -> Option<Thread> {
        let index = self.threads.iter().position(|thread| thread.id == id)?;
        self.threads.remove(index)
    }
}
