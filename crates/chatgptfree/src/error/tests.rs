use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::*;

fn failure<T>(status: u16, content_type: &str, body: &str, classify: impl Fn(&Failure<'_>) -> T) -> T {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
    let address = "https://chat.example.org/wp-admin/admin-ajax.php?_ajax_nonce=hunter2".parse().unwrap();
    classify(&Failure::new(&address, StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes()))
}

const HTML: &str = "text/html; charset=UTF-8";
const JSON: &str = "application/json; charset=UTF-8";

#[test]
fn every_refusal_has_its_kind() {
    use ErrorKind::*;
    let refused = r#"{"success":false,"data":{"message":"MESSAGE"CODE}}"#;
    let refused = |message: &str, code: &str| refused.replace("MESSAGE", message).replace("CODE", code);
    let page = "<!DOCTYPE html><html><head><title>TITLE</title></head><body id=\"error-page\">BODY</body></html>";
    let page = |title: &str, body: &str| page.replace("TITLE", title).replace("BODY", body);
    let again = "</p><p><a href=\"https://chat.example.org/chat/\">Bitte versuche es erneut.</a></p>";
    let table = [
        (403, HTML, "-1".to_owned(), Unauthorized),
        (200, HTML, " -1\n".to_owned(), Unauthorized),
        (400, HTML, "0".to_owned(), InvalidRequest),
        (200, HTML, "0".to_owned(), InvalidRequest),
        (403, HTML, format!("Der Link ist abgelaufen.{again}"), Unauthorized),
        (
            403,
            HTML,
            page("Etwas ging schief", &format!("<div class=\"wp-die-message\">Abgelaufen.{again}</div>")),
            Unauthorized,
        ),
        (403, HTML, page("Forbidden", "<div class=\"wp-die-message\">Not for you.</div>"), Blocked),
        (403, HTML, page("Just a moment...", ""), Blocked),
        (503, HTML, page("Just a moment...", ""), Blocked),
        (403, HTML, "<html><title>Firewall</title><a href=\"/why\">Why?</a>".to_owned(), Blocked),
        (403, "text/plain", "error code: 1020".to_owned(), Blocked),
        (403, "text/plain", String::new(), Blocked),
        (200, HTML, page("Log in", ""), Unexpected),
        (200, JSON, r#"{"status":"error","msg":"Nonce-Prüfung fehlgeschlagen"}"#.to_owned(), Unauthorized),
        (200, JSON, r#"{"status":"error","msg":"Etwas ging schief"}"#.to_owned(), Unavailable),
        (403, JSON, refused("x", r#","code":"nonce_failure_cache_sse""#), Unauthorized),
        (403, JSON, refused("Die Prüfung ist fehlgeschlagen.", ""), Unauthorized),
        (403, JSON, refused("You are not allowed to access this feature.", ""), Blocked),
        (403, JSON, refused("x", r#","code":"cors_denied""#), Blocked),
        (403, JSON, refused("x", r#","code":"embed_not_available""#), Blocked),
        (400, JSON, refused("x", r#","code":"empty_data_to_cache""#), InvalidRequest),
        (400, JSON, refused("Invalid chatbot specified.", ""), InvalidRequest),
        (503, JSON, refused("x", ""), Unavailable),
        (401, JSON, r#"{"error":{"message":"x"}}"#.to_owned(), Unauthorized),
        (402, JSON, "{}".to_owned(), QuotaExhausted),
        (404, JSON, r#"{"code":"rest_no_route","message":"x"}"#.to_owned(), InvalidRequest),
        (429, HTML, "<html><title>429 Too Many Requests</title>".to_owned(), RateLimited),
        (429, JSON, "{}".to_owned(), RateLimited),
        (500, HTML, "<p>There has been a critical error on this website.</p>".to_owned(), Unavailable),
        (502, HTML, "<html><title>502 Bad Gateway</title>".to_owned(), Unavailable),
        (503, HTML, "<h1>Briefly unavailable for scheduled maintenance.</h1>".to_owned(), Unavailable),
        (307, HTML, String::new(), Unexpected),
    ];
    for (status, content_type, body, kind) in table {
        let error = failure(status, content_type, &body, classify);
        assert_eq!(error.kind(), kind, "{status} {body}\n{error}");
        let shown = format!("{error:?}");
        assert!(!error.message().contains('<') && !shown.contains("hunter2") && !error.message().is_empty(), "{shown}");
    }
}

#[test]
fn a_nonce_is_named_only_where_one_is_refused() {
    let said = |status, body: &str| failure(status, JSON, body, classify).message().to_owned();
    assert_eq!(said(403, "-1"), "the site refuses the nonce of its page: -1");
    assert_eq!(said(401, r#"{"message":"Sign in first"}"#), "Sign in first");
}

#[test]
fn a_page_is_never_unauthorized_or_a_wrong_request() {
    use ErrorKind::*;
    let table = [
        (401, HTML, "<title>Sign in</title>", Blocked),
        (401, "text/plain", "", Blocked),
        (403, HTML, "<title>Just a moment...</title>", Blocked),
        (404, HTML, "<title>Not &amp; found</title>", Unexpected),
        (410, "text/plain", "", Unexpected),
        (429, HTML, "<title>Slow</title>", RateLimited),
        (503, "text/plain", "down", Unavailable),
    ];
    for (status, content_type, body, kind) in table {
        assert_eq!(failure(status, content_type, body, page).kind(), kind, "{status} {body}");
    }
    let error = failure(404, HTML, "<title>Not &amp; found</title>", page);
    assert_eq!(error.message(), "the page with the chat does not come: Not & found");
    assert!(failure(401, "text/plain", "", page).message().contains("answered unauthorized without a message"));
}

fn in_text(json: &str) -> Option<Error> {
    in_record(&wire::record(json.as_bytes())?, None)
}

#[test]
fn every_failure_inside_an_answer_has_its_kind() {
    use ErrorKind::*;
    let table = [
        (r#"{"msg":"m","tokenLimitReached":true}"#, QuotaExhausted, "m"),
        (r#"{"msg":"m","messageFlagged":"1"}"#, Refused, "m"),
        (r#"{"msg":"m","ipBanned":1}"#, Blocked, "m"),
        (r#"{"modflag":true}"#, Refused, "modflag"),
        (r#"{"msg":"Nonce","pineconeError":true}"#, Unavailable, "Nonce"),
        (r#"{"msg":"A &quot;b&quot; <b>c<\/b>"}"#, Unavailable, "A \"b\" c"),
        (r#"{"status":"error"}"#, Unavailable, "the site gives no reason"),
        (
            r#"{"status":"error","msg":"Unable to initialize the AI instance. Please make sure the API key is valid."}"#,
            Unexpected,
            "Unable",
        ),
        (r#"{"error":"Too many requests"}"#, RateLimited, "Too many requests"),
        (r#"{"error":{"message":"m","type":"insufficient_quota","code":null}}"#, QuotaExhausted, "m"),
        (r#"{"error":{"message":"m","type":"requests","code":"rate_limit_exceeded"}}"#, RateLimited, "m"),
        (r#"{"error":{"message":"m","type":"invalid_request_error","code":"invalid_api_key"}}"#, Unexpected, "m"),
        (r#"{"error":{"message":"m","type":"server_error","code":500}}"#, Unavailable, "m"),
        (r#"{"success":false,"data":{"message":"Conversation ID is missing."}}"#, InvalidRequest, "Conversation"),
        (r#"{"success":false}"#, Unavailable, "the site gives no reason"),
    ];
    for (json, kind, message) in table {
        let error = in_text(json).unwrap_or_else(|| panic!("{json} is a failure"));
        assert_eq!(error.kind(), kind, "{json}");
        assert!(error.message().starts_with(message), "{json}: {error}");
    }
    for json in [
        r#"{"status":"success","msg":"Something went wrong","data":"text"}"#,
        r#"{"choices":[],"error":null,"tokenLimitReached":false}"#,
        r#"{"success":true,"data":{}}"#,
        r#"{"delta":"x"}"#,
    ] {
        assert!(in_text(json).is_none(), "{json}");
    }
}

#[test]
fn excerpts_are_short() {
    let long = "word ".repeat(100_000);
    for error in [
        failure(500, "text/plain", &long, classify),
        failure(500, HTML, &format!("<p>{long}"), classify),
        no_answer(long.as_bytes()),
        spoken(&long, false),
        in_text(&format!(r#"{{"status":"error","msg":"{long}"}}"#)).unwrap(),
    ] {
        assert!(error.message().len() < 700, "{}", error.message().len());
    }
}
