//! The models, and what the service tells about them and about a key.

use super::error::{Refusal, no_such_model};
use super::usage::Prices;
use crate::json::{Object, list, texts};

/// A model with the facts of the catalogue (docs.x.ai models page, autumn 2026).
#[derive(Debug)]
pub(super) struct Model {
    id: &'static str,
    aliases: &'static [&'static str],
    /// Seconds since 1970.
    created: u64,
    /// Tokens.
    context: u64,
    prices: Prices,
    reads_images: bool,
}

const FLAGSHIP: Prices = Prices { prompt: 20_000, cached: 2_000, completion: 60_000 };
const ECONOMY: Prices = Prices { prompt: 12_500, cached: 2_000, completion: 25_000 };
const CODE: Prices = Prices { prompt: 2_000, cached: 200, completion: 15_000 };

/// Tokens of a prompt from which on everything costs twice as much.
const LONG_CONTEXT: u64 = 200_000;

const MODELS: [Model; 8] = [
    Model {
        id: "grok-4.7",
        aliases: &["grok-latest", "grok-4.7-latest"],
        created: 1_791_072_000,
        context: 500_000,
        prices: FLAGSHIP,
        reads_images: true,
    },
    Model {
        id: "grok-4.6",
        aliases: &["grok-4.6-latest"],
        created: 1_786_406_400,
        context: 500_000,
        prices: FLAGSHIP,
        reads_images: true,
    },
    Model {
        id: "grok-4.5",
        aliases: &["grok-4.5-latest", "grok-build-latest"],
        created: 1_782_864_000,
        context: 500_000,
        prices: FLAGSHIP,
        reads_images: true,
    },
    Model {
        id: "grok-4.3",
        aliases: &["grok-4.3-latest"],
        created: 1_777_593_600,
        context: 1_000_000,
        prices: ECONOMY,
        reads_images: true,
    },
    Model {
        id: "grok-4.20-0309-reasoning",
        aliases: &["grok-4.20", "grok-4.20-reasoning"],
        created: 1_773_014_400,
        context: 1_000_000,
        prices: ECONOMY,
        reads_images: true,
    },
    Model {
        id: "grok-4.20-0309-non-reasoning",
        aliases: &["grok-4.20-non-reasoning"],
        created: 1_773_014_400,
        context: 1_000_000,
        prices: ECONOMY,
        reads_images: true,
    },
    Model {
        id: "grok-4.20-multi-agent-0309",
        aliases: &["grok-4.20-multi-agent"],
        created: 1_773_014_400,
        context: 1_000_000,
        prices: ECONOMY,
        reads_images: true,
    },
    Model {
        id: "grok-build-0.1",
        aliases: &["grok-code-fast-1", "grok-code-fast"],
        created: 1_779_148_800,
        context: 256_000,
        prices: CODE,
        reads_images: false,
    },
];

/// Models retired on 2026-05-15, by the beginning of their names: requests for them are answered by `grok-4.3`.
const REDIRECTED: [&str; 4] = ["grok-3", "grok-4-0709", "grok-4-fast", "grok-4-1-fast"];

/// What a model name in a request leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    /// The model that answers.
    pub(super) name: String,
    /// Whether it reasons, and so takes neither penalties nor stop texts.
    pub(super) reasons: bool,
    /// Whether it can be told how much to reason.
    pub(super) takes_effort: bool,
    pub(super) prices: Prices,
}

/// Finds the model for a name. Names are opaque: one that is not known answers by itself, except `grok-beta`, which
/// is gone, and those that contain `nonexistent`.
pub(super) fn choose(name: &str) -> Result<Chosen, Refusal> {
    if name == "grok-beta" || name.contains("nonexistent") {
        return Err(no_such_model(name));
    }
    let target = if REDIRECTED.iter().any(|retired| name.starts_with(retired)) { "grok-4.3" } else { name };
    let model = find(target);
    Ok(Chosen {
        name: model.map_or(target, |model| model.id).to_owned(),
        reasons: !name.contains("non-reasoning"),
        takes_effort: !name.starts_with("grok-4.20"),
        prices: model.map_or(ECONOMY, |model| model.prices),
    })
}

/// The answer to GET `/models`.
pub(super) fn models() -> String {
    let models = list(MODELS.iter().map(Model::priced));
    Object::new().text("object", "list").raw("data", &models).end()
}

/// The answer to GET `/models/{id}`, where an alias is an id too.
pub(super) fn model(id: &str) -> Result<String, Refusal> {
    find(id).map(Model::priced).ok_or_else(|| no_such_model(id))
}

/// The answer to GET `/language-models`.
pub(super) fn language_models() -> String {
    Object::new().raw("models", &list(MODELS.iter().map(Model::described))).end()
}

/// The answer to GET `/language-models/{id}`.
pub(super) fn language_model(id: &str) -> Result<String, Refusal> {
    find(id).map(Model::described).ok_or_else(|| no_such_model(id))
}

/// The answer to GET `/api-key`, of which the last characters are told.
pub(super) fn api_key(key: &str) -> String {
    let shown = key.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect::<String>();
    Object::new()
        .text("redacted_api_key", &format!("xai-...{shown}"))
        .text("user_id", "00000000-0000-4000-8000-000000000001")
        .text("name", "Emulator key")
        .text("create_time", "2026-01-01T12:00:00.000000Z")
        .text("modify_time", "2026-01-01T12:00:00.000000Z")
        .text("modified_by", "00000000-0000-4000-8000-000000000001")
        .text("team_id", "00000000-0000-0000-0000-000000000000")
        .raw("acls", &texts(["api-key:model:*", "api-key:endpoint:*"]))
        .text("api_key_id", "00000000-0000-4000-8000-000000000002")
        .plain("team_blocked", false)
        .plain("api_key_blocked", false)
        .plain("api_key_disabled", false)
        .end()
}

/// The mark of the machine that answers.
pub(super) fn fingerprint(model: &str) -> String {
    format!("fp_{:016x}", crate::identity::hash(&[model.as_bytes()]) as u64)
}

fn find(name: &str) -> Option<&'static Model> {
    MODELS.iter().find(|model| model.id == name || model.aliases.contains(&name))
}

impl Model {
    fn priced(&self) -> String {
        self.identified()
            .raw("aliases", &texts(self.aliases.iter().copied()))
            .plain("context_length", self.context)
            .plain("prompt_text_token_price", self.prices.prompt)
            .plain("cached_prompt_text_token_price", self.prices.cached)
            .plain("prompt_image_token_price", self.image_price())
            .plain("completion_text_token_price", self.prices.completion)
            .plain("prompt_text_token_price_long_context", self.prices.prompt * 2)
            .plain("completion_text_token_price_long_context", self.prices.completion * 2)
            .plain("long_context_threshold", LONG_CONTEXT)
            .end()
    }

    fn described(&self) -> String {
        let input: &[&str] = if self.reads_images { &["text", "image"] } else { &["text"] };
        self.identified()
            .text("fingerprint", &fingerprint(self.id))
            .text("version", "1.0")
            .raw("input_modalities", &texts(input.iter().copied()))
            .raw("output_modalities", &texts(["text"]))
            .plain("prompt_text_token_price", self.prices.prompt)
            .plain("cached_prompt_text_token_price", self.prices.cached)
            .plain("prompt_image_token_price", self.image_price())
            .plain("completion_text_token_price", self.prices.completion)
            .plain("search_price", 0)
            .raw("aliases", &texts(self.aliases.iter().copied()))
            .end()
    }

    fn identified(&self) -> Object {
        Object::new().text("id", self.id).text("object", "model").text("owned_by", "xai").plain("created", self.created)
    }

    fn image_price(&self) -> u64 {
        if self.reads_images { self.prices.prompt } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_the_model_that_answers() {
        let table = [
            ("grok-latest", "grok-4.7", true, true),
            ("grok-4.20", "grok-4.20-0309-reasoning", true, false),
            ("grok-4.20-non-reasoning", "grok-4.20-0309-non-reasoning", false, false),
            ("grok-3-mini", "grok-4.3", true, true),
            ("grok-4-1-fast-non-reasoning", "grok-4.3", false, true),
            ("grok-code-fast", "grok-build-0.1", true, true),
            ("something-else", "something-else", true, true),
        ];
        for (name, answers, reasons, takes_effort) in table {
            let chosen = choose(name).unwrap();
            assert_eq!((chosen.name.as_str(), chosen.reasons, chosen.takes_effort), (answers, reasons, takes_effort));
        }
        assert!(choose("grok-beta").is_err());
        assert!(choose("grok-nonexistent").is_err());
    }

    #[test]
    fn every_model_of_the_list_can_be_asked_for() {
        let models: serde_json::Value = serde_json::from_str(&models()).unwrap();
        for listed in models["data"].as_array().unwrap() {
            let id = listed["id"].as_str().unwrap();
            assert_eq!(&serde_json::from_str::<serde_json::Value>(&model(id).unwrap()).unwrap(), listed);
            language_model(id).unwrap();
        }
        assert!(model("grok-beta").is_err());
    }
}
