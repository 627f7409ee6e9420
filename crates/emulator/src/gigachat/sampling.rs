//! Settings of how a model speaks, and the ranges they may be in.

use std::time::Duration;

use serde::Deserialize;

use super::error::{Refusal, invalid_params};

/// The settings both versions of the chat have.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Sampling {
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) repetition_penalty: Option<f64>,
    pub(super) max_tokens: Option<i64>,
    /// Seconds.
    pub(super) update_interval: Option<f64>,
}

impl Sampling {
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let is_not_positive = |value: Option<f64>| value.is_some_and(|value| value <= 0.0);
        let table = [
            ("temperature must be in range (0, +inf)", is_not_positive(self.temperature)),
            ("repetition_penalty must be in range (0, +inf)", is_not_positive(self.repetition_penalty)),
            ("top_p must be in range [0, 1]", self.top_p.is_some_and(|value| !(0.0..=1.0).contains(&value))),
            ("max_tokens must be in range (0, +inf)", self.max_tokens.is_some_and(|value| value <= 0)),
            ("update_interval must be in range [0, +inf)", self.update_interval.is_some_and(|value| value < 0.0)),
        ];
        match table.into_iter().find(|(_, refused)| *refused) {
            Some((reason, _)) => Err(invalid_params(reason)),
            None => Ok(()),
        }
    }

    /// In tokens.
    pub(super) fn limit(&self) -> Option<u64> {
        self.max_tokens.and_then(|limit| u64::try_from(limit).ok())
    }

    /// The least time between two chunks.
    pub(super) fn interval(&self) -> Duration {
        Duration::try_from_secs_f64(self.update_interval.unwrap_or(0.0)).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn refused(settings: Value, expected: Option<&str>) {
        let refusal = serde_json::from_value::<Sampling>(settings).unwrap().check().err();
        assert_eq!(refusal, expected.map(invalid_params));
    }

    #[test]
    fn values_have_their_ranges() {
        refused(json!({"temperature": 0.001, "top_p": 0, "repetition_penalty": 1, "max_tokens": 1}), None);
        refused(json!({"temperature": 0}), Some("temperature must be in range (0, +inf)"));
        refused(json!({"repetition_penalty": -1}), Some("repetition_penalty must be in range (0, +inf)"));
        refused(json!({"top_p": 1.5}), Some("top_p must be in range [0, 1]"));
        refused(json!({"max_tokens": 0}), Some("max_tokens must be in range (0, +inf)"));
        refused(json!({"update_interval": -1}), Some("update_interval must be in range [0, +inf)"));
    }

    #[test]
    fn an_interval_beyond_all_times_is_the_longest() {
        let settings = Sampling { update_interval: Some(1e300), ..Sampling::default() };
        assert_eq!(settings.interval(), Duration::MAX);
    }
}
