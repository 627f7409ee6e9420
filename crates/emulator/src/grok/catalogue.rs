//! Models, modes, and how often each may be asked.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::body::{ChatBody, LimitsBody};
use super::error::{self, Refusal};
use crate::json::{Object, list, texts};
use crate::server::Call;

/// Modes with their titles, what they are for, and how many questions the service takes a day.
const MODES: [(&str, &str, &str, u64); 4] = [
    ("auto", "Auto", "Chooses Fast or Expert", 50),
    ("fast", "Fast", "Quick responses", 140),
    ("expert", "Expert", "Thinks hard", 50),
    ("heavy", "Heavy", "Team of experts", 20),
];

const MODELS: [&str; 5] = ["grok-3", "grok-4", "grok-4-auto", "grok-4-heavy", "grok-latest"];

/// Seconds in which the questions are counted. The emulator has no clock: they are never given back.
const WINDOW: u64 = 86_400;

/// The model a question is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    /// As the service repeats it, which says little about what answers.
    pub(super) name: String,
    /// `MODEL_MODE_AUTO` and the like.
    pub(super) mode: String,
    pub(super) thinks: bool,
    /// Whether several agents think.
    pub(super) heavy: bool,
    /// The name under which questions are counted.
    counted: String,
}

/// Chooses a model. Any name will do but one that contains `nonexistent`; modes have their form.
pub(super) fn choose(body: &ChatBody) -> Result<Chosen, Refusal> {
    let given = |name: &Option<String>| name.as_deref().filter(|name| !name.is_empty()).map(str::to_lowercase);
    let (name, mode_id) = (given(&body.model_name), given(&body.mode_id));
    let model_mode = match given(&body.model_mode) {
        Some(mode) => Some(mode.strip_prefix("model_mode_").ok_or_else(error::invalid_argument)?.to_owned()),
        None => None,
    };
    let names = [&mode_id, &model_mode, &name].into_iter().flatten().map(String::as_str).collect::<Vec<_>>();
    if names.iter().any(|name| name.contains("nonexistent")) {
        return Err(error::no_such_model());
    }
    let any = |words: &[&str]| names.iter().any(|name| words.iter().any(|word| name.contains(word)));
    let heavy = any(&["heavy"]);
    let mode = mode_id.as_deref().or(model_mode.as_deref()).unwrap_or("auto");
    Ok(Chosen {
        name: name.clone().unwrap_or_else(|| format!("grok-4-{mode}")),
        mode: format!("MODEL_MODE_{}", mode.to_uppercase().replace('-', "_")),
        thinks: heavy || any(&["expert", "think", "reasoning"]) || body.is_reasoning == Some(true),
        heavy,
        counted: name.unwrap_or_else(|| mode.to_owned()),
    })
}

/// How many questions were asked, by model.
#[derive(Debug, Default)]
pub(super) struct Usage(Mutex<HashMap<String, u64>>);

/// Names that are counted; more, and the counts begin anew.
const MAX_NAMES: usize = 1024;

impl Usage {
    pub(super) fn count(&self, model: &Chosen) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MAX_NAMES && !counts.contains_key(&model.counted) {
            counts.clear();
        }
        *counts.entry(model.counted.clone()).or_default() += 1;
    }

    fn of(&self, name: &str) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or_default()
    }
}

/// POST `/rest/rate-limits`: nothing is refused when nothing is left.
pub(super) fn rate_limits(usage: &Usage, call: &Call) -> Result<String, Refusal> {
    let body: LimitsBody = super::read(&call.body)?;
    let name = body.model_name.to_lowercase();
    let mode = MODES.iter().find(|(id, ..)| *id == name);
    if mode.is_none() && !MODELS.contains(&name.as_str()) {
        return Err(error::no_such_model());
    }
    let total = match body.request_kind.as_deref() {
        None | Some("DEFAULT") => mode.map_or(50, |(.., total)| *total),
        Some("REASONING" | "DEEPSEARCH" | "DEEPERSEARCH") => 10,
        Some(_) => return Err(error::invalid_argument()),
    };
    let remaining = total.saturating_sub(usage.of(&name));
    let limits = Object::new()
        .plain("windowSizeSeconds", WINDOW)
        .plain("remainingQueries", remaining)
        .plain("totalQueries", total)
        .when(remaining == 0, |limits| limits.plain("waitTimeSeconds", WINDOW));
    Ok(limits.plain("lowEffortRateLimits", "null").plain("highEffortRateLimits", "null").end())
}

/// POST `/rest/modes`.
pub(super) fn modes() -> String {
    let modes = MODES.iter().map(|(id, title, description, _)| {
        let availability = match *id {
            "heavy" => {
                let upgrade = Object::new()
                    .text("message", "Upgrade to SuperGrok Heavy")
                    .text("minimumSubscriptionTier", "TIER_SUPERGROK_HEAVY");
                Object::new().raw("requiresUpgrade", &upgrade.end())
            }
            _ => Object::new().raw("available", "{}"),
        };
        Object::new()
            .text("id", id)
            .text("title", title)
            .text("description", description)
            .text("badgeText", "")
            .raw("availability", &availability.end())
            .text("iconHint", "")
            .raw("tags", "[]")
            .end()
    });
    Object::new().raw("modes", &list(modes)).text("defaultModeId", "fast").end()
}

/// POST `/rest/models`.
pub(super) fn models() -> String {
    let model = |id: &&str| {
        let modes = texts(["MODEL_MODE_AUTO", "MODEL_MODE_FAST", "MODEL_MODE_EXPERT"]);
        Object::new().text("modelId", id).text("name", id).text("description", "").raw("modelMode", &modes).end()
    };
    Object::new()
        .raw("models", &list(MODELS.iter().map(model)))
        .raw("unavailableModels", "[]")
        .text("defaultFreeModel", "grok-3")
        .text("defaultProModel", "grok-4-auto")
        .text("defaultAnonModel", "grok-3")
        .text("defaultHeavyModel", "grok-4-heavy")
        .end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(name: &str, model_mode: &str, mode_id: &str) -> Result<Chosen, Refusal> {
        let text = |text: &str| Some(text.to_owned());
        let (model_name, model_mode, mode_id) = (text(name), text(model_mode), text(mode_id));
        choose(&ChatBody { model_name, model_mode, mode_id, ..ChatBody::default() })
    }

    #[test]
    fn old_and_new_ways_to_name_a_model_lead_to_one() {
        let table = [
            (("", "", ""), "grok-4-auto", "MODEL_MODE_AUTO", false),
            (("grok-3", "", ""), "grok-3", "MODEL_MODE_AUTO", false),
            (("grok-4", "MODEL_MODE_EXPERT", ""), "grok-4", "MODEL_MODE_EXPERT", true),
            (("", "MODEL_MODE_GROK_4_THINKING", ""), "grok-4-grok_4_thinking", "MODEL_MODE_GROK_4_THINKING", true),
            (("", "", "heavy"), "grok-4-heavy", "MODEL_MODE_HEAVY", true),
            (("", "", "fast"), "grok-4-fast", "MODEL_MODE_FAST", false),
        ];
        for ((name, model_mode, mode_id), expected, mode, thinks) in table {
            let chosen = chosen(name, model_mode, mode_id).unwrap();
            assert_eq!((&*chosen.name, &*chosen.mode, chosen.thinks), (expected, mode, thinks));
        }
        assert_eq!(chosen("", "EXPERT", ""), Err(error::invalid_argument()));
        assert_eq!(chosen("nonexistent", "", ""), Err(error::no_such_model()));
    }
}
