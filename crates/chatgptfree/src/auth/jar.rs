use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use chatstream_core::{Body, BoxFuture, Error, ErrorKind, Result, Secret, Transport};
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderValue, Uri};
use tower_service::Service;

use super::clock;

/// Scheme, host and port: who may see what the site set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    pub(super) fn of(uri: &Uri) -> Option<Self> {
        let scheme = uri.scheme_str()?.to_owned();
        let port = uri.port_u16().or(match scheme.as_str() {
            "https" => Some(443),
            "http" => Some(80),
            _ => None,
        })?;
        Some(Self { scheme, host: uri.host()?.to_ascii_lowercase(), port })
    }
}

/// The cookies of one origin, in memory: those of the settings and those the site sets.
#[derive(Debug)]
pub(crate) struct Jar {
    origin: Origin,
    cookies: Mutex<Vec<Cookie>>,
}

#[derive(Debug)]
struct Cookie {
    name: String,
    value: Secret,
    /// The paths it belongs to begin so.
    path: String,
    /// When it ends, in seconds since 1970.
    expires: Option<u64>,
}

/// The most cookies that are kept; browsers keep 180 of a site.
const MOST: usize = 180;

/// The longest `Set-Cookie` that is kept, in bytes; browsers take 4096.
const LONGEST: usize = 4096;

impl Jar {
    /// The jar of this site, with the text of a `Cookie` header in it.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when the text is none.
    pub(super) fn new(origin: Origin, given: Option<&Secret>) -> Result<Self> {
        let wrong = || Error::new(ErrorKind::Config, "cookies are not the text of a cookie header");
        let mut cookies = Vec::new();
        for pair in given.map(Secret::expose).unwrap_or_default().split(';').filter(|pair| !pair.trim().is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(wrong)?;
            let cookie = Cookie::new(name, value, "/");
            cookies.push(cookie.filter(Cookie::is_sendable).ok_or_else(wrong)?);
        }
        Ok(Self { origin, cookies: Mutex::new(cookies) })
    }

    /// The `cookie` header for an address; `None` where there is nothing to send, or nobody to see it.
    fn header(&self, uri: &Uri, now: u64) -> Option<HeaderValue> {
        if Origin::of(uri).as_ref() != Some(&self.origin) {
            return None;
        }
        let mut header = String::new();
        let cookies = self.lock();
        for cookie in cookies.iter().filter(|cookie| cookie.is_live(now) && cookie.is_for_path(uri.path())) {
            let gap = if header.is_empty() { "" } else { "; " };
            for piece in [gap, &cookie.name, "=", cookie.value.expose()] {
                header.push_str(piece);
            }
        }
        let header = Secret::new(header);
        let mut value = HeaderValue::from_str(header.expose()).ok().filter(|value| !value.is_empty())?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Takes in what the site set at this address.
    fn fold(&self, uri: &Uri, set_cookie: &str, now: u64) {
        if Origin::of(uri).as_ref() != Some(&self.origin) || set_cookie.len() > LONGEST {
            return;
        }
        let Some(cookie) = Cookie::parse(set_cookie, uri.path(), now).filter(Cookie::is_sendable) else { return };
        let mut cookies = self.lock();
        cookies.retain(|held| held.name != cookie.name || held.path != cookie.path);
        if cookie.is_live(now) && cookies.len() < MOST {
            cookies.push(cookie);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Cookie>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cookie {
    fn new(name: &str, value: &str, path: &str) -> Option<Self> {
        let name = name.trim();
        (!name.is_empty()).then(|| Self {
            name: name.to_owned(),
            value: Secret::new(value.trim()),
            path: path.to_owned(),
            expires: None,
        })
    }

    /// Reads a `Set-Cookie` header ([RFC 6265, section 5.2][rfc]). Its `Domain` does not matter: the jar
    /// is for one origin.
    ///
    /// [rfc]: https://www.rfc-editor.org/rfc/rfc6265#section-5.2
    fn parse(header: &str, path: &str, now: u64) -> Option<Self> {
        let mut parts = header.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let folder = path.rsplit_once('/').map_or("/", |(folder, _)| if folder.is_empty() { "/" } else { folder });
        let mut cookie = Self::new(name, value, folder)?;
        let mut max_age = None;
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "path" if value.starts_with('/') => value.clone_into(&mut cookie.path),
                "expires" => cookie.expires = date(value),
                "max-age" => max_age = value.parse::<i64>().ok(),
                _ => {}
            }
        }
        // `Max-Age` wins over `Expires`; none or less ends the cookie at once.
        if let Some(seconds) = max_age {
            cookie.expires = Some(now.saturating_add_signed(seconds.max(0)));
        }
        Some(cookie)
    }

    fn is_live(&self, now: u64) -> bool {
        self.expires.is_none_or(|end| end > now)
    }

    fn is_for_path(&self, path: &str) -> bool {
        path.strip_prefix(self.path.as_str())
            .is_some_and(|rest| self.path.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether name and value can stand in a header.
    fn is_sendable(&self) -> bool {
        let is_plain = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b';');
        is_plain(&self.name) && is_plain(self.value.expose())
    }
}

/// An HTTP date in seconds since 1970, also with the dashes that old servers write.
fn date(text: &str) -> Option<u64> {
    let date = httpdate::parse_http_date(text).or_else(|_| httpdate::parse_http_date(&text.replace('-', " "))).ok()?;
    Some(date.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// A transport that keeps the site's cookies, for the page and for what is posted after it.
#[derive(Clone)]
pub(crate) struct WithCookies {
    transport: Transport,
    jar: Arc<Jar>,
}

impl WithCookies {
    /// Around a transport.
    ///
    /// # Errors
    ///
    /// As [`Transport::from_service`].
    pub(crate) fn around(transport: Transport, jar: Arc<Jar>) -> Result<Transport> {
        let config = transport.config().clone();
        Transport::from_service(Self { transport, jar }, config)
    }
}

impl Service<http::Request<Bytes>> for WithCookies {
    type Response = http::Response<Body>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<Bytes>) -> Self::Future {
        let mut this = self.clone();
        let address = request.uri().clone();
        if let Some(header) = this.jar.header(&address, clock::seconds()) {
            request.headers_mut().insert(COOKIE, header);
        }
        Box::pin(async move {
            let response = this.transport.call(request).await?;
            for set_cookie in response.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
                this.jar.fold(&address, set_cookie, clock::seconds());
            }
            Ok(response)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: &str = "https://chat.example.org/";

    fn jar(given: &str) -> Jar {
        Jar::new(Origin::of(&SITE.parse().unwrap()).unwrap(), Some(&Secret::new(given))).unwrap()
    }

    fn sent(jar: &Jar, uri: &str) -> String {
        jar.header(&uri.parse().unwrap(), 100).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    #[test]
    fn cookies_go_to_their_origin_only() {
        let jar = jar("a=hunter2; b = 2;");
        let table = [
            ("https://chat.example.org/wp-admin/admin-ajax.php", "a=hunter2; b=2"),
            ("https://CHAT.example.org:443/", "a=hunter2; b=2"),
            ("http://chat.example.org/", ""),
            ("https://chat.example.org:8443/", ""),
            ("https://www.chat.example.org/", ""),
            ("https://example.org/", ""),
            ("https://chat.example.org.evil.example/", ""),
        ];
        for (uri, expected) in table {
            assert_eq!(sent(&jar, uri), expected, "{uri}");
        }
        assert!(!format!("{jar:?}").contains("hunter2"));
        assert!(!format!("{:?}", jar.header(&SITE.parse().unwrap(), 1)).contains("hunter2"));
    }

    #[test]
    fn what_the_site_sets_is_kept_as_it_says() {
        let jar = jar("a=1");
        let page = "https://chat.example.org/chat/".parse().unwrap();
        for set_cookie in [
            "a=2; Path=/; HttpOnly",
            "gone=1; Max-Age=0",
            "old=1; Expires=Thu, 01-Jan-1970 00:00:10 GMT",
            "here=1",
            "later=1; Path=/; Max-Age=50",
            "x=\u{7}",
            "none",
        ] {
            jar.fold(&page, set_cookie, 100);
        }
        jar.fold(&"https://evil.example/".parse().unwrap(), "evil=1; Path=/", 100);
        assert_eq!(sent(&jar, "https://chat.example.org/chat/x"), "a=2; here=1; later=1");
        assert_eq!(sent(&jar, "https://chat.example.org/chats"), "a=2; later=1");
        assert_eq!(jar.header(&SITE.parse().unwrap(), 151).unwrap(), "a=2");
        jar.fold(&page, "a=; Path=/; Max-Age=-1", 100);
        assert_eq!(sent(&jar, SITE), "later=1");
    }

    #[test]
    fn cookies_that_are_none_are_refused() {
        for given in ["hunter2", "=hunter2", "a=hunter2\r\nx: y"] {
            let origin = Origin::of(&SITE.parse().unwrap()).unwrap();
            let error = Jar::new(origin, Some(&Secret::new(given))).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(!format!("{error:?}").contains("hunter2"));
        }
    }
}
