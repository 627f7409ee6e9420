//! async-openai, as a program uses it.

use std::process::ExitCode;

use async_openai::config::OpenAIConfig;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequest, CreateChatCompletionRequestArgs,
};
use bench_harness::{Client, Options, PROMPT, Result, Texts};
use futures_util::TryStreamExt as _;

struct AsyncOpenai(async_openai::Client<OpenAIConfig>);

fn request(model: &str) -> Result<CreateChatCompletionRequest> {
    let message = ChatCompletionRequestUserMessage::from(PROMPT).into();
    Ok(CreateChatCompletionRequestArgs::default().model(model).messages([message]).build()?)
}

impl Client for AsyncOpenai {
    fn new(options: &Options) -> Result<Self> {
        let config = OpenAIConfig::new().with_api_key("key").with_api_base(format!("{}/v1", options.base));
        Ok(Self(async_openai::Client::with_config(config)))
    }

    async fn stream(&self, model: &str, texts: &mut Texts) -> Result {
        let mut completions = self.0.chat().create_stream(request(model)?).await?;
        while let Some(completion) = completions.try_next().await? {
            for choice in completion.choices {
                texts.push(&choice.delta.content.unwrap_or_default());
            }
        }
        Ok(())
    }

    async fn whole(&self, model: &str, texts: &mut Texts) -> Result {
        for choice in self.0.chat().create(request(model)?).await?.choices {
            texts.push(&choice.message.content.unwrap_or_default());
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    bench_harness::main::<AsyncOpenai>()
}
