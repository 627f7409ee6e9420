//! Nonces: given, dead, refused.

use chatstream_emulator::Emulator;

use super::client::{
    answer_to, chat, deltas, hand_in, named, nonce, nonce_of, page, page_with, post, refusal, say, say_to, say_with,
    with_faults,
};
use crate::client::{plain, start};

const EXPIRED: &str = "The link you followed has expired.";

#[tokio::test]
async fn any_nonce_is_good_but_one_that_is_known_to_be_dead_or_not_for_this() {
    let emulator = plain().await;
    let page = page(&emulator, "/").await.text();
    let first = nonce_of(&page);
    let (_, other) = page.split_once("\"nonce\":\"").unwrap();
    let second = nonce(&emulator, "/v2/").await;
    let table = [(first.as_str(), 200), ("0123456789", 200), (&other[..10], 403), (&second, 403), ("invalid", 403)];
    for (nonce, status) in table {
        assert_eq!(say_with(&emulator, nonce, "hi", &[]).await.status, status, "{nonce}");
    }
    emulator.expire_nonces();
    assert_eq!(say_with(&emulator, &first, "hi", &[]).await.status, 403);
    assert_eq!(say(&emulator, "hi", &[]).await.status, 200);
    assert_eq!(hand_in(&emulator, &second, "hi").await.json()["data"]["code"], "nonce_failure_cache_sse");
}

#[tokio::test]
async fn a_refusal_has_the_words_of_its_version() {
    let fields = [("action", "wpaicg_chat_shortcode_message"), ("_wpnonce", "dead")];
    let link = format!("{EXPIRED}</p><p><a href=\"https://a.example/?b&amp;c\">Please try again.</a>");
    let json = refusal("Nonce verification failed").to_string();
    let table = [
        ("", 403, link.clone()),
        ("nonce-reply=minus-1", 403, "-1".to_owned()),
        ("nonce-reply=minus-1-200", 200, "-1".to_owned()),
        ("nonce-reply=json", 200, json.clone()),
        ("old-plugin", 200, json),
        ("old-plugin,nonce-reply=link", 403, link),
    ];
    for (faults, status, expected) in table {
        let emulator = with_faults(faults).await;
        let answer = post(&emulator, &["referer: https://a.example/?b&c"], &fields).await;
        let sorted = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        assert_eq!(answer.status, status, "{faults}");
        assert!(answer.text() == expected || sorted(&answer.text()) == sorted(&expected), "{}", answer.text());
    }
    let bare = post(&plain().await, &[], &fields).await;
    assert_eq!((bare.status, bare.text().as_str()), (403, EXPIRED));
    let page = post(&with_faults("nonce-reply=page").await, &[], &fields).await;
    assert!(page.status == 403 && page.text().contains(&format!("<div class=\"wp-die-message\">{EXPIRED}</div>")));
}

#[tokio::test]
async fn a_nonce_dies_once_or_every_one_does() {
    let emulator = with_faults("dead-nonce").await;
    let first = nonce(&emulator, "/").await;
    for _ in 0..2 {
        assert_eq!(say_with(&emulator, &first, "hi", &[]).await.status, 403);
    }
    assert_ne!(nonce(&emulator, "/").await, first);
    assert_eq!(say(&emulator, "hi", &[]).await.status, 200);

    let emulator = with_faults("refused-nonce").await;
    for _ in 0..3 {
        assert_eq!(say(&emulator, "hi", &[]).await.status, 403);
    }
    let emulator = with_faults("refused-nonce,fail-times=1").await;
    assert_eq!(say(&emulator, "hi", &[]).await.status, 403);
    assert_eq!(say(&emulator, "hi", &[]).await.status, 200);
}

#[tokio::test]
async fn a_nonce_is_used_up_after_so_many_messages() {
    let emulator = start(Emulator::builder().chatgptfree_nonce_uses(2)).await;
    let first = nonce(&emulator, "/").await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(say_with(&emulator, &first, "hi", &[]).await.status);
    }
    assert_eq!(statuses, [200, 200, 403]);
    assert_eq!(say(&emulator, "hi", &[]).await.status, 200);

    // The last message has its answer still.
    let emulator = start(Emulator::builder().chatgptfree_nonce_uses(1)).await;
    for _ in 0..2 {
        assert!(deltas(&chat(&emulator, "hi", &[]).await).starts_with("You said: \"hi\"."));
    }
}

#[tokio::test]
async fn a_page_from_a_cache_has_a_dead_nonce() {
    let emulator = with_faults("page-cache").await;
    for path in ["/", "/v2/"] {
        let cached = page(&emulator, path).await;
        assert_eq!((cached.header("x-cache"), cached.header("age")), (Some("HIT"), Some("90000")));
        let fresh = page_with(&emulator, path, &["cache-control: no-cache"]).await;
        assert_eq!(fresh.header("x-cache"), Some("MISS"));
        let nonces = [&cached, &fresh].map(|page| nonce_of(&page.text()));
        assert_ne!(nonces[0], nonces[1]);
        let mut statuses = Vec::new();
        for nonce in &nonces {
            let answer = match path {
                "/" => say_with(&emulator, nonce, "hi", &[]).await,
                _ => hand_in(&emulator, nonce, "hi").await,
            };
            statuses.push(answer.status);
        }
        assert_eq!(statuses, [403, 200], "{path}");
    }
    // Plugin 2 gives a good one however old the page is.
    let fields = [("action", "aipkit_get_frontend_chat_nonce"), ("bot_id", "25871"), ("post_id", "261")];
    let given = post(&emulator, &[], &fields).await.json();
    assert_eq!(hand_in(&emulator, given["data"]["nonce"].as_str().unwrap(), "hi").await.status, 200);
}

#[tokio::test]
async fn a_nonce_may_die_between_the_two_calls_of_plugin_2() {
    let security = "Security check failed. Please refresh the page and try again.";
    let emulator = with_faults("dead-nonce-in-stream").await;
    let first = chat(&emulator, "hi", &[]).await;
    assert_eq!((first.status, named(&first, "error")["error"].as_str()), (200, Some(security)));
    assert_eq!(named(&first, "done")["finished"], true);
    assert!(deltas(&chat(&emulator, "hi", &[]).await).starts_with("You said"));

    let emulator = plain().await;
    let good = nonce(&emulator, "/v2/").await;
    let handed_in = hand_in(&emulator, &good, "hi").await.json();
    let key = handed_in["data"]["cache_key"].as_str().unwrap();
    assert_eq!(named(&answer_to(&emulator, "invalid", key, &[]).await, "error")["error"], security);
    assert!(!deltas(&answer_to(&emulator, &good, key, &[]).await).is_empty(), "the key was not used");
    assert_eq!(say_to("dead-nonce-in-stream", "hi").await.status, 200);
}
