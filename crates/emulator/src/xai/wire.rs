//! The body of POST `/chat/completions`, field for field (docs.x.ai API reference, November 2026).
//! Unknown fields are ignored, as the service does.

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub(super) struct ChatBody {
    pub(super) model: String,
    pub(super) messages: Vec<Message>,
    pub(super) stream: Option<bool>,
    pub(super) stream_options: Option<StreamOptions>,
    pub(super) temperature: Option<f64>,
    pub(super) top_p: Option<f64>,
    pub(super) max_completion_tokens: Option<u64>,
    pub(super) max_tokens: Option<u64>,
    /// One text or several.
    pub(super) stop: Option<Value>,
    pub(super) frequency_penalty: Option<f64>,
    pub(super) presence_penalty: Option<f64>,
    pub(super) response_format: Option<ResponseFormat>,
    pub(super) tools: Option<Vec<Tool>>,
    pub(super) tool_choice: Option<ToolChoice>,
    pub(super) parallel_tool_calls: Option<bool>,
    pub(super) reasoning_effort: Option<ReasoningEffort>,
    pub(super) service_tier: Option<String>,
    pub(super) deferred: Option<bool>,
    pub(super) search_parameters: Option<Value>,
    pub(super) web_search_options: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct StreamOptions {
    pub(super) include_usage: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) role: Role,
    pub(super) content: Option<MessageContent>,
    pub(super) name: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    System,
    Developer,
    User,
    Assistant,
    Tool,
    Function,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum MessageContent {
    Text(String),
    Parts(Vec<ContentPart>),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ContentPart {
    Text { text: String },
    ImageUrl { image_url: ImageUrl },
    File {},
    TextFile {},
}

#[derive(Debug, Deserialize)]
pub(super) struct ImageUrl {
    /// An address or a `data:` URL.
    url: String,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ResponseFormat {
    Text,
    JsonObject,
    JsonSchema { json_schema: JsonSchema },
}

#[derive(Debug, Deserialize)]
pub(super) struct JsonSchema {
    pub(super) schema: Value,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tool {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) function: Option<Function>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Function {
    pub(super) name: String,
    #[serde(default)]
    pub(super) parameters: Value,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum ToolChoice {
    Mode(ToolMode),
    Named { function: NamedFunction },
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum ToolMode {
    Auto,
    None,
    Required,
}

#[derive(Debug, Deserialize)]
pub(super) struct NamedFunction {
    pub(super) name: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReasoningEffort {
    None,
    Minimal,
    Low,
    Medium,
    High,
    Xhigh,
}

impl Message {
    /// The text of the message: its text parts, joined.
    pub(super) fn text(&self) -> String {
        match &self.content {
            None => String::new(),
            Some(MessageContent::Text(text)) => text.clone(),
            Some(MessageContent::Parts(parts)) => {
                let texts = parts.iter().filter_map(|part| match part {
                    ContentPart::Text { text } => Some(text.as_str()),
                    _ => None,
                });
                texts.collect()
            }
        }
    }

    /// Where the images are that the message shows.
    pub(super) fn image_urls(&self) -> impl Iterator<Item = &str> {
        self.parts().iter().filter_map(|part| match part {
            ContentPart::ImageUrl { image_url } => Some(image_url.url.as_str()),
            _ => None,
        })
    }

    /// How many files the message shows.
    pub(super) fn files(&self) -> usize {
        self.parts().iter().filter(|part| matches!(part, ContentPart::File {} | ContentPart::TextFile {})).count()
    }

    fn parts(&self) -> &[ContentPart] {
        match &self.content {
            Some(MessageContent::Parts(parts)) => parts,
            _ => &[],
        }
    }
}

impl ChatBody {
    pub(super) fn is_stream(&self) -> bool {
        self.stream == Some(true)
    }

    /// How many images all messages show.
    pub(super) fn images(&self) -> usize {
        self.messages.iter().flat_map(Message::image_urls).count()
    }

    pub(super) fn wants_usage(&self) -> bool {
        self.stream_options.as_ref().is_some_and(|options| options.include_usage == Some(true))
    }
}
