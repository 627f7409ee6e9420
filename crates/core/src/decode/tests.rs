use bytes::Bytes;

use super::*;

/// All events of the pieces, and the error that ended them.
pub(super) fn events(framing: Framing, limit: usize, pieces: &[&[u8]]) -> (Vec<RawEvent>, Option<DecodeError>) {
    let mut decoder = Decoder::new(framing, limit);
    let mut events = Vec::new();
    for i in 0..=pieces.len() {
        match pieces.get(i) {
            Some(piece) => decoder.push(Bytes::copy_from_slice(piece)),
            None => decoder.finish(),
        }
        loop {
            match decoder.next_event() {
                Ok(Some(event)) => events.push(event.to_owned()),
                Ok(None) => break,
                Err(error) => {
                    decoder.push(Bytes::from_static(b"data: x\n\n{}\n"));
                    assert_eq!(decoder.next_event(), Ok(None), "a failed decoder hands out nothing more");
                    return (events, Some(error));
                }
            }
        }
    }
    assert_eq!(decoder.next_event(), Ok(None), "nothing follows the end");
    (events, None)
}

/// The payloads, cut at every byte and in pieces of every width; one that is incomplete ends in
/// `…`. All else about the events, and the error, must be the same at every split as well.
pub(super) fn check(framing: Framing, limit: usize, input: &str, expected: &[&str], error: Option<DecodeError>) {
    let bytes = input.as_bytes();
    let uncut = events(framing, limit, &[bytes]);
    let payloads: Vec<_> = uncut
        .0
        .iter()
        .map(|event| String::from_utf8_lossy(&event.data).into_owned() + if event.incomplete { "…" } else { "" })
        .collect();
    assert_eq!(payloads, expected, "{input:?}");
    assert_eq!(uncut.1, error, "{input:?}");
    for cut in 0..=bytes.len() {
        let (head, tail) = bytes.split_at(cut);
        assert_eq!(events(framing, limit, &[head, b"", tail]), uncut, "{input:?} cut at {cut}");
    }
    for width in 1..=bytes.len().max(1) {
        let pieces: Vec<_> = bytes.chunks(width).collect();
        assert_eq!(events(framing, limit, &pieces), uncut, "{input:?} in pieces of {width}");
    }
}

#[test]
fn lines_are_events_when_asked_for() {
    check(Framing::Lines, 99, "a\r\n\r\nb", &["a", "", "b…"], None);
}

#[test]
fn a_whole_body_is_one_event() {
    check(Framing::Whole, 99, "{\n\"a\": 1\n}", &["{\n\"a\": 1\n}"], None);
    check(Framing::Whole, 99, "", &[], None);
    check(Framing::Whole, 3, "1234", &[], Some(DecodeError::EventTooLong { position: 0, limit: 3 }));
}

#[test]
fn the_first_byte_tells_a_document_from_an_event_stream() {
    check(Framing::SseOrWhole, 99, "data: a\n\ndata: b\n\n", &["a", "b"], None);
    check(Framing::SseOrWhole, 99, "\u{feff}data: a\n\n", &["a"], None);
    check(Framing::SseOrWhole, 99, "\r\n\n: x\n\ndata: a\n\n", &["a"], None);
    check(Framing::SseOrWhole, 99, " \n{\"a\":\n1}", &[" \n{\"a\":\n1}"], None);
    check(Framing::SseOrWhole, 99, "\u{feff}[1]", &["\u{feff}[1]"], None);
    check(Framing::SseOrWhole, 99, "<!doctype html>", &["<!doctype html>"], None);
    check(Framing::SseOrWhole, 99, " \n ", &[], None);
}

#[test]
fn arbitrary_bytes_never_panic_and_read_the_same_at_every_split() {
    let alphabet = b"\n\r:dat evnirtyd{}\"\\[],\xef\xbb\xbf\xff0\0<";
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..3_000 {
        let length = random.usize(..40);
        let input: Vec<u8> = (0..length).map(|_| alphabet[random.usize(..alphabet.len())]).collect();
        let limit = random.usize(1..30);
        for framing in [
            Framing::Lines,
            Framing::Sse,
            Framing::JsonLines,
            Framing::JsonObjects,
            Framing::Whole,
            Framing::SseOrWhole,
        ] {
            let uncut = events(framing, limit, &[&input]);
            for width in 1..=length.max(1) {
                let pieces: Vec<_> = input.chunks(width).collect();
                assert_eq!(events(framing, limit, &pieces), uncut, "{framing:?} {input:?} in pieces of {width}");
            }
        }
    }
}

#[test]
fn events_know_where_they_begin() {
    let table: [(Framing, &str, &[u64]); 6] = [
        (Framing::Lines, "a\r\n\nb", &[0, 3, 4]),
        (Framing::Sse, ": hi\ndata: a\n\nevent: x\ndata: b\ndata: c\n\ndata: d\n\n", &[5, 23, 40]),
        (Framing::JsonLines, "{}\n\r\n  \n  1 \r2\n", &[0, 8, 13]),
        (Framing::JsonLines, "\u{feff}{}\n\u{feff}1\n", &[3, 6]),
        (Framing::JsonObjects, "\u{feff}[{\"a\":\"{\"}, {}]\ndata: {\n}{", &[4, 15, 25, 28]),
        (Framing::Whole, " {}", &[0]),
    ];
    for (framing, input, expected) in table {
        let got: Vec<_> = events(framing, 99, &[input.as_bytes()]).0.iter().map(|event| event.position).collect();
        assert_eq!(got, expected, "{input:?}");
    }
}

#[test]
fn a_piece_that_was_read_is_let_go_of() {
    let framings = [Framing::Lines, Framing::Sse, Framing::JsonLines, Framing::JsonObjects];
    for framing in framings {
        for body in ["data: {\"a\":1}\n\n", "data: {\"a\":1}\n", "data: {\"a\"", "{\"a\":1}\n{\"b"] {
            let mut decoder = Decoder::new(framing, 99);
            let piece = Bytes::copy_from_slice(body.as_bytes());
            decoder.push(piece.clone());
            while decoder.next_event().unwrap().is_some() {}
            assert!(piece.is_unique(), "{framing:?} keeps {body:?}");
        }
    }
}
