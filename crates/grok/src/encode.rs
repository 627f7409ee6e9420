use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chatstream_core::{ChatRequest, Conversation, Endpoint, Message, Part, Result, Role, Source, Upload, invalid};
use chatstream_core::{prompt, random};
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, ORIGIN, REFERER, USER_AGENT};
use http::{HeaderValue, Method, Uri};
use serde_json::json;

use crate::auth::Grant;
use crate::config::{GrokConfig, NAME};
use crate::models;
use crate::wire::{Body, Named};

/// The id of a conversation in [`Conversation::ids`].
pub(crate) const CONVERSATION_ID: &str = "conversation_id";

/// The id of the model's last answer in [`Conversation::ids`].
pub(crate) const PARENT_RESPONSE_ID: &str = "parent_response_id";

/// The most files a message may carry, as the site's page has it.
const MOST_ATTACHMENTS: usize = 4;

/// Path and body of a chat call: a new conversation, or a follow-up.
///
/// # Errors
///
/// - [`InvalidRequest`](ErrorKind::InvalidRequest) for what the site does not have, by name.
pub(crate) fn chat(config: &GrokConfig, request: &ChatRequest) -> Result<(String, Bytes)> {
    refuse_unknown(request)?;
    let selection = models::select(config, request.model.as_deref().unwrap_or(&config.model))?;
    let going_on = request.conversation_with(NAME)?.map(ids).transpose()?.flatten();
    let (path, message, spoken) = match going_on {
        None => ("conversations/new".to_owned(), prompt::history(&request.messages)?, &request.messages[..]),
        Some((id, _)) => (
            format!("conversations/{}/responses", segment(id)?),
            prompt::last_user(&request.messages)?,
            last_turn(&request.messages),
        ),
    };
    let attachments = attachments(spoken)?;
    let body = Body {
        temporary: going_on.is_none().then_some(config.private),
        model: Named {
            model_name: selection.model_name.as_deref(),
            model_mode: selection.model_mode.as_deref(),
            mode_id: selection.mode_id.as_deref(),
            is_reasoning: selection.is_reasoning,
        },
        message: &message,
        file_attachments: &attachments,
        image_attachments: &[],
        disable_search: !config.search,
        enable_image_generation: config.images,
        return_image_bytes: false,
        return_raw_grok_in_xai_request: false,
        enable_image_streaming: true,
        image_generation_count: config.image_count,
        force_concise: config.concise,
        tool_overrides: &config.tools,
        // Two answers at once would have to be told apart; nobody here could choose between them.
        enable_side_by_side: false,
        send_final_metadata: true,
        custom_instructions: &config.instructions,
        deepsearch_preset: config.deep_search.as_str(),
        parent_response_id: going_on.and_then(|(_, parent)| parent),
    };
    Ok((path, request.to_json(&body)?))
}

/// The ids of a conversation that has begun: its own and, where known, the answer to follow.
fn ids(conversation: &Conversation) -> Result<Option<(&str, Option<&str>)>> {
    let id = conversation.get(CONVERSATION_ID);
    let parent = conversation.get(PARENT_RESPONSE_ID);
    if id.is_none() && parent.is_some() {
        return Err(invalid("conversation: it has no conversation_id"));
    }
    Ok(id.map(|id| (id, parent)))
}

/// Refuses by name what the site does not have.
fn refuse_unknown(request: &ChatRequest) -> Result<()> {
    if let Some(name) = request.set_fields().next() {
        return Err(invalid(format!("{name}: grok.com has no such thing")));
    }
    for (i, message) in request.messages.iter().enumerate() {
        if message.name.is_some() {
            return Err(invalid(format!("messages[{i}].name: grok.com names no speakers")));
        }
        if !message.tool_calls.is_empty() {
            return Err(invalid(format!("messages[{i}].tool_calls: grok.com calls no functions")));
        }
    }
    Ok(())
}

/// The user's messages at the end.
fn last_turn(messages: &[Message]) -> &[Message] {
    let from = messages.iter().rposition(|message| message.role != Role::User).map_or(0, |last| last + 1);
    &messages[from..]
}

/// The ids of the files that these messages carry.
fn attachments(messages: &[Message]) -> Result<Vec<&str>> {
    let mut ids = Vec::new();
    for (i, part) in
        messages.iter().enumerate().flat_map(|(i, message)| message.content.iter().map(move |part| (i, part)))
    {
        let source = match part {
            Part::Text(_) => continue,
            Part::Image(image) if image.detail.is_some() => {
                return Err(invalid(format!("messages[{i}]: grok.com has no detail of pictures")));
            }
            Part::Image(image) => &image.source,
            Part::File(file) => &file.source,
            _ => return Err(invalid(format!("messages[{i}]: this kind of content is not known here"))),
        };
        match source {
            Source::Id(id) => ids.push(id.as_str()),
            _ => return Err(invalid(format!("messages[{i}]: a picture or file goes by its id, upload it first"))),
        }
    }
    if ids.len() > MOST_ATTACHMENTS {
        return Err(invalid(format!("{} attachments: grok.com takes {MOST_ATTACHMENTS} at the most", ids.len())));
    }
    Ok(ids)
}

/// A call of the site, with the session.
pub(crate) fn call(
    endpoint: &Endpoint,
    method: Method,
    path: &str,
    body: Option<&Bytes>,
    grant: &Grant,
) -> Result<http::Request<Bytes>> {
    let mut request = get(endpoint.join(path)?, grant);
    *request.method_mut() = method;
    let origin = origin(request.uri());
    let headers = request.headers_mut();
    // What the site's own page sends with every call, but for what tells one browser from another.
    if let Some(origin) = origin {
        headers.insert(REFERER, HeaderValue::try_from(format!("{origin}/")).unwrap_or(HeaderValue::from_static("/")));
        if let Ok(origin) = HeaderValue::try_from(origin) {
            headers.insert(ORIGIN, origin);
        }
    }
    if let Ok(id) = HeaderValue::try_from(random::uuid()) {
        headers.insert("x-xai-request-id", id);
    }
    if let Some(body) = body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.body_mut() = body.clone();
    }
    Ok(request)
}

/// A request for what lies at this address, with the session where the address may see it.
pub(crate) fn get(uri: Uri, grant: &Grant) -> http::Request<Bytes> {
    let cookie = grant.cookie_header(&uri);
    let mut request = http::Request::new(Bytes::new());
    *request.uri_mut() = uri;
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    if let Some(cookie) = cookie {
        headers.insert(COOKIE, cookie);
        // The user agent belongs to the cookies: who does not see them has no use for it.
        if let Some(agent) = &grant.user_agent {
            headers.insert(USER_AGENT, agent.clone());
        }
    }
    request
}

fn origin(uri: &Uri) -> Option<String> {
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

/// The body of an upload.
pub(crate) fn upload(upload: &Upload) -> Bytes {
    let content = STANDARD.encode(&upload.data);
    json!({"fileName": upload.name, "fileMimeType": upload.media_type, "content": content}).to_string().into()
}

/// An id as one segment of a path: the site's ids need no escapes.
pub(crate) fn segment(id: &str) -> Result<&str> {
    let is_plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !is_plain {
        return Err(invalid(format!("{id:?} is no id of the site")).with_provider(NAME));
    }
    Ok(id)
}

/// A text as the value of a query.
pub(crate) fn query(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
