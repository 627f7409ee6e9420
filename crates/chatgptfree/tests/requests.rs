//! What goes over the wire to a site, and what its answers become: the whole client against a server
//! that checks requests.

use std::sync::Arc;

use chatstream_chatgptfree::core::{ChatRequest, ErrorKind, Proxy, Retry, TransportConfig};
use chatstream_chatgptfree::{ChatgptFree, ChatgptFreeConfig};
use futures_util::future::join_all;
use wiremock::matchers::{body_string_contains, header, method, path, query_param};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

fn config(server: &MockServer) -> ChatgptFreeConfig {
    let transport = TransportConfig::default().proxy(Proxy::None).retry(Retry::none());
    ChatgptFreeConfig::default().url(server.uri()).transport(transport)
}

async fn text(site: &ChatgptFree) -> Result<String, chatstream_chatgptfree::core::Error> {
    Ok(site.chat(ChatRequest::new("Привет")).await?.into_response().await?.text)
}

const AJAX: &str = "/wp-admin/admin-ajax.php";
const STREAM: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\ndata: [DONE]\n\n";

fn page(nonce: &str) -> ResponseTemplate {
    let chat = format!(
        "<div class='wpaicg-chatbox' data-nonce='{nonce}' data-post-id='58' data-bot-id='3405' data-type='widget'>"
    );
    ResponseTemplate::new(200)
        .set_body_raw(chat, "text/html; charset=UTF-8")
        .append_header("set-cookie", "visit=1; Path=/")
}

fn stream() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(STREAM, "text/event-stream")
}

#[tokio::test]
async fn a_v1_chat_is_a_page_and_one_form() {
    let server = MockServer::start().await;
    let agent = concat!("chatstream/", env!("CARGO_PKG_VERSION"));
    let browser_only = |request: &Request| request.headers.keys().all(|name| !name.as_str().starts_with("sec-"));
    Mock::given(method("GET"))
        .and(path("/"))
        .and(header("user-agent", agent))
        .and(header("accept", "text/html"))
        .and(header("accept-encoding", "identity"))
        .respond_with(page("0a1b2c3d4e"))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path(AJAX))
        .and(header("user-agent", agent))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(header("origin", server.uri().as_str()))
        .and(header("referer", format!("{}/", server.uri()).as_str()))
        .and(header("cookie", "visit=1"))
        .and(body_string_contains("_wpnonce=0a1b2c3d4e&post_id=58&url="))
        .and(body_string_contains(
            "&action=wpaicg_chatbox_message&message=%D0%9F%D1%80%D0%B8%D0%B2%D0%B5%D1%82&bot_id=3405&",
        ))
        .and(body_string_contains("&chatbot_identity=custom_bot_3405&wpaicg_chat_client_id="))
        .and(body_string_contains("&wpaicg_chat_history=%5B%5D&chat_id="))
        .and(browser_only)
        .respond_with(stream())
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(text(&ChatgptFree::new(config(&server)).unwrap()).await.unwrap(), "hi");
}

#[tokio::test]
async fn a_v2_chat_is_a_page_a_message_and_its_stream() {
    let server = MockServer::start().await;
    let config_json =
        format!(r#"{{"botId":25871,"postId":261,"nonce":"0a1b2c3d4e","ajaxUrl":"{}{AJAX}"}}"#, server.uri());
    let chat = format!("<div class=aipkit_chat_container data-config=\"{}\">", config_json.replace('"', "&quot;"));
    Mock::given(method("GET"))
        .and(path("/"))
        .respond_with(ResponseTemplate::new(200).set_body_raw(chat, "text/html"))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path(AJAX))
        .and(body_string_contains("action=aipkit_cache_sse_message&message="))
        .and(body_string_contains("&_ajax_nonce=0a1b2c3d4e&bot_id=25871&user_client_message_id=aipkit-client-msg-"))
        .respond_with(
            ResponseTemplate::new(200)
                .set_body_raw(r#"{"success":true,"data":{"cache_key":"aipkit_sse_0"}}"#, "application/json"),
        )
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path(AJAX))
        .and(query_param("action", "aipkit_frontend_chat_stream"))
        .and(query_param("cache_key", "aipkit_sse_0"))
        .and(query_param("bot_id", "25871"))
        .and(query_param("post_id", "261"))
        .and(query_param("_ajax_nonce", "0a1b2c3d4e"))
        .and(header("accept", "text/event-stream"))
        .and(header("origin", server.uri().as_str()))
        .respond_with(ResponseTemplate::new(200).set_body_raw(
            "data: {\"delta\":\"hi\"}\n\nevent: done\ndata: {\"finished\":true}\n\n",
            "text/event-stream",
        ))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(text(&ChatgptFree::new(config(&server)).unwrap()).await.unwrap(), "hi");
}

#[tokio::test]
async fn a_hundred_callers_read_the_page_once() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(page("n1")).expect(1).mount(&server).await;
    Mock::given(method("POST")).respond_with(stream()).expect(100).mount(&server).await;
    let site = Arc::new(ChatgptFree::new(config(&server)).unwrap());
    let texts = join_all((0..100).map(|_| text(&site))).await;
    assert!(texts.into_iter().all(|text| text.unwrap() == "hi"));
}

#[tokio::test]
async fn a_hundred_callers_with_a_dead_nonce_read_the_page_once_more() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(page("dead")).up_to_n_times(1).expect(1).mount(&server).await;
    Mock::given(method("GET"))
        .and(header("cache-control", "no-cache"))
        .respond_with(page("live"))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(body_string_contains("_wpnonce=dead"))
        .respond_with(ResponseTemplate::new(403).set_body_raw("-1", "text/html"))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(body_string_contains("_wpnonce=live"))
        .respond_with(stream())
        .expect(100)
        .mount(&server)
        .await;
    let site = Arc::new(ChatgptFree::new(config(&server)).unwrap());
    let texts = join_all((0..100).map(|_| text(&site))).await;
    assert!(texts.into_iter().all(|text| text.unwrap() == "hi"));
}

#[tokio::test]
async fn a_hundred_callers_share_a_page_that_does_not_come() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(503)).expect(1).mount(&server).await;
    let site = Arc::new(ChatgptFree::new(config(&server)).unwrap());
    for error in join_all((0..100).map(|_| text(&site))).await {
        let error = error.unwrap_err();
        assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Unavailable, Some(503)));
    }
}

#[tokio::test]
async fn cookies_and_messages_stay_with_the_site() {
    let (site, other) = (MockServer::start().await, MockServer::start().await);
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(302).append_header("location", other.uri()))
        .expect(1)
        .mount(&site)
        .await;
    let client = ChatgptFree::new(config(&site).cookies("a=hunter2")).unwrap();
    let error = text(&client).await.unwrap_err();
    assert!(error.message().contains("another site"), "{error}");
    assert!(!format!("{error:?} {client:?}").contains("hunter2"));
    assert!(other.received_requests().await.unwrap().is_empty());
}
