//! The lines of a v1 answer: fields of server-sent events, and what stands between them.

use std::borrow::Cow;

use crate::error;
use crate::wire::Record;

/// What a line is.
pub(super) enum Field<'a> {
    Data(&'a [u8]),
    Name(&'a [u8]),
    Blank,
    /// A comment, or a field that says nothing here.
    Other,
    /// No line of an event stream.
    Stray,
}

pub(super) fn field(line: &[u8]) -> Field<'_> {
    let value = |name: &[u8]| {
        let value = line.strip_prefix(name)?.strip_prefix(b":")?;
        Some(value.strip_prefix(b" ").unwrap_or(value))
    };
    if let Some(data) = value(b"data") {
        return Field::Data(data);
    }
    if let Some(name) = value(b"event") {
        return Field::Name(name);
    }
    match line {
        _ if line.trim_ascii().is_empty() => Field::Blank,
        [b':', ..] => Field::Other,
        _ if value(b"id").is_some() || value(b"retry").is_some() => Field::Other,
        _ => Field::Stray,
    }
}

/// The lines of a text, ended by LF, CRLF or CR.
pub(super) fn split(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.split(|byte| *byte == b'\n').flat_map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.split(|byte| *byte == b'\r')
    })
}

/// Whether a line is a web page in itself, not only its beginning.
pub(super) fn is_page(line: &[u8]) -> bool {
    let head = line[..line.len().min(1024)].trim_ascii().to_ascii_lowercase();
    (head.starts_with(b"<!doctype") || head.starts_with(b"<html")) && head.windows(2).any(|pair| pair == b"</")
}

/// Whether a text is the beginning of a JSON object: the body stopped in the middle of it.
pub(super) fn is_cut_json(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    text.starts_with(b"{") && serde_json::from_slice::<serde::de::IgnoredAny>(text).is_err_and(|error| error.is_eof())
}

/// The lines that stand between events: a buffered answer, or what is none.
#[derive(Debug, Default)]
pub(super) struct Strays {
    text: Vec<u8>,
    is_full: bool,
}

/// The most that is kept of them, in bytes: a whole answer of the longest kind.
const LIMIT: usize = chatstream_core::decode::DEFAULT_EVENT_LIMIT;

impl Strays {
    /// Takes in a line; gives it back at once when it is a whole by itself: an object, or one of
    /// WordPress's bare replies.
    pub(super) fn push<'a>(&mut self, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        let trimmed = line.trim_ascii();
        let is_object = || {
            let is_closed = trimmed.starts_with(b"{") && trimmed.ends_with(b"}");
            is_closed && serde_json::from_slice::<Record<'_>>(trimmed).is_ok_and(|record| record.is_known())
        };
        let is_reply = self.text.is_empty() && error::of_wordpress(trimmed, None).is_some();
        if is_reply || is_object() {
            self.text.clear();
            return Some(trimmed.into());
        }
        if self.text.len() + line.len() < LIMIT && !self.is_full {
            self.text.extend_from_slice(line);
            self.text.push(b'\n');
        } else {
            self.is_full = true;
        }
        None
    }

    /// All that was kept.
    pub(super) fn take(&mut self) -> Option<Vec<u8>> {
        let text = std::mem::take(&mut self.text);
        (!text.trim_ascii().is_empty()).then_some(text)
    }
}
