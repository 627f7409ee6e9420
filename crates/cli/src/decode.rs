//! `chatstream decode`: a recorded stream as lines of JSON, whatever way its bytes are cut.

mod answer;
mod records;

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::num::NonZeroUsize;
use std::path::Path;

use bytes::Bytes;
use chatstream::chatgptfree::ChatgptFreeParser;
use chatstream::core::decode::Framing;
use chatstream::gigachat::{V1Parser, V2Parser};
use chatstream::grok::GrokParser;
use chatstream::xai::ChatParser;

use crate::args::{DecodeArgs, Form};
use crate::failure::Failure;
use answer::AnswerPrinter;
use records::RecordPrinter;

/// How much is read at once where nothing else is asked for, in bytes.
const PIECE: usize = 64 * 1024;

/// What becomes of a recording's bytes.
trait Print {
    /// Takes in the next piece and prints what it completes; false when no more is needed.
    fn push(&mut self, piece: Bytes, out: &mut dyn Write) -> Result<bool, Failure>;

    /// Prints what the end of the recording leaves.
    fn finish(&mut self, out: &mut dyn Write) -> Result<(), Failure>;
}

pub(crate) fn decode(args: &DecodeArgs) -> Result<(), Failure> {
    let path = args.file.as_deref().filter(|path| *path != Path::new("-"));
    let name = path.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string());
    let mut input: Box<dyn Read> = match path {
        Some(path) => {
            let file = File::open(path).map_err(|error| Failure::Usage(format!("{name} cannot be read: {error}")))?;
            Box::new(file)
        }
        None => Box::new(io::stdin().lock()),
    };
    // Of many small pieces each would be a read of its own.
    if args.split.is_some() {
        input = Box::new(BufReader::with_capacity(PIECE, input));
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let printed = print(&mut *printer(args.form), &mut *input, args.split, &mut out);
    // What was decoded stands before the message that says where it ended.
    let flushed = out.flush();
    printed.map_err(|failure| match failure {
        Failure::Data(message) => Failure::Data(format!("{name}: {message}")),
        failure => failure,
    })?;
    Ok(flushed?)
}

fn printer(form: Form) -> Box<dyn Print> {
    // The head of the answer, which would tell how it is cut, is not in the recording.
    let events = |provider, parser| Box::new(AnswerPrinter::new(provider, Framing::SseOrWhole, parser));
    match form {
        Form::Lines => Box::new(RecordPrinter::new(Framing::Lines)),
        Form::Sse => Box::new(RecordPrinter::new(Framing::Sse)),
        Form::JsonLines => Box::new(RecordPrinter::new(Framing::JsonLines)),
        Form::JsonObjects => Box::new(RecordPrinter::new(Framing::JsonObjects)),
        Form::Xai => events("xai", Box::new(ChatParser::new())),
        Form::GigaChat => events("gigachat", Box::new(V1Parser::new())),
        Form::GigaChatV2 => events("gigachat", Box::new(V2Parser::new())),
        Form::Grok => Box::new(AnswerPrinter::new("grok", Framing::JsonObjects, Box::new(GrokParser::new()))),
        // Lines are what both generations have, and events, JSON, or one after the other stand in them.
        Form::ChatgptFree => {
            Box::new(AnswerPrinter::new("chatgptfree", Framing::Lines, Box::new(ChatgptFreeParser::new())))
        }
    }
}

fn print(
    printer: &mut dyn Print,
    input: &mut dyn Read,
    split: Option<NonZeroUsize>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    loop {
        let piece = read(input, split).map_err(|error| Failure::Data(format!("cannot be read: {error}")))?;
        if piece.is_empty() {
            return printer.finish(out);
        }
        if !printer.push(piece, out)? {
            return Ok(());
        }
        // A recording may be one that is still being made.
        out.flush()?;
    }
}

/// The next piece: of exactly so many bytes while there are that many, or what one read gives.
/// Empty at the end.
fn read(input: &mut dyn Read, split: Option<NonZeroUsize>) -> io::Result<Bytes> {
    let mut piece = Vec::new();
    match split {
        Some(length) => {
            input.take(length.get() as u64).read_to_end(&mut piece)?;
        }
        None => {
            piece.resize(PIECE, 0);
            let length = loop {
                match input.read(&mut piece) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => break read?,
                }
            };
            piece.truncate(length);
        }
    }
    Ok(piece.into())
}

#[cfg(test)]
mod tests;
