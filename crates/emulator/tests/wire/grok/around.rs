//! What is around the chat.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::client::{CHATS, begin, call, get, go_on, ids, message, tokens};
use crate::client::{plain, with};

#[tokio::test]
async fn conversations_are_listed_in_pages_the_newest_first() {
    let emulator = plain().await;
    let mut known = Vec::new();
    for text in ["one", "два слова", "three"] {
        known.push(ids(&begin(&emulator, &message(text)).await).0);
    }
    begin(&emulator, &with(message("hidden"), json!({"temporary": true}))).await;
    let ids = |list: &Value| {
        let list = list["conversations"].as_array().unwrap().iter();
        list.map(|conversation| conversation["conversationId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = get(&emulator, &format!("{CHATS}?pageSize=2")).await.json();
    assert_eq!(ids(&first), [known[2].clone(), known[1].clone()]);
    let token = first["nextPageToken"].as_str().unwrap();
    let second = get(&emulator, &format!("{CHATS}?pageSize=2&pageToken={token}")).await.json();
    assert_eq!((ids(&second), second.get("nextPageToken")), (vec![known[0].clone()], None));

    let path = format!("{CHATS}/{}", known[0]);
    let changed = call(&emulator, "PUT", &path, &json!({"starred": true})).await.json();
    assert_eq!((&changed["title"], &changed["starred"]), (&json!("one"), &json!(true)));
    let changed = call(&emulator, "PUT", &path, &json!({"title": "New"})).await.json();
    assert_eq!((&changed["title"], &changed["starred"]), (&json!("New"), &json!(true)));
    let starred = get(&emulator, &format!("{CHATS}?filterIsStarred=true")).await.json();
    assert_eq!(ids(&starred), [known[0].clone()]);
    let found = get(&emulator, &format!("{CHATS}?searchQuery=%D0%A1%D0%BB%D0%BE%D0%B2%D0%B0")).await.json();
    assert_eq!(ids(&found), [known[1].clone()]);
    assert_eq!(get(&emulator, &format!("{CHATS}?pageToken=x")).await.status, 400);

    let path = format!("{CHATS}/soft/{}", known[0]);
    let deleted = call(&emulator, "DELETE", &path, &json!({})).await;
    assert_eq!((deleted.status, deleted.json()), (200, json!({})));
    assert_eq!(call(&emulator, "DELETE", &path, &json!({})).await.status, 404);
    assert_eq!(ids(&get(&emulator, CHATS).await.json()).len(), 2);
}

#[tokio::test]
async fn what_was_said_can_be_looked_up() {
    let emulator = plain().await;
    let (id, first) = ids(&begin(&emulator, &message("one two")).await);
    go_on(&emulator, &id, &first, "three").await;
    let v2 = "/grok/rest/app-chat/conversations_v2";
    let conversation = get(&emulator, &format!("{v2}/{id}?includeWorkspaces=true")).await.json();
    assert_eq!(conversation["conversation"]["title"], "one two");

    let tree = get(&emulator, &format!("{CHATS}/{id}/response-node?includeThreads=true")).await.json();
    let nodes = tree["responseNodes"].as_array().unwrap();
    let senders = nodes.iter().map(|node| node["sender"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(senders, ["human", "assistant", "human", "assistant"]);
    assert!(nodes[0].get("parentResponseId").is_none());
    for pair in nodes.windows(2) {
        assert_eq!(pair[1]["parentResponseId"], pair[0]["responseId"]);
    }
    let wanted = json!({"responseIds": [nodes[2]["responseId"], "unknown"]});
    let loaded = call(&emulator, "POST", &format!("{CHATS}/{id}/load-responses"), &wanted).await.json();
    assert_eq!(loaded["responses"].as_array().unwrap().len(), 1);
    assert_eq!(loaded["responses"][0]["message"], "three");
    let all = get(&emulator, &format!("{CHATS}/{id}/responses?includeThreads=false")).await.json();
    assert_eq!(all["responses"].as_array().unwrap().len(), 4);

    let share = json!({"responseId": first, "allowIndexing": false});
    let link = call(&emulator, "POST", &format!("{CHATS}/{id}/share"), &share).await.json();
    let links = get(&emulator, &format!("/grok/rest/app-chat/share_links?conversationId={id}")).await.json();
    assert_eq!(links["shareLinks"][0]["shareLinkId"], link["shareLinkId"]);
    assert_eq!(get(&emulator, &format!("{CHATS}/unknown/response-node")).await.status, 404);
}

#[tokio::test]
async fn files_are_kept_and_shown() {
    let emulator = plain().await;
    let upload = |name: &str, content: &[u8]| json!({"fileName": name, "fileMimeType": "text/plain", "content": STANDARD.encode(content)});
    let path = "/grok/rest/app-chat/upload-file";
    let file = call(&emulator, "POST", path, &upload("note.txt", b"hello")).await.json();
    let content = get(&emulator, &format!("/grok/assets/{}", file["fileUri"].as_str().unwrap())).await;
    assert_eq!((content.text().as_str(), content.header("content-type")), ("hello", Some("text/plain")));
    let shown = with(message("What is in it?"), json!({"fileAttachments": [file["fileMetadataId"]]}));
    let frames = super::client::frames(&begin(&emulator, &shown).await);
    assert!(tokens(&frames, false).contains("Files shown: 1."));

    let dot = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
    for body in [upload("a.png", dot), upload("a", b""), json!({"fileName": "a", "content": "***"})] {
        assert_eq!(call(&emulator, "POST", path, &body).await.status, 400);
    }
}

#[tokio::test]
async fn questions_are_counted_and_modes_are_known() {
    let emulator = plain().await;
    let limits = |body: Value| {
        let emulator = &emulator;
        async move { call(emulator, "POST", "/grok/rest/rate-limits", &body).await }
    };
    assert_eq!(limits(json!({"modelName": "fast"})).await.json()["remainingQueries"], 140);
    begin(&emulator, &json!({"message": "hi", "modeId": "fast"})).await;
    let fast = limits(json!({"modelName": "fast"})).await.json();
    assert_eq!((&fast["remainingQueries"], &fast["totalQueries"]), (&json!(139), &json!(140)));
    let reasoning = limits(json!({"requestKind": "REASONING", "modelName": "grok-3"})).await.json();
    assert_eq!(reasoning["totalQueries"], 10);
    let unknown = limits(json!({"modelName": "nope"})).await;
    assert_eq!((unknown.status, &unknown.json()["message"]), (404, &json!("Model not found")));

    let modes = call(&emulator, "POST", "/grok/rest/modes", &json!({"locale": "en"})).await.json();
    assert_eq!((&modes["defaultModeId"], &modes["modes"][0]["id"]), (&json!("fast"), &json!("auto")));
    assert_eq!(modes["modes"][0]["availability"], json!({"available": {}}));
    let models = call(&emulator, "POST", "/grok/rest/models", &json!({})).await.json();
    assert_eq!(models["models"][0]["modelId"], "grok-3");
}
