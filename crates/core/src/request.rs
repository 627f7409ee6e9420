use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::chunk::Conversation;
use crate::error::{Error, ErrorKind, Result};

mod message;

pub use message::{FileInput, ImageInput, Message, Part, Role, Source, Upload};

/// What a caller asks: the messages, and whatever shall differ from the provider's defaults.
///
/// Only what is set is sent. What a provider cannot do is an
/// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) error that names the field.
///
/// ```
/// use chatstream_core::{ChatRequest, ReasoningEffort};
///
/// let request = ChatRequest::new("Why is the sky blue?")
///     .system("Answer in one sentence.")
///     .model("grok-latest")
///     .temperature(0.2)
///     .reasoning_effort(ReasoningEffort::Low);
/// assert_eq!(request.messages.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct ChatRequest {
    /// The turns so far, oldest first.
    pub messages: Vec<Message>,
    /// Which model answers; `None` is the client's default.
    pub model: Option<String>,
    /// Randomness of the answer; the range is the provider's.
    pub temperature: Option<f64>,
    /// Nucleus sampling, 0 to 1.
    pub top_p: Option<f64>,
    /// The most tokens the answer may have.
    pub max_tokens: Option<u64>,
    /// Texts that end the answer.
    pub stop: Vec<String>,
    /// Seed of the sampling.
    pub seed: Option<i64>,
    /// Penalty on tokens by how often they occurred.
    pub frequency_penalty: Option<f64>,
    /// Penalty on tokens that occurred at all.
    pub presence_penalty: Option<f64>,
    /// Functions the model may call.
    pub tools: Vec<Tool>,
    /// Whether and which tool is to be called.
    pub tool_choice: Option<ToolChoice>,
    /// Whether several tools may be called in one answer.
    pub parallel_tool_calls: Option<bool>,
    /// The form of the answer's text.
    pub response_format: Option<ResponseFormat>,
    /// How long the model thinks before it answers.
    pub reasoning_effort: Option<ReasoningEffort>,
    /// The conversation to go on with, from an earlier answer.
    pub conversation: Option<Conversation>,
    /// Whether the answer is asked for in one piece instead of a stream.
    pub whole: bool,
    /// Members put into the request's body as they are, over those made from the other fields.
    pub extra: Map<String, Value>,
}

impl ChatRequest {
    /// A request with one user message.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self::from_messages([Message::user(prompt)])
    }

    /// A request with these turns, oldest first.
    pub fn from_messages(messages: impl IntoIterator<Item = Message>) -> Self {
        Self { messages: messages.into_iter().collect(), ..Self::default() }
    }

    /// Puts a system message before all others.
    pub fn system(mut self, text: impl Into<String>) -> Self {
        self.messages.insert(0, Message::system(text));
        self
    }

    /// Adds a turn at the end.
    pub fn message(mut self, message: Message) -> Self {
        self.messages.push(message);
        self
    }

    /// Sets [`model`](Self::model).
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Sets [`temperature`](Self::temperature).
    pub fn temperature(mut self, temperature: f64) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// Sets [`top_p`](Self::top_p).
    pub fn top_p(mut self, top_p: f64) -> Self {
        self.top_p = Some(top_p);
        self
    }

    /// Sets [`max_tokens`](Self::max_tokens).
    pub fn max_tokens(mut self, max_tokens: u64) -> Self {
        self.max_tokens = Some(max_tokens);
        self
    }

    /// Adds a text that ends the answer.
    pub fn stop(mut self, text: impl Into<String>) -> Self {
        self.stop.push(text.into());
        self
    }

    /// Sets [`seed`](Self::seed).
    pub fn seed(mut self, seed: i64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets [`frequency_penalty`](Self::frequency_penalty).
    pub fn frequency_penalty(mut self, penalty: f64) -> Self {
        self.frequency_penalty = Some(penalty);
        self
    }

    /// Sets [`presence_penalty`](Self::presence_penalty).
    pub fn presence_penalty(mut self, penalty: f64) -> Self {
        self.presence_penalty = Some(penalty);
        self
    }

    /// Adds a function the model may call.
    pub fn tool(mut self, tool: Tool) -> Self {
        self.tools.push(tool);
        self
    }

    /// Sets [`tool_choice`](Self::tool_choice).
    pub fn tool_choice(mut self, choice: ToolChoice) -> Self {
        self.tool_choice = Some(choice);
        self
    }

    /// Sets [`parallel_tool_calls`](Self::parallel_tool_calls).
    pub fn parallel_tool_calls(mut self, parallel: bool) -> Self {
        self.parallel_tool_calls = Some(parallel);
        self
    }

    /// Sets [`response_format`](Self::response_format).
    pub fn response_format(mut self, format: ResponseFormat) -> Self {
        self.response_format = Some(format);
        self
    }

    /// Sets [`reasoning_effort`](Self::reasoning_effort).
    pub fn reasoning_effort(mut self, effort: ReasoningEffort) -> Self {
        self.reasoning_effort = Some(effort);
        self
    }

    /// Sets [`conversation`](Self::conversation).
    pub fn conversation(mut self, conversation: Conversation) -> Self {
        self.conversation = Some(conversation);
        self
    }

    /// Asks for the answer in one piece. It comes through the same stream of chunks.
    pub fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    /// Puts a member into the request's body as it is; it wins over the typed fields. Where both are
    /// objects their members are merged.
    pub fn extra(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(key.into(), value.into());
        self
    }

    /// The names of the fields that are set and not every provider has: all but messages, model,
    /// conversation and [`extra`](Self::extra). What a provider lacks of them it refuses by name.
    pub fn set_fields(&self) -> impl Iterator<Item = &'static str> + use<> {
        let fields = [
            ("temperature", self.temperature.is_some()),
            ("top_p", self.top_p.is_some()),
            ("max_tokens", self.max_tokens.is_some()),
            ("stop", !self.stop.is_empty()),
            ("seed", self.seed.is_some()),
            ("frequency_penalty", self.frequency_penalty.is_some()),
            ("presence_penalty", self.presence_penalty.is_some()),
            ("tools", !self.tools.is_empty()),
            ("tool_choice", self.tool_choice.is_some()),
            ("parallel_tool_calls", self.parallel_tool_calls.is_some()),
            ("response_format", self.response_format.is_some()),
            ("reasoning_effort", self.reasoning_effort.is_some()),
            ("whole", self.whole),
        ];
        fields.into_iter().filter_map(|(name, is_set)| is_set.then_some(name))
    }

    /// The conversation to go on with, which must be one with this provider.
    ///
    /// # Errors
    ///
    /// - [`InvalidRequest`](ErrorKind::InvalidRequest) when it is another's.
    pub fn conversation_with(&self, provider: &str) -> Result<Option<&Conversation>> {
        match &self.conversation {
            Some(other) if other.provider != provider => {
                Err(invalid(format!("conversation: it belongs to {}", other.provider)))
            }
            own => Ok(own.as_ref()),
        }
    }

    /// A provider's body for this request as JSON, with the [`extra`](Self::extra) members in it.
    ///
    /// # Errors
    ///
    /// - [`InvalidRequest`](ErrorKind::InvalidRequest) when the body has no JSON form.
    pub fn to_json(&self, body: &impl Serialize) -> Result<Bytes> {
        let json = if self.extra.is_empty() {
            serde_json::to_vec(body)
        } else {
            serde_json::to_value(body).and_then(|mut body| {
                if let Value::Object(members) = &mut body {
                    merge(members, &self.extra);
                }
                serde_json::to_vec(&body)
            })
        };
        json.map(Bytes::from).map_err(|error| invalid("request has no JSON form").with_source(error))
    }
}

/// The error of a request that a provider cannot send; the message names the field.
pub fn invalid(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidRequest, message)
}

/// Puts members over others of the same name; objects are merged.
fn merge(members: &mut Map<String, Value>, over: &Map<String, Value>) {
    for (key, value) in over {
        match (members.get_mut(key), value) {
            (Some(Value::Object(members)), Value::Object(over)) => merge(members, over),
            _ => {
                members.insert(key.clone(), value.clone());
            }
        }
    }
}

/// A function the model may call.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct Tool {
    /// The name the model calls it by.
    pub name: String,
    /// What it does, for the model.
    pub description: Option<String>,
    /// JSON Schema of the arguments; `None` is a function without arguments, or one that the
    /// provider knows by name.
    pub parameters: Option<Value>,
    /// Whether the arguments must fit the schema exactly.
    pub strict: Option<bool>,
}

impl Tool {
    /// A function of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), description: None, parameters: None, strict: None }
    }

    /// Sets [`description`](Self::description).
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets [`parameters`](Self::parameters), a JSON Schema.
    pub fn parameters(mut self, schema: Value) -> Self {
        self.parameters = Some(schema);
        self
    }

    /// Sets [`strict`](Self::strict).
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = Some(strict);
        self
    }
}

/// Whether and which tool the model calls.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// No tool.
    None,
    /// Some tool.
    Required,
    /// The tool of this name.
    Tool(String),
}

/// The form of the answer's text.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ResponseFormat {
    /// Plain text.
    Text,
    /// Some JSON object.
    JsonObject,
    /// A JSON document that fits a schema.
    JsonSchema {
        /// The schema's name.
        name: String,
        /// The schema.
        schema: Value,
        /// Whether the document must fit exactly.
        strict: bool,
    },
}

impl ResponseFormat {
    /// A JSON document that fits this schema exactly.
    pub fn json_schema(name: impl Into<String>, schema: Value) -> Self {
        Self::JsonSchema { name: name.into(), schema, strict: true }
    }
}

/// How long the model thinks before it answers. Which ones a model takes is the provider's matter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReasoningEffort {
    /// Not at all.
    None,
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
    /// As much as it can.
    XHigh,
    /// A word of the provider's own.
    Other(String),
}

impl ReasoningEffort {
    /// The word in lower case, as most wires spell it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::XHigh => "xhigh",
            Self::Other(word) => word,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn extra_members_win_and_objects_are_merged() {
        let body = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": {"f": 4}});
        let request = ChatRequest::new("hi").extra("a", 5).extra("b", json!({"d": 6, "g": 7})).extra("e", json!(null));
        let merged: Value = serde_json::from_slice(&request.to_json(&body).unwrap()).unwrap();
        assert_eq!(merged, json!({"a": 5, "b": {"c": 2, "d": 6, "g": 7}, "e": null}));
    }
}
