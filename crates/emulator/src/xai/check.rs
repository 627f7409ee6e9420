//! What the service refuses in a request it can read.

use super::catalogue::Chosen;
use super::error::{Refusal, invalid_argument, live_search, unsupported_argument};
use super::wire::{ChatBody, Message, Role, ToolChoice};

pub(super) fn check(body: &ChatBody, model: &Chosen) -> Result<(), Refusal> {
    check_retired(body)?;
    check_model(body, model)?;
    check_values(body)?;
    check_messages(body)?;
    check_tools(body)
}

/// Live search, gone since January 2026, and what the emulator does not offer.
fn check_retired(body: &ChatBody) -> Result<(), Refusal> {
    let mut tools = body.tools.iter().flatten();
    let is_search = tools.any(|tool| tool.kind == "live_search");
    if is_search || body.search_parameters.is_some() || body.web_search_options.is_some() {
        return Err(live_search());
    }
    if body.deferred == Some(true) {
        return Err(invalid_argument("The emulator does not offer deferred completions."));
    }
    Ok(())
}

/// Arguments that some models do not take, not even with a value that changes nothing.
fn check_model(body: &ChatBody, model: &Chosen) -> Result<(), Refusal> {
    let table = [
        ("presencePenalty", model.reasons && body.presence_penalty.is_some()),
        ("frequencyPenalty", model.reasons && body.frequency_penalty.is_some()),
        ("stop", model.reasons && body.stop.is_some()),
        ("reasoningEffort", !model.takes_effort && body.reasoning_effort.is_some()),
    ];
    match table.into_iter().find(|(_, refused)| *refused) {
        Some((argument, _)) => Err(unsupported_argument(argument)),
        None => Ok(()),
    }
}

fn check_values(body: &ChatBody) -> Result<(), Refusal> {
    let is_out_of =
        |value: Option<f64>, least: f64, most: f64| value.is_some_and(|value| value < least || value > most);
    let table = [
        ("stream_options is only allowed when stream is true.", body.stream_options.is_some() && !body.is_stream()),
        ("temperature must be between 0 and 2.", is_out_of(body.temperature, 0.0, 2.0)),
        ("top_p must be between 0 and 1.", is_out_of(body.top_p, 0.0, 1.0)),
        ("presence_penalty must be between -2 and 2.", is_out_of(body.presence_penalty, -2.0, 2.0)),
        ("frequency_penalty must be between -2 and 2.", is_out_of(body.frequency_penalty, -2.0, 2.0)),
        ("max_completion_tokens must be positive.", body.max_completion_tokens.or(body.max_tokens) == Some(0)),
    ];
    first(table)
}

fn check_messages(body: &ChatBody) -> Result<(), Refusal> {
    let is_named = |role| body.messages.iter().any(|message| message.role != role && message.name.is_some());
    let is_unreachable = |url: &str| !["http://", "https://", "data:image/"].iter().any(|begin| url.starts_with(begin));
    let mut image_urls = body.messages.iter().flat_map(Message::image_urls);
    first([
        ("An image is an http or https URL, or a data URL.", image_urls.any(is_unreachable)),
        ("Messages cannot be empty.", body.messages.is_empty()),
        ("Only messages of role \"user\" can have a name.", is_named(Role::User)),
    ])
}

fn check_tools(body: &ChatBody) -> Result<(), Refusal> {
    let tools = body.tools.as_deref().unwrap_or_default();
    let is_offered = |name: &str| {
        let mut functions = tools.iter().filter_map(|tool| tool.function.as_ref());
        functions.any(|function| function.name == name)
    };
    let is_missing = match &body.tool_choice {
        Some(ToolChoice::Named { function }) => !is_offered(&function.name),
        _ => false,
    };
    first([
        ("Tools cannot be an empty list.", body.tools.as_ref().is_some_and(Vec::is_empty)),
        ("Only tools of type \"function\" are supported.", tools.iter().any(|tool| tool.function.is_none())),
        ("The tool named in tool_choice is not among the tools.", is_missing),
    ])
}

fn first<const N: usize>(table: [(&str, bool); N]) -> Result<(), Refusal> {
    match table.into_iter().find(|(_, refused)| *refused) {
        Some((reason, _)) => Err(invalid_argument(format!("Invalid request content: {reason}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::catalogue;
    use super::*;

    #[track_caller]
    fn refused(extra: Value, expected: Option<&str>) {
        let mut body = json!({"model": "grok-4.3", "messages": [{"role": "user", "content": "hi"}]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let body: ChatBody = serde_json::from_value(body).unwrap();
        let message =
            check(&body, &catalogue::choose(&body.model).unwrap()).err().map(|refusal| format!("{refusal:?}"));
        match (expected, message) {
            (Some(expected), Some(message)) => assert!(message.contains(expected), "{message}"),
            (expected, message) => assert_eq!(message.as_deref(), expected),
        }
    }

    #[test]
    fn reasoning_models_take_no_penalties_and_no_stop_texts() {
        refused(json!({"presence_penalty": 0}), Some("400, code: Some(\"invalid-argument\")"));
        refused(json!({"presence_penalty": 0}), Some("Argument not supported on this model: presencePenalty"));
        refused(json!({"frequency_penalty": 1}), Some("this model: frequencyPenalty"));
        refused(json!({"stop": ["x"]}), Some("this model: stop"));
        refused(json!({"stop": null, "presence_penalty": null}), None);
        refused(json!({"model": "grok-4.20-non-reasoning", "stop": ["x"], "presence_penalty": 1}), None);
    }

    #[test]
    fn effort_is_for_models_that_take_it() {
        refused(json!({"reasoning_effort": "high"}), None);
        refused(json!({"model": "grok-4.20", "reasoning_effort": "low"}), Some("this model: reasoningEffort"));
    }

    #[test]
    fn live_search_is_gone() {
        refused(json!({"search_parameters": {"mode": "off"}}), Some("410, code: None"));
        refused(json!({"web_search_options": {}}), Some("410"));
        refused(json!({"tools": [{"type": "live_search", "sources": []}]}), Some("410"));
    }

    #[test]
    fn values_and_lists_are_looked_at() {
        let function = json!([{"type": "function", "function": {"name": "f"}}]);
        refused(json!({"stream_options": {"include_usage": true}}), Some("stream_options"));
        refused(json!({"stream": true, "stream_options": {"include_usage": true}}), None);
        refused(json!({"temperature": 2.1}), Some("temperature"));
        refused(json!({"max_tokens": 0}), Some("max_completion_tokens"));
        refused(json!({"messages": []}), Some("Messages"));
        let image = json!({"type": "image_url", "image_url": {"url": "file:///etc/hosts"}});
        refused(json!({"messages": [{"role": "user", "content": [image]}]}), Some("image"));
        refused(json!({"messages": [{"role": "system", "content": "x", "name": "y"}]}), Some("\\\"user\\\""));
        refused(json!({"tools": []}), Some("Tools"));
        refused(json!({"tools": [{"type": "web_search"}]}), Some("function"));
        refused(json!({"tools": function, "tool_choice": {"function": {"name": "g"}}}), Some("tool_choice"));
        refused(json!({"tools": function, "tool_choice": "required"}), None);
        refused(json!({"deferred": true}), Some("deferred"));
    }
}
