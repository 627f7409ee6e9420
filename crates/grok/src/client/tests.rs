use std::collections::VecDeque;
use std::future::{Ready, ready};
use std::sync::Mutex;
use std::task::{Context, Poll};

use chatstream_core::{Chunk, Conversation, ErrorKind, Image, Retry, TransportConfig, Upload};
use futures_util::StreamExt as _;
use http::header::{COOKIE, USER_AGENT};
use http_body_util::Full;
use serde_json::Value;
use tower_service::Service;

use super::*;
use crate::wire::Availability;

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

    fn ok(self, body: &str) -> Self {
        self.then(200, &[], body)
    }

    fn requests(&self) -> Vec<http::Request<Bytes>> {
        std::mem::take(&mut self.0.lock().unwrap().requests)
    }

    fn client(&self, config: GrokConfig) -> Grok {
        let settings = TransportConfig::default().retry(Retry::none());
        Grok::with_transport(config, Transport::from_service(self.clone(), settings).unwrap()).unwrap()
    }
}

fn given() -> GrokConfig {
    GrokConfig::new(CookieSource::text("sso=hunter2"))
}

fn cookie(request: &http::Request<Bytes>) -> Option<&str> {
    request.headers().get(COOKIE).map(|value| value.to_str().unwrap())
}

const NEW: &str = concat!(
    r#"{"result":{"conversation":{"conversationId":"c1"}}}"#,
    r#"{"result":{"response":{"token":"Hi","responseId":"m1"}}}"#,
    r#"{"result":{"response":{"isSoftStop":true}}}"#,
);

#[tokio::test(start_paused = true)]
async fn two_turns_make_one_conversation() {
    let follow_up = r#"{"result":{"token":"Well","responseId":"m2"}}{"result":{"isSoftStop":true}}"#;
    let canned = Canned::default().then(200, &[("set-cookie", "cf=2; Path=/")], NEW).ok(follow_up);
    let grok = canned.client(given().user_agent("Browser/1"));
    let first = grok.chat(ChatRequest::new("Hello")).await.unwrap().into_response().await.unwrap();
    let conversation = first.conversation.clone().unwrap();
    let request = ChatRequest::new("Hello").message(first.to_message()).message(chatstream_core::Message::user("How?"));
    let second = grok.chat(request.conversation(conversation)).await.unwrap().into_response().await.unwrap();
    assert_eq!((first.text.as_str(), second.text.as_str()), ("Hi", "Well"));
    let goes_on = Conversation::new(NAME).id("conversation_id", "c1").id("parent_response_id", "m2");
    assert_eq!(second.conversation, Some(goes_on));
    let requests = canned.requests();
    let paths: Vec<_> = requests.iter().map(|request| request.uri().path()).collect();
    assert_eq!(paths, ["/rest/app-chat/conversations/new", "/rest/app-chat/conversations/c1/responses"]);
    let body: Value = serde_json::from_slice(requests[1].body()).unwrap();
    assert_eq!((&body["message"], &body["parentResponseId"]), (&Value::from("How?"), &Value::from("m1")));
    assert_eq!(cookie(&requests[0]), Some("sso=hunter2"));
    assert_eq!(cookie(&requests[1]), Some("cf=2; sso=hunter2"));
    let headers = requests[0].headers();
    for (name, expected) in
        [("user-agent", "Browser/1"), ("origin", "https://grok.com"), ("referer", "https://grok.com/")]
    {
        assert_eq!(headers[name], expected);
    }
    assert_ne!(headers["x-xai-request-id"], requests[1].headers()["x-xai-request-id"]);
    assert!(!format!("{grok:?} {requests:?}").contains("hunter2"));
}

#[tokio::test(start_paused = true)]
async fn a_refused_session_is_read_again_once_before_any_chunk() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cookies.txt");
    std::fs::write(&file, "sso=old").unwrap();
    let refused = r#"{"error":{"code":16,"message":"No credentials presented."}}"#;
    let config = || GrokConfig::new(CookieSource::file(&file));
    let canned = Canned::default().then(401, &[], refused).ok(NEW).then(401, &[], refused).then(403, &[], refused);
    let grok = canned.client(config());
    drop(grok.chat(ChatRequest::new("Hello")).await.unwrap());
    let error = grok.chat(ChatRequest::new("Hello")).await.unwrap_err();
    assert_eq!((error.kind(), error.provider()), (ErrorKind::Unauthorized, Some("grok")));
    assert_eq!(canned.requests().len(), 4);
    // Refused in the first frame of a 200: the same.
    let canned = Canned::default().ok(refused).ok(NEW);
    drop(canned.client(config()).chat(ChatRequest::new("Hello")).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn without_a_login_nothing_is_sent() {
    let canned = Canned::default();
    let grok = canned.client(GrokConfig::new(CookieSource::text("a=b")));
    assert_eq!(grok.chat(ChatRequest::new("Hi")).await.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert!(canned.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn refusals_are_told_and_not_repeated() {
    let page = "<!DOCTYPE html><title>Just a moment...</title>";
    let html: &[_] = &[("content-type", "text/html")];
    let challenge: &[_] = &[("content-type", "text/html"), ("cf-mitigated", "challenge")];
    let table = [
        (403, &[][..], r#"{"error":{"code":7,"message":"Request rejected by anti-bot rules."}}"#),
        (200, &[][..], r#"{"error":{"code":7,"message":"Request rejected by anti-bot rules."}}"#),
        (403, challenge, page),
        (200, html, page),
    ];
    for (status, headers, body) in table {
        let canned = Canned::default().then(status, headers, body);
        let error = canned.client(given()).chat(ChatRequest::new("Hi")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Blocked, "{body}: {error}");
        assert_eq!(canned.requests().len(), 1);
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_follow_up_that_is_refused_at_once_is_the_error_of_the_call() {
    let ids = Conversation::new(NAME).id("conversation_id", "c1").id("parent_response_id", "m1");
    let limit = r#"{"result":{"error":{"message":"limit","usageLimitReached":{}}}}"#;
    for body in [r#"{"error":{"code":8,"message":"Too many requests","details":[]}}"#, limit] {
        let canned = Canned::default().ok(body);
        let error = canned.client(given()).chat(ChatRequest::new("Hi").conversation(ids.clone())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_ids_of_an_answer_that_is_given_up_can_be_read() {
    let canned = Canned::default().ok(NEW);
    let (mut stream, ids) = canned.client(given()).chat_with_ids(ChatRequest::new("Hi")).await.unwrap();
    assert_eq!(ids.conversation().unwrap().get("conversation_id"), Some("c1"));
    assert!(matches!(stream.next().await, Some(Ok(Chunk::Text(_)))));
    drop(stream);
    assert_eq!(ids.conversation().unwrap().get("parent_response_id"), Some("m1"));
}

#[tokio::test(start_paused = true)]
async fn the_session_goes_to_the_site_s_hosts_only() {
    let table = [
        ("https://assets.grok.com/users/1/image.jpg", Some("sso=hunter2")),
        ("users/1/image.jpg", Some("sso=hunter2")),
        ("https://grok.com/a.jpg", Some("sso=hunter2")),
        ("https://imagine-public.x.ai/a.jpg", None),
        ("https://evilgrok.com/a.jpg", None),
        ("http://assets.grok.com/a.jpg", None),
        ("//evil.example/a.jpg", Some("sso=hunter2")),
    ];
    for (url, expected) in table {
        let canned = Canned::default().ok("bytes");
        let grok = canned.client(given().user_agent("Browser/1"));
        assert_eq!(grok.download(&Image::new(url)).await.unwrap(), "bytes", "{url}");
        let requests = canned.requests();
        assert_eq!(cookie(&requests[0]), expected, "{url}");
        assert_eq!(requests[0].headers()[USER_AGENT] == "Browser/1", expected.is_some(), "{url}");
        assert!(!requests[0].uri().host().unwrap().contains("evil.example"), "{url}");
    }
    let canned = Canned::default();
    let grok = canned.client(given());
    assert_eq!(grok.download(&Image::new("data:image/png;base64,aGk=")).await.unwrap(), "hi");
    assert!(grok.download(&Image::new("data:image/png,hi")).await.is_err());
    // A redirect is not followed, whoever asks for it.
    let canned = Canned::default().then(302, &[("location", "https://evil.example/")], "");
    assert!(canned.client(given()).download(&Image::new("a.jpg")).await.is_err());
    assert_eq!(canned.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_other_calls_are_made_as_documented() {
    let canned = Canned::default()
        .ok(r#"{"status":"authenticated","session":{"userId":"u","email":"user@example.com"}}"#)
        .ok(r#"{"windowSizeSeconds":7200,"remainingQueries":18,"lowEffortRateLimits":null,"preGenerationDelayMs":0}"#)
        .ok(r#"{"modes":[{"id":"auto","availability":{"requiresUpgrade":{"message":"m"}}},{"id":"fast","availability":{"available":{}}}],"defaultModeId":"fast"}"#)
        .ok(r#"{"conversations":[{"conversationId":"c1","title":"T"}],"nextPageToken":"t 1"}"#)
        .ok(r#"{"conversations":null}"#)
        .ok(r#"{"conversation":{"conversationId":"c1","title":"T","starred":false}}"#)
        .ok(r#"{"responseNodes":[{"responseId":"u1","sender":"human"},{"responseId":"m1","sender":"ASSISTANT","parentResponseId":"u1"}]}"#)
        .ok(r#"{"responses":[{"responseId":"m1","message":"Hi","sender":"assistant"}]}"#)
        .ok(r#"{"conversationId":"c1","title":"New"}"#)
        .then(404, &[], r#"{"code":5,"message":"Conversation not found"}"#)
        .ok(r#"{"shareLinkId":"s1"}"#)
        .ok(r#"{"shareLinks":[{"shareLinkId":"s1","conversationId":"c1"}]}"#)
        .ok(r#"{"fileMetadataId":"f1","fileName":"n.txt"}"#)
        .then(404, &[], r#"{"code":5,"message":"Model not found"}"#)
        .ok(r#"{"status":"unauthenticated"}"#);
    let grok = canned.client(given());
    assert_eq!(grok.session().await.unwrap().email.as_deref(), Some("user@example.com"));
    let limits = grok.rate_limits_of("grok-3", "DEFAULT").await.unwrap();
    assert_eq!(
        (limits.window_size_seconds, limits.remaining_queries, limits.total_queries),
        (Some(7200), Some(18), None)
    );
    let modes = grok.modes().await.unwrap();
    let availability: Vec<_> = modes.modes.into_iter().map(|mode| mode.availability.unwrap()).collect();
    assert_eq!(availability, [Availability::RequiresUpgrade("m".into()), Availability::Available]);
    let page = grok.conversations(60, None).await.unwrap();
    assert_eq!(page.conversations[0].conversation_id, "c1");
    assert!(grok.conversations(60, page.next_page_token.as_deref()).await.unwrap().conversations.is_empty());
    assert_eq!(grok.conversation("c1").await.unwrap().title.as_deref(), Some("T"));
    assert_eq!(grok.resume("c1").await.unwrap().get("parent_response_id"), Some("m1"));
    assert_eq!(grok.load_responses("c1", &["m1"]).await.unwrap()[0].message.as_deref(), Some("Hi"));
    assert_eq!(grok.rename("c1", "New").await.unwrap().title.as_deref(), Some("New"));
    grok.delete("c1").await.unwrap();
    assert_eq!(grok.share("c1", "m1").await.unwrap(), "https://grok.com/share/s1");
    assert_eq!(grok.shared_links("c1").await.unwrap().len(), 1);
    assert_eq!(grok.upload(&Upload::new("n.txt", "text/plain", "hello")).await.unwrap().file_metadata_id, "f1");
    assert_eq!(grok.rate_limits("nope").await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert_eq!(grok.session().await.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert!(grok.delete("../x").await.is_err());
    let calls: Vec<_> = canned
        .requests()
        .into_iter()
        .map(|request| {
            let body = String::from_utf8(request.body().to_vec()).unwrap();
            format!("{} {} {body}", request.method(), request.uri().path_and_query().unwrap())
        })
        .collect();
    let expected = [
        "GET /api/auth/session ",
        r#"POST /rest/rate-limits {"modelName":"grok-3","requestKind":"DEFAULT"}"#,
        "POST /rest/modes {}",
        "GET /rest/app-chat/conversations?pageSize=60 ",
        "GET /rest/app-chat/conversations?pageSize=60&pageToken=t%201 ",
        "GET /rest/app-chat/conversations_v2/c1?includeWorkspaces=true&includeTaskResult=true ",
        "GET /rest/app-chat/conversations/c1/response-node?includeThreads=true ",
        r#"POST /rest/app-chat/conversations/c1/load-responses {"responseIds":["m1"]}"#,
        r#"PUT /rest/app-chat/conversations/c1 {"title":"New"}"#,
        "DELETE /rest/app-chat/conversations/soft/c1 ",
        r#"POST /rest/app-chat/conversations/c1/share {"allowIndexing":false,"responseId":"m1"}"#,
        "GET /rest/app-chat/share_links?pageSize=100&conversationId=c1 ",
        r#"POST /rest/app-chat/upload-file {"content":"aGVsbG8=","fileMimeType":"text/plain","fileName":"n.txt"}"#,
        r#"POST /rest/rate-limits {"modelName":"nope"}"#,
        "GET /api/auth/session ",
    ];
    // The order of members follows what serde_json was built with.
    let read = |call: &str| {
        let (line, body) = call.rsplit_once(' ').unwrap();
        (line.to_owned(), serde_json::from_str::<Value>(body).ok())
    };
    let read_all = |calls: &[&str]| calls.iter().map(|call| read(call)).collect::<Vec<_>>();
    assert_eq!(read_all(&calls.iter().map(String::as_str).collect::<Vec<_>>()), read_all(&expected));
}
