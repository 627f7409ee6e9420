//! A real browser signs in at the emulator's page, and the client goes on with its cookies.

#![expect(clippy::unwrap_used, reason = "a test that fails should stop where it fails")]

use std::time::Duration;

use chatstream::grok::{BrowserLogin, CookieSource, Grok, GrokConfig, SignInStep};
use chatstream::{ChatRequest, ErrorKind, Proxy, TransportConfig};
use chatstream_emulator::Emulator;
use futures_util::TryStreamExt as _;

/// Where Debian and others put Chromium; the tests say when there is none.
const PROGRAMS: [&str; 4] =
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/microsoft-edge"];

/// A browser that needs neither a screen nor a user who is not root.
fn browser() -> Option<BrowserLogin> {
    let program = PROGRAMS.into_iter().find(|program| std::path::Path::new(program).exists());
    if program.is_none() {
        eprintln!("no Chromium is installed: skipped");
    }
    Some(BrowserLogin::default().executable(program?).window(false).sandbox(false))
}

/// A client of the service that has no cookies.
fn stranger(emulator: &Emulator, login_url: &str) -> Grok {
    let config = GrokConfig::new(CookieSource::text(""))
        .base_url(emulator.grok().base_url())
        .login_url(login_url)
        .transport(TransportConfig::default().proxy(Proxy::None));
    Grok::new(config).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_there_goes_on_here() {
    let Some(browser) = browser() else { return };
    let emulator = Emulator::builder().start().await.unwrap();
    // The page's form is sent in the browser, as the user would.
    let login_url = format!("{}?unattended", emulator.grok().login_url());
    let grok = stranger(&emulator, &login_url);
    let mut steps = grok.sign_in_with(browser.wait(Duration::from_secs(60)));
    let Some(SignInStep::RequestLogin { url, .. }) = steps.try_next().await.unwrap() else { panic!("not asked") };
    assert_eq!(url, login_url);
    let Some(SignInStep::SignedIn(signed)) = steps.try_next().await.unwrap() else { panic!("not signed in") };
    assert!(steps.try_next().await.unwrap().is_none());
    assert!(signed.headers["user-agent"].contains("Mozilla"), "{:?}", signed.headers);
    assert!(signed.cookies.iter().any(|cookie| cookie.name == "sso"));

    let answer = grok.chat(ChatRequest::new("hello")).await.unwrap().into_response().await.unwrap();
    assert!(answer.text.contains("hello"), "{}", answer.text);
    let requests = emulator.requests();
    let sent = requests.iter().find(|request| request.path().ends_with("/new"));
    let agent = sent.unwrap().header("user-agent").unwrap();
    assert_eq!(agent, signed.headers["user-agent"], "the cookies go with the browser they were given to");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_waited_for_for_ever() {
    let Some(browser) = browser() else { return };
    let emulator = Emulator::builder().start().await.unwrap();
    let grok = stranger(&emulator, emulator.grok().login_url());
    let steps = grok.sign_in_with(browser.wait(Duration::from_secs(1)));
    let error = steps.try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Unauthorized, "nobody signed in within 1 s"));
}
