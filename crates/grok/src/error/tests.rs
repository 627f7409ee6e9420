use http::{HeaderMap, HeaderValue};

use super::*;

fn failure(status: u16, body: &str, challenge: bool) -> Error {
    let address = "https://grok.com/rest/app-chat/conversations/new?key=hunter2".parse().unwrap();
    let mut headers = HeaderMap::new();
    if challenge {
        headers.insert("cf-mitigated", HeaderValue::from_static("challenge"));
    }
    classify(&Failure::new(&address, StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes()))
}

/// Status and body in, kind and message out.
#[test]
fn every_refusal_has_its_kind_by_text_then_code_then_status() {
    use ErrorKind::*;
    let lost = "the session is missing or has ended: ";
    let table = [
        (
            401,
            r#"{"error":{"code":16,"message":"Gone. [WKE=unauthenticated:invalid-credentials]"}}"#,
            Unauthorized,
            lost,
        ),
        (401, r#"{"code":16,"message":"No credentials presented."}"#, Unauthorized, lost),
        (403, r#"{"error":{"code":7,"message":"Failed to look up session ID."}}"#, Unauthorized, lost),
        (403, r#"{"code":16,"message":"odd"}"#, Unauthorized, "odd"),
        (401, "", Unauthorized, "https://grok.com/rest/app-chat/conversations/new answered unauthorized"),
        (
            403,
            r#"{"code":7,"message":"User is blocked [WKE=unauthorized:blocked-user]"}"#,
            Blocked,
            "the account is blocked",
        ),
        (403, r#"{"code":"unauthorized:blocked-user","error":"No"}"#, Blocked, "the account is blocked: No"),
        (
            403,
            r#"{"error":{"code":7,"message":"Request rejected by anti-bot rules."}}"#,
            Blocked,
            "the site refuses this client",
        ),
        (403, r#"{"code":7,"message":"odd"}"#, Blocked, "the site refuses the request: odd"),
        (403, "This service is not available in your region.", Blocked, "the region is not served"),
        (
            403,
            "<html><title>403 Forbidden</title>",
            Blocked,
            "https://grok.com/rest/app-chat/conversations/new answered",
        ),
        (503, "<html><title>Just a moment...</title>", Blocked, "https://grok.com"),
        (404, r#"{"code":5,"message":"Model not found"}"#, InvalidRequest, "Model not found"),
        (400, r#"{"code":3,"message":"invalid argument"}"#, InvalidRequest, "invalid argument"),
        (413, "too large", InvalidRequest, "too large"),
        (429, r#"{"error":{"code":8,"message":"Too many requests"}}"#, RateLimited, "Too many requests"),
        (402, "{}", QuotaExhausted, "https://grok.com"),
        (500, r#"{"error":{"code":13,"message":"Something went wrong"}}"#, Unavailable, "Something went wrong"),
        (520, "error code: 520", Unavailable, "error code: 520"),
    ];
    for (status, body, kind, message) in table {
        let error = failure(status, body, false);
        assert_eq!(error.kind(), kind, "{status} {body}");
        assert!(error.message().starts_with(message), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[test]
fn a_challenge_is_told_by_its_header_too() {
    let error = failure(403, "<html><title>Just a moment...</title>", true);
    assert_eq!((error.kind(), error.code()), (ErrorKind::Blocked, Some("challenge")));
    assert!(error.message().ends_with("pass a check: Just a moment..."), "{error}");
}

#[test]
fn codes_are_kept_in_the_site_s_spelling() {
    assert_eq!(failure(400, r#"{"code":3,"message":"x"}"#, false).code(), Some("3"));
    assert_eq!(failure(403, r#"{"code":"a:b","error":"x"}"#, false).code(), Some("a:b"));
}

#[test]
fn a_document_without_an_error_is_none() {
    for body in ["{}", r#"{"error":null}"#, r#"{"result":{}}"#, r#"{"message":"hi"}"#, "[]", "no"] {
        assert!(in_answer(body.as_bytes()).is_none(), "{body}");
    }
    assert_eq!(in_answer(br#"{"error":"odd"}"#).unwrap().kind(), ErrorKind::Unexpected);
    assert_eq!(in_answer(br#"{"code":8,"message":"x"}"#).unwrap().kind(), ErrorKind::RateLimited);
}
