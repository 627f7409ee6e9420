//! A site with the chat plugin in memory: its page and its small calls, and behind them whatever answers.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use chatstream::chatgptfree::{ChatgptFree, ChatgptFreeConfig};
use chatstream::core::decode::Framing;
use chatstream::core::{Body, BoxFuture, Failure, Outgoing, Parse};
use chatstream::{ChatRequest, Conversation, Error, Provider, Result, Transport};
use http::header::CONTENT_TYPE;
use http::response::Parts;
use http::{HeaderValue, Method};
use tower_service::Service;

/// A v1 site, whose messages this transport answers.
pub(crate) fn v1(transport: Transport) -> Result<ChatgptFree> {
    const PAGE: &str = "<div class=wpaicg-chat-shortcode data-nonce=0a1b2c3d4e data-post-id=261 data-bot-id=0>";
    client(transport, PAGE)
}

/// A v2 site, whose streams this transport answers, in a conversation that is known beforehand.
pub(crate) fn v2(transport: Transport) -> Result<Known> {
    const CONFIG: &str = r#"{"botId":25871,"postId":261,"nonce":"0a1b2c3d4e"}"#;
    const PAGE: &str = "<div class=aipkit_chat_container data-config='CONFIG'>";
    client(transport, &PAGE.replace("CONFIG", CONFIG)).map(Known)
}

fn client(transport: Transport, page: &str) -> Result<ChatgptFree> {
    let config = transport.config().clone();
    let site = Site { transport, page: Bytes::from(page.to_owned()) };
    ChatgptFree::with_transport(
        ChatgptFreeConfig::default().cookies("visit=hunter2"),
        Transport::from_service(site, config)?,
    )
}

#[derive(Clone)]
struct Site {
    transport: Transport,
    page: Bytes,
}

/// What a v2 site answers to a message.
pub(crate) const KEPT: &str = r#"{"success":true,"data":{"cache_key":"aipkit_sse_0"}}"#;

impl Service<http::Request<Bytes>> for Site {
    type Response = http::Response<Body>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Bytes>) -> Self::Future {
        let is_page = request.method() == Method::GET && request.uri().query().is_none();
        let is_left = request.body().starts_with(b"action=aipkit_cache_sse_message");
        let reply = |content_type: &'static str, body: Bytes| {
            let mut response = http::Response::new(Body::new(Whole(Some(body))));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            response
        };
        let response = match (is_page, is_left) {
            (true, _) => reply("text/html", self.page.clone()),
            (_, true) => reply("application/json", Bytes::from_static(KEPT.as_bytes())),
            _ => return self.transport.call(request),
        };
        Box::pin(std::future::ready(Ok(response)))
    }
}

/// A body in one piece.
struct Whole(Option<Bytes>);

impl http_body::Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|body| Ok(http_body::Frame::data(body))))
    }
}

/// A client that goes on with one conversation, whose ids a fixture can name.
#[derive(Debug)]
pub(crate) struct Known(pub(crate) ChatgptFree);

impl Provider for Known {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn transport(&self) -> &Transport {
        self.0.transport()
    }

    fn request<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Outgoing>> {
        let ids = Conversation::new(self.name())
            .id("conversation_uuid", "00000000-0000-4000-8000-000000000002")
            .id("session_id", "00000000-0000-4000-8000-000000000001");
        let request = request.clone().conversation(ids);
        Box::pin(async move { self.0.request(&request).await })
    }

    fn framing(&self, head: &Parts) -> Option<Framing> {
        self.0.framing(head)
    }

    fn parser(&self, request: &ChatRequest) -> Box<dyn Parse> {
        self.0.parser(request)
    }

    fn classify(&self, failure: &Failure<'_>) -> Error {
        self.0.classify(failure)
    }

    fn renew(&self, grant: u64) -> bool {
        self.0.renew(grant)
    }
}
