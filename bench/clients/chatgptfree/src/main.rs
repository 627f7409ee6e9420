//! chatstream-chatgptfree, as a program uses it.

use std::process::ExitCode;

use bench_harness::{Client, Options, Result, Texts};
use chatstream_chatgptfree::core::{ChatRequest, Chunk};
use chatstream_chatgptfree::{ChatgptFree, ChatgptFreeConfig};
use futures_util::TryStreamExt as _;

struct Chatstream(ChatgptFree);

impl Client for Chatstream {
    fn new(options: &Options) -> Result<Self> {
        let config = ChatgptFreeConfig::default().url(format!("{}/chatgptfree", options.base));
        Ok(Self(ChatgptFree::new(config)?))
    }

    // A site's bot is its model: what to send is told in the message.
    async fn stream(&self, model: &str, texts: &mut Texts) -> Result {
        let mut chunks = self.0.chat(ChatRequest::new(model)).await?;
        while let Some(chunk) = chunks.try_next().await? {
            if let Chunk::Text(delta) = chunk {
                texts.push(&delta);
            }
        }
        Ok(())
    }

    async fn whole(&self, _: &str, _: &mut Texts) -> Result {
        Err("whether an answer is whole is the site's setting".into())
    }
}

fn main() -> ExitCode {
    bench_harness::main::<Chatstream>()
}
