//! grok.com: the chat of a signed-in user, and what is around it.
//!
//! Shapes and words follow traffic that public projects recorded and quoted from 2025 to August 2026. The service is
//! not documented.

mod around;
mod assets;
mod body;
mod catalogue;
mod chat;
mod citations;
mod conversations;
mod cookies;
mod error;
mod frames;
mod message;
mod outcome;
mod pages;
mod pictures;
mod route;
mod thinking;

use bytes::Bytes;
use http::Method;
use http::header::SET_COOKIE;

use crate::answer::Reply;
use crate::fault::Faults;
use crate::server::Call;
use crate::whole;
use assets::Assets;
use catalogue::Usage;
use conversations::Conversations;
use cookies::Standing;
use error::Refusal;
use route::Route;

/// Where the grok.com of an emulator is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GrokEndpoint {
    base_url: String,
    assets_url: String,
    login_url: String,
}

impl GrokEndpoint {
    /// The base URL to give to a client in place of `https://grok.com`: `http://127.0.0.1:4312/grok`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The URL to give to a client in place of `https://assets.grok.com`: `http://127.0.0.1:4312/grok/assets`. The
    /// relative addresses of pictures and files belong after it.
    pub fn assets_url(&self) -> &str {
        &self.assets_url
    }

    /// The page where a browser signs in: `http://127.0.0.1:4312/grok/sign-in`. With the query `?unattended` the
    /// browser sends its form by itself, for tests that have no user.
    pub fn login_url(&self) -> &str {
        &self.login_url
    }
}

/// The service's own state.
#[derive(Debug, Default)]
pub(crate) struct Grok {
    conversations: Conversations,
    assets: Assets,
    usage: Usage,
}

impl Grok {
    /// The folder of the server that stands for the hosts `grok.com` and `assets.grok.com`.
    pub(crate) const PREFIX: &str = "/grok";

    pub(crate) fn endpoint(origin: &str) -> GrokEndpoint {
        let base_url = [origin, Self::PREFIX].concat();
        GrokEndpoint {
            assets_url: [&base_url, "/assets"].concat(),
            login_url: [&base_url, "/sign-in"].concat(),
            base_url,
        }
    }

    /// The faults that matter to a request to a path below [`Self::PREFIX`]: signing in does not fail.
    pub(crate) fn faults_for(path: &str, faults: Faults) -> Faults {
        let is_page = Route::of(path).is_some_and(Route::is_page);
        if is_page { faults.without_failures() } else { faults.of_other_calls() }
    }

    /// Answers a request to a path below [`Self::PREFIX`].
    pub(crate) fn answer(&self, path: &str, call: &Call) -> Reply {
        let reply = match error::MANNER.reply(&call.faults) {
            Some(reply) => reply,
            None => self.serve(path, call).unwrap_or_else(Reply::from),
        };
        reply.header(SET_COOKIE, cookies::of_the_edge(call.number))
    }

    fn serve(&self, path: &str, call: &Call) -> Result<Reply, Refusal> {
        let route = Route::of(path).ok_or_else(error::no_such_path)?;
        let method = &call.head.method;
        if !route.takes(method) {
            return Err(error::wrong_method());
        }
        let standing = cookies::standing(&call.head.headers);
        match (route, standing) {
            (Route::Home, _) => return Ok(pages::home(standing)),
            (Route::SignIn, _) if method == Method::POST => return Ok(pages::signed_in(call)),
            (Route::SignIn, _) => return Ok(pages::sign_in(call.head.uri.query())),
            (Route::Session, _) => return Ok(whole::json(pages::session(standing), &call.faults)),
            (Route::Asset(path), Standing::SignedIn) => return self.assets.answer(path, &call.faults),
            (Route::Asset(_), _) => return Ok(error::no_asset_without_cookie()),
            (_, Standing::NoCookie) => return Err(error::no_credentials()),
            (_, Standing::Unknown) => return Err(error::signed_out()),
            (_, Standing::SignedIn) => {}
        }
        if call.too_large {
            return Err(error::too_large());
        }
        let json = match route {
            Route::New => return chat::answer(self, None, call),
            Route::Responses(id) if method == Method::POST => return chat::answer(self, Some(id), call),
            Route::Upload => around::upload(self, call)?,
            Route::RateLimits => catalogue::rate_limits(&self.usage, call)?,
            Route::Modes => catalogue::modes(),
            Route::Models => catalogue::models(),
            _ => around::answer(&self.conversations, route, call)?,
        };
        Ok(whole::json(json, &call.faults))
    }
}

/// Reads a JSON body.
fn read<T: serde::de::DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_| error::invalid_argument())
}
