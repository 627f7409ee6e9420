use bytes::Bytes;
use chatstream_core::{ChatRequest, Conversation, Error, ErrorKind, Part, Result, invalid, prompt, random};
use http::header::{ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_TYPE, ORIGIN, REFERER};
use http::{HeaderValue, Method, Uri};

use crate::auth::Grant;
use crate::config::{MODEL_ALIASES, MODELS, NAME};
use crate::page::Chat;

mod form;

use form::Form;

/// The id of a v2 conversation in [`Conversation::ids`].
pub(crate) const CONVERSATION_UUID: &str = "conversation_uuid";

/// The visitor whom a v2 conversation belongs to, in [`Conversation::ids`].
pub(crate) const SESSION_ID: &str = "session_id";

/// The answer that a conversation held by OpenAI goes on from, in [`Conversation::ids`].
pub(crate) const PREVIOUS_RESPONSE: &str = "previous_openai_response_id";

/// Refuses by name what no site with the plugin has.
///
/// # Errors
///
/// - [`InvalidRequest`](ErrorKind::InvalidRequest), which names the field.
pub(crate) fn check(request: &ChatRequest) -> Result<()> {
    let model = request.model.as_deref().unwrap_or_default();
    let is_known =
        model.is_empty() || MODELS.contains(&model) || MODEL_ALIASES.iter().any(|(alias, _)| *alias == model);
    if !is_known {
        let known = MODELS.iter().chain(MODEL_ALIASES.iter().map(|(alias, _)| alias)).copied().collect::<Vec<_>>();
        return Err(invalid(format!("model: {model} is not supported by {NAME}; known are {}", known.join(", "))));
    }
    if let Some(name) = request.set_fields().next() {
        return Err(invalid(format!("{name}: {NAME} has no such thing, the site's bot decides")));
    }
    for (i, message) in request.messages.iter().enumerate() {
        if message.name.is_some() {
            return Err(invalid(format!("messages[{i}].name: {NAME} names no speakers")));
        }
        if !message.tool_calls.is_empty() {
            return Err(invalid(format!("messages[{i}].tool_calls: {NAME} calls no functions")));
        }
        if message.content.iter().any(|part| !matches!(part, Part::Text(_))) {
            return Err(invalid(format!("messages[{i}]: {NAME} takes text only")));
        }
    }
    request.conversation_with(NAME).map(|_| ())
}

/// The request for the page with the chat.
pub(crate) fn page(address: &Uri, is_refresh: bool) -> http::Request<Bytes> {
    let mut request = http::Request::new(Bytes::new());
    *request.uri_mut() = address.clone();
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("text/html"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if is_refresh {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
    request
}

/// The message to a v1 site: the whole history as one text, which is all such a site takes.
///
/// # Errors
///
/// - [`InvalidRequest`](ErrorKind::InvalidRequest) when there is no text, or a conversation to go on with:
///   v1 has none.
pub(crate) fn v1(request: &ChatRequest, grant: &Grant) -> Result<http::Request<Bytes>> {
    if request.conversation.as_ref().is_some_and(|conversation| !conversation.ids.is_empty()) {
        return Err(invalid("conversation: this site runs v1 of the plugin, which has none"));
    }
    let chat = &grant.chat;
    let action = if chat.is_widget { "wpaicg_chatbox_message" } else { "wpaicg_chat_shortcode_message" };
    let identity = match chat.bot_id.as_str() {
        "0" if chat.is_widget => "widget".to_owned(),
        "0" => "shortcode".to_owned(),
        bot => format!("custom_bot_{bot}"),
    };
    let site = chat.home_url.clone().or_else(|| origin(&grant.page)).unwrap_or_default();
    let form = Form::default()
        .field("_wpnonce", grant.nonce.expose())
        .field("post_id", &chat.post_id)
        .field("url", &site)
        .field("action", action)
        .field("message", &prompt::history(&request.messages)?)
        .field("bot_id", &chat.bot_id)
        .field("chatbot_identity", &identity)
        .field("wpaicg_chat_client_id", &grant.client_id)
        // The whole history is in the message: told twice it would be answered twice.
        .field("wpaicg_chat_history", "[]")
        .field("chat_id", &element_id())
        .extra(&request.extra);
    Ok(post(&grant.ajax, &grant.page, &form))
}

/// Which conversation of a v2 site a message belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Talk {
    uuid: String,
    session_id: String,
    previous_response: Option<String>,
    /// Whether the site knows it already, and keeps its history.
    is_going_on: bool,
}

impl Talk {
    /// The conversation of a request, or a new one of this visitor.
    pub(crate) fn of(request: &ChatRequest, grant: &Grant) -> Self {
        let ids = request.conversation.as_ref();
        let id = |name| ids.and_then(|ids| ids.get(name)).map(str::to_owned);
        let uuid = id(CONVERSATION_UUID);
        Self {
            is_going_on: uuid.is_some(),
            uuid: uuid.unwrap_or_else(random::uuid),
            session_id: id(SESSION_ID).unwrap_or_else(|| grant.session_id.clone()),
            previous_response: id(PREVIOUS_RESPONSE),
        }
    }

    /// What to go on with.
    pub(crate) fn conversation(&self) -> Conversation {
        let conversation = Conversation::new(NAME).id(CONVERSATION_UUID, &self.uuid).id(SESSION_ID, &self.session_id);
        match &self.previous_response {
            Some(id) => conversation.id(PREVIOUS_RESPONSE, id),
            None => conversation,
        }
    }
}

/// The message to a v2 site: of a conversation that it knows only the user's last words.
///
/// # Errors
///
/// - [`InvalidRequest`](ErrorKind::InvalidRequest) when there is no text.
pub(crate) fn v2_message(request: &ChatRequest, grant: &Grant, talk: &Talk) -> Result<http::Request<Bytes>> {
    let message =
        if talk.is_going_on { prompt::last_user(&request.messages)? } else { prompt::history(&request.messages)? };
    let form = Form::default()
        .field("action", "aipkit_cache_sse_message")
        .field("message", &message)
        .field("_ajax_nonce", grant.nonce.expose())
        .field("bot_id", &grant.chat.bot_id)
        .field("user_client_message_id", &format!("aipkit-client-msg-{}", random::uuid()))
        .extra(&request.extra);
    Ok(post(&grant.ajax, &grant.page, &form))
}

/// The request for the answer to a v2 message, by the key that the site keeps it under.
///
/// # Errors
///
/// - [`Unexpected`](ErrorKind::Unexpected) when an id of the page makes no address.
pub(crate) fn v2_stream(grant: &Grant, talk: &Talk, cache_key: &str) -> Result<http::Request<Bytes>> {
    let mut query = Form::default()
        .field("action", "aipkit_frontend_chat_stream")
        .field("cache_key", cache_key)
        .field("bot_id", &grant.chat.bot_id)
        .field("session_id", &talk.session_id)
        .field("conversation_uuid", &talk.uuid)
        .field("post_id", &grant.chat.post_id)
        .field("_ts", &grant.now.as_millis().to_string())
        .field("_ajax_nonce", grant.nonce.expose());
    if let Some(id) = &talk.previous_response {
        query = query.field(PREVIOUS_RESPONSE, id);
    }
    let separator = if grant.ajax.query().is_some() { '&' } else { '?' };
    let address =
        format!("{}{separator}{}", grant.ajax, query.encode()).parse().map_err(|error: http::uri::InvalidUri| {
            Error::new(ErrorKind::Unexpected, "address of the answer is malformed").with_source(error)
        })?;
    let mut request = http::Request::new(Bytes::new());
    *request.uri_mut() = address;
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    with_page(&mut request, &grant.page);
    Ok(request)
}

/// The request for a nonce of a v2 site.
pub(crate) fn nonce(ajax: &Uri, page: &Uri, chat: &Chat) -> http::Request<Bytes> {
    let form = Form::default()
        .field("action", "aipkit_get_frontend_chat_nonce")
        .field("bot_id", &chat.bot_id)
        .field("post_id", &chat.post_id);
    post(ajax, page, &form)
}

fn post(address: &Uri, page: &Uri, form: &Form) -> http::Request<Bytes> {
    let mut request = http::Request::new(Bytes::from(form.encode()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = address.clone();
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    with_page(&mut request, page);
    request
}

/// What tells the site that a call comes from its own page: v2 checks the origin, WordPress builds its "try
/// again" link of the referrer.
fn with_page(request: &mut http::Request<Bytes>, page: &Uri) {
    let headers = request.headers_mut();
    if let Ok(page) = HeaderValue::try_from(page.to_string()) {
        headers.insert(REFERER, page);
    }
    if let Some(origin) = origin(page).and_then(|origin| HeaderValue::try_from(origin).ok()) {
        headers.insert(ORIGIN, origin);
    }
}

fn origin(uri: &Uri) -> Option<String> {
    Some(format!("{}://{}", uri.scheme_str()?, uri.authority()?))
}

/// The id of an element of the page, 1 to 100000: the site gives it back, and nobody here needs it.
fn element_id() -> String {
    let digits = random::uuid()[..8].to_owned();
    (u32::from_str_radix(&digits, 16).unwrap_or_default() % 100_000 + 1).to_string()
}

#[cfg(test)]
mod tests;
