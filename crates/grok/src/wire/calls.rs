use chatstream_core::lenient::count;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// How much of a model's quota is left. What the site does not tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ModelRateLimits {
    /// How long the window of the quota is, in seconds.
    #[serde(deserialize_with = "count")]
    pub window_size_seconds: Option<u64>,
    /// Questions left in it.
    #[serde(deserialize_with = "count")]
    pub remaining_queries: Option<u64>,
    /// Questions allowed in it.
    #[serde(deserialize_with = "count")]
    pub total_queries: Option<u64>,
    /// How long to wait for the next question, in seconds.
    #[serde(deserialize_with = "count")]
    pub wait_time_seconds: Option<u64>,
    /// Tokens left in it.
    #[serde(deserialize_with = "count")]
    pub remaining_tokens: Option<u64>,
    /// Tokens allowed in it.
    #[serde(deserialize_with = "count")]
    pub total_tokens: Option<u64>,
    /// The quota of answers of little effort.
    pub low_effort_rate_limits: Option<EffortLimits>,
    /// The quota of answers of much effort.
    pub high_effort_rate_limits: Option<EffortLimits>,
}

/// The quota of answers of one effort.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct EffortLimits {
    /// What one answer costs, in questions.
    #[serde(deserialize_with = "count")]
    pub cost: Option<u64>,
    /// How long to wait for the next answer, in seconds.
    #[serde(deserialize_with = "count")]
    pub wait_time_seconds: Option<u64>,
    /// Answers left.
    #[serde(deserialize_with = "count")]
    pub remaining_queries: Option<u64>,
}

/// The modes of this account: what a request may name as its model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Modes {
    /// The modes.
    #[serde(deserialize_with = "or_default")]
    pub modes: Vec<Mode>,
    /// The mode that the site's page begins with.
    pub default_mode_id: Option<String>,
}

/// A mode.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Mode {
    /// The name to ask for.
    #[serde(deserialize_with = "or_default")]
    pub id: String,
    /// What people call it.
    pub title: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Whether this account has it.
    pub availability: Option<Availability>,
}

/// Whether an account has a mode.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "Value")]
#[non_exhaustive]
pub enum Availability {
    /// It has.
    Available,
    /// Not now, with the site's words.
    Unavailable(String),
    /// Only with a larger plan, with the site's words.
    RequiresUpgrade(String),
    /// Not yet, with the site's words.
    ComingSoon(String),
    /// In a word that is not known here.
    Other(String),
}

impl From<Value> for Availability {
    fn from(value: Value) -> Self {
        let Value::Object(members) = value else { return Self::Other(String::new()) };
        let Some((word, details)) = members.into_iter().find(|(_, details)| !details.is_null()) else {
            return Self::Other(String::new());
        };
        let message = details.get("message").and_then(Value::as_str).unwrap_or_default().to_owned();
        match word.as_str() {
            "available" => Self::Available,
            "unavailable" => Self::Unavailable(message),
            "requiresUpgrade" => Self::RequiresUpgrade(message),
            "comingSoon" => Self::ComingSoon(message),
            _ => Self::Other(word),
        }
    }
}

/// A piece of the list of conversations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ConversationPage {
    /// The conversations, latest first.
    #[serde(deserialize_with = "or_default")]
    pub conversations: Vec<ConversationInfo>,
    /// What to ask for the next piece with; `None` or empty in the last one.
    pub next_page_token: Option<String>,
}

/// A conversation in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ConversationInfo {
    /// Its id.
    #[serde(deserialize_with = "or_default")]
    pub conversation_id: String,
    /// Its title.
    pub title: Option<String>,
    /// Whether the user starred it.
    pub starred: Option<bool>,
    /// Whether it is private.
    pub temporary: Option<bool>,
    /// When it began, as the site writes it (RFC 3339).
    pub create_time: Option<String>,
    /// When it was changed, as the site writes it (RFC 3339).
    pub modify_time: Option<String>,
}

/// One turn of a conversation, without its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ResponseNode {
    /// The turn's id.
    #[serde(deserialize_with = "or_default")]
    pub response_id: String,
    /// `human`, or the model in any case (`ASSISTANT` in 2025, `assistant` in 2026).
    pub sender: Option<String>,
    /// The turn it follows.
    pub parent_response_id: Option<String>,
}

/// One turn of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct LoadedResponse {
    /// The turn's id.
    #[serde(deserialize_with = "or_default")]
    pub response_id: String,
    /// Its text, with the site's tags in it.
    pub message: Option<String>,
    /// `human`, or the model in any case.
    pub sender: Option<String>,
    /// When it was said, as the site writes it (RFC 3339).
    pub create_time: Option<String>,
    /// The turn it follows.
    pub parent_response_id: Option<String>,
}

/// A conversation that is open to whoever has the link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct SharedLink {
    /// The id of the link; the page is `/share/` and this.
    #[serde(deserialize_with = "or_default")]
    pub share_link_id: String,
    /// The conversation.
    pub conversation_id: Option<String>,
    /// The turn up to which it is shared.
    pub response_id: Option<String>,
}

/// A file in the site's store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct UploadedFile {
    /// The id to attach it by, with `FileInput::id`.
    #[serde(deserialize_with = "or_default")]
    pub file_metadata_id: String,
    /// Its name.
    pub file_name: Option<String>,
    /// Its media type.
    pub file_mime_type: Option<String>,
    /// Where it is, below the assets URL.
    pub file_uri: Option<String>,
}

/// Who is signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct SessionInfo {
    /// The user's id.
    pub user_id: Option<String>,
    /// The user's address.
    pub email: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Session {
    pub(crate) status: Option<String>,
    pub(crate) session: Option<SessionInfo>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct V2 {
    pub(crate) conversation: Option<ConversationInfo>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ResponseNodes {
    #[serde(deserialize_with = "or_default")]
    pub(crate) response_nodes: Vec<ResponseNode>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LoadedResponses {
    #[serde(deserialize_with = "or_default")]
    pub(crate) responses: Vec<LoadedResponse>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct SharedLinks {
    #[serde(deserialize_with = "or_default")]
    pub(crate) share_links: Vec<SharedLink>,
}

/// A member whose `null` means that it is absent.
fn or_default<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
