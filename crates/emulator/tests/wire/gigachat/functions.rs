//! Functions of the client and built-in ones, in version 1 of the chat.

use serde_json::{Value, json};

use super::client::{chat, streamed, unstreamed, weather};
use crate::client::{faulty, plain, with};

fn offered(choice: Value) -> Value {
    json!({"functions": [weather()], "function_call": choice})
}

#[tokio::test]
async fn a_function_is_called_whole_in_one_delta() {
    let emulator = plain().await;
    for choice in [json!("auto"), json!({"name": "weather"})] {
        let answer = chat(&emulator, &with(streamed("Погода?"), offered(choice))).await;
        let events = answer.events();
        assert_eq!(events.len(), 3, "{events:?}");
        let delta = &events[0]["choices"][0]["delta"];
        let call = json!({"name": "weather", "arguments": {"city": "пример", "days": 10}});
        assert_eq!(
            (&delta["function_call"], &delta["role"], &delta["content"]),
            (&call, &json!("assistant"), &json!(""))
        );
        assert_eq!(delta["functions_state_id"].as_str().unwrap().len(), 36);
        assert_eq!(events[1]["choices"][0]["delta"], json!({"content": ""}));
        assert_eq!(events[1]["choices"][0]["finish_reason"], "function_call");
    }
    let whole = chat(&emulator, &with(unstreamed("Погода?"), offered(json!("auto")))).await.json();
    let choice = &whole["choices"][0];
    assert_eq!((&choice["finish_reason"], &choice["message"]["content"]), (&json!("function_call"), &json!("")));
    assert_eq!(choice["message"]["function_call"]["arguments"]["days"], 10);
}

#[tokio::test]
async fn without_being_told_to_no_function_is_called() {
    let emulator = plain().await;
    for members in [json!({"functions": [weather()]}), offered(json!("none"))] {
        let answer = chat(&emulator, &with(unstreamed("Погода?"), members)).await.json();
        assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    }
}

#[tokio::test]
async fn settled_arguments_stay_as_they_are() {
    let emulator = plain().await;
    let choice = json!({"name": "weather", "partial_arguments": {"city": "Омск"}});
    let answer = chat(&emulator, &with(unstreamed("Погода?"), offered(choice))).await.json();
    let call = &answer["choices"][0]["message"]["function_call"];
    assert_eq!(call["arguments"], json!({"city": "Омск", "days": 10}));
}

#[tokio::test]
async fn the_turn_after_a_function_quotes_its_result() {
    let emulator = plain().await;
    let messages = json!([
        {"role": "user", "content": "Погода?"},
        {"role": "assistant", "content": "", "function_call": {"name": "weather", "arguments": {"city": "Омск"}}},
        {"role": "function", "name": "weather", "content": "{\"t\": -7}"},
    ]);
    let body = with(with(streamed(""), offered(json!("auto"))), json!({"messages": messages}));
    let answer = chat(&emulator, &body).await;
    assert!(answer.said("content").starts_with("The tool said: \"{\"t\": -7}\"."), "{}", answer.text());
}

#[tokio::test]
async fn a_picture_is_told_in_the_text_over_several_deltas() {
    let emulator = plain().await;
    for members in [
        json!({"function_call": "auto"}),
        json!({"function_call": "auto", "functions": [weather(), {"name": "text2image"}]}),
        json!({"function_call": {"name": "text2image"}}),
    ] {
        let answer = chat(&emulator, &with(streamed("Нарисуй кота"), members)).await;
        let text = answer.said("content");
        let rest = text.strip_prefix("<img src=\"").unwrap();
        assert_eq!(rest.find("\" fuse=\"true\"/> Вот рисунок"), Some(36), "{text}");
        let events = answer.events();
        assert!(!events[..events.len() - 2].iter().any(|event| event.to_string().contains(&rest[..36])));
        assert!(events[0]["choices"][0]["delta"]["functions_state_id"].is_string());
        assert_eq!(answer.text().matches("functions_state_id").count(), 1);
        assert_eq!(events[events.len() - 2]["choices"][0]["finish_reason"], "stop");
    }
}

#[tokio::test]
async fn pictures_need_a_word_for_them_and_leave() {
    let emulator = plain().await;
    for (prompt, members) in [
        ("Нарисуй кота", json!({})),
        ("Кот", json!({"function_call": "auto"})),
        ("Нарисуй кота", json!({"function_call": "none"})),
    ] {
        let answer = chat(&emulator, &with(unstreamed(prompt), members)).await.text();
        assert!(!answer.contains("<img"), "{answer}");
    }
    // Own functions without the built-in one beside them are all there is.
    let answer = chat(&emulator, &with(unstreamed("Draw a cat"), offered(json!("auto")))).await.json();
    assert_eq!(answer["choices"][0]["finish_reason"], "function_call");
}

#[tokio::test]
async fn calls_can_come_in_the_forms_that_clients_stumble_over() {
    let body = with(streamed("Погода?"), offered(json!("auto")));
    let text = chat(&faulty("string-arguments").await, &body).await.events()[0].clone();
    let call = &text["choices"][0]["delta"]["function_call"];
    assert_eq!(call["arguments"], r#"{"city":"пример","days":10}"#);
    let invented = chat(&faulty("string-arguments").await, &unstreamed("hi")).await.json();
    assert_eq!(invented["choices"][0]["message"]["function_call"]["name"], "lookup");

    let events = chat(&faulty("finish-with-last-delta").await, &body).await.events();
    assert_eq!((events.len(), &events[1]), (2, &json!("[DONE]")));
    assert_eq!(events[0]["choices"][0]["finish_reason"], "function_call");
    assert!(events[0]["choices"][0]["delta"]["function_call"].is_object() && events[0]["usage"].is_object());
}

#[tokio::test]
async fn a_built_in_function_can_be_seen_at_work() {
    let emulator = faulty("function-in-progress").await;
    let answer = chat(&emulator, &with(streamed("Нарисуй кота"), json!({"function_call": "auto"}))).await;
    let events = answer.events();
    for (event, left) in events.iter().zip(["15", "5"]) {
        let delta = &event["choices"][0]["delta"];
        assert_eq!((&delta["role"], &delta["content"]), (&json!("function_in_progress"), &json!(left)));
        assert_eq!((&delta["name"], &delta["created"]), (&json!("text2image"), &event["created"]));
    }
    assert_eq!(events[2]["choices"][0]["delta"]["role"], "assistant");
}
