//! What both versions of the chat have in common: from a request that is understood to an answer that is made.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::de::DeserializeOwned;

use super::ask::Ask;
use super::error::{self, Refusal};
use super::outcome::{self, Outcome};
use super::threads::Place;
use super::{Gigachat, catalogue, json};
use crate::answer::Reply;
use crate::fault::{Fault, Faults};
use crate::identity;
use crate::server::Call;
use crate::stream::{self, Event, Framing};

/// The time in which a model says one portion, when chunks come at intervals: faster than most, slower than a test
/// would wait for.
const PORTION: Duration = Duration::from_millis(50);

/// The longest interval between chunks, one hour.
const MAX_INTERVAL: Duration = Duration::from_secs(3600);

/// An answer, ready to be written in either form.
pub(super) struct Answer {
    pub(super) frame: Frame,
    pub(super) outcome: Outcome,
    is_stream: bool,
    pace: Duration,
}

/// What every part of an answer says again.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    /// Seconds since 1970.
    pub(super) created: u64,
    /// With its version.
    pub(super) model: String,
    pub(super) place: Option<Place>,
    /// Whether ids, indices and usage are left out.
    pub(super) bare: bool,
}

/// Reads the body of a request; `refuse` says what is wrong with it.
pub(super) fn read<T: DeserializeOwned>(
    call: &Call,
    refuse: impl FnOnce(&serde_json::Error) -> Refusal,
) -> Result<T, Refusal> {
    if call.too_large {
        return Err(error::too_large());
    }
    serde_json::from_slice(&call.body).map_err(|error| refuse(&error))
}

/// The value of a header that is there, not empty, and text.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().filter(|value| !value.is_empty())
}

/// Answers a chat, of which not too many may run. `tag` is how a picture is told in a text; `whole` and `events` write
/// the answer in the form of the version.
pub(super) fn converse<E>(
    service: &Gigachat,
    call: &Call,
    ask: Ask,
    tag: fn(&str) -> String,
    whole: fn(&Frame, &Outcome, &Faults) -> String,
    events: fn(Frame, Outcome, &Faults) -> E,
) -> Result<Reply, Refusal>
where
    E: Iterator<Item = Event> + Send + 'static,
{
    let permit = service.streams.begin()?;
    let answer = make(service, call, ask, tag)?;
    let faults = &call.faults;
    let reply = if answer.is_stream && !faults.has(&Fault::WholeForStream) {
        let events = events(answer.frame, answer.outcome, faults);
        Reply::new(StatusCode::OK, stream::steps(events, Framing::Events, error::in_band(), faults, answer.pace))
            .header(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"))
    } else {
        json(whole(&answer.frame, &answer.outcome, faults), faults)
    };
    Ok(permit.hold(reply))
}

/// Makes the answer, and keeps what has to be kept of it.
pub(super) fn make(service: &Gigachat, call: &Call, mut ask: Ask, tag: fn(&str) -> String) -> Result<Answer, Refusal> {
    if let Some(model) = &ask.model {
        catalogue::check(model)?;
    }
    let mut files = ask.turns.iter().flat_map(|turn| &turn.files);
    if !files.all(|id| service.files.has(id)) {
        return Err(error::no_such_file());
    }
    let place = service.threads.enter(&mut ask)?;
    let model = catalogue::versioned(ask.model.as_deref().ok_or_else(|| error::missing_field("model"))?);

    let client = header(&call.head.headers, "x-client-id");
    let seed = identity::hash(&[&call.body, client.unwrap_or_default().as_bytes()]);
    let mut outcome = outcome::decide(&ask, seed, tag, &call.faults);
    outcome.usage.cached = service.sessions.cached(header(&call.head.headers, "x-session-id"), &ask.turns);
    if let Some(id) = outcome.work.as_ref().and_then(|work| work.picture.as_ref()) {
        service.files.draw(id, client);
    }
    let interval = ask.update_interval.min(MAX_INTERVAL);
    outcome.said = outcome.said.gathered(portions(interval, call.pace));
    outcome.reasoning = outcome.reasoning.gathered(portions(interval, call.pace));

    let bare = call.faults.has(&Fault::MissingIds);
    let frame = Frame { created: identity::time(seed), model, place, bare };
    Ok(Answer { frame, outcome, is_stream: ask.is_stream, pace: interval.max(call.pace) })
}

/// How many portions a chunk has, so that chunks do not come faster than they should.
fn portions(interval: Duration, pace: Duration) -> usize {
    let portion = if pace.is_zero() { PORTION } else { pace };
    interval.as_nanos().div_ceil(portion.as_nanos()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_makes_chunks_larger() {
        let seconds = Duration::from_secs_f64;
        assert_eq!(portions(seconds(0.0), seconds(0.0)), 0);
        assert_eq!(portions(seconds(0.5), seconds(0.0)), 10);
        assert_eq!(portions(seconds(0.5), seconds(0.2)), 3);
        assert_eq!(portions(seconds(0.1), seconds(0.2)), 1);
    }
}
