//! What the service refuses in the messages of a request it can read.

use super::wire::{Message, Part, Role};
use crate::gigachat::error::{Refusal, bad_request, invalid_params};

/// How the results of functions come; of the two ways that were seen, one is taken at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResultForm {
    /// In the role `function`, as JSON text: what a probe of `api.giga.chat` found in September 2026.
    Text,
    /// In the role `tool`, as an object: what the integration-test stand took in June 2026.
    Object,
}

impl ResultForm {
    pub(super) fn role(self) -> Role {
        match self {
            Self::Text => Role::Function,
            Self::Object => Role::Tool,
        }
    }

    fn other_role(self) -> Role {
        match self {
            Self::Text => Role::Tool,
            Self::Object => Role::Function,
        }
    }
}

pub(super) fn check(messages: &[Message], form: ResultForm) -> Result<(), Refusal> {
    let parts = || messages.iter().flat_map(parts);
    let misshapen = [
        ("messages must not be empty", messages.is_empty()),
        ("content is missing", messages.iter().any(|message| message.content.is_none())),
        ("role is unknown", messages.iter().any(|message| message.role == form.other_role())),
        (
            "function_call.arguments must be an object",
            parts().filter_map(|part| part.function_call.as_ref()).any(|call| !call.arguments.is_object()),
        ),
        ("function_result.result has a wrong form", parts().any(|part| !has_right_result(part, form))),
    ];
    if let Some((reason, _)) = misshapen.into_iter().find(|(_, refused)| *refused) {
        return Err(bad_request(format!("Invalid params: {reason}")));
    }
    if messages.iter().skip(1).any(|message| message.role == Role::System) {
        return Err(invalid_params("system message must be the first message"));
    }
    let has_result = |(index, message): (usize, &Message)| {
        let calls = parts_of(message).iter().any(|part| part.function_call.is_some());
        !calls || messages.get(index + 1).is_some_and(|next| next.role == form.role())
    };
    if !messages.iter().enumerate().all(has_result) {
        return Err(invalid_params("every assistant function call must have a result in history"));
    }
    Ok(())
}

fn has_right_result(part: &Part, form: ResultForm) -> bool {
    let Some(result) = &part.function_result else { return true };
    match form {
        ResultForm::Object => result.result.is_object(),
        ResultForm::Text => {
            let text = result.result.as_str();
            text.is_some_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
        }
    }
}

fn parts(message: &Message) -> impl Iterator<Item = &Part> {
    parts_of(message).iter()
}

pub(super) fn parts_of(message: &Message) -> &[Part] {
    message.content.as_deref().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn refused(messages: Value, form: ResultForm, expected: Option<&str>) {
        let messages = serde_json::from_value::<Vec<Message>>(messages).unwrap();
        let refusal = check(&messages, form).err().map(|refusal| format!("{refusal:?}"));
        match (expected, refusal) {
            (Some(expected), Some(refusal)) => assert!(refusal.contains(expected), "{refusal}"),
            (expected, refusal) => assert_eq!(refusal.as_deref(), expected),
        }
    }

    fn turns(arguments: Value, role: &str, result: Value) -> Value {
        json!([
            {"role": "user", "content": [{"text": "u"}]},
            {"role": "assistant", "content": [{"function_call": {"name": "f", "arguments": arguments}}]},
            {"role": role, "content": [{"function_result": {"name": "f", "result": result}}]},
        ])
    }

    #[test]
    fn results_come_in_the_form_that_is_taken() {
        let (text, object) = (json!("{\"a\":1}"), json!({"a": 1}));
        refused(turns(json!({}), "function", text.clone()), ResultForm::Text, None);
        refused(turns(json!({}), "tool", text.clone()), ResultForm::Text, Some("400, message: \"Invalid params: role"));
        refused(turns(json!({}), "function", object.clone()), ResultForm::Text, Some("400"));
        refused(turns(json!({}), "function", json!("sunny")), ResultForm::Text, Some("400"));
        refused(turns(json!({}), "tool", object.clone()), ResultForm::Object, None);
        refused(turns(json!({}), "function", object), ResultForm::Object, Some("400"));
        refused(turns(json!({}), "tool", text.clone()), ResultForm::Object, Some("400"));
        refused(turns(json!("{}"), "function", text), ResultForm::Text, Some("arguments"));
    }

    #[test]
    fn messages_are_in_their_order() {
        let (system, user) = (json!({"role": "system", "content": []}), json!({"role": "user", "content": []}));
        refused(json!([system, user]), ResultForm::Text, None);
        refused(json!([user, system]), ResultForm::Text, Some("422, message: \"Invalid params: system message"));
        refused(json!([{"role": "user"}]), ResultForm::Text, Some("content is missing"));
        refused(json!([]), ResultForm::Text, Some("400"));
        let mut turns = turns(json!({}), "function", json!("{}"));
        turns.as_array_mut().unwrap().pop();
        refused(turns, ResultForm::Text, Some("422, message: \"Invalid params: every assistant function call"));
    }
}
