use chatstream_core::Endpoint;

use super::*;

const NOW: u64 = 1_800_000_000;

fn site(base: &str) -> Site {
    Site::of(&Endpoint::parse(base).unwrap()).unwrap()
}

/// The header that these cookies make for an address.
fn sent(cookies: &Cookies, base: &str, address: &str) -> Option<String> {
    let header = cookies.header(&site(base), &address.parse().unwrap(), NOW)?;
    assert!(header.is_sensitive());
    Some(header.to_str().unwrap().to_owned())
}

const NETSCAPE: &str = "# Netscape HTTP Cookie File\n\
    #HttpOnly_.grok.com\tTRUE\t/\tTRUE\t1900000000\tsso\tone\n\
    grok.com\tFALSE\t/\tFALSE\t0\ti18n\ten\n\
    .grok.com\tTRUE\t/\tTRUE\t1700000000\told\tx\n\
    .x.ai\tTRUE\t/\tTRUE\t0\tother\tx\n\
    .grok.com\tTRUE\t/\tFALSE\t0\tempty\t\n";

#[test]
fn cookies_are_read_in_every_form() {
    let table = [
        (NETSCAPE, "i18n=en; sso=one; empty="),
        ("grok.com\tTRUE\t/\tFALSE\t0\tsso\tone\r\nnot a line\r\n", "sso=one"),
        (
            r#"[{"domain":".grok.com","name":"sso","value":"one","secure":true,"hostOnly":false,"expirationDate":1900000000.5},
                {"domain":"grok.com","name":"a","value":"b","expirationDate":1700000000},
                {"domain":".x.ai","name":"sso","value":"other"},{"name":7},{"name":"bare","value":"1"}]"#,
            "sso=one; bare=1",
        ),
        (
            r#"{"cookies":[{"domain":".grok.com","name":"sso","value":"one","path":"/","expires":-1}],"origins":[]}"#,
            "sso=one",
        ),
        (r#"{"cookies":{"sso":"one"},"headers":{"user-agent":"B"}}"#, "sso=one"),
        (
            r#"{"log":{"entries":[{"request":{"url":"https://grok.com/","cookies":[{"name":"sso","value":"first"}]}},
                {"request":{"url":"https://x.ai/","cookies":[{"name":"sso","value":"other"}]}},{"odd":1},
                {"request":{"url":"https://grok.com/a","headers":[{"name":"Cookie","value":"sso=one; a=b=c"}],"cookies":[]}}]}}"#,
            "sso=one; a=b=c",
        ),
        ("Cookie: sso=one;  sso-rw=two", "sso=one; sso-rw=two"),
        ("cookie: sso=one", "sso=one"),
        ("\u{feff}sso=one;sso-rw=two;\n", "sso=one; sso-rw=two"),
    ];
    for (text, expected) in table {
        let cookies = Cookies::read(text, "grok.com").unwrap_or_else(|| panic!("{text}"));
        assert_eq!(sent(&cookies, "https://grok.com", "https://grok.com/rest").as_deref(), Some(expected), "{text}");
        assert_eq!(cookies.missing_session("grok.com", NOW), None, "{text}");
    }
}

#[test]
fn what_is_no_cookies_is_none_and_what_lacks_a_login_says_so() {
    for text in
        ["", " \n", "hello", "<html>a=b</html>", "{", "[", "7", r#"{"a":1}"#, r#"{"log":{}}"#, r#"{"cookies":7}"#]
    {
        assert!(Cookies::read(text, "grok.com").is_none(), "{text}");
    }
    let table = [
        ("a=b", "has no cookie sso of grok.com"),
        ("sso=", "has an expired or empty cookie sso"),
        ("[]", "has no cookie sso of grok.com"),
        (r#"[{"domain":"evilgrok.com","name":"sso","value":"x"}]"#, "has no cookie sso of grok.com"),
        (r#"[{"domain":"assets.grok.com","name":"sso","value":"x"}]"#, "has no cookie sso of grok.com"),
        (r#"[{"domain":"com","name":"sso","value":"x"}]"#, "has no cookie sso of grok.com"),
        (
            r#"[{"domain":".grok.com","name":"sso","value":"x","expirationDate":5}]"#,
            "has an expired or empty cookie sso",
        ),
        (".grok.com\tTRUE\t/\tTRUE\t5\tsso\tx", "has an expired or empty cookie sso"),
        ("# Netscape HTTP Cookie File\n", "has no cookie sso of grok.com"),
    ];
    for (text, expected) in table {
        let cookies = Cookies::read(text, "grok.com").unwrap_or_else(|| panic!("{text}"));
        assert_eq!(cookies.missing_session("grok.com", NOW).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn a_cookie_goes_to_its_own_hosts_and_paths_only() {
    let cookies = Cookies::read(
        r#"[{"domain":".grok.com","name":"sso","value":"1","secure":true},
            {"domain":"grok.com","name":"own","value":"2","hostOnly":true},
            {"domain":"assets.grok.com","name":"asset","value":"3"},
            {"domain":".grok.com","name":"deep","value":"4","path":"/rest"},
            {"domain":".grok.com","name":"own","value":"less","path":"/"}]"#,
        "grok.com",
    )
    .unwrap();
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
    let text = |host: &str| format!(r#"[{{"domain":"{host}","name":"sso","value":"1","secure":true}}]"#);
    let cookies = |host| Cookies::read(&text(host), host).unwrap();
    assert_eq!(sent(&cookies("127.0.0.1"), "http://127.0.0.1:1", "http://127.0.0.1:1/").as_deref(), Some("sso=1"));
    assert_eq!(sent(&cookies("localhost"), "http://localhost", "http://localhost/").as_deref(), Some("sso=1"));
    assert_eq!(sent(&cookies("10.0.0.1"), "http://10.0.0.1", "http://10.0.0.1/"), None);
}

#[test]
fn what_the_site_sets_is_folded_in() {
    let site = site("https://grok.com");
    let table = [
        ("a=2", "a=2; sso=1"),
        ("sso=2; Domain=.grok.com; Path=/; Secure; HttpOnly", "sso=2"),
        ("sso=2; Domain=grok.com; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "sso=2"),
        ("sso=; Domain=grok.com; Max-Age=0", ""),
        ("sso=; Domain=grok.com; Expires=Thu, 01-Jan-1970 00:00:00 GMT", ""),
        ("a=2; Domain=x.ai", "sso=1"),
        ("a=2; Domain=com", "sso=1"),
        ("a=2; Domain=evilgrok.com", "sso=1"),
        ("no pair", "sso=1"),
        ("a=\u{1}", "sso=1"),
    ];
    for (header, expected) in table {
        let mut cookies = Cookies::read("sso=1", "grok.com").unwrap();
        cookies.fold(header, &site, "grok.com", NOW);
        let sent = sent(&cookies, "https://grok.com", "https://grok.com/").unwrap_or_default();
        assert_eq!(sent, expected, "{header}");
    }
}

#[test]
fn no_value_is_shown() {
    let cookies = Cookies::read("sso=hunter2", "grok.com").unwrap();
    assert!(!format!("{cookies:?}").contains("hunter2"));
}

#[test]
fn there_is_a_most_of_cookies() {
    let text: String = (0..2 * MOST).map(|i| format!("c{i}=1;")).collect();
    assert_eq!(Cookies::read(&text, "grok.com").unwrap().iter().count(), MOST);
}
