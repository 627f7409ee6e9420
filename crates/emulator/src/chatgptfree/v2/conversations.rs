//! The conversations that the plugin keeps for its visitors.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::chatgptfree::said::{Said, beginning};

/// Conversations that are kept; those that were gone on with longest ago are forgotten.
const KEPT: usize = 1024;

#[derive(Debug, Default)]
pub(in crate::chatgptfree) struct Conversations(Mutex<VecDeque<Conversation>>);

#[derive(Debug)]
struct Conversation {
    /// The bot, the visitor and the conversation's own id.
    key: String,
    turns: usize,
    /// The beginning of what was said last.
    last: String,
}

impl Conversations {
    /// What is said as part of its conversation.
    pub(super) fn enter(&self, key: String, said: Said) -> Said {
        let mut conversations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = conversations.iter().position(|conversation| conversation.key == key);
        let earlier = index.and_then(|index| conversations.remove(index));
        let said = match earlier {
            None => said,
            Some(earlier) => {
                Said { turns: said.turns + earlier.turns, before: said.before.or(Some(earlier.last)), ..said }
            }
        };
        if conversations.len() >= KEPT {
            conversations.pop_front();
        }
        conversations.push_back(Conversation { key, turns: said.turns, last: beginning(&said.last) });
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_conversation_knows_what_was_said_in_it() {
        let conversations = Conversations::default();
        let enter = |key: &str, message: &str| {
            let said = conversations.enter(key.to_owned(), Said::read(message));
            (said.turns, said.before)
        };
        assert_eq!(enter("one", "a"), (1, None));
        assert_eq!(enter("two", "b"), (1, None));
        assert_eq!(enter("one", "c"), (2, Some("a".to_owned())));
        assert_eq!(enter("one", "User: d Assistant: e User: f Assistant:"), (4, Some("d".to_owned())));
        assert_eq!(enter("two", "g"), (2, Some("b".to_owned())));
    }
}
