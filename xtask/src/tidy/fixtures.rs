use std::collections::BTreeSet;

use super::{File, Finding, text};

/// Where recorded and invented answers lie.
const FOLDER: &str = "tests/fixtures/";

/// Ids that look real and are not, one a line.
const INVENTED: &str = "tests/fixtures/invented-ids.txt";

/// Lengths of the groups of a UUID.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// An id of at most this many different digits was made up: chance gives sixteen.
const INVENTED_DIGITS: usize = 4;

/// A cookie's value shorter than this holds no session.
const SHORT_COOKIE: usize = 16;

/// What follows a cookie in `Set-Cookie` and is none.
const COOKIE_ATTRIBUTES: [&str; 5] = ["domain", "expires", "max-age", "path", "samesite"];

/// The ids that are known to be invented.
pub(super) fn invented(files: &[File]) -> BTreeSet<String> {
    text(files, INVENTED).unwrap_or_default().split_whitespace().map(str::to_ascii_lowercase).collect()
}

/// No fixture carries somebody's session or ids.
pub(super) fn check(path: &str, text: &str, invented: &BTreeSet<String>) -> Vec<Finding> {
    if !path.starts_with(FOLDER) || path == INVENTED {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let cookies = cookies(line).into_iter().filter(|(_, value)| looks_real(value));
        let cookies = cookies.map(|(name, _)| format!("the cookie {name} looks real"));
        let ids = uuids(line).into_iter().filter(|id| !is_invented(id, invented));
        let ids = ids.map(|id| format!("{id} may be a real id: repeat its digits, or list it in {INVENTED}"));
        findings.extend(cookies.chain(ids).map(|what| Finding::new(path, index + 1, what)));
    }
    findings
}

/// Names and values of a `Cookie` or `Set-Cookie` header, also where it is a member of JSON.
fn cookies(line: &str) -> Vec<(&str, &str)> {
    // Lower case in ASCII keeps every byte where it is.
    let lower = line.to_ascii_lowercase();
    let Some(at) = lower.find("cookie\":").or_else(|| lower.find("cookie:")) else {
        return Vec::new();
    };
    let header = line[at + "cookie".len()..].trim_start_matches(['"', ':', ' ', '[']);
    let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    let pairs = pairs.map(|(name, value)| (name, value.trim_end_matches(['"', ',', ']', '}', ' '])));
    pairs.filter(|(name, _)| !COOKIE_ATTRIBUTES.contains(&name.to_ascii_lowercase().as_str())).collect()
}

fn looks_real(value: &str) -> bool {
    value.len() >= SHORT_COOKIE && distinct(value) > INVENTED_DIGITS && !value.contains("invented")
}

fn uuids(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for word in line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')) {
        let mut start = 0;
        let groups: Vec<&str> = word.split('-').collect();
        for (i, group) in groups.iter().enumerate() {
            if is_uuid(&groups[i..]) {
                let length = UUID.iter().sum::<usize>() + UUID.len() - 1;
                found.push(&word[start..start + length]);
            }
            start += group.len() + 1;
        }
    }
    found
}

fn is_uuid(groups: &[&str]) -> bool {
    let is_hex = |group: &str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    groups.len() >= UUID.len() && UUID.iter().zip(groups).all(|(length, group)| group.len() == *length && is_hex(group))
}

fn is_invented(id: &str, invented: &BTreeSet<String>) -> bool {
    let id = id.to_ascii_lowercase();
    let few_digits = distinct(&id.replace('-', "")) <= INVENTED_DIGITS;
    few_digits || id.split('-').all(|group| distinct(group) == 1) || invented.contains(&id)
}

fn distinct(text: &str) -> usize {
    text.chars().collect::<BTreeSet<char>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "tests/fixtures/grok/hello/response.http";
    const REAL: &str = "3f2b8c1e-9d47-4a60-b5e8-71c0d2f9a364";

    fn found(text: &str) -> usize {
        check(PATH, text, &BTreeSet::new()).len()
    }

    #[test]
    fn a_session_in_a_cookie_is_found() {
        assert_eq!(found("Set-Cookie: sso=k3J9xQ2mV7bN4tR8; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT"), 1);
        assert_eq!(found("cookie: a=1; cf_clearance=k3J9xQ2mV7bN4tR8wZ5"), 1);
        assert_eq!(found("{\"set-cookie\": \"sso=k3J9xQ2mV7bN4tR8\"}"), 1);
    }

    #[test]
    fn a_cookie_that_is_short_or_invented_is_not() {
        assert_eq!(found("set-cookie: theme=dark; Path=/; Domain=chat.example.com"), 0);
        assert_eq!(found("set-cookie: sso=an-invented-session-0123456789"), 0);
        assert_eq!(found("set-cookie: sso=00000000000000000001"), 0);
        assert_eq!(found("the cookie = a small thing with many letters"), 0);
    }

    #[test]
    fn an_id_that_may_be_real_is_found() {
        assert_eq!(found(&format!("{{\"id\":\"{REAL}\"}}")), 1);
        assert_eq!(found(&format!("chatcmpl-{REAL}")), 1);
        assert_eq!(found(&REAL.to_uppercase()), 1);
    }

    #[test]
    fn an_id_that_is_invented_is_not() {
        assert_eq!(found("00000000-0000-4000-8000-000000000001"), 0);
        assert_eq!(found("00000000-1111-2222-3333-444444444444"), 0);
        assert_eq!(found("2026-11-20T10:00:00Z 0123-4567"), 0);
        let invented = BTreeSet::from([REAL.to_owned()]);
        assert!(check(PATH, REAL, &invented).is_empty());
        assert!(check("crates/xai/src/parse.rs", REAL, &BTreeSet::new()).is_empty());
    }

    #[test]
    fn the_list_of_invented_ids_is_read() {
        let files = [File { path: INVENTED.to_owned(), text: format!("{}\n", REAL.to_uppercase()) }];
        assert!(invented(&files).contains(REAL));
    }
}
