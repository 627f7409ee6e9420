use std::collections::BTreeMap;

use bytes::Bytes;
use chatstream_core::{ChatRequest, Part, ResponseFormat, Result, Tool, ToolChoice, invalid};
use serde_json::Value;

use super::functions::{self, Names};
use super::{Turn, arguments, attachments, refuse_unknown, result_object, sampling, state_id, turns};
use crate::config::{GigaChatConfig, NAME};
use crate::wire::v1::FunctionCall;
use crate::wire::v2 as wire;

/// The tools of the service itself, offered by a [`Tool`] of their name without parameters.
const BUILT_IN: [&str; 5] =
    ["web_search", "code_interpreter", "image_generate", "url_content_extraction", "model_3d_generate"];

/// The body of a chat.
pub(crate) fn body(config: &GigaChatConfig, request: &ChatRequest) -> Result<Bytes> {
    refuse_unknown(request)?;
    let thread = thread(request)?;
    let names = Names::new(&request.tools);
    let is_new = thread.is_none_or(|thread| thread.is_none());
    request.to_json(&wire::Request {
        // A thread has its model already; another one is sent only when it is asked for.
        model: request.model.as_deref().or_else(|| is_new.then_some(config.model.as_str())),
        messages: turns(&request.messages)?
            .iter()
            .map(|turn| message(turn, &names, config.v2_tool_role))
            .collect::<Result<_>>()?,
        stream: !request.whole,
        model_options: model_options(config, request)?,
        disable_filter: config.profanity_check.map(|check| !check),
        storage: thread.map(|thread_id| wire::Storage { thread_id }),
        tools: tools(&request.tools, &names)?,
        tool_config: request
            .tool_choice
            .as_ref()
            .map(|choice| tool_config(choice, &request.tools, &names))
            .transpose()?,
    })
}

/// The thread to go on with: `Some(None)` opens one.
fn thread(request: &ChatRequest) -> Result<Option<Option<&str>>> {
    Ok(request.conversation_with(NAME)?.map(|conversation| conversation.get("thread_id")))
}

fn model_options<'a>(config: &GigaChatConfig, request: &'a ChatRequest) -> Result<Option<wire::ModelOptions<'a>>> {
    let (temperature, top_p) = sampling(request);
    let options = wire::ModelOptions {
        temperature,
        top_p,
        max_tokens: request.max_tokens,
        update_interval: config.update_interval,
        reasoning: request.reasoning_effort.as_ref().map(|effort| wire::Reasoning { effort: effort.as_str() }),
        response_format: request.response_format.as_ref().map(response_format).transpose()?,
    };
    Ok((options != wire::ModelOptions::default()).then_some(options))
}

fn response_format(format: &ResponseFormat) -> Result<wire::ResponseFormat<'_>> {
    match format {
        ResponseFormat::Text => Ok(wire::ResponseFormat::Text),
        ResponseFormat::JsonSchema { schema, strict, .. } => {
            Ok(wire::ResponseFormat::JsonSchema { schema, strict: *strict })
        }
        _ => Err(invalid("response_format: gigachat has text and json_schema")),
    }
}

fn message<'a>(turn: &'a Turn<'a>, names: &Names, tool_role: bool) -> Result<wire::Message<'a>> {
    match turn {
        Turn::Said(i, message) => {
            let mut content = texts(message);
            let files = attachments(*i, message)?;
            if !files.is_empty() {
                content.push(wire::Part::Files(files.into_iter().map(|id| wire::FileId { id }).collect()));
            }
            Ok(wire::Message { role: message.role.as_str(), content, tools_state_id: None })
        }
        Turn::Called { call, said } => {
            let mut content = said.map(texts).unwrap_or_default();
            let name = names.sent(&call.name);
            content.push(wire::Part::FunctionCall(FunctionCall { name, arguments: arguments(call)? }));
            Ok(wire::Message { role: "assistant", content, tools_state_id: state_id(call) })
        }
        Turn::Returned { call, result } => {
            let object = result_object(result);
            // The service takes a string of JSON under `function`; a stand of 2026-06 took the JSON
            // itself under `tool`.
            let (role, result) =
                if tool_role { ("tool", object) } else { ("function", Value::String(object.to_string())) };
            let part = wire::Part::FunctionResult(wire::FunctionResult { name: names.sent(&call.name), result });
            Ok(wire::Message { role, content: vec![part], tools_state_id: state_id(call) })
        }
    }
}

fn texts(message: &chatstream_core::Message) -> Vec<wire::Part<'_>> {
    let texts = message.content.iter().filter_map(|part| match part {
        Part::Text(text) => Some(wire::Part::Text(text)),
        _ => None,
    });
    texts.collect()
}

fn built_in(tool: &Tool) -> Option<&'static str> {
    let name = BUILT_IN.into_iter().find(|name| *name == tool.name);
    name.filter(|_| tool.parameters.is_none())
}

fn tools<'a>(tools: &'a [Tool], names: &Names) -> Result<Vec<wire::Tool<'a>>> {
    let specifications = functions::functions(tools.iter().filter(|tool| built_in(tool).is_none()), names)?;
    let functions = (!specifications.is_empty()).then_some(wire::Tool::Functions { specifications });
    let built_in = tools.iter().filter_map(built_in);
    let built_in = built_in.map(|name| wire::Tool::BuiltIn(BTreeMap::from([(name, wire::Empty {})])));
    Ok(functions.into_iter().chain(built_in).collect())
}

fn tool_config(choice: &ToolChoice, tools: &[Tool], names: &Names) -> Result<wire::ToolConfig> {
    let word = |mode| wire::ToolConfig { mode, function_name: None, tool_name: None };
    let Some(name) = functions::chosen(choice, tools)? else {
        return Ok(word(if *choice == ToolChoice::None { "none" } else { "auto" }));
    };
    let tool = tools.iter().find(|tool| tool.name == name);
    Ok(match tool.and_then(built_in) {
        Some(tool_name) => wire::ToolConfig { tool_name: Some(tool_name), ..word("forced") },
        None => wire::ToolConfig { function_name: Some(names.sent(name)), ..word("forced") },
    })
}
