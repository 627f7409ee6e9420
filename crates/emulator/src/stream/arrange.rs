//! Which events come, and how the body ends.

use std::iter;

use super::{Event, InBandErrors, Kind};
use crate::answer::Step;
use crate::fault::{Fault, Faults};

/// What the body of a stream does next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Act {
    Event(Event),
    /// The beginning of an event of which the rest never comes.
    Half(Event),
    /// A comment that keeps the connection alive, after a pause.
    KeepAlive,
    /// Another ending than the clean one.
    Ending(Step),
}

pub(super) type Acts = Box<dyn Iterator<Item = Act> + Send>;

/// Applies the faults of order, in the order they were given.
pub(super) fn arrange(
    events: impl Iterator<Item = Event> + Send + 'static,
    errors: InBandErrors,
    faults: &Faults,
) -> Acts {
    faults.iter().fold(Box::new(events.map(Act::Event)), |acts, fault| match fault {
        Fault::CutAfter(n) => Box::new(acts.filter(is_delta).take(*n)),
        Fault::NoDone => Box::new(acts.filter(|act| !is(act, Kind::Done))),
        Fault::NoFinish => Box::new(acts.filter(|act| !is(act, Kind::Finish))),
        Fault::NoEnd => {
            Box::new(acts.filter(|act| ![Kind::Finish, Kind::Aside, Kind::Done].iter().any(|kind| is(act, *kind))))
        }
        Fault::Stall(n) => Box::new(acts.take(*n).chain([Act::Ending(Step::Stall)])),
        Fault::KeepAliveStall(n) => Box::new(acts.take(*n).chain(iter::repeat_with(|| Act::KeepAlive))),
        Fault::Reset(n) => Box::new(acts.take(*n).chain([Act::Ending(Step::Reset)])),
        Fault::DoneStaysOpen => Box::new(acts.chain([Act::Ending(Step::Stall)])),
        Fault::TruncatedBody => truncate(acts),
        Fault::ErrorMidStream(n) => fail_after(acts, *n, errors.flat.clone()),
        Fault::NestedErrorMidStream(n) => fail_after(acts, *n, errors.nested.clone()),
        Fault::GarbageLine => insert_garbage(acts),
        _ => acts,
    })
}

fn is(act: &Act, kind: Kind) -> bool {
    matches!(act, Act::Event(event) if event.kind == kind)
}

fn is_delta(act: &Act) -> bool {
    is(act, Kind::Delta)
}

/// Leaves the deltas, of which the last one is cut in half.
fn truncate(acts: Acts) -> Acts {
    let mut acts = acts.filter(is_delta).peekable();
    Box::new(iter::from_fn(move || match (acts.next()?, acts.peek()) {
        (Act::Event(event), None) => Some(Act::Half(event)),
        (act, _) => Some(act),
    }))
}

fn fail_after(acts: Acts, n: usize, error: Vec<Event>) -> Acts {
    Box::new(acts.filter(is_delta).take(n).chain(error.into_iter().map(Act::Event)))
}

fn insert_garbage(mut acts: Acts) -> Acts {
    let first = acts.next();
    // Clients that go by names would not look at garbage without one.
    let name = match &first {
        Some(Act::Event(event)) => event.name,
        _ => None,
    };
    let garbage = Event { name, ..Event::new(Kind::Alien, r#"{"id":"garbage","choices":[{"delta":"#) };
    Box::new(first.into_iter().chain([Act::Event(garbage)]).chain(acts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged(faults: &str) -> String {
        let kinds = [Kind::Delta, Kind::Delta, Kind::Delta, Kind::Finish, Kind::Aside, Kind::Done];
        let data = ["a", "b", "c", "finish", "usage", "done"];
        let events = kinds.into_iter().zip(data).map(|(kind, data)| Event::new(kind, data));
        let errors = InBandErrors::new("flat", "nested");
        let acts = arrange(events, errors, &Faults::parse(faults).unwrap());
        let names = acts.map(|act| match act {
            Act::Event(event) if event.data.starts_with('{') => "garbage".to_owned(),
            Act::Event(event) => event.data,
            Act::Half(event) => format!("half {}", event.data),
            Act::KeepAlive => "alive".to_owned(),
            Act::Ending(step) => format!("{step:?}"),
        });
        names.take(10).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_fault_of_order_leaves_the_events_it_says() {
        let table = [
            ("", "a b c finish usage done"),
            ("crlf,pieces", "a b c finish usage done"),
            ("cut-after=0", ""),
            ("cut-after=2", "a b"),
            ("cut-after=9", "a b c"),
            ("no-done", "a b c finish usage"),
            ("no-finish", "a b c usage done"),
            ("no-end", "a b c"),
            ("stall=0", "Stall"),
            ("stall=2", "a b Stall"),
            ("stall=9", "a b c finish usage done Stall"),
            ("keep-alive-stall=2", "a b alive alive alive alive alive alive alive alive"),
            ("reset=1", "a Reset"),
            ("done-stays-open", "a b c finish usage done Stall"),
            ("truncated-body", "a b half c"),
            ("error-mid-stream=1", "a flat"),
            ("error-mid-stream=9", "a b c flat"),
            ("nested-error-mid-stream=2", "a b nested"),
            ("garbage-line", "a garbage b c finish usage done"),
            ("no-done,no-finish", "a b c usage"),
            ("no-done,done-stays-open", "a b c finish usage Stall"),
        ];
        for (faults, expected) in table {
            assert_eq!(arranged(faults), expected, "{faults}");
        }
    }
}
