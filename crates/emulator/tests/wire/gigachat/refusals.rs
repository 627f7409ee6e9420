//! What the service refuses, and in which words.

use serde_json::{Value, json};

use super::client::{CHAT, SECOND, call, chat, get, post, streamed_parts, unstreamed};
use crate::client::{plain, with};

#[tokio::test]
async fn requests_are_refused_in_the_words_of_the_service() {
    let emulator = plain().await;
    let user = json!({"role": "user", "content": "u"});
    let system = json!({"role": "system", "content": "s"});
    let call = json!({"role": "assistant", "content": "", "function_call": {"name": "f", "arguments": {}}});
    let parameters = json!({"type": "object", "properties": {"schema": {"type": "object"}}});
    let first = "Invalid params: system message must be the first message";
    let result = "Invalid params: every assistant function call must have a result in history";
    let table = [
        (json!({"model": "NonExistentModel"}), 404, "No such model"),
        (json!({"model": null}), 422, "Field 'model' is missing"),
        (json!({"messages": [user, system]}), 422, first),
        (json!({"messages": [system, system, user]}), 422, first),
        (json!({"messages": [user, call]}), 422, result),
        (
            json!({"messages": [{"role": "user", "content": [{"text": "u"}]}]}),
            422,
            "Invalid params: invalid type: sequence",
        ),
        (json!({"messages": [{"role": "tool", "content": "u"}]}), 422, "Invalid params: unknown variant `tool`"),
        (json!({"temperature": 0}), 422, "Invalid params: temperature must be in range (0, +inf)"),
        (json!({"repetition_penalty": 0}), 422, "Invalid params: repetition_penalty must be in range (0, +inf)"),
        (json!({"functions": [{"name": "1"}]}), 422, "Invalid function names: 1"),
        (json!({"functions": [{"name": "f"}]}), 404, "Function schema for f not found"),
        (
            json!({"functions": [{"name": "f", "parameters": parameters}]}),
            422,
            "Field 'properties.schema.properties' is missing",
        ),
        (json!({"function_call": {"name": "text2model3d"}}), 422, "Function text2model3d is unavailable"),
        (json!({"reasoning_effort": "extreme"}), 422, "Invalid params: unknown variant `extreme`"),
        (json!({"response_format": {"type": "json_object"}}), 422, "Invalid params: unknown variant `json_object`"),
        (json!({"messages": [{"role": "user", "content": "u", "attachments": ["x"]}]}), 404, "No such file"),
    ];
    for (members, status, message) in table {
        let answer = chat(&emulator, &with(unstreamed("hi"), members.clone())).await;
        let json = answer.json();
        assert_eq!((answer.status, &json["status"]), (status, &json!(status)), "{members}: {json}");
        assert!(json["message"].as_str().unwrap().starts_with(message), "{members}: {json}");
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
        assert!(answer.text().ends_with("}\n") && answer.header("x-request-id").is_some());
    }
}

#[tokio::test]
async fn bodies_that_are_no_chat_request_are_refused() {
    let emulator = plain().await;
    for body in [&b"{\"model\":"[..], b"", b"hello"] {
        for path in [CHAT, SECOND] {
            let answer = call(&emulator, "POST", path, &[], body).await;
            let expected = json!({"status": 400, "message": "Your request contains invalid JSON syntax."});
            assert_eq!((answer.status, answer.json()), (400, expected));
        }
    }
    let answer = post(&emulator, CHAT, &json!({"model": "m"})).await;
    assert_eq!((answer.status, answer.json()["message"].clone()), (422, json!("Field 'messages' is missing")));
    let large = call(&emulator, "POST", CHAT, &[], &vec![b' '; (20 << 20) + 1]).await;
    assert_eq!((large.status, large.json()), (413, json!({"status": 413, "message": "Payload too large"})));
}

#[tokio::test]
async fn version_two_calls_wrong_shapes_bad_requests() {
    let emulator = plain().await;
    let tool = |name: &str| json!([{name: {}}]);
    let part = json!({"function_result": {"name": "f", "result": "{}"}});
    let table = [
        (json!({"messages": [{"role": "user", "content": "plain"}]}), 400, "Invalid params: invalid type: string"),
        (json!({"messages": [{"role": "tool", "content": [part]}]}), 400, "Invalid params: role is unknown"),
        (
            json!({"model_options": {"response_format": {"type": "json_object"}}}),
            400,
            "Invalid params: unknown variant",
        ),
        (
            json!({"model_options": {"response_format": {"type": "json_schema"}}}),
            400,
            "Invalid params: schema is missing",
        ),
        (json!({"model_options": {"response_format": {"type": "regex", "regex": "("}}}), 400, "Invalid params: regex"),
        (json!({"model_options": {"temperature": 0}}), 422, "Invalid params: temperature"),
        (json!({"tools": tool("divination")}), 404, "Unknown tool divination"),
        (
            json!({"tools": tool("code_interpreter"), "model": "GigaChat-2-Max"}),
            422,
            "Tool code_interpreter is unavailable",
        ),
        (json!({"model": "nonexistent"}), 404, "No such model"),
        (json!({"storage": {"thread_id": "x"}}), 404, "No such thread"),
    ];
    for (members, status, message) in table {
        let answer = post(&emulator, SECOND, &with(streamed_parts("hi"), members.clone())).await;
        let json = answer.json();
        assert_eq!((answer.status, &json["status"]), (status, &json!(status)), "{members}: {json}");
        assert!(json["message"].as_str().unwrap().starts_with(message), "{members}: {json}");
    }
}

#[tokio::test]
async fn wrong_paths_and_methods_are_told_apart() {
    let emulator = plain().await;
    for path in ["/gigachat/v1/nowhere", "/gigachat/v1/models/", "/gigachat/v1", "/gigachat", "/gigachat/v3/models"] {
        let answer = get(&emulator, path).await;
        assert_eq!((answer.status, answer.json()), (404, json!({"status": 404, "message": "Not Found"})), "{path}");
    }
    assert_eq!(get(&emulator, CHAT).await.status, 405);
    assert_eq!(post(&emulator, "/gigachat/v1/models", &Value::Null).await.status, 405);
    let page = get(&emulator, "/gigachat/v2/files").await;
    assert_eq!((page.status, page.header("content-type")), (403, Some("text/html")));
    assert!(page.text().contains("<center>SynGX</center>"));
    assert_eq!(get(&emulator, "/gigachatter/v1/models").await.status, 404);
}
