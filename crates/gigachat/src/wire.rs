//! The service's JSON, field for field: the official SDKs, its OpenAPI text of 2026-09 and recorded
//! answers from 2023-09 to 2026-06. What the two chat APIs say is in `v1` and `v2`.

use chatstream_core::lenient;
use serde::Deserialize;
use serde_json::Value;

pub(crate) mod v1;
pub(crate) mod v2;

/// The answer to a token call: `access_token` and `expires_at`, or `tok` and `exp`.
#[derive(Deserialize)]
pub(crate) struct Token {
    pub access_token: Option<String>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub expires_at: Option<u64>,
    pub tok: Option<String>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub exp: Option<u64>,
}

/// A refusal: `status` from the API, `code` from the token call.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ErrorBody {
    #[serde(deserialize_with = "lenient::count")]
    pub status: Option<u64>,
    #[serde(deserialize_with = "lenient::count")]
    pub code: Option<u64>,
    pub message: Option<Value>,
    pub error: Option<Value>,
}

/// A list under `data`.
#[derive(Debug, Deserialize)]
pub(crate) struct Data<T> {
    pub data: Vec<T>,
}

/// A model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Model {
    /// The name to ask for.
    pub id: String,
    /// Who made it.
    pub owned_by: Option<String>,
    /// What it does: `chat`, `embedder`, `aicheck`, `filter`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// The vector of one input.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Embedding {
    /// The vector.
    pub embedding: Vec<f32>,
    /// Which input it is of, from 0.
    pub index: usize,
    /// How many tokens the input had.
    #[serde(default, rename = "usage", deserialize_with = "prompt_tokens")]
    pub tokens: Option<u64>,
}

fn prompt_tokens<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    struct Usage {
        #[serde(default, deserialize_with = "lenient::count")]
        prompt_tokens: Option<u64>,
    }
    Ok(Option::<Usage>::deserialize(deserializer)?.and_then(|usage| usage.prompt_tokens))
}

/// How long one input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct TokenCount {
    /// In tokens.
    pub tokens: u64,
    /// In characters.
    pub characters: u64,
}

/// A file in the service's store.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct File {
    /// The id to attach it by.
    pub id: String,
    /// Its length in bytes.
    #[serde(default, deserialize_with = "lenient::count")]
    pub bytes: Option<u64>,
    /// When it was stored, in seconds since 1970.
    #[serde(default, deserialize_with = "lenient::count")]
    pub created_at: Option<u64>,
    /// Its name.
    pub filename: Option<String>,
    /// What it is for: `general`.
    pub purpose: Option<String>,
    /// Who sees it: `private`.
    pub access_policy: Option<String>,
}

/// A file that was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct DeletedFile {
    /// The id it had.
    pub id: String,
    /// Whether it is gone.
    #[serde(default)]
    pub deleted: bool,
}

/// `{"balance": […]}`.
#[derive(Debug, Deserialize)]
pub(crate) struct Balances {
    pub balance: Vec<Balance>,
}

/// What is left of a prepaid package.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Balance {
    /// The model or kind of call.
    pub usage: String,
    /// Tokens left.
    pub value: f64,
}

/// Whether a text was written by a model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AiCheck {
    /// `ai`, `human` or `mixed`.
    pub category: String,
    /// The text's length in characters.
    #[serde(default, deserialize_with = "lenient::count")]
    pub characters: Option<u64>,
    /// The text's length in tokens.
    #[serde(default, deserialize_with = "lenient::count")]
    pub tokens: Option<u64>,
    /// What a model wrote: first and last character, counted from 1.
    #[serde(default)]
    pub ai_intervals: Vec<[u64; 2]>,
}

/// What the service says of a function's definition.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FunctionCheck {
    /// 200 also when it has errors.
    #[serde(default, deserialize_with = "lenient::count")]
    pub status: Option<u64>,
    /// A summary.
    pub message: Option<String>,
    /// What must be mended.
    #[serde(default)]
    pub errors: Vec<FunctionFault>,
    /// What should be mended.
    #[serde(default)]
    pub warnings: Vec<FunctionFault>,
}

/// One fault of a function's definition.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct FunctionFault {
    /// What is wrong.
    pub description: String,
    /// Where.
    pub schema_location: Option<String>,
}

/// A batch of requests that run later.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Batch {
    /// Its id.
    pub id: String,
    /// `chat_completions` or `embedder`.
    pub method: Option<String>,
    /// `created`, `in_progress` or `completed`.
    pub status: Option<String>,
    /// How far it is.
    pub request_counts: Option<BatchCounts>,
    /// The file with the results, once it is completed.
    pub output_file_id: Option<String>,
    /// When it was made, in seconds since 1970.
    #[serde(default, deserialize_with = "lenient::count")]
    pub created_at: Option<u64>,
    /// When it last changed, in seconds since 1970.
    #[serde(default, deserialize_with = "lenient::count")]
    pub updated_at: Option<u64>,
}

/// How many requests of a batch are done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct BatchCounts {
    /// All of them.
    pub total: u64,
    /// Those that were answered.
    pub completed: u64,
    /// Those that failed.
    pub failed: u64,
}

/// A list of batches, bare or under `batches`: the documentation and an SDK disagree.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Batches {
    Named { batches: Vec<Batch> },
    Bare(Vec<Batch>),
}
