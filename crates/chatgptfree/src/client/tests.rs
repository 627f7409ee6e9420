use std::collections::VecDeque;
use std::future::{Ready, ready};
use std::sync::Mutex;
use std::task::{Context, Poll};

use bytes::Bytes;
use chatstream_core::{Chunk, Message, Retry, TransportConfig};
use futures_util::StreamExt as _;
use http::header::{CACHE_CONTROL, COOKIE};
use http_body_util::Full;
use tower_service::Service;

use super::*;

/// A site in memory: answers in order, and the requests it got.
#[derive(Clone, Default)]
struct Canned(Arc<Mutex<Exchanged>>);

#[derive(Default)]
struct Exchanged {
    answers: VecDeque<http::Response<Full<Bytes>>>,
    requests: Vec<http::Request<Bytes>>,
}

impl Service<http::Request<Bytes>> for Canned {
    type Response = http::Response<Full<Bytes>>;
    type Error = Error;
    type Future = Ready<Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        let mut canned = self.0.lock().unwrap();
        canned.requests.push(request);
        ready(Ok(canned.answers.pop_front().expect("one answer for every request")))
    }
}

impl Canned {
    fn then(self, status: u16, headers: &[(&'static str, &str)], body: &str) -> Self {
        let mut response = http::Response::new(Full::new(Bytes::from(body.to_owned())));
        *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
        for (name, value) in headers {
            response.headers_mut().append(*name, value.parse().unwrap());
        }
        self.0.lock().unwrap().answers.push_back(response);
        self
    }

    fn html(self, status: u16, body: &str) -> Self {
        self.then(status, &[("content-type", "text/html; charset=UTF-8")], body)
    }

    fn sse(self, body: &str) -> Self {
        self.then(200, &[("content-type", "text/event-stream")], body)
    }

    fn json(self, status: u16, body: &str) -> Self {
        self.then(status, &[("content-type", "application/json; charset=UTF-8")], body)
    }

    fn requests(&self) -> Vec<http::Request<Bytes>> {
        std::mem::take(&mut self.0.lock().unwrap().requests)
    }

    fn with(&self, config: ChatgptFreeConfig) -> ChatgptFree {
        let settings = TransportConfig::default().retry(Retry::none());
        ChatgptFree::with_transport(config, Transport::from_service(self.clone(), settings).unwrap()).unwrap()
    }

    fn client(&self) -> ChatgptFree {
        self.with(ChatgptFreeConfig::default().url("https://chat.example.org"))
    }
}

async fn answer(client: &ChatgptFree, request: ChatRequest) -> Result<chatstream_core::ChatResponse> {
    client.chat(request).await?.into_response().await
}

async fn hello(client: &ChatgptFree) -> Result<String> {
    answer(client, ChatRequest::new("Hello")).await.map(|response| response.text)
}

fn v1(nonce: &str) -> String {
    format!("<div class=wpaicg-chat-shortcode data-nonce={nonce} data-post-id=261 data-bot-id=0 data-type=shortcode>")
}

fn v2(nonce: &str, ajax: &str) -> String {
    let config = format!(r#"{{"botId":7,"postId":261,"nonce":"{nonce}","ajaxUrl":"{ajax}"}}"#);
    format!("<div class=aipkit_chat_container data-config='{config}'>")
}

const AJAX: &str = "https://chat.example.org/wp-admin/admin-ajax.php";
const SAID: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n";
const SAID_V2: &str = ":   \n\ndata: {\"delta\":\"Hi\"}\n\nevent: done\ndata: {\"finished\":true}\n\n";
const KEPT: &str = r#"{"success":true,"data":{"cache_key":"k"}}"#;
const DEAD_V2: &str = r#"{"success":false,"data":{"message":"x","code":"nonce_failure_cache_sse"}}"#;

/// The nonce in each request, `page` where the page was read.
fn calls(requests: &[http::Request<Bytes>]) -> Vec<String> {
    let call = |request: &http::Request<Bytes>| {
        let sent = format!("{}&{}", request.uri().query().unwrap_or_default(), String::from_utf8_lossy(request.body()));
        let field = |name: &str| {
            let field = sent.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            field.unwrap_or_default().to_owned()
        };
        let nonce = field("_wpnonce") + &field("_ajax_nonce");
        match request.headers().get(CACHE_CONTROL) {
            Some(_) => "page anew".to_owned(),
            None if sent == "&" => "page".to_owned(),
            None => format!("{} {nonce}", field("action")),
        }
    };
    requests.iter().map(call).collect()
}

#[tokio::test(start_paused = true)]
async fn the_page_is_read_once_and_its_cookies_go_along() {
    let cookies: &[_] =
        &[("content-type", "text/html"), ("set-cookie", "visit=1; Path=/"), ("set-cookie", "gone=1; Max-Age=0")];
    let canned =
        Canned::default().then(200, cookies, &v1("n1")).sse(SAID).json(200, r#"{"status":"success","data":"Well"}"#);
    let client =
        canned.with(ChatgptFreeConfig::default().url("https://chat.example.org").page("/chat/").cookies("a=hunter2"));
    assert_eq!((hello(&client).await.unwrap().as_str(), hello(&client).await.unwrap().as_str()), ("Hi", "Well"));
    let requests = canned.requests();
    let message = "wpaicg_chat_shortcode_message n1".to_owned();
    assert_eq!(calls(&requests), ["page".to_owned(), message.clone(), message]);
    assert_eq!((requests[0].uri().path(), requests[1].uri().to_string().as_str()), ("/chat/", AJAX));
    let cookies: Vec<_> =
        requests.iter().map(|request| request.headers()[COOKIE].to_str().unwrap().to_owned()).collect();
    assert_eq!(cookies, ["a=hunter2", "visit=1; a=hunter2", "visit=1; a=hunter2"]);
    let agent = concat!("chatstream/", env!("CARGO_PKG_VERSION"));
    assert!(requests.iter().all(|request| request.headers()["user-agent"] == agent));
    assert!(!format!("{client:?} {requests:?}").contains("hunter2"));
}

#[tokio::test(start_paused = true)]
async fn a_dead_nonce_is_read_again_once_and_nobody_notices() {
    let expired =
        "The link you followed has expired.</p><p><a href=\"https://chat.example.org/chat/\">Please try again.</a>";
    let replies = [(403, "text/html", "-1"), (200, "text/html", "-1"), (403, "text/html", expired)];
    let json = (200, "application/json", r#"{"status":"error","msg":"Nonce verification failed"}"#);
    for (status, content_type, body) in replies.into_iter().chain([json]) {
        let reply = &[("content-type", content_type)];
        let canned = Canned::default().html(200, &v1("old")).then(status, reply, body).html(200, &v1("new")).sse(SAID);
        assert_eq!(hello(&canned.client()).await.unwrap(), "Hi", "{status} {body}");
        let message = |nonce: &str| format!("wpaicg_chat_shortcode_message {nonce}");
        assert_eq!(calls(&canned.requests()), ["page".into(), message("old"), "page anew".into(), message("new")]);
        // A second failure is an error.
        let canned = Canned::default().html(200, &v1("old")).then(status, reply, body);
        let canned = canned.html(200, &v1("new")).then(status, reply, body);
        let error = hello(&canned.client()).await.unwrap_err();
        assert_eq!((error.kind(), error.provider()), (ErrorKind::Unauthorized, Some("chatgptfree")));
        assert_eq!(canned.requests().len(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_repeated_after_text() {
    let body = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n{\"status\":\"error\",\"msg\":\"Nonce verification failed\"}";
    let canned = Canned::default().html(200, &v1("n1")).sse(body);
    let mut chunks = canned.client().chat(ChatRequest::new("Hello")).await.unwrap();
    assert_eq!(chunks.next().await.unwrap().unwrap(), Chunk::Text("Hi".into()));
    assert_eq!(chunks.next().await.unwrap().unwrap_err().kind(), ErrorKind::Unauthorized);
    assert_eq!(canned.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_page_is_not_held_longer_than_its_nonce_lives() {
    let canned = Canned::default().html(200, &v1("n1")).sse(SAID).sse(SAID).html(200, &v1("n2")).sse(SAID);
    let client = canned.client();
    hello(&client).await.unwrap();
    tokio::time::advance(std::time::Duration::from_secs(5 * 60 * 60)).await;
    hello(&client).await.unwrap();
    tokio::time::advance(std::time::Duration::from_secs(2 * 60 * 60)).await;
    hello(&client).await.unwrap();
    let calls = calls(&canned.requests());
    assert_eq!((calls[3].as_str(), calls[4].as_str()), ("page", "wpaicg_chat_shortcode_message n2"));
}

#[tokio::test(start_paused = true)]
async fn a_v2_message_is_left_and_its_answer_read() {
    let first = ":  \n\nevent: openai_response_id\ndata: {\"id\":\"r1\"}\n\ndata: {\"delta\":\"Hi\"}\n\nevent: done\ndata: {}\n\n";
    let canned = Canned::default().html(200, &v2("n1", AJAX)).json(200, KEPT).sse(first).json(200, KEPT).sse(SAID_V2);
    let client = canned.client();
    let first = answer(&client, ChatRequest::new("Hello")).await.unwrap();
    let request = ChatRequest::new("Hello").message(first.to_message()).message(Message::user("How?"));
    let conversation = first.conversation.unwrap();
    let second = answer(&client, request.conversation(conversation.clone())).await.unwrap();
    assert_eq!((first.text.as_str(), second.text.as_str()), ("Hi", "Hi"));
    assert_eq!(second.conversation.unwrap(), conversation);
    let requests = canned.requests();
    let [leave, ask] = ["aipkit_cache_sse_message n1", "aipkit_frontend_chat_stream n1"];
    assert_eq!(calls(&requests), ["page", leave, ask, leave, ask]);
    let query = requests[4].uri().query().unwrap();
    let uuid = conversation.get("conversation_uuid").unwrap();
    assert!(
        query.contains(&format!("conversation_uuid={uuid}")) && query.contains("previous_openai_response_id=r1"),
        "{query}"
    );
    assert!(String::from_utf8_lossy(requests[3].body()).contains("message=How%3F&"));
    // Two new conversations are two.
    let canned = Canned::default().html(200, &v2("n1", AJAX)).json(200, KEPT).sse(SAID_V2).json(200, KEPT).sse(SAID_V2);
    let client = canned.client();
    let uuid = || async { answer(&client, ChatRequest::new("Hello")).await.unwrap().conversation.unwrap() };
    assert_ne!(uuid().await.get("conversation_uuid"), uuid().await.get("conversation_uuid"));
}

#[tokio::test(start_paused = true)]
async fn a_dead_nonce_of_v2_is_renewed_once_in_either_step() {
    let leave = |nonce: &str| format!("aipkit_cache_sse_message {nonce}");
    let ask = |nonce: &str| format!("aipkit_frontend_chat_stream {nonce}");
    let page = |canned: Canned, nonce: &str| canned.html(200, &v2(nonce, AJAX));
    // Refused when the message is left.
    let canned = page(page(Canned::default(), "old").json(403, DEAD_V2), "new").json(200, KEPT).sse(SAID_V2);
    assert_eq!(hello(&canned.client()).await.unwrap(), "Hi");
    assert_eq!(calls(&canned.requests()), ["page".into(), leave("old"), "page anew".into(), leave("new"), ask("new")]);
    // Refused when its answer is asked for.
    let dead =
        ":  \n\nevent: error\ndata: {\"error\":\"Security check failed. Please refresh the page and try again.\"}\n\n";
    let canned = page(Canned::default(), "old").json(200, KEPT).sse(dead);
    let canned = page(canned, "new").json(200, KEPT).sse(SAID_V2);
    assert_eq!(hello(&canned.client()).await.unwrap(), "Hi");
    assert_eq!(canned.requests().len(), 6);
    // Once is all: in one step, or in one and then the other.
    let canned = page(page(Canned::default(), "old").json(403, DEAD_V2), "new").json(403, DEAD_V2);
    let error = hello(&canned.client()).await.unwrap_err();
    assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Unauthorized, Some(403)));
    let canned = page(page(Canned::default(), "old").json(403, DEAD_V2), "new").json(200, KEPT).sse(dead);
    assert_eq!(hello(&canned.client()).await.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert_eq!(canned.requests().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_nonce_that_the_page_does_not_have_is_asked_for() {
    let nonce = r#"{"success":true,"data":{"nonce":"fresh"}}"#;
    let ask = "aipkit_get_frontend_chat_nonce ";
    // A page without one.
    let canned = Canned::default().html(200, &v2("", AJAX)).json(200, nonce).json(200, KEPT).sse(SAID_V2);
    assert_eq!(hello(&canned.client()).await.unwrap(), "Hi");
    assert_eq!(calls(&canned.requests())[1..3], [ask, "aipkit_cache_sse_message fresh"]);
    // A page cache that hands the dead one out again.
    let page = v2("dead", AJAX);
    let canned = Canned::default()
        .html(200, &page)
        .json(403, DEAD_V2)
        .html(200, &page)
        .json(200, nonce)
        .json(200, KEPT)
        .sse(SAID_V2);
    assert_eq!(hello(&canned.client()).await.unwrap(), "Hi");
    assert_eq!(calls(&canned.requests())[2..5], ["page anew", ask, "aipkit_cache_sse_message fresh"]);
    // A plugin without such a call.
    let canned = Canned::default().html(200, &v2("", AJAX)).html(400, "0");
    let error = hello(&canned.client()).await.unwrap_err();
    assert!(error.message().starts_with("no nonce found: the v2 chat on https://chat.example.org"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn nothing_leaves_for_another_origin() {
    for location in
        ["https://evil.example/", "http://chat.example.org/", "https://www.chat.example.org/", "//evil.example"]
    {
        let canned = Canned::default().then(302, &[("location", location)], "");
        let client = canned.with(ChatgptFreeConfig::default().url("https://chat.example.org").cookies("a=hunter2"));
        let error = hello(&client).await.unwrap_err();
        assert!(error.message().contains("another site") && error.kind() == ErrorKind::Unexpected, "{error}");
        assert_eq!(canned.requests().len(), 1);
    }
    let canned = Canned::default().html(200, &v2("n1", "https://evil.example/wp-admin/admin-ajax.php"));
    let error = hello(&canned.client()).await.unwrap_err();
    assert!(error.message().contains("https://evil.example/wp-admin/admin-ajax.php, another site"), "{error}");
    assert_eq!(canned.requests().len(), 1);
    // The message itself follows no redirect at all.
    let canned = Canned::default().html(200, &v1("n1")).then(307, &[("location", "/elsewhere")], "");
    let error = hello(&canned.client()).await.unwrap_err();
    assert!(error.message().contains("redirects are not followed"), "{error}");
    assert_eq!(canned.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn redirects_of_the_page_are_followed_a_few_times() {
    let canned = Canned::default().then(301, &[("location", "/chat/")], "").html(200, &v1("n1")).sse(SAID);
    assert_eq!(hello(&canned.client()).await.unwrap(), "Hi");
    let requests = canned.requests();
    assert_eq!(requests[1].uri(), "https://chat.example.org/chat/");
    assert_eq!(requests[2].headers()["referer"], "https://chat.example.org/chat/");
    let loops = (0..6).fold(Canned::default(), |canned, _| canned.then(302, &[("location", "/")], ""));
    let error = hello(&loops.client()).await.unwrap_err();
    assert!(error.message().ends_with("redirects more than 5 times"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn where_messages_go_is_a_setting_or_the_page_s_word() {
    let site = || ChatgptFreeConfig::default().url("https://chat.example.org/blog");
    let home = v1("n1").replace("data-type", "data-url=https://chat.example.org/wp data-type");
    let foreign = v1("n1").replace("data-type", "data-url=https://other.example data-type");
    let table = [
        (site(), v1("n1"), "https://chat.example.org/blog/wp-admin/admin-ajax.php"),
        (site(), home.clone(), "https://chat.example.org/wp/wp-admin/admin-ajax.php"),
        (site(), foreign, "https://chat.example.org/blog/wp-admin/admin-ajax.php"),
        (site().ajax("/rizq"), home, "https://chat.example.org/blog/rizq"),
    ];
    for (config, page, expected) in table {
        let canned = Canned::default().html(200, &page).sse(SAID);
        hello(&canned.with(config)).await.unwrap();
        assert_eq!(canned.requests()[1].uri(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_does_not_come_says_why() {
    let table = [
        (403, "<title>Just a moment...</title>", ErrorKind::Blocked, "Just a moment"),
        (200, "<title>Just a moment...</title>", ErrorKind::Blocked, "Just a moment"),
        (401, "<title>Sign in</title>", ErrorKind::Blocked, "Sign in"),
        (500, "<p>critical error", ErrorKind::Unavailable, "critical error"),
        (200, "<p>Welcome to our blog.</p>", ErrorKind::Parse, "no chat found on https://chat.example.org"),
        (200, &v1("").replace("data-post-id=261", ""), ErrorKind::Parse, "no post id found"),
        (200, &v1("''"), ErrorKind::Parse, "no nonce found"),
    ];
    for (status, body, kind, message) in table {
        let canned = Canned::default().html(status, body);
        let error = hello(&canned.client()).await.unwrap_err();
        assert_eq!((error.kind(), error.provider()), (kind, Some("chatgptfree")), "{error}");
        assert!(error.message().contains(message), "{error}");
        assert_eq!(canned.requests().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_site_that_asks_to_wait_before_the_answer_is_understood() {
    let wait: &[_] = &[("content-type", "application/json"), ("retry-after", "7"), ("x-request-id", "r")];
    for canned in [Canned::default(), Canned::default().html(200, &v2("n1", AJAX))] {
        let error = hello(&canned.then(429, wait, "{}").client()).await.unwrap_err();
        assert_eq!((error.kind(), error.request_id()), (ErrorKind::RateLimited, Some("r")));
        assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(7)));
    }
}

#[tokio::test(start_paused = true)]
async fn the_chats_of_the_page_are_listed() {
    let page = v2("n1", AJAX) + &v1("n2").replace("data-type", "data-openai_stream_nav=1 data-ai-name=Bot data-type");
    let chats = Canned::default().html(200, &page).client().chats().await.unwrap();
    let told: Vec<_> =
        chats.iter().map(|chat| (chat.generation, chat.bot_id.as_str(), chat.name.as_deref(), chat.streams)).collect();
    assert_eq!(told, [(Generation::V2, "7", None, None), (Generation::V1, "0", Some("Bot"), Some(true))]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_sent_reads_no_page() {
    let canned = Canned::default();
    assert_eq!(
        answer(&canned.client(), ChatRequest::new("Hi").top_p(0.1)).await.unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
    assert!(canned.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn lines_between_events_begin_no_answer() {
    let refused = ": ping\n\nid: 1\nevent: message\ndata: {\"msg\":\"No.\",\"messageFlagged\":true}\n\n";
    let canned = Canned::default().then(200, &[], &v1("n1")).sse(refused).sse(&[": ping\n\n", SAID].concat());
    let client = canned.client();
    // The error of the call, and not of the stream.
    assert_eq!(client.chat(ChatRequest::new("Hello")).await.unwrap_err().kind(), ErrorKind::Refused);
    let chunks = client.chat(ChatRequest::new("Hello")).await.unwrap();
    assert_eq!(chunks.vitals().events, 1);
}
