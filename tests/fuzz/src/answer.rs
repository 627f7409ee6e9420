//! Arbitrary bytes as an answer: nothing panics, one end or one error comes and nothing after it, and every way of
//! cutting and of parsing gives the same.
//!
//! The first byte chooses the provider, the second the width of the pieces, the rest is the body.

#![no_main]

use bytes::Bytes;
use chatstream::chatgptfree::ChatgptFreeParser;
use chatstream::core::decode::{DEFAULT_EVENT_LIMIT, Framing};
use chatstream::core::{AnswerReader, Chunk, Parse};
use chatstream::gigachat::{V1Parser, V2Parser};
use chatstream::grok::GrokParser;
use chatstream::xai::ChatParser;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let [provider, width, body @ ..] = input else { return };
    let expected = items(*provider, body, body.len().max(1), true);
    assert_eq!(items(*provider, body, body.len().max(1), false), expected);
    assert_eq!(items(*provider, body, usize::from(*width).max(1), false), expected);
});

fn reader(provider: u8) -> AnswerReader {
    let (framing, parser): (_, Box<dyn Parse>) = match provider % 5 {
        0 => (Framing::SseOrWhole, Box::new(ChatParser::new())),
        1 => (Framing::SseOrWhole, Box::new(V1Parser::new())),
        2 => (Framing::SseOrWhole, Box::new(V2Parser::new())),
        3 => (Framing::JsonObjects, Box::new(GrokParser::new())),
        _ => (Framing::Lines, Box::new(ChatgptFreeParser::new())),
    };
    AnswerReader::new(framing, DEFAULT_EVENT_LIMIT, parser)
}

/// All items of an answer.
fn items(provider: u8, body: &[u8], width: usize, in_full: bool) -> Vec<String> {
    let mut reader = reader(provider);
    if in_full {
        reader = reader.parse_in_full();
    }
    let mut items = Vec::new();
    let mut has_ended = false;
    let mut take = |reader: &mut AnswerReader| {
        while let Some(item) = reader.next_item() {
            assert!(!has_ended, "{item:?} came after the end");
            has_ended = matches!(item, Ok(Chunk::End(_)) | Err(_));
            items.push(match item {
                Err(error) => error.to_string(),
                Ok(chunk) => format!("{chunk:?}"),
            });
        }
    };
    for piece in body.chunks(width) {
        reader.push(Bytes::copy_from_slice(piece));
        take(&mut reader);
    }
    reader.finish(None);
    take(&mut reader);
    assert!(has_ended);
    items
}
