use http::HeaderMap;

use super::*;

fn failure(status: u16, body: &str, classify: fn(&Failure<'_>) -> Error) -> Error {
    let address = "https://api.giga.chat/v1/chat/completions".parse().unwrap();
    let status = StatusCode::from_u16(status).unwrap();
    classify(&Failure::new(&address, status, &HeaderMap::new(), body.as_bytes()))
}

/// Status and body in, kind and message out.
#[test]
fn every_refusal_of_the_api_has_its_kind() {
    use ErrorKind::*;
    let table = [
        (
            400,
            r#"{"status":400,"message":"Your request contains invalid JSON syntax."}"#,
            InvalidRequest,
            "Your request",
        ),
        (401, r#"{"status":401,"message":"Token has expired"}"#, Unauthorized, "Token has expired"),
        (402, r#"{"status":402,"message":"Payment Required"}"#, QuotaExhausted, "Payment Required"),
        (403, r#"{"status":403,"message":"Permission denied"}"#, Unauthorized, "Permission denied"),
        (403, r#"{"message":"Unauthorized"}"#, Unauthorized, "Unauthorized"),
        (
            403,
            "<html><head><title>403 Forbidden</title>",
            Blocked,
            "https://api.giga.chat/v1/chat/completions answered",
        ),
        (404, "{\"status\":404,\"message\":\"No such model\"}\n", InvalidRequest, "No such model"),
        (413, r#"{"status":413,"message":"Payload too large"}"#, InvalidRequest, "Payload too large"),
        (422, r#"{"status":422,"message":"Invalid params: x"}"#, InvalidRequest, "Invalid params"),
        (429, r#"{"status":429,"message":"Too many requests"}"#, RateLimited, "Too many requests"),
        (500, r#"{"status":500,"message":"Internal Server Error"}"#, Unavailable, "Internal Server Error"),
        (
            502,
            "<html><title>502 Bad Gateway</title>",
            Unavailable,
            "https://api.giga.chat/v1/chat/completions answered",
        ),
        (503, "", Unavailable, "https://api.giga.chat/v1/chat/completions answered service unavailable without"),
        (504, "upstream timed out", Unavailable, "upstream timed out"),
    ];
    for (status, body, kind, message) in table {
        let error = failure(status, body, classify);
        assert_eq!(error.kind(), kind, "{status} {body}");
        assert!(error.message().starts_with(message), "{error}");
    }
}

#[test]
fn every_refusal_of_the_token_call_says_what_to_change() {
    use ErrorKind::*;
    let table = [
        (
            400,
            r#"{"code":1,"message":"scope data format invalid"}"#,
            Config,
            "the scope is unknown to the service: scope data",
        ),
        (
            400,
            r#"{"code":4,"message":"Can't decode 'Authorization' header"}"#,
            Config,
            "the authorization key is not base64",
        ),
        (
            401,
            r#"{"code":4,"message":"Can't decode 'Authorization' header"}"#,
            Config,
            "the authorization key is not base64",
        ),
        (400, r#"{"code":5,"message":"scope is empty"}"#, Config, "the scope is empty"),
        (
            401,
            r#"{"code":6,"message":"credentials doesn't match db data"}"#,
            Unauthorized,
            "the authorization key is unknown or revoked",
        ),
        (
            400,
            r#"{"code":7,"message":"scope from db not fully includes consumed scope"}"#,
            Config,
            "the authorization key belongs to another scope",
        ),
        (429, r#"{"message":"Too many requests"}"#, RateLimited, "token call refused: Too many requests"),
        (500, "", Unavailable, "token call refused: "),
    ];
    for (status, body, kind, message) in table {
        let error = failure(status, body, classify_token);
        assert_eq!(error.kind(), kind, "{status} {body}");
        assert!(error.message().starts_with(message), "{error}");
    }
}

#[test]
fn an_error_in_an_answer_s_place_is_read_by_its_own_status() {
    let error = in_answer(br#"{"status":500,"message":"Internal Server Error"}"#);
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unavailable, Some(StatusCode::INTERNAL_SERVER_ERROR)));
    assert_eq!(in_answer(br#"{"message":"odd"}"#).kind(), ErrorKind::Unexpected);
}
