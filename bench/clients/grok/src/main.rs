//! chatstream-grok, as a program uses it.

use std::process::ExitCode;

use bench_harness::{Client, Options, PROMPT, Result, Texts};
use chatstream_grok::core::{ChatRequest, Chunk};
use chatstream_grok::{CookieSource, Grok, GrokConfig};
use futures_util::TryStreamExt as _;

struct Chatstream(Grok);

impl Client for Chatstream {
    fn new(options: &Options) -> Result<Self> {
        let config = GrokConfig::new(CookieSource::text("sso=bench")).base_url(format!("{}/grok", options.base));
        Ok(Self(Grok::new(config)?))
    }

    async fn stream(&self, model: &str, texts: &mut Texts) -> Result {
        let mut chunks = self.0.chat(ChatRequest::new(PROMPT).model(format!("model:{model}"))).await?;
        while let Some(chunk) = chunks.try_next().await? {
            if let Chunk::Text(delta) = chunk {
                texts.push(&delta);
            }
        }
        Ok(())
    }

    async fn whole(&self, _: &str, _: &mut Texts) -> Result {
        Err("grok.com has no such call".into())
    }
}

fn main() -> ExitCode {
    bench_harness::main::<Chatstream>()
}
