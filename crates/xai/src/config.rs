use chatstream_core::{Endpoint, Error, ErrorKind, Result, Secret, TransportConfig};

/// The provider's name.
pub(crate) const NAME: &str = "xai";

/// Where the xAI API lives. <https://docs.x.ai>, seen 2026-09.
pub const DEFAULT_BASE_URL: &str = "https://api.x.ai/v1";

/// The model that is asked when a request names none: an alias that follows the newest model.
///
/// The `grok-beta` of 2024 is answered with 404 today.
pub const DEFAULT_MODEL: &str = "grok-latest";

/// The settings of an [`Xai`](crate::Xai) client.
///
/// ```
/// use chatstream_xai::XaiConfig;
///
/// let config = XaiConfig::new("xai-key").base_url("http://127.0.0.1:8000").model("local");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct XaiConfig {
    /// The key from <https://console.x.ai>.
    pub api_key: Secret,
    /// The server: [`DEFAULT_BASE_URL`] by default. With or without `/v1` and a slash at its end;
    /// `/v1` is added where the path names no version.
    pub base_url: String,
    /// The model of requests that name none: [`DEFAULT_MODEL`] by default.
    pub model: String,
    /// Whether streams are asked to report token usage (`stream_options.include_usage`): yes by
    /// default. For servers that refuse the member.
    pub stream_usage: bool,
    /// How requests are carried.
    pub transport: TransportConfig,
}

impl XaiConfig {
    /// The defaults, with this key.
    pub fn new(api_key: impl Into<Secret>) -> Self {
        Self {
            api_key: api_key.into(),
            base_url: DEFAULT_BASE_URL.to_owned(),
            model: DEFAULT_MODEL.to_owned(),
            stream_usage: true,
            transport: TransportConfig::default(),
        }
    }

    /// The key from `XAI_API_KEY`, and the server from `XAI_BASE_URL` where that is set.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when `XAI_API_KEY` is not set or empty.
    pub fn from_env() -> Result<Self> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// [`from_env`](Self::from_env) over any environment: `lookup` gives the value of a variable.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let set = |name| lookup(name).filter(|value| !value.is_empty());
        let api_key = set("XAI_API_KEY")
            .ok_or_else(|| Error::new(ErrorKind::Config, "XAI_API_KEY is not set").with_provider(NAME))?;
        let config = Self::new(api_key);
        Ok(match set("XAI_BASE_URL") {
            Some(url) => config.base_url(url),
            None => config,
        })
    }

    /// Sets [`base_url`](Self::base_url).
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Sets [`model`](Self::model).
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// Sets [`stream_usage`](Self::stream_usage).
    pub fn stream_usage(mut self, stream_usage: bool) -> Self {
        self.stream_usage = stream_usage;
        self
    }

    /// Sets [`transport`](Self::transport).
    pub fn transport(mut self, transport: TransportConfig) -> Self {
        self.transport = transport;
        self
    }
}

/// The checked base URL, with a version in its path.
///
/// Clients of this dialect disagree on whether a base URL ends in `/v1` and in a slash, so both
/// are taken, as is the whole address of the chat endpoint.
pub(crate) fn endpoint(base_url: &str) -> Result<Endpoint> {
    let endpoint = Endpoint::parse(base_url)?;
    let path = endpoint.path();
    let path = path.strip_suffix("/chat/completions").unwrap_or(path).to_owned();
    let path = if path.split('/').any(is_version) { path } else { path + "/v1" };
    Ok(endpoint.with_path(&path))
}

/// Whether a path segment names a version: `v1`, `v4`, `v1beta`.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_taken_with_and_without_version_and_slash() {
        let table = [
            ("https://api.x.ai", "https://api.x.ai/v1"),
            ("https://api.x.ai/", "https://api.x.ai/v1"),
            ("https://api.x.ai/v1", "https://api.x.ai/v1"),
            ("https://api.x.ai/v1/", "https://api.x.ai/v1"),
            ("https://api.x.ai/v1/chat/completions", "https://api.x.ai/v1"),
            ("http://127.0.0.1:8000/xai/v1", "http://127.0.0.1:8000/xai/v1"),
            ("http://127.0.0.1:8000/gateway", "http://127.0.0.1:8000/gateway/v1"),
            ("https://host/v1/openai", "https://host/v1/openai"),
            ("https://host/api/paas/v4", "https://host/api/paas/v4"),
            ("https://host/vendor", "https://host/vendor/v1"),
        ];
        for (base_url, expected) in table {
            assert_eq!(endpoint(base_url).unwrap().to_string(), expected, "{base_url}");
        }
    }

    #[test]
    fn the_environment_gives_key_and_server() {
        let config = XaiConfig::from_lookup(|name| match name {
            "XAI_API_KEY" => Some("k".to_owned()),
            _ => Some("http://localhost".to_owned()),
        })
        .unwrap();
        assert_eq!((config.api_key.expose(), config.base_url.as_str()), ("k", "http://localhost"));
    }

    #[test]
    fn no_key_is_a_config_error_that_names_the_variable() {
        for value in [None, Some(String::new())] {
            let error = XaiConfig::from_lookup(|_| value.clone()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert_eq!(error.to_string(), "xai: config: XAI_API_KEY is not set");
        }
    }
}
