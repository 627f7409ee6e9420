//! The decoders alone, on corpora in memory, beside two decoders of others and a bare scan for line
//! feeds: `cargo bench -p chatstream-core`.
//!
//! divan, because it reports bytes per second and needs a fraction of criterion's dependencies.

use std::convert::Infallible;
use std::hint::black_box;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use chatstream_core::decode::{DEFAULT_EVENT_LIMIT, Decoder, Framing};
use divan::Bencher;
use divan::counter::BytesCount;
use eventsource_stream::Eventsource as _;
use futures_core::Stream;

const MIB: usize = 1024 * 1024;
const CORPUS: usize = 64 * MIB;
const PIECES: [usize; 2] = [4 * 1024, 16 * 1024];

/// A chat-completions stream of 64 MiB: events of about 220 bytes, one text delta each, as the xAI
/// API sends them; some deltas are not ASCII, some are escaped.
static SSE: LazyLock<Bytes> = LazyLock::new(|| corpus("data: ", "\n\n"));

/// The same objects, one a line.
static JSON_LINES: LazyLock<Bytes> = LazyLock::new(|| corpus("", "\n"));

/// One event of 8 MiB, as of a picture carried inline.
static LARGE: LazyLock<Bytes> = LazyLock::new(|| format!("data: {}\n\n", "x".repeat(8 * MIB)).into());

fn corpus(before: &str, after: &str) -> Bytes {
    let deltas = ["the", " sky", " is", " blue", ",", " потому", " что", "\\u2019s", " \\\"air\\\"", " scatters", "."];
    let mut corpus = String::with_capacity(CORPUS + 512);
    for delta in deltas.iter().cycle() {
        corpus.push_str(before);
        corpus.push_str(
            r#"{"id":"3a946c8f-0000-0000-0000-000000000000","object":"chat.completion.chunk","created":1780000000,"model":"grok-4.3","choices":[{"index":0,"delta":{"content":""#,
        );
        corpus.push_str(delta);
        corpus.push_str(r#""}}],"system_fingerprint":"fp_0000000000000000"}"#);
        corpus.push_str(after);
        if corpus.len() >= CORPUS {
            break;
        }
    }
    corpus.into()
}

/// The corpus in pieces, each in memory of its own, as reads from a network are: slices of one
/// buffer could be joined without a copy.
fn pieces(corpus: &Bytes, size: usize) -> Vec<Bytes> {
    corpus.chunks(size).map(Bytes::copy_from_slice).collect()
}

/// Events and their bytes.
fn decode(framing: Framing, pieces: &[Bytes]) -> (usize, usize) {
    let mut decoder = Decoder::new(framing, DEFAULT_EVENT_LIMIT);
    let (mut events, mut bytes) = (0, 0);
    for piece in pieces {
        decoder.push(piece.clone());
        while let Some(event) = decoder.next_event().expect("the corpus is within the limit") {
            events += 1;
            bytes += black_box(event.data).len();
        }
    }
    (events, bytes)
}

/// Takes everything of a stream that never waits.
fn drain<S: Stream>(stream: S, mut take: impl FnMut(S::Item)) {
    let mut stream = pin!(stream);
    let mut cx = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(item)) = stream.as_mut().poll_next(&mut cx) {
        take(item);
    }
}

fn stream(pieces: &[Bytes]) -> impl Stream<Item = Result<Bytes, Infallible>> {
    futures_util::stream::iter(pieces.iter().cloned().map(Ok))
}

/// Line feeds found by `memchr`: what no line decoder can beat.
fn scan(pieces: &[Bytes]) -> usize {
    pieces.iter().map(|piece| memchr::memchr_iter(b'\n', piece).map(black_box).count()).sum()
}

fn bench<T>(bencher: Bencher<'_, '_>, corpus: &Bytes, size: usize, run: impl Fn(&[Bytes]) -> T) {
    let pieces = pieces(corpus, size);
    bencher.counter(BytesCount::new(corpus.len())).bench_local(|| run(&pieces));
}

#[divan::bench_group(sample_count = 15)]
mod sse {
    use super::*;

    #[divan::bench(args = PIECES)]
    fn memchr_scan(bencher: Bencher<'_, '_>, size: usize) {
        bench(bencher, &SSE, size, scan);
    }

    #[divan::bench(args = PIECES)]
    fn chatstream(bencher: Bencher<'_, '_>, size: usize) {
        bench(bencher, &SSE, size, |pieces| decode(Framing::Sse, pieces));
    }

    #[divan::bench(args = PIECES)]
    fn sse_stream(bencher: Bencher<'_, '_>, size: usize) {
        bench(bencher, &SSE, size, |pieces| {
            let mut bytes = 0;
            drain(sse_stream::SseByteStream::new(stream(pieces)), |event| {
                bytes += black_box(event).expect("the corpus is valid").data.map_or(0, |data| data.len());
            });
            bytes
        });
    }

    #[divan::bench(args = PIECES, sample_count = 5)]
    fn eventsource_stream(bencher: Bencher<'_, '_>, size: usize) {
        bench(bencher, &SSE, size, |pieces| {
            let mut bytes = 0;
            drain(stream(pieces).eventsource(), |event| {
                bytes += black_box(event).expect("the corpus is valid").data.len();
            });
            bytes
        });
    }
}

#[divan::bench_group(sample_count = 15)]
mod json_lines {
    use super::*;

    #[divan::bench(args = PIECES)]
    fn memchr_scan(bencher: Bencher<'_, '_>, size: usize) {
        bench(bencher, &JSON_LINES, size, scan);
    }

    #[divan::bench(args = PIECES)]
    fn chatstream(bencher: Bencher<'_, '_>, size: usize) {
        bench(bencher, &JSON_LINES, size, |pieces| decode(Framing::JsonLines, pieces));
    }

    #[divan::bench(args = PIECES)]
    fn chatstream_json_objects(bencher: Bencher<'_, '_>, size: usize) {
        bench(bencher, &JSON_LINES, size, |pieces| decode(Framing::JsonObjects, pieces));
    }
}

/// One event of 8 MiB in pieces of 8 KiB: a decoder that looks at bytes twice shows here.
#[divan::bench_group(sample_count = 15)]
mod large_event {
    use super::*;

    const SIZE: usize = 8 * 1024;

    #[divan::bench]
    fn memchr_scan(bencher: Bencher<'_, '_>) {
        bench(bencher, &LARGE, SIZE, scan);
    }

    #[divan::bench]
    fn chatstream(bencher: Bencher<'_, '_>) {
        bench(bencher, &LARGE, SIZE, |pieces| decode(Framing::Sse, pieces));
    }

    #[divan::bench]
    fn sse_stream(bencher: Bencher<'_, '_>) {
        bench(bencher, &LARGE, SIZE, |pieces| {
            drain(sse_stream::SseByteStream::new(stream(pieces)), |event| {
                black_box(event).expect("the corpus is valid");
            });
        });
    }

    #[divan::bench(sample_count = 3)]
    fn eventsource_stream(bencher: Bencher<'_, '_>) {
        bench(bencher, &LARGE, SIZE, |pieces| {
            drain(stream(pieces).eventsource(), |event| {
                black_box(event).expect("the corpus is valid");
            });
        });
    }
}

fn main() {
    divan::main();
}
