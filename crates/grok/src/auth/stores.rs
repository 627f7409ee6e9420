//! The cookie stores of the user's browsers.

use chatstream_core::Result;
use chatstream_core::cookies::{Cookie, Cookies};

use crate::session::AuthResult;

/// Reads the cookies of some domains out of one browser's store.
type Read = fn(Option<Vec<String>>) -> rookie::Result<Vec<rookie::enums::Cookie>>;

/// The browsers that are looked into, in this order.
const BROWSERS: [(&str, Read); 8] = [
    ("Firefox", rookie::firefox),
    ("Chrome", rookie::chrome),
    ("Chromium", rookie::chromium),
    ("Edge", rookie::edge),
    ("Brave", rookie::brave),
    ("Vivaldi", rookie::vivaldi),
    ("Opera", rookie::opera),
    ("LibreWolf", rookie::librewolf),
];

/// Seconds since 1970 that no cookie lives to see: what is above them counts milliseconds, as Firefox
/// does from version 142 on.
const MOST_SECONDS: u64 = 100_000_000_000;

/// The sign-in of the first browser that holds one for this host, or what is wrong with each.
pub(super) fn find(host: &str, now: u64) -> Result<AuthResult, Vec<String>> {
    let mut faults = Vec::new();
    for (name, read) in BROWSERS {
        // The cause names files of the user, and most often only that there is no such browser.
        let Ok(held) = read(Some(vec![host.to_owned()])) else {
            faults.push(format!("{name} has no store that can be read"));
            continue;
        };
        let mut cookies = Cookies::default();
        held.into_iter().for_each(|held| _ = cookies.set(cookie(held), host));
        let signed = AuthResult::new(cookies);
        match signed.missing_session(host, now) {
            Some(what) => faults.push(format!("{name} {what}")),
            None => return Ok(signed),
        }
    }
    Err(faults)
}

fn cookie(held: rookie::enums::Cookie) -> Cookie {
    let mut cookie = Cookie::new(held.name, held.value, &held.domain);
    cookie.host_only = !held.domain.starts_with('.');
    cookie.path = held.path;
    cookie.secure = held.secure;
    cookie.expires = held.expires.map(|end| if end > MOST_SECONDS { end / 1000 } else { end });
    cookie
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_told_in_seconds_whatever_the_browser_counts_in() {
        let held = |expires| rookie::enums::Cookie {
            domain: ".grok.com".to_owned(),
            path: "/".to_owned(),
            secure: true,
            expires,
            name: "sso".to_owned(),
            value: "hunter2".to_owned(),
            http_only: true,
            same_site: 0,
        };
        for (told, expected) in
            [(None, None), (Some(1_900_000_000), Some(1_900_000_000)), (Some(1_900_000_000_123), Some(1_900_000_000))]
        {
            let cookie = cookie(held(told));
            assert_eq!((cookie.expires, cookie.host_only, cookie.secure), (expected, false, true));
        }
    }
}
