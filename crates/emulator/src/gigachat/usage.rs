//! Token usage, counted as the service counts it: what was cached is part of the prompt and of the total.

use super::ask::Turn;
use crate::fault::{Fault, Faults};
use crate::json::Object;
use crate::speech::words;

/// Tokens a message counts for besides its words.
const MESSAGE_TOKENS: u64 = 4;

/// Token counts of one answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    pub(super) prompt: u64,
    pub(super) cached: u64,
    /// Reasoning included.
    pub(super) completion: u64,
}

/// The tokens of messages.
pub(super) fn of_turns(turns: &[Turn]) -> u64 {
    turns.iter().map(|turn| MESSAGE_TOKENS + words(&turn.text)).sum()
}

impl Usage {
    /// Takes off what is told now: all that is left, or a token. Whoever adds up what is told has the whole.
    pub(super) fn tell(&mut self, all: bool) -> Self {
        let completion = if all { self.completion } else { self.completion.min(1) };
        let rest = Self { completion: self.completion - completion, ..Self::default() };
        Self { completion, ..std::mem::replace(self, rest) }
    }

    /// The usage as the faults want it told; `json` is how it is told without them.
    pub(super) fn told(self, faults: &Faults, json: fn(&Self) -> String) -> Option<String> {
        match () {
            () if faults.has(&Fault::NoUsage) || faults.has(&Fault::MissingIds) => None,
            () if faults.has(&Fault::EmptyUsage) => Some(String::from("{}")),
            () => Some(json(&self)),
        }
    }

    /// As version 1 of the chat tells it.
    pub(super) fn json(&self) -> String {
        Object::new()
            .plain("prompt_tokens", self.prompt)
            .plain("completion_tokens", self.completion)
            .plain("total_tokens", self.prompt + self.completion)
            .plain("precached_prompt_tokens", self.cached)
            .end()
    }

    /// As version 2 of the chat tells it.
    pub(super) fn detailed_json(&self) -> String {
        let details = Object::new().plain("prompt_tokens", self.prompt).plain("cached_tokens", self.cached);
        Object::new()
            .plain("input_tokens", self.prompt)
            .raw("input_tokens_details", &details.end())
            .plain("output_tokens", self.completion)
            .plain("total_tokens", self.prompt + self.completion)
            .end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_bit_by_bit_adds_up() {
        let whole = Usage { prompt: 17, cached: 2, completion: 3 };
        let mut untold = whole;
        let told = [untold.tell(false), untold.tell(false), untold.tell(true), untold.tell(true)];
        assert_eq!(told.map(|usage| usage.completion), [1, 1, 1, 0]);
        assert_eq!(told.map(|usage| usage.prompt + usage.cached), [19, 0, 0, 0]);
    }

    #[test]
    fn cached_tokens_are_not_taken_off() {
        let usage = Usage { prompt: 17, cached: 2, completion: 42 };
        let expected = r#"{"prompt_tokens":17,"completion_tokens":42,"total_tokens":59,"precached_prompt_tokens":2}"#;
        assert_eq!(usage.json(), expected);
        let details = r#""input_tokens_details":{"prompt_tokens":17,"cached_tokens":2}"#;
        assert_eq!(
            usage.detailed_json(),
            format!(r#"{{"input_tokens":17,{details},"output_tokens":42,"total_tokens":59}}"#)
        );
    }
}
