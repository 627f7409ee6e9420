//! The body of POST `/v1/chat/completions`, field for field (OpenAPI texts of December 2025 and September 2026).
//! Unknown fields are ignored, as the service does.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::gigachat::functions::Function;
use crate::gigachat::sampling::Sampling;

#[derive(Debug, Deserialize)]
pub(super) struct ChatBody {
    pub(super) model: Option<String>,
    pub(super) messages: Vec<Message>,
    #[serde(flatten)]
    pub(super) sampling: Sampling,
    pub(super) stream: Option<bool>,
    pub(super) functions: Option<Vec<Function>>,
    pub(super) function_call: Option<FunctionChoice>,
    pub(super) response_format: Option<ResponseFormat>,
    pub(super) reasoning_effort: Option<ReasoningEffort>,
    pub(super) storage: Option<Storage>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) role: Role,
    pub(super) content: Option<String>,
    pub(super) function_call: Option<FunctionCall>,
    /// Ids of files.
    pub(super) attachments: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    System,
    User,
    Assistant,
    Function,
    /// Only ever answered, but clients send their history back.
    FunctionInProgress,
    SearchResult,
}

#[derive(Debug, Deserialize)]
pub(super) struct FunctionCall {
    /// An object, or a string that holds one: the documents do not agree.
    pub(super) arguments: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum FunctionChoice {
    Mode(FunctionMode),
    Named { name: String, partial_arguments: Option<Map<String, Value>> },
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum FunctionMode {
    Auto,
    None,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ResponseFormat {
    Text,
    JsonSchema { schema: Option<Value> },
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReasoningEffort {
    Low,
    Medium,
    High,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Storage {
    pub(super) is_stateful: Option<bool>,
    /// Messages of the thread that are looked at again.
    pub(super) limit: Option<usize>,
    pub(super) assistant_id: Option<String>,
    pub(super) thread_id: Option<String>,
}
