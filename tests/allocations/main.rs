//! How often memory is allocated between bytes and chunks. A file of its own, because the counting
//! allocator stands for the whole program.

#![expect(clippy::print_stdout, reason = "the figure is worth seeing")]

use bytes::Bytes;
use chatstream::core::decode::{DEFAULT_EVENT_LIMIT, Decoder, Framing};
use chatstream::core::{Chunks, Parse as _};
use chatstream::xai::ChatParser;

const EVENTS: usize = 10_000;

#[test]
fn a_plain_text_delta_costs_one_allocation_from_bytes_to_chunk() {
    let deltas = ["the", " sky", " голубое", " is", ",", " blue ✓"];
    let body: String = deltas
        .iter()
        .cycle()
        .take(EVENTS)
        .map(|delta| {
            format!(
                "data: {{\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"grok-4.3\",\
                 \"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{delta}\"}}}}],\"system_fingerprint\":\"fp\"}}\n\n"
            )
        })
        .collect();
    for width in [16 * 1024, 1000, 61] {
        let body = Bytes::from(body.clone());
        let pieces: Vec<_> =
            (0..body.len()).step_by(width).map(|at| body.slice(at..body.len().min(at + width))).collect();
        let mut texts = 0;
        let counted = allocation_counter::measure(|| {
            let mut decoder = Decoder::new(Framing::SseOrWhole, DEFAULT_EVENT_LIMIT);
            let (mut parser, mut chunks) = (ChatParser::new(), Chunks::new());
            for piece in pieces {
                decoder.push(piece);
                while let Some(event) = decoder.next_event().unwrap() {
                    parser.parse(&event, &mut chunks).unwrap();
                    while chunks.pop().is_some() {
                        texts += 1;
                    }
                }
            }
        });
        assert_eq!(texts, EVENTS);
        let per_chunk = counted.count_total as f64 / EVENTS as f64;
        println!("{per_chunk:.4} allocations a text chunk in pieces of {width} bytes");
        // A handful more for the buffers of the whole stream.
        assert!(counted.count_total <= EVENTS as u64 + 20, "{per_chunk} in pieces of {width}");
    }
}
