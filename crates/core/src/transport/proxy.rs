use std::fmt;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::display_address;
use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// Which proxy requests go through.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Proxy {
    /// What `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say, in either case, when the
    /// transport is made. The default.
    #[default]
    Environment,
    /// None, whatever the environment says.
    None,
    /// The one at this URL, for every request; see [`Proxy::url`].
    Url(Secret),
}

impl Proxy {
    /// The proxy at this URL: `http`, `https`, `socks5` (names are resolved here) or `socks5h`
    /// (names are resolved there), with `user:password@` where it asks for them.
    pub fn url(url: impl Into<String>) -> Self {
        Self::Url(Secret::new(url))
    }

    /// The rules for which request takes which proxy.
    pub(super) fn matcher(&self) -> Result<ProxyMatcher> {
        Ok(ProxyMatcher(match self {
            Self::Environment => Some(Matcher::from_env()),
            Self::None => None,
            Self::Url(url) => Some(matcher_of(url.expose())?),
        }))
    }
}

fn matcher_of(url: &str) -> Result<Matcher> {
    let uri: Uri = url
        .parse()
        .map_err(|error: http::uri::InvalidUri| Error::new(ErrorKind::Config, "proxy is no URL").with_source(error))?;
    let scheme = uri.scheme_str().unwrap_or("no scheme");
    if !matches!(scheme, "http" | "https" | "socks5" | "socks5h") || uri.host().is_none_or(str::is_empty) {
        let address = display_address(&uri);
        let message = format!("proxy {address} has {scheme}; known are http, https, socks5 and socks5h");
        return Err(Error::new(ErrorKind::Config, message));
    }
    Ok(Matcher::builder().all(url).build())
}

/// The rules for which request takes which proxy.
pub(super) struct ProxyMatcher(Option<Matcher>);

impl ProxyMatcher {
    /// The proxy for a request to this address.
    pub(super) fn intercept(&self, destination: &Uri) -> Option<Intercept> {
        self.0.as_ref()?.intercept(destination)
    }
}

impl fmt::Debug for ProxyMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyMatcher").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intercept(proxy: &str, destination: &str) -> Option<String> {
        let matcher = Proxy::url(proxy).matcher().unwrap();
        matcher.intercept(&destination.parse().unwrap()).map(|intercept| intercept.uri().to_string())
    }

    #[test]
    fn a_proxy_by_url_takes_every_request_and_keeps_its_password_to_itself() {
        let got = intercept("http://me:pass@127.0.0.1:3128", "https://api.x.ai/v1");
        assert_eq!(got.as_deref(), Some("http://127.0.0.1:3128/"));
        let got = intercept("socks5h://127.0.0.1:1080", "http://localhost:1/");
        assert_eq!(got.as_deref(), Some("socks5h://127.0.0.1:1080/"));
        let debug = format!("{:?}", Proxy::url("http://me:pass@127.0.0.1:3128"));
        assert!(!debug.contains("pass"), "{debug}");
    }

    #[test]
    fn what_is_no_proxy_is_a_config_error_without_the_password() {
        for url in ["", "::", "ftp://me:pass@host", "socks4://host", "127.0.0.1:3128", "http://"] {
            let error = Proxy::url(url).matcher().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{url}");
            assert!(!error.to_string().contains("pass"), "{error}");
        }
    }

    #[test]
    fn no_proxy_means_none() {
        let matcher = Proxy::None.matcher().unwrap();
        assert!(matcher.intercept(&"https://api.x.ai".parse().unwrap()).is_none());
    }
}
