use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chatstream_core::cookies::{Cookies, Jar, Site};
use chatstream_core::{Endpoint, Error, ErrorKind, Proxy, Result, Secret};
use http::header::COOKIE;
use http::{HeaderValue, Uri};

use crate::config::{CookieSource, GrokConfig};
use crate::session::AuthResult;

#[cfg(feature = "browser-login")]
mod browser;
mod clock;
mod sign_in;
#[cfg(feature = "browser-cookies")]
mod stores;

#[cfg(feature = "browser-login")]
pub use browser::BrowserLogin;
use clock::now;
pub(crate) use clock::{Clock, clock};
pub use sign_in::{SignIn, SignInStep};

/// What a request is authorised with.
#[derive(Debug)]
pub(crate) struct Grant {
    cookies: Cookies,
    site: Site,
    now: u64,
    /// The user agent that belongs to the cookies.
    pub(crate) user_agent: Option<HeaderValue>,
    /// Its number among those of this client; 0 when there is nothing to read again.
    pub(crate) number: u64,
}

impl Grant {
    /// The `cookie` header for this address, or `None` where nothing may be sent.
    pub(crate) fn cookie_header(&self, uri: &Uri) -> Option<HeaderValue> {
        self.cookies.header(&self.site, uri, self.now)
    }
}

/// Holds the sign-in of a client.
#[derive(Debug)]
pub(crate) struct Auth {
    source: CookieSource,
    site: Site,
    login_url: String,
    user_agent: Option<HeaderValue>,
    proxy: Option<Secret>,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    signed: Option<AuthResult>,
    /// How often a sign-in was taken.
    number: u64,
}

impl Auth {
    /// Checks the settings; reads nothing.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when the user agent is no header value.
    pub(crate) fn new(config: &GrokConfig, endpoint: &Endpoint) -> Result<Self> {
        let user_agent = config
            .user_agent
            .as_deref()
            .map(HeaderValue::from_str)
            .transpose()
            .map_err(|error| Error::new(ErrorKind::Config, "user agent is no header value").with_source(error))?;
        let proxy = match &config.transport.proxy {
            Proxy::Url(url) => Some(url.clone()),
            _ => None,
        };
        Ok(Self {
            source: config.cookies.clone(),
            site: Site::of(&endpoint.join("")?).ok_or_else(|| Error::new(ErrorKind::Config, "base URL has no host"))?,
            login_url: config.login_url.clone(),
            user_agent,
            proxy,
            held: Mutex::default(),
        })
    }

    /// The cookies to send: those held, else those of the source.
    ///
    /// # Errors
    ///
    /// - [`Unauthorized`](ErrorKind::Unauthorized) when there is no login; the message says what was
    ///   looked at, and what is accepted.
    pub(crate) fn authorize(&self) -> Result<Grant> {
        let now = now();
        let mut held = self.lock();
        let is_live = |signed: &AuthResult| signed.missing_session(self.site.host(), now).is_none();
        if !held.signed.as_ref().is_some_and(is_live) {
            held.signed = Some(self.find(now)?);
            held.number += 1;
        }
        let number = if self.source.may_change() { held.number } else { 0 };
        let signed = held.signed.clone().unwrap_or_default();
        drop(held);
        let recorded = || HeaderValue::from_str(signed.headers.get("user-agent")?).ok();
        let user_agent = self.user_agent.clone().or_else(recorded);
        Ok(Grant { cookies: signed.cookies, site: self.site.clone(), now, user_agent, number })
    }

    /// Gives up the sign-in of this number; true when its source may hold another by now.
    pub(crate) fn renew(&self, number: u64) -> bool {
        if number == 0 {
            return false;
        }
        // Another caller may have read it again already: then theirs is fresh.
        let mut held = self.lock();
        if held.number == number {
            held.signed = None;
        }
        true
    }

    /// Takes a sign-in in, in place of what is held.
    pub(crate) fn adopt(&self, signed: AuthResult) {
        let mut held = self.lock();
        held.signed = Some(signed);
        held.number += 1;
    }

    /// What is held, with all that the site has set since.
    pub(crate) fn current(&self) -> Option<AuthResult> {
        self.lock().signed.clone()
    }

    fn find(&self, now: u64) -> Result<AuthResult> {
        let mut signed = sign_in::find(&self.source, self.site.host(), now)?;
        signed.proxy = signed.proxy.or_else(|| self.proxy.clone());
        Ok(signed)
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Jar for Auth {
    fn fill(&self, request: &mut http::Request<Bytes>) {
        // The header is made for the site only; this is the second lock on the same door.
        if !self.site.may_see_cookies(request.uri()) {
            request.headers_mut().remove(COOKIE);
        }
    }

    fn fold(&self, address: &Uri, set_cookies: &mut dyn Iterator<Item = &str>) {
        let now = now();
        if let Some(signed) = &mut self.lock().signed {
            set_cookies.for_each(|set_cookie| signed.cookies.fold(set_cookie, &self.site, address, now));
        }
    }
}

#[cfg(test)]
mod tests;
