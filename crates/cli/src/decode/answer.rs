//! A provider's answer: chunks, as they would have come from its stream.

use std::io::Write;

use bytes::Bytes;
use chatstream::Error;
use chatstream::core::decode::{DEFAULT_EVENT_LIMIT, Framing};
use chatstream::core::{AnswerReader, Parse};

use super::Print;
use crate::failure::{ErrorLine, Failure, causes};

/// Prints each chunk as a line of JSON.
pub(super) struct AnswerPrinter {
    provider: &'static str,
    reader: AnswerReader,
}

impl AnswerPrinter {
    pub(super) fn new(provider: &'static str, framing: Framing, parser: Box<dyn Parse>) -> Self {
        Self { provider, reader: AnswerReader::new(framing, DEFAULT_EVENT_LIMIT, parser) }
    }

    fn print_items(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        while let Some(item) = self.reader.next_item() {
            let chunk = match item {
                Ok(chunk) => chunk,
                Err(error) => return Err(self.fail(error, out)),
            };
            serde_json::to_writer(&mut *out, &chunk).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    }

    /// Prints the error that ends the answer, and gives it back for people.
    fn fail(&self, error: Error, out: &mut dyn Write) -> Failure {
        let error = if error.provider().is_some() { error } else { error.with_provider(self.provider) };
        if let Err(error) = writeln!(out, "{}", ErrorLine::from(&error).to_json()) {
            return error.into();
        }
        let place = match self.reader.events() {
            0 => String::new(),
            events => format!("event {events} at byte {}: ", self.reader.position()),
        };
        let mut message = format!("{place}{error}");
        for cause in causes(&error) {
            message.push_str(": ");
            message.push_str(&cause);
        }
        Failure::Data(message)
    }
}

impl Print for AnswerPrinter {
    fn push(&mut self, piece: Bytes, out: &mut dyn Write) -> Result<bool, Failure> {
        self.reader.push(piece);
        self.print_items(out)?;
        Ok(!self.reader.is_closed())
    }

    fn finish(&mut self, out: &mut dyn Write) -> Result<(), Failure> {
        self.reader.finish(None);
        self.print_items(out)
    }
}
