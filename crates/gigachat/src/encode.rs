use std::borrow::Cow;

use bytes::Bytes;
use chatstream_core::{
    ChatRequest, Endpoint, Error, ErrorKind, Message, Part, Result, Role, Source, ToolCall, invalid,
};
use http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

use crate::auth::Grant;
use crate::config::{GigaChatConfig, NAME};

pub(crate) mod functions;
mod multipart;
pub(crate) mod v1;
pub(crate) mod v2;

pub(crate) use multipart::form;

/// The headers that the settings add to every call of the API.
///
/// # Errors
///
/// - [`Config`](ErrorKind::Config) when an id is no header value.
pub(crate) fn headers(config: &GigaChatConfig) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    let ids = [
        ("x-request-id", &config.request_id),
        ("x-session-id", &config.session_id),
        ("x-client-id", &config.client_id),
    ];
    for (name, id) in ids {
        let Some(id) = id else { continue };
        let value = HeaderValue::from_str(id)
            .map_err(|error| Error::new(ErrorKind::Config, format!("{name} is no header value")).with_source(error))?;
        headers.insert(name, value);
    }
    Ok(headers)
}

/// What a call carries.
pub(crate) enum Payload {
    None,
    Json(Bytes),
    Form { content_type: HeaderValue, body: Bytes },
    Lines(Bytes),
}

/// A call of the API.
pub(crate) fn call(
    endpoint: &Endpoint,
    method: Method,
    path: &str,
    payload: &Payload,
    accept: &'static str,
    headers: &HeaderMap,
    grant: &Grant,
) -> Result<http::Request<Bytes>> {
    let mut request = http::Request::new(Bytes::new());
    *request.method_mut() = method;
    *request.uri_mut() = endpoint.join(path)?;
    let own = request.headers_mut();
    own.clone_from(headers);
    own.insert(ACCEPT, HeaderValue::from_static(accept));
    if accept == EVENT_STREAM {
        own.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Some(authorization) = &grant.header {
        own.insert(AUTHORIZATION, authorization.clone());
    }
    let (content_type, body) = match payload {
        Payload::None => return Ok(request),
        Payload::Json(body) => (HeaderValue::from_static("application/json"), body),
        Payload::Form { content_type, body } => (content_type.clone(), body),
        Payload::Lines(body) => (HeaderValue::from_static("application/octet-stream"), body),
    };
    own.insert(CONTENT_TYPE, content_type);
    *request.body_mut() = body.clone();
    Ok(request)
}

/// What a streamed answer is asked for as.
pub(crate) const EVENT_STREAM: &str = "text/event-stream";

/// Refuses by name what neither version of the service has.
fn refuse_unknown(request: &ChatRequest) -> Result<()> {
    let unknown = [
        ("frequency_penalty", request.frequency_penalty.is_some()),
        ("presence_penalty", request.presence_penalty.is_some()),
        ("seed", request.seed.is_some()),
        ("stop", !request.stop.is_empty()),
        ("parallel_tool_calls", request.parallel_tool_calls == Some(true)),
    ];
    if let Some((name, _)) = unknown.iter().find(|(_, is_set)| *is_set) {
        return Err(invalid(format!("{name}: gigachat has no such thing")));
    }
    let numbers = [("temperature", request.temperature), ("top_p", request.top_p)];
    if let Some((name, _)) = numbers.iter().find(|(_, number)| number.is_some_and(|it| !it.is_finite() || it < 0.0)) {
        return Err(invalid(format!("{name} is no number from 0 on")));
    }
    Ok(())
}

/// Temperature and `top_p` as the service takes them: it refuses a temperature of 0, which means the
/// most certain answer, and that is what a `top_p` of 0 gives.
fn sampling(request: &ChatRequest) -> (Option<f64>, Option<f64>) {
    match (request.temperature, request.top_p) {
        (Some(0.0), top_p) => (None, Some(top_p.unwrap_or(0.0))),
        sampling => sampling,
    }
}

/// The messages with every call beside its result: the service takes one call a message and wants
/// each to be followed by its result, so a turn with several is unrolled.
enum Turn<'a> {
    Said(usize, &'a Message),
    /// A call, with the text before it when it is the first of its message.
    Called {
        call: &'a ToolCall,
        said: Option<&'a Message>,
    },
    Returned {
        call: &'a ToolCall,
        result: Cow<'a, str>,
    },
}

fn turns(messages: &[Message]) -> Result<Vec<Turn<'_>>> {
    let mut turns = Vec::new();
    for (i, message) in messages.iter().enumerate() {
        match message.role {
            Role::Tool => {
                let is_answered = message.tool_call_id.as_deref().is_some_and(|id| {
                    messages[..i].iter().flat_map(|earlier| &earlier.tool_calls).any(|call| call.id == id)
                });
                if !is_answered {
                    return Err(invalid(format!("messages[{i}].tool_call_id: no earlier call has this id")));
                }
            }
            _ if message.tool_call_id.is_some() => {
                return Err(invalid(format!("messages[{i}].tool_call_id: only a tool message has one")));
            }
            Role::System if i > 0 => return Err(invalid(format!("messages[{i}]: one system message, and first"))),
            Role::Assistant if !message.tool_calls.is_empty() => {
                for (n, call) in message.tool_calls.iter().enumerate() {
                    let result = messages[i + 1..]
                        .iter()
                        .find(|later| later.role == Role::Tool && later.tool_call_id.as_deref() == Some(&call.id))
                        .ok_or_else(|| {
                            invalid(format!("messages[{i}].tool_calls[{n}]: the call has no result after it"))
                        })?;
                    turns.push(Turn::Called { call, said: (n == 0).then_some(message) });
                    turns.push(Turn::Returned { call, result: text(i, result)? });
                }
            }
            _ if !message.tool_calls.is_empty() => {
                return Err(invalid(format!("messages[{i}].tool_calls: only an assistant message has some")));
            }
            _ => turns.push(Turn::Said(i, message)),
        }
        if message.name.is_some() {
            return Err(invalid(format!("messages[{i}].name: gigachat names no speakers")));
        }
    }
    if turns.is_empty() {
        return Err(invalid("messages is empty"));
    }
    Ok(turns)
}

/// The text of a message, its pieces joined.
fn text(i: usize, message: &Message) -> Result<Cow<'_, str>> {
    match &message.content[..] {
        [] => Ok(Cow::Borrowed("")),
        [Part::Text(text)] => Ok(Cow::Borrowed(text)),
        parts => parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => Ok(text.as_str()),
                Part::Image(_) | Part::File(_) => Ok(""),
                _ => Err(invalid(format!("messages[{i}]: this kind of content is not known here"))),
            })
            .collect::<Result<String>>()
            .map(Cow::Owned),
    }
}

/// The ids of the files a message carries.
fn attachments(i: usize, message: &Message) -> Result<Vec<&str>> {
    let sources = message.content.iter().filter_map(|part| match part {
        Part::Image(image) => Some(&image.source),
        Part::File(file) => Some(&file.source),
        _ => None,
    });
    sources
        .map(|source| match source {
            Source::Id(id) => Ok(id.as_str()),
            _ => Err(invalid(format!("messages[{i}]: a picture or file goes by its id, upload it first"))),
        })
        .collect()
}

/// The arguments of a call as the object the service wants.
fn arguments(call: &ToolCall) -> Result<Value> {
    match serde_json::from_str(&call.arguments) {
        Ok(arguments @ Value::Object(_)) => Ok(arguments),
        _ if call.arguments.trim().is_empty() => Ok(Value::Object(serde_json::Map::new())),
        _ => Err(invalid(format!("arguments of the call {} are no JSON object", call.id))),
    }
}

/// The result of a call as the object the service wants: anything else is put under `result`.
fn result_object(result: &str) -> Value {
    match serde_json::from_str(result) {
        Ok(object @ Value::Object(_)) => object,
        Ok(other) => serde_json::json!({ "result": other }),
        Err(_) => serde_json::json!({ "result": result }),
    }
}

/// The state id of a call, which the parser handed out as the call's id; ids of our own making are
/// not the service's.
fn state_id(call: &ToolCall) -> Option<&str> {
    let is_uuid = call.id.len() == 36 && call.id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    is_uuid.then_some(call.id.as_str())
}

/// A name as one segment of a path: the service's ids and names need no escapes.
pub(crate) fn segment(name: &str) -> Result<&str> {
    let is_plain = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'));
    if !is_plain || name == "." || name == ".." {
        return Err(invalid(format!("{name:?} is no id or name of the service")).with_provider(NAME));
    }
    Ok(name)
}

#[cfg(test)]
mod tests;
