use chatstream_core::decode::{DEFAULT_EVENT_LIMIT, Framing};
use chatstream_core::{AnswerReader, FinishReason, TokenUsage};

use super::*;

/// An answer in short: what a client shows of it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reading {
    pub(super) text: String,
    pub(super) thoughts: String,
    pub(super) statuses: Vec<String>,
    pub(super) citations: Vec<String>,
    pub(super) conversation: Option<Conversation>,
    /// The end, or the kind of the error.
    pub(super) end: Option<std::result::Result<End, ErrorKind>>,
    pub(super) message: String,
}

impl Reading {
    fn take(&mut self, item: Result<Chunk>) {
        assert!(self.end.is_none(), "{item:?} after the end");
        match item {
            Ok(Chunk::Text(text)) => {
                assert!(!text.is_empty());
                self.text.push_str(&text);
            }
            Ok(Chunk::Reasoning(Reasoning::Delta(text))) => self.thoughts.push_str(&text),
            Ok(Chunk::Reasoning(Reasoning::Status(text))) => self.statuses.push(text),
            Ok(Chunk::Citation(citation)) => self.citations.push(citation.url),
            Ok(Chunk::Conversation(conversation)) => self.conversation = Some(conversation),
            Ok(Chunk::End(end)) => self.end = Some(Ok(end)),
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                self.message = error.message().to_owned();
                self.end = Some(Err(error.kind()));
            }
        }
    }

    pub(super) fn ending(&self) -> std::result::Result<Ending, ErrorKind> {
        self.end.clone().expect("an end or an error").map(|end| end.ending)
    }
}

pub(super) fn read_pieces<'a>(framing: Framing, pieces: impl IntoIterator<Item = &'a [u8]>) -> Reading {
    let mut parser = ChatgptFreeParser::new();
    parser.conversation = Some(Conversation::new("chatgptfree").id("conversation_uuid", "c"));
    let mut reader = AnswerReader::new(framing, DEFAULT_EVENT_LIMIT, Box::new(parser));
    let mut reading = Reading::default();
    for piece in pieces {
        reader.push(piece.to_vec().into());
        std::iter::from_fn(|| reader.next_item()).for_each(|item| reading.take(item));
    }
    reader.finish(None);
    std::iter::from_fn(|| reader.next_item()).for_each(|item| reading.take(item));
    reading
}

/// The reading of a body, the same at every cut.
pub(super) fn reading(framing: Framing, body: &[u8]) -> Reading {
    let whole = read_pieces(framing, [body]);
    for cut in 1..body.len() {
        let (first, second) = body.split_at(cut);
        assert_eq!(read_pieces(framing, [first, second]), whole, "cut at {cut}");
    }
    assert_eq!(read_pieces(framing, body.chunks(1)), whole, "byte by byte");
    whole
}

fn lines(body: &str) -> Reading {
    reading(Framing::Lines, body.as_bytes())
}

fn whole(body: &str) -> Reading {
    reading(Framing::Whole, body.as_bytes())
}

fn sse(body: &str) -> Reading {
    reading(Framing::SseOrWhole, body.as_bytes())
}

#[test]
fn text_after_the_stream_counts_only_where_the_stream_had_none() {
    let trailing = r#"{"status":"success","data":"whole"}"#;
    let table = [
        (
            format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"a\"}}}}]}}\n\n{trailing}"),
            "a",
            Err(ErrorKind::Interrupted),
        ),
        (format!("data: {{\"choices\":[{{\"delta\":{{}}}}]}}\n\n{trailing}"), "whole", Ok(Ending::CleanEof)),
        (format!("data: [DONE]\n\n{trailing}"), "whole", Ok(Ending::DoneOnly)),
        (
            format!("data: {{\"choices\":[{{\"finish_reason\":\"stop\"}}]}}\n\n{trailing}\n"),
            "whole",
            Ok(Ending::FinishOnly),
        ),
        (
            "data: [DONE]\n\n{\n\"status\":\"error\",\n\"msg\":\"Rate limit\"\n}".to_owned(),
            "",
            Err(ErrorKind::RateLimited),
        ),
        ("data: [DONE]\n\n".to_owned(), "", Err(ErrorKind::Unavailable)),
    ];
    for (body, text, ending) in table {
        let got = lines(&body);
        assert_eq!((got.text.as_str(), got.ending()), (text, ending), "{body}");
    }
}

#[test]
fn an_error_after_the_text_of_a_stream_is_told() {
    let got = lines("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n{\"status\":\"error\",\"msg\":\"Over\"}");
    assert_eq!((got.text.as_str(), got.ending(), got.message.as_str()), ("a", Err(ErrorKind::Unavailable), "Over"));
}

#[test]
fn events_behind_a_warning_or_under_another_content_type_are_events() {
    let body = "<br />\n<b>Warning</b>: {x} in <b>/srv/chat.php</b><br />\r\n\
                data:{\"choices\":[{\"delta\":{\"content\":\" a\"}}]}\r\n\r\ndata: [DONE]\r\n\r\n";
    for framing in [Framing::Lines, Framing::Whole, Framing::SseOrWhole] {
        let got = reading(framing, body.as_bytes());
        assert_eq!((got.text.as_str(), got.ending()), (" a", Ok(Ending::DoneOnly)), "{framing:?}");
    }
}

#[test]
fn words_in_the_plugin_s_way_are_an_answer_once_the_provider_speaks() {
    let word = "event: message\ndata: {\"choices\":[{\"delta\":{\"content\":\"One\"}}]}\n\n";
    let real = "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\" two\"}}]}\n\n";
    let got = lines(&format!("{word}{real}{word}data: [DONE]\n\n"));
    assert_eq!((got.text.as_str(), got.ending()), ("One twoOne", Ok(Ending::DoneOnly)));
    let got = lines(&format!("{word}{word}"));
    assert_eq!((got.text.as_str(), got.ending(), got.message.as_str()), ("", Err(ErrorKind::Unavailable), "OneOne"));
    let long = word.repeat(2000);
    assert_eq!(lines_at_once(&format!("{long}data: [DONE]\n\n")).text.len(), 6000);
}

/// For bodies too long for every cut.
fn lines_at_once(body: &str) -> Reading {
    read_pieces(Framing::Lines, [body.as_bytes()])
}

#[test]
fn events_that_cannot_be_read_are_skipped_and_counted() {
    let broken = "data: {\"choices\":[{\"delta\":{\"content\":\"\"x\"\"}}]}\n\n";
    let real = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n";
    assert_eq!(lines(&format!("{broken}{real}")).text, "a");
    let got = lines(&format!("{broken}{broken}data: [DONE]\n\n"));
    assert_eq!(got.message, "the site answered without any text (2 events could not be read)");
    assert_eq!(lines(broken).message, "the site answered without any text (1 event could not be read)");
}

#[test]
fn reasoning_and_usage_of_the_site_s_provider_come_through() {
    let got = lines(
        "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\",\"reasoning\":\"hm\"}}]}\n\n\
         data: {\"choices\":[{\"delta\":{\"content\":\"\\ud83d\"}}]}\n\n\
         data: {\"choices\":[{\"delta\":{\"content\":\"\\ude80\"},\"finish_reason\":\"odd\"}],\"usage\":{}}\n\n\
         data: {\"choices\":[],\"usage\":{\"prompt_tokens\":\"9\",\"completion_tokens\":6}}\n\n",
    );
    let mut usage = TokenUsage::default();
    (usage.input_tokens, usage.output_tokens) = (Some(9), Some(6));
    let end = got.end.unwrap().unwrap();
    assert_eq!((got.text.as_str(), got.thoughts.as_str()), ("🚀", "hm"));
    assert_eq!((end.usage, end.model.as_deref()), (Some(usage), Some("m")));
    assert_eq!(end.finish_reason, Some(FinishReason::Other("odd".into())));
}

#[test]
fn what_is_neither_events_nor_json_is_an_error_with_a_short_excerpt() {
    use ErrorKind::{Blocked, InvalidRequest, Unauthorized, Unexpected};
    let table = [
        (
            "<!DOCTYPE html><html><head><title>Log in &amp; go</title></head></html>",
            Unexpected,
            "came instead of an answer: Log in & go",
        ),
        ("<html>\n<body>\n<p>Accept our <b>terms</b></p>", Unexpected, "answer: Accept our terms"),
        ("<!doctype html><title>Just a moment...</title>", Blocked, "Just a moment"),
        ("-1", Unauthorized, "refuses the nonce"),
        ("\u{feff}-1\n", Unauthorized, "refuses the nonce"),
        ("0", InvalidRequest, "nobody who takes this message"),
        ("plain words", Unexpected, "neither events nor JSON: plain words"),
    ];
    for (body, kind, message) in table {
        for framing in [Framing::Whole, Framing::Lines] {
            let got = reading(framing, body.as_bytes());
            assert_eq!(got.ending(), Err(kind), "{body}: {}", got.message);
            assert!(got.message.contains(message) && got.message.len() < 600, "{body}: {}", got.message);
        }
    }
    assert!(whole(&format!("<p>{}", "long ".repeat(1000))).message.len() < 600);
}

#[test]
fn half_an_answer_is_interrupted() {
    for body in ["", " \n", "{\"status\":\"succ", "data: {\"choices\":[{\"delta\":{\"con"] {
        assert_eq!(lines(body).ending(), Err(ErrorKind::Interrupted), "{body}");
    }
    for body in ["", "{\"status\":\"succ", "{\n\"status\":\"success\",\n\"data\":\"a"] {
        assert_eq!(whole(body).ending(), Err(ErrorKind::Interrupted), "{body}");
    }
}

#[test]
fn a_finish_reason_is_evidence_though_the_connection_breaks_after_it() {
    let body = b"data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DO";
    let mut reader = AnswerReader::new(Framing::Lines, DEFAULT_EVENT_LIMIT, Box::new(ChatgptFreeParser::new()));
    reader.push(body.to_vec().into());
    reader.finish(Some(Error::new(ErrorKind::Interrupted, "reset")));
    let items: Vec<_> = std::iter::from_fn(|| reader.next_item()).collect();
    assert!(matches!(items[..], [Ok(Chunk::Text(_)), Ok(Chunk::End(_))]), "{items:?}");
}

#[test]
fn a_v2_answer_ends_in_what_it_goes_on_with() {
    let got = sse(concat!(
        ":    \n\nevent: message_start\ndata: {\"message_id\":\"m\"}\n\n",
        "event: openai_response_id\ndata: {\"id\":\"resp_1\"}\n\n",
        "event: status\ndata: {\"status\":\"searching\"}\n\ndata: {\"delta\":\" a\"}\n\n",
        "event: grounding_metadata\ndata: {\"x\":1}\n\n",
        "event: citations\ndata: [{\"url\":\"https://example.org/1\",\"title\":\"One\"},{\"url\":null}]\n\n",
        "event: warning\ndata: {\"error\":\"max tokens\"}\n\n",
        "event: done\ndata: {\"finished\":true,\"citations\":[{\"url\":\"https://example.org/1\"},{\"url\":\"https://example.org/2\"}]}\n\n",
    ));
    assert_eq!((got.text.as_str(), got.ending()), (" a", Ok(Ending::DoneOnly)));
    assert_eq!(got.statuses, ["searching", "max tokens"]);
    assert_eq!(got.citations, ["https://example.org/1", "https://example.org/2"]);
    let ids = Conversation::new("chatgptfree").id("conversation_uuid", "c").id("previous_openai_response_id", "resp_1");
    assert_eq!(got.conversation, Some(ids));
}

#[test]
fn a_v2_error_wins_over_the_end_after_it() {
    let error =
        |text: &str| format!("event: error\nid: err-1\ndata: {text}\n\nevent: done\ndata: {{\"finished\":true}}\n\n");
    let table = [
        (
            error(r#"{"error":"Security check failed. Please refresh the page and try again."}"#),
            ErrorKind::Unauthorized,
        ),
        (error(r#"{"error":"x","quota_notice":{"type":"guest"}}"#), ErrorKind::QuotaExhausted),
        (error(r#"{"error":{"message":"Too many requests"}}"#), ErrorKind::RateLimited),
        (error("{}"), ErrorKind::Unavailable),
        ("{\"success\":false,\"data\":\"no\"}".to_owned(), ErrorKind::Unavailable),
    ];
    for (body, kind) in table {
        assert_eq!(sse(&body).ending(), Err(kind), "{body}");
    }
}

#[test]
fn the_key_of_a_message_and_a_nonce_are_read() {
    assert_eq!(cache_key(br#"{"success":true,"data":{"cache_key":"k"}}"#).unwrap(), "k");
    assert_eq!(cache_key(br#"{"success":true,"data":{}}"#).unwrap_err().kind(), ErrorKind::Parse);
    assert_eq!(cache_key(b"-1").unwrap_err().kind(), ErrorKind::Unauthorized);
    let refused = br#"{"success":false,"data":{"message":"x","code":"nonce_failure_cache_sse"}}"#;
    assert_eq!(cache_key(refused).unwrap_err().kind(), ErrorKind::Unauthorized);
    assert_eq!(nonce(br#"{"success":true,"data":{"nonce":"n"}}"#).unwrap().expose(), "n");
    assert!(nonce(b"0").is_none() && nonce(br#"{"success":true,"data":{}}"#).is_none());
}
