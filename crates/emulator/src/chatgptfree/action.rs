//! What is asked of the site beside its pages.

use bytes::Bytes;
use http::request::Parts;

use crate::form::Form;

/// What a request wants, by its field `action`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Plugin 1: an answer.
    Chat,
    /// Plugin 2: a nonce that no cache has seen.
    FreshNonce,
    /// Plugin 2: a message is handed in, which is answered by the next call.
    HandIn,
    /// Plugin 2: the answer to it.
    Stream,
    /// Plugin 2, until 2.4: a message and its whole answer.
    Message,
}

impl Action {
    fn of(name: &str) -> Option<Self> {
        match name {
            "wpaicg_chat_shortcode_message" | "wpaicg_chatbox_message" => Some(Self::Chat),
            "aipkit_get_frontend_chat_nonce" => Some(Self::FreshNonce),
            "aipkit_cache_sse_message" => Some(Self::HandIn),
            "aipkit_frontend_chat_stream" => Some(Self::Stream),
            "aipkit_frontend_chat_message" => Some(Self::Message),
            _ => None,
        }
    }
}

/// A request taken apart.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Nothing if nobody is there for it.
    pub(super) action: Option<Action>,
    pub(super) query: Form,
    pub(super) body: Form,
}

impl Asked {
    /// What is in the body goes before what is in the address, as in PHP's `$_REQUEST`.
    pub(super) fn read(head: &Parts, body: &Bytes) -> Self {
        let query = Form::of_text(head.uri.query().unwrap_or_default());
        let body = Form::of_body(&head.headers, body);
        let action = body.get("action").or_else(|| query.get("action")).and_then(Action::of);
        Self { action, query, body }
    }
}
