use std::ops::Range;

use bytes::Bytes;

use super::DecodeError;

/// Bytes to lines. A line ends at LF, CRLF or a lone CR, wherever the pieces are cut.
///
/// A line inside one piece is handed out where it lies; only a line that spans pieces is copied.
/// Each byte is looked at once. At most one unfinished line is kept, of at most `limit` bytes.
///
/// ```
/// use chatstream_core::decode::LineDecoder;
///
/// let mut decoder = LineDecoder::new(80);
/// decoder.push("one\r\ntw".into());
/// assert_eq!(decoder.next_line()?.map(|line| line.bytes), Some(&b"one"[..]));
/// assert_eq!(decoder.next_line()?, None);
/// decoder.push("o\n".into());
/// assert_eq!(decoder.next_line()?.map(|line| line.bytes), Some(&b"two"[..]));
/// # Ok::<(), chatstream_core::decode::DecodeError>(())
/// ```
#[derive(Debug)]
pub struct LineDecoder {
    /// The piece being read; what lies before `position` has been handed out or carried.
    piece: Bytes,
    position: usize,
    /// The beginning of a line whose end has not come yet; it holds no line end.
    carry: Vec<u8>,
    /// The carry has been handed out and is to be emptied.
    carry_spent: bool,
    /// The last byte handed out was a CR at the end of a piece: an LF that follows belongs to it.
    after_cr: bool,
    ended: bool,
    failed: bool,
    limit: usize,
    /// Bytes of the pieces before this one.
    before: u64,
    /// Where the line handed out last begins.
    line_at: u64,
}

/// One line, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line<'a> {
    /// What stands before the line end.
    pub bytes: &'a [u8],
    /// Whether the line end came: `false` for the rest of a body that ends without one.
    pub terminated: bool,
}

/// Where a line lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Span {
    Piece(Range<usize>),
    Carry,
}

/// A carry that grew beyond this many bytes is given back after use, so that one large line does
/// not hold its memory for the rest of the stream.
const KEPT_CAPACITY: usize = 64 * 1024;

impl LineDecoder {
    /// A decoder for lines of at most `limit` bytes, the line end not counted.
    pub fn new(limit: usize) -> Self {
        Self {
            piece: Bytes::new(),
            position: 0,
            carry: Vec::new(),
            carry_spent: false,
            after_cr: false,
            ended: false,
            failed: false,
            limit,
            before: 0,
            line_at: 0,
        }
    }

    /// Takes in the next piece. What was not yet taken of the one before is kept.
    pub fn push(&mut self, piece: Bytes) {
        let rest = &self.piece[self.position..];
        self.before += self.position as u64;
        self.piece = if rest.is_empty() { piece } else { Bytes::from([rest, &piece].concat()) };
        self.position = 0;
    }

    /// Marks the end of the body: a line without an end is handed out last.
    pub fn finish(&mut self) {
        self.ended = true;
    }

    /// The next line, or `None` until more is pushed.
    ///
    /// # Errors
    ///
    /// When a line is longer than the limit. All lines before it have been handed out by then;
    /// afterwards there is nothing but `None`.
    pub fn next_line(&mut self) -> Result<Option<Line<'_>>, DecodeError> {
        let Some((span, terminated)) = self.next_span()? else {
            self.let_go();
            return Ok(None);
        };
        Ok(Some(Line { bytes: self.bytes(&span), terminated }))
    }

    /// The bytes at a span of the line handed out last, or of an earlier one in the same piece.
    pub(super) fn bytes(&self, span: &Span) -> &[u8] {
        match span {
            Span::Piece(range) => &self.piece[range.clone()],
            Span::Carry => &self.carry,
        }
    }

    /// Where the line handed out last begins, in bytes from the start of the body.
    pub(super) fn line_at(&self) -> u64 {
        self.line_at
    }

    /// Whether the end of the body has been marked.
    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// What has come of the next lines, where nothing stands before it: no line begun in an earlier
    /// piece, no line end cut in two. For readers that know their lines; [`skip`](Self::skip) takes
    /// what they used.
    pub(super) fn fresh(&self) -> &[u8] {
        let is_fresh = (self.carry_spent || self.carry.is_empty()) && !self.after_cr && !self.failed;
        if is_fresh { &self.piece[self.position..] } else { &[] }
    }

    /// Takes whole lines of [`fresh`](Self::fresh), their ends included.
    pub(super) fn skip(&mut self, bytes: usize) -> Range<usize> {
        let start = self.position;
        self.line_at = self.before + start as u64;
        self.position += bytes;
        start..self.position
    }

    /// Lets go of a piece that has been read to its end: whoever made it uses its memory again, while
    /// the next one is waited for. No span in it is readable any more.
    pub(super) fn let_go(&mut self) {
        if self.position == self.piece.len() {
            self.before += self.position as u64;
            self.position = 0;
            self.piece = Bytes::new();
        }
    }

    /// Swaps the carry that has been handed out for an empty buffer, so that a large line need not
    /// be copied to be kept.
    pub(super) fn swap_carry(&mut self, buffer: &mut Vec<u8>) {
        std::mem::swap(&mut self.carry, buffer);
    }

    /// The next line's place and whether it is terminated. It stays readable until the next call
    /// that returns `None` or until the next piece.
    pub(super) fn next_span(&mut self) -> Result<Option<(Span, bool)>, DecodeError> {
        if self.failed {
            return Ok(None);
        }
        if self.carry_spent {
            self.carry_spent = false;
            self.carry.clear();
            self.carry.shrink_to(KEPT_CAPACITY);
        }
        if self.after_cr && self.position < self.piece.len() {
            self.after_cr = false;
            if self.piece[self.position] == b'\n' {
                self.position += 1;
            }
        }
        self.line_at = self.before + self.position as u64 - self.carry.len() as u64;
        let rest = &self.piece[self.position..];
        // Every other line of an event stream is blank: the first byte tells.
        let end = if rest.first() == Some(&b'\n') { Some(0) } else { memchr::memchr2(b'\n', b'\r', rest) };
        let length = self.carry.len() + end.unwrap_or(rest.len());
        if length > self.limit {
            self.failed = true;
            return Err(DecodeError::LineTooLong { position: self.line_at, limit: self.limit });
        }
        let Some(end) = end else { return Ok(self.carry_rest()) };
        let range = self.position..self.position + end;
        let is_cr = rest[end] == b'\r';
        self.position = range.end + 1;
        if is_cr {
            match self.piece.get(self.position) {
                Some(b'\n') => self.position += 1,
                Some(_) => {}
                None => self.after_cr = true,
            }
        }
        if self.carry.is_empty() {
            return Ok(Some((Span::Piece(range), true)));
        }
        self.carry.extend_from_slice(&self.piece[range]);
        self.carry_spent = true;
        Ok(Some((Span::Carry, true)))
    }

    /// Keeps the beginning of a line for the next piece, or hands it out at the end of the body.
    fn carry_rest(&mut self) -> Option<(Span, bool)> {
        self.carry.extend_from_slice(&self.piece[self.position..]);
        self.position = self.piece.len();
        if !self.ended || self.carry.is_empty() {
            return None;
        }
        self.carry_spent = true;
        Some((Span::Carry, false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All lines of the pieces, and the error that ended them.
    fn lines(pieces: &[&[u8]], limit: usize) -> (Vec<(Vec<u8>, bool)>, Option<DecodeError>) {
        let mut decoder = LineDecoder::new(limit);
        let mut lines = Vec::new();
        for i in 0..=pieces.len() {
            match pieces.get(i) {
                Some(piece) => decoder.push(Bytes::copy_from_slice(piece)),
                None => decoder.finish(),
            }
            loop {
                match decoder.next_line() {
                    Ok(Some(line)) => lines.push((line.bytes.to_vec(), line.terminated)),
                    Ok(None) => break,
                    Err(error) => {
                        assert_eq!(decoder.next_line(), Ok(None), "a failed decoder hands out nothing more");
                        return (lines, Some(error));
                    }
                }
            }
        }
        (lines, None)
    }

    fn check(input: &str, expected: &[&str], rest: Option<&str>) {
        let mut expected: Vec<_> = expected.iter().map(|line| (line.as_bytes().to_vec(), true)).collect();
        expected.extend(rest.map(|rest| (rest.as_bytes().to_vec(), false)));
        let input = input.as_bytes();
        for cut in 0..=input.len() {
            let (head, tail) = input.split_at(cut);
            assert_eq!(lines(&[head, b"", tail], 99), (expected.clone(), None), "{input:?} cut at {cut}");
        }
        for width in 1..=input.len().max(1) {
            let pieces: Vec<_> = input.chunks(width).collect();
            assert_eq!(lines(&pieces, 99), (expected.clone(), None), "{input:?} in pieces of {width}");
        }
    }

    #[test]
    fn all_three_line_ends_cut_anywhere_give_the_same_lines() {
        check("", &[], None);
        check("a", &[], Some("a"));
        check("a\nb\rc\r\nd", &["a", "b", "c"], Some("d"));
        check("\n\r\r\n\n", &["", "", "", ""], None);
        check("a\r\n\r\nb\r\r\nc\n\rd\r", &["a", "", "b", "", "c", "", "d"], None);
        check("приве́т 🚀\r\n\u{2028}x\u{85}\n", &["приве́т 🚀", "\u{2028}x\u{85}"], None);
    }

    #[test]
    fn a_line_in_one_piece_is_not_copied() {
        let piece = Bytes::from_static(b"first\nsecond\n");
        let mut decoder = LineDecoder::new(99);
        decoder.push(piece.clone());
        for range in [0..5, 6..12] {
            let line = decoder.next_line().unwrap().unwrap();
            assert_eq!(line.bytes.as_ptr_range(), piece[range].as_ptr_range());
        }
    }

    #[test]
    fn a_cr_at_the_end_of_a_piece_gives_its_line_at_once() {
        let mut decoder = LineDecoder::new(99);
        decoder.push("a\r".into());
        assert_eq!(decoder.next_line().unwrap().unwrap().bytes, b"a");
        decoder.push("\nb\n".into());
        assert_eq!(decoder.next_line().unwrap().unwrap().bytes, b"b");
    }

    #[test]
    fn the_limit_is_the_same_at_every_split_and_comes_after_the_lines_before_it() {
        let input = b"one\ntwo\r\nthree\nlong line\nx\n";
        let expected = [&b"one"[..], b"two", b"three"].map(|line| (line.to_vec(), true)).to_vec();
        for width in 1..=input.len() {
            let pieces: Vec<_> = input.chunks(width).collect();
            let (lines, error) = lines(&pieces, 5);
            assert_eq!(lines, expected);
            assert_eq!(error, Some(DecodeError::LineTooLong { position: 15, limit: 5 }), "in pieces of {width}");
        }
    }

    #[test]
    fn pieces_pushed_before_the_last_was_read_are_joined() {
        let mut decoder = LineDecoder::new(99);
        for piece in ["a\nb", "b\n", "c\n"] {
            decoder.push(piece.into());
        }
        for expected in [&b"a"[..], b"bb", b"c"] {
            assert_eq!(decoder.next_line().unwrap().unwrap().bytes, expected);
        }
    }

    #[test]
    fn memory_of_a_large_line_is_given_back() {
        let mut decoder = LineDecoder::new(1 << 24);
        for _ in 0..1024 {
            decoder.push(vec![b'x'; 4096].into());
            assert_eq!(decoder.next_line(), Ok(None));
        }
        decoder.push("\ny\n".into());
        assert_eq!(decoder.next_line().unwrap().unwrap().bytes.len(), 1 << 22);
        assert_eq!(decoder.next_line().unwrap().unwrap().bytes, b"y");
        assert!(decoder.carry.capacity() <= KEPT_CAPACITY);
    }
}
