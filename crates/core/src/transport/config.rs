use super::{ClientCertificate, Proxy, RootCertificates, Roots, Timeouts};
use crate::decode::DEFAULT_EVENT_LIMIT;
use crate::retry::Retry;

/// How requests are carried: values with defaults, checked once by
/// [`Transport::new`](super::Transport::new).
///
/// ```
/// use std::time::Duration;
/// use chatstream_core::{Proxy, Retry, Timeouts, Transport, TransportConfig};
///
/// let config = TransportConfig::default()
///     .timeouts(Timeouts::default().idle(Duration::from_secs(120)))
///     .retry(Retry::none())
///     .proxy(Proxy::url("socks5://user:password@127.0.0.1:1080"));
/// let transport = Transport::new(config)?;
/// # Ok::<(), chatstream_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
#[must_use]
pub struct TransportConfig {
    /// How long each wait may be.
    pub timeouts: Timeouts,
    /// How large what the peer sends may grow.
    pub limits: Limits,
    /// When a request is sent again.
    pub retry: Retry,
    /// The `user-agent`; `None` is `chatstream/VERSION`.
    pub user_agent: Option<String>,
    /// Which proxy is used.
    pub proxy: Proxy,
    /// Which public roots of trust are used.
    pub roots: Roots,
    /// Roots of trust beside the public ones.
    pub extra_roots: Vec<RootCertificates>,
    /// What the client shows of itself, where a server asks for it.
    pub client_certificate: Option<ClientCertificate>,
    /// Whether every event is parsed in full, also one that differs from the one before in its text
    /// only: no by default. The answer is the same, later.
    pub parse_in_full: bool,
}

impl TransportConfig {
    /// Sets [`timeouts`](Self::timeouts).
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets [`limits`](Self::limits).
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets [`retry`](Self::retry).
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Sets [`user_agent`](Self::user_agent).
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Sets [`proxy`](Self::proxy).
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.proxy = proxy;
        self
    }

    /// Sets [`roots`](Self::roots).
    pub fn roots(mut self, roots: Roots) -> Self {
        self.roots = roots;
        self
    }

    /// Sets [`parse_in_full`](Self::parse_in_full).
    pub fn parse_in_full(mut self, parse_in_full: bool) -> Self {
        self.parse_in_full = parse_in_full;
        self
    }

    /// Adds roots of trust.
    pub fn extra_roots(mut self, roots: RootCertificates) -> Self {
        self.extra_roots.push(roots);
        self
    }

    /// Sets [`client_certificate`](Self::client_certificate).
    pub fn client_certificate(mut self, certificate: ClientCertificate) -> Self {
        self.client_certificate = Some(certificate);
        self
    }
}

/// How large what the peer sends may grow, in bytes. Crossing a limit is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Limits {
    /// One line, one event or one whole answer: [`DEFAULT_EVENT_LIMIT`], 16 MiB.
    pub event: usize,
    /// What is read of a refused request's body: 64 KiB, beyond any error text seen.
    pub error_body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { event: DEFAULT_EVENT_LIMIT, error_body: 64 * 1024 }
    }
}

impl Limits {
    /// Sets [`event`](Self::event).
    pub fn event(mut self, bytes: usize) -> Self {
        self.event = bytes;
        self
    }

    /// Sets [`error_body`](Self::error_body).
    pub fn error_body(mut self, bytes: usize) -> Self {
        self.error_body = bytes;
        self
    }
}
