use chatstream_core::{Endpoint, Error, ErrorKind, FinishReason, Image, Result, ToolCall};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::encode::functions::Names;
use crate::error;

mod media;
mod v1;
mod v2;

pub use v1::V1Parser;
pub use v2::V2Parser;

/// A whole answer of any endpoint.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| error::no_json(body, error))
}

/// What a parser must know of the request and the client.
#[derive(Debug, Default)]
pub(crate) struct Context {
    names: Names,
    /// Where files are downloaded from.
    endpoint: Option<Endpoint>,
}

impl Context {
    pub(crate) fn new(names: Names, endpoint: Endpoint) -> Self {
        Self { names, endpoint: Some(endpoint) }
    }

    /// A file of the service's store as a picture: where it is downloaded, with the session.
    fn image(&self, id: &str) -> Image {
        let path = format!("files/{id}/content");
        let url = self.endpoint.as_ref().and_then(|endpoint| endpoint.join(&path).ok());
        Image::new(url.map_or(path, |url| url.to_string()))
    }
}

/// The one call of an answer: the service never makes two.
#[derive(Debug, Default)]
struct Called {
    id: Option<String>,
    name: String,
    arguments: String,
}

impl Called {
    /// Takes the call, which comes whole; arguments are an object, or a string of one.
    fn take(&mut self, name: Option<&str>, arguments: Option<&RawValue>) -> Result<()> {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            name.clone_into(&mut self.name);
        }
        let Some(raw) = arguments.map(RawValue::get) else { return Ok(()) };
        if raw.starts_with('"') {
            let text: String = serde_json::from_str(raw)
                .map_err(|error| Error::new(ErrorKind::Parse, "arguments are no text").with_source(error))?;
            self.arguments.push_str(&text);
        } else if raw != "null" {
            self.arguments.push_str(raw);
        }
        Ok(())
    }

    fn finish(&mut self, context: &Context) -> Option<ToolCall> {
        let Self { id, name, arguments } = std::mem::take(self);
        let called = !name.is_empty();
        called
            .then(|| ToolCall::new(id.unwrap_or_else(|| "call_0".to_owned()), context.names.original(&name), arguments))
    }
}

/// Both versions' words. A blacklist is a filter of the service, before or behind the model.
fn finish_reason(word: &str) -> FinishReason {
    match word {
        "stop" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "function_call" => FinishReason::ToolCalls,
        "blacklist" | "request_blacklist" | "request_whitelist" | "request_filter" | "response_blacklist" => {
            FinishReason::ContentFilter
        }
        other => FinishReason::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests;
