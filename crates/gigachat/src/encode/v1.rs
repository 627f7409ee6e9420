use std::borrow::Cow;

use bytes::Bytes;
use chatstream_core::{ChatRequest, ResponseFormat, Result, Role, ToolChoice, invalid};

use super::functions::{self, Names};
use super::{Turn, arguments, attachments, refuse_unknown, result_object, sampling, state_id, text, turns};
use crate::config::GigaChatConfig;
use crate::wire::v1 as wire;

/// The body of a chat.
pub(crate) fn body(config: &GigaChatConfig, request: &ChatRequest) -> Result<Bytes> {
    refuse_unknown(request)?;
    if request.conversation.is_some() {
        return Err(invalid("conversation: threads are of version 2, here the history goes into messages"));
    }
    let names = Names::new(&request.tools);
    let (temperature, top_p) = sampling(request);
    request.to_json(&wire::Request {
        model: request.model.as_deref().unwrap_or(&config.model),
        messages: turns(&request.messages)?.iter().map(|turn| message(turn, &names)).collect::<Result<_>>()?,
        stream: !request.whole,
        temperature,
        top_p,
        max_tokens: request.max_tokens,
        update_interval: config.update_interval,
        profanity_check: config.profanity_check,
        functions: functions::functions(request.tools.iter(), &names)?,
        function_call: function_call(request, &names)?,
        response_format: request.response_format.as_ref().map(response_format).transpose()?,
        reasoning_effort: request.reasoning_effort.as_ref().map(|effort| effort.as_str()),
    })
}

fn message<'a>(turn: &'a Turn<'a>, names: &Names) -> Result<wire::Message<'a>> {
    match turn {
        Turn::Said(i, message) => Ok(wire::Message {
            role: message.role.as_str(),
            content: text(*i, message)?,
            attachments: attachments(*i, message)?,
            reasoning_content: message.reasoning.as_deref().filter(|_| message.role == Role::Assistant),
            ..wire::Message::default()
        }),
        Turn::Called { call, said } => Ok(wire::Message {
            role: "assistant",
            content: said.map(|said| text(0, said)).transpose()?.unwrap_or_default(),
            function_call: Some(wire::FunctionCall { name: names.sent(&call.name), arguments: arguments(call)? }),
            functions_state_id: state_id(call),
            ..wire::Message::default()
        }),
        Turn::Returned { call, result } => Ok(wire::Message {
            role: "function",
            content: Cow::Owned(result_object(result).to_string()),
            name: Some(names.sent(&call.name)),
            ..wire::Message::default()
        }),
    }
}

/// Functions that are offered are offered to be called: the service's own default is not to.
fn function_call(request: &ChatRequest, names: &Names) -> Result<Option<wire::FunctionChoice>> {
    let Some(choice) = &request.tool_choice else {
        return Ok((!request.tools.is_empty()).then_some(wire::FunctionChoice::Word("auto")));
    };
    if let Some(name) = functions::chosen(choice, &request.tools)? {
        return Ok(Some(wire::FunctionChoice::Name { name: names.sent(name) }));
    }
    Ok(Some(wire::FunctionChoice::Word(if *choice == ToolChoice::None { "none" } else { "auto" })))
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
