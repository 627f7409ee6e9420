//! The body of POST `/v2/chat/completions`, field for field (OpenAPI text of September 2026, official SDK 0.2.3).
//! Unknown fields are ignored, as the service does.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::gigachat::functions::Function;
use crate::gigachat::sampling::Sampling;

#[derive(Debug, Deserialize)]
pub(super) struct ChatBody {
    pub(super) model: Option<String>,
    pub(super) assistant_id: Option<String>,
    pub(super) messages: Vec<Message>,
    pub(super) model_options: Option<ModelOptions>,
    pub(super) stream: Option<bool>,
    pub(super) storage: Option<Storage>,
    /// Objects with one member each, the name of the tool.
    pub(super) tools: Option<Vec<Map<String, Value>>>,
    pub(super) tool_config: Option<ToolConfig>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) role: Role,
    pub(super) content: Option<Vec<Part>>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    System,
    User,
    Assistant,
    Function,
    Tool,
    /// Only ever answered, but clients send their history back.
    Reasoning,
}

#[derive(Debug, Deserialize)]
pub(super) struct Part {
    pub(super) text: Option<String>,
    pub(super) files: Option<Vec<File>>,
    pub(super) function_call: Option<FunctionCall>,
    pub(super) function_result: Option<FunctionResult>,
}

#[derive(Debug, Deserialize)]
pub(super) struct File {
    pub(super) id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct FunctionCall {
    pub(super) arguments: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct FunctionResult {
    /// JSON in a string, or an object: it depends on when one asks.
    pub(super) result: Value,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ModelOptions {
    #[serde(flatten)]
    pub(super) sampling: Sampling,
    pub(super) reasoning: Option<Reasoning>,
    pub(super) response_format: Option<ResponseFormat>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Reasoning {
    pub(super) effort: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ResponseFormat {
    Text,
    JsonSchema { schema: Option<Value> },
    Regex { regex: Option<String> },
}

#[derive(Debug, Deserialize)]
pub(super) struct Storage {
    pub(super) limit: Option<usize>,
    pub(super) thread_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ToolConfig {
    pub(super) mode: Option<ToolMode>,
    pub(super) tool_name: Option<String>,
    pub(super) function_name: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum ToolMode {
    #[default]
    Auto,
    None,
    Forced,
}

/// What the tool `functions` is.
#[derive(Debug, Deserialize)]
pub(super) struct Functions {
    #[serde(default)]
    pub(super) specifications: Vec<Function>,
}
