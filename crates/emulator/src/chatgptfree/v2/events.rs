//! The events of an answer, and of an error that comes instead.

use crate::chatgptfree::site::Provider;
use crate::chatgptfree::wp_json;
use crate::fault::{Fault, Faults};
use crate::identity;
use crate::json::{Object, list, literal_halves};
use crate::stream::{Event, InBandErrors, Kind};

type Events = Box<dyn Iterator<Item = Event> + Send>;

/// Blanks after the colon of the comment that fills the buffers of proxies.
const BLANKS: usize = 4096;

/// What is told before the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening<'a> {
    pub(super) id: &'a str,
    pub(super) provider: Provider,
    pub(super) searches: bool,
}

/// The events of an answer.
pub(super) fn of_answer(
    opening: &Opening<'_>,
    deltas: impl Iterator<Item = String> + Send + 'static,
    faults: &Faults,
) -> Events {
    let split_surrogate = faults.has(&Fault::SplitSurrogate);
    let literals = move |delta: String| match split_surrogate {
        true => literal_halves(&delta),
        false => vec![wp_json::text(&delta)],
    };
    let deltas =
        deltas.flat_map(literals).map(|literal| Event::new(Kind::Delta, Object::new().raw("delta", &literal).end()));
    let citations = opening.searches.then(|| {
        let source = |url: &str, title: &str| {
            Object::new().raw("url", &wp_json::text(url)).raw("title", &wp_json::text(title)).end()
        };
        let sources = [source("https://www.example.org/", "Example"), source("https://example.com/я", "Пример 🚀")];
        Event::named("citations", Kind::Aside, list(sources))
    });
    let stopped = faults.has(&Fault::Length) || faults.has(&Fault::ContentFilter);
    let warning = (stopped || faults.has(&Fault::Warning)).then(warning);
    let begin = [preamble(), begin(opening.id)].into_iter().chain(asides(opening));
    Box::new(begin.chain(deltas).chain(citations).chain(warning).chain([done(Kind::Done)]))
}

/// An error instead of an answer.
pub(super) fn of_trouble(message: &str, quota: bool, begun: bool) -> Events {
    let begin = begun.then(|| begin("aipkit-msg-0"));
    Box::new([preamble()].into_iter().chain(begin).chain([error(message, quota), done(Kind::Done)]))
}

/// The errors inside a stream, of which there is one form: it is followed by the mark of the end.
pub(super) fn errors() -> InBandErrors {
    let ends = |message: &str| vec![error(message, false), done(Kind::Alien)];
    InBandErrors { flat: ends("API Error: Rate limit reached"), nested: ends("Connection Error: Operation timed out") }
}

fn preamble() -> Event {
    Event::bare(Kind::Delta, [":", &" ".repeat(BLANKS)].concat())
}

fn begin(id: &str) -> Event {
    Event::named("message_start", Kind::Delta, Object::new().text("message_id", id).end())
}

/// What the provider tells of its own state.
fn asides(opening: &Opening<'_>) -> Vec<Event> {
    let id = identity::hash(&[b"response", opening.id.as_bytes()]);
    let named = |name, id: &str| Event::named(name, Kind::Aside, Object::new().text("id", id).end());
    let state = match opening.provider {
        Provider::OpenAi => Some(named("openai_response_id", &format!("resp_{id:032x}"))),
        Provider::Google => Some(named("google_interaction_id", &format!("interaction_{id:032x}"))),
        Provider::DeepSeek => None,
    };
    let status = opening.searches.then(|| Event::named("status", Kind::Aside, r#"{"status":"searching"}"#));
    state.into_iter().chain(status).collect()
}

fn error(message: &str, quota: bool) -> Event {
    let data = Object::new().raw("error", &wp_json::text(message));
    let data = data.when(quota, |data| data.raw("quota_notice", r#"{"type":"guest"}"#)).end();
    numbered(Event::named("error", Kind::Alien, data))
}

fn warning() -> Event {
    numbered(Event::named("warning", Kind::Aside, r#"{"error":"Response stopped: max tokens"}"#))
}

/// Errors and warnings have the time for an id.
fn numbered(event: Event) -> Event {
    Event { id: Some(format!("err-{}", identity::time(0))), ..event }
}

fn done(kind: Kind) -> Event {
    Event::named("done", kind, r#"{"finished":true}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(events: Events) -> Vec<&'static str> {
        events.map(|event| event.name.unwrap_or(if event.bare { ":" } else { "" })).collect()
    }

    #[test]
    fn events_come_in_the_order_of_the_plugin() {
        let opening = Opening { id: "a", provider: Provider::OpenAi, searches: true };
        let deltas = ["a", "b"].map(str::to_owned).into_iter();
        let faults = Faults::parse("warning").unwrap();
        let expected = [":", "message_start", "openai_response_id", "status", "", "", "citations", "warning", "done"];
        assert_eq!(names(of_answer(&opening, deltas, &faults)), expected);
        assert_eq!(names(of_trouble("no", true, false)), [":", "error", "done"]);
    }

    #[test]
    fn an_error_has_an_id_and_may_tell_of_a_quota() {
        let event = error("a/b", true);
        assert_eq!(event.data, r#"{"error":"a\/b","quota_notice":{"type":"guest"}}"#);
        assert!(event.id.is_some_and(|id| id.starts_with("err-")));
    }
}
