use std::sync::{Arc, Mutex};
use std::time::Duration;

use chatstream_core::decode::{DEFAULT_EVENT_LIMIT, Framing};
use chatstream_core::{AnswerReader, Conversation, ErrorKind};

use super::*;

/// An answer in short: what a client shows of it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reading {
    /// Text, with `[url]` where a source is cited.
    pub(super) text: String,
    pub(super) thoughts: String,
    pub(super) statuses: Vec<String>,
    pub(super) previews: Vec<String>,
    pub(super) images: Vec<String>,
    pub(super) title: Option<String>,
    pub(super) conversation: Option<Conversation>,
    /// The ending, or the error.
    pub(super) ending: Option<std::result::Result<Ending, ErrorKind>>,
    pub(super) message: String,
}

impl Reading {
    fn take(&mut self, item: Result<Chunk>) {
        assert!(self.ending.is_none(), "{item:?} after the end");
        match item {
            Ok(Chunk::Text(text)) => {
                assert!(!text.is_empty());
                self.text.push_str(&text);
            }
            Ok(Chunk::Citation(citation)) => self.text.push_str(&format!("[{}]", citation.url)),
            Ok(Chunk::Reasoning(Reasoning::Delta(text))) => self.thoughts.push_str(&text),
            Ok(Chunk::Reasoning(Reasoning::Status(text))) => self.statuses.push(text),
            Ok(Chunk::ImagePreview(image)) => {
                self.previews.push(format!("{} {}", image.url, image.progress.unwrap_or_default()));
            }
            Ok(Chunk::Images(images)) => self.images.extend(images.into_iter().map(|image| image.url)),
            Ok(Chunk::Title(title)) => self.title = Some(title),
            Ok(Chunk::Conversation(conversation)) => self.conversation = Some(conversation),
            Ok(Chunk::End(end)) => self.ending = Some(Ok(end.ending)),
            Ok(other) => panic!("{other:?}"),
            Err(error) => {
                self.message = error.message().to_owned();
                self.ending = Some(Err(error.kind()));
            }
        }
    }
}

/// Reads a body in two pieces, cut here.
pub(super) fn read_at(body: &[u8], cut: usize, parser: GrokParser) -> Reading {
    let (first, second) = body.split_at(cut);
    read_pieces([first, second], parser)
}

pub(super) fn read_pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, parser: GrokParser) -> Reading {
    let mut reader = AnswerReader::new(Framing::JsonObjects, DEFAULT_EVENT_LIMIT, Box::new(parser));
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
pub(super) fn reading(body: &[u8]) -> Reading {
    let whole = read_at(body, 0, GrokParser::new());
    for cut in 1..=body.len() {
        assert_eq!(read_at(body, cut, GrokParser::new()), whole, "cut at {cut}");
    }
    assert_eq!(read_pieces(body.chunks(1), GrokParser::new()), whole, "byte by byte");
    whole
}

/// The reading of a new conversation with these members of `response`, one frame each.
fn answer(members: &[&str]) -> Reading {
    let mut body = String::from(concat!(
        r#"{"result":{"conversation":{"conversationId":"c1"}}}"#,
        "\n",
        r#"{"result":{"response":{"userResponse":{"responseId":"u1"},"responseId":"u1"}}}"#,
    ));
    for members in members {
        body.push_str(&format!("\n{{\"result\":{{\"response\":{{{members},\"responseId\":\"m1\"}}}}}}"));
    }
    reading(body.as_bytes())
}

const STOP: &str = r#""token":"","isSoftStop":true"#;
const DONE: Option<std::result::Result<Ending, ErrorKind>> = Some(Ok(Ending::DoneOnly));

#[test]
fn both_shapes_read_alike() {
    let table = [
        r#"{"result":{"conversation":{"conversationId":"c1"},"response":{"token":"Hi","responseId":"m1"}}}
           {"result":{"response":{"token":"","isSoftStop":true},"title":{"newTitle":"T"}}}"#,
        r#"{"result":{"conversation":{"conversationId":"c1"},"token":"Hi","responseId":"m1"}}{"result":null}{}
           {"result":{"response":null,"token":"","isSoftStop":true,"title":{"newTitle":"T"},"error":null}}"#,
    ];
    for body in table {
        let reading = reading(body.as_bytes());
        assert_eq!(
            (reading.text.as_str(), reading.title.as_deref(), reading.ending),
            ("Hi", Some("T"), DONE),
            "{body}"
        );
        let ids = Conversation::new("grok").id("conversation_id", "c1").id("parent_response_id", "m1");
        assert_eq!(reading.conversation, Some(ids), "{body}");
    }
}

#[test]
fn an_answer_without_any_mark_of_its_end_is_interrupted_and_its_ids_are_told() {
    let reading = answer(&[r#""token":"Once""#]);
    assert_eq!((reading.text.as_str(), reading.ending), ("Once", Some(Err(ErrorKind::Interrupted))));
    assert_eq!(reading.conversation.unwrap().get("parent_response_id"), Some("m1"));
    // Before the model speaks there is no answer to follow.
    let reading = answer(&[]);
    assert_eq!(reading.conversation.unwrap().get("parent_response_id"), None);
    assert_eq!(
        answer(&[r#""modelResponse":{"message":"a","partial":true}"#]).ending,
        Some(Err(ErrorKind::Interrupted))
    );
}

#[test]
fn a_broken_connection_after_the_end_mark_is_an_end() {
    let body = br#"{"result":{"response":{"token":"a","isSoftStop":true}}}{"result":{"tit"#;
    let mut reader = AnswerReader::new(Framing::JsonObjects, DEFAULT_EVENT_LIMIT, Box::new(GrokParser::new()));
    reader.push(body.to_vec().into());
    reader.finish(Some(Error::new(ErrorKind::Interrupted, "reset")));
    let items: Vec<_> = std::iter::from_fn(|| reader.next_item()).collect();
    assert!(matches!(items[..], [Ok(Chunk::Text(_)), Ok(Chunk::End(_))]), "{items:?}");
}

#[test]
fn thinking_is_opened_once_and_closed_with_its_length() {
    let seconds = Arc::new(Mutex::new(vec![12.5, 10.19]));
    let ticks = Arc::clone(&seconds);
    let clock: Clock = Arc::new(move || Duration::from_secs_f64(ticks.lock().unwrap().pop().unwrap()));
    let body = br#"{"result":{"token":"a","isThinking":true}}{"result":{"token":"b","isThinking":true}}
        {"result":{"token":"c","isSoftStop":true}}"#;
    let reading = read_at(body, 0, GrokParser::with(None, Some(clock), SharedIds::default()));
    assert_eq!((reading.thoughts.as_str(), reading.text.as_str()), ("ab", "c"));
    assert_eq!(reading.statuses, ["thinking", "thought for 2.31 s"]);
    let clock: Clock = Arc::new(|| Duration::from_secs(5));
    let reading = read_at(body, 0, GrokParser::with(None, Some(clock), SharedIds::default()));
    assert_eq!(reading.statuses, ["thinking", "finished thinking"]);
}

#[test]
fn thinking_is_closed_at_every_kind_of_end_and_opens_again_after_text() {
    let thought = r#""token":"hm","isThinking":true"#;
    let table: [(&[&str], &[&str]); 4] = [
        (&[thought, STOP], &["thinking", "finished thinking"]),
        (&[thought], &["thinking", "finished thinking"]),
        (&[thought, r#""error":{"message":"x"}"#], &["thinking", "finished thinking"]),
        (
            &[thought, r#""token":"a""#, thought, STOP],
            &["thinking", "finished thinking", "thinking", "finished thinking"],
        ),
    ];
    for (members, expected) in table {
        assert_eq!(answer(members).statuses, expected, "{members:?}");
    }
}

#[test]
fn headlines_are_lines_and_markup_is_no_reasoning() {
    let reading = answer(&[
        r#""token":"One","isThinking":true,"messageTag":"header""#,
        r#""token":"Two","isThinking":true,"messageTag":"header""#,
        r#""token":"three","isThinking":true,"messageTag":"summary""#,
        r#""token":"Four","isThinking":true,"messageTag":"header""#,
        r#""token":"<xai:tool_usage_card>","isThinking":true,"messageTag":"tool_usage_card""#,
        r#""token":"<xai:tool_usage_card>x","isThinking":true"#,
        r#""token":"raw","messageTag":"raw_function_result""#,
        r#""token":"note","messageStepId":3"#,
        r#""token":"answer","messageStepId":3,"messageTag":"final""#,
        STOP,
    ]);
    assert_eq!((reading.thoughts.as_str(), reading.text.as_str()), ("One\nTwo\nthree\nFour\nnote", "answer"));
}

#[test]
fn the_full_message_completes_and_never_replaces() {
    let table: [(&[&str], &str); 6] = [
        (&[r#""token":"Hello ""#, r#""modelResponse":{"message":"Hello world"}"#], "Hello world"),
        (&[r#""token":"Hello""#, r#""modelResponse":{"message":"Bye"}"#], "Hello"),
        (&[r#""token":"Hello""#, r#""modelResponse":{"message":null}"#], "Hello"),
        (&[r#""modelResponse":{"message":"all"}"#], "all"),
        (&[r#""token":"a\ud83d""#, r#""modelResponse":{"message":"a\ud83d\ude80!"}"#], "a🚀!"),
        (&[r#""token":"a\ud83d""#, r#""token":"\ude80 <""#, STOP], "a🚀 <"),
    ];
    for (members, expected) in table {
        let reading = answer(members);
        assert_eq!((reading.text.as_str(), reading.ending), (expected, DONE), "{members:?}");
    }
}

#[test]
fn a_tag_becomes_the_source_of_its_card_and_others_come_at_the_end() {
    let reading = answer(&[
        r#""webSearchResults":{"results":[{"url":"https://a.example","title":"A"},{"url":"https://b.example"},{}]}"#,
        r#""xSearchResults":{"results":[{"username":"u","postId":"7","name":"U"},{"username":"v"}]}"#,
        r#""token":"x<grok:render card_id=\"1\">""#,
        r#""cardAttachment":{"jsonData":{"id":"1","url":"https://a.example"}},"token":"</grok:render>""#,
        r#""cardAttachments":[{"jsonData":"{\"id\":\"2\",\"url\":\"https://c.example\"}"},{"jsonData":"no"}]"#,
        r#""token":"y<grok:render card_id=\"2\"/><grok:render card_id=\"9\"/>z""#,
        r#""modelResponse":{"webSearchResults":[{"url":"https://b.example"}]}"#,
    ]);
    assert_eq!(reading.text, "x[https://a.example]y[https://c.example]z[https://b.example][https://x.com/u/status/7]");
}

#[test]
fn a_picture_comes_once_in_each_state_and_moderated_ones_not_at_all() {
    let reading = answer(&[
        r#""streamingImageGenerationResponse":{"imageUrl":null,"progress":0}"#,
        r#""streamingImageGenerationResponse":{"imageUrl":"a-part-0/i.jpg","progress":50}"#,
        r#""streamingImageGenerationResponse":{"imageUrl":"a-part-0/i.jpg","progress":50}"#,
        r#""streamingImageGenerationResponse":{"imageUrl":"a/i.jpg","url":"other","progress":100.0,"moderated":false}"#,
        r#""streamingImageGenerationResponse":{"imageUrl":"b/i.jpg","progress":100,"moderated":true}"#,
        r#""streamingImageGenerationResponse":{"url":"https://imagine-public.x.ai/c.jpg","isFinal":true}"#,
        r#""cachedImageGenerationResponse":{"imageUrl":"d/i.jpg"}"#,
        r#""cardAttachment":{"jsonData":"{\"id\":\"1\",\"imageChunk\":{\"image_url\":\"/e/i.jpg\",\"progress\":100}}"}"#,
        r#""imageGenerationResponse":{"generatedImageBytes":"AAAA","contentType":"image/png"}"#,
        r#""modelResponse":{"generatedImageUrls":["a/i.jpg","b/i.jpg","f/i.jpg",null,7]}"#,
    ]);
    assert_eq!(reading.previews, ["https://assets.grok.com/a-part-0/i.jpg 50"]);
    let assets = |path: &str| format!("https://assets.grok.com/{path}/i.jpg");
    let expected = [
        assets("a"),
        "https://imagine-public.x.ai/c.jpg".to_owned(),
        assets("d"),
        assets("e"),
        "data:image/png;base64,AAAA".to_owned(),
        assets("f"),
    ];
    assert_eq!(reading.images, expected);
}

#[test]
fn an_answer_of_moderated_pictures_only_is_refused() {
    let moderated = r#""streamingImageGenerationResponse":{"imageUrl":"b/i.jpg","progress":100,"moderated":true}"#;
    assert_eq!(answer(&[moderated, STOP]).ending, Some(Err(ErrorKind::Refused)));
    assert_eq!(answer(&[moderated, r#""token":"Sorry.""#, STOP]).ending, DONE);
}

#[test]
fn one_of_two_competing_answers_is_followed() {
    let reading = answer(&[
        r#""token":"L","sideBySideIndex":0"#,
        r#""token":"R","sideBySideIndex":1"#,
        r#""error":{"message":"x"},"sideBySideIndex":1"#,
        r#""streamingImageGenerationResponse":{"imageUrl":"r","progress":100,"sideBySideIndex":1}"#,
        r#""token":"eft","sideBySideIndex":0"#,
        r#""token":"!","isSoftStop":true"#,
    ]);
    assert_eq!((reading.text.as_str(), reading.images.len(), reading.ending), ("Left!", 0, DONE));
}

#[test]
fn notices_are_statuses() {
    let reading = answer(&[
        r#""progressReport":{"category":"TOOL_PROCESSING","state":"PROGRESS_REPORT_STATUS_PENDING","message":"Searching"}"#,
        r#""progressReport":{"category":"PROGRESS_REPORT_CATEGORY_ATTACHMENTS_PREPROCESSING","state":"PROGRESS_REPORT_STATUS_SUCCESS"}"#,
        r#""token":{"action":"webSearch","action_input":{"query":"rust"}},"isThinking":true"#,
        r#""token":{"other":1}"#,
        r#""finalMetadata":{"followUpSuggestions":[{"label":"And then?"},{"label":""}]}"#,
        STOP,
    ]);
    let expected = ["Searching", "attachments preprocessing: success", "webSearch: rust", "follow-up: And then?"];
    assert_eq!(reading.statuses, expected);
}

#[test]
fn failures_within_the_answer_end_it_unless_a_tool_s_is_outlived() {
    use ErrorKind::*;
    let table = [
        (r#""error":{"message":"limit","usageLimitReached":{}}"#, Some(Err(RateLimited))),
        (r#""error":{"message":"You've reached your usage limit."}"#, Some(Err(RateLimited))),
        (r#""error":{"usagePoolExhausted":{}}"#, Some(Err(QuotaExhausted))),
        (r#""error":{"message":"x","internalError":{}}"#, Some(Err(Unavailable))),
        (r#""error":{"message":"x","userPromptTooLong":{}}"#, Some(Err(InvalidRequest))),
        (r#""error":{"message":"x","attachmentImageTooLarge":{"maxSizeBytes":1}}"#, Some(Err(InvalidRequest))),
        (r#""error":{"message":"x","contentModerated":{}}"#, Some(Err(Refused))),
        (r#""error":{"message":"x","toolCallFailed":{},"severity":"STREAM_ERROR_SEVERITY_NORMAL"}"#, DONE),
        (
            r#""error":{"message":"x","toolCallFailed":{},"severity":"STREAM_ERROR_SEVERITY_FATAL"}"#,
            Some(Err(Unavailable)),
        ),
        (r#""error":null"#, DONE),
        (r#""modelResponse":{"error":"Grok was unable to finish replying."}"#, Some(Err(Unavailable))),
        (r#""modelResponse":{"streamErrors":[{"message":"x","contentModerated":{}}]}"#, Some(Err(Refused))),
        (r#""modelResponse":{"streamErrors":[],"error":""}"#, DONE),
    ];
    for (members, ending) in table {
        assert_eq!(answer(&[r#""token":"a""#, members, STOP]).ending, ending, "{members}");
    }
}

#[test]
fn what_fails_after_the_whole_answer_takes_nothing_away() {
    let body = br#"{"result":{"modelResponse":{"message":"a"}}}{"error":{"code":13,"message":"title failed"}}"#;
    assert_eq!(reading(body).ending, DONE);
    let body = br#"{"result":{"token":"a","isSoftStop":true}}{"error":{"code":13,"message":"x"}}"#;
    assert_eq!(reading(body).ending, Some(Err(ErrorKind::Unavailable)));
}

#[test]
fn a_frame_that_is_no_json_is_told() {
    let reading = reading(br#"{"result":{"token":"a"}}{"result" 1}"#);
    assert_eq!((reading.text.as_str(), reading.ending), ("a", Some(Err(ErrorKind::Parse))));
}
