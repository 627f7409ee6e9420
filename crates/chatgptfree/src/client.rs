use std::sync::Arc;

use chatstream_core::decode::Framing;
use chatstream_core::{
    BoxFuture, ChatRequest, ChunkStream, Error, ErrorKind, Failure, Outgoing, Parse, Provider, Result, Transport,
    cookies,
};
use http::header::CONTENT_TYPE;
use http::response::Parts;

use crate::auth::{Auth, Grant, cache_key};
use crate::config::{ChatgptFreeConfig, NAME};
use crate::encode::{self, Talk};
use crate::error;
use crate::page::{ChatInfo, Generation};
use crate::parse::ChatgptFreeParser;

/// A client of a WordPress site with the chat plugin.
///
/// Clones share their connections, their cookies and the page they have read.
#[derive(Clone, Debug)]
pub struct ChatgptFree(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    auth: Auth,
    transport: Transport,
}

impl ChatgptFree {
    /// A client with these settings. Nothing is sent.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when a setting cannot work: an address or a path that is none, cookies
    ///   that are not the text of a header, see also [`Transport::new`].
    pub fn new(config: ChatgptFreeConfig) -> Result<Self> {
        let transport = Transport::new(config.transport.clone()).map_err(named)?;
        Self::with_transport(config, transport)
    }

    /// The same over a transport of your own; `config.transport` is not used.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_transport(config: ChatgptFreeConfig, transport: Transport) -> Result<Self> {
        let (auth, jar) = Auth::new(&config).map_err(named)?;
        let transport = cookies::around(transport, jar).map_err(named)?;
        Ok(Self(Arc::new(Inner { auth, transport })))
    }

    /// A client with the settings of the environment, see [`ChatgptFreeConfig::from_env`].
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_env() -> Result<Self> {
        Self::new(ChatgptFreeConfig::from_env())
    }

    /// Sends the request and waits for the answer to begin; see [`ChunkStream::open`].
    ///
    /// # Errors
    ///
    /// Whatever refuses the page or the request, after the retries.
    pub async fn chat(&self, request: ChatRequest) -> Result<ChunkStream> {
        ChunkStream::open(self, request).await
    }

    /// The chats that the site's page offers: their bots are what this provider has for models.
    ///
    /// # Errors
    ///
    /// Whatever refuses the page; [`Parse`](ErrorKind::Parse) when it has no chat.
    pub async fn chats(&self) -> Result<Vec<ChatInfo>> {
        self.0.auth.chats(&self.0.transport).await.map_err(named)
    }

    async fn outgoing(&self, request: &ChatRequest) -> Result<Outgoing> {
        let Inner { auth, transport } = &*self.0;
        // What no site has needs no page.
        encode::check(request)?;
        let grant = auth.authorize(transport).await?;
        if grant.chat.generation == Generation::V1 {
            return Ok(Outgoing::new(encode::v1(request, &grant)?).grant(grant.number));
        }
        let talk = Talk::of(request, &grant);
        let message = encode::v2_message(request, &grant, &talk)?;
        let key = cache_key(transport, message).await.inspect_err(|error| {
            if error.kind() == ErrorKind::Unauthorized {
                auth.renew(grant.number);
            }
        })?;
        self.stream(&grant, &talk, &key)
    }

    fn stream(&self, grant: &Grant, talk: &Talk, cache_key: &str) -> Result<Outgoing> {
        let request = encode::v2_stream(grant, talk, cache_key)?;
        Ok(Outgoing::new(request).grant(grant.number).parser(ChatgptFreeParser::of(talk)))
    }
}

impl Provider for ChatgptFree {
    fn name(&self) -> &'static str {
        NAME
    }

    fn transport(&self) -> &Transport {
        &self.0.transport
    }

    fn request<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Outgoing>> {
        Box::pin(self.outgoing(request))
    }

    fn framing(&self, head: &Parts) -> Option<Framing> {
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Some(match essence.as_str() {
            // PHP says HTML unless told otherwise: also of JSON, and of its own warnings before it.
            "application/json" | "text/html" => Framing::Whole,
            _ if self.0.auth.generation() == Some(Generation::V2) => Framing::SseOrWhole,
            // v1 goes on in JSON after its events, which only lines show.
            _ => Framing::Lines,
        })
    }

    fn parser(&self, _: &ChatRequest) -> Box<dyn Parse> {
        Box::new(ChatgptFreeParser::new())
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
