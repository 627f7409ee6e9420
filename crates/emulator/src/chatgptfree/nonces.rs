//! Nonces: hashes that are good for a while, the same for all guests.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::fault::{Fault, Faults};
use crate::identity;

/// Ticks whose nonces are known to be dead; a nonce from before them is as good as any.
const REMEMBERED: u64 = 1024;

/// The tick of pages that a cache has kept too long. Counting begins after it.
const LONG_AGO: u64 = 0;

/// What a nonce is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    First,
    Second,
    /// Neither chat: other plugins have nonces too.
    Other,
}

#[derive(Debug)]
pub(super) struct Nonces {
    /// How many messages a nonce is good for.
    uses: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    tick: u64,
    /// How many messages came with the nonces of this tick.
    used: u64,
    /// Whether a fault has had its one dead nonce, on the way in and in the stream.
    died: bool,
    died_in_stream: bool,
}

impl State {
    fn expire(&mut self) {
        self.tick += 1;
        self.used = 0;
    }
}

impl Nonces {
    pub(super) fn new(uses: u64) -> Self {
        let state = State { tick: LONG_AGO + 1, used: 0, died: false, died_in_stream: false };
        Self { uses, state: Mutex::new(state) }
    }

    /// A nonce that is good now.
    pub(super) fn fresh(&self, purpose: Purpose) -> String {
        text(purpose, self.current().tick)
    }

    /// A nonce that died long ago.
    pub(super) fn stale(purpose: Purpose) -> String {
        text(purpose, LONG_AGO)
    }

    /// Lets all nonces that were given so far die.
    pub(super) fn expire(&self) {
        self.state().expire();
    }

    /// Whether a message may come with this nonce.
    pub(super) fn admits(&self, purpose: Purpose, nonce: &str, faults: &Faults) -> bool {
        let mut state = self.current();
        if faults.has(&Fault::RefusedNonce) || !is_good(purpose, nonce, state.tick) {
            return false;
        }
        if faults.has(&Fault::DeadNonce) && !std::mem::replace(&mut state.died, true) {
            state.expire();
            return false;
        }
        state.used += 1;
        true
    }

    /// Whether the answer to a message may be asked for with this nonce. It may have been the last message: nonces
    /// that are used up are good until the next one comes.
    pub(super) fn admits_stream(&self, purpose: Purpose, nonce: &str, faults: &Faults) -> bool {
        let mut state = self.state();
        if faults.has(&Fault::RefusedNonce) || !is_good(purpose, nonce, state.tick) {
            return false;
        }
        if faults.has(&Fault::DeadNonceInStream) && !std::mem::replace(&mut state.died_in_stream, true) {
            state.expire();
            return false;
        }
        true
    }

    /// The state, in which nonces are good for one message more at least.
    fn current(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        if state.used >= self.uses {
            state.expire();
        }
        state
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text(purpose: Purpose, tick: u64) -> String {
    let hash = identity::hash(&[b"nonce", &[purpose as u8], &tick.to_be_bytes()]);
    format!("{:010x}", hash >> 88)
}

/// Whether this has the form of a nonce and is none that is known to be dead, or to be for something else.
fn is_good(purpose: Purpose, nonce: &str, tick: u64) -> bool {
    let is_well_formed = nonce.len() == 10 && nonce.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_well_formed || nonce == text(purpose, tick) {
        return is_well_formed;
    }
    let known = [LONG_AGO].into_iter().chain(tick.saturating_sub(REMEMBERED)..=tick);
    !known
        .flat_map(|tick| [Purpose::First, Purpose::Second, Purpose::Other].map(|of| text(of, tick)))
        .any(|dead| dead == nonce)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(nonces: &Nonces, nonce: &str, faults: &str) -> bool {
        nonces.admits(Purpose::First, nonce, &Faults::parse(faults).unwrap())
    }

    #[test]
    fn any_nonce_is_good_that_is_not_known_to_be_dead() {
        let nonces = Nonces::new(u64::MAX);
        let first = nonces.fresh(Purpose::First);
        assert_eq!(first, nonces.fresh(Purpose::First));
        assert!(admits(&nonces, &first, "") && admits(&nonces, "0a1b2c3d4e", ""));
        let others = [Nonces::stale(Purpose::First), nonces.fresh(Purpose::Second), nonces.fresh(Purpose::Other)];
        for nonce in others.iter().map(String::as_str).chain(["", "invalid", "0a1b2c3d4", "0a1b2c3d4g"]) {
            assert!(!admits(&nonces, nonce, ""), "{nonce}");
        }
        nonces.expire();
        assert!(!admits(&nonces, &first, "") && admits(&nonces, &nonces.fresh(Purpose::First), ""));
    }

    #[test]
    fn a_nonce_dies_when_it_is_used_up_and_not_before_its_answer() {
        let nonces = Nonces::new(2);
        let first = nonces.fresh(Purpose::First);
        let none = Faults::default();
        assert!(admits(&nonces, &first, "") && admits(&nonces, &first, ""));
        assert!(nonces.admits_stream(Purpose::First, &first, &none));
        assert_ne!(nonces.fresh(Purpose::First), first);
        assert!(!admits(&nonces, &first, ""));
    }

    #[test]
    fn a_fault_lets_one_nonce_die_or_all() {
        let nonces = Nonces::new(u64::MAX);
        let first = nonces.fresh(Purpose::First);
        assert!(!admits(&nonces, &first, "dead-nonce") && !admits(&nonces, &first, "dead-nonce"));
        let second = nonces.fresh(Purpose::First);
        assert!(admits(&nonces, &second, "dead-nonce"));
        assert!(!admits(&nonces, &second, "refused-nonce"));
        let faults = Faults::parse("dead-nonce-in-stream").unwrap();
        assert!(!nonces.admits_stream(Purpose::First, &second, &faults));
        assert!(nonces.admits_stream(Purpose::First, &nonces.fresh(Purpose::First), &faults));
    }
}
