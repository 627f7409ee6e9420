//! The list of models.

use crate::run::{against, chatstream, emulator, run};

#[tokio::test(flavor = "multi_thread")]
async fn models_are_listed_one_a_line() {
    let emulator = emulator(&[]).await;
    let ran = run(&mut against(&emulator, &["models"]));
    ran.assert(0, &[]);
    let line = ran.stdout.lines().find(|line| line.starts_with("grok-4.3 ")).unwrap();
    let words: Vec<_> = line.split_whitespace().collect();
    assert_eq!(words, ["grok-4.3", "1000000", "1.25", "2.50", "grok-4.3-latest", "-"]);

    let ran = run(&mut against(&emulator, &["models", "--json"]));
    let models = ran.json();
    assert!(models.len() > 3, "{ran:?}");
    let model = models.iter().find(|model| model["id"] == "grok-4.3").unwrap();
    assert_eq!(
        (model["context_length"].as_u64(), model["input_usd_per_million"].as_f64()),
        (Some(1_000_000), Some(1.25))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_fails_is_told_as_a_chat_is() {
    let emulator = emulator(&[]).await;
    let ran = run(against(&emulator, &["models", "--json"]).env("XAI_API_KEY", "invalid"));
    ran.assert(1, &["error: xai: unauthorized"]);
    assert_eq!(ran.json()[0]["kind"], "unauthorized");
    run(&mut chatstream(&["models", "--base-url", "http://127.0.0.1:1"])).assert(2, &["XAI_API_KEY"]);
}

#[test]
fn without_credentials_the_emulators_models_are_listed() {
    let ran = run(&mut chatstream(&["models"]));
    ran.assert(0, &["built-in emulator"]);
    assert!(ran.stdout.contains("grok-4.3"), "{ran:?}");
}
