use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chatstream_core::{
    ChatRequest, Endpoint, ImageInput, Message, Part, ResponseFormat, Result, Role, Source, Tool, ToolChoice, invalid,
};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use serde_json::Value;

use crate::wire;

/// The request for an answer: streamed, or whole where that was asked for.
pub(crate) fn chat(
    endpoint: &Endpoint,
    default_model: &str,
    stream_usage: bool,
    request: &ChatRequest,
    authorization: &HeaderValue,
) -> Result<http::Request<Bytes>> {
    let body = completion(default_model, stream_usage, request)?;
    let accept = if request.whole { "application/json" } else { "text/event-stream" };
    build(endpoint, Method::POST, "chat/completions", Some(body), accept, authorization)
}

/// A call of any endpoint.
pub(crate) fn call(
    endpoint: &Endpoint,
    method: Method,
    path: &str,
    body: Option<&Value>,
    authorization: &HeaderValue,
) -> Result<http::Request<Bytes>> {
    build(endpoint, method, path, body.map(Value::to_string).map(Bytes::from), "application/json", authorization)
}

fn build(
    endpoint: &Endpoint,
    method: Method,
    path: &str,
    body: Option<Bytes>,
    accept: &'static str,
    authorization: &HeaderValue,
) -> Result<http::Request<Bytes>> {
    let mut request = http::Request::new(Bytes::new());
    *request.method_mut() = method;
    *request.uri_mut() = endpoint.join(path)?;
    let headers = request.headers_mut();
    // With those that the transport adds.
    headers.reserve(8);
    headers.insert(AUTHORIZATION, authorization.clone());
    headers.insert(ACCEPT, HeaderValue::from_static(accept));
    if let Some(body) = body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.body_mut() = body;
    }
    Ok(request)
}

fn completion(default_model: &str, stream_usage: bool, request: &ChatRequest) -> Result<Bytes> {
    if request.messages.is_empty() {
        return Err(invalid("messages is empty"));
    }
    if request.conversation.is_some() {
        return Err(invalid("conversation: chat completions keep none, send the history in messages"));
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
    let body = wire::ChatCompletionRequest {
        model: request.model.as_deref().unwrap_or(default_model),
        messages: messages.map(|(i, message)| self::message(i, message)).collect::<Result<_>>()?,
        stream: !request.whole,
        stream_options: (stream_usage && !request.whole).then_some(wire::StreamOptions { include_usage: true }),
        temperature: request.temperature,
        top_p: request.top_p,
        max_completion_tokens: request.max_tokens,
        stop: &request.stop,
        seed: request.seed,
        frequency_penalty: request.frequency_penalty,
        presence_penalty: request.presence_penalty,
        tools: request.tools.iter().map(tool).collect(),
        tool_choice: request.tool_choice.as_ref().map(tool_choice).transpose()?,
        parallel_tool_calls: request.parallel_tool_calls,
        response_format: request.response_format.as_ref().map(response_format).transpose()?,
        reasoning_effort: request.reasoning_effort.as_ref().map(|effort| effort.as_str()),
    };
    request.to_json(&body)
}

fn message(i: usize, message: &Message) -> Result<wire::Message<'_>> {
    if message.name.is_some() && message.role != Role::User {
        // Sent with other roles it has been refused: BerriAI/litellm issue 9720.
        return Err(invalid(format!("messages[{i}].name: only a user message can have one")));
    }
    if (message.role == Role::Tool) != message.tool_call_id.is_some() {
        return Err(invalid(format!("messages[{i}].tool_call_id: a tool message has one, and no other does")));
    }
    if message.role != Role::Assistant && (!message.tool_calls.is_empty() || message.reasoning.is_some()) {
        return Err(invalid(format!("messages[{i}]: only an assistant message has tool_calls and reasoning")));
    }
    Ok(wire::Message {
        role: message.role.as_str(),
        content: content(i, &message.content)?,
        name: message.name.as_deref(),
        reasoning_content: message.reasoning.as_deref(),
        tool_calls: message
            .tool_calls
            .iter()
            .map(|call| wire::ToolCall {
                id: &call.id,
                r#type: "function",
                function: wire::CalledFunction { name: &call.name, arguments: &call.arguments },
            })
            .collect(),
        tool_call_id: message.tool_call_id.as_deref(),
    })
}

/// One text alone is sent as a string, which every server of the dialect takes.
fn content(i: usize, parts: &[Part]) -> Result<wire::Content<'_>> {
    match parts {
        [] => Ok(wire::Content::Text("")),
        [Part::Text(text)] => Ok(wire::Content::Text(text)),
        parts => parts.iter().map(|part| self::part(i, part)).collect::<Result<_>>().map(wire::Content::Parts),
    }
}

fn part(i: usize, part: &Part) -> Result<wire::Part<'_>> {
    match part {
        Part::Text(text) => Ok(wire::Part::Text { text }),
        Part::Image(image) => Ok(wire::Part::ImageUrl {
            image_url: wire::ImageUrl { url: image_url(i, image)?, detail: image.detail.as_deref() },
        }),
        Part::File(file) => match &file.source {
            Source::Id(id) => Ok(wire::Part::File { file: wire::File::FileId(id) }),
            Source::Url(url) => Ok(wire::Part::File { file: wire::File::Url(url) }),
            _ => Err(invalid(format!("messages[{i}]: a file goes by its id or its URL, upload it first"))),
        },
        _ => Err(invalid(format!("messages[{i}]: this kind of content is not known here"))),
    }
}

fn image_url(i: usize, image: &ImageInput) -> Result<Cow<'_, str>> {
    match &image.source {
        Source::Url(url) => Ok(Cow::Borrowed(url)),
        Source::Data { media_type, data } => {
            Ok(Cow::Owned(format!("data:{media_type};base64,{}", STANDARD.encode(data))))
        }
        _ => Err(invalid(format!("messages[{i}]: a picture goes by its URL or its bytes"))),
    }
}

fn tool(tool: &Tool) -> wire::Tool<'_> {
    wire::Tool {
        r#type: "function",
        function: wire::Function {
            name: &tool.name,
            description: tool.description.as_deref(),
            parameters: tool.parameters.as_ref(),
            strict: tool.strict,
        },
    }
}

fn tool_choice(choice: &ToolChoice) -> Result<wire::ToolChoice<'_>> {
    Ok(match choice {
        ToolChoice::Auto => wire::ToolChoice::Word("auto"),
        ToolChoice::None => wire::ToolChoice::Word("none"),
        ToolChoice::Required => wire::ToolChoice::Word("required"),
        ToolChoice::Tool(name) => {
            wire::ToolChoice::Function { r#type: "function", function: wire::NamedFunction { name } }
        }
        _ => return Err(invalid("tool_choice: this kind is not known here")),
    })
}

fn response_format(format: &ResponseFormat) -> Result<wire::ResponseFormat<'_>> {
    Ok(match format {
        ResponseFormat::Text => wire::ResponseFormat::Text,
        ResponseFormat::JsonObject => wire::ResponseFormat::JsonObject,
        ResponseFormat::JsonSchema { name, schema, strict } => {
            wire::ResponseFormat::JsonSchema { json_schema: wire::JsonSchema { name, schema, strict: *strict } }
        }
        _ => return Err(invalid("response_format: this kind is not known here")),
    })
}

#[cfg(test)]
mod tests;
