use std::fmt;

use chatstream_core::{Endpoint, Error, ErrorKind, Result, RootCertificates, Secret, TransportConfig};

/// The provider's name.
pub(crate) const NAME: &str = "gigachat";

/// Where the API lives since 2026-07.
pub const DEFAULT_BASE_URL: &str = "https://api.giga.chat/v1";

/// Where the API lived before; announced for retirement, still served in 2026-09.
pub const DEVICES_BASE_URL: &str = "https://gigachat.devices.sberbank.ru/api/v1";

/// Where access tokens come from.
pub const DEFAULT_AUTH_URL: &str = "https://ngw.devices.sberbank.ru:9443/api/v2/oauth";

/// The model that is asked when a request names none: the cheapest of the second generation.
pub const DEFAULT_MODEL: &str = "GigaChat-2";

/// The settings of a [`GigaChat`](crate::GigaChat) client.
///
/// ```
/// use chatstream_gigachat::{Credentials, GigaChatConfig, Scope};
///
/// let config = GigaChatConfig::new(Credentials::key("a2V5OnNlY3JldA==")).scope(Scope::Corp).max_streams(10);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct GigaChatConfig {
    /// Who asks.
    pub credentials: Credentials,
    /// What the authorization key is for: [`Scope::Pers`] by default.
    pub scope: Scope,
    /// The word before the authorization key: [`AuthScheme::Basic`] by default.
    pub auth_scheme: AuthScheme,
    /// The API: [`DEFAULT_BASE_URL`] by default, up to and with the version.
    pub base_url: String,
    /// The whole address of the token call: [`DEFAULT_AUTH_URL`] by default.
    pub auth_url: String,
    /// The model of requests that name none: [`DEFAULT_MODEL`] by default.
    pub model: String,
    /// Which chat API is spoken: [`Version::V1`] by default.
    pub version: Version,
    /// Whether the service's profanity filter checks the answer; not sent when `None`.
    pub profanity_check: Option<bool>,
    /// The least time between two chunks, in seconds; not sent when `None`, which is 0.
    pub update_interval: Option<f64>,
    /// An id of the dialogue (`X-Session-ID`): kept the same, it raises the hits of the service's
    /// prompt cache.
    pub session_id: Option<String>,
    /// An id of the request (`X-Request-ID`) for the service's logs; it makes one by itself.
    pub request_id: Option<String>,
    /// An id of the user (`X-Client-ID`). A picture made under one is downloaded under the same one.
    pub client_id: Option<String>,
    /// How many answers may run at once; further calls wait for their turn, in order. The service
    /// allows 1 to individuals and 10 to companies, and refuses more with 429. No limit by default.
    pub max_streams: Option<usize>,
    /// Whether the result of a function goes back under the role `tool` in version 2, as an
    /// integration stand took it in 2026-06; the service takes `function`, the default.
    pub v2_tool_role: bool,
    /// Whether the Russian roots that GigaChat's certificates need are honoured, for its names only:
    /// yes by default, see [`russian_roots`](crate::russian_roots).
    pub russian_roots: bool,
    /// How requests are carried.
    pub transport: TransportConfig,
}

impl GigaChatConfig {
    /// The defaults, with these credentials.
    pub fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            scope: Scope::Pers,
            auth_scheme: AuthScheme::Basic,
            base_url: DEFAULT_BASE_URL.to_owned(),
            auth_url: DEFAULT_AUTH_URL.to_owned(),
            model: DEFAULT_MODEL.to_owned(),
            version: Version::V1,
            profanity_check: None,
            update_interval: None,
            session_id: None,
            request_id: None,
            client_id: None,
            max_streams: None,
            v2_tool_role: false,
            russian_roots: true,
            transport: TransportConfig::default(),
        }
    }

    /// The settings of the environment, under the names of the official SDK: `GIGACHAT_ACCESS_TOKEN`,
    /// else `GIGACHAT_CREDENTIALS`, else `GIGACHAT_USER` and `GIGACHAT_PASSWORD`; `GIGACHAT_SCOPE`,
    /// `GIGACHAT_BASE_URL`, `GIGACHAT_AUTH_URL`, `GIGACHAT_MODEL`, and `GIGACHAT_CA_BUNDLE_FILE`, a file
    /// of further roots in PEM.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when no credentials are set, the scope is unknown, or the file
    ///   cannot be read.
    pub fn from_env() -> Result<Self> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// [`from_env`](Self::from_env) over any environment: `lookup` gives the value of a variable.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let credentials = if let Some(token) = set("GIGACHAT_ACCESS_TOKEN") {
            Credentials::access_token(token)
        } else if let Some(key) = set("GIGACHAT_CREDENTIALS") {
            Credentials::key(key)
        } else if let (Some(user), Some(password)) = (set("GIGACHAT_USER"), set("GIGACHAT_PASSWORD")) {
            Credentials::password(user, password)
        } else {
            return Err(config_error(
                "none of GIGACHAT_CREDENTIALS, GIGACHAT_ACCESS_TOKEN, or GIGACHAT_USER with GIGACHAT_PASSWORD is set",
            ));
        };
        let mut config = Self::new(credentials);
        if let Some(scope) = set("GIGACHAT_SCOPE") {
            config.scope = Scope::from_word(&scope).ok_or_else(|| {
                config_error(format!("GIGACHAT_SCOPE is {scope}; known are {}", Scope::WORDS.join(", ")))
            })?;
        }
        config.base_url = set("GIGACHAT_BASE_URL").unwrap_or(config.base_url);
        config.auth_url = set("GIGACHAT_AUTH_URL").unwrap_or(config.auth_url);
        config.model = set("GIGACHAT_MODEL").unwrap_or(config.model);
        if let Some(file) = set("GIGACHAT_CA_BUNDLE_FILE") {
            let pem = std::fs::read(&file).map_err(|error| {
                config_error(format!("GIGACHAT_CA_BUNDLE_FILE {file} cannot be read")).with_source(error)
            })?;
            let roots = RootCertificates::from_pem(&pem).map_err(|error| error.with_provider(NAME))?;
            config.transport = config.transport.extra_roots(roots);
        }
        Ok(config)
    }

    /// Sets [`scope`](Self::scope).
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// Sets [`auth_scheme`](Self::auth_scheme).
    pub fn auth_scheme(mut self, scheme: AuthScheme) -> Self {
        self.auth_scheme = scheme;
        self
    }

    /// Sets [`base_url`](Self::base_url).
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Sets [`auth_url`](Self::auth_url).
    pub fn auth_url(mut self, auth_url: impl Into<String>) -> Self {
        self.auth_url = auth_url.into();
        self
    }

    /// Sets [`model`](Self::model).
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// Sets [`version`](Self::version).
    pub fn version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// Sets [`profanity_check`](Self::profanity_check).
    pub fn profanity_check(mut self, check: bool) -> Self {
        self.profanity_check = Some(check);
        self
    }

    /// Sets [`update_interval`](Self::update_interval), in seconds.
    pub fn update_interval(mut self, seconds: f64) -> Self {
        self.update_interval = Some(seconds);
        self
    }

    /// Sets [`session_id`](Self::session_id).
    pub fn session_id(mut self, id: impl Into<String>) -> Self {
        self.session_id = Some(id.into());
        self
    }

    /// Sets [`request_id`](Self::request_id).
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// Sets [`client_id`](Self::client_id).
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        self.client_id = Some(id.into());
        self
    }

    /// Sets [`max_streams`](Self::max_streams).
    pub fn max_streams(mut self, streams: usize) -> Self {
        self.max_streams = Some(streams);
        self
    }

    /// Sets [`v2_tool_role`](Self::v2_tool_role).
    pub fn v2_tool_role(mut self, tool_role: bool) -> Self {
        self.v2_tool_role = tool_role;
        self
    }

    /// Sets [`russian_roots`](Self::russian_roots).
    pub fn russian_roots(mut self, honoured: bool) -> Self {
        self.russian_roots = honoured;
        self
    }

    /// Sets [`transport`](Self::transport).
    pub fn transport(mut self, transport: TransportConfig) -> Self {
        self.transport = transport;
        self
    }
}

/// Who asks.
#[derive(Clone)]
#[non_exhaustive]
pub enum Credentials {
    /// The authorization key of the user's cabinet: base64 of client id and client secret.
    Key(Secret),
    /// The two halves of that key.
    Client {
        /// The client id.
        id: String,
        /// The client secret.
        secret: Secret,
    },
    /// A ready access token, used until it is refused.
    AccessToken(Secret),
    /// User and password, for private installations.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
    /// Nothing but the client certificate of the transport.
    Certificate,
}

impl Credentials {
    /// See [`Key`](Self::Key).
    pub fn key(key: impl Into<Secret>) -> Self {
        Self::Key(key.into())
    }

    /// See [`Client`](Self::Client).
    pub fn client(id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self::Client { id: id.into(), secret: secret.into() }
    }

    /// See [`AccessToken`](Self::AccessToken).
    pub fn access_token(token: impl Into<Secret>) -> Self {
        Self::AccessToken(token.into())
    }

    /// See [`Password`](Self::Password).
    pub fn password(user: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self::Password { user: user.into(), password: password.into() }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key(..)",
            Self::Client { .. } => "Client { .. }",
            Self::AccessToken(_) => "AccessToken(..)",
            Self::Password { .. } => "Password { .. }",
            Self::Certificate => "Certificate",
        })
    }
}

/// What an authorization key is for; a key belongs to one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// Individuals: `GIGACHAT_API_PERS`.
    Pers,
    /// Companies with prepaid packages: `GIGACHAT_API_B2B`.
    B2b,
    /// Companies that pay as they go: `GIGACHAT_API_CORP`.
    Corp,
}

impl Scope {
    /// All scopes in the service's words.
    const WORDS: [&'static str; 3] = ["GIGACHAT_API_PERS", "GIGACHAT_API_B2B", "GIGACHAT_API_CORP"];

    /// The service's word for it.
    pub fn as_str(self) -> &'static str {
        Self::WORDS[self as usize]
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Pers, Self::B2b, Self::Corp].into_iter().find(|scope| scope.as_str() == word)
    }
}

/// The word before the authorization key on the token call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthScheme {
    /// As the documentation and all official SDKs have it since 2025-07.
    Basic,
    /// As it was before, and as some installations still want it.
    Bearer,
}

impl AuthScheme {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::Bearer => "Bearer",
        }
    }
}

/// Which chat API is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Version {
    /// `/v1/chat/completions`: messages of text.
    V1,
    /// `/v2/chat/completions`: messages of parts, built-in tools, threads.
    V2,
}

/// The checked base URL.
pub(crate) fn endpoint(base_url: &str) -> Result<Endpoint> {
    Endpoint::parse(base_url)
}

/// The base URL of version 2: `/v2` in place of the last `/v1`, as the official SDK has it.
pub(crate) fn v2_endpoint(endpoint: &Endpoint) -> Endpoint {
    let path = endpoint.path();
    let path = match path.rsplit_once('/') {
        Some((before, version)) if is_version(version) => format!("{before}/v2"),
        _ => path.to_owned(),
    };
    endpoint.clone().with_path(&path)
}

fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

fn config_error(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Config, message).with_provider(NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<GigaChatConfig> {
        GigaChatConfig::from_lookup(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_gives_credentials_and_addresses() {
        let config = from(&[
            ("GIGACHAT_CREDENTIALS", "key"),
            ("GIGACHAT_SCOPE", "GIGACHAT_API_CORP"),
            ("GIGACHAT_BASE_URL", "http://localhost/v1"),
            ("GIGACHAT_AUTH_URL", "http://localhost/oauth"),
            ("GIGACHAT_MODEL", "GigaChat:latest"),
        ])
        .unwrap();
        assert!(matches!(&config.credentials, Credentials::Key(key) if key.expose() == "key"));
        assert_eq!((config.scope, config.base_url.as_str()), (Scope::Corp, "http://localhost/v1"));
        assert_eq!((config.auth_url.as_str(), config.model.as_str()), ("http://localhost/oauth", "GigaChat:latest"));
        let token = from(&[("GIGACHAT_CREDENTIALS", "key"), ("GIGACHAT_ACCESS_TOKEN", "token")]).unwrap();
        assert!(matches!(token.credentials, Credentials::AccessToken(_)));
        let user = from(&[("GIGACHAT_USER", "u"), ("GIGACHAT_PASSWORD", "p")]).unwrap();
        assert!(matches!(user.credentials, Credentials::Password { .. }));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let table: [(&[(&str, &str)], &str); 4] = [
            (&[], "GIGACHAT_CREDENTIALS"),
            (&[("GIGACHAT_USER", "u")], "GIGACHAT_PASSWORD"),
            (&[("GIGACHAT_CREDENTIALS", "k"), ("GIGACHAT_SCOPE", "pers")], "known are GIGACHAT_API_PERS"),
            (
                &[("GIGACHAT_CREDENTIALS", "k"), ("GIGACHAT_CA_BUNDLE_FILE", "/no/such.pem")],
                "/no/such.pem cannot be read",
            ),
        ];
        for (variables, expected) in table {
            let error = from(variables).unwrap_err();
            assert_eq!((error.kind(), error.provider()), (ErrorKind::Config, Some("gigachat")));
            assert!(error.message().contains(expected), "{error}");
        }
    }

    #[test]
    fn version_2_takes_the_place_of_version_1() {
        let table = [
            ("https://api.giga.chat/v1", "https://api.giga.chat/v2"),
            ("https://gigachat.devices.sberbank.ru/api/v1/", "https://gigachat.devices.sberbank.ru/api/v2"),
            ("https://host", "https://host"),
            ("https://host/api", "https://host/api"),
        ];
        for (base_url, expected) in table {
            assert_eq!(v2_endpoint(&endpoint(base_url).unwrap()).to_string(), expected);
        }
    }

    #[test]
    fn no_credentials_print() {
        let all = [
            Credentials::key("hunter2"),
            Credentials::client("id", "hunter2"),
            Credentials::access_token("hunter2"),
            Credentials::password("user", "hunter2"),
            Credentials::Certificate,
        ];
        for credentials in all {
            let shown = format!("{:?}", GigaChatConfig::new(credentials));
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
