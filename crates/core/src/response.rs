use crate::chunk::{Chunk, Citation, Conversation, End, Ending, FinishReason, Image, Reasoning, TokenUsage, ToolCall};
use crate::request::{Message, Part, Role};

/// A whole answer: a stream of chunks, folded.
///
/// ```
/// use chatstream_core::{ChatResponse, Chunk};
///
/// let mut response = ChatResponse::default();
/// response.extend([Chunk::Text("Hel".into()), Chunk::Text("lo".into())]);
/// assert_eq!(response.text, "Hello");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ChatResponse {
    /// All text deltas, joined.
    pub text: String,
    /// All reasoning deltas, joined; notices are left out.
    pub reasoning: String,
    /// The tool calls, in order.
    pub tool_calls: Vec<ToolCall>,
    /// The finished pictures.
    pub images: Vec<Image>,
    /// The sources.
    pub citations: Vec<Citation>,
    /// The conversation's title.
    pub title: Option<String>,
    /// What to go on with.
    pub conversation: Option<Conversation>,
    /// Why the model stopped.
    pub finish_reason: Option<FinishReason>,
    /// What the answer used.
    pub usage: Option<TokenUsage>,
    /// The model that answered.
    pub model: Option<String>,
    /// What proved the answer complete; `None` while it is not.
    pub ending: Option<Ending>,
    /// The id that the provider gave the request.
    pub request_id: Option<String>,
}

impl ChatResponse {
    /// Takes in the next chunk.
    pub fn push(&mut self, chunk: Chunk) {
        match chunk {
            Chunk::Text(delta) => append(&mut self.text, delta),
            Chunk::Reasoning(Reasoning::Delta(delta)) => append(&mut self.reasoning, delta),
            Chunk::Reasoning(Reasoning::Status(_)) | Chunk::ImagePreview(_) => {}
            Chunk::ToolCall(call) => self.tool_calls.push(call),
            Chunk::Images(images) => self.images.extend(images),
            Chunk::Citation(citation) => self.citations.push(citation),
            Chunk::Title(title) => self.title = Some(title),
            Chunk::Conversation(conversation) => self.conversation = Some(conversation),
            Chunk::End(End { finish_reason, usage, model, ending }) => {
                self.finish_reason = finish_reason;
                self.usage = usage;
                self.model = model;
                self.ending = Some(ending);
            }
        }
    }

    /// The assistant's turn to put into the next request's history: text and tool calls.
    pub fn to_message(&self) -> Message {
        let mut message = Message::new(Role::Assistant);
        if !self.text.is_empty() {
            message.content.push(Part::Text(self.text.clone()));
        }
        message.tool_calls.clone_from(&self.tool_calls);
        message
    }
}

impl Extend<Chunk> for ChatResponse {
    fn extend<T: IntoIterator<Item = Chunk>>(&mut self, chunks: T) {
        for chunk in chunks {
            self.push(chunk);
        }
    }
}

/// Appends, and takes the first delta as it is: an answer that came in one piece is not copied.
fn append(text: &mut String, delta: String) {
    if text.is_empty() {
        *text = delta;
    } else {
        text.push_str(&delta);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fold_keeps_every_kind_of_chunk() {
        let mut response = ChatResponse::default();
        response.extend([
            Chunk::Reasoning(Reasoning::Status("thinking".into())),
            Chunk::Reasoning(Reasoning::Delta("hm".into())),
            Chunk::Text("a".into()),
            Chunk::ImagePreview(Image::new("part")),
            Chunk::Images(vec![Image::new("done")]),
            Chunk::Text(" b".into()),
            Chunk::ToolCall(ToolCall::new("1", "f", "{}")),
            Chunk::Citation(Citation::new("u")),
            Chunk::Title("t".into()),
            Chunk::Conversation(Conversation::new("p")),
            Chunk::End(End { finish_reason: Some(FinishReason::Stop), ..End::new(Ending::FinishOnly) }),
        ]);
        assert_eq!((response.text.as_str(), response.reasoning.as_str()), ("a b", "hm"));
        assert_eq!(response.images, [Image::new("done")]);
        assert_eq!(response.tool_calls.len() + response.citations.len(), 2);
        assert_eq!(response.title.as_deref(), Some("t"));
        assert_eq!((response.finish_reason, response.ending), (Some(FinishReason::Stop), Some(Ending::FinishOnly)));
    }
}
