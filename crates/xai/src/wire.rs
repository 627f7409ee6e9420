//! The chat-completions JSON, field for field: <https://docs.x.ai>, seen 2026-09, and answers
//! recorded from 2024-11 to 2026-08.

use std::borrow::Cow;

use chatstream_core::delta::DeltaText;
use chatstream_core::lenient::{self, First, Text};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// `POST /chat/completions`. Whatever is not set is not sent: reasoning models refuse some members
/// even at their default.
#[derive(Debug, Serialize)]
pub(crate) struct ChatCompletionRequest<'a> {
    pub model: &'a str,
    pub messages: Vec<Message<'a>>,
    pub stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_completion_tokens: Option<u64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub stop: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallel_tool_calls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct StreamOptions {
    pub include_usage: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Message<'a> {
    pub role: &'static str,
    pub content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Content<'a> {
    Text(&'a str),
    Parts(Vec<Part<'a>>),
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Part<'a> {
    Text { text: &'a str },
    ImageUrl { image_url: ImageUrl<'a> },
    File { file: File<'a> },
}

#[derive(Debug, Serialize)]
pub(crate) struct ImageUrl<'a> {
    pub url: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum File<'a> {
    FileId(&'a str),
    Url(&'a str),
}

#[derive(Debug, Serialize)]
pub(crate) struct ToolCall<'a> {
    pub id: &'a str,
    pub r#type: &'static str,
    pub function: CalledFunction<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct CalledFunction<'a> {
    pub name: &'a str,
    pub arguments: &'a str,
}

#[derive(Debug, Serialize)]
pub(crate) struct Tool<'a> {
    pub r#type: &'static str,
    pub function: Function<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Function<'a> {
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum ToolChoice<'a> {
    Word(&'static str),
    Function { r#type: &'static str, function: NamedFunction<'a> },
}

#[derive(Debug, Serialize)]
pub(crate) struct NamedFunction<'a> {
    pub name: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ResponseFormat<'a> {
    Text,
    JsonObject,
    JsonSchema { json_schema: JsonSchema<'a> },
}

#[derive(Debug, Serialize)]
pub(crate) struct JsonSchema<'a> {
    pub name: &'a str,
    pub schema: &'a Value,
    pub strict: bool,
}

/// `chat.completion` and `chat.completion.chunk`: of both, only the members that are read.
#[derive(Debug, Deserialize)]
pub(crate) struct ChatCompletion<'a> {
    /// Only one is ever followed.
    #[serde(borrow)]
    pub choices: Option<First<Choice<'a>>>,
    #[serde(borrow)]
    pub model: Option<Text<'a>>,
    pub usage: Option<Usage>,
    pub citations: Option<Vec<Value>>,
    /// An answer that is none: the whole object is an error.
    #[serde(borrow)]
    pub error: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Choice<'a> {
    #[serde(default, deserialize_with = "lenient::count")]
    pub index: Option<u64>,
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
    pub content: Option<DeltaText<'a>>,
    #[serde(borrow)]
    pub reasoning_content: Option<DeltaText<'a>>,
    /// The same under the name that other servers of the dialect give it.
    #[serde(borrow)]
    pub reasoning: Option<DeltaText<'a>>,
    #[serde(borrow)]
    pub refusal: Option<DeltaText<'a>>,
    #[serde(borrow)]
    pub tool_calls: Option<Vec<ToolCallDelta<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ToolCallDelta<'a> {
    #[serde(default, deserialize_with = "lenient::count")]
    pub index: Option<u64>,
    #[serde(borrow)]
    pub id: Option<Text<'a>>,
    #[serde(borrow)]
    pub r#type: Option<Text<'a>>,
    #[serde(borrow)]
    pub function: Option<FunctionDelta<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct FunctionDelta<'a> {
    #[serde(borrow)]
    pub name: Option<Text<'a>>,
    /// A string of JSON text; some servers send the JSON itself.
    #[serde(borrow)]
    pub arguments: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Usage {
    #[serde(deserialize_with = "lenient::count")]
    pub prompt_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient::count")]
    pub completion_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient::count")]
    pub total_tokens: Option<u64>,
    pub prompt_tokens_details: Option<PromptTokensDetails>,
    pub completion_tokens_details: Option<CompletionTokensDetails>,
    #[serde(deserialize_with = "lenient::count")]
    pub cost_in_usd_ticks: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PromptTokensDetails {
    #[serde(deserialize_with = "lenient::count")]
    pub cached_tokens: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CompletionTokensDetails {
    #[serde(deserialize_with = "lenient::count")]
    pub reasoning_tokens: Option<u64>,
}

/// A refusal in whichever shape: flat, nested as OpenAI has it, or with other names for its text.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ErrorBody {
    pub code: Value,
    pub error: Value,
    pub message: Value,
    pub detail: Value,
}

/// `GET /models` has `data`, `GET /language-models` has `models`.
#[derive(Debug, Deserialize)]
pub(crate) struct ModelList {
    pub data: Option<Vec<Model>>,
    pub models: Option<Vec<Model>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Model {
    pub id: String,
    pub aliases: Option<Vec<String>>,
    pub owned_by: Option<String>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub created: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    pub context_length: Option<u64>,
    pub prompt_text_token_price: Option<f64>,
    pub completion_text_token_price: Option<f64>,
}
