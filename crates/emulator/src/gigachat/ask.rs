//! What a chat request asks for, whichever of its two forms it came in.

use std::time::Duration;

use serde_json::{Map, Value};

use super::functions::Specification;
use super::threads::Storing;

#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// The name of the model as it was asked for; a thread has one already.
    pub(super) model: Option<String>,
    pub(super) turns: Vec<Turn>,
    pub(super) functions: Vec<Specification>,
    /// Built-in functions that may take part.
    pub(super) built_ins: Vec<BuiltIn>,
    pub(super) choice: Choice,
    pub(super) format: Format,
    /// In tokens.
    pub(super) max_tokens: Option<u64>,
    pub(super) reasons: bool,
    /// The least time between two chunks.
    pub(super) update_interval: Duration,
    pub(super) storing: Option<Storing>,
    pub(super) is_stream: bool,
}

/// One message of the dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) speaker: Speaker,
    pub(super) text: String,
    /// Ids of the files that are shown.
    pub(super) files: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    System,
    User,
    /// The model, or something that worked for it.
    Assistant,
    /// The result of a function.
    Function,
}

/// Which function is to be called.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Choice {
    None,
    Auto,
    /// This one; these arguments are settled.
    Function(String, Map<String, Value>),
    BuiltIn(BuiltIn),
}

/// What the service can do beside talking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BuiltIn {
    Drawing,
    WebSearch,
    PageReading,
    FileReading,
    Coding,
}

/// What the text has to look like.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Format {
    Text,
    /// A document that satisfies this schema.
    Schema(Value),
    /// This very text.
    Fixed(String),
}

impl Ask {
    /// What the user said last.
    pub(super) fn prompt(&self) -> &str {
        self.said_last_by(Speaker::User).map(|turn| turn.text.as_str()).unwrap_or_default()
    }

    pub(super) fn said_last_by(&self, speaker: Speaker) -> Option<&Turn> {
        self.turns.iter().rev().find(|turn| turn.speaker == speaker)
    }

    /// Whose turn was the last one.
    pub(super) fn last_speaker(&self) -> Option<Speaker> {
        self.turns.last().map(|turn| turn.speaker)
    }

    pub(super) fn files(&self) -> usize {
        self.turns.iter().map(|turn| turn.files.len()).sum()
    }
}
