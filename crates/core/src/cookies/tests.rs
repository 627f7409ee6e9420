use super::*;

const NOW: u64 = 1_800_000_000;

fn site(base: &str) -> Site {
    Site::of(&base.parse().unwrap()).unwrap()
}

/// The header that these cookies make for an address.
fn sent(cookies: &Cookies, base: &str, address: &str) -> Option<String> {
    let header = cookies.header(&site(base), &address.parse().unwrap(), NOW)?;
    assert!(header.is_sensitive());
    Some(header.to_str().unwrap().to_owned())
}

#[test]
fn a_cookie_goes_to_its_own_hosts_and_paths_only() {
    let mut cookies = Cookies::default();
    for cookie in [
        Cookie { secure: true, ..Cookie::new("sso", "1", ".grok.com") },
        Cookie { host_only: true, ..Cookie::new("own", "2", "grok.com") },
        Cookie::new("asset", "3", "assets.grok.com"),
        Cookie { path: "/rest".to_owned(), ..Cookie::new("deep", "4", ".grok.com") },
        Cookie::new("own", "less", ".grok.com"),
    ] {
        assert!(cookies.set(cookie, "grok.com"));
    }
    let table = [
        ("https://grok.com/", Some("own=2; sso=1")),
        ("https://grok.com/rest/a", Some("deep=4; own=2; sso=1")),
        ("https://grok.com/restful", Some("own=2; sso=1")),
        ("https://assets.grok.com/a.jpg", Some("asset=3; sso=1; own=less")),
        ("http://grok.com/", None),
        ("https://imagine-public.x.ai/a.jpg", None),
        ("https://evilgrok.com/", None),
        ("https://grok.com.evil.example/", None),
        ("https://grok.com:444/", None),
    ];
    for (address, expected) in table {
        assert_eq!(sent(&cookies, "https://grok.com", address).as_deref(), expected, "{address}");
    }
    // The session of the site is nobody else's, whatever the base URL says.
    assert_eq!(sent(&cookies, "http://127.0.0.1:1", "http://127.0.0.1:1/"), None);
}

#[test]
fn secure_cookies_go_over_tls_or_to_this_machine() {
    let cookies = |host| Cookies::from_iter([Cookie { secure: true, ..Cookie::new("sso", "1", host) }]);
    assert_eq!(sent(&cookies("127.0.0.1"), "http://127.0.0.1:1", "http://127.0.0.1:1/").as_deref(), Some("sso=1"));
    assert_eq!(sent(&cookies("localhost"), "http://localhost", "http://localhost/").as_deref(), Some("sso=1"));
    assert_eq!(sent(&cookies("10.0.0.1"), "http://10.0.0.1", "http://10.0.0.1/"), None);
}

#[test]
fn what_does_not_belong_to_the_site_is_left_out() {
    for (name, value, domain) in [
        ("a", "1", "x.ai"),
        ("a", "1", "evilgrok.com"),
        ("a", "1", "com"),
        ("a=b", "1", "grok.com"),
        ("a", "\r", "grok.com"),
    ] {
        assert!(!Cookies::default().set(Cookie::new(name, value, domain), "grok.com"), "{name} {domain}");
    }
}

#[test]
fn what_the_site_sets_is_folded_in() {
    let table = [
        ("a=2", "/", "a=2; sso=1"),
        ("a=2; Path=/", "/other/", "a=2; sso=1"),
        ("a=2", "/rest/new", "a=2; sso=1"),
        ("a=2", "/other/new", "sso=1"),
        ("sso=2; Domain=.grok.com; Path=/; Secure; HttpOnly", "/rest/", "sso=2"),
        ("sso=2; Domain=grok.com; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "/", "sso=2"),
        ("sso=; Domain=grok.com; Max-Age=0", "/", ""),
        ("sso=; Domain=grok.com; Max-Age=-1", "/", ""),
        ("sso=; Domain=grok.com; Expires=Thu, 01-Jan-1970 00:00:00 GMT", "/", ""),
        ("a=2; Domain=x.ai", "/", "sso=1"),
        ("a=2; Domain=com", "/", "sso=1"),
        ("a=2; Domain=evilgrok.com", "/", "sso=1"),
        ("no pair", "/", "sso=1"),
        ("a=\u{1}", "/", "sso=1"),
    ];
    let site = site("https://grok.com");
    for (header, path, expected) in table {
        let mut cookies = Cookies::from_iter([Cookie::new("sso", "1", "grok.com")]);
        cookies.fold(header, &site, &format!("https://grok.com{path}").parse().unwrap(), NOW);
        cookies.fold("sso=evil", &site, &"https://evil.example/".parse().unwrap(), NOW);
        let sent = sent(&cookies, "https://grok.com", "https://grok.com/rest/x").unwrap_or_default();
        assert_eq!(sent, expected, "{header}");
    }
}

#[test]
fn no_value_is_shown() {
    let cookies = Cookies::from_iter([Cookie::new("sso", "hunter2", "grok.com")]);
    assert!(!format!("{cookies:?}").contains("hunter2"));
}

#[test]
fn there_is_a_most_of_cookies() {
    let mut cookies = Cookies::default();
    let kept = (0..2 * MOST).filter(|i| cookies.set(Cookie::new(format!("c{i}"), "", "grok.com"), "grok.com")).count();
    assert_eq!((kept, cookies.iter().count()), (MOST, MOST));
    let long = format!("a={}", "x".repeat(LONGEST));
    let mut cookies = Cookies::default();
    cookies.fold(&long, &site("https://grok.com"), &"https://grok.com/".parse().unwrap(), NOW);
    assert_eq!(cookies.iter().count(), 0);
}
