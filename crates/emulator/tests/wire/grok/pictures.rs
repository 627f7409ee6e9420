//! Pictures and where they are.

use chatstream_emulator::Emulator;
use serde_json::{Value, json};

use super::client::{begin, begin_with, frames, get, member, members, message, tokens};
use crate::client::{faulty, plain, with};

async fn status(emulator: &Emulator, url: &Value) -> u16 {
    get(emulator, &format!("/grok/assets/{}", url.as_str().expect("an address"))).await.status
}

#[tokio::test]
async fn previews_come_before_the_pictures_and_all_can_be_had() {
    let emulator = plain().await;
    for word in ["draw a cat", "Нарисуй кота"] {
        let frames = frames(&begin(&emulator, &message(word)).await);
        let pictures = members(&frames, "streamingImageGenerationResponse");
        let progress = pictures.iter().map(|picture| picture["progress"].as_u64().unwrap()).collect::<Vec<_>>();
        assert_eq!(progress, [25, 25, 50, 50, 100, 100]);
        assert!(pictures[2]["imageUrl"].as_str().unwrap().ends_with("-part-1/image.jpg"));
        for picture in &pictures {
            assert_eq!(status(&emulator, &picture["imageUrl"]).await, 200);
        }
        let urls = json!([pictures[4]["imageUrl"], pictures[5]["imageUrl"]]);
        assert_eq!(member(&frames, "modelResponse")["generatedImageUrls"], urls);
        assert_eq!(member(&frames, "modelResponse")["message"], tokens(&frames, false));
        assert!(tokens(&frames, false).starts_with("Вот рисунок 🎨"));
    }
    let url = member(&frames(&begin(&emulator, &message("draw")).await), "streamingImageGenerationResponse");
    let picture = get(&emulator, &format!("/grok/assets/{}", url["imageUrl"].as_str().unwrap())).await;
    assert_eq!(picture.header("content-type"), Some("image/jpeg"));
    assert!(picture.bytes().starts_with(&[0xFF, 0xD8, 0xFF]));
}

#[tokio::test]
async fn wishes_for_pictures_are_heard() {
    let plainly = with(message("draw"), json!({"enableImageStreaming": false, "imageGenerationCount": 3}));
    assert_eq!(members(&frames(&begin_with("", &plainly).await), "streamingImageGenerationResponse").len(), 3);
    for none in [json!({"enableImageGeneration": false}), json!({"toolOverrides": {"imageGen": false}})] {
        let frames = frames(&begin_with("", &with(message("draw"), none)).await);
        assert!(members(&frames, "streamingImageGenerationResponse").is_empty());
    }
    let bytes = frames(&begin_with("", &with(message("draw"), json!({"returnImageBytes": true}))).await);
    let bytes = member(&bytes, "imageGenerationResponse");
    assert!(bytes["contentType"] == "image/jpeg" && bytes["generatedImageBytes"].as_str().unwrap().starts_with("/9j/"));
}

#[tokio::test]
async fn cards_have_the_pictures_in_the_text() {
    let emulator = faulty("image-cards").await;
    let frames = frames(&begin(&emulator, &message("draw")).await);
    let cards = members(&frames, "cardAttachment").into_iter();
    let cards = cards.map(|card| serde_json::from_str::<Value>(card["jsonData"].as_str().unwrap()).unwrap());
    let chunks = cards.map(|card| card["image_chunk"].clone()).collect::<Vec<_>>();
    let progress = chunks.iter().map(|chunk| chunk["progress"].as_u64()).collect::<Vec<_>>();
    assert_eq!(progress, [None, Some(25), Some(50), Some(100), None, Some(25), Some(50), Some(100)]);
    assert_eq!(status(&emulator, &chunks[3]["imageUrl"]).await, 200);
    let said = tokens(&frames, false);
    assert_eq!(said.matches("<grok:render card_id=\"image0").count(), 2, "{said}");
    assert_eq!(member(&frames, "modelResponse")["message"], said);
}

#[tokio::test]
async fn cached_pictures_have_no_tokens() {
    let emulator = faulty("cached-images").await;
    let frames = frames(&begin(&emulator, &message("draw")).await);
    assert_eq!(tokens(&frames, false), "");
    assert!(member(&frames, "modelResponse")["message"].as_str().unwrap().starts_with("Вот рисунок"));
    assert_eq!(member(&frames, "imageAttachmentInfo")["imageAttachmentCount"], 2);
    let url = member(&frames, "cachedImageGenerationResponse")["imageUrl"].clone();
    assert!(url.as_str().unwrap().starts_with("anon-users/"));
    assert_eq!(status(&emulator, &url).await, 200);
}

#[tokio::test]
async fn moderated_pictures_are_named_and_not_shown() {
    let emulator = faulty("moderated-images").await;
    let first = frames(&begin(&emulator, &message("draw")).await);
    let pictures = members(&first, "streamingImageGenerationResponse");
    assert_eq!((&pictures[4]["moderated"], &pictures[5]["moderated"]), (&json!(true), &json!(false)));
    let urls = &member(&first, "modelResponse")["generatedImageUrls"];
    assert_eq!((status(&emulator, &urls[0]).await, status(&emulator, &urls[1]).await), (404, 200));
    let none = frames(&begin_with("moderated-images=9", &message("draw")).await);
    assert_eq!((tokens(&none, false), &member(&none, "modelResponse")["message"]), (String::new(), &json!("")));
}

#[tokio::test]
async fn addresses_may_come_late() {
    let frames = frames(&begin_with("no-image-url", &message("draw")).await);
    let pictures = members(&frames, "streamingImageGenerationResponse");
    assert!(pictures[0].get("imageUrl").is_none() && pictures.contains(&Value::Null));
    assert!(pictures.last().unwrap()["imageUrl"].is_string());
}
