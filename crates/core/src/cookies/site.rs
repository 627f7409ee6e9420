use std::net::IpAddr;

use http::Uri;

/// The origin the session belongs to, which decides who may see its cookies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    scheme: String,
    host: String,
    port: u16,
}

impl Site {
    /// The origin of an address; `None` when it has none.
    pub fn of(uri: &Uri) -> Option<Self> {
        let scheme = uri.scheme_str()?.to_owned();
        let port = uri.port_u16().or(match scheme.as_str() {
            "https" => Some(443),
            "http" => Some(80),
            _ => None,
        })?;
        Some(Self { scheme, host: uri.host()?.to_ascii_lowercase(), port })
    }

    /// The host, in lower case.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the session may go to this address: the same scheme and port, and the host itself or a
    /// subdomain of it. Ports count, unlike in browsers: another server of one machine is another one.
    pub fn may_see_cookies(&self, uri: &Uri) -> bool {
        Self::of(uri).is_some_and(|other| {
            other.scheme == self.scheme
                && other.port == self.port
                && (other.host == self.host || is_subdomain(&other.host, &self.host))
        })
    }
}

/// Whether `host` lies below `domain`. Addresses have no subdomains.
pub fn is_subdomain(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|head| head.len() > 1 && head.ends_with('.'))
        && !domain.is_empty()
        && host.parse::<IpAddr>().is_err()
}

/// Whether the host is this machine, where no wire can be listened to.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_site_and_its_subdomains_may_see_cookies() {
        let table = [
            ("https://grok.com", "https://grok.com/rest", true),
            ("https://grok.com", "https://GROK.com:443/rest", true),
            ("https://grok.com", "https://assets.grok.com/users/1", true),
            ("https://grok.com", "http://grok.com/", false),
            ("https://grok.com", "https://grok.com:8443/", false),
            ("https://grok.com", "https://evilgrok.com/", false),
            ("https://grok.com", "https://grok.com.evil.example/", false),
            ("https://grok.com", "https://imagine-public.x.ai/a.jpg", false),
            ("https://grok.com", "https://.grok.com/", false),
            ("https://assets.grok.com", "https://grok.com/", false),
            ("http://127.0.0.1:8080/grok", "http://127.0.0.1:8080/assets/a", true),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8081/", false),
            ("http://127.0.0.1:8080", "http://localhost:8080/", false),
        ];
        for (base, address, expected) in table {
            let site = Site::of(&base.parse().unwrap()).unwrap();
            assert_eq!(site.may_see_cookies(&address.parse().unwrap()), expected, "{base} {address}");
        }
    }

    #[test]
    fn addresses_have_no_subdomains() {
        assert!(!is_subdomain("10.0.0.1", "0.0.1") && !is_subdomain("grok.com", "grok.com"));
        assert!(is_loopback("[::1]") && is_loopback("127.0.0.1") && !is_loopback("grok.com"));
    }
}
