//! `/v2/chat/completions`.

use std::collections::BTreeMap;

use chatstream_core::delta::DeltaText;
use chatstream_core::lenient::{self, Text};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::v1::Function;
use super::v1::FunctionCall;

#[derive(Debug, Serialize)]
pub(crate) struct Request<'a> {
    /// Left out in a thread, which has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<&'a str>,
    pub messages: Vec<Message<'a>>,
    pub stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_options: Option<ModelOptions<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disable_filter: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<Storage<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_config: Option<ToolConfig>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
pub(crate) struct ModelOptions<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_interval: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<Reasoning<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_format: Option<ResponseFormat<'a>>,
}

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Reasoning<'a> {
    pub effort: &'a str,
}

#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ResponseFormat<'a> {
    Text,
    JsonSchema { schema: &'a Value, strict: bool },
}

#[derive(Debug, Serialize)]
pub(crate) struct Storage<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Message<'a> {
    pub role: &'static str,
    pub content: Vec<Part<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools_state_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part<'a> {
    Text(&'a str),
    Files(Vec<FileId<'a>>),
    FunctionCall(FunctionCall),
    FunctionResult(FunctionResult),
}

#[derive(Debug, Serialize)]
pub(crate) struct FileId<'a> {
    pub id: &'a str,
}

#[derive(Debug, Serialize)]
pub(crate) struct FunctionResult {
    pub name: String,
    /// A string of JSON for the service, the JSON itself for the role `tool`.
    pub result: Value,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tool<'a> {
    Functions {
        specifications: Vec<Function<'a>>,
    },
    #[serde(untagged)]
    BuiltIn(BTreeMap<&'static str, Empty>),
}

#[derive(Debug, Serialize)]
pub(crate) struct Empty {}

#[derive(Debug, Serialize)]
pub(crate) struct ToolConfig {
    pub mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_name: Option<&'static str>,
}

/// An answer, whole or one event of it.
#[derive(Debug, Deserialize)]
pub(crate) struct Completion<'a> {
    #[serde(borrow)]
    pub model: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub messages: Vec<MessageDelta<'a>>,
    #[serde(borrow)]
    pub finish_reason: Option<Text<'a>>,
    pub usage: Option<Usage>,
    #[serde(borrow)]
    pub thread_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub tool_execution: Option<ToolExecution<'a>>,
    /// Recorded in the singular, specified in the plural.
    #[serde(borrow, alias = "tool_state_id")]
    pub tools_state_id: Option<Text<'a>>,
    /// With `status` and without `messages`: an error in the answer's place.
    #[serde(borrow)]
    pub message: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct MessageDelta<'a> {
    #[serde(borrow)]
    pub role: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub content: Option<Content<'a>>,
    #[serde(borrow, alias = "tool_state_id")]
    pub tools_state_id: Option<Text<'a>>,
}

/// Parts, or a bare string.
#[derive(Debug)]
pub(crate) enum Content<'a> {
    Text(DeltaText<'a>),
    Parts(Vec<PartDelta<'a>>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // An untagged enum would copy the text and refuse half a surrogate pair.
        let raw = <&'a RawValue>::deserialize(deserializer)?.get();
        if raw.starts_with('"') {
            serde_json::from_str(raw).map(Content::Text)
        } else {
            serde_json::from_str(raw).map(Content::Parts)
        }
        .map_err(serde::de::Error::custom)
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct PartDelta<'a> {
    #[serde(borrow)]
    pub text: Option<DeltaText<'a>>,
    #[serde(borrow)]
    pub files: Option<Vec<FileDelta<'a>>>,
    #[serde(borrow)]
    pub function_call: Option<FunctionCallDelta<'a>>,
    #[serde(borrow)]
    pub tool_execution: Option<ToolExecution<'a>>,
    pub inline_data: Option<InlineData>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FileDelta<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    #[serde(borrow)]
    pub target: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FunctionCallDelta<'a> {
    #[serde(borrow)]
    pub id: Option<Text<'a>>,
    #[serde(borrow)]
    pub name: Option<Text<'a>>,
    #[serde(borrow)]
    pub arguments: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ToolExecution<'a> {
    #[serde(borrow)]
    pub name: Option<Text<'a>>,
    #[serde(borrow)]
    pub status: Option<Text<'a>>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub seconds_left: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct InlineData {
    pub sources: Option<BTreeMap<String, Source>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Source {
    pub url: Option<String>,
    pub title: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Usage {
    #[serde(deserialize_with = "lenient::count")]
    pub input_tokens: Option<u64>,
    pub input_tokens_details: Option<InputTokensDetails>,
    #[serde(deserialize_with = "lenient::count")]
    pub output_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient::count")]
    pub total_tokens: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct InputTokensDetails {
    #[serde(deserialize_with = "lenient::count")]
    pub cached_tokens: Option<u64>,
}
