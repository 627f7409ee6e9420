//! The pages, and what is in them.

use super::client::{page, page_with, post, with_faults};
use crate::client::plain;

#[tokio::test]
async fn each_page_has_its_chat() {
    let emulator = plain().await;
    let base_url = emulator.chatgptfree().base_url();
    let shortcode = "data-post-id=\"261\"\n";
    let table = [
        (
            "",
            vec![
                "<div class=\"wpaicg-chat-shortcode\"\n",
                shortcode,
                "data-openai_stream_nav=\"1\"",
                "data-bot-id=\"0\"",
            ],
        ),
        ("/chat/", vec!["<div class=\"wpaicg-chat-shortcode\"\n", "data-type=\"shortcode\""]),
        (
            "/widget/",
            vec!["<div class='wpaicg-chatbox'", "data-bot-id='3405'", "data-post-id='58'", "data-openai_stream_nav=''"],
        ),
        ("/minified", vec!["<div class=wpaicg-chat-shortcode ", " data-bot-id=0 "]),
        ("/two/", vec!["data-bot-id=\"12\"", "data-bot-id=\"34\"", "class=\"wpaicg-chatbox\""]),
        ("/v2/", vec!["id=\"aipkit_chat_container_25871\"", "&quot;botId&quot;:25873", "GPT\\&quot; &amp; friends"]),
        ("/popup/", vec!["id=\"aipkit_popup_wrapper_77\"", "It&#039;s", "&quot;popupEnabled&quot;:true"]),
        ("/about/", vec!["Welcome to our blog."]),
    ];
    for (path, parts) in table {
        let page = page(&emulator, path).await;
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=UTF-8")), "{path}");
        assert!(page.header("set-cookie").unwrap().starts_with("wp_visit="));
        let html = page.text();
        for part in parts {
            assert!(html.contains(part), "{path}: {part} is not in {html}");
        }
    }
    let first = page(&emulator, "/").await.text();
    assert!(first.contains(&format!("data-url=\"{base_url}\"")));
    assert!(first.find("<article data-post-id=\"9\"").unwrap() < first.find("wpaicg-chat-shortcode").unwrap());
    let ajax = emulator.chatgptfree().ajax_url().replace('/', "\\/");
    assert!(page(&emulator, "/v2/").await.text().contains(&format!("&quot;ajaxUrl&quot;:&quot;{ajax}&quot;")));
    assert_eq!(page(&emulator, "/nothing/").await.status, 404);
}

#[tokio::test]
async fn something_else_comes_for_a_page_as_asked() {
    let table = [
        ("challenge", 403, "<title>Just a moment...</title>"),
        ("firewall", 403, "Sorry, you have been blocked"),
        ("error", 500, "There has been a critical error on this website."),
        ("maintenance", 503, "Briefly unavailable for scheduled maintenance."),
        ("login", 200, "Members only"),
    ];
    for (name, status, words) in table {
        let emulator = with_faults(&format!("page-reply={name},fail-times=1")).await;
        let first = page(&emulator, "/").await;
        assert_eq!(first.status, status, "{name}");
        assert!(first.text().contains(words), "{name}: {}", first.text());
        assert!(page(&emulator, "/").await.text().contains("wpaicg-chat-shortcode"), "{name}: only the first time");
    }
    let missing = [("no-chat", "wpaicg-chat"), ("no-nonce", "data-nonce=\"0"), ("no-post", "data-post-id=\"261")];
    for (name, part) in missing {
        let page = page(&with_faults(&format!("page-reply={name}")).await, "/").await;
        assert_eq!(page.status, 200);
        assert!(!page.text().contains(part), "{name}: {}", page.text());
    }
    let page = page(&with_faults("page-reply=broken-config").await, "/popup/").await.text();
    let (_, config) = page.split_once("data-config='").unwrap();
    let config = config.split('\'').next().unwrap().replace("&quot;", "\"");
    assert!(serde_json::from_str::<serde_json::Value>(&config).is_err(), "{config}");
}

#[tokio::test]
async fn a_page_may_have_moved() {
    let emulator = with_faults("page-reply=moved").await;
    let moved = page(&emulator, "/v2/").await;
    let there = format!("{}/v2?moved=1", emulator.chatgptfree().base_url());
    assert_eq!((moved.status, moved.header("location")), (302, Some(there.as_str())));
    assert!(page(&emulator, "/v2?moved=1").await.text().contains("aipkit_chat_container"));
    let away = page(&with_faults("page-reply=moved-away").await, "/").await;
    assert_eq!((away.status, away.header("location")), (302, Some("https://chat.example.org/")));
}

#[tokio::test]
async fn faults_of_answers_leave_pages_alone_and_those_of_form_do_not() {
    let plain = page(&plain().await, "/").await;
    let emulator = with_faults("status=500,hang,cut-after=0,html,challenge").await;
    assert_eq!(page(&emulator, "/").await.status, 200);
    let pieces = page_with(&emulator, "/", &["x-emulator-fault: pieces=7"]).await;
    assert_eq!(pieces.bytes().len(), plain.bytes().len());
    assert!(pieces.chunks.len() > 100);
}

#[tokio::test]
async fn a_cookie_of_the_page_is_asked_for_where_that_is_wanted() {
    let emulator = with_faults("cookie-required").await;
    let page = page(&emulator, "/").await;
    let cookie = page.header("set-cookie").unwrap().split(';').next().unwrap();
    let nonce = super::client::nonce_of(&page.text());
    let fields = [("action", "wpaicg_chat_shortcode_message"), ("_wpnonce", nonce.as_str()), ("message", "hi")];
    let table = [
        ("cookie: other=1".to_owned(), 403),
        ("cookie: wp_visit=".to_owned(), 403),
        ("cookie: wp_visit=invalid".to_owned(), 403),
        (format!("cookie: other=1; {cookie}"), 200),
    ];
    for (header, status) in table {
        let answer = post(&emulator, &[&header], &fields).await;
        assert_eq!(answer.status, status, "{header}");
        assert_eq!(answer.text().contains("you have been blocked"), status == 403);
    }
}
