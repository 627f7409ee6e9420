//! The paths of the service.

use http::Method;

/// What a path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    Home,
    SignIn,
    Session,
    Asset(&'a str),
    /// A new conversation.
    New,
    Conversations,
    Conversation(&'a str),
    ConversationV2(&'a str),
    /// What was said in a conversation; and, posted to, what is said next.
    Responses(&'a str),
    ResponseNode(&'a str),
    LoadResponses(&'a str),
    Delete(&'a str),
    Share(&'a str),
    ShareLinks,
    Upload,
    RateLimits,
    Modes,
    Models,
}

impl<'a> Route<'a> {
    pub(super) fn of(path: &'a str) -> Option<Self> {
        if let Some(path) = path.strip_prefix("/assets/").filter(|path| !path.is_empty()) {
            return Some(Self::Asset(path));
        }
        match path {
            "" | "/" => return Some(Self::Home),
            "/sign-in" => return Some(Self::SignIn),
            "/api/auth/session" => return Some(Self::Session),
            "/rest/rate-limits" => return Some(Self::RateLimits),
            "/rest/modes" => return Some(Self::Modes),
            "/rest/models" => return Some(Self::Models),
            _ => {}
        }
        let parts = path.strip_prefix("/rest/app-chat/")?.split('/').collect::<Vec<_>>();
        if parts.contains(&"") {
            return None;
        }
        match parts.as_slice() {
            ["conversations"] => Some(Self::Conversations),
            ["conversations", "new"] => Some(Self::New),
            ["conversations", "soft", id] => Some(Self::Delete(id)),
            ["conversations", id] => Some(Self::Conversation(id)),
            ["conversations", id, "responses"] => Some(Self::Responses(id)),
            ["conversations", id, "response-node"] => Some(Self::ResponseNode(id)),
            ["conversations", id, "load-responses"] => Some(Self::LoadResponses(id)),
            ["conversations", id, "share"] => Some(Self::Share(id)),
            ["conversations_v2", id] => Some(Self::ConversationV2(id)),
            ["share_links"] => Some(Self::ShareLinks),
            ["upload-file"] => Some(Self::Upload),
            _ => None,
        }
    }

    /// Whether this is for browsers.
    pub(super) fn is_page(self) -> bool {
        matches!(self, Self::Home | Self::SignIn)
    }

    /// Whether a request with this method can be answered.
    pub(super) fn takes(self, method: &Method) -> bool {
        match self {
            Self::SignIn | Self::Responses(_) => method == Method::GET || method == Method::POST,
            Self::Conversation(_) => method == Method::PUT,
            Self::Delete(_) => method == Method::DELETE,
            Self::Home
            | Self::Session
            | Self::Asset(_)
            | Self::Conversations
            | Self::ConversationV2(_)
            | Self::ResponseNode(_)
            | Self::ShareLinks => method == Method::GET,
            Self::New
            | Self::LoadResponses(_)
            | Self::Share(_)
            | Self::Upload
            | Self::RateLimits
            | Self::Modes
            | Self::Models => method == Method::POST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_is_no_conversation_and_assets_have_folders() {
        let chat = |rest: &str| ["/rest/app-chat/", rest].concat();
        assert_eq!(Route::of(&chat("conversations/new")), Some(Route::New));
        assert_eq!(Route::of(&chat("conversations/1/responses")), Some(Route::Responses("1")));
        assert_eq!(Route::of("/assets/users/1/content"), Some(Route::Asset("users/1/content")));
        for path in ["/assets/", "/rest", "/rest/app-chat/", "/rest/app-chat/conversations/", "/rest/app-chat/new"] {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }
}
