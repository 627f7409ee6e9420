use bytes::Bytes;

use super::{BOM, DecodeError, Event, LineDecoder};

/// One JSON text per line. Blank lines are skipped, and a byte order mark at the start.
///
/// Whether a line is JSON is for the reader of the event to find out.
#[derive(Debug)]
pub struct JsonLinesDecoder {
    lines: LineDecoder,
    at_start: bool,
}

impl JsonLinesDecoder {
    /// A decoder for lines of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { lines: LineDecoder::new(limit), at_start: true }
    }

    /// Takes in the next piece of the body, of any size.
    pub fn push(&mut self, piece: Bytes) {
        self.lines.push(piece);
    }

    /// Marks the end of the body: a line without an end is handed out last, marked incomplete.
    pub fn finish(&mut self) {
        self.lines.finish();
    }

    /// The next line that is not blank, or `None` until more is pushed.
    ///
    /// # Errors
    ///
    /// When a line is longer than the limit, after all lines before it.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, DecodeError> {
        while let Some((span, terminated)) = self.lines.next_span()? {
            let marked = std::mem::take(&mut self.at_start) && self.lines.bytes(&span).starts_with(BOM);
            let skipped = if marked { BOM.len() } else { 0 };
            if !self.lines.bytes(&span)[skipped..].trim_ascii().is_empty() {
                let data = &self.lines.bytes(&span)[skipped..];
                let position = self.lines.line_at() + skipped as u64;
                return Ok(Some(Event { incomplete: !terminated, position, ..Event::new(data) }));
            }
        }
        self.lines.let_go();
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::tests::check;
    use crate::decode::{DEFAULT_EVENT_LIMIT, Framing};

    #[test]
    fn blank_lines_and_a_leading_mark_are_skipped() {
        let cases: [(&str, &[&str]); 4] = [
            ("{\"a\":1}\n{\"b\":2}\r\n", &["{\"a\":1}", "{\"b\":2}"]),
            ("\u{feff}{}\n\n  \n\r{\"я\":\"🚀\"}\n", &["{}", "{\"я\":\"🚀\"}"]),
            ("\u{feff}\n1\n\u{feff}2\n", &["1", "\u{feff}2"]),
            ("{}\n{\"cut\":", &["{}", "{\"cut\":…"]),
        ];
        for (input, expected) in cases {
            check(Framing::JsonLines, DEFAULT_EVENT_LIMIT, input, expected, None);
        }
    }
}
