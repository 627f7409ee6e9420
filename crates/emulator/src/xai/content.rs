//! What the model says: everything follows from the request.

use super::schema;
use super::speech::Speech;
use super::wire::{ChatBody, Message, ReasoningEffort, ResponseFormat, Role};
use crate::fault::{Fault, Faults};

/// Deltas after which an answer stops early when a fault says so.
const EARLY: usize = 3;

/// Characters of the prompt that are repeated in the reasoning.
const THOUGHT_LENGTH: usize = 40;

/// Times a placeholder stands in for reasoning.
const PLACEHOLDERS: usize = 3;

/// What is said, and whether it was broken off.
pub(super) fn content(body: &ChatBody, faults: &Faults) -> (Speech, bool) {
    if let Some(bytes) = faults.big_event() {
        return (Speech::at_once("big ".chars().cycle().take(bytes).collect::<String>()), false);
    }
    let mut speech = Speech::new(text(body));
    if faults.has(&Fault::Length) || faults.has(&Fault::ContentFilter) {
        speech.break_off(EARLY);
        return (speech, false);
    }
    let limit = body.max_completion_tokens.or(body.max_tokens);
    let limit = limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let broken_off = limit.is_some_and(|limit| speech.break_off(limit));
    (speech, broken_off)
}

/// What is thought before, if the model reasons.
pub(super) fn reasoning(body: &ChatBody, reasons: bool, faults: &Faults) -> Speech {
    if faults.has(&Fault::ThinkingPlaceholder) {
        return Speech::repeated("Thinking... ", PLACEHOLDERS);
    }
    if !reasons || body.reasoning_effort == Some(ReasoningEffort::None) {
        return Speech::silent();
    }
    let prompt = last(body, Role::User).map(Message::text).unwrap_or_default();
    let begin = prompt.chars().take(THOUGHT_LENGTH).collect::<String>();
    Speech::new(format!("The user said: \"{begin}\". Подумаю 🤔 and then answer.\n"))
}

fn text(body: &ChatBody) -> String {
    match &body.response_format {
        Some(ResponseFormat::JsonSchema { json_schema }) => schema::sample(&json_schema.schema).to_string(),
        Some(ResponseFormat::JsonObject) => String::from(r#"{"answer":"пример","number":7,"list":[1,2,3]}"#),
        Some(ResponseFormat::Text) | None => prose(body),
    }
}

/// A text that quotes what was said last and has in it what encodings and parsers stumble over.
fn prose(body: &ChatBody) -> String {
    let opening = match body.messages.last().filter(|message| message.role == Role::Tool) {
        Some(message) => format!("The tool said: \"{}\".", message.text()),
        None => format!("You said: \"{}\".", last(body, Role::User).map(Message::text).unwrap_or_default()),
    };
    let turns = body.messages.iter().filter(|message| message.role == Role::User).count();
    let mut text = format!(
        "{opening} Это эмулятор 🚀, а не модель. Quotes \"like these\", a backslash \\ and a line end \
         come through.\nUser turns so far: {turns}."
    );
    let files = body.messages.iter().map(Message::files).sum();
    let counted = [("Images", body.images()), ("Files", files)];
    for (name, count) in counted.into_iter().filter(|(_, count)| *count > 0) {
        text.push_str(&format!(" {name} shown: {count}."));
    }
    text
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
