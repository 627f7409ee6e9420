use std::fmt::Write as _;

use crate::corpus;

/// The services played, with the shapes that their events have in the project's fixtures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wire {
    Chat,
    GigaChat,
    Grok,
    ChatgptFree,
}

const ID: &str = "00000000-1111-2222-3333-444444444444";

impl Wire {
    /// The service whose chat call has this path.
    pub(crate) fn at(path: &str) -> Option<Self> {
        match path {
            "/v1/chat/completions" => Some(Self::Chat),
            "/gigachat/v1/chat/completions" => Some(Self::GigaChat),
            "/grok/rest/app-chat/conversations/new" => Some(Self::Grok),
            "/chatgptfree/wp-admin/admin-ajax.php" => Some(Self::ChatgptFree),
            _ => None,
        }
    }

    pub(crate) fn content_type(self, whole: bool) -> &'static str {
        match self {
            Self::Chat | Self::GigaChat | Self::ChatgptFree if !whole => "text/event-stream",
            _ => "application/json",
        }
    }

    /// What a stream begins with.
    pub(crate) fn head(self, out: &mut String) {
        if self == Self::Grok {
            out.push_str(r#"{"result":{"conversation":{"conversationId":""#);
            out.push_str(ID);
            out.push_str(r#"","title":"New conversation","starred":false,"systemPromptName":"","temporary":true,"mediaTypes":[],"workspaces":[],"taskResult":null}}}"#);
            out.push('\n');
        }
    }

    /// One event with this delta, which stands as inside a JSON string.
    pub(crate) fn event(self, out: &mut String, delta: &str) {
        match self {
            Self::Chat | Self::ChatgptFree => {
                chat_begins(out);
                let _ = write!(out, r#"{{"index":0,"delta":{{"content":"{delta}"}}}}]"#);
                chat_ends(out);
            }
            Self::GigaChat => {
                let _ = write!(out, r#"data: {{"choices":[{{"delta":{{"content":"{delta}"}},"index":0}}]"#);
                gigachat_ends(out);
            }
            Self::Grok => {
                let _ = write!(out, r#"{{"result":{{"response":{{"token":"{delta}""#);
                grok_ends(out, false);
            }
        }
    }

    /// What a stream of so many events ends with: the finish reason, the usage, the end mark.
    pub(crate) fn tail(self, out: &mut String, events: u64) {
        match self {
            Self::Chat | Self::ChatgptFree => {
                chat_begins(out);
                out.push_str(r#"{"index":0,"delta":{"content":""},"finish_reason":"stop"}]"#);
                chat_ends(out);
                chat_begins(out);
                out.push(']');
                let _ = write!(out, r#","usage":{}"#, usage(events));
                chat_ends(out);
                out.push_str("data: [DONE]\n\n");
            }
            Self::GigaChat => {
                out.push_str(r#"data: {"choices":[{"delta":{"content":""},"index":0,"finish_reason":"stop"}]"#);
                let _ = write!(out, r#","usage":{}"#, usage(events));
                gigachat_ends(out);
                out.push_str("data: [DONE]\n\n");
            }
            Self::Grok => {
                out.push_str(r#"{"result":{"response":{"token":"""#);
                grok_ends(out, true);
                let _ = writeln!(
                    out,
                    r#"{{"result":{{"response":{{"finalMetadata":{{"followUpSuggestions":[]}},"isThinking":false,"isSoftStop":false,"responseId":"{ID}"}}}}}}"#
                );
            }
        }
    }

    /// The same answer in one piece. grok.com has no such call.
    pub(crate) fn whole(self, events: u64) -> String {
        let mut out = format!(
            r#"{{"id":"{ID}","object":"chat.completion","created":1780000000,"model":"bench","choices":[{{"index":0,"message":{{"role":"assistant","content":""#
        );
        (0..events).for_each(|event| out.push_str(corpus::delta(event)));
        let _ = write!(out, r#""}},"finish_reason":"stop"}}],"usage":{}}}"#, usage(events));
        out
    }
}

fn chat_begins(out: &mut String) {
    let _ = write!(
        out,
        r#"data: {{"id":"{ID}","object":"chat.completion.chunk","created":1780000000,"model":"grok-4.3","choices":["#
    );
}

fn chat_ends(out: &mut String) {
    out.push_str(",\"system_fingerprint\":\"fp_0000000000\"}\n\n");
}

fn gigachat_ends(out: &mut String) {
    out.push_str(",\"created\":1780000000,\"model\":\"GigaChat:2.0.28.2\",\"object\":\"chat.completion\"}\n\n");
}

fn grok_ends(out: &mut String, is_soft_stop: bool) {
    let _ = writeln!(
        out,
        r#","isThinking":false,"isSoftStop":{is_soft_stop},"messageTag":"final","messageStepId":0,"responseId":"{ID}"}}}}}}"#
    );
}

fn usage(events: u64) -> String {
    let total = events + 12;
    format!(
        r#"{{"prompt_tokens":12,"completion_tokens":{events},"total_tokens":{total},"prompt_tokens_details":{{"text_tokens":12,"audio_tokens":0,"image_tokens":0,"cached_tokens":8}},"completion_tokens_details":{{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}}"#
    )
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The JSON texts of a stream, end marks left out.
    fn objects(wire: Wire, events: u64) -> Vec<Value> {
        let mut out = String::new();
        wire.head(&mut out);
        (0..events).for_each(|event| wire.event(&mut out, corpus::delta(event)));
        wire.tail(&mut out, events);
        let lines = out.lines().map(|line| line.strip_prefix("data: ").unwrap_or(line));
        let texts = lines.filter(|line| !line.is_empty() && *line != "[DONE]");
        texts.map(|text| serde_json::from_str(text).expect(text)).collect()
    }

    #[test]
    fn every_event_is_json_with_its_delta() {
        for (wire, path) in [
            (Wire::Chat, "/choices/0/delta/content"),
            (Wire::GigaChat, "/choices/0/delta/content"),
            (Wire::Grok, "/result/response/token"),
        ] {
            let text = |value: &Value| value.pointer(path).and_then(Value::as_str).map(str::to_owned);
            let streamed: String = objects(wire, 100).iter().filter_map(text).collect();
            let whole: Value = serde_json::from_str(&wire.whole(100)).unwrap();
            assert_eq!(whole["choices"][0]["message"]["content"], streamed, "{wire:?}");
        }
    }
}
