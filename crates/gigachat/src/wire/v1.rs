//! `/v1/chat/completions`.

use std::borrow::Cow;

use chatstream_core::delta::DeltaText;
use chatstream_core::lenient::{self, First, Text};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Debug, Serialize)]
pub(crate) struct Request<'a> {
    pub model: &'a str,
    pub messages: Vec<Message<'a>>,
    pub stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_interval: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profanity_check: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<Function<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_call: Option<FunctionChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<&'a str>,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Message<'a> {
    pub role: &'static str,
    pub content: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_call: Option<FunctionCall>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub functions_state_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct FunctionCall {
    pub name: String,
    pub arguments: Value,
}

#[derive(Debug, Serialize)]
pub(crate) struct Function<'a> {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<&'a Value>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum FunctionChoice {
    Word(&'static str),
    Name { name: String },
}

/// Unlike other services', the schema stands directly in it.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ResponseFormat<'a> {
    Text,
    JsonSchema { schema: &'a Value, strict: bool },
}

/// `chat.completion`, of a stream and whole.
#[derive(Debug, Deserialize)]
pub(crate) struct Completion<'a> {
    #[serde(borrow)]
    pub choices: Option<First<Choice<'a>>>,
    #[serde(borrow)]
    pub model: Option<Text<'a>>,
    #[serde(borrow)]
    pub object: Option<Text<'a>>,
    pub usage: Option<Usage>,
    #[serde(borrow)]
    pub thread_id: Option<Text<'a>>,
    /// With `message` and without `choices`: an error in the answer's place.
    #[serde(borrow)]
    pub message: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Choice<'a> {
    /// In a stream.
    #[serde(borrow)]
    pub delta: Option<Delta<'a>>,
    /// In a whole answer.
    #[serde(borrow)]
    pub message: Option<Delta<'a>>,
    #[serde(borrow)]
    pub finish_reason: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Delta<'a> {
    #[serde(borrow)]
    pub role: Option<Text<'a>>,
    #[serde(borrow)]
    pub content: Option<DeltaText<'a>>,
    #[serde(borrow)]
    pub reasoning_content: Option<DeltaText<'a>>,
    #[serde(borrow)]
    pub function_call: Option<FunctionCallDelta<'a>>,
    #[serde(borrow)]
    pub functions_state_id: Option<Text<'a>>,
    /// Of a built-in function at work.
    #[serde(borrow)]
    pub name: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FunctionCallDelta<'a> {
    #[serde(borrow)]
    pub name: Option<Text<'a>>,
    /// An object in every recording, a string in the OpenAPI text.
    #[serde(borrow)]
    pub arguments: Option<&'a RawValue>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Usage {
    #[serde(deserialize_with = "lenient::count")]
    pub prompt_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient::count")]
    pub completion_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient::count")]
    pub total_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient::count")]
    pub precached_prompt_tokens: Option<u64>,
}
