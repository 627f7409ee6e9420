//! Records without a meaning: lines, server-sent events, JSON texts.

use std::borrow::Cow;
use std::io::Write;

use bytes::Bytes;
use chatstream::core::decode::{DEFAULT_EVENT_LIMIT, Decoder, Event, Framing};
use serde::Serialize;
use serde_json::value::RawValue;

use super::Print;
use crate::failure::Failure;

/// Prints each record as a line of JSON.
pub(super) struct RecordPrinter {
    framing: Framing,
    decoder: Decoder,
    has_printed: bool,
}

#[derive(Serialize)]
struct LineRecord<'a> {
    line: Cow<'a, str>,
}

#[derive(Serialize)]
struct SseRecord<'a> {
    event: &'a str,
    data: Cow<'a, str>,
    id: Option<&'a str>,
    /// In milliseconds.
    retry: Option<u64>,
    incomplete: bool,
}

impl RecordPrinter {
    pub(super) fn new(framing: Framing) -> Self {
        Self { framing, decoder: Decoder::new(framing, DEFAULT_EVENT_LIMIT), has_printed: false }
    }

    fn print_events(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        loop {
            let record = match self.decoder.next_event() {
                Ok(Some(event)) => record(self.framing, &event),
                Ok(None) => break,
                Err(error) => return Err(Failure::Data(error.to_string())),
            };
            // What is skipped is judged before the record after it.
            self.check_objects()?;
            out.write_all(record?.as_bytes())?;
            out.write_all(b"\n")?;
            self.has_printed = true;
        }
        self.check_objects()
    }

    /// Text between objects is a fault at once; an event stream may hold unknown fields.
    fn check_objects(&self) -> Result<(), Failure> {
        match self.decoder.junk_at() {
            Some(at) if self.framing == Framing::JsonObjects => {
                Err(Failure::Data(format!("at byte {at} stands something else than JSON objects")))
            }
            _ => Ok(()),
        }
    }
}

impl Print for RecordPrinter {
    fn push(&mut self, piece: Bytes, out: &mut dyn Write) -> Result<bool, Failure> {
        self.decoder.push(piece);
        self.print_events(out)?;
        Ok(true)
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        self.decoder.finish();
        self.print_events(out)?;
        match self.decoder.junk_at() {
            Some(at) if self.framing == Framing::Sse && !self.has_printed => {
                Err(Failure::Data(format!("is no event stream: the line at byte {at} has no field of one")))
            }
            _ => Ok(()),
        }
    }
}

/// A record as JSON.
fn record(framing: Framing, event: &Event<'_>) -> Result<String, Failure> {
    let json = match framing {
        Framing::Lines => serde_json::to_string(&LineRecord { line: String::from_utf8_lossy(event.data) }),
        Framing::Sse => serde_json::to_string(&SseRecord {
            event: event.name.unwrap_or("message"),
            data: String::from_utf8_lossy(event.data),
            id: event.id,
            retry: event.retry.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            incomplete: event.incomplete,
        }),
        _ => return json_record(event),
    };
    Ok(json.expect("strings, numbers and booleans have a JSON form"))
}

/// A JSON text inside a record: as it is, so that no number and no order of members is changed.
fn json_record(event: &Event<'_>) -> Result<String, Failure> {
    let at = event.position;
    match serde_json::from_slice::<&RawValue>(event.data) {
        Ok(json) => Ok(format!(r#"{{"data":{},"incomplete":{}}}"#, on_one_line(json.get()), event.incomplete)),
        Err(error) if event.incomplete => Err(Failure::Data(format!("the JSON at byte {at} is cut off: {error}"))),
        Err(error) => Err(Failure::Data(format!("at byte {at} stands no JSON: {error}"))),
    }
}

/// A JSON text without the white space between its tokens.
fn on_one_line(json: &str) -> String {
    let mut line = String::with_capacity(json.len());
    let mut in_string = false;
    let mut escaped = false;
    for c in json.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if c == '"' {
            in_string = true;
        } else if c.is_ascii_whitespace() {
            continue;
        }
        line.push(c);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_white_space_between_tokens_is_taken_out() {
        let table = [
            ("{ \"a b\" :\r\n [ 1 , \"\\\" \\\\\" ] }", r#"{"a b":[1,"\" \\"]}"#),
            (r#""  ""#, r#""  ""#),
            ("1.000000000000000000000001", "1.000000000000000000000001"),
        ];
        for (json, expected) in table {
            assert_eq!(on_one_line(json), expected);
        }
    }
}
