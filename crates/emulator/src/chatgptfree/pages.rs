//! The pages of the site.

mod element;

use http::header::{AGE, CACHE_CONTROL, LOCATION, PRAGMA, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::nonces::{Nonces, Purpose};
use super::route::Page;
use super::{Chatgptfree, error};
use crate::answer::Reply;
use crate::cookie;
use crate::fault::{Fault, Faults};
use crate::identity;
use crate::page::{self, HTML};
use crate::server::Call;
use crate::whole;
use element::Lacks;

/// The cookie that pages set.
const COOKIE: &str = "wp_visit";

/// The query of a page that was asked for elsewhere.
const MOVED: &str = "moved=1";

/// Answers a request for a page.
pub(super) fn answer(service: &Chatgptfree, page: Page, call: &Call) -> Reply {
    let faults = &call.faults;
    if let Some(reply) = instead(service, call) {
        return reply;
    }
    let cached = faults.has(&Fault::PageCache) && !wants_fresh(&call.head.headers);
    let nonce = |purpose| if cached { Nonces::stale(purpose) } else { service.nonces.fresh(purpose) };
    let lacks = lacks(faults);
    let chat = if lacks == Some(Lacks::Chat) { String::new() } else { element::of(page, &service.site, nonce, lacks) };
    let html = around(&chat, page, &nonce(Purpose::Other), service.site.home());
    let reply = whole::body(html.into(), HeaderValue::from_static(HTML), faults);
    let reply = reply.header(SET_COOKIE, cookie_of(call.number));
    if !faults.has(&Fault::PageCache) {
        return reply;
    }
    let age = if cached { 90_000 } else { 0 };
    let hit = HeaderValue::from_static(if cached { "HIT" } else { "MISS" });
    reply.header(AGE, HeaderValue::from(age)).header(HeaderName::from_static("x-cache"), hit)
}

/// Whether a fault asks for the cookie of the page, and it is not there.
pub(super) fn lacks_cookie(call: &Call) -> bool {
    let is_good = |value: &str| !value.is_empty() && !value.contains("invalid");
    call.faults.has(&Fault::CookieRequired) && !cookie::value(&call.head.headers, COOKIE).is_some_and(is_good)
}

/// A text as the value of an attribute, as `esc_attr` of WordPress writes it.
pub(super) fn attribute(text: &str) -> String {
    let entities = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#039;")];
    entities.iter().fold(text.to_owned(), |text, (character, entity)| text.replace(character, entity))
}

fn cookie_of(number: u64) -> HeaderValue {
    let visit = identity::uuid(identity::hash(&[b"visit", &number.to_be_bytes()]));
    HeaderValue::try_from(format!("{COOKIE}={visit}; Path=/; HttpOnly; SameSite=Lax")).expect("digits and letters")
}

/// What comes instead of a page.
fn instead(service: &Chatgptfree, call: &Call) -> Option<Reply> {
    match page_reply(&call.faults)? {
        "challenge" => Some(page::challenge()),
        "firewall" => Some(page::blocked()),
        "error" => Some(error::critical()),
        "maintenance" => Some(error::maintenance()),
        "login" => {
            let form = "<h1>Members only</h1>\n<form method=\"post\" action=\"/wp-login.php\">\n\
                        <input name=\"log\"><input name=\"pwd\" type=\"password\"><button>Log In</button>\n</form>";
            Some(Reply::text(StatusCode::OK, HTML, page::page("Log In", form)))
        }
        // Whoever has followed it is there.
        "moved" if call.head.uri.query() != Some(MOVED) => {
            let path = call.head.uri.path().trim_start_matches(Chatgptfree::PREFIX).trim_matches('/');
            Some(redirect(&format!("{}/{path}?{MOVED}", service.site.home())))
        }
        "moved-away" => Some(redirect("https://chat.example.org/")),
        _ => None,
    }
}

fn redirect(address: &str) -> Reply {
    let reply = Reply::text(StatusCode::FOUND, HTML, "");
    reply.header(LOCATION, HeaderValue::try_from(address).expect("a path and what the site calls itself"))
}

/// What the chat of a page lacks.
fn lacks(faults: &Faults) -> Option<Lacks> {
    match page_reply(faults)? {
        "no-chat" => Some(Lacks::Chat),
        "no-nonce" => Some(Lacks::Nonce),
        "no-post" => Some(Lacks::Post),
        "broken-config" => Some(Lacks::EndOfConfig),
        _ => None,
    }
}

fn page_reply(faults: &Faults) -> Option<&str> {
    faults.find(|fault| match fault {
        Fault::PageReply(name) => Some(name.as_str()),
        _ => None,
    })
}

/// Whether a request asks caches to be left out (RFC 9111, sections 5.2 and 5.4).
fn wants_fresh(headers: &HeaderMap) -> bool {
    let names = |name: HeaderName, wanted: &[&str]| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values
            .flat_map(|value| value.split(','))
            .any(|part| wanted.contains(&part.trim().to_ascii_lowercase().as_str()))
    };
    names(CACHE_CONTROL, &["no-cache", "no-store", "max-age=0"]) || names(PRAGMA, &["no-cache"])
}

/// A page with what else such pages have: another plugin with its own nonce, an element with a post of its own.
fn around(chat: &str, page: Page, other: &str, home: &str) -> String {
    if page == Page::Minified {
        let head = "<!DOCTYPE html><html lang=en><head><meta charset=UTF-8><title>AI Chat</title></head>";
        return format!("{head}<body>{chat}</body></html>");
    }
    let root = format!("{home}/wp-json/").replace('/', "\\/");
    format!(
        "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head>\n<meta charset=\"UTF-8\">\n\
         <title>AI Chat &#8211; Эмулятор</title>\n<link rel=\"https://api.w.org/\" href=\"{home}/wp-json/\">\n\
         <script>var wpApiSettings = {{\"root\":\"{root}\",\"nonce\":\"{other}\",\"postId\":9}};</script>\n</head>\n\
         <body class=\"page-template-default page page-id-261\">\n<article data-post-id=\"9\" data-nonce=\"{other}\">\
         <h2>Nine</h2><p>A post &amp; its \"quotes\".</p></article>\n{chat}\n\
         <footer><p>Powered by an emulator.</p></footer>\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_have_no_character_that_ends_them() {
        assert_eq!(attribute("a \"b\" & 'c' <d>"), "a &quot;b&quot; &amp; &#039;c&#039; &lt;d&gt;");
    }

    #[test]
    fn caches_are_left_out_when_the_request_says_so() {
        for (name, value, expected) in [
            ("cache-control", "no-cache", true),
            ("cache-control", "max-age=0, No-Store", true),
            ("pragma", "no-cache", true),
            ("cache-control", "max-age=60", false),
            ("accept", "no-cache", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            assert_eq!(wants_fresh(&headers), expected, "{name}: {value}");
        }
    }
}
