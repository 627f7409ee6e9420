//! The JSON of `POST /api/chat`, field for field: <https://docs.ollama.com/api/chat>, seen 2026-11.

use chatstream::core::delta::DeltaText;
use chatstream::core::lenient::{self, Text};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// Whatever is not set is not sent: the model file has its own defaults.
#[derive(Debug, Serialize)]
pub(crate) struct ChatRequest<'a> {
    pub(crate) model: &'a str,
    pub(crate) messages: Vec<Message<'a>>,
    pub(crate) stream: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tools: Vec<Tool<'a>>,
    /// `json`, or a JSON Schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) format: Option<&'a Value>,
    /// Yes or no, or how much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) think: Option<Value>,
    #[serde(skip_serializing_if = "Options::is_empty")]
    pub(crate) options: Options<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Message<'a> {
    pub(crate) role: &'static str,
    pub(crate) content: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) thinking: Option<&'a str>,
    /// In base64.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) images: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tool_calls: Vec<ToolCall<'a>>,
    /// The function whose result this is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tool_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tool_call_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ToolCall<'a> {
    pub(crate) id: &'a str,
    pub(crate) function: CalledFunction<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct CalledFunction<'a> {
    pub(crate) name: &'a str,
    /// An object.
    pub(crate) arguments: Value,
}

#[derive(Debug, Serialize)]
pub(crate) struct Tool<'a> {
    pub(crate) r#type: &'static str,
    pub(crate) function: Function<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Function<'a> {
    pub(crate) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parameters: Option<&'a Value>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
pub(crate) struct Options<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) num_predict: Option<u64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) stop: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) presence_penalty: Option<f64>,
}

impl Options<'_> {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A line of a streamed answer, a whole answer, or an error in place of either.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ChatResponse<'a> {
    #[serde(borrow)]
    pub(crate) model: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) message: Option<Said<'a>>,
    pub(crate) done: Option<bool>,
    #[serde(borrow)]
    pub(crate) done_reason: Option<Text<'a>>,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) prompt_eval_count: Option<u64>,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) prompt_eval_cached_count: Option<u64>,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) eval_count: Option<u64>,
    pub(crate) error: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Said<'a> {
    #[serde(borrow)]
    pub(crate) content: Option<DeltaText<'a>>,
    #[serde(borrow)]
    pub(crate) thinking: Option<DeltaText<'a>>,
    #[serde(borrow)]
    pub(crate) tool_calls: Option<Vec<SaidCall<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SaidCall<'a> {
    /// Older servers give none.
    #[serde(borrow)]
    pub(crate) id: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) function: SaidFunction<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SaidFunction<'a> {
    #[serde(borrow)]
    pub(crate) name: Text<'a>,
    /// An object, whose text is kept as it is.
    #[serde(borrow)]
    pub(crate) arguments: Option<&'a RawValue>,
}
