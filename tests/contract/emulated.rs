//! Whole paths over loopback, with the emulator at the other end.

use std::time::Duration;

use bytes::Bytes;
use chatstream::{
    ChatRequest, Chunk, ChunkStream, ErrorKind, Message, Provider, Retry, Timeouts, Tool, TransportConfig,
};
use chatstream_emulator::{Answer, Emulator, Fault};
use chatstream_tests::{drain, in_widths, joined};
use futures_util::StreamExt as _;
use http::Method;
use serde_json::{Value, json};

use crate::subject::{SUBJECTS, Subject};

/// A wait no test comes near unless something hangs.
const LONG: Duration = Duration::from_secs(30);

fn config() -> TransportConfig {
    TransportConfig::default().retry(Retry::none().first_wait(Duration::ZERO))
}

async fn emulator(faults: &[Fault]) -> Emulator {
    Emulator::builder().faults(faults.iter().cloned()).start().await.unwrap()
}

async fn open(subject: &Subject, emulator: &Emulator) -> chatstream::Result<ChunkStream> {
    let provider = (subject.emulated)(emulator, config()).unwrap();
    tokio::time::timeout(LONG, provider.chat(ChatRequest::new("Why?"))).await.unwrap()
}

/// The chunks of a question under these faults, neighbouring deltas joined.
async fn under(subject: &Subject, faults: &[Fault]) -> Vec<Value> {
    let emulator = emulator(faults).await;
    match open(subject, &emulator).await {
        Ok(stream) => joined(&tokio::time::timeout(LONG, drain(stream)).await.unwrap()),
        Err(error) => vec![chatstream_tests::error_json(&error)],
    }
}

/// How many chats a provider asked for.
fn chats(subject: &Subject, emulator: &Emulator) -> usize {
    let requests = emulator.requests();
    requests.iter().filter(|request| request.path() == subject.chat_path && request.method == Method::POST).count()
}

/// Has the next chat answered so.
fn script(subject: &Subject, emulator: &Emulator, answer: Answer) {
    if let Some(json) = subject.handed_in {
        let first = Answer::new(200).header("content-type", "application/json").piece(json);
        emulator.script(first.path(subject.chat_path));
    }
    emulator.script(answer.path(subject.chat_path));
}

fn without_usage(mut items: Vec<Value>) -> Vec<Value> {
    if let Some(end) = items.last_mut().filter(|last| last["type"] == "end") {
        end["usage"] = Value::Null;
    }
    items
}

#[tokio::test]
async fn however_the_bytes_come_the_answer_is_the_same() {
    for subject in SUBJECTS {
        let plain = under(subject, &[]).await;
        assert_eq!(plain.last().unwrap()["ending"], subject.ending);
        let text = plain.iter().find(|item| item["type"] == "text").unwrap()["text"].as_str().unwrap();
        assert!(text.contains("🚀") && text.contains("Это"), "{text}");
        let faults: [&[Fault]; 12] = [
            &[Fault::SplitUtf8],
            &[Fault::Bytewise],
            &[Fault::Pieces(7)],
            &[Fault::Pieces(301)],
            &[Fault::Crlf],
            &[Fault::Cr],
            &[Fault::Bom],
            &[Fault::NoSpace],
            &[Fault::KeepAlive],
            &[Fault::GarbageComment],
            &[Fault::NoBlankLineAtEnd],
            &[Fault::Bom, Fault::Crlf, Fault::KeepAlive, Fault::NoSpace, Fault::Bytewise],
        ];
        for faults in faults {
            assert_eq!(under(subject, faults).await, plain, "{} under {faults:?}", subject.name);
        }
        let got = without_usage(under(subject, &[Fault::SplitSurrogate]).await);
        assert_eq!(got, without_usage(plain.clone()), "{} with halved surrogates", subject.name);
        let got = under(subject, &[Fault::UsageEveryChunk]).await;
        assert_eq!(without_usage(got), without_usage(plain), "{}", subject.name);
    }
}

#[tokio::test]
async fn every_ending_is_told_by_its_evidence() {
    for subject in SUBJECTS {
        for (fault, ending) in subject.endings {
            let got = under(subject, std::slice::from_ref(fault)).await;
            assert_eq!(got.last().unwrap()["ending"], *ending, "{} under {fault}", subject.name);
        }
        let some = subject.ahead + 3;
        for fault in [Fault::NoEnd, Fault::CutAfter(some), Fault::Reset(some), Fault::TruncatedBody] {
            let got = under(subject, std::slice::from_ref(&fault)).await;
            assert_eq!(got.last().unwrap()["kind"], "interrupted", "{} under {fault}: {got:?}", subject.name);
            assert!(got.len() > 1, "what came before is kept: {got:?}");
        }
    }
}

#[tokio::test]
async fn every_refusal_has_its_kind() {
    for subject in SUBJECTS {
        let [unauthorized, not_found, unprocessable] = subject.refusals;
        let table = [
            (Fault::Status(401), unauthorized),
            (Fault::Status(404), not_found),
            (Fault::Status(422), unprocessable),
            (Fault::Status(500), "unavailable"),
            (Fault::Status(503), "unavailable"),
            (Fault::Status(529), "unavailable"),
            (Fault::RateLimited, "rate_limited"),
            (Fault::Error200, "unavailable"),
            (Fault::Html, "unexpected"),
            (Fault::Html403, "blocked"),
        ];
        for (fault, kind) in table {
            let got = under(subject, std::slice::from_ref(&fault)).await;
            assert_eq!((got.len(), &got[0]["kind"]), (1, &json!(kind)), "{} under {fault}: {got:?}", subject.name);
        }
        let some = subject.ahead + 3;
        for fault in [Fault::ErrorMidStream(some), Fault::NestedErrorMidStream(some)] {
            let got = under(subject, std::slice::from_ref(&fault)).await;
            assert_eq!(got.last().unwrap()["type"], "error");
            assert!(got.len() > 1, "{} under {fault}: {got:?}", subject.name);
        }
    }
}

#[tokio::test]
async fn odd_answers_fail_nothing() {
    for subject in SUBJECTS {
        for fault in [Fault::MissingIds, Fault::EmptyUsage, Fault::UnknownFinishReason, Fault::ThinkingPlaceholder] {
            let got = under(subject, std::slice::from_ref(&fault)).await;
            assert_eq!(got.last().unwrap()["type"], "end", "{} under {fault}: {got:?}", subject.name);
        }
        let got = under(subject, &[Fault::BigEvent(8 * 1024 * 1024)]).await;
        let longest = got.iter().filter_map(|item| item["text"].as_str()).map(str::len).max().unwrap();
        assert!(longest >= 8 * 1024 * 1024, "{longest}");
    }
}

#[tokio::test]
async fn a_failure_that_passes_is_retried_before_the_first_event_and_never_after() {
    for subject in SUBJECTS {
        let patient = TransportConfig::default().retry(Retry::default().first_wait(Duration::ZERO));
        for fault in [Fault::Status(503), Fault::RetryAfterMs(1), Fault::RetryAfter("0".into()), Fault::Error200] {
            let emulator = emulator(&[fault, Fault::FailTimes(2)]).await;
            let provider = (subject.emulated)(&emulator, patient.clone()).unwrap();
            let stream = provider.chat(ChatRequest::new("Why?")).await.unwrap();
            assert_eq!((stream.vitals().attempts, chats(subject, &emulator)), (3, 3), "{}", subject.name);
            assert_eq!(drain(stream).await.last().unwrap()["type"], "end");
        }
        let emulator = emulator(&[Fault::Reset(subject.ahead + 3)]).await;
        let provider = (subject.emulated)(&emulator, patient).unwrap();
        let items = drain(provider.chat(ChatRequest::new("Why?")).await.unwrap()).await;
        assert_eq!((&items.last().unwrap()["kind"], chats(subject, &emulator)), (&json!("interrupted"), 1));
    }
}

#[tokio::test]
async fn what_the_provider_asks_to_wait_is_in_the_error() {
    for subject in SUBJECTS {
        let date = "Fri, 31 Dec 2100 23:59:59 GMT".to_owned();
        for (fault, at_least) in
            [(Fault::RetryAfter("7".into()), 7.0), (Fault::RetryAfterMs(1500), 1.5), (Fault::RetryAfter(date), 1e6)]
        {
            let emulator = emulator(std::slice::from_ref(&fault)).await;
            let error = open(subject, &emulator).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::RateLimited);
            assert!(
                error.retry_after().unwrap().as_secs_f64() >= at_least,
                "{} under {fault}: {error:?}",
                subject.name
            );
        }
    }
}

#[tokio::test]
async fn silence_ends_with_the_wait_allowed_after_what_came() {
    for subject in SUBJECTS {
        let timeouts = Timeouts::none().first_byte(Duration::from_millis(300)).idle(Duration::from_millis(300));
        for (fault, message) in [(Fault::Stall(3), "more bytes"), (Fault::Hang, "the head of the answer")] {
            let emulator = emulator(std::slice::from_ref(&fault)).await;
            let provider = (subject.emulated)(&emulator, config().timeouts(timeouts)).unwrap();
            let error = match provider.chat(ChatRequest::new("Why?")).await {
                Err(error) => error,
                Ok(mut stream) => loop {
                    match stream.next().await.unwrap() {
                        Ok(chunk) => assert!(!matches!(chunk, Chunk::End(_))),
                        Err(error) => break error,
                    }
                },
            };
            assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
            assert_eq!(error.message(), format!("waited 0.3 s for {message}"));
        }
    }
}

#[tokio::test]
async fn a_dropped_stream_closes_its_connection() {
    for subject in SUBJECTS {
        let emulator = emulator(&[Fault::Stall(subject.ahead + 3)]).await;
        let mut stream = open(subject, &emulator).await.unwrap();
        stream.next().await.unwrap().unwrap();
        assert_eq!(emulator.cancelled(), 0);
        drop(stream);
        tokio::time::timeout(LONG, emulator.wait_for_cancelled(1)).await.unwrap();
    }
}

#[tokio::test]
async fn a_dropped_call_closes_its_connection() {
    for subject in SUBJECTS {
        let emulator = emulator(&[Fault::Hang]).await;
        let provider = (subject.emulated)(&emulator, config()).unwrap();
        let call = tokio::spawn(async move { provider.chat(ChatRequest::new("Why?")).await.map(|_| ()) });
        tokio::time::timeout(LONG, emulator.wait_for_requests(subject.before + 1)).await.unwrap();
        call.abort();
        tokio::time::timeout(LONG, emulator.wait_for_cancelled(1)).await.unwrap();
    }
}

#[tokio::test]
async fn answers_one_after_the_other_share_one_connection() {
    for subject in SUBJECTS {
        let emulator = emulator(&[]).await;
        let provider = (subject.emulated)(&emulator, config()).unwrap();
        for whole in [false, true, false, true] {
            let request = ChatRequest::new("Why?");
            let request = if whole && subject.functions { request.whole() } else { request };
            drain(provider.chat(request).await.unwrap()).await;
        }
        assert_eq!((chats(subject, &emulator), emulator.connections()), (4, 1), "{}", subject.name);
    }
}

#[tokio::test]
async fn chunks_come_the_moment_their_bytes_do() {
    for subject in SUBJECTS {
        let emulator = emulator(&[]).await;
        // After the first event the server falls silent: whoever waits for more has none.
        let event = (subject.event)("now");
        let answer = Answer::new(200).header("content-type", "text/event-stream").piece(event).stall();
        script(subject, &emulator, answer);
        let mut stream = open(subject, &emulator).await.unwrap();
        let chunk = tokio::time::timeout(LONG, stream.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(chunk, Chunk::Text("now".into()));
    }
}

#[tokio::test]
async fn an_event_is_whole_wherever_the_network_cuts_it() {
    for subject in SUBJECTS {
        let body = Bytes::from(["при", "ве́т", "🚀"].map(subject.event).concat() + subject.end);
        let emulator = emulator(&[]).await;
        let provider = (subject.emulated)(&emulator, config()).unwrap();
        for width in [1, 2, 3, 5, 7, 16, 61] {
            let answer = Answer::new(200).header("content-type", "text/event-stream");
            script(subject, &emulator, answer.pieces(in_widths(&body, width)).end());
            let response = provider.chat(ChatRequest::new("Why?")).await.unwrap().into_response().await.unwrap();
            assert_eq!(response.text, "приве́т🚀", "{} in pieces of {width}", subject.name);
        }
    }
}

#[tokio::test]
async fn history_arrives_and_tools_go_there_and_back() {
    for subject in SUBJECTS.iter().filter(|subject| subject.functions) {
        let emulator = emulator(&[]).await;
        let provider = (subject.emulated)(&emulator, config()).unwrap();
        let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
        let request = ChatRequest::new("What is the weather?").tool(Tool::new("weather").parameters(schema));
        let response = provider.chat(request.clone()).await.unwrap().into_response().await.unwrap();
        let [call] = &response.tool_calls[..] else { panic!("{response:?}") };
        let arguments: Value = serde_json::from_str(&call.arguments).unwrap();
        assert!(call.name == "weather" && arguments["city"].is_string(), "{call:?}");

        let request = request.message(response.to_message()).message(Message::tool(&call.id, "snow in May"));
        let response = provider.chat(request).await.unwrap().into_response().await.unwrap();
        assert!(response.text.contains("snow in May"), "{}", response.text);
    }
}

#[tokio::test]
async fn no_secret_shows_in_anything_that_prints() {
    for subject in SUBJECTS {
        let emulator = emulator(&[Fault::Status(401)]).await;
        let provider = (subject.emulated)(&emulator, config()).unwrap();
        let error = provider.chat(ChatRequest::new("Why?")).await.unwrap_err();
        let shown = format!("{provider:?} {error} {error:?}");
        assert!(!shown.contains(subject.secret), "{shown}");
        // It did go to the server that it is for.
        let requests = emulator.requests();
        let sent = requests.iter().filter_map(|request| request.header("authorization").or(request.header("cookie")));
        assert!(sent.filter(|header| header.contains(subject.secret)).count() > 0, "{}", subject.name);
    }
}

#[tokio::test]
async fn many_streams_run_side_by_side() {
    for subject in SUBJECTS {
        let emulator = Emulator::builder().pace(Duration::from_millis(1)).start().await.unwrap();
        let provider: std::sync::Arc<dyn Provider> = (subject.emulated)(&emulator, config()).unwrap().into();
        let calls = (0..50).map(|i| {
            let provider = provider.clone();
            async move {
                let stream = provider.chat(ChatRequest::new(format!("question {i}"))).await.unwrap();
                stream.into_response().await.unwrap().text
            }
        });
        let texts = tokio::time::timeout(LONG, futures_util::future::join_all(calls)).await.unwrap();
        for (i, text) in texts.iter().enumerate() {
            assert!(text.contains(&format!("question {i}\"")), "{text}");
        }
    }
}
