//! The xAI API: chat completions and the catalogue of models.
//!
//! Shapes and words follow docs.x.ai and answers recorded in public projects, as of November 2026.

mod catalogue;
mod chat;
mod check;
mod completion;
mod content;
mod error;
mod tools;
mod usage;
mod wire;

use std::sync::atomic::{AtomicU64, Ordering};

use http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, StatusCode};

use crate::answer::Reply;
use crate::identity;
use crate::server::Call;
use crate::whole;
use error::Refusal;

/// Requests per minute, as the headers tell it. Nothing is refused when they are used up.
const LIMIT_REQUESTS: u64 = 1800;

/// Tokens per minute, as the headers tell it.
const LIMIT_TOKENS: u64 = 10_000_000;

/// Where the xAI API of an emulator is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct XaiEndpoint {
    base_url: String,
}

impl XaiEndpoint {
    /// The base URL to give to a client in place of `https://api.x.ai/v1`: `http://127.0.0.1:4312/xai/v1`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

/// The service's own state: what has been used up.
#[derive(Debug, Default)]
pub(crate) struct Xai {
    requests: AtomicU64,
    tokens: AtomicU64,
}

/// What a path is for.
enum Route<'a> {
    Chat,
    Models,
    Model(&'a str),
    LanguageModels,
    LanguageModel(&'a str),
    ApiKey,
}

impl Xai {
    /// The folder of the server that stands for the host `api.x.ai`.
    pub(crate) const PREFIX: &str = "/xai/v1";

    pub(crate) fn endpoint(origin: &str) -> XaiEndpoint {
        XaiEndpoint { base_url: [origin, Self::PREFIX].concat() }
    }

    /// Answers a request to a path below [`Self::PREFIX`].
    pub(crate) fn answer(&self, path: &str, call: &Call) -> Reply {
        if let Some(reply) = error::MANNER.reply(&call.faults) {
            return reply;
        }
        let Some(route) = route(path) else { return error::no_such_path().into() };
        let method = if matches!(route, Route::Chat) { Method::POST } else { Method::GET };
        if call.head.method != method {
            return wrong_method(&method);
        }
        match self.serve(route, call) {
            Ok(reply) => self.describe(reply, call),
            Err(refusal) => refusal.into(),
        }
    }

    fn serve(&self, route: Route<'_>, call: &Call) -> Result<Reply, Refusal> {
        let key = authorize(call)?;
        let json = match route {
            Route::Chat => {
                let (reply, tokens) = chat::answer(call)?;
                self.tokens.fetch_add(tokens, Ordering::Relaxed);
                return Ok(reply);
            }
            Route::Models => catalogue::models(),
            Route::Model(id) => catalogue::model(id)?,
            Route::LanguageModels => catalogue::language_models(),
            Route::LanguageModel(id) => catalogue::language_model(id)?,
            Route::ApiKey => catalogue::api_key(&key),
        };
        Ok(whole::json(json, &call.faults))
    }

    /// Adds the headers that answers with a 2xx status carry, and others do not.
    fn describe(&self, mut reply: Reply, call: &Call) -> Reply {
        let requests = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let tokens = self.tokens.load(Ordering::Relaxed);
        let id = identity::hash(&[b"request", &call.number.to_be_bytes()]);
        let traceparent = format!("00-{id:032x}-{:016x}-01", call.number);
        let headers = [
            ("x-request-id", identity::uuid(id)),
            ("x-ratelimit-limit-requests", LIMIT_REQUESTS.to_string()),
            ("x-ratelimit-remaining-requests", LIMIT_REQUESTS.saturating_sub(requests).to_string()),
            ("x-ratelimit-limit-tokens", LIMIT_TOKENS.to_string()),
            ("x-ratelimit-remaining-tokens", LIMIT_TOKENS.saturating_sub(tokens).to_string()),
            ("x-zero-data-retention", String::from("false")),
            ("traceparent", traceparent),
        ];
        for (name, value) in headers {
            let value = HeaderValue::try_from(value).expect("digits, letters and hyphens");
            reply = reply.header(HeaderName::from_static(name), value);
        }
        if reply.headers.get(CONTENT_TYPE).is_some_and(|value| value == "text/event-stream") {
            reply = reply.header(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        }
        reply
    }
}

fn route(path: &str) -> Option<Route<'_>> {
    match path {
        "/chat/completions" => Some(Route::Chat),
        "/models" => Some(Route::Models),
        "/language-models" => Some(Route::LanguageModels),
        "/api-key" => Some(Route::ApiKey),
        _ => {
            let (folder, id) = path.rsplit_once('/').filter(|(_, id)| !id.is_empty())?;
            match folder {
                "/models" => Some(Route::Model(id)),
                "/language-models" => Some(Route::LanguageModel(id)),
                _ => None,
            }
        }
    }
}

fn wrong_method(allowed: &Method) -> Reply {
    let allowed = HeaderValue::from_str(allowed.as_str()).expect("a method is a token");
    Reply::new(StatusCode::METHOD_NOT_ALLOWED, std::iter::empty()).header(ALLOW, allowed)
}

/// Gives the key of a request. Any is good, unless it contains `invalid`.
fn authorize(call: &Call) -> Result<String, Refusal> {
    let value = call.head.headers.get(AUTHORIZATION).ok_or_else(error::no_credentials)?;
    let value = String::from_utf8_lossy(value.as_bytes());
    let key = match value.split_once(' ') {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => key.trim(),
        _ => value.trim(),
    };
    match key {
        "" | "Bearer" => Err(error::no_credentials()),
        _ if key.contains("invalid") => Err(error::bad_key(key)),
        _ => Ok(key.to_owned()),
    }
}
