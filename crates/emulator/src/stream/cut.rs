//! Bytes cut into pieces that respect nothing.

use bytes::{Bytes, BytesMut};

use crate::answer::{Step, Steps};
use crate::fault::{Fault, Faults};

/// Cuts the pieces of a body as the faults say.
pub(crate) fn cut(steps: impl Iterator<Item = Step> + Send + 'static, faults: &Faults) -> Steps {
    match faults.piece_length() {
        Some(length) => Box::new(Cutter { steps, length, held: BytesMut::new(), after: None }),
        None if faults.has(&Fault::SplitUtf8) => Box::new(steps.flat_map(split_characters)),
        None => Box::new(steps),
    }
}

/// Pieces of one length, whatever the pieces were before.
struct Cutter<S> {
    steps: S,
    length: usize,
    /// Bytes not handed out yet.
    held: BytesMut,
    /// A step that comes after them. They must not wait for it: it may be a pause.
    after: Option<Step>,
}

impl<S: Iterator<Item = Step>> Iterator for Cutter<S> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        while self.held.len() < self.length && self.after.is_none() {
            match self.steps.next() {
                Some(Step::Piece(bytes)) => self.held.extend_from_slice(&bytes),
                Some(step) => self.after = Some(step),
                None => break,
            }
        }
        if self.held.is_empty() {
            return self.after.take();
        }
        let length = self.held.len().min(self.length);
        Some(Step::Piece(self.held.split_to(length).freeze()))
    }
}

/// Cuts a piece after the first byte of every character of several bytes, which is 0xC0 or more
/// (RFC 3629, section 3).
fn split_characters(step: Step) -> impl Iterator<Item = Step> {
    let (mut rest, other) = match step {
        Step::Piece(bytes) => (bytes, None),
        step => (Bytes::new(), Some(step)),
    };
    let pieces = std::iter::from_fn(move || {
        let end = rest.iter().position(|byte| *byte >= 0xC0).map_or(rest.len(), |index| index + 1);
        (!rest.is_empty()).then(|| Step::Piece(rest.split_to(end)))
    });
    pieces.chain(other)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[track_caller]
    fn check(faults: &str, steps: &[&str], expected: &[&[u8]]) {
        let steps = steps.iter().map(|text| match *text {
            "|" => Step::Pause(Duration::from_secs(1)),
            text => Step::Piece(Bytes::copy_from_slice(text.as_bytes())),
        });
        let steps = steps.collect::<Vec<_>>().into_iter();
        let cut = cut(steps, &Faults::parse(faults).unwrap()).map(|step| match step {
            Step::Piece(bytes) => bytes,
            _ => Bytes::from_static(b"|"),
        });
        assert_eq!(cut.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn pieces_have_the_length_asked_for_across_events() {
        check("pieces=3", &["ab", "cdef", "g"], &[b"abc", b"def", b"g"]);
        check("bytewise", &["ab", "c"], &[b"a", b"b", b"c"]);
        check("pieces=0", &["ab"], &[b"a", b"b"]);
    }

    #[test]
    fn what_is_held_comes_before_a_pause() {
        check("pieces=3", &["abcd", "|", "ef"], &[b"abc", b"d", b"|", b"ef"]);
    }

    #[test]
    fn characters_are_cut_after_their_first_byte() {
        check("split-utf8", &["aд", "|", "b🚀c"], &[b"a\xD0", b"\xB4", b"|", b"b\xF0", b"\x9F\x9A\x80c"]);
    }

    #[test]
    fn without_such_a_fault_pieces_stay_whole() {
        check("crlf", &["ab", "|", "д"], &[b"ab", b"|", "д".as_bytes()]);
    }
}
