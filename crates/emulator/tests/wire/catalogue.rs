//! Models and keys.

use serde_json::json;

use crate::client::{get, plain};

#[tokio::test]
async fn models_are_listed_with_prices_and_aliases() {
    let emulator = plain().await;
    let answer = get(&emulator, "/xai/v1/models").await;
    assert_eq!(answer.status, 200);
    let list = answer.json();
    assert_eq!(list["object"], "list");
    let models = list["data"].as_array().unwrap();
    let ids = models.iter().map(|model| model["id"].as_str().unwrap()).collect::<Vec<_>>();
    for id in ["grok-4.7", "grok-4.6", "grok-4.3", "grok-4.20-0309-reasoning", "grok-4.20-0309-non-reasoning"] {
        assert!(ids.contains(&id), "{id} in {ids:?}");
    }
    assert_eq!(models[0]["aliases"][0], "grok-latest");
    for model in models {
        assert_eq!((&model["object"], &model["owned_by"]), (&json!("model"), &json!("xai")));
        for member in ["created", "context_length", "prompt_text_token_price", "completion_text_token_price"] {
            assert!(model[member].as_u64().unwrap() > 0, "{member}");
        }
    }
}

#[tokio::test]
async fn one_model_is_told_by_id_or_alias() {
    let emulator = plain().await;
    assert_eq!(get(&emulator, "/xai/v1/models/grok-4.3").await.json()["id"], "grok-4.3");
    assert_eq!(get(&emulator, "/xai/v1/models/grok-latest").await.json()["id"], "grok-4.7");
    let missing = get(&emulator, "/xai/v1/models/grok-beta").await;
    assert_eq!((missing.status, &missing.json()["code"]), (404, &json!("not-found")));
}

#[tokio::test]
async fn language_models_tell_what_they_read() {
    let emulator = plain().await;
    let list = get(&emulator, "/xai/v1/language-models").await.json();
    assert_eq!(list["models"][0]["input_modalities"], json!(["text", "image"]));
    let model = get(&emulator, "/xai/v1/language-models/grok-build-0.1").await.json();
    assert_eq!(model["input_modalities"], json!(["text"]));
}

#[tokio::test]
async fn a_key_is_told_by_its_end() {
    let emulator = plain().await;
    let key = get(&emulator, "/xai/v1/api-key").await.json();
    assert_eq!(key["redacted_api_key"], "xai-...test");
    assert_eq!(key["acls"], json!(["api-key:model:*", "api-key:endpoint:*"]));
    assert_eq!(key["api_key_disabled"], false);
}
