//! The answer to a chat request of version 1: as one object, or as the events of a stream.

use std::iter::Peekable;

use crate::fault::{Fault, Faults};
use crate::gigachat::ask::BuiltIn;
use crate::gigachat::converse::Frame;
use crate::gigachat::outcome::{FunctionCall, Outcome, Work};
use crate::gigachat::usage::Usage;
use crate::json::{Object, list, literal_halves, quoted};
use crate::stream::{Event, Kind};

/// Seconds a built-in function says it still needs, one time after the other.
const SECONDS_LEFT: [u64; 2] = [15, 5];

/// The body of an answer that is not streamed.
pub(super) fn whole(frame: &Frame, outcome: &Outcome, faults: &Faults) -> String {
    let reasoning = outcome.reasoning.deltas().collect::<String>();
    let message = Object::new()
        .raw("content", &quoted(&outcome.said.deltas().collect::<String>()))
        .text("role", "assistant")
        .when(!reasoning.is_empty(), |message| message.raw("reasoning_content", &quoted(&reasoning)));
    let message = match &outcome.call {
        Some(call) => message.raw("function_call", &told_call(call, faults)),
        None => message,
    };
    let message = with_state(message, told_state(frame, outcome).as_deref());
    let choice = with_index(Object::new().raw("message", &message.end()), frame);
    let choice = choice.text("finish_reason", outcome.finish_reason).end();
    chunk(frame, &choice, told_usage(outcome.usage, faults).as_deref())
}

/// The events of a stream, made one by one.
pub(super) fn events(frame: Frame, outcome: Outcome, faults: &Faults) -> impl Iterator<Item = Event> + Send + use<> {
    let chunks = Chunks {
        deltas: deltas(&frame, &outcome, faults).peekable(),
        frame,
        finish_reason: outcome.finish_reason,
        untold: outcome.usage,
        faults: faults.clone(),
        role_is_said: false,
        ended: false,
    };
    chunks.chain([Event::new(Kind::Done, "[DONE]")])
}

/// What one chunk adds. Texts are JSON strings.
enum Delta {
    /// A built-in function at work.
    Progress {
        name: &'static str,
        seconds_left: u64,
        created: u64,
    },
    Reasoning(String),
    Content {
        text: String,
        state_id: Option<String>,
    },
    Call {
        call: String,
        state_id: Option<String>,
    },
    /// What comes with the finish reason.
    Nothing,
}

/// What built-in functions do, reasoning, then text or a call.
fn deltas(frame: &Frame, outcome: &Outcome, faults: &Faults) -> impl Iterator<Item = Delta> + Send + use<> {
    let created = frame.created;
    let name = match &outcome.work {
        Some(Work { built_in: BuiltIn::FileReading, .. }) => "get_file_content",
        _ => "text2image",
    };
    let progress = if faults.has(&Fault::FunctionInProgress) { &SECONDS_LEFT[..] } else { &[] };
    let progress = progress.iter().map(move |left| Delta::Progress { name, seconds_left: *left, created });
    let reasoning = outcome.reasoning.deltas().map(|delta| Delta::Reasoning(quoted(&delta)));

    let split_surrogate = faults.has(&Fault::SplitSurrogate);
    let texts = move |delta: String| if split_surrogate { literal_halves(&delta) } else { vec![quoted(&delta)] };
    let mut state_id = told_state(frame, outcome);
    let call = outcome.call.as_ref().map(|call| told_call(call, faults));
    let call = call.map(|call| Delta::Call { call, state_id: state_id.take() });
    let content = outcome.said.deltas().flat_map(texts);
    let content = content.map(move |text| Delta::Content { text, state_id: state_id.take() });
    progress.chain(reasoning).chain(content).chain(call)
}

impl Delta {
    fn json(&self, with_role: bool) -> String {
        let role = |delta: Object| delta.when(with_role, |delta| delta.text("role", "assistant"));
        let delta = match self {
            Self::Progress { name, seconds_left, created } => Object::new()
                .text("role", "function_in_progress")
                .text("name", name)
                .text("content", &seconds_left.to_string())
                .plain("created", created),
            Self::Reasoning(text) => role(Object::new().raw("reasoning_content", text)),
            Self::Content { text, state_id } => {
                with_state(role(Object::new().raw("content", text)), state_id.as_deref())
            }
            Self::Call { call, state_id } => {
                let delta = role(Object::new().text("content", "")).raw("function_call", call);
                with_state(delta, state_id.as_deref())
            }
            Self::Nothing => Object::new().text("content", ""),
        };
        delta.end()
    }

    /// Whether the model is the one who speaks.
    fn is_said(&self) -> bool {
        !matches!(self, Self::Progress { .. } | Self::Nothing)
    }
}

/// The chunks with deltas, and the one with the finish reason.
struct Chunks<D: Iterator<Item = Delta>> {
    deltas: Peekable<D>,
    frame: Frame,
    finish_reason: &'static str,
    /// The usage no chunk has told yet.
    untold: Usage,
    faults: Faults,
    role_is_said: bool,
    ended: bool,
}

impl<D: Iterator<Item = Delta>> Iterator for Chunks<D> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.ended {
            return None;
        }
        let delta = self.deltas.next().unwrap_or(Delta::Nothing);
        let is_last = self.faults.has(&Fault::FinishWithLastDelta) && self.deltas.peek().is_none();
        self.ended = is_last || matches!(delta, Delta::Nothing);

        let with_role = delta.is_said() && !self.role_is_said;
        self.role_is_said |= with_role;
        let choice = with_index(Object::new().raw("delta", &delta.json(with_role)), &self.frame);
        let choice = match self.ended {
            true => choice.text("finish_reason", self.finish_reason),
            false => {
                choice.when(self.faults.has(&Fault::NullFinishReason), |choice| choice.plain("finish_reason", "null"))
            }
        };
        let kind = if self.ended { Kind::Finish } else { Kind::Delta };
        let usage = self.usage();
        Some(Event::new(kind, chunk(&self.frame, &choice.end(), usage.as_deref())))
    }
}

impl<D: Iterator<Item = Delta>> Chunks<D> {
    /// The usage this chunk tells: at the end what is left of it; before, if every chunk tells some, a token.
    fn usage(&mut self) -> Option<String> {
        if !self.ended && !self.faults.has(&Fault::UsageEveryChunk) {
            return None;
        }
        told_usage(self.untold.tell(self.ended), &self.faults)
    }
}

/// A call as the faults want it told.
fn told_call(call: &FunctionCall, faults: &Faults) -> String {
    let arguments = call.arguments.to_string();
    let arguments = if faults.has(&Fault::StringArguments) { quoted(&arguments) } else { arguments };
    Object::new().text("name", &call.name).raw("arguments", &arguments).end()
}

fn told_usage(usage: Usage, faults: &Faults) -> Option<String> {
    usage.told(faults, Usage::json)
}

fn told_state(frame: &Frame, outcome: &Outcome) -> Option<String> {
    outcome.state_id.clone().filter(|_| !frame.bare)
}

fn with_state(message: Object, state_id: Option<&str>) -> Object {
    match state_id {
        Some(id) => message.text("functions_state_id", id),
        None => message,
    }
}

fn with_index(choice: Object, frame: &Frame) -> Object {
    choice.when(!frame.bare, |choice| choice.plain("index", 0))
}

fn chunk(frame: &Frame, choice: &str, usage: Option<&str>) -> String {
    let chunk = Object::new()
        .raw("choices", &list([choice]))
        .plain("created", frame.created)
        .text("model", &frame.model)
        .text("object", "chat.completion")
        .when(usage.is_some(), |chunk| chunk.raw("usage", usage.unwrap_or_default()));
    match frame.place.as_ref().filter(|_| !frame.bare) {
        Some(place) => chunk.text("thread_id", &place.thread_id).text("message_id", &place.message_id).end(),
        None => chunk.end(),
    }
}
