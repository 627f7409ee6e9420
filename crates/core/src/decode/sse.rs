use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;

use super::line::Span;
use super::{BOM, DecodeError, Event, LineDecoder};

/// Server-sent events, by the rules of the [WHATWG HTML standard, "Parsing an event stream"][rules].
///
/// One point goes beyond them: an event that the end of the body leaves without its blank line is
/// handed out, marked [incomplete](Event::incomplete), where a browser drops it. The provider
/// decides what it is worth.
///
/// An event whose data is one line inside one piece is handed out where it lies.
///
/// [rules]: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
#[derive(Debug)]
pub struct SseDecoder {
    lines: LineDecoder,
    data: Data,
    /// The data of an event, where it does not lie in one piece.
    joined: Vec<u8>,
    /// Where the event's first line of data begins, in bytes from the start of the body.
    data_at: u64,
    /// Empty while the event has no name.
    name: String,
    /// Empty while the stream has given no id; not reset between events.
    id: String,
    retry: Option<Duration>,
    /// The event has been handed out and is to be reset.
    spent: bool,
    at_start: bool,
    junk_at: Option<u64>,
    limit: usize,
    failed: bool,
}

/// Where the pending event's data lies.
#[derive(Debug)]
enum Data {
    /// No line of data came yet.
    None,
    /// One line, in the piece the line decoder holds.
    Piece(Range<usize>),
    /// In `joined`, from there on.
    Joined { from: usize },
}

impl SseDecoder {
    /// A decoder for lines and events of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            lines: LineDecoder::new(limit),
            data: Data::None,
            joined: Vec::new(),
            data_at: 0,
            name: String::new(),
            id: String::new(),
            retry: None,
            spent: false,
            at_start: true,
            junk_at: None,
            limit,
            failed: false,
        }
    }

    /// Takes in the next piece of the body, of any size.
    pub fn push(&mut self, piece: Bytes) {
        self.reset_if_spent();
        self.keep_pending();
        self.lines.push(piece);
    }

    /// Marks the end of the body: a pending event is handed out last, marked incomplete.
    pub fn finish(&mut self) {
        self.lines.finish();
    }

    /// Where the first line begins whose field is none of the standard's; such lines are skipped.
    pub fn junk_at(&self) -> Option<u64> {
        self.junk_at
    }

    /// The next event, or `None` until more is pushed.
    ///
    /// # Errors
    ///
    /// When a line or an event is longer than the limit, after all events before it.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, DecodeError> {
        self.reset_if_spent();
        if self.failed {
            return Ok(None);
        }
        if let Some(range) = self.take_plain() {
            let id = Some(self.id.as_str()).filter(|id| !id.is_empty());
            let position = self.data_at;
            return Ok(Some(Event { id, position, ..Event::new(self.lines.bytes(&Span::Piece(range))) }));
        }
        let Some(incomplete) = self.take_lines().inspect_err(|_| self.failed = true)? else {
            self.keep_pending();
            self.lines.let_go();
            return Ok(None);
        };
        self.spent = true;
        let data = match &self.data {
            Data::Piece(range) => self.lines.bytes(&Span::Piece(range.clone())),
            Data::Joined { from } => &self.joined[*from..],
            Data::None => &[],
        };
        let name = Some(self.name.as_str()).filter(|name| !name.is_empty());
        let id = Some(self.id.as_str()).filter(|id| !id.is_empty());
        Ok(Some(Event { data, name, id, retry: self.retry, incomplete, position: self.data_at }))
    }

    /// Copies the pending event's data out of its piece, which another one takes the place of.
    fn keep_pending(&mut self) {
        if let Data::Piece(range) = &self.data {
            self.joined.extend_from_slice(self.lines.bytes(&Span::Piece(range.clone())));
            self.data = Data::Joined { from: 0 };
        }
    }

    /// Takes an event that is nothing but one line of data and its blank line, both ended by LF,
    /// when all of it has come: what nearly every event is, read in one look.
    fn take_plain(&mut self) -> Option<Range<usize>> {
        if self.at_start || !matches!(self.data, Data::None) || !self.name.is_empty() || self.retry.is_some() {
            return None;
        }
        let fresh = self.lines.fresh();
        let value = fresh.strip_prefix(b"data:")?;
        let end = memchr::memchr2(b'\n', b'\r', value)?;
        let length = "data:".len() + end;
        if fresh[length..].get(..2) != Some(b"\n\n") || length > self.limit {
            return None;
        }
        let skipped = "data:".len() + usize::from(value[0] == b' ');
        let range = self.lines.skip(length + 2);
        self.data_at = self.lines.line_at();
        Some(range.start + skipped..range.start + length)
    }

    /// Takes lines until an event is there, and tells whether it lacks its blank line.
    fn take_lines(&mut self) -> Result<Option<bool>, DecodeError> {
        loop {
            let Some((span, _)) = self.lines.next_span()? else {
                let pending = self.lines.is_ended() && !matches!(self.data, Data::None);
                return Ok(pending.then_some(true));
            };
            if self.take_line(&span, self.lines.line_at())? {
                if !matches!(self.data, Data::None) {
                    return Ok(Some(false));
                }
                self.name.clear();
            }
        }
    }

    fn reset_if_spent(&mut self) {
        if std::mem::take(&mut self.spent) {
            self.data = Data::None;
            self.joined.clear();
            self.joined.shrink_to(64 * 1024);
            self.name.clear();
            self.retry = None;
        }
    }

    /// Takes in one line; true when it is the blank one that ends an event.
    fn take_line(&mut self, span: &Span, at: u64) -> Result<bool, DecodeError> {
        let mut line = self.lines.bytes(span);
        if std::mem::take(&mut self.at_start) {
            line = line.strip_prefix(BOM).unwrap_or(line);
        }
        if line.is_empty() {
            return Ok(true);
        }
        // The field that nearly every line holds comes first.
        if let Some(value) = line.strip_prefix(b"data:") {
            let length = value.strip_prefix(b" ").unwrap_or(value).len();
            return self.take_data(span, length, at).map(|()| false);
        }
        let (field, value) = match memchr::memchr(b':', line) {
            Some(0) => return Ok(false),
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &line[line.len()..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => return self.take_data(span, 0, at).map(|()| false),
            b"event" => {
                self.name.clear();
                self.name.push_str(&String::from_utf8_lossy(value));
            }
            b"id" if !value.contains(&0) => {
                self.id.clear();
                self.id.push_str(&String::from_utf8_lossy(value));
            }
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                self.retry = Some(Duration::from_millis(saturating_number(value)));
            }
            b"id" | b"retry" => {}
            _ => self.junk_at = self.junk_at.or(Some(at)),
        }
        Ok(false)
    }

    /// Adds the last `length` bytes of the line as a line of data.
    fn take_data(&mut self, span: &Span, length: usize, at: u64) -> Result<(), DecodeError> {
        let before = match &self.data {
            Data::None => None,
            Data::Piece(range) => Some(range.len()),
            Data::Joined { from } => Some(self.joined.len() - from),
        };
        if before.is_some_and(|before| before + 1 + length > self.limit) {
            return Err(DecodeError::EventTooLong { position: self.data_at, limit: self.limit });
        }
        self.data = match (&self.data, span) {
            (Data::None, Span::Piece(range)) => {
                self.data_at = at;
                Data::Piece(range.end - length..range.end)
            }
            (Data::None, Span::Carry) => {
                self.data_at = at;
                self.lines.swap_carry(&mut self.joined);
                Data::Joined { from: self.joined.len() - length }
            }
            (Data::Piece(first), span) => {
                self.joined.extend_from_slice(self.lines.bytes(&Span::Piece(first.clone())));
                self.join(span, length);
                Data::Joined { from: 0 }
            }
            (&Data::Joined { from }, span) => {
                self.join(span, length);
                Data::Joined { from }
            }
        };
        Ok(())
    }

    /// Appends the last `length` bytes of the line to the lines before it.
    fn join(&mut self, span: &Span, length: usize) {
        let line = self.lines.bytes(span);
        self.joined.push(b'\n');
        self.joined.extend_from_slice(&line[line.len() - length..]);
    }
}

/// The number these ASCII digits write, or the largest there is.
fn saturating_number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number: u64, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests;
