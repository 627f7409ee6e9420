use chatstream_core::cookies::is_subdomain;
use serde_json::Value;

use super::{Cookie, text};
use crate::wire::{HarEntry, HarLog};

/// Reads the requests to `host` and its subdomains; what a later one sent wins. With the user agent
/// of the last of them.
pub(super) fn read(log: Value, host: &str) -> Option<(Vec<Cookie>, Option<String>)> {
    let log: HarLog = serde_json::from_value(log).ok()?;
    let (mut cookies, mut agent) = (Vec::new(), None);
    for entry in log.entries {
        let Ok(HarEntry { request }) = serde_json::from_value(entry) else { continue };
        let Some(to) = request.url.parse::<http::Uri>().ok().and_then(|uri| Some(uri.host()?.to_ascii_lowercase()))
        else {
            continue;
        };
        if to != host && !is_subdomain(&to, host) {
            continue;
        }
        // What a request sends does not tell which domain it was set for: it is the site's.
        for header in &request.headers {
            match header.name.to_ascii_lowercase().as_str() {
                "cookie" => cookies.extend(text::pairs(&header.value, host)),
                "user-agent" => agent = Some(header.value.clone()),
                _ => {}
            }
        }
        cookies.extend(request.cookies.into_iter().map(|cookie| Cookie::new(cookie.name, cookie.value, host)));
    }
    Some((cookies, agent))
}
