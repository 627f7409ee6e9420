//! The bodies of requests, field for field, as public projects sent them from 2025 to August 2026.

use serde::Deserialize;
use serde_json::{Map, Value};

/// What is said. A member left out is as good as an empty one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChatBody {
    pub(super) message: String,
    pub(super) temporary: Option<bool>,
    pub(super) model_name: Option<String>,
    pub(super) model_mode: Option<String>,
    pub(super) mode_id: Option<String>,
    pub(super) file_attachments: Option<Vec<String>>,
    pub(super) image_attachments: Option<Vec<String>>,
    pub(super) disable_search: Option<bool>,
    pub(super) enable_image_generation: Option<bool>,
    pub(super) enable_image_streaming: Option<bool>,
    pub(super) return_image_bytes: Option<bool>,
    pub(super) image_generation_count: Option<usize>,
    pub(super) tool_overrides: Option<Map<String, Value>>,
    pub(super) force_side_by_side: Option<bool>,
    pub(super) send_final_metadata: Option<bool>,
    pub(super) disable_text_follow_ups: Option<bool>,
    pub(super) deepsearch_preset: Option<String>,
    pub(super) is_reasoning: Option<bool>,
    pub(super) parent_response_id: Option<String>,
    pub(super) metadata: Option<Value>,
}

impl ChatBody {
    /// Ids of all files that are shown.
    pub(super) fn files(&self) -> impl Iterator<Item = &String> {
        self.file_attachments.iter().chain(&self.image_attachments).flatten()
    }

    /// Whether a tool was switched off by its name.
    pub(super) fn is_off(&self, tool: &str) -> bool {
        self.tool_overrides.as_ref().is_some_and(|tools| tools.get(tool) == Some(&Value::Bool(false)))
    }
}

/// A file that a client sends.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UploadBody {
    pub(super) file_name: String,
    pub(super) file_mime_type: Option<String>,
    /// Base64.
    pub(super) content: String,
}

/// What is to change in a conversation.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ChangeBody {
    pub(super) title: Option<String>,
    pub(super) starred: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LoadBody {
    pub(super) response_ids: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ShareBody {
    pub(super) response_id: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LimitsBody {
    pub(super) request_kind: Option<String>,
    pub(super) model_name: String,
}
