use crate::decode::Event;
use crate::delta::DeltaText;

/// The shape of the events of one answer: most differ from the one before in one string only.
///
/// Once an event was parsed in full and was nothing but its text, the bytes before and after that text
/// are kept. An event with the same bytes before and after, and one JSON string between them, has the
/// same members with another text: JSON is read from left to right, so it could not be read in any
/// other way. Then only that string is read. An event that differs is parsed in full.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// What stands before the string; the string's quotes belong to it.
    head: Vec<u8>,
    tail: Vec<u8>,
    /// The name of the events.
    name: String,
    state: State,
    /// How many shapes were dropped in a row without having fitted once.
    misfits: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// No event was plain yet, or the last one was not.
    #[default]
    Unknown,
    Known,
    /// Shapes are of no use to this answer, or not wanted.
    Off,
}

/// An answer whose events have something new in each, such as padding, is not learnt for ever.
const MOST_MISFITS: u32 = 8;

/// A larger event is no usual one, and its shape is not worth its memory.
const LARGEST: usize = 16 * 1024;

impl Shape {
    /// Every event is parsed in full.
    pub(crate) fn off() -> Self {
        Self { state: State::Off, ..Self::default() }
    }

    /// What events of this shape have before and after their string.
    pub(crate) fn known(&self) -> Option<(&[u8], &[u8])> {
        (self.state == State::Known).then_some((&*self.head, &*self.tail))
    }

    /// The text of an event of this shape.
    pub(crate) fn text_of<'e>(&mut self, event: &Event<'e>) -> Option<DeltaText<'e>> {
        if self.state != State::Known {
            return None;
        }
        let text = self.fit(event)?;
        self.misfits = 0;
        Some(text)
    }

    /// Drops the shape: an event came that has another.
    pub(crate) fn forget(&mut self) {
        if self.state == State::Known {
            self.state = State::Unknown;
        }
    }

    fn fit<'e>(&self, event: &Event<'e>) -> Option<DeltaText<'e>> {
        if event.incomplete || event.name.unwrap_or_default() != self.name {
            return None;
        }
        let string = event.data.strip_prefix(&*self.head)?.strip_suffix(&*self.tail)?;
        // Parsers differ in what they make of text that is none.
        let string = std::str::from_utf8(string).ok().filter(|string| !string.bytes().any(|byte| byte < b' '))?;
        serde_json::from_str(string).ok()
    }

    /// Keeps the shape of an event that was parsed in full and is plain: `text` are the bytes between the
    /// quotes of its one string, where they lie in it.
    pub(crate) fn learn(&mut self, event: &Event<'_>, text: Part) {
        if self.state == State::Off || event.incomplete || event.data.len() > LARGEST {
            return;
        }
        let Some((head, tail)) = text.around(event.data) else { return };
        self.misfits += 1;
        if self.misfits > MOST_MISFITS {
            *self = Self::off();
            return;
        }
        for (kept, part) in [(&mut self.head, head), (&mut self.tail, tail)] {
            kept.clear();
            kept.extend_from_slice(part);
        }
        self.name.clear();
        self.name.push_str(event.name.unwrap_or_default());
        self.state = State::Known;
    }
}

/// Where some bytes lie in memory: to find them again in the event that they were read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    address: usize,
    length: usize,
}

impl Part {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { address: bytes.as_ptr().addr(), length: bytes.len() }
    }

    /// What stands before and after the JSON string that has these bytes between its quotes, if it is in
    /// there at all.
    fn around(self, data: &[u8]) -> Option<(&[u8], &[u8])> {
        let start = self.address.checked_sub(data.as_ptr().addr())?;
        let end = start.checked_add(self.length)?;
        let head = data.get(..start)?.strip_suffix(b"\"")?;
        let tail = data.get(end..)?.strip_prefix(b"\"")?;
        Some((head, tail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a shape learnt from the first event makes of the second.
    fn fit<'e>(learnt: &Event<'_>, event: &Event<'e>) -> Option<DeltaText<'e>> {
        let mut shape = Shape::default();
        let at = learnt.data.windows(2).position(|two| two == b"ab").unwrap();
        shape.learn(learnt, Part::of(&learnt.data[at..at + 2]));
        shape.text_of(event)
    }

    #[test]
    fn an_event_fits_that_differs_in_one_string() {
        let learnt = Event::new(br#"{"a":{"text":"ab"},"n":1}"#);
        let table: [(&[u8], Option<&str>); 12] = [
            (br#"{"a":{"text":"cd e"},"n":1}"#, Some("cd e")),
            (br#"{"a":{"text":""},"n":1}"#, Some("")),
            (br#"{"a":{"text":"\u0416\""},"n":1}"#, Some("Ж\"")),
            // White space around the string is none of JSON's meaning.
            (br#"{"a":{"text": "x"},"n":1}"#, Some("x")),
            (br#"{"a":{"text":"x","y":"z"},"n":1}"#, None),
            (br#"{"a":{"text":"x\"},"n":1}"#, None),
            (br#"{"a":{"text":null},"n":1}"#, None),
            (br#"{"a":{"text":"x},"n":1}"#, None),
            (br#"{"a":{"text":"x"},"n":2}"#, None),
            (br#"{"a":{"text":"},"n":1}"#, None),
            (br#"{"b":{"text":"x"},"n":1}"#, None),
            (b"{\"a\":{\"text\":\"line\nend\"},\"n\":1}", None),
        ];
        for (data, expected) in table {
            let text = fit(&learnt, &Event::new(data));
            assert_eq!(text.is_some(), expected.is_some(), "{}", String::from_utf8_lossy(data));
            assert!(expected.is_none_or(|expected| text.unwrap().is(expected)), "{}", String::from_utf8_lossy(data));
        }
    }

    #[test]
    fn an_event_of_another_name_or_one_that_is_cut_off_does_not_fit() {
        let learnt = Event { name: Some("message"), ..Event::new(br#"{"text":"ab"}"#) };
        let same = Event { data: br#"{"text":"c"}"#, ..learnt };
        assert!(fit(&learnt, &same).is_some());
        assert!(fit(&learnt, &Event { name: None, ..same }).is_none());
        assert!(fit(&learnt, &Event { incomplete: true, ..same }).is_none());
    }

    #[test]
    fn a_shape_that_misses_is_forgotten_and_one_that_always_misses_is_given_up() {
        let mut shape = Shape::default();
        let events: Vec<_> = (0..20).map(|n| format!(r#"{{"text":"ab","pad":{n}}}"#)).collect();
        for (n, data) in events.iter().enumerate() {
            let event = Event::new(data.as_bytes());
            assert!(shape.text_of(&event).is_none());
            shape.learn(&event, Part::of(&event.data[9..11]));
            assert_eq!(shape.text_of(&event).is_none(), n >= MOST_MISFITS as usize, "{n}");
            shape.misfits = shape.misfits.max(n as u32 + 1);
        }
        assert_eq!(shape.state, State::Off);
    }

    #[test]
    fn bytes_of_another_place_teach_nothing() {
        let event = Event::new(br#"{"text":"ab"}"#);
        for elsewhere in [&b"ab"[..], &event.data[..2], &event.data[9..10]] {
            let mut shape = Shape::default();
            shape.learn(&event, Part::of(elsewhere));
            assert_eq!(shape.state, State::Unknown, "{elsewhere:?}");
        }
        let mut off = Shape::off();
        off.learn(&event, Part::of(&event.data[9..11]));
        assert!(off.text_of(&event).is_none());
    }
}
