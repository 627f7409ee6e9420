//! The faults of one answer together.

use std::fmt;

use super::{Fault, ParseFaultError};

/// The faults that apply to one request, in the order they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self(faults)
    }

    /// Reads a list separated by commas. A part that does not begin with a letter belongs to the part before it:
    /// the dates of `retry-after` have a comma in them.
    pub(crate) fn parse(text: &str) -> Result<Self, ParseFaultError> {
        let mut names: Vec<String> = Vec::new();
        for part in text.split(',').filter(|part| !part.trim().is_empty()) {
            let is_name = part.trim_start().starts_with(|first: char| first.is_ascii_alphabetic());
            match names.last_mut() {
                Some(name) if !is_name => *name = format!("{name},{part}"),
                _ => names.push(part.to_owned()),
            }
        }
        names.iter().map(|name| name.parse()).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn has(&self, fault: &Fault) -> bool {
        self.0.contains(fault)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// How many requests the failures apply to, if that is limited.
    pub(crate) fn fail_times(&self) -> Option<u64> {
        self.find(|fault| match fault {
            Fault::FailTimes(n) => Some(*n),
            _ => None,
        })
    }

    /// The same list without the faults that make a request fail.
    pub(crate) fn without_failures(mut self) -> Self {
        self.0.retain(|fault| !fault.is_failure());
        self
    }

    /// The length in bytes of the pieces to cut bodies into, if they are to be cut.
    pub(crate) fn piece_length(&self) -> Option<usize> {
        self.find(|fault| match fault {
            Fault::Bytewise => Some(1),
            // A piece of no bytes would never get through the body.
            Fault::Pieces(n) => Some((*n).max(1)),
            _ => None,
        })
    }

    /// The length in bytes of the one big delta, if there is to be one.
    pub(crate) fn big_event(&self) -> Option<usize> {
        self.find(|fault| match fault {
            Fault::BigEvent(bytes) => Some(*bytes),
            _ => None,
        })
    }

    /// The finish reason to tell instead of the true one; `filtered` is what the service calls an answer that its
    /// filter broke off.
    pub(crate) fn finish_reason(&self, filtered: &'static str) -> Option<&'static str> {
        self.find(|fault| match fault {
            Fault::UnknownFinishReason => Some("interrupted_by_emulator"),
            Fault::ContentFilter => Some(filtered),
            Fault::Length => Some("length"),
            Fault::FinishError => Some("error"),
            _ => None,
        })
    }

    /// The faults of a call that asks for a token: those made for it, and those of form.
    pub(crate) fn of_token_calls(mut self) -> Self {
        self.0.retain(|fault| fault.is_of_tokens() || !fault.is_failure());
        self
    }

    /// The faults of a page that a browser sees: those made for it, and those of form.
    pub(crate) fn of_pages(mut self) -> Self {
        self.0.retain(|fault| fault.is_of_pages() || !fault.is_failure());
        self
    }

    /// The faults of all other calls.
    pub(crate) fn of_other_calls(mut self) -> Self {
        self.0.retain(|fault| !fault.is_of_tokens() && !fault.is_of_pages());
        self
    }

    /// Where an answer takes two calls, the faults of the first one: those that leave no room for a second one.
    pub(crate) fn of_first_calls(mut self) -> Self {
        self.0.retain(|fault| fault.is_instead() || fault.is_of_nonces() || !fault.is_failure());
        self
    }

    /// Where an answer takes two calls, the faults of the second one.
    pub(crate) fn of_second_calls(mut self) -> Self {
        self.0.retain(|fault| !fault.is_instead() && !fault.is_of_tokens() && !fault.is_of_pages());
        self
    }

    /// What `choose` finds first.
    pub(crate) fn find<'a, T>(&'a self, choose: impl Fn(&'a Fault) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(choose)
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[Fault]) {
        assert_eq!(Faults::parse(text).unwrap(), Faults::new(expected.to_vec()));
    }

    #[test]
    fn lists_are_separated_by_commas() {
        check("", &[]);
        check(" , ", &[]);
        check("crlf", &[Fault::Crlf]);
        check("crlf, pieces=3 ,no-done", &[Fault::Crlf, Fault::Pieces(3), Fault::NoDone]);
    }

    #[test]
    fn the_comma_of_a_date_separates_nothing() {
        let date = "Fri, 31 Dec 2027 23:59:59 GMT";
        check(&format!("retry-after={date},crlf"), &[Fault::RetryAfter(date.into()), Fault::Crlf]);
    }

    #[test]
    fn each_call_has_its_own_faults() {
        let faults = Faults::parse("crlf,status=503,oauth-code=6,reset,page-cache,dead-nonce,fail-times=2").unwrap();
        let of = |choose: fn(Faults) -> Faults| choose(faults.clone()).to_string();
        assert_eq!(of(Faults::of_token_calls), "crlf,oauth-code=6,fail-times=2");
        assert_eq!(of(Faults::of_pages), "crlf,page-cache,fail-times=2");
        assert_eq!(of(Faults::of_other_calls), "crlf,status=503,reset=3,dead-nonce,fail-times=2");
        assert_eq!(of(Faults::of_first_calls), "crlf,status=503,dead-nonce,fail-times=2");
        assert_eq!(of(Faults::of_second_calls), "crlf,reset=3,dead-nonce,fail-times=2");
    }

    #[test]
    fn failures_can_be_taken_out() {
        let faults = Faults::parse("crlf,status=503,fail-times=2,reset").unwrap();
        assert_eq!(faults.fail_times(), Some(2));
        assert_eq!(faults.without_failures().to_string(), "crlf,fail-times=2");
    }
}
