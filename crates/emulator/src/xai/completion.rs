//! The answer to a chat request: as one object, or as the events of a stream.

use super::tools::{self, ToolCall};
use super::usage::Usage;
use crate::fault::{Fault, Faults};
use crate::json::{Object, list, literal, literal_halves};
use crate::speech::Speech;
use crate::stream::{Event, Kind};

/// Deltas that are said in one second of `created`.
const DELTAS_A_SECOND: u64 = 8;

#[derive(Clone, Debug)]
pub(super) struct Completion {
    pub(super) frame: Frame,
    pub(super) reasoning: Speech,
    /// Silent where there are tool calls.
    pub(super) content: Speech,
    pub(super) calls: Vec<ToolCall>,
    pub(super) finish_reason: &'static str,
    pub(super) usage: Usage,
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
    /// Whether ids and indices are left out.
    pub(super) bare: bool,
    /// Whether usage is left out, even if it was asked for.
    pub(super) quiet: bool,
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
        let message = Object::new()
            .text("role", "assistant")
            .text("content", &self.content.deltas().collect::<String>())
            .when(!reasoning.is_empty(), |message| message.text("reasoning_content", &reasoning))
            .when(!self.calls.is_empty(), |message| message.raw("tool_calls", &tools::whole(&self.calls)))
            .plain("refusal", "null");
        let choice = self.frame.choice().raw("message", &message.end()).text("finish_reason", self.finish_reason);
        self.frame.json("chat.completion", 0, &list([choice.end()]), Some(&self.told_usage(faults)))
    }

    /// The events of a stream, made one by one.
    pub(super) fn events(self, include_usage: bool, faults: &Faults) -> impl Iterator<Item = Event> + Send + use<> {
        let usage_always = faults.has(&Fault::UsageEveryChunk);
        let null_reason = faults.has(&Fault::NullFinishReason);
        let deltas = self.deltas(faults);
        let usage = self.told_usage(faults);
        let frame = self.frame;

        let mut so_far = self.usage.at_the_beginning();
        let finishing = frame.clone();
        let chunks = deltas.enumerate().map(move |(index, delta)| {
            match delta {
                Delta::Reasoning(_) => so_far.reasoning += 1,
                Delta::Content(_) | Delta::ToolCalls(_) => so_far.completion += 1,
            }
            let choice = frame.choice().raw("delta", &delta.json(index == 0 || usage_always));
            let choice = choice.when(null_reason, |choice| choice.plain("finish_reason", "null"));
            let so_far = usage_always.then(|| so_far.json());
            let data = frame.chunk(index as u64, &list([choice.end()]), so_far.as_deref());
            Event::new(Kind::Delta, data)
        });

        let end = self.usage.completion + self.usage.reasoning;
        let choice = finishing.choice().raw("delta", "{}").text("finish_reason", self.finish_reason);
        let finish = finishing.chunk(end, &list([choice.end()]), usage_always.then_some(usage.as_str()));
        let include_usage = (include_usage || faults.has(&Fault::EmptyUsage)) && !finishing.quiet;
        let usage = include_usage.then(|| finishing.chunk(end, "[]", Some(&usage)));
        let ending = [(Kind::Finish, Some(finish)), (Kind::Aside, usage), (Kind::Done, Some("[DONE]".to_owned()))];
        chunks.chain(ending.into_iter().filter_map(|(kind, data)| Some(Event::new(kind, data?))))
    }

    /// Reasoning, then text or tool calls.
    fn deltas(&self, faults: &Faults) -> impl Iterator<Item = Delta> + Send + use<> {
        let split_surrogate = faults.has(&Fault::SplitSurrogate);
        let literals =
            move |delta: String| if split_surrogate { literal_halves(&delta) } else { vec![literal(&delta)] };
        let reasoning = self.reasoning.deltas().map(|delta| Delta::Reasoning(literal(&delta)));
        let content = self.content.deltas().flat_map(literals).map(Delta::Content);
        let calls = tools::deltas(&self.calls, faults.has(&Fault::SplitTools));
        reasoning.chain(content).chain(calls.into_iter().map(Delta::ToolCalls))
    }

    fn told_usage(&self, faults: &Faults) -> String {
        if faults.has(&Fault::EmptyUsage) { String::from("{}") } else { self.usage.json() }
    }
}

impl Frame {
    fn chunk(&self, deltas: u64, choices: &str, usage: Option<&str>) -> String {
        self.json("chat.completion.chunk", deltas / DELTAS_A_SECOND, choices, usage)
    }

    fn json(&self, object: &str, seconds: u64, choices: &str, usage: Option<&str>) -> String {
        let usage = usage.filter(|_| !self.quiet);
        Object::new()
            .when(!self.bare, |json| json.text("id", &self.id))
            .text("object", object)
            .plain("created", self.created + seconds)
            .text("model", &self.model)
            .raw("choices", choices)
            .when(usage.is_some(), |json| json.raw("usage", usage.unwrap_or_default()))
            .text("system_fingerprint", &self.fingerprint)
            .text("service_tier", &self.service_tier)
            .end()
    }

    fn choice(&self) -> Object {
        Object::new().when(!self.bare, |choice| choice.plain("index", 0))
    }
}

impl Delta {
    /// The members of the delta, in the order of their names, as the service has them.
    fn json(&self, with_role: bool) -> String {
        let role = |delta: Object| delta.when(with_role, |delta| delta.text("role", "assistant"));
        let delta = match self {
            Self::Reasoning(text) => role(Object::new().raw("reasoning_content", text)),
            Self::Content(text) => role(Object::new().raw("content", text)),
            Self::ToolCalls(calls) => role(Object::new()).raw("tool_calls", calls),
        };
        delta.end()
    }
}
