use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use chatstream_core::{Error, ErrorKind, Result};
use futures_core::Stream;

use super::{Auth, now};
use crate::config::{CookieSource, NAME};
use crate::cookies;
use crate::session::{self, AuthResult};

/// One step of a [`SignIn`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SignInStep {
    /// No login was found: the user is asked to sign in.
    RequestLogin {
        /// Whom the user signs in to: `Grok`.
        label: &'static str,
        /// Where.
        url: String,
    },
    /// The sign-in, with which the client goes on.
    SignedIn(AuthResult),
}

/// The steps of a sign-in, as they come: [`SignedIn`](SignInStep::SignedIn) when the source of the
/// cookies holds a login, else [`RequestLogin`](SignInStep::RequestLogin) and then an
/// [`Unauthorized`](ErrorKind::Unauthorized) error that lists the accepted sources, unless a browser is
/// opened for the user (feature `browser-login`).
///
/// Files are read while it is polled.
#[must_use = "a sign-in moves only while its stream is polled"]
pub struct SignIn {
    auth: Arc<Auth>,
    state: State,
    #[cfg(feature = "browser-login")]
    browser: Option<super::BrowserLogin>,
}

enum State {
    Begun,
    /// The user was asked, after this error.
    Asked(Error),
    #[cfg(feature = "browser-login")]
    Open(chatstream_core::BoxFuture<'static, Result<AuthResult>>),
    Done,
}

impl SignIn {
    pub(crate) fn new(auth: Arc<Auth>) -> Self {
        Self {
            auth,
            state: State::Begun,
            #[cfg(feature = "browser-login")]
            browser: None,
        }
    }

    /// The same, where no login is found with a browser that is opened.
    #[cfg(feature = "browser-login")]
    pub(crate) fn with_browser(auth: Arc<Auth>, browser: super::BrowserLogin) -> Self {
        Self { browser: Some(browser), ..Self::new(auth) }
    }

    /// Opens the browser, if there is one; `None` when the user can only be told.
    #[cfg(feature = "browser-login")]
    fn open(&mut self) -> Option<State> {
        let auth = Arc::clone(&self.auth);
        let browser = self.browser.take()?;
        Some(State::Open(Box::pin(async move {
            browser.sign_in(&auth.login_url, auth.site.host(), auth.proxy.as_ref()).await
        })))
    }
}

impl Stream for SignIn {
    type Item = Result<SignInStep>;

    #[cfg_attr(not(feature = "browser-login"), expect(unused_variables, reason = "only a browser is waited for"))]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        #[cfg(feature = "browser-login")]
        {
            if let State::Asked(_) = self.state {
                if let Some(open) = self.open() {
                    self.state = open;
                }
            }
            if let State::Open(signing_in) = &mut self.state {
                let signed = std::task::ready!(signing_in.as_mut().poll(cx));
                self.state = State::Done;
                let signed = signed.inspect(|signed| self.auth.adopt(signed.clone()));
                return Poll::Ready(Some(signed.map(SignInStep::SignedIn)));
            }
        }
        let step = match std::mem::replace(&mut self.state, State::Done) {
            State::Begun => match self.auth.find(now()) {
                Ok(signed) => {
                    self.auth.adopt(signed.clone());
                    Some(Ok(SignInStep::SignedIn(signed)))
                }
                Err(error) => {
                    self.state = State::Asked(error);
                    Some(Ok(SignInStep::RequestLogin { label: "Grok", url: self.auth.login_url.clone() }))
                }
            },
            State::Asked(error) => Some(Err(error)),
            _ => None,
        };
        Poll::Ready(step)
    }
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").finish_non_exhaustive()
    }
}

/// What every error of a missing login says in the end.
const ACCEPTED: &str = "accepted are a browser extension's JSON export, a HAR recording, Netscape's cookies.txt \
    and the text of a Cookie header, in the file GROK_COOKIES names or in the folder chatstream/grok of the settings";

/// The most that is read of one file, in bytes: a HAR recording of a day fits.
const FILE_LIMIT: u64 = 64 * 1024 * 1024;

/// The most files of a folder that are looked at.
const MOST_FILES: usize = 64;

/// A login from this source.
///
/// # Errors
///
/// - [`Unauthorized`](ErrorKind::Unauthorized) when there is none.
pub(super) fn find(source: &CookieSource, host: &str, now: u64) -> Result<AuthResult> {
    match source {
        CookieSource::Signed(signed) => match signed.missing_session(host, now) {
            Some(what) => Err(missing(&[format!("the earlier sign-in {what}")])),
            None => Ok(signed.clone()),
        },
        CookieSource::Text(text) => {
            read(text.expose(), host, now).map_err(|what| missing(&[format!("the text given {what}")]))
        }
        CookieSource::File(path) => {
            let mut faults = Vec::new();
            for file in files(path).map_err(|error| missing(&[fault(path, error)]))? {
                match contents(&file).and_then(|text| read(&text, host, now)) {
                    Ok(signed) => return Ok(signed),
                    Err(what) => faults.push(format!("{} {what}", file.display())),
                }
            }
            if faults.is_empty() {
                faults.push(format!("{} holds no file of cookies", path.display()));
            }
            Err(missing(&faults))
        }
        #[cfg(feature = "browser-cookies")]
        CookieSource::Browsers => super::stores::find(host, now).map_err(|faults| missing(&faults)),
    }
}

/// The login in a text, or what is wrong with it.
fn read(text: &str, host: &str, now: u64) -> Result<AuthResult, String> {
    let signed = session::parse(text, host).or_else(|| cookies::read(text, host));
    let signed = signed.ok_or("is in no known form of cookies")?;
    match signed.missing_session(host, now) {
        Some(what) => Err(what),
        None => Ok(signed),
    }
}

/// The file itself, or the files of a folder: a saved sign-in first, then by name.
fn files(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !std::fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let is_known = |file: &Path| {
        let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        ["json", "har", "txt"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    };
    let mut files: Vec<_> = std::fs::read_dir(path)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| file.is_file() && is_known(file))
        .collect();
    files.sort_by_key(|file| (!file.ends_with(AuthResult::FILE_NAME), file.clone()));
    files.truncate(MOST_FILES);
    Ok(files)
}

fn contents(file: &Path) -> Result<String, String> {
    let cannot = |error: std::io::Error| format!("cannot be read: {error}");
    if std::fs::metadata(file).map_err(cannot)?.len() > FILE_LIMIT {
        return Err(format!("exceeds {FILE_LIMIT} bytes"));
    }
    let bytes = std::fs::read(file).map_err(cannot)?;
    String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())
}

fn fault(path: &Path, error: std::io::Error) -> String {
    format!("{} cannot be read: {error}", path.display())
}

fn missing(faults: &[String]) -> Error {
    let message = format!("no login: {}; {ACCEPTED}", faults.join("; "));
    Error::new(ErrorKind::Unauthorized, message).with_provider(NAME)
}
