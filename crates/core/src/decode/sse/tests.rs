use std::time::Duration;

use bytes::Bytes;

use super::*;
use crate::decode::tests::{check, events};
use crate::decode::{DEFAULT_EVENT_LIMIT, Framing, RawEvent};

/// The payloads of the stream's events at every split; one that is incomplete ends in `…`.
fn data(input: &str, expected: &[&str]) {
    check(Framing::Sse, DEFAULT_EVENT_LIMIT, input, expected, None);
}

/// The one event of the stream.
fn one(input: &str) -> RawEvent {
    let (mut events, error) = events(Framing::Sse, DEFAULT_EVENT_LIMIT, &[input.as_bytes()]);
    assert_eq!((events.len(), error), (1, None), "{input:?}");
    events.remove(0)
}

#[test]
fn the_standard_s_own_examples_read_as_it_says() {
    data("data: YHOO\ndata: +2\ndata: 10\n\n", &["YHOO\n+2\n10"]);
    data(
        ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        &["first event", "second event", " third event"],
    );
    data("data\n\ndata\ndata\n\ndata:", &["", "\n", "…"]);
    data("data:test\n\ndata: test\n\n", &["test", "test"]);
}

#[test]
fn all_three_line_ends_count_and_may_be_mixed() {
    data("data: a\r\n\r\ndata: b\r\rdata: c\n\n", &["a", "b", "c"]);
    data("data: a\r\ndata: b\rdata: c\n\r\n", &["a\nb\nc"]);
    data("\r\n\n\rdata: a\n\r", &["a"]);
}

#[test]
fn a_mark_counts_once_and_at_the_start_only() {
    data("\u{feff}data: a\n\n", &["a"]);
    data("\u{feff}\n\u{feff}data: a\n\ndata: b\n\n", &["b"]);
    data("\u{feff}\u{feff}data: a\n\n", &[]);
    data("data: \u{feff}a\n\n", &["\u{feff}a"]);
}

#[test]
fn one_space_after_the_colon_belongs_to_the_field() {
    data("data:a\ndata: b\ndata:  c\ndata:\td\n\n", &["a\nb\n c\n\td"]);
}

#[test]
fn text_in_other_alphabets_survives_every_split() {
    data("data: приве́т 🚀 मनीष\n\ndata: ✓\u{2028}\u{85}\n\n", &["приве́т 🚀 मनीष", "✓\u{2028}\u{85}"]);
}

#[test]
fn comments_and_unknown_fields_are_no_events() {
    data(": keepalive\n\n:\n\n: data: x\n\nfoo: bar\n\nDATA: x\n\n data: x\n\nevent: ping\n\ndata: a\n\n", &["a"]);
}

#[test]
fn events_without_data_are_dropped_with_their_name() {
    let event = one("event: lost\n\ndata: a\n\n");
    assert_eq!((event.name, &event.data[..]), (None, &b"a"[..]));
}

#[test]
fn the_last_event_name_counts_for_its_own_event_only() {
    let (events, _) = events(Framing::Sse, 99, &[b"event: a\nevent: b\ndata: 1\n\ndata: 2\n\nevent\ndata: 3\n\n"]);
    let names: Vec<_> = events.iter().map(|event| event.name.as_deref()).collect();
    assert_eq!(names, [Some("b"), None, None]);
}

#[test]
fn an_id_stays_until_another_comes_and_one_with_nul_is_ignored() {
    let (events, _) =
        events(Framing::Sse, 99, &[b"id: 1\ndata\n\ndata\n\nid: 2\0\ndata\n\nid\ndata\n\nid: 3\n\ndata\n\n"]);
    let ids: Vec<_> = events.iter().map(|event| event.id.as_deref()).collect();
    assert_eq!(ids, [Some("1"), Some("1"), Some("1"), None, Some("3")]);
}

#[test]
fn retry_takes_ascii_digits_only() {
    let table = [
        ("1500", Some(1500)),
        ("0", Some(0)),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("1 ", None),
        ("٣", None),
        ("99999999999999999999999", Some(u64::MAX)),
    ];
    for (value, expected) in table {
        let event = one(&format!("retry: {value}\ndata: a\n\n"));
        assert_eq!(event.retry, expected.map(Duration::from_millis), "{value:?}");
    }
}

#[test]
fn a_pending_event_is_handed_out_at_the_end_marked_incomplete() {
    data("data: a\n\ndata: b", &["a", "b…"]);
    data("data: a\ndata: b\n", &["a\nb…"]);
    data("data: a\n\nevent: x\n: comment", &["a"]);
    data("data: a\n\n", &["a"]);
}

#[test]
fn an_event_in_one_piece_is_not_copied() {
    let piece = Bytes::from_static(b": hi\ndata: first\n\ndata:second\n\n");
    let mut decoder = SseDecoder::new(99);
    decoder.push(piece.clone());
    for range in [11..16, 23..29] {
        let event = decoder.next_event().unwrap().unwrap();
        assert_eq!(event.data.as_ptr_range(), piece[range].as_ptr_range());
    }
}

#[test]
fn limits_are_the_same_at_every_split_and_come_after_the_events_before_them() {
    let line = Some(DecodeError::LineTooLong { position: 9, limit: 8 });
    check(Framing::Sse, 8, "data: a\n\ndata: bcd\n\ndata: e\n\n", &["a"], line);
    let event = Some(DecodeError::EventTooLong { position: 9, limit: 8 });
    check(Framing::Sse, 8, "data: a\n\ndata: b\ndata:123\ndata:456\ndata: c\n\n", &["a"], event);
}

#[test]
fn invalid_utf8_is_handed_out_as_it_came() {
    let (events, error) = events(Framing::Sse, 99, &[b"event: \xff\ndata: \xff\xfe\n\n"]);
    assert_eq!((&events[0].data[..], error), (&b"\xff\xfe"[..], None));
    assert_eq!(events[0].name.as_deref(), Some("\u{fffd}"));
}

#[test]
fn junk_is_told_by_its_place() {
    let table =
        [("data: a\n\n: x\nid: 1\nretry: 5\nevent: y\n", None), ("data: a\n\n<html>\n", Some(9)), ("{}", Some(0))];
    for (input, expected) in table {
        let mut decoder = SseDecoder::new(99);
        decoder.push(Bytes::copy_from_slice(input.as_bytes()));
        decoder.finish();
        while decoder.next_event().unwrap().is_some() {}
        assert_eq!(decoder.junk_at(), expected, "{input:?}");
    }
}
