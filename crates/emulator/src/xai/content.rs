//! What the model says: everything follows from the request.

use super::wire::{ChatBody, Message, ReasoningEffort, ResponseFormat, Role};
use crate::fault::Faults;
use crate::prose::{self, Quote};
use crate::schema;
use crate::speech::Speech;

/// What is said, and whether it was broken off.
pub(super) fn content(body: &ChatBody, faults: &Faults) -> (Speech, bool) {
    Speech::of_answer(|| text(body), body.max_completion_tokens.or(body.max_tokens), faults)
}

/// What is thought before, if the model reasons.
pub(super) fn reasoning(body: &ChatBody, reasons: bool, faults: &Faults) -> Speech {
    let reasons = reasons && body.reasoning_effort != Some(ReasoningEffort::None);
    Speech::of_thought(
        || prose::thought(&last(body, Role::User).map(Message::text).unwrap_or_default()),
        reasons,
        faults,
    )
}

fn text(body: &ChatBody) -> String {
    match &body.response_format {
        Some(ResponseFormat::JsonSchema { json_schema }) => schema::sample(&json_schema.schema).to_string(),
        Some(ResponseFormat::JsonObject) => String::from(r#"{"answer":"пример","number":7,"list":[1,2,3]}"#),
        Some(ResponseFormat::Text) | None => prose(body),
    }
}

fn prose(body: &ChatBody) -> String {
    let quote = match body.messages.last().filter(|message| message.role == Role::Tool) {
        Some(message) => Quote::Tool(message.text()),
        None => Quote::User(last(body, Role::User).map(Message::text).unwrap_or_default()),
    };
    let turns = body.messages.iter().filter(|message| message.role == Role::User).count();
    let files = body.messages.iter().map(Message::files).sum();
    prose::answer(&quote, turns, &[("Images", body.images()), ("Files", files)])
}

fn last(body: &ChatBody, role: Role) -> Option<&Message> {
    body.messages.iter().rev().find(|message| message.role == role)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn body(extra: Value) -> ChatBody {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Привет, \"друг\"\\"}]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        serde_json::from_value(body).unwrap()
    }

    fn said(extra: Value, faults: &str) -> String {
        content(&body(extra), &Faults::parse(faults).unwrap()).0.deltas().collect()
    }

    #[test]
    fn the_text_quotes_the_prompt_and_counts_turns_images_and_files() {
        let text = said(json!({}), "");
        assert!(text.starts_with("You said: \"Привет, \"друг\"\\\". Это эмулятор 🚀"), "{text}");
        assert!(text.ends_with("User turns so far: 1."), "{text}");

        let image = json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,"}});
        let parts = json!([{"type": "text", "text": "Look"}, image, image, {"type": "file", "file": {"file_id": "f"}}]);
        let messages =
            json!([{"role": "user", "content": "a"}, {"role": "assistant"}, {"role": "user", "content": parts}]);
        let text = said(json!({"messages": messages}), "");
        assert!(text.starts_with("You said: \"Look\"."), "{text}");
        assert!(text.ends_with("User turns so far: 2. Images shown: 2. Files shown: 1."), "{text}");
    }

    #[test]
    fn a_tool_is_quoted_when_it_spoke_last() {
        let messages = json!([{"role": "user", "content": "a"}, {"role": "tool", "content": "Ясно, +7"}]);
        assert!(said(json!({"messages": messages}), "").starts_with("The tool said: \"Ясно, +7\"."));
    }

    #[test]
    fn documents_are_json() {
        let schema = json!({"name": "n", "schema": {"type": "object", "properties": {"age": {"type": "integer"}}}});
        assert_eq!(
            said(json!({"response_format": {"type": "json_schema", "json_schema": schema}}), ""),
            r#"{"age":7}"#
        );
        let object = said(json!({"response_format": {"type": "json_object"}}), "");
        assert!(serde_json::from_str::<Value>(&object).unwrap().is_object());
    }

    #[test]
    fn limits_and_faults_break_it_off() {
        assert_eq!(said(json!({"max_tokens": 1}), ""), "You");
        assert!(content(&body(json!({"max_completion_tokens": 1})), &Faults::default()).1);
        assert!(!content(&body(json!({"max_completion_tokens": 1000})), &Faults::default()).1);
        assert_eq!(said(json!({}), "content-filter").split(' ').count(), 6);
        assert_eq!(said(json!({}), "big-event=10"), "big big bi");
    }

    #[test]
    fn only_models_that_reason_are_heard_thinking() {
        let heard = |effort: &str, reasons, faults| {
            let body = body(json!({"reasoning_effort": effort}));
            reasoning(&body, reasons, &Faults::parse(faults).unwrap()).deltas().collect::<String>()
        };
        assert!(heard("low", true, "").contains("\"Привет, \"друг\"\\\""));
        assert_eq!(heard("none", true, ""), "");
        assert_eq!(heard("low", false, ""), "");
        assert_eq!(heard("none", false, "thinking-placeholder"), "Thinking... ".repeat(3));
    }
}
