//! Conversations that outlive a run.

use std::fs;

use serde_json::{Value, json};

use crate::run::{against, chatstream, emulator, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_goes_on_where_the_first_ended() {
    let emulator = emulator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("talk.json");
    let path = file.to_str().unwrap();
    run(&mut against(&emulator, &["chat", "-c", path, "-s", "Be kind.", "one"])).assert(0, &[]);
    let ran = run(&mut against(&emulator, &["chat", "-c", path, "two"]));
    ran.assert(0, &[]);
    assert!(ran.stdout.ends_with("User turns so far: 2.\n"), "{}", ran.stdout);

    let body = emulator.requests()[1].json();
    let roles: Vec<_> = body["messages"].as_array().unwrap().iter().map(|message| &message["role"]).collect();
    assert_eq!(roles, ["system", "user", "assistant", "user"]);
    let saved: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!((&saved["chatstream"], &saved["provider"]), (&json!(1), &json!("xai")));
    assert_eq!(saved["messages"].as_array().unwrap().len(), 5);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing temporary is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_failed_leaves_the_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("talk.json");
    let path = file.to_str().unwrap();
    let cut = emulator(&["cut-after=12"]).await;
    run(&mut against(&cut, &["chat", "-c", path, "one"])).assert(1, &["interrupted"]);
    assert!(!file.exists());
    run(&mut against(&emulator(&[]).await, &["chat", "-c", path, "one"])).assert(0, &[]);
    let before = fs::read(&file).unwrap();
    run(&mut against(&cut, &["chat", "-c", path, "two"])).assert(1, &["interrupted"]);
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_kind_or_provider_is_refused_before_anything_is_sent() {
    let emulator = emulator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("talk.json");
    let path = file.to_str().unwrap();
    fs::write(&file, "{\"name\": \"package\"}").unwrap();
    let said = ["config: conversation file ", path, "is no conversation of chatstream"];
    run(&mut against(&emulator, &["chat", "-c", path, "one"])).assert(2, &said);
    assert_eq!(fs::read(&file).unwrap(), b"{\"name\": \"package\"}");

    fs::remove_file(&file).unwrap();
    run(&mut chatstream(&["chat", "-p", "emulator", "-c", path, "one"])).assert(0, &[]);
    let said = ["is a conversation with emulator, not with xai"];
    run(&mut against(&emulator, &["chat", "-c", path, "two"])).assert(2, &said);

    let missing = folder.path().join("missing").join("talk.json");
    let said = ["talk.json cannot be read"];
    run(&mut against(&emulator, &["chat", "-c", missing.to_str().unwrap(), "one"])).assert(2, &said);
    assert_eq!(emulator.requests().len(), 0);
}
