//! Real endpoints, only for the providers named in `CHATSTREAM_LIVE` (`xai,…`), with the settings
//! of the environment.

use chatstream::{ChatRequest, PROVIDERS};

#[tokio::test]
async fn the_providers_named_in_the_environment_answer() {
    let named = std::env::var("CHATSTREAM_LIVE").unwrap_or_default();
    let named: Vec<_> = named.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if named.is_empty() {
        eprintln!("CHATSTREAM_LIVE names no provider: skipped");
    }
    for name in named {
        assert!(PROVIDERS.contains(&name), "no provider is named {name}");
        let provider = chatstream::from_env(name).unwrap();
        let stream = provider.chat(ChatRequest::new("Say hello in one word.")).await.unwrap();
        let response = stream.into_response().await.unwrap();
        assert!(!response.text.trim().is_empty(), "{response:?}");
    }
}
