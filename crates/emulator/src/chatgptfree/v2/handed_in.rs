//! Messages that were handed in and not answered yet.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::identity;

/// How long a message is kept.
const LIFE: Duration = Duration::from_secs(60);

/// Messages that are kept; older ones are forgotten.
const KEPT: usize = 1024;

/// Bytes of messages that are kept, 64 MiB.
const KEPT_BYTES: usize = 64 << 20;

#[derive(Debug, Default)]
pub(in crate::chatgptfree) struct HandedIn(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    count: u64,
    bytes: usize,
    messages: VecDeque<Message>,
}

#[derive(Debug)]
struct Message {
    key: String,
    text: String,
    images: usize,
    end: Instant,
}

/// Why there is no message with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Expired,
    Unknown,
}

impl HandedIn {
    /// Keeps a message and gives its key.
    pub(super) fn keep(&self, text: &str, images: usize) -> String {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.count += 1;
        let hash = identity::hash(&[b"message", &kept.count.to_be_bytes(), text.as_bytes()]);
        let key = format!("aipkit_sse_{hash:032x}");
        kept.bytes += text.len();
        kept.messages.push_back(Message {
            key: key.clone(),
            text: text.to_owned(),
            images,
            end: Instant::now() + LIFE,
        });
        while kept.messages.len() > KEPT || kept.bytes > KEPT_BYTES {
            let Some(oldest) = kept.messages.pop_front() else { break };
            kept.bytes -= oldest.text.len();
        }
        key
    }

    /// Takes a message: it is answered once.
    pub(super) fn take(&self, key: &str) -> Result<(String, usize), Missing> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = kept.messages.iter().position(|message| message.key.eq_ignore_ascii_case(key));
        let message = index.and_then(|index| kept.messages.remove(index)).ok_or(Missing::Unknown)?;
        kept.bytes -= message.text.len();
        if message.end <= Instant::now() { Err(Missing::Expired) } else { Ok((message.text, message.images)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_message_is_taken_once_and_in_time() {
        let handed_in = HandedIn::default();
        let [first, second, third] = ["a", "a", "b"].map(|text| handed_in.keep(text, 1));
        assert_ne!(first, second);
        assert_eq!(handed_in.take(&first), Ok(("a".to_owned(), 1)));
        assert_eq!(handed_in.take(&first), Err(Missing::Unknown));
        tokio::time::advance(LIFE - Duration::from_millis(1)).await;
        assert!(handed_in.take(&second).is_ok());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(handed_in.take(&third), Err(Missing::Expired));
    }
}
