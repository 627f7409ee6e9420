//! What only the client of WordPress sites promises: nonces that die unnoticed, and pages of every kind.

use std::time::Duration;

use chatstream::chatgptfree::{ChatgptFree, ChatgptFreeConfig, Generation};
use chatstream::{ChatRequest, ChatResponse, Chunk, ErrorKind, Proxy, Result, Retry, TransportConfig};
use chatstream_emulator::{Answer, Emulator, Fault};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use http::Method;

/// A page of each generation.
const PAGES: [&str; 2] = ["/", "/v2/"];

const AJAX: &str = "/chatgptfree/wp-admin/admin-ajax.php";

async fn with_faults(faults: &str) -> Emulator {
    let faults = faults.split(' ').filter(|name| !name.is_empty()).map(|name| name.parse::<Fault>().unwrap());
    Emulator::builder().faults(faults).start().await.unwrap()
}

fn config(emulator: &Emulator, page: &str) -> ChatgptFreeConfig {
    let transport = TransportConfig::default().proxy(Proxy::None).retry(Retry::none().first_wait(Duration::ZERO));
    ChatgptFreeConfig::default().url(emulator.chatgptfree().base_url()).page(page).transport(transport)
}

fn client(emulator: &Emulator, page: &str) -> ChatgptFree {
    ChatgptFree::new(config(emulator, page)).unwrap()
}

async fn ask(client: &ChatgptFree, text: &str) -> Result<ChatResponse> {
    client.chat(ChatRequest::new(text)).await?.into_response().await
}

/// How often the emulator was asked for a page, and how often it was sent a message.
fn counts(emulator: &Emulator) -> (usize, usize) {
    let requests = emulator.requests();
    let pages = requests.iter().filter(|request| request.path() != AJAX).count();
    let posts = requests.iter().filter(|request| request.method == Method::POST).map(|request| &request.body);
    // A v2 site is also asked for nonces.
    let messages = posts.filter(|body| body.windows(9).any(|part| part == b"&message=")).count();
    (pages, messages)
}

#[tokio::test]
async fn a_dead_nonce_is_replaced_once_and_nobody_notices() {
    for page in PAGES {
        let plain = ask(&client(&with_faults("").await, page), "Why?").await.unwrap().text;
        for way in ["link", "page", "json", "minus-1", "minus-1-200"] {
            let emulator = with_faults(&format!("dead-nonce nonce-reply={way}")).await;
            let client = client(&emulator, page);
            assert_eq!(ask(&client, "Why?").await.unwrap().text, plain, "{page} {way}");
            assert_eq!(counts(&emulator), (2, 2), "{page} {way}");
            assert_eq!(ask(&client, "Why?").await.unwrap().text, plain, "{page} {way}");
            assert_eq!(counts(&emulator), (2, 3), "{page} {way}: the fresh nonce is kept");
        }
    }
    let emulator = with_faults("dead-nonce-in-stream").await;
    assert!(ask(&client(&emulator, "/v2/"), "Why?").await.unwrap().text.contains("Why?"));
    assert_eq!(counts(&emulator), (2, 2));
}

#[tokio::test]
async fn a_nonce_that_is_refused_twice_is_an_error() {
    for page in PAGES {
        let emulator = with_faults("refused-nonce").await;
        let error = ask(&client(&emulator, page), "Why?").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized, "{page}: {error}");
        assert!(error.message().contains("nonce"), "{error}");
        assert_eq!(counts(&emulator), (2, 2), "{page}");
    }
}

#[tokio::test]
async fn nothing_is_repeated_once_text_was_delivered() {
    let said = |event: &str| format!("data: {event}\n\n");
    let first = said(r#"{"id":"1","choices":[{"delta":{"content":"Part"}}]}"#);
    let refused = [
        (PAGES[0], first + r#"{"status":"error","msg":"Nonce verification failed"}"#),
        (PAGES[1], said(r#"{"delta":"Part"}"#) + "event: error\n" + &said(r#"{"error":"Security check failed."}"#)),
    ];
    for (page, body) in refused {
        let emulator = with_faults("").await;
        if page == PAGES[1] {
            let kept = Answer::new(200).header("content-type", "application/json").piece(crate::behind_page::KEPT);
            emulator.script(kept.path(AJAX));
        }
        emulator.script(Answer::new(200).header("content-type", "text/event-stream").piece(body).end().path(AJAX));
        let mut stream = client(&emulator, page).chat(ChatRequest::new("Why?")).await.unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap(), Chunk::Text("Part".into()));
        assert_eq!(stream.next().await.unwrap().unwrap_err().kind(), ErrorKind::Unauthorized, "{page}");
        assert!(stream.next().await.is_none());
        assert_eq!(counts(&emulator), (1, 1), "{page}");
    }
}

#[tokio::test]
async fn a_hundred_callers_with_a_dead_nonce_read_the_page_once() {
    for page in PAGES {
        let emulator = with_faults("").await;
        let client = client(&emulator, page);
        ask(&client, "first").await.unwrap();
        emulator.expire_nonces();
        let questions: Vec<_> = (0..100).map(|i| format!("question {i}")).collect();
        let answers = join_all(questions.iter().map(|question| ask(&client, question))).await;
        for (question, answer) in questions.iter().zip(answers) {
            assert!(answer.unwrap().text.contains(&format!("\"{question}\"")), "{page}: {question}");
        }
        assert_eq!(counts(&emulator).0, 2, "{page}");
    }
}

#[tokio::test]
async fn a_cache_that_keeps_a_dead_nonce_is_passed() {
    for page in PAGES {
        let emulator = with_faults("page-cache").await;
        assert!(ask(&client(&emulator, page), "Why?").await.unwrap().text.contains("\"Why?\""));
        assert_eq!(counts(&emulator), (2, 2), "{page}");
    }
}

#[tokio::test]
async fn every_page_is_understood() {
    let table = [
        ("/", None, Generation::V1, "0", Some("wpaicg_chat_shortcode_message")),
        ("/chat/", None, Generation::V1, "0", Some("wpaicg_chat_shortcode_message")),
        ("/widget/", None, Generation::V1, "3405", Some("wpaicg_chatbox_message")),
        ("/minified/", None, Generation::V1, "0", Some("wpaicg_chat_shortcode_message")),
        ("/two/", None, Generation::V1, "12", None),
        ("/two/", Some("34"), Generation::V1, "34", None),
        ("/v2/", None, Generation::V2, "25871", Some("aipkit_cache_sse_message")),
        ("/v2/", Some("25874"), Generation::V2, "25874", None),
        ("/popup/", None, Generation::V2, "77", None),
    ];
    for (page, chosen, generation, bot, action) in table {
        let emulator = with_faults("").await;
        let config = config(&emulator, page);
        let client = ChatgptFree::new(chosen.map_or(config.clone(), |bot| config.bot(bot))).unwrap();
        let chats = client.chats().await.unwrap();
        assert!(chats.iter().any(|chat| chat.generation == generation && chat.bot_id == bot), "{page}: {chats:?}");
        let response = ask(&client, "Почему <b>100%</b>\nи 1+1=2?").await.unwrap();
        assert!(response.text.contains("Почему <b>100%</b>\nи 1+1=2?"), "{page}: {}", response.text);
        let requests = emulator.requests();
        let sent = String::from_utf8_lossy(&requests[1].body);
        let has = |name: &str, value: &str| sent.split('&').any(|field| field == format!("{name}={value}"));
        assert!(has("bot_id", bot), "{page}: {sent}");
        assert!(action.is_none_or(|action| has("action", action)), "{page}: {sent}");
        assert_eq!(counts(&emulator), (1, 1), "{page}");
    }
}

#[tokio::test]
async fn sites_that_moved_something_are_followed() {
    let emulator = with_faults("page-reply=moved").await;
    ask(&client(&emulator, "/v2/"), "Why?").await.unwrap();
    // Whoever wants the page's cookie back is given it.
    ask(&client(&with_faults("cookie-required").await, "/"), "Why?").await.unwrap();
    ask(&client(&with_faults("cookie-required").await, "/v2/"), "Why?").await.unwrap();
    let emulator = with_faults("").await;
    ask(&ChatgptFree::new(config(&emulator, "/").ajax("/rizq")).unwrap(), "Why?").await.unwrap();
    assert!(emulator.requests().iter().any(|request| request.path().ends_with("/rizq")));
    // A v2 page without a nonce is no loss: the site gives one to whoever asks.
    ask(&client(&with_faults("page-reply=no-nonce").await, "/v2/"), "Why?").await.unwrap();
}

#[tokio::test]
async fn a_page_that_cannot_be_used_says_why_and_nothing_is_sent() {
    use ErrorKind::{Blocked, Parse, Unavailable, Unexpected};
    let table = [
        ("page-reply=challenge", "/", Blocked, "wants a browser to pass a check"),
        ("page-reply=firewall", "/v2/", Blocked, "Attention Required"),
        ("page-reply=error", "/", Unavailable, "critical error"),
        ("page-reply=maintenance", "/", Unavailable, "maintenance"),
        ("page-reply=login", "/", Parse, "no chat found"),
        ("page-reply=moved-away", "/", Unexpected, "another site"),
        ("page-reply=no-chat", "/v2/", Parse, "no chat found"),
        ("page-reply=no-nonce", "/", Parse, "no nonce found"),
        ("page-reply=no-post", "/", Parse, "no post id found"),
        ("page-reply=broken-config", "/v2/", Parse, "found"),
        ("", "/about/", Parse, "no chat found"),
    ];
    for (faults, page, kind, message) in table {
        let emulator = with_faults(faults).await;
        let error = ask(&client(&emulator, page), "Why?").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{faults}: {error}");
        assert!(error.message().contains(message), "{faults}: {error}");
        assert_eq!(counts(&emulator), (1, 0), "{faults}");
    }
}

#[tokio::test]
async fn every_error_of_the_plugin_has_its_kind() {
    use ErrorKind::{Blocked, InvalidRequest, QuotaExhausted, RateLimited, Refused, Unavailable, Unexpected};
    let both = [
        ("plugin-error=wrong", Unavailable),
        ("plugin-error=nothing", InvalidRequest),
        ("plugin-error=words", Refused),
        ("plugin-error=access", Blocked),
        ("plugin-error=instance", Unexpected),
        ("plugin-error=key", Unexpected),
        ("plugin-error=quota", QuotaExhausted),
        ("plugin-error=token-limit", QuotaExhausted),
        ("plugin-error=translated", Unavailable),
        ("plugin-error=upstream", QuotaExhausted),
        ("challenge", Blocked),
        ("unknown-action", InvalidRequest),
        ("unknown-action-200", InvalidRequest),
        ("maintenance", Unavailable),
        ("embed-not-available", Blocked),
    ];
    let first = [
        ("flag=tokenLimitReached", QuotaExhausted),
        ("flag=messageFlagged", Refused),
        ("flag-goes-on=messageFlagged", Refused),
        ("flag=ipBanned", Blocked),
        ("flag=modflag", Refused),
        ("flag=pineconeError", Unavailable),
        ("spoken-error=plain", RateLimited),
        ("spoken-error=quotes", Unavailable),
        ("spoken-error=limited", QuotaExhausted),
        ("bare-error", QuotaExhausted),
        ("null-data whole-for-stream", Unavailable),
    ];
    let second = [("expired-cache-key", Unavailable)];
    let table = both.iter().flat_map(|row| PAGES.map(|page| (page, row)));
    let table = table.chain(first.iter().map(|row| (PAGES[0], row))).chain(second.iter().map(|row| (PAGES[1], row)));
    for (page, (faults, kind)) in table {
        let emulator = with_faults(faults).await;
        let error = ask(&client(&emulator, page), "Why?").await.unwrap_err();
        assert_eq!(error.kind(), *kind, "{page} {faults}: {error}");
        assert_eq!(error.provider(), Some("chatgptfree"));
        assert_eq!(counts(&emulator), (1, 1), "{page} {faults}");
    }
}

#[tokio::test]
async fn a_visitor_who_used_up_what_is_allowed_is_told_so() {
    for page in PAGES {
        let emulator = Emulator::builder().chatgptfree_messages(2).start().await.unwrap();
        let client = client(&emulator, page);
        ask(&client, "one").await.unwrap();
        ask(&client, "two").await.unwrap();
        assert_eq!(ask(&client, "three").await.unwrap_err().kind(), ErrorKind::QuotaExhausted, "{page}");
    }
}

#[tokio::test]
async fn a_conversation_goes_on_where_the_site_keeps_it() {
    let emulator = with_faults("").await;
    let site = client(&emulator, "/v2/");
    let mut conversation = None;
    for (question, turns) in [("one", 1), ("two", 2), ("three", 3)] {
        let mut request = ChatRequest::new(question);
        request.conversation = conversation.take();
        let response = site.chat(request).await.unwrap().into_response().await.unwrap();
        assert!(response.text.contains(&format!("User turns so far: {turns}.")), "{}", response.text);
        conversation = response.conversation;
    }
    // Another program that knows the ids goes on as well; a v1 site has no such thing.
    let request = ChatRequest::new("four").conversation(conversation.unwrap());
    let response = client(&emulator, "/v2/").chat(request.clone()).await.unwrap().into_response().await.unwrap();
    assert!(response.text.contains("User turns so far: 4."), "{}", response.text);
    let refused = client(&emulator, "/").chat(request).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidRequest);
    let sent: Vec<_> = emulator.requests().iter().filter_map(|request| message(&request.body)).collect();
    assert_eq!(sent, ["one", "two", "three", "four"], "only what is new is sent");
}

/// The message that a form holds.
fn message(form: &[u8]) -> Option<String> {
    let form = String::from_utf8_lossy(form);
    form.split('&').find_map(|field| field.strip_prefix("message=")).map(str::to_owned)
}
