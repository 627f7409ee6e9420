use chatstream::core::Endpoint;
use chatstream::{Result, Secret, TransportConfig};

/// The provider's name.
pub(crate) const NAME: &str = "ollama";

/// Where a server listens unless told otherwise. <https://docs.ollama.com/faq>, seen 2026-11.
const DEFAULT_PORT: &str = "11434";

/// A small model that thinks and calls functions. A server has only what its owner pulled.
const DEFAULT_MODEL: &str = "qwen3";

/// The settings of an [`Ollama`](crate::client::Ollama) client.
#[derive(Clone, Debug)]
#[must_use]
pub(crate) struct OllamaConfig {
    /// The server, as `OLLAMA_HOST` has it: an address, or only a host, perhaps with a port. This machine by default.
    pub(crate) host: String,
    /// The model of requests that name none: `qwen3` by default.
    pub(crate) model: String,
    /// The key of ollama.com, where that is the server; others ask for none.
    pub(crate) api_key: Option<Secret>,
    /// How requests are carried.
    pub(crate) transport: TransportConfig,
}

impl Default for OllamaConfig {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            model: DEFAULT_MODEL.to_owned(),
            api_key: None,
            transport: TransportConfig::default(),
        }
    }
}

impl OllamaConfig {
    /// The server in `OLLAMA_HOST`, the model in `OLLAMA_MODEL` and the key in `OLLAMA_API_KEY`, as far as they are set.
    pub(crate) fn from_env() -> Self {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// [`from_env`](Self::from_env) over any environment: `lookup` gives the value of a variable.
    pub(crate) fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| lookup(name).filter(|value| !value.is_empty());
        let config = Self::default();
        Self {
            host: set("OLLAMA_HOST").unwrap_or(config.host),
            model: set("OLLAMA_MODEL").unwrap_or(config.model),
            api_key: set("OLLAMA_API_KEY").map(Secret::new),
            transport: config.transport,
        }
    }

    /// Sets [`host`](Self::host).
    pub(crate) fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// Sets [`transport`](Self::transport).
    pub(crate) fn transport(mut self, transport: TransportConfig) -> Self {
        self.transport = transport;
        self
    }
}

/// The checked address of the server. A host alone is taken as Ollama's own client takes it: over HTTP, at its port.
pub(crate) fn endpoint(host: &str) -> Result<Endpoint> {
    if host.contains("://") {
        return Endpoint::parse(host);
    }
    let (authority, path) = host.split_once('/').unwrap_or((host, ""));
    // The colons of `[::1]` are no port's.
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
    let port = if has_port { String::new() } else { format!(":{DEFAULT_PORT}") };
    Endpoint::parse(&format!("http://{authority}{port}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_taken_as_ollama_takes_it() {
        let table = [
            ("127.0.0.1", "http://127.0.0.1:11434"),
            ("localhost:8080", "http://localhost:8080"),
            ("[::1]", "http://[::1]:11434"),
            ("[::1]:8080", "http://[::1]:8080"),
            ("gateway/ollama/", "http://gateway:11434/ollama"),
            ("https://ollama.com", "https://ollama.com"),
        ];
        for (host, expected) in table {
            assert_eq!(endpoint(host).unwrap().to_string(), expected, "{host}");
        }
        assert!(endpoint("a b").is_err() && endpoint("ftp://host").is_err());
    }

    #[test]
    fn the_environment_is_read_as_far_as_it_is_set() {
        let config = OllamaConfig::from_lookup(|name| (name == "OLLAMA_API_KEY").then(|| "hunter2".to_owned()));
        assert_eq!((config.host.as_str(), config.model.as_str()), ("127.0.0.1", "qwen3"));
        assert!(config.api_key.is_some() && !format!("{config:?}").contains("hunter2"));
    }
}
