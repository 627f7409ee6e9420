use std::sync::Arc;

use bytes::Bytes;
use chatstream_core::decode::Framing;
use chatstream_core::{
    BoxFuture, ChatRequest, ChunkStream, Endpoint, Error, Failure, Outgoing, Parse, Provider, Result, Transport,
    cookies,
};
use http::Method;
use http::header::CONTENT_TYPE;
use http::response::Parts;

use crate::auth::{Auth, SignIn, clock};
use crate::config::{self, CookieSource, GrokConfig, NAME};
use crate::parse::{GrokParser, Ids, SharedIds};
use crate::session::AuthResult;
use crate::{encode, error};

mod calls;
mod ids;

pub use ids::ConversationIds;

/// A client of grok.com with the user's own session.
///
/// Clones share their connections and their session.
#[derive(Clone, Debug)]
pub struct Grok(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: GrokConfig,
    /// The site.
    site: Endpoint,
    /// The calls of its chat.
    chat: Endpoint,
    assets: Endpoint,
    auth: Arc<Auth>,
    transport: Transport,
}

/// Where the calls of the chat lie on the site.
const CHAT_PATH: &str = "/rest/app-chat";

impl Grok {
    /// A client with these settings. Nothing is read or sent.
    ///
    /// # Errors
    ///
    /// - [`Config`](chatstream_core::ErrorKind::Config) when a setting cannot work: an address that is
    ///   none, a user agent that is no header value, see also [`Transport::new`].
    pub fn new(config: GrokConfig) -> Result<Self> {
        let mut settings = config.transport.clone();
        if let (CookieSource::Signed(signed), chatstream_core::Proxy::Environment) = (&config.cookies, &settings.proxy)
        {
            settings.proxy = signed.transport_proxy().unwrap_or(settings.proxy);
        }
        let transport = Transport::new(settings).map_err(named)?;
        Self::with_transport(config, transport)
    }

    /// The same over a transport of your own; `config.transport` is not used.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_transport(config: GrokConfig, transport: Transport) -> Result<Self> {
        let (site, assets) = config::endpoints(&config).map_err(named)?;
        let auth = Arc::new(Auth::new(&config, &site).map_err(named)?);
        let path = format!("{}{CHAT_PATH}", site.path());
        Ok(Self(Arc::new(Inner {
            chat: site.clone().with_path(&path),
            transport: cookies::around(transport, Arc::clone(&auth)).map_err(named)?,
            site,
            assets,
            auth,
            config,
        })))
    }

    /// A client with the settings of the environment, see [`GrokConfig::from_env`].
    ///
    /// # Errors
    ///
    /// - [`Config`](chatstream_core::ErrorKind::Config) as [`GrokConfig::from_env`] and [`new`](Self::new).
    pub fn from_env() -> Result<Self> {
        Self::new(GrokConfig::from_env()?)
    }

    /// Sends the request and waits for the answer to begin; see [`ChunkStream::open`].
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries; so for all calls of the client.
    /// [`Unauthorized`](chatstream_core::ErrorKind::Unauthorized) when there is no login.
    pub async fn chat(&self, request: ChatRequest) -> Result<ChunkStream> {
        ChunkStream::open(self, request).await
    }

    /// The same, with the ids of its conversation as they become known: for answers that are given up
    /// before their end, where no `Chunk::Conversation` comes.
    ///
    /// # Errors
    ///
    /// As [`chat`](Self::chat).
    pub async fn chat_with_ids(&self, request: ChatRequest) -> Result<(ChunkStream, ConversationIds)> {
        ids::chat(self, request).await
    }

    /// Signs in: the steps as they come. The client goes on with what they find; without this call the
    /// first request signs in by itself.
    pub fn sign_in(&self) -> SignIn {
        SignIn::new(Arc::clone(&self.0.auth))
    }

    /// Signs in, where no login is found by the user in a browser that this opens: a window with the
    /// sign-in page, which closes once the user is signed in. It runs on tokio.
    #[cfg(feature = "browser-login")]
    pub fn sign_in_with(&self, browser: crate::BrowserLogin) -> SignIn {
        SignIn::with_browser(Arc::clone(&self.0.auth), browser)
    }

    /// Goes on with this sign-in, in place of the one held.
    pub fn set_auth_result(&self, signed: AuthResult) {
        self.0.auth.adopt(signed);
    }

    /// The sign-in held, with the cookies that the site has set since; `None` before the first request.
    pub fn auth_result(&self) -> Option<AuthResult> {
        self.0.auth.current()
    }

    /// The chat call as a request.
    fn outgoing(&self, request: &ChatRequest) -> Result<Outgoing> {
        let Inner { config, chat, auth, .. } = &*self.0;
        // What cannot be sent needs no session.
        let (path, body) = encode::chat(config, request)?;
        let grant = auth.authorize()?;
        let request = encode::call(chat, Method::POST, &path, Some(&body), &grant)?;
        Ok(Outgoing::new(request).grant(grant.number))
    }

    /// A parser that tells the ids here.
    fn parser_with(&self, request: &ChatRequest, ids: SharedIds) -> Box<dyn Parse> {
        ids.update(|ids| *ids = Ids::of(request.conversation.as_ref()));
        Box::new(GrokParser::with(Some(self.0.assets.clone()), Some(clock()), ids))
    }

    async fn fetch(&self, method: Method, endpoint: &Endpoint, path: &str, body: Option<Bytes>) -> Result<Bytes> {
        let auth = &self.0.auth;
        let request = || -> BoxFuture<'_, Result<Outgoing>> {
            let outgoing = auth.authorize().and_then(|grant| {
                let request = encode::call(endpoint, method.clone(), path, body.as_ref(), &grant)?;
                Ok(Outgoing::new(request).grant(grant.number))
            });
            Box::pin(std::future::ready(outgoing))
        };
        chatstream_core::fetch(self, request).await.map(|(_, body)| body)
    }
}

impl Provider for Grok {
    fn name(&self) -> &'static str {
        NAME
    }

    fn transport(&self) -> &Transport {
        &self.0.transport
    }

    fn request<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Outgoing>> {
        Box::pin(std::future::ready(self.outgoing(request)))
    }

    fn framing(&self, head: &Parts) -> Option<Framing> {
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        // The content type does not tell frames from one document; but a page is no answer.
        let is_page = content_type.trim().to_ascii_lowercase().starts_with("text/html");
        (!is_page).then_some(Framing::JsonObjects)
    }

    fn parser(&self, request: &ChatRequest) -> Box<dyn Parse> {
        self.parser_with(request, SharedIds::default())
    }

    fn classify(&self, failure: &Failure<'_>) -> Error {
        error::classify(failure)
    }

    fn renew(&self, grant: u64) -> bool {
        self.0.auth.renew(grant)
    }
}

fn named(error: Error) -> Error {
    error.with_provider(NAME)
}

#[cfg(test)]
mod tests;
