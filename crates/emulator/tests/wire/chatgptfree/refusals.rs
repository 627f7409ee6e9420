//! Requests that are not answered, and by whom.

use serde_json::{Value, json};

use super::client::{chat_with, hand_in, named, nonce, refusal, say, say_to, with_faults};
use crate::client::{Received, plain};

/// Hands a message in to plugin 2 with these faults.
async fn hand_in_to(faults: &str) -> Received {
    let emulator = with_faults(faults).await;
    let nonce = nonce(&emulator, "/v2/").await;
    hand_in(&emulator, &nonce, "hi").await
}

#[tokio::test]
async fn the_plugin_refuses_with_success() {
    let table = [
        ("wrong", "Something went wrong"),
        ("nothing", "It appears that nothing was inputted."),
        ("words", "Your message contains prohibited words. Please modify your message and try again."),
        ("access", "You are not allowed to access this feature."),
        ("instance", "Unable to initialize the AI instance. Please make sure the API key is valid."),
        ("quota", "You exceeded your current quota, please check your plan and billing details."),
        ("consent", "Please accept the terms before you send a message."),
        ("translated", "Что-то пошло не так / попробуйте ещё раз"),
    ];
    for (name, message) in table {
        let answer = say_to(&format!("plugin-error={name}"), "hi").await;
        assert_eq!((answer.status, answer.json()), (200, refusal(message)), "{name}");
        let answer = chat_with(&format!("plugin-error={name}"), "hi").await;
        assert_eq!(named(&answer, "error"), json!({"error": message}), "{name}");
    }
    let key = say_to("plugin-error=key", "hi").await.text();
    assert!(key.contains(r"provided: &quot;none&quot;. ") && key.contains(r"https:\/\/platform"), "{key}");
    let limit = say_to("plugin-error=token-limit", "hi").await.json();
    assert_eq!(limit, json!({"msg": "You have reached your token limit.", "tokenLimitReached": true}));
    let upstream = say_to("plugin-error=upstream", "hi").await.json();
    assert_eq!(upstream["error"]["code"], "insufficient_quota");
    let quota = named(&chat_with("plugin-error=token-limit", "hi").await, "error");
    assert_eq!(quota["quota_notice"], json!({"type": "guest"}));
}

#[tokio::test]
async fn word_press_and_what_stands_before_it_refuse_both_generations_alike() {
    let table = [
        ("unknown-action", 400, "0"),
        ("unknown-action-200", 200, "0"),
        ("status=400", 400, "0"),
        ("status=500", 500, "<p>There has been a critical error on this website.</p>"),
        ("status=503", 503, "<h1>Briefly unavailable for scheduled maintenance. Check back in a minute.</h1>"),
        ("maintenance", 503, "<h1>Briefly unavailable for scheduled maintenance. Check back in a minute.</h1>"),
        ("status=502", 502, "<title>502 Bad Gateway</title>"),
        ("status=520", 520, "<title>Error 520</title>"),
        ("status=403", 403, "Sorry, you have been blocked"),
        ("html-403", 403, "Sorry, you have been blocked"),
        ("challenge", 403, "<title>Just a moment...</title>"),
        ("html", 200, "<h1>Welcome</h1>"),
        ("retry-after=7", 429, "<title>429 Too Many Requests</title>"),
    ];
    for (fault, status, words) in table {
        for answer in [say_to(fault, "hi").await, hand_in_to(fault).await] {
            assert_eq!(answer.status, status, "{fault}");
            assert!(answer.text().contains(words), "{fault}: {}", answer.text());
        }
    }
    assert_eq!(say_to("maintenance", "hi").await.header("retry-after"), Some("600"));
    assert_eq!(say_to("status=503", "hi").await.header("retry-after"), None);
    assert_eq!(say_to("retry-after=7", "hi").await.header("retry-after"), Some("7"));
    assert_eq!(say_to("error-200", "hi").await.json(), refusal("Something went wrong"));
    assert_eq!(hand_in_to("error-200").await.json()["success"], false);
    let embed = hand_in_to("embed-not-available").await;
    assert_eq!((embed.status, &embed.json()["data"]["code"]), (403, &json!("embed_not_available")));
}

#[tokio::test]
async fn a_refusal_may_come_so_many_times() {
    for fault in ["status=503", "unknown-action", "plugin-error", "refused-nonce", "flag"] {
        let emulator = with_faults(&format!("{fault},fail-times=1")).await;
        assert_eq!(say(&emulator, "hi", &[]).await.said("content"), "", "{fault}");
        assert_ne!(say(&emulator, "hi", &[]).await.said("content"), "", "{fault}");
    }
}

#[tokio::test]
async fn what_only_this_service_knows_means_nothing_to_the_others() {
    let emulator = plain().await;
    let headers = ["x-emulator-fault: plugin-error,flag,refused-nonce,page-reply,unknown-action,spoken-error"];
    let answer = crate::client::chat_with(&emulator, &headers, &crate::client::streamed("hi")).await;
    assert!(answer.status == 200 && answer.text().ends_with("data: [DONE]\n\n"));
    assert_eq!(answer.events().last(), Some(&Value::from("[DONE]")));
}
