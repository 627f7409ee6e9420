//! Cookies of one site: what it sets goes back to it, and to nobody else.

use http::{HeaderValue, Uri};

use crate::secret::Secret;

mod layer;
mod set_cookie;
mod site;

pub use layer::{Jar, around};
pub use set_cookie::date;
pub use site::{Site, is_subdomain};

/// One cookie. Its value is a [`Secret`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Cookie {
    /// The name.
    pub name: String,
    /// The value.
    pub value: Secret,
    /// The host it belongs to, in lower case, without a dot before it.
    pub domain: String,
    /// Whether it belongs to that host alone, not to its subdomains.
    pub host_only: bool,
    /// The paths it belongs to begin so: `/` by default.
    pub path: String,
    /// Whether it goes over TLS only, or to this machine.
    pub secure: bool,
    /// When it ends, in seconds since 1970; `None` with the browser's session.
    pub expires: Option<u64>,
}

impl Cookie {
    /// A cookie for a host and its subdomains, that does not end.
    pub fn new(name: impl Into<String>, value: impl Into<Secret>, domain: &str) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            domain: domain.trim_start_matches('.').to_ascii_lowercase(),
            host_only: false,
            path: "/".to_owned(),
            secure: false,
            expires: None,
        }
    }

    /// Whether it has ended at `now`, in seconds since 1970.
    pub fn is_expired(&self, now: u64) -> bool {
        self.expires.is_some_and(|end| end <= now)
    }

    /// Whether it belongs to this host, by suffix.
    pub fn is_for(&self, host: &str) -> bool {
        host == self.domain || (!self.host_only && site::is_subdomain(host, &self.domain))
    }

    fn is_for_path(&self, path: &str) -> bool {
        path.strip_prefix(self.path.as_str())
            .is_some_and(|rest| self.path.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether name and value can stand in a header.
    fn is_sendable(&self) -> bool {
        let is_plain = |text: &str| !text.bytes().any(|byte| byte.is_ascii_control() || byte == b';');
        !self.name.is_empty() && !self.name.contains('=') && is_plain(&self.name) && is_plain(self.value.expose())
    }

    /// Browsers keep a host's own cookie beside one of the same name for its subdomains too.
    fn is_same(&self, other: &Self) -> bool {
        self.takes_the_place_of(other) && self.host_only == other.host_only
    }

    fn takes_the_place_of(&self, other: &Self) -> bool {
        self.name == other.name && self.domain == other.domain && self.path == other.path
    }
}

/// The cookies of one site.
#[derive(Clone, Debug, Default)]
pub struct Cookies(Vec<Cookie>);

/// The most cookies that are kept; browsers keep 180 of a site.
const MOST: usize = 512;

/// The longest `Set-Cookie` that is kept, in bytes; browsers take 4096.
const LONGEST: usize = 4096;

impl Cookies {
    /// All of them, expired ones included.
    pub fn iter(&self) -> impl Iterator<Item = &Cookie> {
        self.0.iter()
    }

    /// Adds a cookie, in place of one of the same name, domain and path. False for one that is left out,
    /// because it does not belong to this host or its subdomains, or can stand in no header.
    pub fn set(&mut self, cookie: Cookie, host: &str) -> bool {
        let belongs = cookie.is_for(host) || site::is_subdomain(&cookie.domain, host);
        // A cookie of a whole top-level domain is nobody's.
        if !belongs || !cookie.is_sendable() || (cookie.domain != host && !cookie.domain.contains('.')) {
            return false;
        }
        self.0.retain(|held| !cookie.is_same(held));
        let has_room = self.0.len() < MOST;
        if has_room {
            self.0.push(cookie);
        }
        has_room
    }

    /// The `cookie` header for an address at `now`, in seconds since 1970; `None` where nothing may be sent.
    pub fn header(&self, site: &Site, uri: &Uri, now: u64) -> Option<HeaderValue> {
        if !site.may_see_cookies(uri) {
            return None;
        }
        let host = uri.host()?.to_ascii_lowercase();
        let is_safe = uri.scheme_str() == Some("https") || site::is_loopback(&host);
        let mut fitting: Vec<_> = self
            .0
            .iter()
            .filter(|cookie| !cookie.is_expired(now) && cookie.is_for(&host) && cookie.is_for_path(uri.path()))
            .filter(|cookie| is_safe || !cookie.secure)
            .collect();
        // The cookie that fits best wins where several have one name.
        fitting.sort_by_key(|cookie| std::cmp::Reverse((cookie.path.len(), cookie.domain.len(), cookie.host_only)));
        let mut header = String::new();
        let mut names = Vec::new();
        for cookie in fitting {
            if names.contains(&cookie.name.as_str()) {
                continue;
            }
            names.push(&cookie.name);
            let gap = if header.is_empty() { "" } else { "; " };
            for piece in [gap, &cookie.name, "=", cookie.value.expose()] {
                header.push_str(piece);
            }
        }
        let header = Secret::new(header);
        let mut value = HeaderValue::from_str(header.expose())
            .or_else(|_| HeaderValue::from_bytes(header.expose().as_bytes()))
            .ok()
            .filter(|value| !value.is_empty())?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Takes in a `Set-Cookie` answer from this address, at `now`, in seconds since 1970.
    pub fn fold(&mut self, set_cookie: &str, site: &Site, address: &Uri, now: u64) {
        if !site.may_see_cookies(address) || set_cookie.len() > LONGEST {
            return;
        }
        let Some(cookie) = set_cookie::parse(set_cookie, address, now) else { return };
        // The text of a header does not tell which hosts a cookie was set for: what the site sets by
        // this name is meant for it.
        self.0.retain(|held| !cookie.takes_the_place_of(held));
        if !cookie.is_expired(now) {
            self.set(cookie, site.host());
        }
    }
}

impl FromIterator<Cookie> for Cookies {
    fn from_iter<T: IntoIterator<Item = Cookie>>(cookies: T) -> Self {
        Self(cookies.into_iter().take(MOST).collect())
    }
}

#[cfg(test)]
mod tests;
