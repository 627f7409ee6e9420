use chatstream::core::decode::Framing;
use chatstream::core::{BoxFuture, Endpoint, Failure, Outgoing, Parse, api_framing};
use chatstream::{ChatRequest, ChunkStream, Error, Provider, Result, Transport};
use http::HeaderValue;
use http::response::Parts;

use crate::config::{self, NAME, OllamaConfig};
use crate::parse::ChatParser;
use crate::{auth, encode, error};

/// A client of an Ollama server. Clones share their connections.
#[derive(Clone, Debug)]
pub(crate) struct Ollama {
    endpoint: Endpoint,
    model: String,
    authorization: Option<HeaderValue>,
    transport: Transport,
}

impl Ollama {
    /// A client with these settings. Nothing is sent.
    ///
    /// # Errors
    ///
    /// - [`Config`](chatstream::ErrorKind::Config) when a setting cannot work.
    pub(crate) fn new(config: OllamaConfig) -> Result<Self> {
        let checked = || {
            Ok(Self {
                endpoint: config::endpoint(&config.host)?,
                model: config.model,
                authorization: config.api_key.as_ref().map(auth::authorize).transpose()?,
                transport: Transport::new(config.transport)?,
            })
        };
        checked().map_err(|error: Error| error.with_provider(NAME))
    }

    /// Sends the request and waits for the answer to begin; see [`ChunkStream::open`].
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries.
    pub(crate) async fn chat(&self, request: ChatRequest) -> Result<ChunkStream> {
        ChunkStream::open(self, request).await
    }
}

impl Provider for Ollama {
    fn name(&self) -> &'static str {
        NAME
    }

    fn transport(&self) -> &Transport {
        &self.transport
    }

    fn request<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Outgoing>> {
        let encoded = encode::chat(&self.endpoint, &self.model, request, self.authorization.as_ref());
        Box::pin(std::future::ready(encoded.map(Outgoing::new)))
    }

    fn framing(&self, head: &Parts) -> Option<Framing> {
        // A stream is `application/x-ndjson`.
        api_framing(&head.headers).map(|framing| match framing {
            Framing::Whole => Framing::Whole,
            _ => Framing::JsonLines,
        })
    }

    fn parser(&self, _: &ChatRequest) -> Box<dyn Parse> {
        Box::new(ChatParser::default())
    }

    fn classify(&self, failure: &Failure<'_>) -> Error {
        error::classify(failure)
    }
}
