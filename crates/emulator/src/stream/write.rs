//! Events as pieces of text, and what stands between them.

use std::collections::VecDeque;
use std::iter::Peekable;
use std::time::Duration;

use bytes::Bytes;

use super::Framing;
use super::arrange::{Act, Acts};
use super::form::Form;
use crate::answer::Step;
use crate::fault::Faults;

/// Comments before the first event, as xAI has been seen to send them.
const KEEP_ALIVES_FIRST: usize = 7;

/// The shortest time between comments that come without end.
const LEAST_PAUSE: Duration = Duration::from_millis(10);

/// Writes each event as one piece.
pub(super) fn write(
    acts: Acts,
    framing: Framing,
    faults: &Faults,
    pace: Duration,
) -> impl Iterator<Item = Step> + Send + use<> {
    Writer { acts: acts.peekable(), form: Form::new(framing, faults), pace, begun: false, ready: VecDeque::new() }
}

struct Writer {
    acts: Peekable<Acts>,
    form: Form,
    pace: Duration,
    begun: bool,
    /// Steps made and not handed out yet: at most an event with what goes before it.
    ready: VecDeque<Step>,
}

impl Iterator for Writer {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        while self.ready.is_empty() {
            self.write_next()?;
        }
        self.ready.pop_front()
    }
}

impl Writer {
    fn write_next(&mut self) -> Option<()> {
        let act = self.acts.next()?;
        let first = !std::mem::replace(&mut self.begun, true);
        if first && self.form.byte_order_mark {
            self.write("\u{FEFF}".to_owned());
        }
        let (event, whole) = match act {
            Act::Event(event) => (event, true),
            Act::Half(event) => (event, false),
            Act::KeepAlive => {
                self.ready.push_back(Step::Pause(self.pace.max(LEAST_PAUSE)));
                self.write(self.form.comment("keepalive"));
                return Some(());
            }
            Act::Ending(step) => {
                self.ready.push_back(step);
                return Some(());
            }
        };
        let keep_alives = if first { KEEP_ALIVES_FIRST } else { 1 };
        if self.form.keep_alive {
            (0..keep_alives).for_each(|_| self.write(self.form.comment("keepalive")));
        }
        if !first && !self.pace.is_zero() {
            self.ready.push_back(Step::Pause(self.pace));
        }
        if self.form.garbage_comments {
            self.write(self.form.garbage());
        }
        let last = self.acts.peek().is_none();
        let mut text = self.form.event(&event, last);
        if !whole {
            text.truncate(half(&text));
        }
        self.write(text);
        Some(())
    }

    fn write(&mut self, text: String) {
        self.ready.push_back(Step::Piece(Bytes::from(text)));
    }
}

/// The middle of a text, between two characters.
fn half(text: &str) -> usize {
    (0..=text.len() / 2).rev().find(|index| text.is_char_boundary(*index)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::{Event, InBandErrors, Kind, arrange::arrange};
    use super::*;

    fn written(faults: &str) -> String {
        written_as(Framing::Events, faults)
    }

    fn written_as(framing: Framing, faults: &str) -> String {
        let faults = Faults::parse(faults).unwrap();
        let events = [(Kind::Delta, "{один}"), (Kind::Done, "[DONE]")];
        let events = events.map(|(kind, data)| Event::new(kind, data)).into_iter();
        let errors = InBandErrors::new("", "");
        let steps = write(arrange(events, errors, &faults), framing, &faults, Duration::from_secs(1));
        let texts = steps.map(|step| match step {
            Step::Piece(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            Step::Pause(_) => "|".to_owned(),
            other => format!("<{other:?}>"),
        });
        texts.collect()
    }

    #[test]
    fn each_fault_of_form_changes_the_lines_it_says() {
        let table = [
            ("", "data: {один}\n\n|data: [DONE]\n\n"),
            ("crlf", "data: {один}\r\n\r\n|data: [DONE]\r\n\r\n"),
            ("cr", "data: {один}\r\r|data: [DONE]\r\r"),
            ("bom", "\u{FEFF}data: {один}\n\n|data: [DONE]\n\n"),
            ("no-space", "data:{один}\n\n|data:[DONE]\n\n"),
            ("no-blank-line-at-end", "data: {один}\n\n|data: [DONE]\n"),
            ("no-newline-at-end", "data: {один}\n\n|data: [DONE]"),
            ("no-done,no-blank-line-at-end,crlf", "data: {один}\r\n"),
            ("truncated-body", "data: {о"),
            ("stall=1", "data: {один}\n\n<Stall>"),
        ];
        for (faults, expected) in table {
            assert_eq!(written(faults), expected, "{faults}");
        }
    }

    #[test]
    fn objects_are_lines_unless_a_fault_says_otherwise() {
        let table = [
            ("", "{один}\n|[DONE]\n"),
            ("crlf,bom", "\u{FEFF}{один}\r\n|[DONE]\r\n"),
            ("no-space,garbage-comment,no-blank-line-at-end", "{один}\n|[DONE]\n"),
            ("no-newline-at-end", "{один}\n|[DONE]"),
            ("glued", "{один}|[DONE]"),
            ("pretty", "{\n  один\n}|[\n  DONE\n]"),
            ("data-prefix,crlf", "data: {один}\r\n\r\n|data: [DONE]\r\n\r\n"),
            ("truncated-body", "{од"),
            ("keep-alive", "\n\n\n\n\n\n\n{один}\n\n|[DONE]\n"),
        ];
        for (faults, expected) in table {
            assert_eq!(written_as(Framing::Objects, faults), expected, "{faults}");
        }
        assert_eq!(written("glued,pretty,data-prefix"), written(""));
    }

    #[test]
    fn keep_alives_are_seven_and_then_one() {
        let first = ": keepalive\n\n".repeat(7);
        assert_eq!(written("keep-alive"), format!("{first}data: {{один}}\n\n: keepalive\n\n|data: [DONE]\n\n"));
    }

    #[test]
    fn garbage_comments_are_lines_that_begin_with_a_colon() {
        let written = written("garbage-comment").replace('|', "");
        let other = written.lines().filter(|line| !line.starts_with(':')).collect::<Vec<_>>();
        assert_eq!(other, ["data: {один}", "", "data: [DONE]", ""]);
    }
}
