//! POST `conversations/new` and `conversations/{id}/responses`.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};

use super::body::ChatBody;
use super::conversations::Entry;
use super::error::{self, Refusal};
use super::frames::{Frames, Look, Part, frame};
use super::message::Message;
use super::outcome::{Ending, Outcome, decide};
use super::{Grok, catalogue};
use crate::answer::Reply;
use crate::fault::{Fault, Faults};
use crate::json::{Object, list};
use crate::server::Call;
use crate::stream::{self, Event, Framing, Kind};

/// Files that can be shown at a time.
const MAX_FILES: usize = 4;

/// Answers what is said in the conversation with this id, or in a new one.
pub(super) fn answer(service: &Grok, id: Option<&str>, call: &Call) -> Result<Reply, Refusal> {
    let body: ChatBody = super::read(&call.body)?;
    check(service, &body)?;
    let model = catalogue::choose(&body)?;
    let entry = service.conversations.enter(id, &body, &model)?;
    let faults = &call.faults;
    let outcome = decide(&body, &entry, faults);
    let title = entry.opening.is_some().then_some(outcome.title.as_str());
    service.conversations.complete(&entry, outcome.message.clone(), title);
    service.usage.count(&model);
    for path in outcome.drawing.iter().flat_map(|drawing| drawing.stored()) {
        service.assets.draw(path);
    }
    let content_type = if faults.has(&Fault::DataPrefix) { "text/event-stream" } else { "application/json" };
    let events = events(&body, entry, outcome, faults);
    Ok(Reply::new(StatusCode::OK, stream::steps(events, Framing::Objects, error::in_band(), faults, call.pace))
        .header(CONTENT_TYPE, HeaderValue::from_static(content_type)))
}

fn check(service: &Grok, body: &ChatBody) -> Result<(), Refusal> {
    if body.message.trim().is_empty() && body.files().next().is_none() || body.files().count() > MAX_FILES {
        return Err(error::invalid_argument());
    }
    if body.files().all(|id| service.assets.has_file(id)) { Ok(()) } else { Err(error::no_such_file()) }
}

/// The frames of an answer in their order. Those of the text are made when they are asked for.
fn events(
    body: &ChatBody,
    entry: Entry,
    outcome: Outcome,
    faults: &Faults,
) -> impl Iterator<Item = Event> + Send + use<> {
    let side_by_side = body.force_side_by_side == Some(true) || faults.has(&Fault::SideBySide);
    let is_new = entry.opening.is_some();
    let frames = Frames::new(!is_new, &entry.answer_id, side_by_side, faults);
    let together = faults.has(&Fault::Together);
    let opening = opening(&frames, &entry, &outcome, side_by_side, together);
    let before = parts(&frames, outcome.before);
    let after = parts(&frames, outcome.after);
    let wants_metadata = is_new && body.send_final_metadata == Some(true);
    let has_title = is_new && !faults.has(&Fault::NoTitle);
    let closing = Closing {
        frames: frames.clone(),
        ending: outcome.ending,
        metadata: wants_metadata.then(|| final_metadata(&outcome.tools, body.disable_text_follow_ups != Some(true))),
        message: outcome.message,
        title: has_title.then(|| Object::new().text("newTitle", &outcome.title).end()),
        together,
        done: faults.has(&Fault::DataPrefix),
    };
    let deltas = outcome.said.deltas().flat_map(move |delta| frames.part(Part::Token(delta, Look::FINAL)));
    // Made at the end: the whole message may be long.
    let closing = std::iter::once_with(move || closing.events()).flatten();
    opening.into_iter().chain(before).chain(deltas).chain(after).chain(closing)
}

/// What comes after the text.
struct Closing {
    frames: Frames,
    ending: Ending,
    metadata: Option<String>,
    message: Message,
    title: Option<String>,
    /// Whether the title comes with the message.
    together: bool,
    /// Whether the stream has a mark at its end.
    done: bool,
}

impl Closing {
    fn events(self) -> Vec<Event> {
        let mut events = match &self.ending {
            Ending::Error(error) => {
                vec![self.frames.event(Kind::Finish, Object::new().raw("error", error), Look::PLAIN)]
            }
            Ending::Whole => {
                vec![self.frames.event(Kind::Finish, Object::new().text("token", ""), Look::STOP)]
            }
            Ending::MessageOnly => Vec::new(),
        };
        if !matches!(self.ending, Ending::Error(_)) {
            events.extend(self.whole());
        }
        events.extend(self.done.then(|| Event::new(Kind::Done, "[DONE]")));
        events
    }

    /// What is told of the answer as a whole.
    fn whole(&self) -> Vec<Event> {
        let metadata = self.metadata.as_deref().map(|metadata| Object::new().raw("finalMetadata", metadata));
        let mut events = metadata
            .map(|members| self.frames.event(Kind::Aside, members, Look::PLAIN))
            .into_iter()
            .collect::<Vec<_>>();
        let message = Object::new().raw("modelResponse", &self.message.json());
        let title = self.title.as_deref().map(|title| ("title", title));
        events.push(self.frames.beside(Kind::Done, message, Look::PLAIN, title.filter(|_| self.together)));
        if let Some((name, title)) = title.filter(|_| !self.together) {
            events.push(frame(Kind::Aside, &Object::new().raw(name, title).end()));
        }
        events
    }
}

fn parts(frames: &Frames, parts: Vec<Part>) -> Vec<Event> {
    parts.into_iter().flat_map(|part| frames.part(part)).collect()
}

/// The conversation if it is new, what the user said, and how the answer is going to look.
fn opening(frames: &Frames, entry: &Entry, outcome: &Outcome, side_by_side: bool, together: bool) -> Vec<Event> {
    let model = &entry.question.model;
    let conversation = entry.opening.as_deref().map(|json| ("conversation", json));
    let mut events = Vec::new();
    if let Some((name, json)) = conversation.filter(|_| !together) {
        events.push(frame(Kind::Delta, &Object::new().raw(name, json).end()));
    }
    events.push(frames.question(&entry.question.id, &entry.question.json(), conversation.filter(|_| together)));
    events.extend(frames.empty());
    let layout = |name: &str, steers: bool| {
        let layout = Object::new()
            .text("reasoningUiLayout", name)
            .plain("willThinkLong", model.thinks)
            .text("effort", if model.thinks { "HIGH" } else { "LOW" })
            .when(steers, |layout| layout.text("steerModelId", "grok-4"))
            .raw("rolloutIds", if model.heavy { r#"["Grok","Agent 1"]"# } else { "[]" });
        frames.event(Kind::Delta, Object::new().raw("uiLayout", &layout.end()), Look::PLAIN)
    };
    let info = Object::new().text("modelHash", "ZW11bGF0b3I=").end();
    events.push(layout(if model.heavy { "HEAVY" } else { "SPLIT" }, true));
    events.push(frames.event(Kind::Delta, Object::new().raw("llmInfo", &info), Look::PLAIN));
    events.push(layout(if outcome.before.is_empty() { "FUNCTION_CALL" } else { "UNIFIED" }, false));
    if side_by_side {
        events.push(frames.event(Kind::Delta, Object::new().raw("sideBySideConfig", "{}"), Look::PLAIN));
    }
    events
}

fn final_metadata(tools: &str, follow_ups: bool) -> String {
    let properties = Object::new().text("messageType", "TEXT").text("followUpType", "TANGENTIAL").end();
    let suggestion = Object::new()
        .raw("properties", &properties)
        .text("label", "Расскажи ещё 🚀")
        .raw("toolOverrides", r#"{"imageGen":false,"webSearch":false}"#);
    Object::new()
        .raw("followUpSuggestions", &list(follow_ups.then(|| suggestion.end())))
        .raw("feedbackLabels", "[]")
        .raw("toolsUsed", tools)
        .text("disclaimer", "")
        .end()
}
