//! Tokens: asked for, used, run out.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chatstream_emulator::Emulator;
use serde_json::{Value, json};

use super::client::{AGENT, FORM, OAUTH, REQUEST_ID, ask_for_token, chat, key, token, unstreamed};
use crate::client::{faulty, plain, send, start};

const MODELS: &str = "/gigachat/v1/models";

fn milliseconds_from_now(end: &Value) -> i128 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970").as_millis();
    i128::from(end.as_u64().expect("a number")) - now as i128
}

#[tokio::test]
async fn a_key_is_changed_for_a_token_that_opens_the_api() {
    let emulator = plain().await;
    let answer = ask_for_token(&emulator, "id:secret", "GIGACHAT_API_PERS").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!((answer.header("server"), answer.header("pragma")), (Some("SynGX"), Some("no-cache")));
    let json = answer.json();
    assert_eq!(json.as_object().unwrap().len(), 2);
    let left = milliseconds_from_now(&json["expires_at"]);
    assert!((29 * 60_000..=30 * 60_000).contains(&left), "{left}");
    let token = json["access_token"].as_str().unwrap();
    assert_eq!((token.len(), token.split('.').count()), (1233, 5));

    let headers = [AGENT, &format!("authorization: Bearer {token}")];
    assert_eq!(send(&emulator, "GET", MODELS, &headers, b"").await.status, 200);
    assert_eq!(emulator.tokens_issued(), 1);
}

#[tokio::test]
async fn tokens_follow_from_their_number_alone() {
    let mut tokens = Vec::new();
    for emulator in [plain().await, plain().await] {
        tokens.push((token(&emulator).await, token(&emulator).await));
    }
    assert_eq!(tokens[0], tokens[1]);
    assert_ne!(tokens[0].0, tokens[0].1);
}

#[tokio::test]
async fn either_word_may_stand_before_the_key() {
    let emulator = plain().await;
    for scheme in ["Basic", "Bearer", "basic"] {
        let headers = [REQUEST_ID, FORM, &key(scheme, "id:secret")];
        let answer = send(&emulator, "POST", OAUTH, &headers, b"scope=GIGACHAT_API_PERS").await;
        assert_eq!(answer.status, 200, "{scheme}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_by_its_code() {
    let emulator = plain().await;
    let good = key("Basic", "id:secret");
    let bad_words = "authorization: Basic not-base64".to_owned();
    let no_colon = key("Basic", "only-a-secret");
    let unknown = key("Basic", "id:invalid");
    let table = [
        (&good, FORM, "scope=NOBODY", 400, 1, "scope data format invalid"),
        (&bad_words, FORM, "scope=GIGACHAT_API_PERS", 400, 4, "Can't decode 'Authorization' header"),
        (&no_colon, FORM, "scope=GIGACHAT_API_PERS", 400, 4, "Can't decode 'Authorization' header"),
        (&good, FORM, "", 400, 5, "scope is empty"),
        (&good, FORM, "scope=", 400, 5, "scope is empty"),
        (&good, "content-type: application/json", "scope=GIGACHAT_API_PERS", 400, 5, "scope is empty"),
        (&unknown, FORM, "scope=GIGACHAT_API_PERS", 401, 6, "credentials doesn't match db data"),
        (&good, FORM, "scope=GIGACHAT_API_CORP", 400, 7, "scope from db not fully includes consumed scope"),
    ];
    for (key, content_type, body, status, code, message) in table {
        let answer = send(&emulator, "POST", OAUTH, &[REQUEST_ID, content_type, key], body.as_bytes()).await;
        let expected = json!({"code": code, "message": message});
        assert_eq!((answer.status, answer.json()), (status, expected), "{key} {body}");
    }
    assert_eq!(send(&emulator, "POST", OAUTH, &[REQUEST_ID, FORM], b"scope=GIGACHAT_API_PERS").await.json()["code"], 4);
    assert_eq!(send(&emulator, "GET", OAUTH, &[REQUEST_ID, &good], b"").await.status, 405);
    assert_eq!(emulator.tokens_issued(), 0);
}

#[tokio::test]
async fn a_request_for_a_token_has_an_id() {
    let emulator = plain().await;
    for id in ["", "rquid: 1", "rquid: 2d0ab7e1-94c7-1a4e-9d2b-8c0c61c2d5f3"] {
        let mut headers = vec![FORM.to_owned(), key("Basic", "id:secret")];
        headers.extend((!id.is_empty()).then(|| id.to_owned()));
        let headers = headers.iter().map(String::as_str).collect::<Vec<_>>();
        assert_eq!(send(&emulator, "POST", OAUTH, &headers, b"scope=GIGACHAT_API_PERS").await.status, 400, "{id}");
    }
}

#[tokio::test]
async fn each_key_belongs_to_one_scope() {
    let emulator = plain().await;
    let table = [("some-id", "PERS"), ("my-b2b-id", "B2B"), ("CORP-7", "CORP")];
    for (id, own) in table {
        for scope in ["PERS", "B2B", "CORP"] {
            let answer = ask_for_token(&emulator, &format!("{id}:secret"), &format!("GIGACHAT_API_{scope}")).await;
            assert_eq!(answer.status == 200, scope == own, "{id} {scope}");
        }
    }
}

#[tokio::test]
async fn a_user_with_a_password_gets_a_token_too() {
    let emulator = plain().await;
    let path = "/gigachat/v1/token";
    let answer = send(&emulator, "POST", path, &[AGENT, &key("Basic", "user:password")], b"").await;
    assert_eq!(answer.status, 200);
    let json = answer.json();
    assert!(json["exp"].as_u64().unwrap() < 100_000_000_000, "it is in seconds");
    let headers = [AGENT, &format!("authorization: Bearer {}", json["tok"].as_str().unwrap())];
    assert_eq!(send(&emulator, "GET", MODELS, &headers, b"").await.status, 200);

    let unknown = send(&emulator, "POST", path, &[AGENT, &key("Basic", "invalid-user:p")], b"").await;
    assert_eq!((unknown.status, unknown.json()), (401, json!({"status": 401, "message": "Unauthorized"})));
    assert_eq!(send(&emulator, "POST", path, &[&key("Basic", "user:password")], b"").await.status, 403);
}

#[tokio::test]
async fn without_a_good_token_nothing_is_answered() {
    let emulator = plain().await;
    let unauthorized = json!({"status": 401, "message": "Unauthorized"});
    for headers in [&[AGENT][..], &[AGENT, "authorization: Bearer x"], &[AGENT, "authorization: Basic aWQ6cw=="]] {
        let answer = send(&emulator, "GET", MODELS, headers, b"").await;
        assert_eq!((answer.status, answer.json()), (401, unauthorized.clone()), "{headers:?}");
    }
    let nameless = send(&emulator, "GET", MODELS, &[&token(&emulator).await], b"").await;
    assert_eq!((nameless.status, nameless.json()), (403, json!({"message": "Unauthorized"})));
}

#[tokio::test]
async fn tokens_run_out_when_they_are_told_to() {
    let emulator = plain().await;
    let old = token(&emulator).await;
    emulator.expire_tokens();
    let answer = send(&emulator, "GET", MODELS, &[AGENT, &old], b"").await;
    assert_eq!((answer.status, answer.json()), (401, json!({"status": 401, "message": "Token has expired"})));
    assert_eq!(send(&emulator, "GET", MODELS, &[AGENT, &token(&emulator).await], b"").await.status, 200);
    assert_eq!(emulator.tokens_issued(), 2);
}

#[tokio::test(start_paused = true)]
async fn tokens_run_out_after_their_life() {
    let emulator = start(Emulator::builder().token_life(Duration::from_secs(3600))).await;
    let token = token(&emulator).await;
    let status = async || send(&emulator, "GET", MODELS, &[AGENT, &token], b"").await.status;
    assert_eq!(status().await, 200);
    tokio::time::advance(Duration::from_secs(3601)).await;
    assert_eq!(status().await, 401);
}

#[tokio::test]
async fn a_life_of_nothing_gives_tokens_that_have_run_out() {
    let emulator = start(Emulator::builder().token_life(Duration::ZERO)).await;
    assert_eq!(chat(&emulator, &unstreamed("hi")).await.json()["message"], "Token has expired");
}

#[tokio::test]
async fn faults_of_tokens_are_for_token_calls_and_others_are_not() {
    let emulator = faulty("oauth-code=7,status=503").await;
    let answer = ask_for_token(&emulator, "id:secret", "GIGACHAT_API_PERS").await;
    assert_eq!((answer.status, answer.json()["code"].clone()), (400, json!(7)));
    assert_eq!(send(&emulator, "GET", MODELS, &[AGENT], b"").await.status, 503);

    let many = faulty("oauth-429").await;
    assert_eq!(ask_for_token(&many, "id:secret", "GIGACHAT_API_PERS").await.status, 429);
    let user = send(&many, "POST", "/gigachat/v1/token", &[AGENT, &key("Basic", "u:p")], b"").await;
    assert_eq!(user.status, 429);
    assert_eq!(many.tokens_issued(), 0);
}

#[tokio::test]
async fn token_calls_and_others_fail_their_own_number_of_times() {
    let emulator = faulty("oauth-code=6,status=500,fail-times=1,pieces=7").await;
    let token = async || ask_for_token(&emulator, "id:secret", "GIGACHAT_API_PERS").await;
    assert_eq!(token().await.status, 401);
    let answer = token().await;
    assert_eq!((answer.status, answer.chunks[0].len()), (200, 7));
    assert_eq!(chat(&emulator, &unstreamed("hi")).await.status, 500);
    assert_eq!(chat(&emulator, &unstreamed("hi")).await.status, 200);
}

#[tokio::test]
async fn the_first_call_with_each_token_can_be_too_late() {
    let emulator = faulty("expired-token").await;
    for _ in 0..2 {
        let token = token(&emulator).await;
        let status = async || send(&emulator, "GET", MODELS, &[AGENT, &token], b"").await.status;
        assert_eq!((status().await, status().await), (401, 200));
    }
    let once = faulty("expired-token,fail-times=1").await;
    assert_eq!(chat(&once, &unstreamed("hi")).await.json()["message"], "Token has expired");
    assert_eq!(chat(&once, &unstreamed("hi")).await.status, 200);
}
