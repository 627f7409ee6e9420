use std::collections::BTreeMap;

use serde::Serialize;

/// The body of both chat calls. `None` is not sent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Body<'a> {
    /// Only where a conversation begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) temporary: Option<bool>,
    #[serde(flatten)]
    pub(crate) model: Named<'a>,
    pub(crate) message: &'a str,
    pub(crate) file_attachments: &'a [&'a str],
    pub(crate) image_attachments: &'a [&'a str],
    pub(crate) disable_search: bool,
    pub(crate) enable_image_generation: bool,
    pub(crate) return_image_bytes: bool,
    pub(crate) return_raw_grok_in_xai_request: bool,
    pub(crate) enable_image_streaming: bool,
    pub(crate) image_generation_count: u32,
    pub(crate) force_concise: bool,
    pub(crate) tool_overrides: &'a BTreeMap<String, bool>,
    pub(crate) enable_side_by_side: bool,
    pub(crate) send_final_metadata: bool,
    pub(crate) custom_instructions: &'a str,
    pub(crate) deepsearch_preset: &'a str,
    /// Only in a follow-up: the model's answer that it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parent_response_id: Option<&'a str>,
}

/// Which model answers.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Named<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model_mode: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mode_id: Option<&'a str>,
    pub(crate) is_reasoning: bool,
}
