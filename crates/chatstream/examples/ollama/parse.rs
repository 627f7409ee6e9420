use chatstream::core::decode::Event;
use chatstream::core::delta::DeltaJoiner;
use chatstream::core::{Chunks, Parse, no_json};
use chatstream::{Chunk, End, Ending, FinishReason, Reasoning, Result, TokenUsage, ToolCall};

use crate::{error, wire};

/// Lines to chunks; a whole answer is one line.
///
/// Each line has a time of its own, so none is like the one before but for its text: `note_alike` has no use here.
#[derive(Debug, Default)]
pub(crate) struct ChatParser {
    text: DeltaJoiner,
    thinking: DeltaJoiner,
    /// How many functions were called.
    calls: usize,
}

impl Parse for ChatParser {
    fn parse(&mut self, event: &Event<'_>, chunks: &mut Chunks) -> Result<()> {
        let line: wire::ChatResponse<'_> =
            serde_json::from_slice(event.data).map_err(|source| no_json(event.data, source))?;
        if let Some(error) = &line.error {
            return Err(error::in_answer(error));
        }
        if let Some(said) = &line.message {
            self.said(said, chunks)?;
        }
        if line.done == Some(true) {
            self.end(&line, chunks);
        }
        Ok(())
    }

    /// Only `done` is evidence: a body that ends without it was cut.
    fn finish(&mut self, _: bool, _: &mut Chunks) -> Result<()> {
        Ok(())
    }
}

impl ChatParser {
    fn said(&mut self, said: &wire::Said<'_>, chunks: &mut Chunks) -> Result<()> {
        if let Some(thinking) = said.thinking.clone() {
            let delta = self.thinking.join(thinking)?;
            if !delta.is_empty() {
                chunks.push(Chunk::Reasoning(Reasoning::Delta(delta)));
            }
        }
        if let Some(content) = said.content.clone() {
            let delta = self.text.join(content)?;
            if !delta.is_empty() {
                chunks.push(Chunk::Text(delta));
            }
        }
        // A call is never in pieces here.
        for call in said.tool_calls.iter().flatten() {
            let id = call.id.as_deref().map_or_else(|| format!("call_{}", self.calls), str::to_owned);
            let arguments = call.function.arguments.map_or("{}", |arguments| arguments.get());
            chunks.push(Chunk::ToolCall(ToolCall::new(id, &*call.function.name, arguments)));
            self.calls += 1;
        }
        Ok(())
    }

    fn end(&mut self, line: &wire::ChatResponse<'_>, chunks: &mut Chunks) {
        if let Some(half) = self.thinking.finish() {
            chunks.push(Chunk::Reasoning(Reasoning::Delta(half.into())));
        }
        if let Some(half) = self.text.finish() {
            chunks.push(Chunk::Text(half.into()));
        }
        let reason = line.done_reason.as_deref().map(|reason| self.finish_reason(reason));
        let mut end = End::new(if reason.is_some() { Ending::FinishAndDone } else { Ending::DoneOnly });
        end.finish_reason = reason;
        end.usage = usage(line);
        end.model = line.model.clone().map(String::from);
        chunks.push(Chunk::End(end));
    }

    fn finish_reason(&self, reason: &str) -> FinishReason {
        match reason {
            // Ollama has no word for it.
            "stop" if self.calls > 0 => FinishReason::ToolCalls,
            "stop" => FinishReason::Stop,
            "length" => FinishReason::Length,
            other => FinishReason::Other(other.to_owned()),
        }
    }
}

/// The usage in our terms, or `None` when nothing is told.
fn usage(line: &wire::ChatResponse<'_>) -> Option<TokenUsage> {
    let mut usage = TokenUsage::default();
    usage.input_tokens = line.prompt_eval_count;
    usage.output_tokens = line.eval_count;
    usage.cached_tokens = line.prompt_eval_cached_count;
    (usage != TokenUsage::default()).then_some(usage)
}
