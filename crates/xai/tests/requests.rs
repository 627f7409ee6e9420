//! What goes over the wire to a server, and what its answers become: the whole client against a
//! server that checks requests.

use chatstream_xai::core::{ChatRequest, ErrorKind, Proxy, Retry, TransportConfig};
use chatstream_xai::{Xai, XaiConfig};
use serde_json::json;
use wiremock::matchers::{body_json, header, header_exists, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn xai(base_url: &str) -> Xai {
    let transport = TransportConfig::default().proxy(Proxy::None).retry(Retry::none());
    Xai::new(XaiConfig::new("test-key").base_url(base_url).transport(transport)).expect("the settings are fine")
}

const STREAM: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n\
                      data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

#[tokio::test]
async fn a_chat_is_one_post_with_what_was_set_and_nothing_else() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/chat/completions"))
        .and(header("authorization", "Bearer test-key"))
        .and(header("content-type", "application/json"))
        .and(header("accept", "text/event-stream"))
        .and(header("accept-encoding", "identity"))
        .and(header("user-agent", concat!("chatstream/", env!("CARGO_PKG_VERSION"))))
        .and(header_exists("content-length"))
        .and(body_json(json!({
            "model": "grok-latest",
            "messages": [{"role": "user", "content": "Привет"}],
            "stream": true,
            "stream_options": {"include_usage": true},
        })))
        .respond_with(ResponseTemplate::new(200).set_body_raw(STREAM, "text/event-stream"))
        .expect(3)
        .mount(&server)
        .await;
    for base_url in ["", "/", "/v1/"] {
        let stream = xai(&(server.uri() + base_url)).chat(ChatRequest::new("Привет")).await.unwrap();
        assert_eq!(stream.into_response().await.unwrap().text, "hi");
    }
}

#[tokio::test]
async fn a_whole_chat_asks_for_json_and_no_stream() {
    let server = MockServer::start().await;
    let answer = json!({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]});
    Mock::given(method("POST"))
        .and(header("accept", "application/json"))
        .and(body_json(json!({"model": "m", "messages": [{"role": "user", "content": "a"}], "stream": false})))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .expect(1)
        .mount(&server)
        .await;
    let request = ChatRequest::new("a").model("m").whole();
    let response = xai(&server.uri()).chat(request).await.unwrap().into_response().await.unwrap();
    assert_eq!(response.text, "hi");
}

#[tokio::test]
async fn any_endpoint_can_be_called() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/tokenize-text"))
        .and(query_param("a", "1"))
        .and(body_json(json!({"text": "hi"})))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"token_ids": []})))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/v1/chat/deferred-completion/1"))
        .respond_with(ResponseTemplate::new(202))
        .expect(1)
        .mount(&server)
        .await;
    let xai = xai(&server.uri());
    let body = json!({"text": "hi"});
    let answer = xai.send(http::Method::POST, "/tokenize-text?a=1", Some(&body)).await.unwrap();
    assert_eq!(answer, json!({"token_ids": []}));
    let pending = xai.send(http::Method::GET, "chat/deferred-completion/1", None).await.unwrap();
    assert!(pending.is_null());
    let error = xai.send(http::Method::GET, "no such path", None).await.unwrap_err();
    assert_eq!((error.kind(), error.provider()), (ErrorKind::InvalidRequest, Some("xai")));
}

#[tokio::test]
async fn models_are_listed() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/v1/models"))
        .and(header("authorization", "Bearer test-key"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"data": [{"id": "a"}, {"id": "b"}]})))
        .expect(1)
        .mount(&server)
        .await;
    let ids: Vec<_> = xai(&server.uri()).models().await.unwrap().into_iter().map(|model| model.id).collect();
    assert_eq!(ids, ["a", "b"]);
}

#[tokio::test]
async fn a_redirect_is_an_error_and_takes_the_key_nowhere() {
    let elsewhere = MockServer::start().await;
    let server = MockServer::start().await;
    let redirect = ResponseTemplate::new(307).insert_header("location", format!("{}/v1/models?a=1", elsewhere.uri()));
    Mock::given(method("GET")).respond_with(redirect).expect(1).mount(&server).await;
    let error = xai(&server.uri()).models().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert!(error.message().contains(&format!("redirects to {}/v1/models,", elsewhere.uri())), "{error}");
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_refusal_says_all_that_is_known() {
    let server = MockServer::start().await;
    let refused = ResponseTemplate::new(429)
        .insert_header("x-request-id", "r1")
        .insert_header("retry-after", "3")
        .set_body_json(json!({"code": "resource-exhausted", "error": "Too many requests"}));
    Mock::given(method("POST")).respond_with(refused).mount(&server).await;
    let error = xai(&server.uri()).chat(ChatRequest::new("a")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code(), error.request_id()),
        (ErrorKind::RateLimited, Some("resource-exhausted"), Some("r1"))
    );
    assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(3)));
    assert_eq!(error.to_string(), "xai: rate limited: Too many requests (status 429, code resource-exhausted)");
}

#[test]
fn settings_that_cannot_work_are_config_errors_and_send_nothing() {
    let table = [
        (XaiConfig::new(""), "xai: config: API key is empty"),
        (XaiConfig::new("key\n"), "xai: config: API key has a line break at position 3"),
        (XaiConfig::new("key").base_url("nonsense"), "xai: config: base URL does not begin with http:// or https://"),
        (
            XaiConfig::new("key").transport(TransportConfig::default().proxy(Proxy::url("x"))),
            "xai: config: proxy x has no scheme; known are http, https, socks5 and socks5h",
        ),
    ];
    for (config, expected) in table {
        let error = Xai::new(config).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Config, expected));
    }
}
