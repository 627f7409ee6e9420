//! What is around the chat: models, vectors, counts, balance, checks, functions, batches.

use serde_json::{Value, json};

use super::client::{AGENT, call, get, post, streamed, token_of, unstreamed};
use crate::client::{plain, send};

#[tokio::test]
async fn models_are_listed_with_what_they_are_for() {
    let emulator = plain().await;
    let list = get(&emulator, "/gigachat/v1/models").await;
    assert_eq!(list.header("content-type"), Some("application/json; charset=utf-8"));
    let list = list.json();
    assert_eq!(list["object"], "list");
    let models = list["data"].as_array().unwrap();
    let expected = json!({"id": "GigaChat-2", "object": "model", "owned_by": "salutedevices", "type": "chat"});
    assert!(models.contains(&expected));
    assert_eq!(get(&emulator, "/gigachat/v1/models/GigaChat-2").await.json(), expected);
    let missing = get(&emulator, "/gigachat/v1/models/NonExistentModel").await;
    assert_eq!((missing.status, missing.text().as_str()), (404, "{\"status\":404,\"message\":\"No such model\"}\n"));
}

#[tokio::test]
async fn vectors_have_length_one() {
    let emulator = plain().await;
    let body = json!({"model": "Embeddings", "input": ["Hello, world!", "Привет, мир!"]});
    let answer = post(&emulator, "/gigachat/v1/embeddings", &body).await.json();
    assert_eq!((&answer["object"], &answer["model"]), (&json!("list"), &json!("Embeddings")));
    for (index, item) in answer["data"].as_array().unwrap().iter().enumerate() {
        assert_eq!((&item["object"], &item["index"]), (&json!("embedding"), &json!(index)));
        assert_eq!(item["usage"], json!({"prompt_tokens": 2}));
        let vector = item["embedding"].as_array().unwrap();
        let length: f64 = vector.iter().map(|number| number.as_f64().unwrap().powi(2)).sum();
        assert!(vector.len() == 1024 && (length - 1.0).abs() < 1e-4, "{length}");
    }
    assert_ne!(answer["data"][0]["embedding"], answer["data"][1]["embedding"]);
    assert_eq!(answer, post(&emulator, "/gigachat/v1/embeddings", &body).await.json());
    assert_eq!(post(&emulator, "/gigachat/v1/embeddings", &json!({"model": "m", "input": []})).await.status, 422);
}

#[tokio::test]
async fn tokens_are_counted() {
    let emulator = plain().await;
    let body = json!({"model": "GigaChat", "input": ["First text", "Раз два три"]});
    let expected = json!([
        {"object": "tokens", "tokens": 2, "characters": 10},
        {"object": "tokens", "tokens": 3, "characters": 11},
    ]);
    assert_eq!(post(&emulator, "/gigachat/v1/tokens/count", &body).await.json(), expected);
}

#[tokio::test]
async fn only_those_who_pay_before_have_a_balance() {
    let emulator = plain().await;
    let balance = get(&emulator, "/gigachat/v1/balance").await.json();
    assert_eq!(balance["balance"][0], json!({"usage": "GigaChat", "value": 900_000}));
    let token = token_of(&emulator, "corp:secret", "GIGACHAT_API_CORP").await;
    let denied = send(&emulator, "GET", "/gigachat/v1/balance", &[AGENT, &token], b"").await;
    assert_eq!((denied.status, denied.json()), (403, json!({"status": 403, "message": "Permission denied"})));
}

#[tokio::test]
async fn texts_are_guessed_about() {
    let emulator = plain().await;
    let mut seen = Vec::new();
    for number in 0..20 {
        let input = format!("{number} {}", "слово ".repeat(20));
        let body = json!({"model": "GigaCheckDetection", "input": input});
        let answer = post(&emulator, "/gigachat/v1/ai/check", &body).await.json();
        assert_eq!(answer["characters"], input.chars().count());
        let category = answer["category"].as_str().unwrap().to_owned();
        assert_eq!(answer["ai_intervals"].as_array().unwrap().is_empty(), category == "human");
        seen.push(category);
    }
    for category in ["ai", "human", "mixed"] {
        assert!(seen.iter().any(|seen| seen == category), "{category}");
    }
    let short = json!({"model": "GigaCheckClassification", "input": "мало слов"});
    assert_eq!(post(&emulator, "/gigachat/v1/ai/check", &short).await.status, 422);
}

#[tokio::test]
async fn descriptions_of_functions_are_looked_at() {
    let emulator = plain().await;
    let function = json!({"name": "f", "parameters": {"type": "object", "properties": {}}});
    let valid = post(&emulator, "/gigachat/v1/functions/validate", &function).await.json();
    assert_eq!((&valid["status"], &valid["message"]), (&json!(200), &json!("Function is valid")));
    assert_eq!((valid.get("errors"), valid["warnings"][0]["schema_location"].as_str()), (None, Some("(root)")));
    let invalid = post(&emulator, "/gigachat/v1/functions/validate", &json!({})).await;
    assert_eq!((invalid.status, &invalid.json()["message"]), (200, &json!("Incorrect function syntax")));
    assert_eq!(invalid.json()["errors"][0], json!({"description": "name is required", "schema_location": "(root)"}));
}

#[tokio::test]
async fn operations_become_functions() {
    let emulator = plain().await;
    let parameter = json!({"name": "city", "in": "query", "required": true, "schema": {"type": "string"}});
    let operation = json!({"operationId": "weather", "summary": "Погода", "parameters": [parameter]});
    let document = json!({"openapi": "3.0.0", "paths": {"/weather": {"get": operation}}});
    let answer = post(&emulator, "/gigachat/v1/functions/convert", &document).await.json();
    let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let expected = json!([{"name": "weather", "description": "Погода", "parameters": parameters}]);
    assert_eq!(answer["functions"], expected);
    let yaml = call(&emulator, "POST", "/gigachat/v1/functions/convert", &[], b"openapi: 3.0.0").await;
    assert_eq!(yaml.status, 400);
}

#[tokio::test]
async fn a_batch_is_done_when_it_is_looked_at() {
    let emulator = plain().await;
    let line = |id: &str, request: Value| json!({"id": id, "request": request}).to_string() + "\n";
    let body = [line("1", unstreamed("раз")), line("2", json!({"model": "m"})), line("3", streamed("три"))].concat();
    let octets = ["content-type: application/octet-stream"];
    let path = "/gigachat/v1/batches";
    let created = call(&emulator, "POST", &format!("{path}?method=chat_completions"), &octets, body.as_bytes()).await;
    let created = created.json();
    assert_eq!((&created["status"], &created["method"]), (&json!("created"), &json!("chat_completions")));
    assert_eq!((&created["request_counts"], created.get("output_file_id")), (&json!({"total": 3}), None));

    let id = created["id"].as_str().unwrap();
    for path in [path.to_owned(), format!("{path}?batch_id={id}")] {
        let batch = get(&emulator, &path).await.json()["batches"][0].clone();
        assert_eq!((&batch["id"], &batch["status"]), (&json!(id), &json!("completed")));
        assert_eq!(batch["request_counts"], json!({"total": 3, "completed": 2, "failed": 1}));
        let output = format!("/gigachat/v1/files/{}/content", batch["output_file_id"].as_str().unwrap());
        let output = get(&emulator, &output).await.text();
        let results = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>();
        assert_eq!(results.iter().map(|line| line["id"].as_str().unwrap()).collect::<Vec<_>>(), ["1", "2", "3"]);
        let text = |line: &Value| line["result"]["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
        assert!(text(&results[0]).contains("раз") && text(&results[2]).contains("три"));
        assert_eq!(results[1]["result"]["status"], 422);
    }
    let missing = get(&emulator, &format!("{path}?batch_id=x")).await;
    assert_eq!((missing.status, missing.json()), (404, json!({"status": 404, "message": "Batch task not found"})));
    assert_eq!(call(&emulator, "POST", path, &octets, body.as_bytes()).await.status, 422);

    let line = line("1", json!({"model": "Embeddings", "input": ["a"]}));
    let embedder = call(&emulator, "POST", &format!("{path}?method=embedder"), &octets, line.as_bytes()).await;
    assert_eq!(embedder.json()["method"], "embedder");
}
