//! The answer to a chat request: as one object, or as the events of a stream.

use std::iter;

use super::speech::Speech;
use super::tools::{self, ToolCall};
use super::usage::Usage;
use crate::fault::{Fault, Faults};
use crate::json::{Object, literal};
use crate::sse::{Event, Kind};

/// Deltas that are said in one second of `created`.
const DELTAS_A_SECOND: u64 = 8;

#[derive(Clone, Debug)]
pub(super) struct Completion {
    pub(super) frame: Frame,
    pub(super) reasoning: Speech,
    pub(super) content: Speech,
    pub(super) calls: Vec<ToolCall>,
    pub(super) finish_reason: &'static str,
    pub(super) usage: Usage,
    /// Whether usage is to be told in a stream.
    pub(super) include_usage: bool,
}

/// What every chunk of an answer says again.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) id: String,
    /// Seconds since 1970.
    pub(super) created: u64,
    pub(super) model: String,
    pub(super) fingerprint: String,
    pub(super) service_tier: String,
    /// Whether ids, indices and usage are left out.
    pub(super) bare: bool,
}

/// What one chunk adds, as JSON text.
enum Delta {
    Reasoning(String),
    Content(String),
    ToolCalls(String),
}

impl Completion {
    /// The body of an answer that is not streamed.
    pub(super) fn json(&self, faults: &Faults) -> String {
        let reasoning = self.reasoning.deltas().collect::<String>();
        let content = if self.calls.is_empty() { self.content.deltas().collect() } else { String::new() };
        let message = Object::new()
            .text("role", "assistant")
            .text("content", &content)
            .when(!reasoning.is_empty(), |message| message.text("reasoning_content", &reasoning))
            .when(!self.calls.is_empty(), |message| message.raw("tool_calls", &tools::whole(&self.calls)))
            .plain("refusal", "null");
        let choice = Object::new()
            .when(!self.frame.bare, |choice| choice.plain("index", 0))
            .raw("message", &message.end())
            .text("finish_reason", self.finish_reason);
        let usage = if faults.has(&Fault::EmptyUsage) { String::from("{}") } else { self.usage.json() };
        self.frame.json("chat.completion", 0, &format!("[{}]", choice.end()), Some(&usage))
    }

    /// The events of a stream, made one by one.
    pub(super) fn events(self, faults: &Faults) -> impl Iterator<Item = Event> + Send + use<> {
        let usage_always = faults.has(&Fault::UsageEveryChunk);
        let ending = self.ending(faults);
        let Self { frame, usage, .. } = &self;
        let (frame, usage) = (frame.clone(), *usage);

        let mut count = 0;
        let mut so_far = Usage { completion: 0, reasoning: 0, ..usage };
        let chunks = self.deltas(faults).map(move |delta| {
            let tokens = if matches!(delta, Delta::Reasoning(_)) { &mut so_far.reasoning } else { &mut so_far.completion };
            *tokens += 1;
            let delta = delta.json(count == 0 || usage_always);
            let choices = frame.choices(&delta, None);
            count += 1;
            let usage = usage_always.then(|| so_far.json());
            Event { kind: Kind::Delta, data: frame.chunk(count, &choices, usage.as_deref()) }
        });
        chunks.chain(ending)
    }

    /// Reasoning, then text or tool calls.
    fn deltas(&self, faults: &Faults) -> impl Iterator<Item = Delta> + Send + use<> {
        let split_surrogate = faults.has(&Fault::SplitSurrogate);
        let reasoning = self.reasoning.deltas().map(|delta| Delta::Reasoning(literal(&delta)));
        let content = if self.calls.is_empty() { self.content.deltas() } else { Box::new(iter::empty()) };
        let content = content.flat_map(move |delta| match split(&delta).filter(|_| split_surrogate) {
            Some(halves) => halves.map(Delta::Content).to_vec_deque(),
            None => [Delta::Content(literal(&delta))].to_vec_deque(),
        });
        let calls = tools::deltas(&self.calls, faults.has(&Fault::SplitTools));
        reasoning.chain(content).chain(calls.into_iter().map(Delta::ToolCalls))
    }
}
