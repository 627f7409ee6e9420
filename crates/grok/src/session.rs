use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use chatstream_core::cookies::{Cookie, Cookies};
use chatstream_core::{Error, ErrorKind, Proxy, Result, Secret};

use crate::config::NAME;
use crate::cookies;
use crate::wire::{Saved, SavedCookie};

/// A sign-in: what the site knows the user by. [`save`](Self::save) and [`load`](Self::load) carry it
/// from one run of a program to the next.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct AuthResult {
    /// The user's cookies of the site.
    pub cookies: Cookies,
    /// Headers of the browser that the cookies come from; of these the client sends `user-agent`.
    pub headers: BTreeMap<String, String>,
    /// The proxy that the sign-in went through, where it was one of the settings.
    pub proxy: Option<Secret>,
}

/// The cookie that carries the login.
const SESSION: &str = "sso";

impl AuthResult {
    /// The usual name of a saved sign-in: the first file that is looked at in a folder of cookies.
    pub const FILE_NAME: &str = "auth_grok.json";

    /// A sign-in with these cookies.
    pub fn new(cookies: Cookies) -> Self {
        Self { cookies, ..Self::default() }
    }

    /// Reads the cookies of `host` and its subdomains out of a text in any known form: a browser
    /// extension's JSON export (also Playwright's state, and what [`save`](Self::save) writes), a HAR
    /// recording, Netscape's `cookies.txt`, or the text of a `Cookie` header; and the browser's user agent
    /// where it tells. Expired cookies are kept; they are never sent.
    ///
    /// `None` when the text is in none of these forms.
    pub fn read(text: &str, host: &str) -> Option<Self> {
        cookies::read(text, host)
    }

    /// Sets the `user-agent` among the [`headers`](Self::headers).
    #[must_use]
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.headers.insert("user-agent".to_owned(), user_agent.into());
        self
    }

    /// Why there is no login in it for this host, or `None` when there is one.
    pub(crate) fn missing_session(&self, host: &str, now: u64) -> Option<String> {
        let mut sessions = self.cookies.iter().filter(|it| it.name == SESSION && it.is_for(host)).peekable();
        if sessions.peek().is_none() {
            return Some(format!("has no cookie {SESSION} of {host}"));
        }
        let is_live = sessions.any(|cookie| !cookie.is_expired(now) && !cookie.value.expose().is_empty());
        (!is_live).then(|| format!("has an expired or empty cookie {SESSION}"))
    }

    /// The proxy as a setting of the transport.
    pub(crate) fn transport_proxy(&self) -> Option<Proxy> {
        self.proxy.as_ref().map(|url| Proxy::url(url.expose()))
    }
}

impl AuthResult {
    /// Writes the sign-in to a file that only its owner can read (on Unix, mode 0600; elsewhere the
    /// folder's rights hold). A file that is there is replaced in one step.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let cannot = |error: std::io::Error| {
            let message = format!("{} cannot be written", path.display());
            Error::new(ErrorKind::Config, message).with_provider(NAME).with_source(error)
        };
        let text = Secret::new(self.to_text());
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", chatstream_core::random::uuid()));
        let beside = path.with_file_name(name);
        let written = write_private(&beside, text.expose()).and_then(|()| std::fs::rename(&beside, path));
        if written.is_err() {
            // What stands half written would be a copy of the session that nobody knows of.
            let _ = std::fs::remove_file(&beside);
        }
        written.map_err(cannot)
    }

    /// Reads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when the file cannot be read or is none.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let wrong =
            |what: &str| Error::new(ErrorKind::Config, format!("{} {what}", path.display())).with_provider(NAME);
        let text = std::fs::read_to_string(path).map_err(|error| wrong("cannot be read").with_source(error))?;
        let text = Secret::new(text);
        // The cause would quote the text.
        let saved = serde_json::from_str(text.expose()).map_err(|_| wrong("is no saved sign-in"))?;
        Ok(from_saved(saved, None))
    }

    fn to_text(&self) -> String {
        let cookies = self.cookies.iter().map(|cookie| SavedCookie {
            name: cookie.name.clone(),
            value: cookie.value.expose().into(),
            domain: cookie.domain.clone(),
            host_only: cookie.host_only,
            path: cookie.path.clone(),
            secure: cookie.secure,
            expires: cookie.expires,
        });
        let saved = Saved {
            provider: NAME.to_owned(),
            cookies: cookies.collect(),
            headers: self.headers.clone(),
            proxy: self.proxy.as_ref().map(|url| url.expose().into()),
        };
        serde_json::to_string_pretty(&saved).unwrap_or_default()
    }
}

/// A saved sign-in as the site's; `None` when the text is none.
pub(crate) fn parse(text: &str, host: &str) -> Option<AuthResult> {
    let saved: Saved<'_> = serde_json::from_str(text).ok()?;
    (saved.provider == NAME).then(|| from_saved(saved, Some(host)))
}

fn from_saved(saved: Saved<'_>, site: Option<&str>) -> AuthResult {
    let all: Cookies = saved.cookies.into_iter().map(cookie).collect();
    let cookies = match site {
        None => all,
        Some(site) => {
            let mut cookies = Cookies::default();
            all.iter().for_each(|cookie| _ = cookies.set(cookie.clone(), site));
            cookies
        }
    };
    AuthResult { cookies, headers: saved.headers, proxy: saved.proxy.map(Secret::new) }
}

fn cookie(saved: SavedCookie<'_>) -> Cookie {
    let mut cookie = Cookie::new(saved.name, saved.value.into_owned(), &saved.domain);
    cookie.host_only = saved.host_only;
    cookie.path = saved.path;
    cookie.secure = saved.secure;
    cookie.expires = saved.expires;
    cookie
}

/// Writes a new file that is its owner's from its first byte on.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
