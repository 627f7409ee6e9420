use std::collections::BTreeMap;

#[cfg(feature = "serde")]
mod json;

/// One item of an answer's stream.
///
/// A stream ends in exactly one [`End`](Chunk::End) or one error; nothing follows either.
///
/// With the feature `serde` a chunk is one JSON object with its name under `type`:
/// `{"type":"text","text":"…"}`. The form is stable.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "type", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Chunk {
    /// A text delta: never trimmed, never empty.
    #[cfg_attr(feature = "serde", serde(with = "json::text"))]
    Text(String),
    /// What the model thinks, or a notice about it.
    Reasoning(Reasoning),
    /// A complete call of a tool.
    ToolCall(ToolCall),
    /// A picture that is still being drawn.
    ImagePreview(Image),
    /// Finished pictures.
    #[cfg_attr(feature = "serde", serde(with = "json::images"))]
    Images(Vec<Image>),
    /// A source the answer rests on.
    Citation(Citation),
    /// The title the provider gave the conversation.
    #[cfg_attr(feature = "serde", serde(with = "json::title"))]
    Title(String),
    /// What to go on with, just before the end.
    Conversation(Conversation),
    /// The end of the answer.
    End(End),
}

/// What the model thinks, or a notice about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Reasoning {
    /// A delta of the thoughts: never trimmed, never empty.
    Delta(String),
    /// A notice: "thinking", "thought for 2.31 s".
    Status(String),
}

/// A complete call of a tool: deltas are joined before it is handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ToolCall {
    /// The id to answer the call under. Where a server sends none it is `call_0`, `call_1`, …,
    /// because the next turn must name one.
    pub id: String,
    /// The function's name.
    pub name: String,
    /// The arguments as JSON text, exactly as the model wrote them. Not always valid JSON.
    pub arguments: String,
}

impl ToolCall {
    /// A call of the function `name`, under `id`, with `arguments` as JSON text.
    pub fn new(id: impl Into<String>, name: impl Into<String>, arguments: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), arguments: arguments.into() }
    }
}

/// A picture of an answer.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct Image {
    /// Where it is.
    pub url: String,
    /// What it shows.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub alt: Option<String>,
    /// How much of it is drawn, in percent. `None` where the provider does not say.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub progress: Option<u8>,
}

impl Image {
    /// A picture at this address.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }

    /// Sets [`alt`](Self::alt).
    #[must_use]
    pub fn alt(mut self, alt: impl Into<String>) -> Self {
        self.alt = Some(alt.into());
        self
    }

    /// Sets [`progress`](Self::progress), in percent.
    #[must_use]
    pub fn progress(mut self, percent: u8) -> Self {
        self.progress = Some(percent);
        self
    }
}

/// A source the answer rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct Citation {
    /// Where it is.
    pub url: String,
    /// What it is called.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub title: Option<String>,
}

impl Citation {
    /// A source at this address.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), title: None }
    }

    /// Sets [`title`](Self::title).
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }
}

/// The ids a conversation goes on with: from an answer's stream, into the next request.
///
/// The ids are the provider's own; another provider refuses them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Conversation {
    /// The provider whose ids these are.
    pub provider: String,
    /// The ids by name.
    pub ids: BTreeMap<String, String>,
}

impl Conversation {
    /// A conversation with this provider, without ids yet.
    pub fn new(provider: impl Into<String>) -> Self {
        Self { provider: provider.into(), ids: BTreeMap::new() }
    }

    /// Adds an id, or replaces it.
    #[must_use]
    pub fn id(mut self, name: impl Into<String>, id: impl Into<String>) -> Self {
        self.ids.insert(name.into(), id.into());
        self
    }

    /// The id of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.ids.get(name).map(String::as_str)
    }
}

/// How an answer ended.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct End {
    /// Why the model stopped; `None` where the provider did not say.
    pub finish_reason: Option<FinishReason>,
    /// What the answer used; `None` where the provider did not say.
    pub usage: Option<TokenUsage>,
    /// The model that answered, often another name than the one asked for.
    pub model: Option<String>,
    /// What proves that the answer is complete.
    pub ending: Ending,
}

impl End {
    /// An end proved by `ending`, with nothing else known.
    pub fn new(ending: Ending) -> Self {
        Self { finish_reason: None, usage: None, model: None, ending }
    }
}

/// What proves that an answer is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Ending {
    /// A finish reason and the provider's end mark.
    FinishAndDone,
    /// A finish reason, then the clean end of the body.
    FinishOnly,
    /// The provider's end mark without a finish reason.
    DoneOnly,
    /// The clean end of the body, from a provider or an answer form that gives nothing else.
    CleanEof,
}

/// Why a model stopped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FinishReason {
    /// It said all it had to say, or met a stop text.
    Stop,
    /// The token limit was reached.
    Length,
    /// It waits for the results of tool calls.
    ToolCalls,
    /// A filter cut the answer.
    ContentFilter,
    /// A reason in the provider's own word.
    Other(String),
}

impl FinishReason {
    /// The word in snake case, or the provider's own.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
            Self::Other(word) => word,
        }
    }
}

/// What an answer used, in tokens. Unknown is `None`, never 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[non_exhaustive]
pub struct TokenUsage {
    /// Tokens of the request, cached ones included.
    pub input_tokens: Option<u64>,
    /// Tokens of the answer, those of reasoning included.
    pub output_tokens: Option<u64>,
    /// Tokens of the request that came from the provider's cache.
    pub cached_tokens: Option<u64>,
    /// Tokens of the answer spent on reasoning.
    pub reasoning_tokens: Option<u64>,
    /// All tokens, as the provider counts them.
    pub total_tokens: Option<u64>,
    /// The price the provider reports, in ticks of 10⁻¹⁰ US dollars.
    pub cost_in_usd_ticks: Option<u64>,
}
