//! One message of a conversation, as the service tells it.

use std::sync::Arc;

use super::catalogue::Chosen;
use crate::identity;
use crate::json::{Object, list, texts};

/// Members that are empty in everything that was recorded.
const EMPTY: [&str; 6] = [
    "ragResults",
    "citedRagResults",
    "searchProductResults",
    "connectorSearchResults",
    "collectionSearchResults",
    "highlightsStories",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    Human,
    Assistant,
}

#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) sender: Sender,
    pub(super) text: Arc<str>,
    /// Seconds since 1970.
    pub(super) created: u64,
    /// What users have said so far, this message included.
    pub(super) turns: usize,
    pub(super) model: Chosen,
    pub(super) about: About,
}

/// What else there is to a message.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    /// Ids of the files that are shown.
    pub(super) files: Vec<String>,
    /// What the request had in `metadata`, as JSON.
    pub(super) metadata: Option<String>,
    /// Where the pictures are.
    pub(super) pictures: Vec<String>,
    /// Cards, as JSON.
    pub(super) cards: Vec<String>,
    /// Pages that were found, as JSON.
    pub(super) sources: Vec<String>,
    pub(super) thought: Option<String>,
    pub(super) deepsearch: Option<String>,
    /// Whether senders are written as in 2025.
    pub(super) old: bool,
    pub(super) error: Option<&'static str>,
    /// As JSON.
    pub(super) stream_errors: Vec<String>,
}

impl Sender {
    pub(super) fn name(self, old: bool) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Assistant if old => "ASSISTANT",
            Self::Assistant => "assistant",
        }
    }
}

impl Message {
    /// An estimate of the memory it takes, in bytes.
    pub(super) fn size(&self) -> usize {
        self.text.len() + 1024
    }

    pub(super) fn json(&self) -> String {
        let about = &self.about;
        let is_answer = self.sender == Sender::Assistant;
        let mut message = Object::new()
            .text("responseId", &self.id)
            .text("message", &self.text)
            .text("sender", self.sender.name(about.old))
            .text("createTime", &identity::timestamp(self.created));
        if let Some(parent) = &self.parent {
            message = message.text("parentResponseId", parent);
        }
        message = message
            .plain("manual", false)
            .plain("partial", false)
            .plain("shared", false)
            .text("query", "")
            .text("queryType", if about.deepsearch.is_some() { "deepsearch" } else { "" })
            .raw("webSearchResults", &list(&about.sources))
            .raw("xpostIds", "[]")
            .raw("xposts", "[]")
            .raw("generatedImageUrls", &strings(&about.pictures))
            .raw("imageAttachments", "[]")
            .raw("fileAttachments", &strings(&about.files))
            .raw("cardAttachmentsJson", &strings(&about.cards))
            .raw("fileUris", "[]")
            .raw("fileAttachmentsMetadata", "[]")
            .plain("isControl", false)
            .raw("steps", &self.steps())
            .raw("imageEditUris", "[]")
            .raw("mediaTypes", "[]")
            .raw("webpageUrls", "[]")
            .raw("metadata", &self.metadata())
            .raw("citedWebSearchResults", &list(&about.sources))
            .raw("toolResponses", "[]");
        if let Some(thought) = about.thought.as_ref().filter(|_| about.old) {
            message = message.text("thinkingTrace", thought);
        }
        if about.thought.is_some() {
            message = message
                .text("thinkingStartTime", &identity::timestamp(self.created))
                .text("thinkingEndTime", &identity::timestamp(self.created + 2));
        }
        // What the service says of the model that answered is not to be believed.
        message = message.text("model", if is_answer { "grok-3" } else { &self.model.name });
        if is_answer {
            let model = Object::new().text("model", &self.model.name).text("mode", &self.model.mode);
            message = message.raw("requestMetadata", &model.text("effort", self.effort()).end());
        }
        message = EMPTY.iter().fold(message, |message, name| message.raw(name, "[]"));
        message = message.raw("streamErrors", &list(&about.stream_errors));
        match about.error {
            Some(error) => message.text("error", error).end(),
            None => message.end(),
        }
    }

    fn effort(&self) -> &'static str {
        if self.model.thinks { "HIGH" } else { "LOW" }
    }

    fn steps(&self) -> String {
        let Some(thought) = self.about.thought.as_deref().filter(|_| !self.about.old) else {
            return String::from("[]");
        };
        let step = Object::new()
            .raw("text", &texts([thought]))
            .raw("tags", &texts(["header", "summary"]))
            .raw("webSearchResults", "[]")
            .raw("xpostIds", "[]")
            .raw("xposts", "[]")
            .raw("toolUsageResults", "[]")
            .raw("toolUsageCards", "[]");
        list([step.end()])
    }

    fn metadata(&self) -> String {
        if self.sender == Sender::Human {
            return self.about.metadata.clone().unwrap_or_else(|| String::from("{}"));
        }
        let trace = identity::hash(&[b"trace", self.id.as_bytes()]);
        let model = Object::new()
            .text("effort", &self.effort().to_lowercase())
            .text("mode", &self.model.mode.trim_start_matches("MODEL_MODE_").to_lowercase())
            .text("model", &self.model.name);
        Object::new()
            .text("deepsearchPreset", self.about.deepsearch.as_deref().unwrap_or_default())
            .raw("request_metadata", &model.end())
            .text("request_trace_id", &format!("{trace:032x}"))
            .end()
    }
}

fn strings(values: &[String]) -> String {
    texts(values.iter().map(String::as_str))
}
