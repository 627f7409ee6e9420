//! chatstream-gigachat, as a program uses it.

use std::process::ExitCode;

use bench_harness::{Client, Options, PROMPT, Result, Texts};
use chatstream_gigachat::core::{ChatRequest, Chunk};
use chatstream_gigachat::{Credentials, GigaChat, GigaChatConfig};
use futures_util::TryStreamExt as _;

struct Chatstream(GigaChat);

impl Client for Chatstream {
    fn new(options: &Options) -> Result<Self> {
        let config = GigaChatConfig::new(Credentials::key("a2V5OnNlY3JldA=="))
            .base_url(format!("{}/gigachat/v1", options.base))
            .auth_url(format!("{}/gigachat/oauth", options.base));
        Ok(Self(GigaChat::new(config)?))
    }

    async fn stream(&self, model: &str, texts: &mut Texts) -> Result {
        let mut chunks = self.0.chat(ChatRequest::new(PROMPT).model(model)).await?;
        while let Some(chunk) = chunks.try_next().await? {
            if let Chunk::Text(delta) = chunk {
                texts.push(&delta);
            }
        }
        Ok(())
    }

    async fn whole(&self, model: &str, texts: &mut Texts) -> Result {
        let chunks = self.0.chat(ChatRequest::new(PROMPT).model(model).whole()).await?;
        texts.push(&chunks.into_response().await?.text);
        Ok(())
    }
}

fn main() -> ExitCode {
    bench_harness::main::<Chatstream>()
}
