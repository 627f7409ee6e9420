use std::fmt;

use http::Uri;
use http::uri::{Authority, Scheme};

use crate::error::{Error, ErrorKind, Result};

/// Where a service lives: a checked base URL that paths are joined to. Nothing joined to it leaves
/// its origin.
///
/// ```
/// use chatstream_core::Endpoint;
///
/// let endpoint = Endpoint::parse("https://api.x.ai/v1/")?;
/// assert_eq!(endpoint.join("/models")?, "https://api.x.ai/v1/models");
/// # Ok::<(), chatstream_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    scheme: Scheme,
    authority: Authority,
    /// Without a slash at its end; empty for the root.
    path: String,
}

impl Endpoint {
    /// Checks a base URL: `http` or `https`, a host, perhaps a port and a path, nothing else.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when it is anything else. The message does not repeat a
    ///   password or a query.
    pub fn parse(url: &str) -> Result<Self> {
        let uri: Uri = url.parse().map_err(|error: http::uri::InvalidUri| wrong("is malformed").with_source(error))?;
        let parts = uri.into_parts();
        let scheme = parts.scheme.filter(|scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS);
        let scheme = scheme.ok_or_else(|| wrong("does not begin with http:// or https://"))?;
        let authority = parts.authority.filter(|authority| !authority.host().is_empty());
        let authority = authority.ok_or_else(|| wrong("has no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("holds a user name or password"));
        }
        if authority.as_str() != authority.host() && authority.port_u16().is_none() {
            return Err(wrong("has a port that is no number"));
        }
        let path = parts.path_and_query.unwrap_or(http::uri::PathAndQuery::from_static("/"));
        if path.query().is_some() {
            return Err(wrong("has a query"));
        }
        Ok(Self { scheme, authority, path: path.path().trim_end_matches('/').to_owned() })
    }

    /// The path, without a slash at its end; empty for the root.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same origin with another path.
    #[must_use]
    pub fn with_path(mut self, path: &str) -> Self {
        self.path = path.trim_end_matches('/').to_owned();
        self
    }

    /// The address of a path below this one, perhaps with a query.
    ///
    /// # Errors
    ///
    /// - [`InvalidRequest`](ErrorKind::InvalidRequest) when it is no path.
    pub fn join(&self, path: &str) -> Result<Uri> {
        let path = path.trim_start_matches('/');
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query([&self.path, "/", path].concat())
            .build()
            .map_err(|error| Error::new(ErrorKind::InvalidRequest, "path is malformed").with_source(error))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.path)
    }
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("base URL {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_join_with_and_without_slashes() {
        let table = [
            ("https://api.x.ai/v1", "models", "https://api.x.ai/v1/models"),
            ("https://api.x.ai/v1//", "/models?limit=2", "https://api.x.ai/v1/models?limit=2"),
            ("http://[::1]:8080", "a/b", "http://[::1]:8080/a/b"),
            ("HTTP://localhost", "http://evil.example/x", "http://localhost/http://evil.example/x"),
            ("http://localhost", "//evil.example/x", "http://localhost/evil.example/x"),
        ];
        for (base, path, expected) in table {
            assert_eq!(Endpoint::parse(base).unwrap().join(path).unwrap(), expected);
        }
        assert!(Endpoint::parse("http://localhost").unwrap().join("a b").is_err());
    }

    #[test]
    fn what_is_no_base_url_is_a_config_error_that_hides_passwords() {
        for url in [
            "",
            "api.x.ai",
            "api.x.ai/v1",
            "ftp://api.x.ai",
            "https://",
            "https:///v1",
            "https://me:hunter2@api.x.ai",
            "https://api.x.ai/v1?key=hunter2",
            "https://api.x.ai:port",
            "https://api.x.ai:99999",
            "http://localhost:",
            "https://a b",
            "xai\n",
        ] {
            let error = Endpoint::parse(url).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{url}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
