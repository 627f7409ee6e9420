use chatstream_core::{Result, invalid};

use crate::config::GrokConfig;

/// How the site is told which model answers. Only what is set is sent, but `is_reasoning`, which
/// always is.
///
/// Which of the older fields still has an effect is unknown; `Grok::modes` asks the site what it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selection {
    /// `modelName`: the older way, to 2025-10.
    pub model_name: Option<String>,
    /// `modelMode`: `MODEL_MODE_…`, 2025-10 to 2026-03.
    pub model_mode: Option<String>,
    /// `modeId`: the way of 2026-04 and later.
    pub mode_id: Option<String>,
    /// `isReasoning`: the "Think" of Grok 3.
    pub is_reasoning: bool,
}

impl Selection {
    /// A model by the site's `modelName`.
    pub fn model_name(name: impl Into<String>) -> Self {
        Self { model_name: Some(name.into()), ..Self::default() }
    }

    /// A mode by its `modeId`.
    pub fn mode_id(id: impl Into<String>) -> Self {
        Self { mode_id: Some(id.into()), ..Self::default() }
    }

    /// Sets [`model_mode`](Self::model_mode).
    #[must_use]
    pub fn model_mode(mut self, mode: impl Into<String>) -> Self {
        self.model_mode = Some(mode.into());
        self
    }

    /// Sets [`is_reasoning`](Self::is_reasoning).
    #[must_use]
    pub fn reasoning(mut self) -> Self {
        self.is_reasoning = true;
        self
    }
}

/// The names known here, the seed's three first: those of Grok 3, those of 2025-10, and the modes of
/// 2026-04. Unknown ones go as `mode:…` or `model:…`, or through [`GrokConfig::add_model`].
pub const MODELS: &[&str] = &[
    "grok-3",
    "grok-3-thinking",
    "grok-2",
    "grok-latest",
    "grok-4",
    "grok-4-heavy",
    "grok-4-auto",
    "fast",
    "auto",
    "expert",
    "heavy",
    "grok-420-computer-use-sa",
];

/// Other names of [`MODELS`]: the seed's.
pub const MODEL_ALIASES: &[(&str, &str)] = &[("grok-3-r1", "grok-3-thinking")];

/// What to send for this model.
///
/// # Errors
///
/// - [`InvalidRequest`](chatstream_core::ErrorKind::InvalidRequest) when the name is unknown.
pub(crate) fn select(config: &GrokConfig, name: &str) -> Result<Selection> {
    if let Some(selection) = config.models.get(name) {
        return Ok(selection.clone());
    }
    if let Some(id) = name.strip_prefix("mode:").filter(|id| !id.is_empty()) {
        return Ok(Selection::mode_id(id));
    }
    if let Some(model) = name.strip_prefix("model:").filter(|model| !model.is_empty()) {
        return Ok(Selection::model_name(model));
    }
    let name = MODEL_ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, target)| target);
    Ok(match name {
        "grok-3" => Selection::model_name("grok-3"),
        "grok-3-thinking" => Selection::model_name("grok-3").reasoning(),
        // `grok-latest` meant Grok 2 when it was written, in spring 2025.
        "grok-2" | "grok-latest" => Selection::model_name("grok-latest"),
        "grok-4" => Selection::model_name("grok-4").model_mode("MODEL_MODE_EXPERT"),
        "grok-4-heavy" => Selection::model_name("grok-4-heavy").model_mode("MODEL_MODE_HEAVY"),
        "grok-4-auto" => Selection::default().model_mode("MODEL_MODE_AUTO"),
        "fast" | "auto" | "expert" | "heavy" | "grok-420-computer-use-sa" => Selection::mode_id(name),
        _ => {
            let message = format!("no model is named {name}; known: {}, mode:…, model:…", MODELS.join(", "));
            return Err(invalid(message));
        }
    })
}

#[cfg(test)]
mod tests {
    use chatstream_core::ErrorKind;

    use super::*;
    use crate::config::CookieSource;

    #[test]
    fn every_name_selects_something_and_unknown_ones_are_refused() {
        let config = GrokConfig::new(CookieSource::text("sso=1")).add_model("mine", Selection::mode_id("beta"));
        for name in MODELS.iter().chain(MODEL_ALIASES.iter().map(|(alias, _)| alias)) {
            assert_ne!(select(&config, name).unwrap(), Selection::default(), "{name}");
        }
        let table = [
            ("grok-3", Selection::model_name("grok-3")),
            ("grok-3-thinking", Selection::model_name("grok-3").reasoning()),
            ("grok-3-r1", Selection::model_name("grok-3").reasoning()),
            ("grok-2", Selection::model_name("grok-latest")),
            ("auto", Selection::mode_id("auto")),
            ("mine", Selection::mode_id("beta")),
            ("mode:x", Selection::mode_id("x")),
            ("model:grok-5", Selection::model_name("grok-5")),
        ];
        for (name, expected) in table {
            assert_eq!(select(&config, name).unwrap(), expected, "{name}");
        }
        for name in ["grok-5", "", "mode:", "GROK-3"] {
            let error = select(&config, name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert!(error.message().contains("known: grok-3"), "{error}");
        }
    }
}
