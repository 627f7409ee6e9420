//! What one writes by hand: reqwest, sse-stream, and serde_json into structs that own.

use std::process::ExitCode;

use bench_harness::{Client, Options, PROMPT, Result, Texts};
use futures_util::TryStreamExt as _;
use serde::Deserialize;
use sse_stream::SseByteStream;

struct ByHand {
    client: reqwest::Client,
    url: String,
}

impl ByHand {
    async fn send(&self, model: &str, stream: bool) -> Result<reqwest::Response> {
        let body = serde_json::json!({
            "model": model,
            "messages": [{ "role": "user", "content": PROMPT }],
            "stream": stream,
        });
        let request = self.client.post(&self.url).bearer_auth("key").json(&body);
        Ok(request.send().await?.error_for_status()?)
    }
}

impl Client for ByHand {
    fn new(options: &Options) -> Result<Self> {
        let client = reqwest::Client::builder().build()?;
        Ok(Self { client, url: format!("{}/v1/chat/completions", options.base) })
    }

    async fn stream(&self, model: &str, texts: &mut Texts) -> Result {
        let mut events = SseByteStream::new(self.send(model, true).await?.bytes_stream());
        while let Some(event) = events.try_next().await? {
            let Some(data) = event.data.filter(|data| data != "[DONE]") else { continue };
            for choice in serde_json::from_str::<Completion>(&data)?.choices {
                texts.push(&choice.delta.content.unwrap_or_default());
            }
        }
        Ok(())
    }

    async fn whole(&self, model: &str, texts: &mut Texts) -> Result {
        let completion: Completion = self.send(model, false).await?.json().await?;
        for choice in completion.choices {
            texts.push(&choice.delta.content.unwrap_or_default());
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "one reads more of an answer than its text")]
struct Completion {
    id: String,
    model: String,
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "one reads more of an answer than its text")]
struct Choice {
    #[serde(alias = "message")]
    delta: Delta,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "one reads more of an answer than its text")]
struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
}

fn main() -> ExitCode {
    bench_harness::main::<ByHand>()
}
