//! Chat completions, streamed and whole.

use serde_json::{Value, json};

use crate::client::{Ended, chat, plain, streamed, unstreamed, with};

fn weather() -> Value {
    let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    json!({"type": "function", "function": {"name": "weather", "parameters": parameters}})
}

#[tokio::test]
async fn a_stream_is_reasoning_then_text_then_finish_reason_usage_and_done() {
    let emulator = plain().await;
    let body = with(streamed("Привет"), json!({"stream_options": {"include_usage": true}}));
    let answer = chat(&emulator, &body).await;

    assert_eq!((answer.status, answer.ended), (200, Ended::Clean));
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert!(answer.said("reasoning_content").contains("\"Привет\""));
    assert!(answer.said("content").starts_with("You said: \"Привет\". Это эмулятор 🚀"));

    let events = answer.events();
    let [deltas @ .., finish, usage, done] = events.as_slice() else { panic!("too few events") };
    let is_reasoning = |event: &Value| event["choices"][0]["delta"]["reasoning_content"].is_string();
    assert!(deltas.is_sorted_by_key(|event| !is_reasoning(event)), "reasoning comes first");
    assert_eq!(deltas.iter().filter(|event| event["choices"][0]["delta"]["role"] == "assistant").count(), 1);
    assert_eq!(deltas[0]["choices"][0]["delta"]["role"], "assistant");
    assert!(deltas.iter().all(|event| event["choices"][0].get("finish_reason").is_none()));
    assert_eq!(finish["choices"], json!([{"index": 0, "delta": {}, "finish_reason": "stop"}]));
    assert_eq!(usage["choices"], json!([]));
    assert_eq!(done, "[DONE]");

    let counts = &usage["usage"];
    let reasoning = counts["completion_tokens_details"]["reasoning_tokens"].as_u64().unwrap();
    let completion = counts["completion_tokens"].as_u64().unwrap();
    assert_eq!(reasoning + completion, deltas.len() as u64);
    assert_eq!(counts["total_tokens"], counts["prompt_tokens"].as_u64().unwrap() + completion + reasoning);
    assert!(counts["cost_in_usd_ticks"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn every_event_is_one_http_chunk_in_the_order_of_members_the_service_has() {
    let emulator = plain().await;
    let answer = chat(&emulator, &streamed("hi")).await;
    assert_eq!(answer.chunks.len(), answer.events().len());
    for chunk in &answer.chunks {
        let text = std::str::from_utf8(chunk).unwrap();
        assert!(text.starts_with("data: ") && text.ends_with("\n\n"), "{text}");
        let mut rest = text;
        for member in ["\"id\"", "\"object\"", "\"created\"", "\"model\"", "\"choices\"", "\"system_fingerprint\""] {
            let Some(position) = rest.find(member) else { break };
            rest = &rest[position..];
            assert!(member != "\"system_fingerprint\"" || rest.contains("service_tier"));
        }
    }
}

#[tokio::test]
async fn ids_stay_and_created_advances_in_a_stream() {
    let emulator = plain().await;
    let events = chat(&emulator, &streamed("hi")).await.events();
    let events = &events[..events.len() - 1];
    assert!(events.iter().all(|event| event["id"] == events[0]["id"]));
    let created = events.iter().map(|event| event["created"].as_u64().unwrap()).collect::<Vec<_>>();
    assert!(created.is_sorted() && created.first() < created.last(), "{created:?}");
}

#[tokio::test]
async fn emoji_are_surrogate_escapes_on_the_wire_and_cyrillic_is_not_escaped() {
    let emulator = plain().await;
    for body in [streamed("hi"), unstreamed("hi")] {
        let text = chat(&emulator, &body).await.text();
        assert!(text.contains("\\ud83d\\ude80"), "{text}");
        assert!(!text.contains('🚀'), "{text}");
        assert!(text.contains("эмулятор"), "{text}");
    }
}

#[tokio::test]
async fn a_whole_answer_says_what_the_stream_says() {
    let emulator = plain().await;
    let stream = chat(&emulator, &streamed("hi")).await;
    let whole = chat(&emulator, &unstreamed("hi")).await;

    assert_eq!((whole.status, whole.ended), (200, Ended::Clean));
    assert_eq!(whole.header("content-type"), Some("application/json"));
    assert!(whole.header("x-metrics-ttft-ms").is_some());
    let json = whole.json();
    assert_eq!(json["object"], "chat.completion");
    let choice = &json["choices"][0];
    assert_eq!(choice["message"]["content"], stream.said("content"));
    assert_eq!(choice["message"]["reasoning_content"], stream.said("reasoning_content"));
    assert_eq!(choice["message"]["refusal"], Value::Null);
    assert_eq!(choice["finish_reason"], "stop");
    assert!(json["usage"]["completion_tokens"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn usage_comes_in_a_stream_only_when_asked_for() {
    let emulator = plain().await;
    for members in [json!({}), json!({"stream_options": {"include_usage": false}}), json!({"stream_options": null})] {
        let text = chat(&emulator, &with(streamed("hi"), members)).await.text();
        assert!(!text.contains("\"usage\""), "{text}");
    }
}

#[tokio::test]
async fn the_same_request_has_the_same_answer() {
    let (one, two) = (plain().await, plain().await);
    let body = streamed("the same");
    let first = chat(&one, &body).await;
    assert_eq!(first.bytes(), chat(&one, &body).await.bytes());
    assert_eq!(first.bytes(), chat(&two, &body).await.bytes());
    assert_ne!(first.events()[0]["id"], chat(&one, &streamed("another")).await.events()[0]["id"]);
}

#[tokio::test]
async fn models_answer_under_their_own_name() {
    let emulator = plain().await;
    for (asked, answers) in [("grok-latest", "grok-4.7"), ("grok-3-mini", "grok-4.3"), ("my-model", "my-model")] {
        let answer = chat(&emulator, &with(streamed("hi"), json!({"model": asked}))).await;
        assert_eq!(answer.events()[0]["model"], answers);
    }
}

#[tokio::test]
async fn models_that_do_not_reason_give_text_only() {
    let emulator = plain().await;
    for members in [json!({"model": "grok-4.20-non-reasoning"}), json!({"reasoning_effort": "none"})] {
        let answer = chat(&emulator, &with(streamed("hi"), members.clone())).await;
        assert_eq!(answer.said("reasoning_content"), "");
        assert_eq!(answer.events()[0]["choices"][0]["delta"]["role"], "assistant");
        let whole = chat(&emulator, &with(unstreamed("hi"), members)).await.json();
        assert!(whole["choices"][0]["message"].get("reasoning_content").is_none());
        assert_eq!(whole["usage"]["completion_tokens_details"]["reasoning_tokens"], 0);
    }
}

#[tokio::test]
async fn a_tool_is_called_whole_in_one_delta() {
    let emulator = plain().await;
    let answer = chat(&emulator, &with(streamed("Weather?"), json!({"tools": [weather()]}))).await;
    let events = answer.events();
    let calls = events.iter().filter_map(|event| event["choices"][0]["delta"].get("tool_calls")).collect::<Vec<_>>();
    assert_eq!(calls.len(), 1);
    let call = &calls[0][0];
    assert_eq!((&call["index"], &call["type"]), (&json!(0), &json!("function")));
    assert!(call["id"].as_str().unwrap().starts_with("call-"));
    assert_eq!(call["function"], json!({"name": "weather", "arguments": r#"{"city":"пример"}"#}));
    assert_eq!(answer.said("content"), "");
    assert!(!answer.said("reasoning_content").is_empty());
    assert_eq!(events[events.len() - 2]["choices"][0]["finish_reason"], "tool_calls");
}

#[tokio::test]
async fn a_model_that_does_not_reason_says_its_role_with_the_call() {
    let emulator = plain().await;
    let members = json!({"tools": [weather()], "model": "grok-4.20-non-reasoning"});
    let text = chat(&emulator, &with(streamed("Weather?"), members)).await.text();
    assert!(text.contains(r#""delta":{"role":"assistant","tool_calls":[{"id":"call-"#), "{text}");
}

#[tokio::test]
async fn whole_tool_calls_have_no_index_and_parallel_ones_come_together() {
    let emulator = plain().await;
    let tools = json!([weather(), {"type": "function", "function": {"name": "clock"}}]);
    let answer = chat(&emulator, &with(unstreamed("Both in parallel"), json!({"tools": tools}))).await.json();
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    assert_eq!(choice["message"]["content"], "");
    let calls = choice["message"]["tool_calls"].as_array().unwrap();
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().all(|call| call.get("index").is_none()));
    assert_eq!(calls[1]["function"], json!({"name": "clock", "arguments": "{}"}));
}

#[tokio::test]
async fn the_turn_after_a_tool_quotes_its_result() {
    let emulator = plain().await;
    let function = json!({"name": "weather", "arguments": "{}"});
    let messages = json!([
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "1", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "1", "content": "+7, ясно"},
    ]);
    let answer = chat(&emulator, &with(streamed(""), json!({"tools": [weather()], "messages": messages}))).await;
    assert!(answer.said("content").starts_with("The tool said: \"+7, ясно\"."));
}

#[tokio::test]
async fn documents_satisfy_their_schema() {
    let emulator = plain().await;
    let schema = json!({
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer", "minimum": 18},
            "tags": {"type": "array", "items": {"enum": ["a", "b"]}},
        },
        "required": ["name", "age", "tags"],
    });
    let format = json!({"type": "json_schema", "json_schema": {"name": "person", "schema": schema, "strict": true}});
    let answer = chat(&emulator, &with(streamed("hi"), json!({"response_format": format}))).await;
    let document: Value = serde_json::from_str(&answer.said("content")).unwrap();
    assert_eq!(document, json!({"name": "пример", "age": 18, "tags": ["a", "a"]}));
}

#[tokio::test]
async fn a_limit_of_tokens_breaks_the_text_off() {
    let emulator = plain().await;
    for limit in ["max_tokens", "max_completion_tokens"] {
        let answer = chat(&emulator, &with(unstreamed("hi"), json!({limit: 2}))).await.json();
        assert_eq!(answer["choices"][0]["finish_reason"], "length");
        assert_eq!(answer["choices"][0]["message"]["content"], "You said: \"hi\".");
        assert_eq!(answer["usage"]["completion_tokens"], 2);
    }
}

#[tokio::test]
async fn history_and_images_are_counted() {
    let emulator = plain().await;
    let image = json!({"type": "image_url", "image_url": {"url": "https://example.com/a.png", "detail": "low"}});
    let messages = json!([
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "Yes.", "reasoning_content": "Hm."},
        {"role": "user", "content": [{"type": "text", "text": "Two"}, image]},
    ]);
    let answer = chat(&emulator, &with(unstreamed(""), json!({"messages": messages}))).await.json();
    let text = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(text.starts_with("You said: \"Two\"."), "{text}");
    assert!(text.ends_with("User turns so far: 2. Images shown: 1."), "{text}");
    assert_eq!(answer["usage"]["prompt_tokens_details"]["image_tokens"], 256);
}

#[tokio::test]
async fn a_long_prompt_makes_a_long_answer() {
    let emulator = plain().await;
    let prompt = "слово ".repeat(20_000);
    let answer = chat(&emulator, &streamed(&prompt)).await;
    assert_eq!(answer.ended, Ended::Clean);
    assert!(answer.said("content").contains(&prompt));
    assert!(answer.events().len() > 10_000);
}
