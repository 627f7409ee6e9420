use chatstream_core::lenient::Text;
use chatstream_core::{
    Chunk, Chunks, Conversation, End, Ending, Endpoint, Error, ErrorKind, FinishReason, Image, Result, TokenUsage,
    ToolCall, no_json,
};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::config::NAME;
use crate::encode::functions::Names;

mod media;
mod v1;
mod v2;

pub use v1::V1Parser;
pub use v2::V2Parser;

/// A whole answer of any endpoint.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| no_json(body, error))
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

/// What an answer says of itself beside its text, and hands out at its end.
#[derive(Debug, Default)]
struct Outcome {
    called: Called,
    thread_id: Option<String>,
    finish: Option<FinishReason>,
    usage: Option<TokenUsage>,
    model: Option<String>,
}

impl Outcome {
    fn note_names(&mut self, model: Option<Text<'_>>, thread_id: Option<Text<'_>>) {
        // Every event repeats both: they are copied when they change.
        for (known, named) in [(&mut self.model, model), (&mut self.thread_id, thread_id)] {
            if let Some(named) = named.filter(|named| known.as_deref() != Some(&**named)) {
                *known = Some(named.into());
            }
        }
    }

    fn note_finish(&mut self, word: Option<Text<'_>>) {
        // `null` and an empty word are no end: only a reason is one.
        if let Some(word) = word.filter(|word| !word.is_empty()) {
            self.finish = Some(finish_reason(&word));
        }
    }

    /// Hands out call, thread and end.
    fn end(&mut self, ending: Ending, context: &Context, chunks: &mut Chunks) {
        let call = self.called.finish(context);
        let called = call.is_some();
        let thread = self.thread_id.take().map(|id| Conversation::new(NAME).id("thread_id", id));
        let held = [call.map(Chunk::ToolCall), thread.map(Chunk::Conversation)];
        held.into_iter().flatten().for_each(|chunk| chunks.push(chunk));
        let mut end = End::new(ending);
        end.finish_reason = match self.finish.take() {
            None | Some(FinishReason::Stop) if called => Some(FinishReason::ToolCalls),
            reason => reason,
        };
        end.usage = self.usage.take();
        end.model = self.model.take();
        chunks.push(Chunk::End(end));
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
