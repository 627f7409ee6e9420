use std::sync::Arc;

use bytes::Bytes;
use chatstream_core::decode::Framing;
use chatstream_core::{
    BoxFuture, ChatRequest, ChunkStream, Endpoint, Error, ErrorKind, Failure, Outgoing, Parse, Provider, Result, Tool,
    Transport, Upload, invalid,
};
use http::response::Parts;
use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::auth::Auth;
use crate::config::{self, GigaChatConfig, NAME, Version};
use crate::encode::functions::{self, Names};
use crate::encode::{self, EVENT_STREAM, Payload, segment};
use crate::limit::Limited;
use crate::parse::{self, Context, V1Parser, V2Parser};
use crate::wire::{
    AiCheck, Balance, Balances, Batch, Batches, Data, DeletedFile, Embedding, File, FunctionCheck, Model, TokenCount,
};
use crate::{error, trust};

/// A client of GigaChat.
///
/// Clones share their connections and their token.
#[derive(Clone, Debug)]
pub struct GigaChat(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: GigaChatConfig,
    endpoint: Endpoint,
    v2_endpoint: Endpoint,
    headers: HeaderMap,
    auth: Auth,
    transport: Transport,
}

/// What [`GigaChat::batch`] runs.
const BATCH_METHODS: [&str; 2] = ["chat_completions", "embedder"];

impl GigaChat {
    /// A client with these settings. Nothing is sent.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when a setting cannot work: credentials that are empty or of
    ///   another kind than said, an address that is none, see also [`Transport::new`].
    pub fn new(config: GigaChatConfig) -> Result<Self> {
        let mut settings = config.transport.clone();
        if config.russian_roots {
            settings = settings.extra_roots(trust::russian_roots().map_err(named)?);
        }
        let transport = Transport::new(settings).map_err(named)?;
        Self::with_transport(config, transport)
    }

    /// The same over a transport of your own; `config.transport` and `config.russian_roots` are not
    /// used.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_transport(config: GigaChatConfig, transport: Transport) -> Result<Self> {
        let endpoint = config::endpoint(&config.base_url).map_err(named)?;
        Ok(Self(Arc::new(Inner {
            v2_endpoint: config::v2_endpoint(&endpoint),
            headers: encode::headers(&config).map_err(named)?,
            auth: Auth::new(&config, &endpoint).map_err(named)?,
            transport: Limited::around(transport, config.max_streams).map_err(named)?,
            endpoint,
            config,
        })))
    }

    /// A client with the settings of the environment, see [`GigaChatConfig::from_env`].
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when no credentials are set.
    pub fn from_env() -> Result<Self> {
        Self::new(GigaChatConfig::from_env()?)
    }

    /// Sends the request and waits for the answer to begin; see [`ChunkStream::open`].
    ///
    /// # Errors
    ///
    /// Whatever refuses the token call or the request, after the retries.
    pub async fn chat(&self, request: ChatRequest) -> Result<ChunkStream> {
        ChunkStream::open(self, request).await
    }

    /// The models of this account (`GET /models`).
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries; so for all calls below.
    pub async fn models(&self) -> Result<Vec<Model>> {
        self.get("models").await.map(|list: Data<_>| list.data)
    }

    /// One model by its name.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when there is none of this name.
    pub async fn model(&self, name: &str) -> Result<Model> {
        self.get(&format!("models/{}", segment(name)?)).await
    }

    /// The vectors of these texts, in order. The model is `Embeddings` or another of its kind.
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries.
    pub async fn embeddings(&self, model: &str, input: &[&str]) -> Result<Vec<Embedding>> {
        let body = json!({"model": model, "input": input});
        self.post("embeddings", Payload::Json(body.to_string().into())).await.map(|list: Data<_>| list.data)
    }

    /// How long these texts are for this model, in order.
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries.
    pub async fn count_tokens(&self, model: &str, input: &[&str]) -> Result<Vec<TokenCount>> {
        let body = json!({"model": model, "input": input});
        self.post("tokens/count", Payload::Json(body.to_string().into())).await
    }

    /// Puts a file into the service's store, to be attached to messages by its id: at most 40 MB of
    /// text, 15 MB of a picture, 35 MB of sound.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when it is larger than its kind may be; nothing
    /// is sent then.
    pub async fn upload(&self, upload: &Upload) -> Result<File> {
        let (content_type, body) = encode::form(upload).map_err(named)?;
        self.post("files", Payload::Form { content_type, body }).await
    }

    /// The files in the store.
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries.
    pub async fn files(&self) -> Result<Vec<File>> {
        self.get("files").await.map(|list: Data<_>| list.data)
    }

    /// One file of the store.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when there is none of this id.
    pub async fn file(&self, id: &str) -> Result<File> {
        self.get(&format!("files/{}", segment(id)?)).await
    }

    /// Takes a file out of the store.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when there is none of this id.
    pub async fn delete_file(&self, id: &str) -> Result<DeletedFile> {
        self.post(&format!("files/{}/delete", segment(id)?), Payload::None).await
    }

    /// The bytes of a file, such as a picture the model drew. One made under a `X-Client-ID` is had
    /// under the same one only.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when there is none of this id.
    pub async fn download(&self, id: &str) -> Result<Bytes> {
        let path = format!("files/{}/content", segment(id)?);
        self.fetch(Method::GET, &path, &Payload::None, "application/jpg").await
    }

    /// What is left of the prepaid packages.
    ///
    /// # Errors
    ///
    /// [`Unauthorized`](ErrorKind::Unauthorized) for accounts that pay as they go.
    pub async fn balance(&self) -> Result<Vec<Balance>> {
        self.get("balance").await.map(|balances: Balances| balances.balance)
    }

    /// Whether a model wrote this text, which has 20 Russian words at the least. The model is
    /// `GigaCheckClassification` or `GigaCheckDetection`.
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries.
    pub async fn check_ai(&self, model: &str, text: &str) -> Result<AiCheck> {
        let body = json!({"model": model, "input": text});
        self.post("ai/check", Payload::Json(body.to_string().into())).await
    }

    /// What the service says of a function's definition.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when its schema cannot even be sent.
    pub async fn validate_function(&self, tool: &Tool) -> Result<FunctionCheck> {
        let names = Names::new(std::slice::from_ref(tool));
        let function = functions::functions(std::iter::once(tool), &names).map_err(named)?;
        let body = serde_json::to_vec(&function[0])
            .map_err(|error| Error::new(ErrorKind::InvalidRequest, "function has no JSON form").with_source(error))?;
        self.post("functions/validate", Payload::Json(body.into())).await
    }

    /// Functions made of the text of an OpenAPI document, as JSON.
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries.
    pub async fn convert_functions(&self, openapi: &str) -> Result<serde_json::Value> {
        self.post("functions/convert", Payload::Json(openapi.to_owned().into())).await
    }

    /// Starts a batch: `lines` holds one JSON object a line, `{"id":…,"request":…}`; the method is
    /// `chat_completions` or `embedder`.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when there is no such method.
    pub async fn batch(&self, method: &str, lines: impl Into<Bytes>) -> Result<Batch> {
        if !BATCH_METHODS.contains(&method) {
            let message = format!("no batch method is named {method}; known are {}", BATCH_METHODS.join(", "));
            return Err(named(invalid(message)));
        }
        self.post(&format!("batches?method={method}"), Payload::Lines(lines.into())).await
    }

    /// The batches of this account, or the one of this id.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when there is none of this id.
    pub async fn batches(&self, id: Option<&str>) -> Result<Vec<Batch>> {
        let path = match id {
            Some(id) => format!("batches?batch_id={}", segment(id)?),
            None => "batches".to_owned(),
        };
        self.get(&path).await.map(|batches| match batches {
            Batches::Named { batches } | Batches::Bare(batches) => batches,
        })
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        parse::json(&self.fetch(Method::GET, path, &Payload::None, "application/json").await?).map_err(named)
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, payload: Payload) -> Result<T> {
        parse::json(&self.fetch(Method::POST, path, &payload, "application/json").await?).map_err(named)
    }

    async fn fetch(&self, method: Method, path: &str, payload: &Payload, accept: &'static str) -> Result<Bytes> {
        let Inner { endpoint, headers, auth, transport, .. } = &*self.0;
        let request = || -> BoxFuture<'_, Result<Outgoing>> {
            let method = method.clone();
            Box::pin(async move {
                let grant = auth.authorize(transport).await?;
                let request = encode::call(endpoint, method, path, payload, accept, headers, &grant)?;
                Ok(Outgoing::new(request).grant(grant.number))
            })
        };
        chatstream_core::fetch(self, request).await.map(|(_, body)| body)
    }
}

impl Provider for GigaChat {
    fn name(&self) -> &'static str {
        NAME
    }

    fn transport(&self) -> &Transport {
        &self.0.transport
    }

    fn request<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Outgoing>> {
        Box::pin(async move {
            let Inner { config, endpoint, v2_endpoint, headers, auth, transport } = &*self.0;
            // What cannot be sent needs no token.
            let (endpoint, body) = match config.version {
                Version::V1 => (endpoint, encode::v1::body(config, request)?),
                Version::V2 => (v2_endpoint, encode::v2::body(config, request)?),
            };
            let accept = if request.whole { "application/json" } else { EVENT_STREAM };
            let grant = auth.authorize(transport).await?;
            let payload = Payload::Json(body);
            let request = encode::call(endpoint, Method::POST, "chat/completions", &payload, accept, headers, &grant)?;
            Ok(Outgoing::new(request).grant(grant.number))
        })
    }

    fn framing(&self, head: &Parts) -> Option<Framing> {
        chatstream_core::api_framing(&head.headers)
    }

    fn parser(&self, request: &ChatRequest) -> Box<dyn Parse> {
        let context = Context::new(Names::new(&request.tools), self.0.endpoint.clone());
        match self.0.config.version {
            Version::V1 => Box::new(V1Parser::with(context)),
            Version::V2 => Box::new(V2Parser::with(context)),
        }
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
