//! The models, by the names that were listed in 2026.

use super::error::{self, Refusal};
use crate::json::{Object, list};

/// Names with what they are for.
const MODELS: [(&str, &str); 24] = [
    ("GigaChat", "chat"),
    ("GigaChat-2", "chat"),
    ("GigaChat-2-Max", "chat"),
    ("GigaChat-2-Max-preview", "chat"),
    ("GigaChat-2-Pro", "chat"),
    ("GigaChat-2-Pro-preview", "chat"),
    ("GigaChat-2-Reasoning", "chat"),
    ("GigaChat-2-preview", "chat"),
    ("GigaChat-3-Lightning", "chat"),
    ("GigaChat-3-Pro", "chat"),
    ("GigaChat-3-Ultra", "chat"),
    ("GigaChat-Max", "chat"),
    ("GigaChat-Max-preview", "chat"),
    ("GigaChat-Plus", "chat"),
    ("GigaChat-Pro", "chat"),
    ("GigaChat-Pro-preview", "chat"),
    ("GigaChat-preview", "chat"),
    ("GigaFilter", "filter"),
    ("GigaCheckClassification", "aicheck"),
    ("GigaCheckDetection", "aicheck"),
    ("Embeddings", "embedder"),
    ("Embeddings-2", "embedder"),
    ("EmbeddingsGigaR", "embedder"),
    ("GigaEmbeddings-3B-2025-09", "embedder"),
];

/// Versions the models answer with: those of the third generation, and all others.
const VERSIONS: [&str; 2] = ["32.4.1.7", "2.0.30.4"];

/// Names are opaque: all are taken but those that contain `nonexistent`.
pub(super) fn check(name: &str) -> Result<(), Refusal> {
    if name.to_lowercase().contains("nonexistent") { Err(error::no_such_model()) } else { Ok(()) }
}

/// The name a model answers under: with its version.
pub(super) fn versioned(name: &str) -> String {
    let (name, _) = name.split_once(':').unwrap_or((name, ""));
    format!("{name}:{}", VERSIONS[usize::from(!is_of_third_generation(name))])
}

/// Whether the model is one of those that came in 2026.
pub(super) fn is_of_third_generation(name: &str) -> bool {
    name.starts_with("GigaChat-3")
}

/// The answer to GET `/models`.
pub(super) fn models() -> String {
    let models = list(MODELS.iter().map(|(name, kind)| described(name, kind)));
    Object::new().text("object", "list").raw("data", &models).end()
}

/// The answer to GET `/models/{id}`.
pub(super) fn model(id: &str) -> Result<String, Refusal> {
    let model = MODELS.iter().find(|(name, _)| *name == id);
    model.map(|(name, kind)| described(name, kind)).ok_or_else(error::no_such_model)
}

fn described(name: &str, kind: &str) -> String {
    Object::new().text("id", name).text("object", "model").text("owned_by", "salutedevices").text("type", kind).end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_answers_with_its_version() {
        assert_eq!(versioned("GigaChat"), "GigaChat:2.0.30.4");
        assert_eq!(versioned("GigaChat:latest"), "GigaChat:2.0.30.4");
        assert_eq!(versioned("GigaChat-3-Ultra"), "GigaChat-3-Ultra:32.4.1.7");
    }

    #[test]
    fn every_model_of_the_list_can_be_asked_for() {
        let models: serde_json::Value = serde_json::from_str(&models()).unwrap();
        for listed in models["data"].as_array().unwrap() {
            let id = listed["id"].as_str().unwrap();
            assert_eq!(&serde_json::from_str::<serde_json::Value>(&model(id).unwrap()).unwrap(), listed);
            check(id).unwrap();
        }
        assert_eq!(model("NonExistentModel"), Err(error::no_such_model()));
        assert_eq!(check("NonExistentModel"), Err(error::no_such_model()));
    }
}
