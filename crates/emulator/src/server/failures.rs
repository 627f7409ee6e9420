//! How often each list of faults has failed, for `fail-times`.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::fault::Faults;

/// Lists that are counted; more, and the counts begin anew. Each comes from the emulator's own settings
/// or from a test's header, so there are few.
const MAX_LISTS: usize = 1024;

#[derive(Debug, Default)]
pub(super) struct Failures(Mutex<HashMap<String, u64>>);

impl Failures {
    /// Takes the failures out of a list that has had its times.
    pub(super) fn limit(&self, faults: Faults) -> Faults {
        let Some(times) = faults.fail_times() else { return faults };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = faults.to_string();
        if counts.len() >= MAX_LISTS && !counts.contains_key(&key) {
            counts.clear();
        }
        let count = counts.entry(key).or_default();
        *count += 1;
        if *count > times { faults.without_failures() } else { faults }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_fails_as_often_as_it_says() {
        let failures = Failures::default();
        let limited = |list: &str| failures.limit(Faults::parse(list).unwrap()).to_string();
        assert_eq!(limited("status=503,fail-times=2"), "status=503,fail-times=2");
        assert_eq!(limited("status=503,fail-times=2"), "status=503,fail-times=2");
        assert_eq!(limited("hang,fail-times=1"), "hang,fail-times=1");
        assert_eq!(limited("status=503,fail-times=2"), "fail-times=2");
        assert_eq!(limited("status=503"), "status=503");
    }
}
