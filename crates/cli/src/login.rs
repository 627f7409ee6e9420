//! `chatstream login`: a session, checked and kept.

use std::io::{self, Write as _};
use std::path::Path;

use chatstream::grok::{AuthResult, CookieSource, Grok, GrokConfig, SessionInfo, SignIn, SignInStep};
use chatstream::{Error, ErrorKind, Proxy, TransportConfig};
use futures_util::TryStreamExt as _;

use crate::args::{LoginArgs, Site};
use crate::failure::Failure;
use crate::render::{Form, Renderer};
use crate::settings::{self, Environment};
use crate::visible::visible;

pub(crate) async fn login(args: LoginArgs, env: &Environment<'_>) -> Result<(), Failure> {
    let Site::Grok = args.provider;
    let transport = match args.proxy {
        Some(url) => TransportConfig::default().proxy(Proxy::Url(url)),
        None => TransportConfig::default(),
    };
    let mut config = settings::grok(args.base_url.as_deref(), transport, env)?;
    if let Some(file) = args.cookies {
        config = config.cookies(CookieSource::file(file));
    }
    let (signed, info) = tokio::select! {
        () = crate::cancelled() => return Err(Failure::Cancelled),
        signed = signed_in(config) => signed?,
    };
    let who = info.email.or(info.user_id).unwrap_or_else(|| "a user without a name".to_owned());
    let mut stdout = io::stdout().lock();
    match settings::kept_sign_in(env) {
        Some(file) => {
            keep(&signed, &file)?;
            writeln!(stdout, "signed in as {}; kept in {}", visible(&who), file.display())?;
        }
        None => writeln!(stdout, "signed in as {}; there is no settings folder to keep it in", visible(&who))?,
    }
    Ok(())
}

/// The first login that the site takes.
async fn signed_in(config: GrokConfig) -> Result<(AuthResult, SessionInfo), Error> {
    let mut refused = None;
    for source in sources(&config) {
        let client = Grok::new(config.clone().cookies(source))?;
        match check(&client, client.sign_in()).await {
            // What one source lacks another may have.
            Err(error) if error.kind() == ErrorKind::Unauthorized => refused = refused.or(Some(error)),
            outcome => return outcome,
        }
    }
    match refused {
        Some(refused) => in_browser(&config, refused).await,
        None => Err(Error::new(ErrorKind::Unauthorized, "no cookies were looked for")),
    }
}

/// Where a login may be, in the order in which it is looked for.
fn sources(config: &GrokConfig) -> Vec<CookieSource> {
    vec![
        config.cookies.clone(),
        #[cfg(feature = "browser-cookies")]
        CookieSource::Browsers,
    ]
}

/// Goes through the steps of a sign-in and asks the site who that is.
async fn check(client: &Grok, mut steps: SignIn) -> Result<(AuthResult, SessionInfo), Error> {
    while let Some(step) = steps.try_next().await? {
        match step {
            SignInStep::SignedIn(_) => {
                let info = client.session().await?;
                // With what the site set in its answer.
                return Ok((client.auth_result().unwrap_or_default(), info));
            }
            SignInStep::RequestLogin { url, .. } => {
                Renderer::standard(Form::Text).notice(&format!("no login was found; sign in at {url}"));
            }
            _ => {}
        }
    }
    Err(Error::new(ErrorKind::Unexpected, "the sign-in ended without an outcome"))
}

/// Lets the user sign in, in a browser.
#[cfg(feature = "browser-login")]
async fn in_browser(config: &GrokConfig, refused: Error) -> Result<(AuthResult, SessionInfo), Error> {
    let mut renderer = Renderer::standard(Form::Text);
    renderer.notice(refused.message());
    renderer.notice("a browser is opened: sign in there; it closes by itself");
    // The sources were looked at.
    let client = Grok::new(config.clone().cookies(CookieSource::text("")))?;
    let steps = client.sign_in_with(chatstream::grok::BrowserLogin::default());
    check(&client, steps).await
}

/// Without a browser the user can only be told.
#[cfg(not(feature = "browser-login"))]
async fn in_browser(_: &GrokConfig, refused: Error) -> Result<(AuthResult, SessionInfo), Error> {
    Err(refused)
}

/// Keeps the session where the next runs find it, in a folder for its owner alone.
fn keep(signed: &AuthResult, file: &Path) -> Result<(), Failure> {
    if let Some(folder) = file.parent() {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let cannot = |error| Failure::io(format!("cannot make the folder {}", folder.display()), error);
        builder.create(folder).map_err(cannot)?;
    }
    Ok(signed.save(file)?)
}
