//! Files: sent, listed, had back, forgotten; and pictures.

use chatstream_emulator::Emulator;
use serde_json::{Value, json};

use super::client::{CHAT, SECOND, call, get, post, post_with, streamed_parts, unstreamed};
use crate::client::{Received, faulty, plain, with};

const FILES: &str = "/gigachat/v1/files";

async fn upload(emulator: &Emulator, content_type: &str, content: &[u8]) -> Received {
    let begin = format!(
        "--edge\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\ngeneral\r\n--edge\r\ncontent-disposition: \
         form-data; name=\"file\"; filename=\"кот.bin\"\r\ncontent-type: {content_type}\r\n\r\n"
    );
    let body = [begin.as_bytes(), content, b"\r\n--edge--\r\n"].concat();
    call(emulator, "POST", FILES, &["content-type: multipart/form-data; boundary=edge"], &body).await
}

async fn content(emulator: &Emulator, id: &str, headers: &[&str]) -> Received {
    let headers = [headers, &["accept: application/jpg"]].concat();
    call(emulator, "GET", &format!("{FILES}/{id}/content"), &headers, b"").await
}

/// The id of the picture a text tells of.
fn picture(text: &str) -> &str {
    &text.strip_prefix("<img src=\"").expect("a picture comes first")[..36]
}

#[tokio::test]
async fn a_file_is_kept_until_it_is_deleted() {
    let emulator = plain().await;
    let file = upload(&emulator, "text/plain", b"line\r\n\xFF").await.json();
    let id = file["id"].as_str().unwrap();
    assert_eq!((&file["object"], &file["bytes"], &file["purpose"]), (&json!("file"), &json!(7), &json!("general")));
    assert_eq!((&file["filename"], &file["access_policy"]), (&json!("кот.bin"), &json!("private")));
    assert_eq!(get(&emulator, FILES).await.json(), json!({"data": [file]}));
    assert_eq!(get(&emulator, &format!("{FILES}/{id}")).await.json(), file);
    let had_back = content(&emulator, id, &[]).await;
    assert_eq!(
        (had_back.bytes().as_slice(), had_back.header("content-type")),
        (&b"line\r\n\xFF"[..], Some("text/plain"))
    );

    let delete = format!("{FILES}/{id}/delete");
    let deleted = post(&emulator, &delete, &Value::Null).await.json();
    assert_eq!(deleted, json!({"id": id, "object": "file", "deleted": true}));
    assert_eq!(post(&emulator, &delete, &Value::Null).await.status, 404);
    assert_eq!(get(&emulator, &format!("{FILES}/{id}")).await.status, 404);
    assert_eq!(get(&emulator, FILES).await.json(), json!({"data": []}));
}

#[tokio::test]
async fn a_form_without_a_file_is_refused() {
    let emulator = plain().await;
    let form = "content-type: multipart/form-data; boundary=edge";
    let status = async |headers: &[&str], body: &[u8]| call(&emulator, "POST", FILES, headers, body).await.status;
    assert_eq!(status(&[form], b"--edge--\r\n").await, 422);
    assert_eq!(status(&[form], b"").await, 400);
    assert_eq!(status(&["content-type: application/json"], b"{}").await, 400);
    assert_eq!(status(&[], b"").await, 400);
}

#[tokio::test]
async fn files_have_limits_by_their_kind() {
    let emulator = plain().await;
    let content = vec![b'x'; (40 << 20) + 1];
    let too_large = json!({"status": 413, "message": "Payload too large"});
    for (content_type, limit) in [("image/png", 15 << 20), ("audio/mpeg", 35 << 20), ("text/plain", 40 << 20)] {
        assert_eq!(upload(&emulator, content_type, &content[..limit]).await.status, 200, "{content_type}");
        let answer = upload(&emulator, content_type, &content[..=limit]).await;
        assert_eq!((answer.status, answer.json()), (413, too_large.clone()), "{content_type}");
    }
}

#[tokio::test]
async fn shown_files_are_counted() {
    let emulator = plain().await;
    let id = upload(&emulator, "image/png", b"png").await.json()["id"].clone();
    let messages = json!([{"role": "user", "content": "Что там?", "attachments": [id]}]);
    let answer = post(&emulator, CHAT, &with(unstreamed(""), json!({"messages": messages}))).await.json();
    let text = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(text.ends_with("User turns so far: 1. Files shown: 1."), "{text}");
    let messages = json!([{"role": "user", "content": [{"text": "Что там?"}, {"files": [{"id": id}, {"id": id}]}]}]);
    let answer =
        post(&emulator, SECOND, &with(streamed_parts(""), json!({"messages": messages, "stream": false}))).await;
    assert!(answer.text().contains("Files shown: 2."));
}

#[tokio::test]
async fn a_picture_is_a_file_for_whom_it_was_drawn() {
    let emulator = plain().await;
    let draw = with(unstreamed("Draw a cat"), json!({"function_call": "auto"}));
    let text = async |headers: &[&str]| {
        let answer = post_with(&emulator, CHAT, headers, &draw).await.json();
        answer["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
    };
    let text_for_all = text(&[]).await;
    let id = picture(&text_for_all);
    let jpeg = content(&emulator, id, &["x-client-id: anyone"]).await;
    assert_eq!((jpeg.status, jpeg.header("content-type")), (200, Some("image/jpeg")));
    assert!(jpeg.bytes().starts_with(&[0xFF, 0xD8, 0xFF]) && jpeg.bytes().ends_with(&[0xFF, 0xD9]));

    let text_for_one = text(&["x-client-id: me"]).await;
    let id = picture(&text_for_one);
    assert_eq!(content(&emulator, id, &[]).await.status, 404);
    assert_eq!(content(&emulator, id, &["x-client-id: you"]).await.status, 404);
    assert_eq!(content(&emulator, id, &["x-client-id: me"]).await.bytes(), jpeg.bytes());
    assert_eq!(text(&["x-client-id: me"]).await, text_for_one);
    assert_eq!(get(&emulator, FILES).await.json()["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn faults_of_bodies_apply_to_files() {
    let emulator = plain().await;
    let id = upload(&emulator, "text/plain", b"0123456789").await.json()["id"].as_str().unwrap().to_owned();
    let cut = content(&emulator, &id, &["x-emulator-fault: truncated-body"]).await;
    assert_eq!((cut.bytes().as_slice(), cut.ended), (&b"01234"[..], crate::client::Ended::Short));
    let pieces = content(&emulator, &id, &["x-emulator-fault: pieces=3"]).await;
    assert_eq!(pieces.chunks.len(), 4);
    assert_eq!(get(&faulty("status=502").await, FILES).await.status, 502);
}
