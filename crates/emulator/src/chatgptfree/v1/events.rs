//! The events of a stream: the provider's own, passed through, and those of the plugin.

use std::iter;

use super::Flag;
use super::completion::{Completion, PHP_WARNING};
use crate::chatgptfree::plugin;
use crate::fault::{Fault, Faults};
use crate::json::{Object, list, literal, literal_halves};
use crate::stream::{Event, Kind};

type Events = Box<dyn Iterator<Item = Event> + Send>;

/// All events of an answer.
pub(super) fn of(completion: Completion, flag: Option<Flag<'_>>, faults: &Faults) -> Events {
    let warning = faults.has(&Fault::PhpWarning).then(|| Event::bare(Kind::Aside, PHP_WARNING));
    let flagged = flag.map(|flag| Event::new(Kind::Alien, plugin::flag(flag.name)));
    if flag.is_some_and(|flag| !flag.goes_on) {
        return Box::new(warning.into_iter().chain(flagged));
    }
    let trailing = faults.has(&Fault::TrailingJson) || faults.has(&Fault::OldPlugin);
    let trailing = trailing.then(|| Event::bare(Kind::Aside, completion.json(faults)));
    let answer: Events = match faults.find(shape) {
        Some(Shape::Spoken(kind)) => spoken(kind),
        Some(Shape::BareError) => Box::new(iter::once(Event::bare(Kind::Alien, plugin::upstream(true)))),
        Some(Shape::Assistants) => assistants(&completion, faults),
        Some(Shape::TextCompletion) => text_completion(completion, faults),
        None => chat(completion, faults),
    };
    Box::new(warning.into_iter().chain(flagged).chain(answer).chain(trailing))
}

/// Events that look otherwise than those of a chat.
#[derive(Clone, Copy, Debug)]
enum Shape<'a> {
    Spoken(&'a str),
    BareError,
    Assistants,
    TextCompletion,
}

fn shape(fault: &Fault) -> Option<Shape<'_>> {
    match fault {
        Fault::SpokenError(kind) => Some(Shape::Spoken(kind)),
        Fault::BareError => Some(Shape::BareError),
        Fault::Assistants => Some(Shape::Assistants),
        Fault::TextCompletion => Some(Shape::TextCompletion),
        _ => None,
    }
}

/// The chunks of a chat.
fn chat(completion: Completion, faults: &Faults) -> Events {
    let empty = faults.has(&Fault::EmptyChoices);
    let frame = completion.frame.clone();
    let opening = empty.then(|| Event::new(Kind::Aside, frame.opening()));
    let role = r#"{"role":"assistant","content":"","refusal":null}"#;
    let begin = Event::new(Kind::Delta, frame.choice(Some(role), None));
    let last_delta = if faults.has(&Fault::NoLastDelta) { None } else { Some("{}") };
    let finish = Event::new(Kind::Finish, frame.choice(last_delta, Some(completion.finish_reason)));
    let usage = empty || faults.has(&Fault::EmptyUsage);
    let usage = usage.then(|| Event::new(Kind::Aside, completion.usage_chunk()));
    let deltas = literals(&completion, faults).map(move |literal| {
        let delta = Object::new().raw("content", &literal).end();
        Event::new(Kind::Delta, frame.choice(Some(&delta), None))
    });
    let ending = [Some(finish), usage, Some(done())].into_iter().flatten();
    Box::new(opening.into_iter().chain([begin]).chain(deltas).chain(ending))
}

/// The chunks of a model that has no chat: no finish reason of their own, only the mark.
fn text_completion(completion: Completion, faults: &Faults) -> Events {
    let frame = completion.frame.clone();
    let finish = Event::new(Kind::Finish, frame.completion(r#""""#, Some(completion.finish_reason)));
    let deltas = literals(&completion, faults);
    let deltas = deltas.map(move |literal| Event::new(Kind::Delta, frame.completion(&literal, None)));
    Box::new(deltas.chain([finish, done()]))
}

/// The events of an assistant.
fn assistants(completion: &Completion, faults: &Faults) -> Events {
    let thread = Event::named("thread_id", Kind::Aside, r#"{"thread_id":"thread_1"}"#);
    let deltas = literals(completion, faults).map(|literal| {
        let text = Object::new().raw("value", &literal).end();
        let content = Object::new().plain("index", 0).text("type", "text").raw("text", &text).end();
        let delta = Object::new().raw("content", &list([content])).end();
        let object = Object::new().text("id", "msg_1").text("object", "thread.message.delta").raw("delta", &delta);
        Event::named("thread.message.delta", Kind::Delta, object.end())
    });
    let finish = r#"{"id":"msg_1","object":"thread.message"}"#;
    let finish = Event::named("thread.message.completed", Kind::Finish, finish);
    let done = Event::named("done", Kind::Done, "[DONE]");
    Box::new(iter::once(thread).chain(deltas).chain([finish, done]))
}

/// An error of the provider in the plugin's voice: words as deltas, pasted into JSON as they are.
fn spoken(kind: &str) -> Events {
    let text = match kind {
        "limited" => plugin::TOKEN_LIMIT,
        "quotes" => "Invalid \"model\" or key",
        _ => "Rate limit reached for requests",
    };
    let words = text.split(' ').enumerate().map(|(index, word)| {
        let space = if index == 0 { "" } else { " " };
        let data = format!("{{\"choices\":[{{\"delta\":{{\"content\":\"{space}{word}\"}}}}]}}");
        Event::named("message", Kind::Delta, data)
    });
    let end = match kind {
        "limited" => Event::named("message", Kind::Done, "[LIMITED]"),
        _ => Event::new(Kind::Finish, r#"{"choices":[{"finish_reason":"stop"}]}"#),
    };
    Box::new(words.chain([end]))
}

/// The deltas of an answer as JSON strings.
fn literals(completion: &Completion, faults: &Faults) -> Box<dyn Iterator<Item = String> + Send> {
    let split_surrogate = faults.has(&Fault::SplitSurrogate);
    let deltas = completion.speech.deltas();
    Box::new(deltas.flat_map(move |delta| if split_surrogate { literal_halves(&delta) } else { vec![literal(&delta)] }))
}

fn done() -> Event {
    Event::new(Kind::Done, "[DONE]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chatgptfree::said::Said;

    fn data(faults: &str) -> Vec<String> {
        let faults = Faults::parse(faults).unwrap();
        let completion = Completion::new(&Said::read("hi"), "m", 7, &faults);
        of(completion, None, &faults).map(|event| event.data).collect()
    }

    #[test]
    fn a_chat_begins_with_a_role_and_ends_with_a_mark() {
        let data = data("");
        assert!(data[0].contains(r#""delta":{"role":"assistant","content":"","refusal":null}"#), "{data:?}");
        let [.., finish, done] = &data[..] else { panic!("{data:?}") };
        assert!(finish.contains(r#""delta":{},"logprobs":null,"finish_reason":"stop""#), "{finish}");
        assert_eq!(done, "[DONE]");
    }

    #[test]
    fn spoken_errors_have_no_ids_and_may_break_json() {
        let plain = data("spoken-error");
        assert_eq!(plain[1], r#"{"choices":[{"delta":{"content":" limit"}}]}"#);
        assert_eq!(plain[5], r#"{"choices":[{"finish_reason":"stop"}]}"#);
        assert_eq!(data("spoken-error=quotes")[1], r#"{"choices":[{"delta":{"content":" "model""}}]}"#);
        assert_eq!(data("spoken-error=limited").pop().as_deref(), Some("[LIMITED]"));
    }
}
