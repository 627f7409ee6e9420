//! Access tokens: given, looked at, run out.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::time::Instant;

use super::credentials::Scope;
use crate::identity;

/// Tokens that are remembered; older ones are as good as never given.
const KEPT: usize = 1024;

/// Bytes of the parts after a token's head, before base64, as RSA with 4096 bits and AES give them: the encrypted
/// key, the initialization vector, the encrypted claims, the tag. They make a token of 1233 characters.
const PARTS: [usize; 4] = [512, 16, 304, 32];

#[derive(Debug)]
pub(super) struct Tokens {
    life: Duration,
    given: Mutex<Given>,
}

#[derive(Debug, Default)]
struct Given {
    count: u64,
    tokens: VecDeque<Token>,
}

struct Token {
    text: String,
    scope: Scope,
    end: Instant,
    used: bool,
}

/// A token that was just given.
pub(super) struct Fresh {
    pub(super) text: String,
    /// When it runs out, since 1970.
    pub(super) end: Duration,
}

/// What a call with a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Good { scope: Scope, first_call: bool },
    Expired,
    Unknown,
}

impl Tokens {
    pub(super) fn new(life: Duration) -> Self {
        Self { life, given: Mutex::default() }
    }

    pub(super) fn give(&self, scope: Scope) -> Fresh {
        let mut given = self.given();
        given.count += 1;
        let text = text(given.count);
        given.tokens.push_back(Token { text: text.clone(), scope, end: Instant::now() + self.life, used: false });
        if given.tokens.len() > KEPT {
            given.tokens.pop_front();
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Fresh { text, end: now + self.life }
    }

    /// Says what a call with this token is, and remembers that there was one.
    pub(super) fn call_with(&self, text: &str) -> Standing {
        let mut given = self.given();
        match given.tokens.iter_mut().find(|token| token.text == text) {
            None => Standing::Unknown,
            Some(token) if token.end <= Instant::now() => Standing::Expired,
            Some(token) => {
                let first_call = !std::mem::replace(&mut token.used, true);
                Standing::Good { scope: token.scope, first_call }
            }
        }
    }

    /// Lets all tokens given so far run out now.
    pub(super) fn expire(&self) {
        let now = Instant::now();
        self.given().tokens.iter_mut().for_each(|token| token.end = now);
    }

    pub(super) fn count(&self) -> u64 {
        self.given().count
    }

    fn given(&self) -> MutexGuard<'_, Given> {
        // What is behind the lock is whole after every statement, so a panic elsewhere does not spoil it.
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// A text in the form of an encrypted token (RFC 7516, section 3.1), with nothing in it but its number.
fn text(number: u64) -> String {
    let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","enc":"A256CBC-HS512","alg":"RSA-OAEP-256"}"#);
    let parts = PARTS.iter().zip(0_u64..).map(|(length, part)| {
        let blocks = (0_u64..).flat_map(|block| {
            let seed = [number, part, block].map(u64::to_be_bytes);
            identity::hash(&[b"token", &seed[0], &seed[1], &seed[2]]).to_be_bytes()
        });
        URL_SAFE_NO_PAD.encode(blocks.take(*length).collect::<Vec<_>>())
    });
    std::iter::once(head).chain(parts).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_token_is_good_for_its_life() {
        let tokens = Tokens::new(Duration::from_secs(60));
        let token = tokens.give(Scope::Business).text;
        let good = |first_call| Standing::Good { scope: Scope::Business, first_call };
        assert_eq!(tokens.call_with(&token), good(true));
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(tokens.call_with(&token), good(false));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(tokens.call_with(&token), Standing::Expired);
        assert_eq!(tokens.call_with("another"), Standing::Unknown);
    }

    #[test]
    fn tokens_can_be_made_to_run_out() {
        let tokens = Tokens::new(Duration::from_secs(60));
        let old = tokens.give(Scope::Personal).text;
        tokens.expire();
        let new = tokens.give(Scope::Personal).text;
        assert_eq!(tokens.call_with(&old), Standing::Expired);
        assert!(matches!(tokens.call_with(&new), Standing::Good { .. }));
        assert_eq!(tokens.count(), 2);
    }

    #[test]
    fn tokens_look_like_real_ones_and_follow_from_their_number() {
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
        assert_eq!((text(1).len(), text(1).split('.').count()), (1233, 5));
    }

    #[test]
    fn the_oldest_tokens_are_forgotten() {
        let tokens = Tokens::new(Duration::from_secs(60));
        let oldest = tokens.give(Scope::Personal).text;
        for _ in 0..KEPT {
            tokens.give(Scope::Personal);
        }
        assert_eq!(tokens.call_with(&oldest), Standing::Unknown);
    }
}
