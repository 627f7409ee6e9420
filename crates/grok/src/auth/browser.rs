use std::future::{Future, poll_fn};
use std::path::PathBuf;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use chatstream_core::cookies::{Cookie, Cookies};
use chatstream_core::{Error, ErrorKind, Result, Secret, random};
use chromiumoxide::cdp::browser_protocol::network;
use chromiumoxide::{Browser, BrowserConfig, Handler};
use futures_util::StreamExt as _;

use super::now;
use crate::config::NAME;
use crate::session::AuthResult;

/// A Chromium in which the user signs in, for [`Grok::sign_in_with`](crate::Grok::sign_in_with).
///
/// It is an ordinary browser in the user's sight: nothing about it is disguised, and no challenge is
/// answered for the user. A site that refuses browsers under remote control refuses this one too.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct BrowserLogin {
    /// The program; `None` looks for Chromium, Chrome or Edge in their usual places.
    pub executable: Option<PathBuf>,
    /// The folder of the browser's profile, which is kept. `None` is a fresh one that is deleted.
    pub profile: Option<PathBuf>,
    /// How long the user has: 5 minutes by default.
    pub wait: Duration,
    /// Whether there is a window: yes by default; tests have none.
    pub window: bool,
    /// Whether the browser's sandbox is on: yes by default; it cannot run as root.
    pub sandbox: bool,
}

impl Default for BrowserLogin {
    fn default() -> Self {
        Self { executable: None, profile: None, wait: Duration::from_secs(300), window: true, sandbox: true }
    }
}

/// How long the browser may take to start and to close.
const START_WAIT: Duration = Duration::from_secs(30);

/// How often the browser is asked for its cookies.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl BrowserLogin {
    /// Sets [`executable`](Self::executable).
    pub fn executable(mut self, path: impl Into<PathBuf>) -> Self {
        self.executable = Some(path.into());
        self
    }

    /// Sets [`profile`](Self::profile).
    pub fn profile(mut self, folder: impl Into<PathBuf>) -> Self {
        self.profile = Some(folder.into());
        self
    }

    /// Sets [`wait`](Self::wait).
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// Sets [`window`](Self::window).
    pub fn window(mut self, window: bool) -> Self {
        self.window = window;
        self
    }

    /// Sets [`sandbox`](Self::sandbox).
    pub fn sandbox(mut self, sandbox: bool) -> Self {
        self.sandbox = sandbox;
        self
    }

    /// Opens the page and waits for the login of `host`.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when no browser can be started.
    /// - [`Unauthorized`](ErrorKind::Unauthorized) when the user does not sign in, or closes it.
    pub(super) async fn sign_in(self, url: &str, host: &str, proxy: Option<&Secret>) -> Result<AuthResult> {
        let profile = Profile::of(&self)?;
        let config = self.config(&profile, proxy)?;
        let (mut browser, mut handler) = Browser::launch(config)
            .await
            .map_err(|error| config_error("no browser can be started; the executable can be named", error))?;
        let wait = self.wait;
        let signed = driven(&mut handler, async {
            match tokio::time::timeout(wait, signed_in(&browser, url, host)).await {
                Ok(signed) => signed,
                Err(_) => Err(unauthorized(format!("nobody signed in within {} s", wait.as_secs()))),
            }
        })
        .await;
        let closing = driven(&mut handler, async {
            let _ = browser.close().await;
            Err(unauthorized("closed".to_owned()))
        });
        // A browser that hangs is ended when it is dropped.
        let _: std::result::Result<Result<()>, _> = tokio::time::timeout(START_WAIT, closing).await;
        let _ = tokio::time::timeout(START_WAIT, browser.wait()).await;
        let mut signed = signed?;
        signed.proxy = proxy.cloned();
        Ok(signed)
    }

    fn config(&self, profile: &Profile, proxy: Option<&Secret>) -> Result<BrowserConfig> {
        let mut config = BrowserConfig::builder()
            .user_data_dir(&profile.folder)
            .launch_timeout(START_WAIT)
            .respect_https_errors()
            .viewport(None);
        config = if self.window { config.with_head() } else { config.new_headless_mode() };
        if let Some(path) = &self.executable {
            config = config.chrome_executable(path);
        }
        if !self.sandbox {
            config = config.no_sandbox();
        }
        if let Some(proxy) = proxy {
            // It would stand in the list of processes, and the browser does not take it there.
            if proxy.expose().contains('@') {
                let message = "a browser takes no proxy with a password";
                return Err(Error::new(ErrorKind::Config, message).with_provider(NAME));
            }
            config = config.arg(("proxy-server", proxy.expose()));
        }
        config.build().map_err(|error| config_error("no browser was found; the executable can be named", error))
    }
}

/// Waits for the login, in a new page.
async fn signed_in(browser: &Browser, url: &str, host: &str) -> Result<AuthResult> {
    let gone =
        |error: chromiumoxide::error::CdpError| unauthorized("the browser was closed".to_owned()).with_source(error);
    let _page = browser.new_page(url).await.map_err(gone)?;
    loop {
        let mut cookies = Cookies::default();
        browser.get_cookies().await.map_err(gone)?.into_iter().for_each(|held| _ = cookies.set(cookie(held), host));
        let signed = AuthResult::new(cookies);
        if signed.missing_session(host, now()).is_none() {
            let agent = browser.user_agent().await.map_err(gone)?;
            return Ok(signed.user_agent(agent));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn cookie(held: network::Cookie) -> Cookie {
    let mut cookie = Cookie::new(held.name, held.value, &held.domain);
    cookie.host_only = !held.domain.starts_with('.');
    cookie.path = held.path;
    cookie.secure = held.secure;
    // Cookies of the browser's session end at -1.
    cookie.expires = (held.expires > 0.0).then_some(held.expires as u64);
    cookie
}

/// Does the work while the browser's messages are taken, without a task of their own.
async fn driven<T>(handler: &mut Handler, work: impl Future<Output = Result<T>>) -> Result<T> {
    let mut work = pin!(work);
    let mut is_open = true;
    poll_fn(|cx| {
        while is_open {
            match handler.poll_next_unpin(cx) {
                // A message that is not understood is not for us.
                Poll::Ready(Some(_)) => {}
                Poll::Ready(None) => is_open = false,
                Poll::Pending => break,
            }
        }
        match work.as_mut().poll(cx) {
            Poll::Pending if !is_open => Poll::Ready(Err(unauthorized("the browser was closed".to_owned()))),
            polled => polled,
        }
    })
    .await
}

/// The folder of a profile; a fresh one is deleted with this.
struct Profile {
    folder: PathBuf,
    is_fresh: bool,
}

impl Profile {
    fn of(login: &BrowserLogin) -> Result<Self> {
        if let Some(folder) = &login.profile {
            return Ok(Self { folder: folder.clone(), is_fresh: false });
        }
        let folder = std::env::temp_dir().join(format!("chatstream-grok-{}", random::uuid()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&folder)
            .map_err(|error| config_error("the browser's profile cannot be made", error.to_string()))?;
        Ok(Self { folder, is_fresh: true })
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        if self.is_fresh {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

fn config_error(message: &'static str, source: impl Into<chatstream_core::BoxError>) -> Error {
    Error::new(ErrorKind::Config, message).with_provider(NAME).with_source(source)
}

fn unauthorized(what: String) -> Error {
    Error::new(ErrorKind::Unauthorized, what).with_provider(NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_of_its_own_is_private_and_goes_away() {
        let profile = Profile::of(&BrowserLogin::default()).unwrap();
        let folder = profile.folder.clone();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        }
        drop(profile);
        assert!(!folder.exists());
        let kept = tempfile::tempdir().unwrap();
        drop(Profile::of(&BrowserLogin::default().profile(kept.path())).unwrap());
        assert!(kept.path().exists());
    }

    #[test]
    fn a_proxy_with_a_password_is_refused_without_showing_it() {
        let login = BrowserLogin::default().executable("/bin/true");
        let profile = Profile::of(&login).unwrap();
        let proxy = Secret::new("http://me:hunter2@proxy.example");
        let error = login.config(&profile, Some(&proxy)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(!format!("{error:?}").contains("hunter2"));
        assert!(login.config(&profile, Some(&Secret::new("http://proxy.example:1"))).is_ok());
    }
}
