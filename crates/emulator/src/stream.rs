//! From events to the bytes of a stream, with faults.
//!
//! Three layers, each made of iterators, so that an event exists only when the client has room for it: the faults
//! of order decide which events come and how the body ends, the writer gives them their form, the cutter cuts the
//! bytes into pieces.

mod arrange;
mod cut;
mod form;
mod write;

use std::time::Duration;

use crate::answer::Steps;
use crate::fault::Faults;

pub(crate) use cut::cut;

/// One event of a stream: its data, and what it is to the faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) kind: Kind,
    /// The field `event`, for services that name theirs.
    pub(crate) name: Option<&'static str>,
    /// The field `id`, for services that number theirs.
    pub(crate) id: Option<String>,
    pub(crate) data: String,
    /// Whether the data stands in the body as it is, without the name of a field before it.
    pub(crate) bare: bool,
}

impl Event {
    /// An event without a name.
    pub(crate) fn new(kind: Kind, data: impl Into<String>) -> Self {
        Self { kind, name: None, id: None, data: data.into(), bare: false }
    }

    /// An event with the field `event`.
    pub(crate) fn named(name: &'static str, kind: Kind, data: impl Into<String>) -> Self {
        Self { name: Some(name), ..Self::new(kind, data) }
    }

    /// Lines among the events that are none.
    pub(crate) fn bare(kind: Kind, data: impl Into<String>) -> Self {
        Self { bare: true, ..Self::new(kind, data) }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Carries some of the answer.
    Delta,
    /// Carries the finish reason.
    Finish,
    /// Tells something about the answer, such as its usage of tokens, and carries nothing of it.
    Aside,
    /// The end mark.
    Done,
    /// An error, or something that is no event of the service.
    Alien,
}

/// The errors a service sends inside a stream.
#[derive(Clone, Debug)]
pub(crate) struct InBandErrors {
    pub(crate) flat: Vec<Event>,
    pub(crate) nested: Vec<Event>,
}

impl InBandErrors {
    /// Errors that are one event each, with this data.
    pub(crate) fn new(flat: impl Into<String>, nested: impl Into<String>) -> Self {
        Self { flat: vec![Event::new(Kind::Alien, flat)], nested: vec![Event::new(Kind::Alien, nested)] }
    }
}

/// How the events of a stream are told from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// As server-sent events (WHATWG HTML, section 9.2).
    Events,
    /// As JSON objects, one a line.
    Objects,
}

/// The steps of a streamed body. `pace` is the time between two events.
pub(crate) fn steps(
    events: impl Iterator<Item = Event> + Send + 'static,
    framing: Framing,
    errors: InBandErrors,
    faults: &Faults,
    pace: Duration,
) -> Steps {
    let acts = arrange::arrange(events, errors, faults);
    cut(write::write(acts, framing, faults, pace), faults)
}
