//! What the service refuses in a request it can read.

use serde_json::Value;

use super::wire::{ChatBody, FunctionChoice, Message, ResponseFormat, Role};
use crate::gigachat::error::{self, Refusal, invalid_params, missing_field};
use crate::gigachat::functions;

/// Functions that are built in, by the names they have here.
pub(super) const BUILT_IN: [&str; 3] = ["text2image", "text2model3d", "get_file_content"];

/// Files that a request may show.
const MAX_FILES: usize = 10;

pub(super) fn check(body: &ChatBody) -> Result<(), Refusal> {
    check_model(body)?;
    body.sampling.check()?;
    check_messages(&body.messages)?;
    check_functions(body)?;
    match &body.response_format {
        Some(ResponseFormat::JsonSchema { schema: None }) => Err(missing_field("response_format.schema")),
        _ => Ok(()),
    }
}

fn check_model(body: &ChatBody) -> Result<(), Refusal> {
    let assistant = body.storage.as_ref().and_then(|storage| storage.assistant_id.as_ref());
    match assistant {
        Some(_) if body.model.is_some() => Err(invalid_params("model and storage.assistant_id exclude each other")),
        _ => Ok(()),
    }
}

fn check_messages(messages: &[Message]) -> Result<(), Refusal> {
    let files = messages.iter().map(|message| message.attachments.as_ref().map_or(0, Vec::len)).sum::<usize>();
    let table = [
        ("messages must not be empty", messages.is_empty()),
        (
            "system message must be the first message",
            messages.iter().skip(1).any(|message| message.role == Role::System),
        ),
        (
            "every assistant function call must have a result in history",
            !messages.iter().enumerate().all(has_result(messages)),
        ),
        ("function_call.arguments must be an object", messages.iter().any(has_odd_arguments)),
        ("content of a function message must be a JSON object", messages.iter().any(is_odd_result)),
        ("attachments must be at most 10", files > MAX_FILES),
    ];
    match table.into_iter().find(|(_, refused)| *refused) {
        Some((reason, _)) => Err(invalid_params(reason)),
        None => Ok(()),
    }
}

/// Whether a message with a call is followed by the result.
fn has_result(messages: &[Message]) -> impl Fn((usize, &Message)) -> bool {
    move |(index, message)| {
        let is_result = || messages.get(index + 1).is_some_and(|next| next.role == Role::Function);
        message.function_call.is_none() || is_result()
    }
}

fn has_odd_arguments(message: &Message) -> bool {
    let arguments = message.function_call.as_ref().and_then(|call| call.arguments.as_ref());
    arguments.is_some_and(|arguments| match arguments {
        Value::String(text) => !is_object(text),
        arguments => !arguments.is_object(),
    })
}

fn is_odd_result(message: &Message) -> bool {
    message.role == Role::Function && !is_object(message.content.as_deref().unwrap_or_default())
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object())
}

fn check_functions(body: &ChatBody) -> Result<(), Refusal> {
    let offered = body.functions.as_deref().unwrap_or_default();
    functions::check(offered, &BUILT_IN)?;
    match &body.function_call {
        Some(FunctionChoice::Named { name, .. })
            if !BUILT_IN.contains(&name.as_str()) && !offered.iter().any(|function| function.name == *name) =>
        {
            Err(error::no_such_function(name))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn refused(extra: Value, expected: Option<&str>) {
        let mut body = json!({"model": "GigaChat-2", "messages": [{"role": "user", "content": "hi"}]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let refusal = check(&serde_json::from_value(body).unwrap()).err().map(|refusal| format!("{refusal:?}"));
        match (expected, refusal) {
            (Some(expected), Some(refusal)) => assert!(refusal.contains(expected), "{refusal}"),
            (expected, refusal) => assert_eq!(refusal.as_deref(), expected),
        }
    }

    #[test]
    fn values_are_looked_at() {
        refused(json!({"temperature": 0}), Some("Invalid params: temperature must be in range (0, +inf)"));
        refused(json!({"storage": {"is_stateful": true, "assistant_id": "a"}}), Some("exclude"));
        refused(json!({"response_format": {"type": "json_schema"}}), Some("Field 'response_format.schema' is missing"));
    }

    #[test]
    fn a_system_message_comes_first_and_once() {
        let system = json!({"role": "system", "content": "s"});
        let user = json!({"role": "user", "content": "u"});
        refused(json!({"messages": [system, user]}), None);
        let expected = Some("Invalid params: system message must be the first message");
        refused(json!({"messages": [user, system]}), expected);
        refused(json!({"messages": [system, system, user]}), expected);
        refused(json!({"messages": []}), Some("messages must not be empty"));
    }

    #[test]
    fn every_call_is_followed_by_its_result() {
        let user = json!({"role": "user", "content": "u"});
        let call = |arguments: Value| json!({"role": "assistant", "content": "", "function_call": {"name": "f", "arguments": arguments}});
        let result = json!({"role": "function", "name": "f", "content": "{\"a\":1}"});
        refused(json!({"messages": [user, call(json!({})), result]}), None);
        refused(json!({"messages": [user, call(json!("{\"a\":1}")), result, user]}), None);
        let missing = Some("Invalid params: every assistant function call must have a result in history");
        refused(json!({"messages": [user, call(json!({}))]}), missing);
        refused(json!({"messages": [user, call(json!({})), user, result]}), missing);
        refused(json!({"messages": [user, call(json!("no")), result]}), Some("function_call.arguments"));
        refused(json!({"messages": [user, {"role": "function", "content": "sunny"}]}), Some("JSON object"));
    }

    #[test]
    fn a_function_that_must_be_called_is_known() {
        let function = json!([{"name": "f", "parameters": {"properties": {}}}]);
        refused(json!({"functions": function, "function_call": {"name": "f"}}), None);
        refused(json!({"function_call": {"name": "text2image"}}), None);
        refused(
            json!({"functions": function, "function_call": {"name": "g"}}),
            Some("Function schema for g not found"),
        );
        refused(json!({"messages": [{"role": "user", "attachments": vec!["a"; 11]}]}), Some("attachments"));
    }
}
