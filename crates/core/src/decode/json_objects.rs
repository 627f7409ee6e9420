use bytes::Bytes;

use super::{BOM, DecodeError, Event};

/// JSON objects, however they are glued together: one a line, several a line, over several
/// lines, behind `data:`, in an array.
///
/// An object runs from a `{` to the `}` that closes it; braces inside strings do not count.
/// Whether it is JSON inside is for the reader of the event to find out. An object inside one
/// piece is handed out where it lies; only one that spans pieces is copied.
#[derive(Debug)]
pub struct JsonObjectsDecoder {
    piece: Bytes,
    position: usize,
    /// The beginning of an object whose end has not come yet.
    carry: Vec<u8>,
    carry_spent: bool,
    state: State,
    between: Between,
    ended: bool,
    failed: bool,
    limit: usize,
    /// Bytes of the pieces before this one.
    before: u64,
}

/// Where the reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between objects.
    Outside,
    /// In an object, `depth` braces deep and not in a string.
    Inside { depth: usize },
    /// In a string of an object; `escaped` after a backslash.
    Text { depth: usize, escaped: bool },
}

/// What stands between objects: words that are known there, or junk.
#[derive(Debug, Default)]
struct Between {
    word: Vec<u8>,
    word_at: u64,
    junk_at: Option<u64>,
}

/// The longest word known between objects, in bytes.
const LONGEST_WORD: usize = b"data:[DONE]".len();

impl JsonObjectsDecoder {
    /// A decoder for objects of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            piece: Bytes::new(),
            position: 0,
            carry: Vec::new(),
            carry_spent: false,
            state: State::Outside,
            between: Between::default(),
            ended: false,
            failed: false,
            limit,
            before: 0,
        }
    }

    /// Takes in the next piece. What was not yet taken of the one before is kept.
    pub fn push(&mut self, piece: Bytes) {
        let rest = &self.piece[self.position..];
        self.before += self.position as u64;
        self.piece = if rest.is_empty() { piece } else { Bytes::from([rest, &piece].concat()) };
        self.position = 0;
    }

    /// Marks the end of the body: an object without an end is handed out last, marked incomplete.
    pub fn finish(&mut self) {
        self.ended = true;
    }

    /// Where the first byte lies that stands between objects without being white space, a byte
    /// order mark, `data:`, `[DONE]` or the punctuation of an array.
    pub fn junk_at(&self) -> Option<u64> {
        self.between.junk_at
    }

    /// The next object, or `None` until more is pushed.
    ///
    /// # Errors
    ///
    /// When an object is longer than the limit, after all objects before it.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, DecodeError> {
        if self.failed {
            return Ok(None);
        }
        if std::mem::take(&mut self.carry_spent) {
            self.carry.clear();
        }
        if self.state == State::Outside && !self.find_start() {
            if self.ended {
                self.between.end_word();
            }
            self.let_go();
            return Ok(None);
        }
        let start = self.position;
        let position = self.before + start as u64 - self.carry.len() as u64;
        let complete = self.find_end();
        if self.carry.len() + (self.position - start) > self.limit {
            self.failed = true;
            return Err(DecodeError::EventTooLong { position, limit: self.limit });
        }
        if complete && self.carry.is_empty() {
            return Ok(Some(Event { position, ..Event::new(&self.piece[start..self.position]) }));
        }
        self.carry.extend_from_slice(&self.piece[start..self.position]);
        if !complete && !self.ended {
            self.let_go();
            return Ok(None);
        }
        self.carry_spent = true;
        self.state = State::Outside;
        Ok(Some(Event { incomplete: !complete, position, ..Event::new(&self.carry) }))
    }

    /// The next object, as [`next_event`](Self::next_event) finds it, where one is likely to be `head`, a
    /// string, `tail`: then its end need not be searched for. These two have to be what an object had
    /// before and after one of its strings.
    pub(super) fn next_event_alike(&mut self, head: &[u8], tail: &[u8]) -> Result<Option<Event<'_>>, DecodeError> {
        let Some(length) = self.alike(head, tail) else { return self.next_event() };
        let start = self.position;
        self.position += length;
        let position = self.before + start as u64;
        Ok(Some(Event { position, ..Event::new(&self.piece[start..self.position]) }))
    }

    /// The length of the next object, when all of it has come and it is one of those; moves to its start.
    fn alike(&mut self, head: &[u8], tail: &[u8]) -> Option<usize> {
        let is_between = self.state == State::Outside && self.between.word.is_empty();
        if self.failed || !is_between || !(self.carry_spent || self.carry.is_empty()) {
            return None;
        }
        let rest = &self.piece[self.position..];
        let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let string = rest[blanks..].strip_prefix(head)?.strip_prefix(b"\"")?;
        let end = string_end(string)?;
        let length = head.len() + 1 + end + tail.len();
        if !string[end..].starts_with(tail) || length > self.limit {
            return None;
        }
        self.position += blanks;
        Some(length)
    }

    /// Lets go of a piece that has been read to its end: whoever made it uses its memory again, while
    /// the next one is waited for.
    fn let_go(&mut self) {
        self.before += self.position as u64;
        self.position = 0;
        self.piece = Bytes::new();
    }

    /// Moves to the next `{`; false when the piece has none.
    fn find_start(&mut self) -> bool {
        while let Some(&byte) = self.piece.get(self.position) {
            if byte == b'{' {
                self.between.end_word();
                self.state = State::Inside { depth: 0 };
                return true;
            }
            self.between.take(byte, self.before + self.position as u64);
            self.position += 1;
        }
        false
    }

    /// Moves behind the object's last `}`; false when the piece ends before it.
    fn find_end(&mut self) -> bool {
        while let Some(&byte) = self.piece.get(self.position) {
            match self.state {
                State::Outside => return true,
                State::Inside { depth } => {
                    self.position += 1;
                    self.state = match byte {
                        b'{' => State::Inside { depth: depth + 1 },
                        b'}' if depth == 1 => State::Outside,
                        b'}' => State::Inside { depth: depth - 1 },
                        b'"' => State::Text { depth, escaped: false },
                        _ => self.state,
                    };
                    if self.state == State::Outside {
                        return true;
                    }
                }
                State::Text { depth, escaped: true } => {
                    self.position += 1;
                    self.state = State::Text { depth, escaped: false };
                }
                State::Text { depth, escaped: false } => {
                    let rest = &self.piece[self.position..];
                    let Some(at) = memchr::memchr2(b'"', b'\\', rest) else {
                        self.position = self.piece.len();
                        return false;
                    };
                    self.state = match rest[at] {
                        b'"' => State::Inside { depth },
                        _ => State::Text { depth, escaped: true },
                    };
                    self.position += at + 1;
                }
            }
        }
        false
    }
}

/// Where a string ends, behind its closing quote.
fn string_end(string: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', &string[at..])?;
        if string[at] == b'"' {
            return Some(at + 1);
        }
        // Whatever is escaped is no end.
        at += 2;
        string.get(at)?;
    }
}

impl Between {
    fn take(&mut self, byte: u8, position: u64) {
        if byte.is_ascii_whitespace() || matches!(byte, b',' | 0x1e) {
            self.end_word();
            return;
        }
        if self.word.is_empty() {
            self.word_at = position;
        }
        if self.word.len() <= LONGEST_WORD {
            self.word.push(byte);
        }
    }

    /// Judges the word that has ended.
    fn end_word(&mut self) {
        let word = self.word.strip_prefix(BOM).filter(|_| self.word_at == 0).unwrap_or(&self.word);
        let known: [&[u8]; 6] = [b"", b"[", b"]", b"data:", b"[DONE]", b"data:[DONE]"];
        if !known.contains(&word) {
            self.junk_at.get_or_insert(self.word_at);
        }
        self.word.clear();
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::JsonObjectsDecoder;
    use crate::decode::tests::check;
    use crate::decode::{DEFAULT_EVENT_LIMIT, DecodeError, Framing};

    #[test]
    fn objects_are_found_however_they_are_glued() {
        let cases: [(&str, &[&str]); 8] = [
            ("{\"a\":1}\n{\"b\":2}\n", &["{\"a\":1}", "{\"b\":2}"]),
            ("{}{}{\"a\":{\"b\":{}}}{}", &["{}", "{}", "{\"a\":{\"b\":{}}}", "{}"]),
            ("{\n  \"a\": {\r\n  }\n}\n", &["{\n  \"a\": {\r\n  }\n}"]),
            ("data: {\"a\":1}\n\ndata: {\"b\":2}\n\ndata: [DONE]\n\n", &["{\"a\":1}", "{\"b\":2}"]),
            ("\u{feff}[{\"a\":1},\n{\"b\":2}]", &["{\"a\":1}", "{\"b\":2}"]),
            (r#"{"s":"}{\"\\"}{"t":"\\\"}"}"#, &[r#"{"s":"}{\"\\"}"#, r#"{"t":"\\\"}"}"#]),
            ("{\"я\":\"🚀}\"}{\"cut\":{\"a\":\"}", &["{\"я\":\"🚀}\"}", "{\"cut\":{\"a\":\"}…"]),
            ("no objects here", &[]),
        ];
        for (input, expected) in cases {
            check(Framing::JsonObjects, DEFAULT_EVENT_LIMIT, input, expected, None);
        }
    }

    #[test]
    fn an_object_over_the_limit_is_an_error_after_those_before_it() {
        let error = Some(DecodeError::EventTooLong { position: 7, limit: 7 });
        check(Framing::JsonObjects, 7, "{\"a\":1}{\"b\":22}{}", &["{\"a\":1}"], error);
    }

    #[test]
    fn an_object_that_is_likely_is_the_one_that_is_found() {
        let body = concat!(
            "{\"a\":\"b\"}\n{\"a\":\"\\\"}\\\\\"}{\"a\":\"b\",\"c\":{}} {\"a\": \"b\"}{\"a\":\"\"}x{\"a\":\"b\"}",
            "[{\"a\":\"b\"},{\"a\":\"b\"}]{\"a\":{\"a\":\"b\"}}{\"a\":\"b\"",
        );
        let found = |known: Option<(&[u8], &[u8])>, width: usize| {
            let mut decoder = JsonObjectsDecoder::new(32);
            let mut found = Vec::new();
            for piece in body.as_bytes().chunks(width).map(Some).chain([None]) {
                match piece {
                    Some(piece) => decoder.push(Bytes::copy_from_slice(piece)),
                    None => decoder.finish(),
                }
                loop {
                    let event = match known {
                        Some((head, tail)) => decoder.next_event_alike(head, tail),
                        None => decoder.next_event(),
                    };
                    let Some(event) = event.unwrap() else { break };
                    found.push((event.to_owned(), event.incomplete));
                }
            }
            (found, decoder.junk_at())
        };
        let expected = found(None, body.len());
        assert_eq!(expected.0.len(), 10);
        for width in 1..=body.len() {
            assert_eq!(found(Some((b"{\"a\":", b"}")), width), expected, "in pieces of {width}");
        }
    }

    #[test]
    fn junk_is_told_by_its_place() {
        let cases = [
            ("data: {}\n\n{} [DONE]", None),
            ("{}\n oops {}", Some(4)),
            ("{}}{}", Some(2)),
            ("<html>", Some(0)),
            ("{} \u{feff}{}", Some(3)),
        ];
        for (input, expected) in cases {
            for width in 1..=input.len() {
                let mut decoder = JsonObjectsDecoder::new(DEFAULT_EVENT_LIMIT);
                for piece in input.as_bytes().chunks(width) {
                    decoder.push(Bytes::copy_from_slice(piece));
                    while decoder.next_event().unwrap().is_some() {}
                }
                decoder.finish();
                while decoder.next_event().unwrap().is_some() {}
                assert_eq!(decoder.junk_at(), expected, "{input:?} in pieces of {width}");
            }
        }
    }
}
