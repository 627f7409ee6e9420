use bytes::Bytes;
use chatstream_core::decode::Framing;
use chatstream_core::{
    BoxFuture, ChatRequest, ChunkStream, Endpoint, Error, Failure, Outgoing, Parse, Provider, Result, Transport,
};
use http::response::Parts;
use http::{HeaderValue, Method};
use serde_json::Value;

use crate::config::{self, NAME, XaiConfig};
use crate::models::Model;
use crate::parse::ChatParser;
use crate::{auth, encode, error, models, parse};

/// A client of the xAI API, or of any server of its chat-completions dialect.
///
/// Clones share their connections.
#[derive(Clone, Debug)]
pub struct Xai {
    endpoint: Endpoint,
    model: String,
    stream_usage: bool,
    authorization: HeaderValue,
    transport: Transport,
}

impl Xai {
    /// A client with these settings. Nothing is sent.
    ///
    /// # Errors
    ///
    /// - [`Config`](chatstream_core::ErrorKind::Config) when a setting cannot work: an empty key or
    ///   one with a line break, a base URL that is none, see also [`Transport::new`].
    pub fn new(config: XaiConfig) -> Result<Self> {
        let transport = Transport::new(config.transport.clone()).map_err(named)?;
        Self::with_transport(config, transport)
    }

    /// The same over a transport of your own; `config.transport` is not used.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_transport(config: XaiConfig, transport: Transport) -> Result<Self> {
        Ok(Self {
            endpoint: config::endpoint(&config.base_url).map_err(named)?,
            model: config.model,
            stream_usage: config.stream_usage,
            authorization: auth::authorize(&config.api_key).map_err(named)?,
            transport,
        })
    }

    /// A client with the settings of the environment, see [`XaiConfig::from_env`].
    ///
    /// # Errors
    ///
    /// - [`Config`](chatstream_core::ErrorKind::Config) when `XAI_API_KEY` is not set.
    pub fn from_env() -> Result<Self> {
        Self::new(XaiConfig::from_env()?)
    }

    /// Sends the request and waits for the answer to begin; see [`ChunkStream::open`].
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries.
    pub async fn chat(&self, request: ChatRequest) -> Result<ChunkStream> {
        ChunkStream::open(self, request).await
    }

    /// The models this key can use (`GET /models`).
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries.
    pub async fn models(&self) -> Result<Vec<Model>> {
        models::parse(&self.fetch(Method::GET, "models", None).await?).map_err(named)
    }

    /// Calls any endpoint: `path` is below the base URL, `body` is sent as JSON. An empty answer
    /// is `null`.
    ///
    /// ```no_run
    /// # async fn doc(xai: chatstream_xai::Xai) -> chatstream_xai::core::Result<()> {
    /// let key = xai.send(http::Method::GET, "api-key", None).await?;
    /// println!("{}", key["name"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries;
    /// [`Parse`](chatstream_core::ErrorKind::Parse) when the answer is no JSON.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        parse::json(&self.fetch(method, path, body).await?).map_err(named)
    }

    async fn fetch(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Bytes> {
        let request = encode::call(&self.endpoint, method, path, body, &self.authorization).map_err(named)?;
        let request = || -> BoxFuture<'_, _> { Box::pin(std::future::ready(Ok(Outgoing::new(request.clone())))) };
        let (_, body) = chatstream_core::fetch(self, request).await?;
        Ok(body)
    }
}

impl Provider for Xai {
    fn name(&self) -> &'static str {
        NAME
    }

    fn transport(&self) -> &Transport {
        &self.transport
    }

    fn request<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Outgoing>> {
        let encoded = encode::chat(&self.endpoint, &self.model, self.stream_usage, request, &self.authorization);
        Box::pin(std::future::ready(encoded.map(Outgoing::new)))
    }

    fn framing(&self, head: &Parts) -> Option<Framing> {
        chatstream_core::api_framing(&head.headers)
    }

    fn parser(&self, _: &ChatRequest) -> Box<dyn Parse> {
        Box::new(ChatParser::new())
    }

    fn classify(&self, failure: &Failure<'_>) -> Error {
        error::classify(failure)
    }
}

fn named(error: Error) -> Error {
    error.with_provider(NAME)
}
