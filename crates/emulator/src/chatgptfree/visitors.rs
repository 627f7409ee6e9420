//! How many messages each visitor has sent.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Visitors that are counted; more, and the counts begin anew.
const MAX_VISITORS: usize = 1024;

#[derive(Debug)]
pub(super) struct Visitors {
    /// How many messages each may send.
    most: u64,
    sent: Mutex<HashMap<String, u64>>,
}

impl Visitors {
    pub(super) fn new(most: u64) -> Self {
        Self { most, sent: Mutex::default() }
    }

    /// Counts a message of a visitor, if they may send one more. Those without an id are one visitor.
    pub(super) fn admits(&self, id: &str) -> bool {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.len() >= MAX_VISITORS && !sent.contains_key(id) {
            sent.clear();
        }
        let count = sent.entry(id.to_owned()).or_default();
        let admitted = *count < self.most;
        *count += u64::from(admitted);
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_visitor_has_messages_of_their_own() {
        let visitors = Visitors::new(2);
        assert_eq!(["a", "a", "b", "a", "b", ""].map(|id| visitors.admits(id)), [true, true, true, false, true, true]);
    }
}
