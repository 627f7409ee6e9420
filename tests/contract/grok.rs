//! What only grok.com's client promises: a session that stays at home, and the calls around the chat.

use chatstream::grok::{CookieSource, Grok, GrokConfig, Upload};
use chatstream::{ChatRequest, ErrorKind, FileInput, Message, Part, Proxy, Retry, Source, TransportConfig};
use chatstream_emulator::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const COOKIES: &str = "sso=hunter2; sso-rw=hunter2";

fn client(emulator: &Emulator) -> Grok {
    let transport = TransportConfig::default().proxy(Proxy::None).retry(Retry::none());
    let config = GrokConfig::new(CookieSource::text(COOKIES)).base_url(emulator.grok().base_url()).transport(transport);
    Grok::new(config).unwrap()
}

#[tokio::test]
async fn a_conversation_is_listed_loaded_renamed_shared_and_deleted() {
    let emulator = Emulator::builder().start().await.unwrap();
    let grok = client(&emulator);
    let first = grok.chat(ChatRequest::new("one")).await.unwrap().into_response().await.unwrap();
    let id = first.conversation.as_ref().unwrap().ids["conversation_id"].clone();

    let listed = grok.conversations(10, None).await.unwrap().conversations;
    assert_eq!(listed.iter().map(|it| it.conversation_id.as_str()).collect::<Vec<_>>(), [id.as_str()]);
    grok.rename(&id, "Новое имя").await.unwrap();
    assert_eq!(grok.conversation(&id).await.unwrap().title.as_deref(), Some("Новое имя"));

    let nodes = grok.response_nodes(&id).await.unwrap();
    let ids: Vec<_> = nodes.iter().map(|node| node.response_id.as_str()).collect();
    let turns = grok.load_responses(&id, &ids).await.unwrap();
    let texts: Vec<_> = turns.iter().filter_map(|turn| turn.message.as_deref()).collect();
    assert_eq!(texts, ["one", first.text.as_str()]);

    // Whoever lost the ids of an answer goes on from what the site knows.
    let mut request = ChatRequest::new("two");
    request.conversation = Some(grok.resume(&id).await.unwrap());
    assert_eq!(request.conversation, first.conversation);
    let second = grok.chat(request).await.unwrap().into_response().await.unwrap();
    assert!(second.text.contains("User turns so far: 2."), "{}", second.text);

    let link = grok.share(&id, ids[1]).await.unwrap();
    assert!(link.starts_with(emulator.grok().base_url()), "{link}");
    assert_eq!(grok.shared_links(&id).await.unwrap().len(), 1);
    grok.delete(&id).await.unwrap();
    grok.delete(&id).await.unwrap();
    assert!(grok.conversations(10, None).await.unwrap().conversations.is_empty());
    assert_eq!(grok.conversation(&id).await.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn the_account_says_who_it_is_and_what_is_left() {
    let emulator = Emulator::builder().start().await.unwrap();
    let grok = client(&emulator);
    assert_eq!(grok.session().await.unwrap().email.as_deref(), Some("user@example.com"));
    let modes = grok.modes().await.unwrap().modes;
    assert!(modes.iter().any(|mode| mode.id == "auto"), "{modes:?}");
    let before = grok.rate_limits("grok-3").await.unwrap().remaining_queries.unwrap();
    grok.chat(ChatRequest::new("one")).await.unwrap().into_response().await.unwrap();
    let after = grok.rate_limits_of("grok-3", "DEFAULT").await.unwrap().remaining_queries.unwrap();
    assert_eq!(after, before - 1);
}

#[tokio::test]
async fn a_file_is_uploaded_and_seen_and_a_picture_is_fetched_with_the_session() {
    let emulator = Emulator::builder().start().await.unwrap();
    let grok = client(&emulator);
    let file = grok.upload(&Upload::new("notes.txt", "text/plain", &b"notes"[..])).await.unwrap();
    let mut message = Message::user("what is in it?");
    message.content.push(Part::File(FileInput::new(Source::Id(file.file_metadata_id))));
    let seen = grok.chat(ChatRequest::from_messages([message])).await.unwrap().into_response().await.unwrap();
    assert!(seen.text.contains("Files shown: 1"), "{}", seen.text);

    let drawn = grok.chat(ChatRequest::new("draw a cat")).await.unwrap().into_response().await.unwrap();
    assert!(!drawn.images.is_empty());
    for image in &drawn.images {
        assert!(grok.download(image).await.unwrap().starts_with(b"\xff\xd8\xff"));
    }
}

#[tokio::test]
async fn a_parent_that_is_not_the_conversation_s_is_refused() {
    let emulator = Emulator::builder().start().await.unwrap();
    let grok = client(&emulator);
    let first = grok.chat(ChatRequest::new("one")).await.unwrap().into_response().await.unwrap();
    let mut request = ChatRequest::new("two");
    let strange = first.conversation.unwrap().id("parent_response_id", "11111111-2222-4333-8444-555555555555");
    request.conversation = Some(strange);
    assert_eq!(grok.chat(request).await.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

/// Takes one connection, answers it with this, and gives back what it was sent.
async fn take_one(listener: TcpListener, answer: &'static [u8]) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut sent = Vec::new();
    while !sent.windows(4).any(|end| end == b"\r\n\r\n") {
        assert_ne!(stream.read_buf(&mut sent).await.unwrap(), 0, "the request is cut");
    }
    stream.write_all(answer).await.unwrap();
    String::from_utf8(sent).unwrap()
}

#[tokio::test]
async fn a_proxy_of_the_site_sees_no_cookie() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let transport = TransportConfig::default().proxy(Proxy::url(proxy)).retry(Retry::none());
    let grok = Grok::new(GrokConfig::new(CookieSource::text(COOKIES)).transport(transport)).unwrap();
    let refused = b"HTTP/1.1 502 Bad Gateway\r\nset-cookie: sso=other\r\ncontent-length: 0\r\n\r\n";
    let (sent, error) = tokio::join!(take_one(listener, refused), grok.session());
    assert!(sent.starts_with("CONNECT grok.com:443 HTTP/1.1\r\n"), "{sent}");
    assert!(!sent.to_ascii_lowercase().contains("cookie") && !sent.contains("hunter2"), "{sent}");
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Connect);
    let held = grok.auth_result().unwrap();
    assert!(held.cookies.iter().all(|cookie| cookie.value.expose() == "hunter2"), "a proxy sets no cookies");
}

#[tokio::test]
async fn a_picture_or_a_redirect_elsewhere_takes_no_cookie_along_also_through_a_proxy() {
    // The proxy is asked for every host, so it sees whatever leaves.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let transport = TransportConfig::default().proxy(Proxy::url(proxy)).retry(Retry::none());
    let config = GrokConfig::new(CookieSource::text(COOKIES)).base_url("http://grok.example").transport(transport);
    let grok = Grok::new(config).unwrap();
    let picture = chatstream::Image::new("http://elsewhere.example/picture.jpg");
    let away =
        b"HTTP/1.1 302 Found\r\nlocation: http://third.example/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let (sent, fetched) = tokio::join!(take_one(listener, away), grok.download(&picture));
    assert!(sent.starts_with("GET http://elsewhere.example/picture.jpg HTTP/1.1\r\n"), "{sent}");
    assert!(!sent.contains("hunter2"), "{sent}");
    assert_eq!(fetched.unwrap_err().status().unwrap(), 302, "a redirect is not followed");
}
