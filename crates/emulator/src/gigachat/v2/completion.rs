//! The answer to a chat request of version 2: as one object, or as the named events of a stream.

use std::iter::{self, Peekable};

use super::tools;
use crate::fault::{Fault, Faults};
use crate::gigachat::ask::BuiltIn;
use crate::gigachat::converse::Frame;
use crate::gigachat::outcome::{FunctionCall, Outcome, Work};
use crate::gigachat::usage::Usage;
use crate::json::{Object, list, literal_halves, quoted};
use crate::stream::{Event, Kind};

const DELTA: &str = "response.message.delta";
const IN_PROGRESS: &str = "response.tool.in_progress";
const COMPLETED: &str = "response.tool.completed";
const DONE: &str = "response.message.done";

/// Seconds a built-in function says it still needs.
const SECONDS_LEFT: u64 = 12;

/// What a search has found, whatever was looked for.
const SOURCES: [(&str, &str); 2] =
    [("https://example.com/emulator", "Эмулятор чата"), ("https://example.org/answers", "Answers from nowhere")];

/// The body of an answer that is not streamed.
pub(super) fn whole(frame: &Frame, outcome: &Outcome, faults: &Faults) -> String {
    let reasoning = outcome.reasoning.deltas().collect::<String>();
    let said = outcome.said.deltas().collect::<String>();
    let files = outcome.work.as_ref().and_then(picture);
    let call = outcome.call.as_ref().map(|call| told_call(call, faults));
    let text = Some(&said).filter(|said| !said.is_empty()).map(|said| {
        let part = Object::new().raw("text", &quoted(said));
        if has_sources(outcome) { part.raw("inline_data", &inline_data()).end() } else { part.end() }
    });
    let reasoning = Some(&reasoning).filter(|reasoning| !reasoning.is_empty());
    let reasoning = reasoning.map(|reasoning| message("reasoning", &text_part(&quoted(reasoning))));
    let content = list(files.into_iter().chain(text).chain(call));
    let answer = told_message(frame, outcome, &content);
    let messages = list(reasoning.into_iter().chain([answer]));
    let answer = begun(frame).raw("messages", &messages);
    ended(answer, frame, Some(outcome.finish_reason), told_usage(outcome.usage, faults).as_deref()).end()
}

/// The events of a stream, made one by one.
pub(super) fn events(frame: Frame, outcome: Outcome, faults: &Faults) -> impl Iterator<Item = Event> + Send + use<> {
    Events {
        parts: parts(&outcome, faults).peekable(),
        call: outcome.call.as_ref().map(|call| list([told_call(call, faults)])),
        untold: outcome.usage,
        frame,
        outcome,
        faults: faults.clone(),
        ended: false,
    }
}

/// What one event before the last tells, as JSON text.
enum Part {
    Work {
        name: &'static str,
        execution: String,
    },
    Reasoning(String),
    /// A part of the content.
    Content(String),
}

/// What built-in functions do, reasoning, then what is said.
fn parts(outcome: &Outcome, faults: &Faults) -> impl Iterator<Item = Part> + Send + use<> {
    let invented = faults.has(&Fault::FunctionInProgress).then_some(BuiltIn::Drawing);
    let work = outcome.work.as_ref().map(|work| work.built_in).or(invented).into_iter().flat_map(|built_in| {
        let execution = |begun: Object| Object::new().raw("tool_execution", &begun.end()).end();
        let tool = || Object::new().text("name", tools::name(built_in));
        let completed = tool().text("status", "success").plain("censored", false);
        [(IN_PROGRESS, tool().plain("seconds_left", SECONDS_LEFT)), (COMPLETED, completed)]
            .map(|(name, tool)| Part::Work { name, execution: execution(tool) })
    });
    let split_surrogate = faults.has(&Fault::SplitSurrogate);
    let texts = move |delta: String| if split_surrogate { literal_halves(&delta) } else { vec![quoted(&delta)] };
    let reasoning = outcome.reasoning.deltas().map(|delta| Part::Reasoning(text_part(&quoted(&delta))));
    let picture = outcome.work.as_ref().and_then(picture).map(Part::Content);
    let said = outcome.said.deltas().flat_map(texts).map(|text| Part::Content(text_part(&text)));
    let sources = has_sources(outcome).then(|| Object::new().raw("inline_data", &inline_data()).end());
    work.chain(reasoning).chain(picture).chain(said).chain(sources.map(Part::Content))
}

/// The events with parts of the answer, and the last one.
struct Events<P: Iterator<Item = Part>> {
    parts: Peekable<P>,
    /// The call, which comes with the last event.
    call: Option<String>,
    /// The usage no event has told yet.
    untold: Usage,
    frame: Frame,
    outcome: Outcome,
    faults: Faults,
    ended: bool,
}

impl<P: Iterator<Item = Part>> Iterator for Events<P> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.ended {
            return None;
        }
        let part = self.parts.next();
        let is_last = self.faults.has(&Fault::FinishWithLastDelta) && self.parts.peek().is_none();
        self.ended = part.is_none() || (is_last && matches!(part, Some(Part::Content(_))));
        let (name, messages) = match part {
            Some(Part::Work { name, execution }) => (name, Some(message("reasoning", &execution))),
            Some(Part::Reasoning(text)) => (DELTA, Some(message("reasoning", &text))),
            Some(Part::Content(part)) => (DELTA, Some(message("assistant", &part))),
            None => (DONE, self.call.as_ref().map(|call| told_message(&self.frame, &self.outcome, call))),
        };
        let usage = self.usage();
        let event = match messages {
            Some(message) => begun(&self.frame).raw("messages", &list([message])),
            None => begun(&self.frame),
        };
        if !self.ended {
            let open =
                event.when(self.faults.has(&Fault::NullFinishReason), |open| open.plain("finish_reason", "null"));
            let open = open.when(usage.is_some(), |open| open.raw("usage", usage.as_deref().unwrap_or_default()));
            return Some(Event::named(name, Kind::Delta, open.end()));
        }
        let finish_reason = Some(self.outcome.finish_reason).filter(|_| !self.faults.has(&Fault::NoFinish));
        let event = match &self.outcome.state_id {
            Some(id) if !self.frame.bare && self.call.is_none() => event.text("tool_state_id", id),
            _ => event,
        };
        // It is both finish and end mark: with its reason left out, it is the end mark alone.
        let event = ended(event, &self.frame, finish_reason, usage.as_deref()).end();
        Some(Event::named(DONE, Kind::Done, event))
    }
}

impl<P: Iterator<Item = Part>> Events<P> {
    /// The usage this event tells: at the end what is left of it; before, if every event tells some, a token.
    fn usage(&mut self) -> Option<String> {
        if !self.ended && !self.faults.has(&Fault::UsageEveryChunk) {
            return None;
        }
        told_usage(self.untold.tell(self.ended), &self.faults)
    }
}

fn text_part(text: &str) -> String {
    Object::new().raw("text", text).end()
}

/// The file that was drawn, as a part of the content.
fn picture(work: &Work) -> Option<String> {
    let id = work.picture.as_ref()?;
    let file = Object::new().text("id", id).text("mime", "image/jpeg").text("target", "image").end();
    Some(Object::new().raw("files", &list([file])).end())
}

fn has_sources(outcome: &Outcome) -> bool {
    outcome.work.as_ref().is_some_and(|work| work.built_in == BuiltIn::WebSearch)
}

fn inline_data() -> String {
    let sources = iter::zip(1.., SOURCES).fold(Object::new(), |sources, (number, (url, title))| {
        sources.raw(&number.to_string(), &Object::new().text("url", url).text("title", title).end())
    });
    Object::new().raw("images", "[]").raw("sources", &sources.end()).end()
}

/// A call as the faults want it told, as a part of the content.
fn told_call(call: &FunctionCall, faults: &Faults) -> String {
    let arguments = call.arguments.to_string();
    let arguments = if faults.has(&Fault::StringArguments) { quoted(&arguments) } else { arguments };
    let call = Object::new().text("name", &call.name).raw("arguments", &arguments).end();
    Object::new().raw("function_call", &call).end()
}

fn told_usage(usage: Usage, faults: &Faults) -> Option<String> {
    usage.told(faults, Usage::detailed_json)
}

/// A message with one part.
fn message(role: &str, part: &str) -> String {
    Object::new().text("role", role).raw("content", &list([part])).end()
}

/// The model's message with all its content and its ids.
fn told_message(frame: &Frame, outcome: &Outcome, content: &str) -> String {
    let message = match frame.place.as_ref().filter(|_| !frame.bare) {
        Some(place) => Object::new().text("message_id", &place.message_id).text("role", "assistant"),
        None => Object::new().text("role", "assistant"),
    };
    let message = match &outcome.state_id {
        Some(id) if !frame.bare => message.text("tool_state_id", id),
        _ => message,
    };
    message.raw("content", content).end()
}

/// What every answer and every event begins with.
fn begun(frame: &Frame) -> Object {
    Object::new().text("model", &frame.model).plain("created_at", frame.created)
}

fn ended(answer: Object, frame: &Frame, finish_reason: Option<&str>, usage: Option<&str>) -> Object {
    let answer = answer
        .when(finish_reason.is_some(), |answer| answer.text("finish_reason", finish_reason.unwrap_or_default()))
        .when(usage.is_some(), |answer| answer.raw("usage", usage.unwrap_or_default()));
    match frame.place.as_ref().filter(|_| !frame.bare) {
        Some(place) => answer.text("thread_id", &place.thread_id),
        None => answer,
    }
}
