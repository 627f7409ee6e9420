//! Plugin 1: saying something and reading the answer.

use chatstream_emulator::Emulator;
use serde_json::json;

use super::client::{ask_whole, form, nonce, post, refusal, say, say_to, say_with};
use crate::client::{Ended, plain, send, start};

#[tokio::test]
async fn a_message_is_answered_in_chunks_of_the_provider() {
    let answer = say_to("", "Привет 🚀 <b> a/b").await;
    assert_eq!((answer.status, answer.ended), (200, Ended::Clean));
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!((answer.header("cache-control"), answer.header("x-accel-buffering")), (Some("no-cache"), Some("no")));
    let events = answer.events();
    assert_eq!(events[0]["choices"][0]["delta"], json!({"role": "assistant", "content": "", "refusal": null}));
    assert_eq!(events.last(), Some(&json!("[DONE]")));
    let finish = &events[events.len() - 2];
    assert_eq!((&finish["choices"][0]["delta"], &finish["choices"][0]["finish_reason"]), (&json!({}), &json!("stop")));
    for chunk in &events[..events.len() - 1] {
        assert_eq!(
            (&chunk["object"], &chunk["model"]),
            (&json!("chat.completion.chunk"), &json!("gpt-4o-mini-2024-07-18"))
        );
        assert_eq!(chunk["id"], events[0]["id"]);
    }
    let said = answer.said("content");
    assert!(said.starts_with("You said: \"Привет 🚀 <b> a/b\". Это эмулятор 🚀"), "{said}");
    assert!(said.ends_with("User turns so far: 1. 1 < 2 && 3 > 2, and/or."), "{said}");
    assert_eq!(answer.bytes(), say_to("", "Привет 🚀 <b> a/b").await.bytes(), "the same again");
}

#[tokio::test]
async fn a_bot_that_does_not_stream_answers_with_one_object() {
    let streamed = say_to("", "a/b я").await.said("content");
    let answer = ask_whole("", "a/b я").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json; charset=UTF-8")));
    assert_eq!(answer.json()["status"], "success");
    assert_eq!(answer.json()["data"], streamed);
    let text = answer.text();
    assert!(text.is_ascii() && text.contains(r"a\/b \u044f") && text.contains(r"\ud83d\ude80"), "{text}");

    let emulator = plain().await;
    let by_identity = say(&emulator, "hi", &[("bot_id", ""), ("chatbot_identity", "custom_bot_3405")]).await;
    assert_eq!(by_identity.json()["status"], "success");
    assert_eq!(say_to("whole-for-stream", "a/b я").await.json()["data"], streamed);
}

#[tokio::test]
async fn forms_of_either_kind_and_a_moved_address_are_read() {
    let emulator = plain().await;
    let nonce = nonce(&emulator, "/widget/").await;
    let part =
        |name: &str, value: &str| format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let picture = "--XX\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.png\"\r\n\
                   Content-Type: image/png\r\n\r\nPNG\r\n";
    let body = [
        part("action", "wpaicg_chatbox_message"),
        part("_wpnonce", &nonce),
        part("message", "line\r\nя"),
        picture.to_owned(),
        "--XX--\r\n".to_owned(),
    ];
    let content_type = ["content-type: multipart/form-data; boundary=XX"];
    let answer = send(&emulator, "POST", "/chatgptfree/rizq", &content_type, body.concat().as_bytes()).await;
    let said = answer.said("content");
    assert!(said.starts_with("You said: \"line\r\nя\"."), "{said}");
    assert!(said.contains("Images shown: 1."), "{said}");
}

#[tokio::test]
async fn what_was_said_before_is_known() {
    let emulator = plain().await;
    let history = r#"[{"id":"1","text":"Human: one"},{"id":"2","text":"AI: uno"},"Human: two","AI: dos"]"#;
    let with_history = say(&emulator, "three", &[("wpaicg_chat_history", history)]).await.said("content");
    assert!(with_history.contains("User turns so far: 3. Before that you said: \"two\"."), "{with_history}");
    let dialogue = say(&emulator, "System: s\nUser: one\nAssistant: uno\nUser: two\nlines\nAssistant:", &[]).await;
    let dialogue = dialogue.said("content");
    assert!(dialogue.starts_with("You said: \"two\nlines\"."), "{dialogue}");
    assert!(dialogue.contains("User turns so far: 2. Before that you said: \"one\"."), "{dialogue}");
}

#[tokio::test]
async fn an_old_plugin_cleans_messages_and_says_everything_twice() {
    let answer = say_to("old-plugin", "System: a\nUser: Vec<u8>\n\t100%25\nAssistant:").await;
    let said = answer.said("content");
    assert!(said.starts_with("You said: \"Vec 100\"."), "{said}");
    let last = answer.text().trim_end().lines().last().unwrap().to_owned();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&last).unwrap()["data"], said);

    let emulator = crate::client::faulty("old-plugin").await;
    let nonce = nonce(&emulator, "/").await;
    let query = form(&[("action", "wpaicg_chat_shortcode_message"), ("_wpnonce", &nonce), ("message", "hi")]);
    let path = format!("{}?{query}", super::client::AJAX);
    assert!(send(&emulator, "GET", &path, &[], b"").await.said("content").starts_with("You said: \"hi\"."));
    let newer = send(&emulator, "GET", &path, &["x-emulator-fault:"], b"").await;
    assert_eq!(newer.status, 403, "newer ones look for the nonce in the body");
}

#[tokio::test]
async fn visitors_may_send_so_many_messages_and_no_prohibited_words() {
    let emulator = start(Emulator::builder().chatgptfree_messages(1)).await;
    let limit = json!({"msg": "You have reached your token limit.", "tokenLimitReached": true});
    let visitor = |id| [("wpaicg_chat_client_id", id)];
    assert!(!say(&emulator, "hi", &visitor("Ab3dE5gH7j")).await.said("content").is_empty());
    assert_eq!(say(&emulator, "hi", &visitor("Ab3dE5gH7j")).await.events(), std::slice::from_ref(&limit));
    assert!(!say(&emulator, "hi", &visitor("Ab3dE5gH7k")).await.said("content").is_empty());
    let whole = say(&emulator, "hi", &[("wpaicg_chat_client_id", "Ab3dE5gH7j"), ("bot_id", "3405")]).await;
    assert_eq!((whole.status, whole.json()), (200, limit));

    let words = "Your message contains prohibited words. Please modify your message and try again.";
    let flagged = say_to("", "a Forbidden Topic").await;
    assert_eq!(flagged.events()[0], json!({"msg": words, "messageFlagged": true}));
    assert!(flagged.said("content").starts_with("You said"), "it goes on all the same");
    assert_eq!(ask_whole("", "запретная тема").await.json(), refusal(words));
}

#[tokio::test]
async fn the_nonce_comes_before_the_message_and_the_action_before_both() {
    let emulator = plain().await;
    assert_eq!(say_with(&emulator, "invalid", "", &[]).await.status, 403);
    let empty = say(&emulator, " \n", &[]).await;
    assert_eq!((empty.status, empty.json()), (200, refusal("It appears that nothing was inputted.")));
    for fields in [vec![("action", "nothing"), ("_wpnonce", "invalid")], vec![("message", "hi")], vec![]] {
        let answer = post(&emulator, &[], &fields).await;
        assert_eq!((answer.status, answer.text().as_str()), (400, "0"));
    }
}
