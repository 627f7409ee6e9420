//! Recorded streams, from files and from standard input, cut in every way.

use std::fs;

use crate::run::{Ran, Running, chatstream, run, run_with};

const STREAM: &str = "\u{feff}: hello\r\nid: 1\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"Привет 🚀\"}}]}\r\n\r\n\
                      event: note\ndata:a\rdata: b\n\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n\
                      data: [DONE]\n\n";
const TEXT: &str = "{\"a\":1}\r\n\n{\"я\": \"🚀 \\\"}\"}\n{\"b\":[1, 2]}\n";

/// Decodes at every split; all give the same.
fn decode(form: &str, input: &[u8]) -> Ran {
    let whole = run_with(&mut chatstream(&["decode", "--as", form]), input);
    for split in 1..=64 {
        let ran = run_with(&mut chatstream(&["decode", "--as", form, "--split", &split.to_string(), "-"]), input);
        assert_eq!(format!("{ran:?}"), format!("{whole:?}"), "--as {form} --split {split}");
    }
    whole
}

#[test]
fn records_are_the_same_at_every_split() {
    let table = [
        ("lines", "{\"line\":\"a\"}\n{\"line\":\"\"}\n{\"line\":\"🚀\"}\n", "a\r\n\r🚀"),
        (
            "json-lines",
            concat!(
                "{\"data\":{\"a\":1},\"incomplete\":false}\n",
                "{\"data\":{\"я\":\"🚀 \\\"}\"},\"incomplete\":false}\n",
                "{\"data\":{\"b\":[1,2]},\"incomplete\":false}\n",
            ),
            TEXT,
        ),
    ];
    for (form, expected, input) in table {
        let ran = decode(form, input.as_bytes());
        ran.assert(0, &[]);
        assert_eq!(ran.stdout, expected, "{form}");
    }
    let objects = decode("json-objects", TEXT.as_bytes());
    assert_eq!(objects.stdout, decode("json-lines", TEXT.as_bytes()).stdout);
}

#[test]
fn events_and_chunks_are_the_same_at_every_split() {
    let ran = decode("sse", STREAM.as_bytes());
    ran.assert(0, &[]);
    let events = ran.json();
    assert_eq!(events.len(), 4);
    assert_eq!((&events[1]["event"], &events[1]["data"]), (&"note".into(), &"a\nb".into()));
    assert!(events.iter().all(|event| event["id"] == "1" && event["incomplete"] == false), "{events:?}");

    // The second event is no JSON: an error, after the text before it.
    let ran = decode("xai", STREAM.as_bytes());
    ran.assert(1, &["error: standard input: event 2 at byte "]);
    assert_eq!(ran.json().iter().map(|chunk| chunk["type"].as_str().unwrap()).collect::<Vec<_>>(), ["text", "error"]);
    let good = STREAM.replace("event: note\ndata:a\rdata: b\n\n", "");
    let ran = decode("xai", good.as_bytes());
    ran.assert(0, &[]);
    assert!(
        ran.stdout
            .starts_with("{\"type\":\"text\",\"text\":\"Привет 🚀\"}\n{\"type\":\"end\",\"finish_reason\":\"stop\"")
    );
    let ran = decode("xai", &STREAM.as_bytes()[..100]);
    ran.assert(1, &["interrupted: answer stopped before its end"]);
}

#[test]
fn what_is_not_what_was_said_is_one_line_with_its_place() {
    let table = [
        ("json-lines", "{}\n\noops\n{}\n", 1, "error: standard input: at byte 4 stands no JSON"),
        ("json-objects", "{} oops {}", 1, "error: standard input: at byte 3 stands something else"),
        ("sse", "\n<html>\n", 0, "error: standard input: is no event stream: the line at byte 1 "),
    ];
    for (form, input, printed, message) in table {
        let ran = decode(form, input.as_bytes());
        ran.assert(1, &[message]);
        assert_eq!((ran.stdout.lines().count(), ran.stderr.lines().count()), (printed, 1), "{ran:?}");
    }
}

#[test]
fn a_file_is_read_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answer.sse");
    fs::write(&file, STREAM).unwrap();
    let path = file.to_str().unwrap();
    let ran = run(&mut chatstream(&["decode", "--as", "sse", path]));
    assert_eq!((ran.status, ran.stdout), (Some(0), decode("sse", STREAM.as_bytes()).stdout));
    run(&mut chatstream(&["decode", "--as", "json-lines", path])).assert(1, &[path, "at byte 3"]);
    run(&mut chatstream(&["decode", "--as", "sse", "no-such-file"])).assert(2, &["no-such-file cannot be read"]);
}

#[test]
fn wrong_usage_is_told_with_what_there_is() {
    run(&mut chatstream(&["decode", "--as", "gopher"])).assert(2, &["lines, sse, json-lines, json-objects, xai"]);
    run(&mut chatstream(&["decode"])).assert(2, &["--as"]);
    run(&mut chatstream(&["decode", "--as", "sse", "--split", "0"])).assert(2, &["--split"]);
}

#[test]
fn a_reader_that_has_read_enough_ends_it_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("many.txt");
    fs::write(&file, "line\n".repeat(100_000)).unwrap();
    let ran = Running::unread(&mut chatstream(&["decode", "--as", "lines", file.to_str().unwrap()])).end();
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
}
