use super::*;

/// What is printed for a recording, at every split from 1 to 64 bytes and in one piece.
fn decoded(form: Form, recording: &[u8]) -> (String, Option<String>) {
    let run = |split| {
        let mut out = Vec::new();
        let outcome = print(&mut *printer(form), &mut &*recording, split, &mut out);
        let message = match outcome {
            Ok(()) => None,
            Err(Failure::Data(message)) => Some(message),
            Err(failure) => panic!("{failure:?}"),
        };
        (String::from_utf8(out).unwrap(), message)
    };
    let whole = run(None);
    for split in 1..=64 {
        assert_eq!(run(NonZeroUsize::new(split)), whole, "in pieces of {split}");
    }
    whole
}

fn check(form: Form, recording: impl AsRef<[u8]>, expected: &[&str], message: Option<&str>) {
    let recording = recording.as_ref();
    let (printed, told) = decoded(form, recording);
    let shown = String::from_utf8_lossy(recording);
    assert_eq!(printed.lines().collect::<Vec<_>>(), expected, "{shown}");
    match (message, &told) {
        (None, None) => {}
        (Some(message), Some(told)) if told.contains(message) => {}
        _ => panic!("{shown}: expected {message:?}, told {told:?}"),
    }
}

#[test]
fn lines_of_every_end() {
    check(Form::Lines, "", &[], None);
    check(
        Form::Lines,
        "a\r\n\rb\nя",
        &[r#"{"line":"a"}"#, r#"{"line":""}"#, r#"{"line":"b"}"#, r#"{"line":"я"}"#],
        None,
    );
    check(Form::Lines, b"\xd0\xbf\xff\xd0\n", &[r#"{"line":"п��"}"#], None);
}

#[test]
fn a_line_over_the_limit_is_told_with_its_place() {
    let mut recording = b"short\n".to_vec();
    recording.resize((16 << 20) + 7, b'x');
    let mut out = Vec::new();
    let outcome = print(&mut *printer(Form::Lines), &mut &*recording, None, &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "{\"line\":\"short\"}\n");
    assert!(matches!(outcome, Err(Failure::Data(message)) if message == "line at byte 6 exceeds 16777216 bytes"));
}

#[test]
fn events_with_all_their_fields() {
    let recording = "\u{feff}: comment\nid: 7\nretry: 1500\nevent: greeting\ndata: one\r\ndata:two\n\ndata: {\"я\": 🚀}\n\nid\ndata\n\ndata: cut";
    let expected = [
        r#"{"event":"greeting","data":"one\ntwo","id":"7","retry":1500,"incomplete":false}"#,
        r#"{"event":"message","data":"{\"я\": 🚀}","id":"7","retry":null,"incomplete":false}"#,
        r#"{"event":"message","data":"","id":null,"retry":null,"incomplete":false}"#,
        r#"{"event":"message","data":"cut","id":null,"retry":null,"incomplete":true}"#,
    ];
    check(Form::Sse, recording, &expected, None);
}

#[test]
fn what_is_no_event_stream_is_told_only_when_nothing_is_one() {
    check(Form::Sse, "\n{\"a\":1}\n", &[], Some("byte 1 "));
    let event = r#"{"event":"message","data":"a","id":null,"retry":null,"incomplete":false}"#;
    check(Form::Sse, "junk\ndata: a\n\n", &[event], None);
    check(Form::Sse, ": only a comment\n", &[], None);
}

#[test]
fn json_lines_keep_numbers_and_order() {
    let recording = "{\"b\": 1.10, \"a\": 12345678901234567890123}\n\n [ ]\r\n\"\\ud83d\"";
    let expected = [
        r#"{"data":{"b":1.10,"a":12345678901234567890123},"incomplete":false}"#,
        r#"{"data":[],"incomplete":false}"#,
        r#"{"data":"\ud83d","incomplete":true}"#,
    ];
    check(Form::JsonLines, recording, &expected, None);
}

#[test]
fn a_line_that_is_no_json_is_told_with_its_place() {
    let first = r#"{"data":1,"incomplete":false}"#;
    check(Form::JsonLines, "1\n\n  oops\n2\n", &[first], Some("at byte 3 stands no JSON"));
    check(Form::JsonLines, b"1\n\"\xff\"\n", &[first], Some("at byte 2 stands no JSON"));
    check(Form::JsonLines, "1\n{\"cut\":", &[first], Some("the JSON at byte 2 is cut off"));
}

#[test]
fn objects_however_they_are_glued() {
    let recording = "data: {\n  \"a\": [1,\n 2]\n}\n\n{\"s\":\"}{\"}{}[DONE]";
    let expected = [
        r#"{"data":{"a":[1,2]},"incomplete":false}"#,
        r#"{"data":{"s":"}{"},"incomplete":false}"#,
        r#"{"data":{},"incomplete":false}"#,
    ];
    check(Form::JsonObjects, recording, &expected, None);
}

#[test]
fn what_is_no_object_is_told_with_its_place_before_what_follows() {
    let first = r#"{"data":{},"incomplete":false}"#;
    check(Form::JsonObjects, "{}oops{}", &[first], Some("at byte 2 "));
    check(Form::JsonObjects, "{} oops", &[first], Some("at byte 3 "));
    check(Form::JsonObjects, "<html>", &[], Some("at byte 0 "));
    check(Form::JsonObjects, "{}{a}{}", &[first], Some("at byte 2 stands no JSON"));
    check(Form::JsonObjects, "{} {\"a\":", &[first], Some("the JSON at byte 3 is cut off"));
}

const DELTA: &str = r#"data: {"choices":[{"index":0,"delta":{"content":"при🚀"}}]}"#;
const FINISH: &str = r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"model":"m"}"#;

#[test]
fn an_answer_is_printed_as_chunks_and_read_no_further_than_its_end() {
    let text = r#"{"type":"text","text":"при🚀"}"#;
    let end = |ending: &str| {
        format!(r#"{{"type":"end","finish_reason":"stop","usage":null,"model":"m","ending":"{ending}"}}"#)
    };
    let done = format!("{DELTA}\n\n{FINISH}\n\ndata: [DONE]\n\ndata: no JSON after the end\n\n");
    check(Form::Xai, done, &[text, &end("finish_and_done")], None);
    let cut = format!("{DELTA}\n\n{FINISH}\n\ndata: {{\"half\":");
    check(Form::Xai, cut, &[text, &end("finish_only")], None);
    let whole = r#"{"choices":[{"message":{"content":"при🚀"},"finish_reason":"stop"}],"model":"m"}"#;
    check(Form::Xai, whole, &[text, &end("finish_only")], None);
}

#[test]
fn an_answer_that_fails_ends_in_its_error() {
    let text = r#"{"type":"text","text":"при🚀"}"#;
    let interrupted =
        r#"{"type":"error","kind":"interrupted","message":"answer stopped before its end","provider":"xai"}"#;
    check(Form::Xai, format!("{DELTA}\n\n"), &[text, interrupted], Some("answer stopped before its end"));
    check(Form::Xai, "", &[interrupted], Some("interrupted"));

    let in_band = format!("{DELTA}\n\ndata: {{\"code\":\"unavailable\",\"error\":\"try later\"}}\n\n{DELTA}\n\n");
    let error = r#"{"type":"error","kind":"unavailable","message":"try later","provider":"xai","code":"unavailable"}"#;
    check(Form::Xai, in_band, &[text, error], Some("event 2 at byte 66: xai: unavailable: try later"));

    let (printed, told) = decoded(Form::Xai, format!("{DELTA}\n\ndata: oops\n\n").as_bytes());
    assert!(
        printed.lines().nth(1).is_some_and(|line| line.starts_with(r#"{"type":"error","kind":"parse""#)),
        "{printed}"
    );
    assert!(told.unwrap().contains("event 2 at byte "));
    let (printed, _) = decoded(Form::Xai, b"<html><title>Blocked</title></html>");
    assert!(printed.contains("a web page came instead of the API: Blocked"), "{printed}");
}
