use chatstream_core::delta::DeltaText;
use chatstream_core::lenient::Text;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::read;

/// A frame of the stream, or a failure in any form: `{"error":{code,message}}`, `{code,message}`,
/// `{"code":"…","error":"…"}`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Frame<'a> {
    #[serde(borrow)]
    pub(crate) result: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) error: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) code: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) message: Option<&'a RawValue>,
}

/// The members of `result`, which in a new conversation holds those of the answer under `response`,
/// and in a follow-up holds them itself.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Members<'a> {
    #[serde(borrow)]
    pub(crate) response: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) conversation: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) title: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) generated_title: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) token: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) is_thinking: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) is_soft_stop: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) response_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) message_tag: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) message_step_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) side_by_side_index: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) user_response: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) model_response: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) error: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) card_attachment: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) card_attachments: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) streaming_image_generation_response: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) cached_image_generation_response: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) image_generation_response: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) web_search_results: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) cited_web_search_results: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) x_search_results: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) progress_report: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) final_metadata: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) follow_up_suggestions: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) tool_usage_card: Option<&'a RawValue>,
}

impl Members<'_> {
    /// Whether there is nothing but a token and what all tokens of a message have.
    pub(crate) fn is_bare(&self) -> bool {
        let Self {
            response: _,
            conversation,
            title,
            generated_title,
            token: _,
            is_thinking: _,
            is_soft_stop,
            response_id: _,
            message_tag: _,
            message_step_id: _,
            side_by_side_index: _,
            user_response,
            model_response,
            error,
            card_attachment,
            card_attachments,
            streaming_image_generation_response,
            cached_image_generation_response,
            image_generation_response,
            web_search_results,
            cited_web_search_results,
            x_search_results,
            progress_report,
            final_metadata,
            follow_up_suggestions,
            tool_usage_card,
        } = self;
        let others = [
            conversation,
            title,
            generated_title,
            user_response,
            model_response,
            error,
            card_attachment,
            card_attachments,
            streaming_image_generation_response,
            cached_image_generation_response,
            image_generation_response,
            web_search_results,
            cited_web_search_results,
            x_search_results,
            progress_report,
            final_metadata,
            follow_up_suggestions,
            tool_usage_card,
        ];
        others.iter().all(|member| member.is_none()) && read(*is_soft_stop) != Some(true)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Begun<'a> {
    #[serde(borrow)]
    pub(crate) conversation_id: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewTitle<'a> {
    #[serde(borrow)]
    pub(crate) new_title: Option<Text<'a>>,
}

/// A token of early DeepSearch that tells what the model does.
#[derive(Debug, Deserialize)]
pub(crate) struct Action<'a> {
    #[serde(borrow)]
    pub(crate) action: Text<'a>,
    #[serde(borrow)]
    pub(crate) action_input: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Query<'a> {
    #[serde(borrow)]
    pub(crate) query: Option<Text<'a>>,
}

/// The user's message, echoed, or the model's answer in full.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Response<'a> {
    #[serde(borrow)]
    pub(crate) response_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) partial: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) error: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) stream_errors: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) generated_image_urls: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) card_attachments_json: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) web_search_results: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) cited_web_search_results: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) xposts: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) request_metadata: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RequestMetadata<'a> {
    #[serde(borrow)]
    pub(crate) model: Option<Text<'a>>,
}

/// A card as it is attached: JSON in a string, or an object already.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attachment<'a> {
    #[serde(borrow)]
    pub(crate) json_data: Option<&'a RawValue>,
}

/// A card: a citation, or a picture. Its members go by several names.
#[derive(Debug, Default)]
pub(crate) struct Card {
    pub(crate) id: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) picture: Option<Picture>,
}

impl From<&Value> for Card {
    fn from(card: &Value) -> Self {
        Self {
            id: text(card, &["id"]),
            url: text(card, &["url"]),
            picture: ["image_chunk", "imageChunk"]
                .iter()
                .filter_map(|name| card.get(name))
                .find(|chunk| chunk.is_object())
                .map(Picture::from),
        }
    }
}

/// A picture in any of its three ways. Its members go by several names.
#[derive(Debug, Default)]
pub(crate) struct Picture {
    pub(crate) url: Option<String>,
    /// In percent.
    pub(crate) progress: Option<f64>,
    pub(crate) is_moderated: bool,
    pub(crate) is_final: bool,
    pub(crate) side_by_side_index: Option<u64>,
}

impl From<&Value> for Picture {
    fn from(picture: &Value) -> Self {
        let is_true = |name: &str| picture.get(name).and_then(Value::as_bool).unwrap_or(false);
        Self {
            url: text(picture, &["imageUrl", "image_url", "url"]),
            progress: picture.get("progress").and_then(Value::as_f64),
            is_moderated: is_true("moderated"),
            is_final: is_true("isFinal"),
            side_by_side_index: picture.get("sideBySideIndex").and_then(Value::as_u64),
        }
    }
}

/// The longest address, id or title that is kept, in bytes; real ones have a few hundred.
const TEXT_LIMIT: usize = 8 * 1024;

/// The first of these members that is a text with something in it.
pub(crate) fn text(value: &Value, names: &[&str]) -> Option<String> {
    let mut texts = names.iter().filter_map(|name| value.get(name)?.as_str());
    texts.find(|text| !text.is_empty() && text.len() <= TEXT_LIMIT).map(str::to_owned)
}

/// A picture that came as bytes, in base64.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PictureBytes<'a> {
    #[serde(borrow)]
    pub(crate) generated_image_bytes: Text<'a>,
    #[serde(borrow)]
    pub(crate) content_type: Option<Text<'a>>,
}

/// Search results: a list, or an object with one.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Results {
    Named { results: Option<Vec<Value>> },
    Bare(Vec<Value>),
}

#[derive(Debug, Deserialize)]
pub(crate) struct Progress<'a> {
    #[serde(borrow)]
    pub(crate) category: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) state: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) message: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FinalMetadata<'a> {
    #[serde(borrow)]
    pub(crate) follow_up_suggestions: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Suggestion {
    pub(crate) label: Option<String>,
}

/// A text that may be cut between UTF-16 units.
pub(crate) type Delta<'a> = DeltaText<'a>;
