use chatstream_core::cookies::Site;

use super::*;

const NOW: u64 = 1_800_000_000;

/// The header that these cookies make for the site.
fn sent(signed: &AuthResult) -> Option<String> {
    let uri = "https://grok.com/rest".parse().unwrap();
    let header = signed.cookies.header(&Site::of(&uri)?, &uri, NOW)?;
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
        let signed = read(text, "grok.com").unwrap_or_else(|| panic!("{text}"));
        assert_eq!(sent(&signed).as_deref(), Some(expected), "{text}");
        assert_eq!(signed.missing_session("grok.com", NOW), None, "{text}");
    }
}

#[test]
fn what_is_no_cookies_is_none_and_what_lacks_a_login_says_so() {
    for text in
        ["", " \n", "hello", "<html>a=b</html>", "{", "[", "7", r#"{"a":1}"#, r#"{"log":{}}"#, r#"{"cookies":7}"#]
    {
        assert!(read(text, "grok.com").is_none(), "{text}");
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
        let signed = read(text, "grok.com").unwrap_or_else(|| panic!("{text}"));
        assert_eq!(signed.missing_session("grok.com", NOW).as_deref(), Some(expected), "{text}");
    }
}
