//! The plugin's JSON and its forms as the project's notes of 2026-11 have them: versions 1.8.79, 1.9.18
//! and 2.4 of its public source, and the seed's client. Sites add their own, and translate texts, so
//! the members of an answer are read one by one, and only those understood count.

use chatstream_core::delta::DeltaText;
use chatstream_core::lenient::{self, First, Text};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// A member that is understood, or `None`.
pub(crate) fn read<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

/// The first object of a text that this crate knows: a byte-order mark and PHP's warnings may come before
/// it, and anything after it.
pub(crate) fn record(text: &[u8]) -> Option<Record<'_>> {
    let braces = text.iter().enumerate().filter(|(_, byte)| **byte == b'{').map(|(at, _)| at);
    let mut objects = braces.take(MOST_BRACES).filter_map(|at| {
        let mut deserializer = serde_json::Deserializer::from_slice(&text[at..]);
        Record::deserialize(&mut deserializer).ok()
    });
    objects.find(Record::is_known)
}

/// How many braces are tried as the beginning of JSON; warnings have few, and a page has no end of them.
const MOST_BRACES: usize = 32;

/// The `data-config` of a v2 chat.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ChatConfig {
    #[serde(deserialize_with = "word")]
    pub(crate) bot_id: Option<String>,
    #[serde(deserialize_with = "word")]
    pub(crate) ajax_url: Option<String>,
    #[serde(deserialize_with = "word")]
    pub(crate) nonce: Option<String>,
    #[serde(deserialize_with = "word")]
    pub(crate) post_id: Option<String>,
    #[serde(deserialize_with = "word")]
    pub(crate) header_name: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub(crate) popup_enabled: bool,
}

/// Any object of an answer: a chunk of the site's own provider passed through, a message of the plugin,
/// a buffered answer, an event of v2.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Record<'a> {
    #[serde(borrow)]
    pub(crate) id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) model: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) choices: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) usage: Option<&'a RawValue>,
    /// A text in v2, an object of `thread.message.delta` in v1.
    #[serde(borrow)]
    pub(crate) delta: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) error: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) msg: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) status: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) success: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) data: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) code: Option<&'a RawValue>,
    #[serde(borrow, rename = "type")]
    pub(crate) kind: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) quota_notice: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) citations: Option<&'a RawValue>,
    #[serde(borrow, rename = "tokenLimitReached")]
    pub(crate) token_limit_reached: Option<&'a RawValue>,
    #[serde(borrow, rename = "messageFlagged")]
    pub(crate) message_flagged: Option<&'a RawValue>,
    #[serde(borrow, rename = "ipBanned")]
    pub(crate) ip_banned: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) modflag: Option<&'a RawValue>,
    #[serde(borrow, rename = "pineconeError")]
    pub(crate) pinecone_error: Option<&'a RawValue>,
}

impl Record<'_> {
    /// Whether it is an object of the plugin or its provider at all.
    pub(crate) fn is_known(&self) -> bool {
        let flags = [self.message_flagged, self.token_limit_reached, self.ip_banned, self.modflag, self.pinecone_error];
        [self.choices, self.delta, self.error, self.msg, self.message, self.status, self.success]
            .iter()
            .chain(&flags)
            .any(Option::is_some)
    }
}

pub(crate) type Choices<'a> = First<Choice<'a>>;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Choice<'a> {
    #[serde(borrow)]
    pub(crate) delta: Option<Delta<'a>>,
    /// Of a whole completion.
    #[serde(borrow)]
    pub(crate) message: Option<Delta<'a>>,
    /// Of legacy completion models.
    #[serde(borrow)]
    pub(crate) text: Option<DeltaText<'a>>,
    #[serde(borrow)]
    pub(crate) finish_reason: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Delta<'a> {
    #[serde(borrow)]
    pub(crate) content: Option<DeltaText<'a>>,
    #[serde(borrow)]
    pub(crate) refusal: Option<DeltaText<'a>>,
    #[serde(borrow)]
    pub(crate) reasoning_content: Option<DeltaText<'a>>,
    #[serde(borrow)]
    pub(crate) reasoning: Option<DeltaText<'a>>,
}

/// The delta of assistants mode.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ThreadDelta<'a> {
    #[serde(borrow)]
    pub(crate) content: Vec<ThreadContent<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct ThreadContent<'a> {
    #[serde(borrow)]
    pub(crate) text: Option<ThreadText<'a>>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct ThreadText<'a> {
    #[serde(borrow)]
    pub(crate) value: Option<DeltaText<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Usage {
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) prompt_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) completion_tokens: Option<u64>,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) total_tokens: Option<u64>,
    pub(crate) prompt_tokens_details: Option<PromptDetails>,
    pub(crate) completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PromptDetails {
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) cached_tokens: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CompletionDetails {
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) reasoning_tokens: Option<u64>,
}

/// The `data` of a v2 answer to a call other than the stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Data {
    #[serde(deserialize_with = "word")]
    pub(crate) message: Option<String>,
    #[serde(deserialize_with = "word")]
    pub(crate) code: Option<String>,
    #[serde(deserialize_with = "word")]
    pub(crate) nonce: Option<String>,
    #[serde(deserialize_with = "word")]
    pub(crate) cache_key: Option<String>,
    #[serde(deserialize_with = "word")]
    pub(crate) reply: Option<String>,
}

/// A source in `citations`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Source {
    #[serde(deserialize_with = "word")]
    pub(crate) url: Option<String>,
    #[serde(deserialize_with = "word")]
    pub(crate) title: Option<String>,
}

/// The error of the site's own provider.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ProviderError {
    #[serde(deserialize_with = "word")]
    pub(crate) message: Option<String>,
    #[serde(deserialize_with = "word")]
    pub(crate) code: Option<String>,
    #[serde(rename = "type", deserialize_with = "word")]
    pub(crate) kind: Option<String>,
}

/// A text with something in it, or a number as text; anything else is unknown, not an error.
pub(crate) fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// A flag as JSON or as PHP writes it.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(is_true(&Value::deserialize(deserializer)?))
}

/// Whether a value means yes to PHP, as far as flags go.
pub(crate) fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64().is_some_and(|number| number != 0.0),
        Value::String(text) => !matches!(text.as_str(), "" | "0" | "false"),
        _ => false,
    }
}
