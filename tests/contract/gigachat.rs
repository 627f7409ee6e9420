//! What only GigaChat promises: its token, its names, its turns.

use std::sync::Arc;
use std::time::Duration;

use chatstream::gigachat::{AuthScheme, Credentials, GigaChat, GigaChatConfig, Scope, Upload, Version};
use chatstream::{
    ChatRequest, Conversation, ErrorKind, FileInput, ImageInput, Message, Proxy, Retry, Source, Tool, TransportConfig,
};
use chatstream_emulator::{Emulator, Fault};
use futures_util::future::join_all;

/// A wait no test comes near unless something hangs.
const LONG: Duration = Duration::from_secs(60);

fn config(emulator: &Emulator, credentials: Credentials) -> GigaChatConfig {
    let transport = TransportConfig::default().proxy(Proxy::None).retry(Retry::none());
    GigaChatConfig::new(credentials)
        .base_url(emulator.gigachat().base_url())
        .auth_url(emulator.gigachat().auth_url())
        .transport(transport)
}

fn client(emulator: &Emulator) -> GigaChat {
    GigaChat::new(config(emulator, Credentials::client("client", "secret"))).unwrap()
}

async fn ask(gigachat: &GigaChat) -> chatstream::Result<String> {
    let stream = gigachat.chat(ChatRequest::new("Почему?")).await?;
    Ok(stream.into_response().await?.text)
}

#[tokio::test]
async fn a_thousand_callers_on_an_expired_token_make_one_token_call() {
    let emulator = Emulator::builder().start().await.unwrap();
    let gigachat = Arc::new(client(&emulator));
    ask(&gigachat).await.unwrap();
    assert_eq!(emulator.tokens_issued(), 1);
    emulator.expire_tokens();
    let callers = (0..1000).map(|_| {
        let gigachat = gigachat.clone();
        async move { gigachat.models().await.unwrap().len() }
    });
    let answers = tokio::time::timeout(LONG, join_all(callers)).await.unwrap();
    assert!(answers.iter().all(|models| *models > 0));
    assert_eq!(emulator.tokens_issued(), 2);
}

#[tokio::test]
async fn a_thousand_callers_without_a_token_make_one_token_call_also_when_it_fails() {
    for (fault, calls) in [(None, 1), (Some(Fault::OauthCode(6)), 1)] {
        let emulator = Emulator::builder().faults(fault.clone()).start().await.unwrap();
        let gigachat = client(&emulator);
        let answers = tokio::time::timeout(LONG, join_all((0..1000).map(|_| gigachat.models()))).await.unwrap();
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), if fault.is_none() { 1000 } else { 0 });
        let token_calls = emulator.requests().iter().filter(|request| request.path().ends_with("/oauth")).count();
        assert_eq!(token_calls, calls);
    }
}

#[tokio::test]
async fn a_thousand_callers_share_a_token_that_is_short_lived() {
    let emulator = Emulator::builder().token_life(Duration::from_secs(30)).start().await.unwrap();
    let gigachat = client(&emulator);
    let answers = tokio::time::timeout(LONG, join_all((0..1000).map(|_| gigachat.models()))).await.unwrap();
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(emulator.tokens_issued(), 1);
}

#[tokio::test]
async fn a_token_that_runs_out_within_a_minute_is_renewed_first() {
    for (life, tokens) in [(Duration::from_secs(1800), 1), (Duration::from_secs(61), 1), (Duration::from_secs(59), 3)] {
        let emulator = Emulator::builder().token_life(life).start().await.unwrap();
        let gigachat = client(&emulator);
        for _ in 0..3 {
            ask(&gigachat).await.unwrap();
        }
        assert_eq!(emulator.tokens_issued(), tokens, "{life:?}");
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_request_repeated_once() {
    let emulator = Emulator::builder().faults([Fault::ExpiredToken, Fault::FailTimes(1)]).start().await.unwrap();
    assert!(!ask(&client(&emulator)).await.unwrap().is_empty());
    assert_eq!(emulator.tokens_issued(), 2);

    let emulator = Emulator::builder().fault(Fault::Status(401)).start().await.unwrap();
    assert_eq!(ask(&client(&emulator)).await.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert_eq!(emulator.tokens_issued(), 2);

    // A token of the user's own cannot be renewed.
    let gigachat = GigaChat::new(config(&emulator, Credentials::access_token("own"))).unwrap();
    assert_eq!(ask(&gigachat).await.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert_eq!(emulator.tokens_issued(), 2);
}

#[tokio::test]
async fn every_way_in_works() {
    let emulator = Emulator::builder().start().await.unwrap();
    let key = || Credentials::key("Y2xpZW50OnNlY3JldA==");
    let corp = Credentials::client("corp-client", "secret");
    let ways = [
        config(&emulator, key()),
        config(&emulator, key()).auth_scheme(AuthScheme::Bearer),
        config(&emulator, corp).scope(Scope::Corp),
        config(&emulator, Credentials::password("user", "password")),
    ];
    for way in ways {
        let shown = format!("{way:?}");
        let gigachat = GigaChat::new(way).unwrap();
        assert!(!ask(&gigachat).await.unwrap().is_empty(), "{shown}");
    }
    let first = &emulator.requests()[0];
    assert_eq!(&first.body[..], b"scope=GIGACHAT_API_PERS");
    assert_eq!(first.header("rquid").map(str::len), Some(36));
    assert_eq!(first.header("authorization"), Some("Basic Y2xpZW50OnNlY3JldA=="));
}

#[tokio::test]
async fn every_refusal_of_the_token_call_says_what_to_change() {
    let table = [
        (1, ErrorKind::Config, "scope is unknown"),
        (4, ErrorKind::Config, "not base64"),
        (5, ErrorKind::Config, "scope is empty"),
        (6, ErrorKind::Unauthorized, "unknown or revoked"),
        (7, ErrorKind::Config, "another scope"),
    ];
    for (code, kind, expected) in table {
        let emulator = Emulator::builder().fault(Fault::OauthCode(code)).start().await.unwrap();
        let error = ask(&client(&emulator)).await.unwrap_err();
        assert_eq!((error.kind(), error.code(), error.provider()), (kind, Some(&*code.to_string()), Some("gigachat")));
        assert!(error.message().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn a_busy_token_call_is_waited_for() {
    let emulator = Emulator::builder().faults([Fault::Oauth429, Fault::FailTimes(2)]).start().await.unwrap();
    let config = config(&emulator, Credentials::client("client", "secret"));
    let patient = config.transport.clone().retry(Retry::default().first_wait(Duration::ZERO));
    let gigachat = GigaChat::new(config.transport(patient)).unwrap();
    assert!(!ask(&gigachat).await.unwrap().is_empty());
}

#[tokio::test]
async fn answers_beyond_the_limit_wait_for_their_turn_and_give_it_back() {
    let emulator = Emulator::builder().gigachat_streams(2).pace(Duration::from_millis(1)).start().await.unwrap();
    let limited = config(&emulator, Credentials::client("client", "secret")).max_streams(2);
    let limited = GigaChat::new(limited).unwrap();
    let answers = tokio::time::timeout(LONG, join_all((0..20).map(|_| ask(&limited)))).await.unwrap();
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");

    // Two streams hold the turns; a third waits, gives up, and holds nothing.
    let first = limited.chat(ChatRequest::new("раз")).await.unwrap();
    let second = limited.chat(ChatRequest::new("два")).await.unwrap();
    let waits = tokio::time::timeout(Duration::from_millis(100), limited.chat(ChatRequest::new("три"))).await;
    assert!(waits.is_err());
    drop((first, second));
    tokio::time::timeout(LONG, ask(&limited)).await.unwrap().unwrap();

    let unlimited = client(&emulator);
    let _first = unlimited.chat(ChatRequest::new("раз")).await.unwrap();
    let _second = unlimited.chat(ChatRequest::new("два")).await.unwrap();
    assert_eq!(ask(&unlimited).await.unwrap_err().kind(), ErrorKind::RateLimited);
}

#[tokio::test]
async fn files_are_stored_attached_and_deleted() {
    let emulator = Emulator::builder().start().await.unwrap();
    let gigachat = client(&emulator);
    let file = gigachat.upload(&Upload::new("заметка.txt", "text/plain", "привет")).await.unwrap();
    assert_eq!((file.filename.as_deref(), file.bytes), (Some("заметка.txt"), Some("привет".len() as u64)));
    assert!(gigachat.files().await.unwrap().iter().any(|stored| stored.id == file.id));
    assert_eq!(gigachat.file(&file.id).await.unwrap().id, file.id);
    assert_eq!(&gigachat.download(&file.id).await.unwrap()[..], "привет".as_bytes());
    let message =
        Message::user("что там?").file(FileInput::id(&file.id)).image(ImageInput::new(Source::Id(file.id.clone())));
    let stream = gigachat.chat(ChatRequest::from_messages([message])).await.unwrap();
    stream.into_response().await.unwrap();
    assert!(gigachat.delete_file(&file.id).await.unwrap().deleted);
    assert_eq!(gigachat.file(&file.id).await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert_eq!(gigachat.file("../models").await.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn a_picture_that_is_drawn_can_be_downloaded() {
    let emulator = Emulator::builder().start().await.unwrap();
    let gigachat = GigaChat::new(config(&emulator, Credentials::client("c", "s")).client_id("ann")).unwrap();
    let request = ChatRequest::new("нарисуй кота").tool(Tool::new("text2image"));
    let response = gigachat.chat(request).await.unwrap().into_response().await.unwrap();
    let [image] = &response.images[..] else { panic!("{response:?}") };
    assert!(!response.text.contains("<img"), "{}", response.text);
    let id = image.url.rsplit('/').nth(1).unwrap();
    assert!(image.url.starts_with(emulator.gigachat().base_url()));
    assert_eq!(gigachat.download(id).await.unwrap()[..3], [0xFF, 0xD8, 0xFF]);
}

#[tokio::test]
async fn the_rest_of_the_service_answers_in_types() {
    let emulator = Emulator::builder().start().await.unwrap();
    let gigachat = client(&emulator);
    assert!(gigachat.models().await.unwrap().iter().any(|model| model.id == "GigaChat-2"));
    assert_eq!(gigachat.model("GigaChat-2").await.unwrap().id, "GigaChat-2");
    assert_eq!(gigachat.model("nonexistent").await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    let vectors = gigachat.embeddings("Embeddings", &["раз", "два"]).await.unwrap();
    assert_eq!(
        vectors.iter().map(|vector| (vector.index, vector.embedding.len())).collect::<Vec<_>>(),
        [(0, 1024), (1, 1024)]
    );
    let counts = gigachat.count_tokens("GigaChat-2", &["привет"]).await.unwrap();
    assert_eq!(counts[0].characters, 6);
    assert!(!gigachat.balance().await.unwrap().is_empty());
    let text = "слово ".repeat(25);
    assert!(!gigachat.check_ai("GigaCheckDetection", &text).await.unwrap().category.is_empty());
    let tool = Tool::new("погода").parameters(serde_json::json!({"type": "object", "properties": {}}));
    gigachat.validate_function(&tool).await.unwrap();
    let batch = gigachat.batch("embedder", "{\"id\":\"1\",\"request\":{}}\n").await.unwrap();
    assert!(gigachat.batches(None).await.unwrap().iter().any(|known| known.id == batch.id));
    assert_eq!(gigachat.batch("other", "").await.unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[tokio::test]
async fn no_secret_shows_in_anything_that_prints() {
    let emulator = Emulator::builder().fault(Fault::Status(401)).start().await.unwrap();
    let secrets = ["hunter2", "aHVudGVyMjpodW50ZXIy", "aHVudGVy"];
    let credentials = [
        Credentials::key("aHVudGVyMjpodW50ZXIy"),
        Credentials::client("hunter2", "hunter2"),
        Credentials::access_token("hunter2"),
        Credentials::password("hunter2", "hunter2"),
    ];
    for credentials in credentials {
        let gigachat = GigaChat::new(config(&emulator, credentials)).unwrap();
        let error = ask(&gigachat).await.unwrap_err();
        let shown = format!("{gigachat:?} {error} {error:?}");
        assert!(secrets.iter().all(|secret| !shown.contains(secret)), "{shown}");
    }
}

#[tokio::test]
async fn a_thread_goes_on_where_it_was() {
    let emulator = Emulator::builder().start().await.unwrap();
    let config = config(&emulator, Credentials::client("c", "s")).version(Version::V2);
    let gigachat = GigaChat::new(config).unwrap();
    let request = ChatRequest::new("раз").conversation(Conversation::new("gigachat"));
    let first = gigachat.chat(request).await.unwrap().into_response().await.unwrap();
    let conversation = first.conversation.unwrap();
    let request = ChatRequest::new("два").conversation(conversation.clone());
    let second = gigachat.chat(request).await.unwrap().into_response().await.unwrap();
    assert_eq!(second.conversation, Some(conversation));
    let bodies: Vec<_> = emulator.requests().iter().map(|request| request.json()).collect();
    assert!(bodies.last().unwrap()["storage"]["thread_id"].is_string(), "{bodies:?}");
}
