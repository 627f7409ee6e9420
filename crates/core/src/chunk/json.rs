//! The members of chunks that hold a bare string or list, and the finish reason as one word.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{FinishReason, Image};

macro_rules! one_member {
    ($member:ident: $type:ty) => {
        pub(super) mod $member {
            use super::*;

            #[derive(Deserialize)]
            struct Owned {
                $member: $type,
            }

            #[derive(Serialize)]
            struct Borrowed<'a> {
                $member: &'a $type,
            }

            pub(in super::super) fn serialize<S: Serializer>(value: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                Borrowed { $member: value }.serialize(serializer)
            }

            pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                Owned::deserialize(deserializer).map(|owned| owned.$member)
            }
        }
    };
}

one_member!(text: String);
one_member!(title: String);
one_member!(images: Vec<Image>);

impl Serialize for FinishReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for FinishReason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Ok(match word.as_str() {
            "stop" => Self::Stop,
            "length" => Self::Length,
            "tool_calls" => Self::ToolCalls,
            "content_filter" => Self::ContentFilter,
            _ => Self::Other(word),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;

    #[test]
    fn every_chunk_has_its_stable_json_form_and_comes_back_from_it() {
        let end = End {
            finish_reason: Some(FinishReason::Other("pause".into())),
            usage: Some(TokenUsage { input_tokens: Some(3), ..TokenUsage::default() }),
            model: Some("m".into()),
            ending: Ending::FinishAndDone,
        };
        let table = [
            (Chunk::Text(" a".into()), r#"{"type":"text","text":" a"}"#),
            (Chunk::Reasoning(Reasoning::Delta("b".into())), r#"{"type":"reasoning","delta":"b"}"#),
            (Chunk::Reasoning(Reasoning::Status("thinking".into())), r#"{"type":"reasoning","status":"thinking"}"#),
            (
                Chunk::ToolCall(ToolCall::new("call_1", "sum", "{}")),
                r#"{"type":"tool_call","id":"call_1","name":"sum","arguments":"{}"}"#,
            ),
            (Chunk::ImagePreview(Image::new("u").progress(50)), r#"{"type":"image_preview","url":"u","progress":50}"#),
            (
                Chunk::Images(vec![Image::new("u").alt("cat")]),
                r#"{"type":"images","images":[{"url":"u","alt":"cat"}]}"#,
            ),
            (Chunk::Citation(Citation::new("u").title("t")), r#"{"type":"citation","url":"u","title":"t"}"#),
            (Chunk::Title("t".into()), r#"{"type":"title","title":"t"}"#),
            (
                Chunk::Conversation(Conversation::new("p").id("thread_id", "1")),
                r#"{"type":"conversation","provider":"p","ids":{"thread_id":"1"}}"#,
            ),
            (
                Chunk::End(end),
                concat!(
                    r#"{"type":"end","finish_reason":"pause","usage":{"input_tokens":3,"output_tokens":null,"#,
                    r#""cached_tokens":null,"reasoning_tokens":null,"total_tokens":null,"cost_in_usd_ticks":null},"#,
                    r#""model":"m","ending":"finish_and_done"}"#
                ),
            ),
        ];
        for (chunk, json) in table {
            assert_eq!(serde_json::to_string(&chunk).unwrap(), json);
            assert_eq!(serde_json::from_str::<Chunk>(json).unwrap(), chunk);
        }
    }
}
