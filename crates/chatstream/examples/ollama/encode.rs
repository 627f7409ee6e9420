use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chatstream::core::{Endpoint, invalid};
use chatstream::{ChatRequest, Message, Part, ReasoningEffort, ResponseFormat, Result, Role, Source, Tool, ToolCall};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use serde_json::{Map, Value};

use crate::wire;

/// The request for an answer: streamed, or whole where that was asked for.
///
/// # Errors
///
/// - [`InvalidRequest`](chatstream::ErrorKind::InvalidRequest), which names what Ollama has not.
pub(crate) fn chat(
    endpoint: &Endpoint,
    default_model: &str,
    request: &ChatRequest,
    authorization: Option<&HeaderValue>,
) -> Result<http::Request<Bytes>> {
    let mut http = http::Request::new(body(default_model, request)?);
    *http.method_mut() = Method::POST;
    *http.uri_mut() = endpoint.join("api/chat")?;
    http.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(authorization) = authorization {
        http.headers_mut().insert(AUTHORIZATION, authorization.clone());
    }
    Ok(http)
}

fn body(default_model: &str, request: &ChatRequest) -> Result<Bytes> {
    if let Some(name) = request.set_fields().find(|name| matches!(*name, "tool_choice" | "parallel_tool_calls")) {
        return Err(invalid(format!("{name}: ollama has no such thing")));
    }
    if request.conversation.is_some() {
        return Err(invalid("conversation: ollama keeps none, send the history in messages"));
    }
    if request.messages.is_empty() {
        return Err(invalid("messages: is empty"));
    }
    let numbers = [
        ("temperature", request.temperature),
        ("top_p", request.top_p),
        ("frequency_penalty", request.frequency_penalty),
        ("presence_penalty", request.presence_penalty),
    ];
    if let Some((name, _)) = numbers.iter().find(|(_, number)| number.is_some_and(|number| !number.is_finite())) {
        return Err(invalid(format!("{name} is no finite number")));
    }
    let messages = request.messages.iter().enumerate();
    request.to_json(&wire::ChatRequest {
        model: request.model.as_deref().unwrap_or(default_model),
        messages: messages.map(|(i, message)| self::message(i, message, request)).collect::<Result<_>>()?,
        stream: !request.whole,
        tools: request.tools.iter().map(tool).collect::<Result<_>>()?,
        format: request.response_format.as_ref().map(format).transpose()?.flatten(),
        think: request.reasoning_effort.as_ref().map(think),
        options: wire::Options {
            temperature: request.temperature,
            top_p: request.top_p,
            num_predict: request.max_tokens,
            stop: &request.stop,
            seed: request.seed,
            frequency_penalty: request.frequency_penalty,
            presence_penalty: request.presence_penalty,
        },
    })
}

fn message<'a>(i: usize, message: &'a Message, request: &'a ChatRequest) -> Result<wire::Message<'a>> {
    if message.name.is_some() {
        return Err(invalid(format!("messages[{i}].name: ollama names no speakers")));
    }
    let (mut content, mut images) = (String::new(), Vec::new());
    for part in &message.content {
        match part {
            Part::Text(text) => content.push_str(text),
            Part::Image(image) => match &image.source {
                Source::Data { data, .. } => images.push(STANDARD.encode(data)),
                _ => return Err(invalid(format!("messages[{i}]: a picture goes by its bytes"))),
            },
            _ => return Err(invalid(format!("messages[{i}]: ollama takes text and pictures"))),
        }
    }
    Ok(wire::Message {
        role: message.role.as_str(),
        content,
        thinking: message.reasoning.as_deref(),
        images,
        tool_calls: message.tool_calls.iter().map(|call| tool_call(i, call)).collect::<Result<_>>()?,
        tool_name: tool_name(i, message, request)?,
        tool_call_id: message.tool_call_id.as_deref(),
    })
}

/// The function whose result a message is: models are told it by its name, which stands with the call.
fn tool_name<'a>(i: usize, message: &Message, request: &'a ChatRequest) -> Result<Option<&'a str>> {
    let Some(id) = &message.tool_call_id else {
        return match message.role {
            Role::Tool => Err(invalid(format!("messages[{i}].tool_call_id: a tool message has one"))),
            _ => Ok(None),
        };
    };
    let mut calls = request.messages[..i].iter().rev().flat_map(|message| &message.tool_calls);
    let call = calls.find(|call| call.id == *id);
    call.map(|call| Some(call.name.as_str()))
        .ok_or_else(|| invalid(format!("messages[{i}].tool_call_id: no earlier call has this id")))
}

fn tool_call(i: usize, call: &ToolCall) -> Result<wire::ToolCall<'_>> {
    let no_object = |error| {
        invalid(format!("messages[{i}].tool_calls: arguments of {} are no JSON object", call.name)).with_source(error)
    };
    let arguments: Map<String, Value> = serde_json::from_str(&call.arguments).map_err(no_object)?;
    Ok(wire::ToolCall {
        id: &call.id,
        function: wire::CalledFunction { name: &call.name, arguments: Value::Object(arguments) },
    })
}

fn tool(tool: &Tool) -> Result<wire::Tool<'_>> {
    if tool.strict.is_some() {
        return Err(invalid(format!("tools.strict: ollama has no such thing, but {} asks for it", tool.name)));
    }
    let (description, parameters) = (tool.description.as_deref(), tool.parameters.as_ref());
    Ok(wire::Tool { r#type: "function", function: wire::Function { name: &tool.name, description, parameters } })
}

fn format(format: &ResponseFormat) -> Result<Option<&Value>> {
    static JSON: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| Value::from("json"));
    match format {
        ResponseFormat::Text => Ok(None),
        ResponseFormat::JsonObject => Ok(Some(&JSON)),
        ResponseFormat::JsonSchema { schema, .. } => Ok(Some(schema)),
        _ => Err(invalid("response_format: this kind is not known here")),
    }
}

/// Models that think in one way only take `true`: `extra("think", true)`.
fn think(effort: &ReasoningEffort) -> Value {
    match effort {
        ReasoningEffort::None => Value::Bool(false),
        effort => Value::from(effort.as_str()),
    }
}
