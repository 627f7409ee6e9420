//! The GigaChat API: tokens, both versions of the chat, and what is around them.
//!
//! Shapes and words follow the official OpenAPI texts and SDKs, recorded answers and live probes of 2025 and 2026.

mod ai_check;
mod ask;
mod balance;
mod batches;
mod catalogue;
mod converse;
mod counts;
mod credentials;
mod embeddings;
mod error;
mod files;
mod functions;
mod oauth;
mod outcome;
mod regex;
mod route;
mod sampling;
mod sessions;
mod streams;
mod texts;
mod threads;
mod tokens;
mod usage;
mod v1;
mod v2;

use std::time::Duration;

use bytes::Bytes;
use http::header::{
    ALLOW, AUTHORIZATION, SERVER, STRICT_TRANSPORT_SECURITY, USER_AGENT, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    X_XSS_PROTECTION,
};
use http::{HeaderName, HeaderValue, Method};

use crate::answer::Reply;
use crate::fault::{Fault, Faults};
use crate::identity;
use crate::server::Call;
use crate::whole;
use batches::Batches;
use converse::header;
use credentials::Scope;
use error::Refusal;
use files::{Files, upload};
use route::Route;
use sessions::Sessions;
use streams::Streams;
use threads::Threads;
use tokens::{Standing, Tokens};

/// Where the GigaChat API of an emulator is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GigachatEndpoint {
    base_url: String,
    auth_url: String,
}

impl GigachatEndpoint {
    /// The base URL to give to a client in place of `https://api.giga.chat/v1`: `http://127.0.0.1:4312/gigachat/v1`.
    ///
    /// Version 2 of the chat is beside it, at `http://127.0.0.1:4312/gigachat/v2/chat/completions`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The URL to give to a client in place of `https://ngw.devices.sberbank.ru:9443/api/v2/oauth`:
    /// `http://127.0.0.1:4312/gigachat/api/v2/oauth`.
    pub fn auth_url(&self) -> &str {
        &self.auth_url
    }
}

/// How the service is to be.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How long a token is good for.
    pub(crate) token_life: Duration,
    /// Chats that may run at the same time.
    pub(crate) streams: usize,
    /// Whether version 2 of the chat takes results of functions in the role `tool`, as objects.
    pub(crate) v2_tool_role: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { token_life: Duration::from_secs(30 * 60), streams: usize::MAX, v2_tool_role: false }
    }
}

/// The service's own state.
#[derive(Debug)]
pub(crate) struct Gigachat {
    tokens: Tokens,
    streams: Streams,
    sessions: Sessions,
    threads: Threads,
    files: Files,
    batches: Batches,
    v2_tool_role: bool,
}

impl Gigachat {
    /// The folder of the server that stands for the hosts `api.giga.chat` and `ngw.devices.sberbank.ru`.
    pub(crate) const PREFIX: &str = "/gigachat";

    const OAUTH: &str = "/api/v2/oauth";

    const TOKEN: &str = "/v1/token";

    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            tokens: Tokens::new(settings.token_life),
            streams: Streams::new(settings.streams),
            sessions: Sessions::default(),
            threads: Threads::default(),
            files: Files::default(),
            batches: Batches::default(),
            v2_tool_role: settings.v2_tool_role,
        }
    }

    pub(crate) fn endpoint(origin: &str) -> GigachatEndpoint {
        GigachatEndpoint {
            base_url: [origin, Self::PREFIX, "/v1"].concat(),
            auth_url: [origin, Self::PREFIX, Self::OAUTH].concat(),
        }
    }

    pub(crate) fn tokens_issued(&self) -> u64 {
        self.tokens.count()
    }

    pub(crate) fn expire_tokens(&self) {
        self.tokens.expire();
    }

    /// The faults that matter to a request to a path below [`Self::PREFIX`].
    pub(crate) fn faults_for(path: &str, faults: Faults) -> Faults {
        let gives_tokens = path == Self::OAUTH || route::on_new_host(path) == Self::TOKEN;
        if gives_tokens { faults.of_token_calls() } else { faults.of_other_calls() }
    }

    /// The most bytes of a body that are read for a request to a path below [`Self::PREFIX`], if it is for files.
    pub(crate) fn room(path: &str) -> Option<usize> {
        // The form around a file is small.
        matches!(Route::of(route::on_new_host(path)), Some(Route::Files)).then_some(upload::MAX_BYTES + (1 << 20))
    }

    /// Answers a request to a path below [`Self::PREFIX`].
    pub(crate) fn answer(&self, path: &str, call: &Call) -> Reply {
        let reply = match error::MANNER.reply(&call.faults) {
            Some(reply) => reply,
            None if path == Self::OAUTH => oauth::answer(call, &self.tokens),
            None => self.serve(path, call).unwrap_or_else(Reply::from),
        };
        if path == Self::OAUTH { guarded(reply) } else { describe(guarded(reply), call) }
    }

    fn serve(&self, path: &str, call: &Call) -> Result<Reply, Refusal> {
        if !call.head.headers.contains_key(USER_AGENT) {
            return Err(error::no_user_agent());
        }
        let path = route::on_new_host(path);
        if path == Self::TOKEN {
            return oauth::answer_to_user(call, &self.tokens);
        }
        let Some(route) = Route::of(path) else {
            // Only the chat has a second version; what else is asked of it does not get past the gateway.
            return if path.starts_with("/v2/") { Ok(error::blocked()) } else { Err(error::no_such_path()) };
        };
        let is_post = call.head.method == Method::POST;
        if !route.takes(&call.head.method) {
            return Err(error::wrong_method());
        }
        let scope = self.authorize(call)?;
        let client = header(&call.head.headers, "x-client-id");
        let answer = match route {
            Route::Chat => return v1::answer(self, call),
            Route::ChatV2 => return v2::answer(self, call),
            Route::FileContent(id) => return self.content(id, client, &call.faults),
            Route::Models => catalogue::models(),
            Route::Model(id) => catalogue::model(id)?,
            Route::Embeddings => embeddings::answer(call)?,
            Route::TokensCount => counts::answer(call)?,
            Route::Files if is_post => self.files.keep(upload::read(call)?, client).described(),
            Route::Files => self.files.list(),
            Route::File(id) => self.files.describe(id).ok_or_else(error::no_such_file)?,
            Route::FileDelete(id) => self.files.delete(id).ok_or_else(error::no_such_file)?,
            Route::Balance => balance::answer(scope)?,
            Route::AiCheck => ai_check::answer(call)?,
            Route::FunctionsValidate => functions::validate::answer(call)?,
            Route::FunctionsConvert => functions::convert::answer(call)?,
            Route::Batches if is_post => batches::created(self, call)?,
            Route::Batches => batches::listed(self, call)?,
        };
        Ok(json(answer, &call.faults))
    }

    /// Looks at the token of a request, and says for whom it was given.
    fn authorize(&self, call: &Call) -> Result<Scope, Refusal> {
        let value = call.head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let value = value.and_then(|value| value.split_once(' '));
        let (_, token) =
            value.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).ok_or_else(error::unauthorized)?;
        match self.tokens.call_with(token.trim()) {
            Standing::Unknown => Err(error::unauthorized()),
            Standing::Expired => Err(error::expired()),
            Standing::Good { first_call: true, .. } if call.faults.has(&Fault::ExpiredToken) => Err(error::expired()),
            Standing::Good { scope, .. } => Ok(scope),
        }
    }

    fn content(&self, id: &str, client: Option<&str>, faults: &Faults) -> Result<Reply, Refusal> {
        let file = self.files.content(id, client).ok_or_else(error::no_such_file)?;
        let content_type = HeaderValue::try_from(file.content_type);
        let content_type = content_type.unwrap_or(HeaderValue::from_static("application/octet-stream"));
        Ok(whole::body(file.content, content_type, faults))
    }
}

/// A JSON answer with status 200, with the character set the service names.
fn json(json: String, faults: &Faults) -> Reply {
    whole::body(Bytes::from(json), HeaderValue::from_static("application/json; charset=utf-8"), faults)
}

/// Adds the headers of the gateway before the service.
fn guarded(reply: Reply) -> Reply {
    let headers = [
        (SERVER, error::GATEWAY),
        (STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "SAMEORIGIN"),
        (X_XSS_PROTECTION, "1; mode=block"),
    ];
    headers.into_iter().fold(reply, |reply, (name, value)| reply.header(name, HeaderValue::from_static(value)))
}

/// Adds the headers of the API: the ids the client sent, or made ones. Only a client names itself.
fn describe(mut reply: Reply, call: &Call) -> Reply {
    reply = reply.header(ALLOW, HeaderValue::from_static("GET, POST"));
    for (name, kind) in [("x-request-id", "request"), ("x-session-id", "session")] {
        let id = identity::hash(&[kind.as_bytes(), &call.number.to_be_bytes()]);
        let made = || HeaderValue::try_from(identity::uuid(id)).expect("digits, letters and hyphens");
        let id = call.head.headers.get(name).cloned().unwrap_or_else(made);
        reply = reply.header(HeaderName::from_static(name), id);
    }
    match call.head.headers.get("x-client-id") {
        Some(id) => reply.header(HeaderName::from_static("x-client-id"), id.clone()),
        None => reply,
    }
}
