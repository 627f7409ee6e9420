//! rig's provider for OpenAI's chat completions, as a program uses it.

use std::process::ExitCode;

use bench_harness::{Client, Options, PROMPT, Result, Texts};
use futures_util::TryStreamExt as _;
use rig_core::completion::CompletionRequest;
use rig_core::providers::openai::{OpenAI, OpenAIConfig};
use rig_core::streaming::{Item, StreamEvent};

struct Rig(OpenAI);

impl Client for Rig {
    fn new(options: &Options) -> Result<Self> {
        Ok(Self(OpenAIConfig::new("key").with_base_url(format!("{}/v1", options.base)).client()))
    }

    async fn stream(&self, model: &str, texts: &mut Texts) -> Result {
        let mut items = self.0.chat(model).stream(CompletionRequest::new(PROMPT))?;
        while let Some(item) = items.try_next().await? {
            if let Item::Event(StreamEvent::Text { text, .. }) = item {
                texts.push(&text);
            }
        }
        Ok(())
    }

    async fn whole(&self, model: &str, texts: &mut Texts) -> Result {
        let response = self.0.chat(model).call(CompletionRequest::new(PROMPT)).await?;
        texts.push(&response.text());
        Ok(())
    }
}

fn main() -> ExitCode {
    bench_harness::main::<Rig>()
}
