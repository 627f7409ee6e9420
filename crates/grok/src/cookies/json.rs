use chatstream_core::cookies::date;
use serde_json::Value;

use super::{Cookie, har};
use crate::wire::ExportedCookie;

/// Reads JSON: a list of cookies as browser extensions export it, an object with such a list or a map
/// from name to value under `cookies`, or a HAR recording. With the user agent, where one is told.
pub(super) fn read(text: &str, host: &str) -> Option<(Vec<Cookie>, Option<String>)> {
    match serde_json::from_str(text).ok()? {
        Value::Array(list) => Some((cookies(list, host), None)),
        Value::Object(mut members) => {
            if let Some(log) = members.get_mut("log") {
                return har::read(log.take(), host);
            }
            let agent = members.get("headers").and_then(|headers| {
                let headers = headers.as_object()?.iter();
                let agent = headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("user-agent"))?;
                agent.1.as_str().map(str::to_owned)
            });
            let cookies = match members.get_mut("cookies")?.take() {
                Value::Array(list) => cookies(list, host),
                Value::Object(map) => {
                    map.into_iter().filter_map(|(name, value)| Some(Cookie::new(name, value.as_str()?, host))).collect()
                }
                _ => return None,
            };
            Some((cookies, agent))
        }
        _ => None,
    }
}

fn cookies(list: Vec<Value>, host: &str) -> Vec<Cookie> {
    // One entry that cannot be read costs no other.
    list.into_iter().filter_map(|entry| Some(cookie(serde_json::from_value(entry).ok()?, host))).collect()
}

fn cookie(exported: ExportedCookie, host: &str) -> Cookie {
    let domain = exported.domain.unwrap_or_else(|| host.to_owned());
    let mut cookie = Cookie::new(exported.name, exported.value, &domain);
    cookie.host_only = exported.host_only.unwrap_or(false);
    cookie.secure = exported.secure.unwrap_or(false);
    cookie.path = exported.path.filter(|path| path.starts_with('/')).unwrap_or(cookie.path);
    cookie.expires = exported.expires.as_ref().and_then(end);
    cookie
}

/// A time in seconds since 1970, or an HTTP date; 0 and below mean the end of the browser's session.
pub(super) fn end(value: &Value) -> Option<u64> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => match text.trim().parse() {
            Ok(seconds) => seconds,
            Err(_) => return date(text),
        },
        _ => return None,
    };
    (seconds > 0.0).then_some(seconds as u64)
}
