use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::*;

fn failure(status: u16, content_type: &str, body: &str) -> Error {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
    let address = "https://api.x.ai/v1/chat/completions?key=hunter2".parse().unwrap();
    classify(&Failure::new(&address, StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes()))
}

/// Status and body in, kind out.
#[test]
fn every_refusal_has_its_kind() {
    use ErrorKind::*;
    let flat = |code: &str, error: &str| format!(r#"{{"code":"{code}","error":"{error}"}}"#);
    let old = "Client specified an invalid argument";
    let credits = "Your team T has either used all available credits or reached its monthly spending limit.";
    let policy = "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_CYBER";
    let table = [
        (400, flat(old, "Incorrect API key provided: in***ey."), Unauthorized),
        (400, flat("invalid-argument", "Incorrect API key provided."), Unauthorized),
        (400, flat(old, "Argument not supported on this model: presencePenalty"), InvalidRequest),
        (
            400,
            flat("400", "This model's maximum prompt length is 1 but the request contains 2 tokens."),
            InvalidRequest,
        ),
        (401, flat("unauthenticated:no-credentials", "No credentials presented."), Unauthorized),
        (403, flat("permission-denied", policy), Refused),
        (403, flat("permission-denied", credits), QuotaExhausted),
        (
            403,
            flat("The caller does not have permission to execute the specified operation", "Team blocked"),
            Unauthorized,
        ),
        (
            404,
            flat("not-found", "The model grok-beta does not exist or your team does not have access to it."),
            InvalidRequest,
        ),
        (404, flat("Some requested entity was not found", "no such model"), InvalidRequest),
        (410, r#"{"error":"Live search is deprecated."}"#.to_owned(), InvalidRequest),
        (422, "Failed to deserialize the JSON body into the target type".to_owned(), InvalidRequest),
        (429, flat("Some resource has been exhausted", credits), QuotaExhausted),
        (429, flat("resource-exhausted", "Too many requests for team T"), RateLimited),
        (429, String::new(), RateLimited),
        (402, "{}".to_owned(), QuotaExhausted),
        (408, "{}".to_owned(), Unexpected),
        (413, "{}".to_owned(), InvalidRequest),
        (500, flat("internal error", "oops"), Unavailable),
        (503, "upstream".to_owned(), Unavailable),
        (526, "{}".to_owned(), Unexpected),
        (529, "{}".to_owned(), Unavailable),
        (200, flat("The service is currently unavailable", "Timed out waiting for first token"), Unavailable),
        // Other servers of the dialect.
        (
            401,
            r#"{"error":{"message":"Invalid API key","type":"invalid_request_error","code":"invalid_api_key"}}"#
                .to_owned(),
            Unauthorized,
        ),
        (
            429,
            r#"{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}"#.to_owned(),
            QuotaExhausted,
        ),
        (
            400,
            r#"{"error":{"message":"bad","type":"invalid_request_error","param":null,"code":null}}"#.to_owned(),
            InvalidRequest,
        ),
        (400, r#"{"object":"error","message":"bad","code":400}"#.to_owned(), InvalidRequest),
        (422, r#"{"detail":[{"loc":["body","model"],"msg":"field required"}]}"#.to_owned(), InvalidRequest),
        (500, r#"{"error":"{\"code\":\"resource-exhausted\",\"error\":\"slow down\"}"}"#.to_owned(), RateLimited),
    ];
    for (status, body, kind) in table {
        let error = failure(status, "application/json", &body);
        assert_eq!(error.kind(), kind, "{status} {body}");
        assert!(!error.message().is_empty());
    }
}

#[test]
fn code_and_message_are_kept() {
    let error = failure(400, "application/json", r#"{"code":"invalid-argument","error":"Model not found: x"}"#);
    assert_eq!((error.code(), error.message()), (Some("invalid-argument"), "Model not found: x"));
    let error = failure(400, "application/json", r#"{"error":{"message":"m","type":"t","code":17}}"#);
    assert_eq!((error.code(), error.message()), (Some("17"), "m"));
    let error = failure(500, "application/json", "");
    assert_eq!(
        error.message(),
        "https://api.x.ai/v1/chat/completions answered internal server error without a message"
    );
}

#[test]
fn a_page_is_no_answer_of_the_api() {
    let error = failure(403, "text/html", "<title>Attention Required!</title>");
    assert_eq!(error.kind(), ErrorKind::Blocked);
}

#[test]
fn team_ids_and_keys_are_taken_out_of_messages() {
    let body = r#"{"error":"Incorrect API key provided: xa***ey. Team 00000000-0000-0000-0000-000000000000, key xai-0123456789abc!"}"#;
    let error = failure(400, "application/json", body);
    let expected = "Incorrect API key provided: [redacted] Team [redacted] key [redacted]";
    assert_eq!(error.message(), expected);
}
