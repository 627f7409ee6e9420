use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chatstream_core::{BoxFuture, Conversation, Endpoint, Error, ErrorKind, Image, Outgoing, Result, Upload, invalid};
use http::{Method, Uri};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Grok, named};
use crate::config::NAME;
use crate::encode::{self, CONVERSATION_ID, PARENT_RESPONSE_ID, segment};
use crate::parse;
use crate::wire::{
    ConversationInfo, ConversationPage, LoadedResponse, LoadedResponses, ModelRateLimits, Modes, ResponseNode,
    ResponseNodes, Session, SessionInfo, SharedLink, SharedLinks, UploadedFile, V2,
};

impl Grok {
    /// Who is signed in (`GET /api/auth/session`): the cheapest check of the cookies.
    ///
    /// # Errors
    ///
    /// [`Unauthorized`](ErrorKind::Unauthorized) when nobody is.
    pub async fn session(&self) -> Result<SessionInfo> {
        let session: Session = self.site(Method::GET, "api/auth/session", None).await?;
        match (session.status.as_deref(), session.session) {
            (Some("authenticated") | None, Some(info)) => Ok(info),
            (status, _) => {
                let message = format!("the site answers that the session is {}", status.unwrap_or("missing"));
                Err(named(Error::new(ErrorKind::Unauthorized, message)))
            }
        }
    }

    /// How much of a model's quota is left. The name is the site's: a mode (`fast`, `auto`, …), or one
    /// of 2025 (`grok-3`).
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when there is no such model.
    pub async fn rate_limits(&self, model: &str) -> Result<ModelRateLimits> {
        self.site(Method::POST, "rest/rate-limits", Some(json!({"modelName": model}))).await
    }

    /// The same by the kind of request, as it was in 2025: `DEFAULT`, `REASONING`, `DEEPSEARCH` or
    /// `DEEPERSEARCH`.
    ///
    /// # Errors
    ///
    /// As [`rate_limits`](Self::rate_limits).
    pub async fn rate_limits_of(&self, model: &str, kind: &str) -> Result<ModelRateLimits> {
        self.site(Method::POST, "rest/rate-limits", Some(json!({"requestKind": kind, "modelName": model}))).await
    }

    /// The modes this account may ask for.
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries; so for all calls below.
    pub async fn modes(&self) -> Result<Modes> {
        self.site(Method::POST, "rest/modes", Some(json!({}))).await
    }

    /// A piece of the list of conversations, of at most `size`: the first one, or the one that
    /// `page_token` of the piece before asks for.
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries.
    pub async fn conversations(&self, size: u32, page_token: Option<&str>) -> Result<ConversationPage> {
        let token = page_token.map(|token| format!("&pageToken={}", encode::query(token))).unwrap_or_default();
        self.get(&format!("conversations?pageSize={size}{token}")).await
    }

    /// The title and state of a conversation.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when there is none of this id.
    pub async fn conversation(&self, id: &str) -> Result<ConversationInfo> {
        let path = format!("conversations_v2/{}?includeWorkspaces=true&includeTaskResult=true", segment(id)?);
        let answer: V2 = self.get(&path).await?;
        answer.conversation.ok_or_else(|| named(Error::new(ErrorKind::Parse, "answer holds no conversation")))
    }

    /// The turns of a conversation without their texts: a tree, because a turn may be followed by more
    /// than one.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when there is none of this id.
    pub async fn response_nodes(&self, id: &str) -> Result<Vec<ResponseNode>> {
        let path = format!("conversations/{}/response-node?includeThreads=true", segment(id)?);
        self.get(&path).await.map(|nodes: ResponseNodes| nodes.response_nodes)
    }

    /// The texts of turns of a conversation.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when there is none of these ids.
    pub async fn load_responses(&self, id: &str, response_ids: &[&str]) -> Result<Vec<LoadedResponse>> {
        let path = format!("conversations/{}/load-responses", segment(id)?);
        self.chat_call(Method::POST, &path, Some(json!({ "responseIds": response_ids })))
            .await
            .map(|loaded: LoadedResponses| loaded.responses)
    }

    /// What to go on with in a conversation: its id, and its newest answer.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when there is none of this id.
    pub async fn resume(&self, id: &str) -> Result<Conversation> {
        let nodes = self.response_nodes(id).await?;
        let conversation = Conversation::new(NAME).id(CONVERSATION_ID, id);
        let is_human = |node: &&ResponseNode| node.sender.as_deref().is_some_and(|it| it.eq_ignore_ascii_case("human"));
        // The site lists turns oldest first, so the last answer is the newest leaf.
        Ok(match nodes.iter().rev().find(|node| !is_human(node)) {
            Some(answer) => conversation.id(PARENT_RESPONSE_ID, &answer.response_id),
            None => conversation,
        })
    }

    /// Gives a conversation another title.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when there is none of this id.
    pub async fn rename(&self, id: &str, title: &str) -> Result<ConversationInfo> {
        self.chat_call(Method::PUT, &format!("conversations/{}", segment(id)?), Some(json!({ "title": title }))).await
    }

    /// Deletes a conversation; one that is not there counts as deleted.
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries.
    pub async fn delete(&self, id: &str) -> Result<()> {
        let path = format!("conversations/soft/{}", segment(id)?);
        match self.fetch(Method::DELETE, &self.0.chat, &path, None).await {
            Err(error) if error.status() != Some(http::StatusCode::NOT_FOUND) => Err(error),
            _ => Ok(()),
        }
    }

    /// Opens a conversation, up to one of its answers, to whoever has the link, and gives the link's
    /// address. Search engines are told not to list it.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when there is none of these ids.
    pub async fn share(&self, id: &str, response_id: &str) -> Result<String> {
        let path = format!("conversations/{}/share", segment(id)?);
        let body = json!({"responseId": response_id, "allowIndexing": false});
        let link: SharedLink = self.chat_call(Method::POST, &path, Some(body)).await?;
        if link.share_link_id.is_empty() {
            return Err(named(Error::new(ErrorKind::Parse, "answer holds no link")));
        }
        Ok(self.0.site.join(&format!("share/{}", link.share_link_id))?.to_string())
    }

    /// The links under which a conversation is open.
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries.
    pub async fn shared_links(&self, id: &str) -> Result<Vec<SharedLink>> {
        let path = format!("share_links?pageSize=100&conversationId={}", segment(id)?);
        self.get(&path).await.map(|links: SharedLinks| links.share_links)
    }

    /// Puts a file into the site's store, to be attached to messages with `FileInput::id`, four to a
    /// message.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when the site does not take it.
    pub async fn upload(&self, upload: &Upload) -> Result<UploadedFile> {
        let body = encode::upload(upload);
        let answer = self.fetch(Method::POST, &self.0.chat, "upload-file", Some(body)).await?;
        parse::json(&answer).map_err(named)
    }

    /// The bytes of a picture of an answer. The session goes along to the site's own hosts only.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when the picture's address is none.
    pub async fn download(&self, image: &Image) -> Result<Bytes> {
        if let Some(data) = image.url.strip_prefix("data:") {
            let bytes = data.split_once(";base64,").and_then(|(_, base64)| STANDARD.decode(base64).ok());
            return bytes.map(Bytes::from).ok_or_else(|| named(invalid("picture is no base64")));
        }
        let uri = self.address(&image.url)?;
        let auth = &self.0.auth;
        let request = || -> BoxFuture<'_, Result<Outgoing>> {
            let outgoing =
                auth.authorize().map(|grant| Outgoing::new(encode::get(uri.clone(), &grant)).grant(grant.number));
            Box::pin(std::future::ready(outgoing))
        };
        chatstream_core::fetch(self, request).await.map(|(_, body)| body)
    }

    /// The address of a picture: whole, or relative to the assets URL.
    fn address(&self, url: &str) -> Result<Uri> {
        let whole = url.parse::<Uri>().ok().filter(|uri| matches!(uri.scheme_str(), Some("https" | "http")));
        match whole {
            Some(uri) => Ok(uri),
            None => self.0.assets.join(url).map_err(named),
        }
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.chat_call(Method::GET, path, None).await
    }

    async fn chat_call<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<Value>) -> Result<T> {
        self.call(method, &self.0.chat, path, body).await
    }

    async fn site<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<Value>) -> Result<T> {
        self.call(method, &self.0.site, path, body).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        endpoint: &Endpoint,
        path: &str,
        body: Option<Value>,
    ) -> Result<T> {
        let body = body.map(|body| Bytes::from(body.to_string()));
        parse::json(&self.fetch(method, endpoint, path, body).await?).map_err(named)
    }
}
