//! genai with its adapter for OpenAI's chat completions, as a program uses it.

use std::process::ExitCode;

use bench_harness::{Client, Options, PROMPT, Result, Texts};
use futures_util::TryStreamExt as _;
use genai::adapter::AdapterKind;
use genai::chat::{ChatMessage, ChatRequest, ChatStreamEvent};
use genai::resolver::{AuthData, Endpoint, ServiceTargetResolver};
use genai::{ModelIden, ServiceTarget};

struct Genai(genai::Client);

fn request() -> ChatRequest {
    ChatRequest::new(vec![ChatMessage::user(PROMPT)])
}

impl Client for Genai {
    fn new(options: &Options) -> Result<Self> {
        let url = format!("{}/v1/", options.base);
        let resolver = ServiceTargetResolver::from_resolver_fn(
            move |target: ServiceTarget| -> std::result::Result<ServiceTarget, genai::resolver::Error> {
                Ok(ServiceTarget {
                    endpoint: Endpoint::from_owned(url.clone()),
                    auth: AuthData::from_single("key"),
                    model: ModelIden::new(AdapterKind::OpenAI, target.model.model_name),
                })
            },
        );
        Ok(Self(genai::Client::builder().with_service_target_resolver(resolver).build()?))
    }

    async fn stream(&self, model: &str, texts: &mut Texts) -> Result {
        let mut events = self.0.exec_chat_stream(model, request(), None).await?.stream;
        while let Some(event) = events.try_next().await? {
            if let ChatStreamEvent::Chunk(chunk) = event {
                texts.push(&chunk.content);
            }
        }
        Ok(())
    }

    async fn whole(&self, model: &str, texts: &mut Texts) -> Result {
        let response = self.0.exec_chat(model, request(), None).await?;
        texts.push(response.first_text().unwrap_or_default());
        Ok(())
    }
}

fn main() -> ExitCode {
    bench_harness::main::<Genai>()
}
