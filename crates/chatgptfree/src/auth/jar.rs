use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chatstream_core::cookies::{Cookie, Cookies, Jar, Site};
use chatstream_core::{Error, ErrorKind, Result, Secret};
use http::Uri;
use http::header::COOKIE;

use super::clock;

/// The cookies of one origin, in memory: those of the settings and those the site sets.
#[derive(Debug)]
pub(crate) struct OwnJar {
    site: Site,
    cookies: Mutex<Cookies>,
}

impl OwnJar {
    /// The jar of this site, with the text of a `Cookie` header in it.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when the text is none.
    pub(super) fn new(site: Site, given: Option<&Secret>) -> Result<Self> {
        let mut cookies = Cookies::default();
        for pair in given.map(Secret::expose).unwrap_or_default().split(';').filter(|pair| !pair.trim().is_empty()) {
            let cookie = pair.split_once('=').map(|(name, value)| Cookie::new(name.trim(), value.trim(), site.host()));
            if !cookie.is_some_and(|cookie| cookies.set(cookie, site.host())) {
                return Err(Error::new(ErrorKind::Config, "cookies are not the text of a cookie header"));
            }
        }
        Ok(Self { site, cookies: Mutex::new(cookies) })
    }

    /// Whether the address is of the site itself: subdomains are others here.
    fn is_own(&self, address: &Uri) -> bool {
        Site::of(address).as_ref() == Some(&self.site)
    }

    fn lock(&self) -> MutexGuard<'_, Cookies> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Jar for OwnJar {
    fn fill(&self, request: &mut http::Request<Bytes>) {
        let address = request.uri();
        let header = self.lock().header(&self.site, address, clock::now().as_secs()).filter(|_| self.is_own(address));
        if let Some(header) = header {
            request.headers_mut().insert(COOKIE, header);
        }
    }

    fn fold(&self, address: &Uri, set_cookies: &mut dyn Iterator<Item = &str>) {
        if self.is_own(address) {
            let (mut cookies, now) = (self.lock(), clock::now().as_secs());
            set_cookies.for_each(|set_cookie| cookies.fold(set_cookie, &self.site, address, now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "https://chat.example.org/";

    fn jar(given: &str) -> Result<OwnJar> {
        OwnJar::new(Site::of(&SITE.parse().unwrap()).unwrap(), Some(&Secret::new(given)))
    }

    fn sent(jar: &OwnJar, uri: &str) -> String {
        let mut request = http::Request::get(uri).body(Bytes::new()).unwrap();
        jar.fill(&mut request);
        assert!(!format!("{jar:?} {request:?}").contains("hunter2"));
        request.headers().get(COOKIE).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    #[test]
    fn cookies_go_to_their_origin_only() {
        let jar = jar("a=hunter2; b = 2;").unwrap();
        jar.fold(&SITE.parse().unwrap(), &mut ["c=3; Domain=example.org"].into_iter());
        jar.fold(
            &"https://www.chat.example.org/".parse().unwrap(),
            &mut ["a=evil; Domain=chat.example.org"].into_iter(),
        );
        let table = [
            ("https://chat.example.org/wp-admin/admin-ajax.php", "a=hunter2; b=2; c=3"),
            ("https://CHAT.example.org:443/", "a=hunter2; b=2; c=3"),
            ("http://chat.example.org/", ""),
            ("https://chat.example.org:8443/", ""),
            ("https://www.chat.example.org/", ""),
            ("https://example.org/", ""),
            ("https://chat.example.org.evil.example/", ""),
        ];
        for (uri, expected) in table {
            assert_eq!(sent(&jar, uri), expected, "{uri}");
        }
    }

    #[test]
    fn cookies_that_are_none_are_refused() {
        for given in ["hunter2", "=hunter2", "a=hunter2\r\nx: y"] {
            let error = jar(given).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }
}
