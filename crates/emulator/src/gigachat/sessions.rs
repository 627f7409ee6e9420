//! What the service still has in its cache of prompts, by session.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::ask::Turn;
use super::usage;
use crate::identity;

/// Sessions that are remembered; the service forgets after half a minute, but answers do not depend on the clock.
const KEPT: usize = 1024;

/// Each session with what its last prompt was made of.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<VecDeque<(String, Vec<u128>)>>);

impl Sessions {
    /// How many tokens of a prompt were at the beginning of the one before, in the same session.
    pub(super) fn cached(&self, session: Option<&str>, turns: &[Turn]) -> u64 {
        let Some(session) = session else { return 0 };
        let hashes = turns.iter().map(|turn| identity::hash(&[&[turn.speaker as u8], turn.text.as_bytes()]));
        let hashes = hashes.collect::<Vec<_>>();

        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sessions.iter().position(|(id, _)| id == session).and_then(|index| sessions.remove(index));
        let before = known.map(|(_, before)| before).unwrap_or_default();
        let same = before.iter().zip(&hashes).take_while(|(before, now)| before == now).count();
        sessions.push_back((session.to_owned(), hashes));
        if sessions.len() > KEPT {
            sessions.pop_front();
        }
        usage::of_turns(&turns[..same])
    }
}

#[cfg(test)]
mod tests {
    use super::super::ask::Speaker;
    use super::*;

    fn turns(texts: &[&str]) -> Vec<Turn> {
        let turn = |text: &&str| Turn { speaker: Speaker::User, text: (*text).to_owned(), files: Vec::new() };
        texts.iter().map(turn).collect()
    }

    #[test]
    fn the_beginning_two_prompts_share_is_cached_within_a_session() {
        let sessions = Sessions::default();
        let cached = |session, texts: &[&str]| sessions.cached(session, &turns(texts));
        assert_eq!(cached(Some("a"), &["one", "two"]), 0);
        assert_eq!(cached(Some("a"), &["one", "two", "three"]), usage::of_turns(&turns(&["one", "two"])));
        assert_eq!(cached(Some("a"), &["one", "other"]), usage::of_turns(&turns(&["one"])));
        assert_eq!(cached(Some("b"), &["one"]), 0);
        assert_eq!((cached(None, &["one"]), cached(None, &["one"])), (0, 0));
    }
}
