use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use http::StatusCode;
use http::header::{CONTENT_TYPE, RETRY_AFTER};

use super::*;
use crate::call::fetch;
use crate::chunk::{End, Ending, FinishReason};
use crate::error::{Error, ErrorKind};
use crate::provider::Outgoing;
use crate::retry::Retry;
use crate::transport::{BoxFuture, Limits, Timeouts, Transport, TransportConfig};

mod toy;

use toy::Step::{Break, Hang, Piece, Wait};
use toy::{Answer, Step, Toy};

const SECOND: Duration = Duration::from_secs(1);

async fn drain(stream: &mut ChunkStream) -> (Vec<Chunk>, Option<Error>) {
    let (mut chunks, mut error) = (Vec::new(), None);
    while let Some(chunk) = stream.next().await {
        assert!(error.is_none(), "{chunk:?} came after an error");
        assert!(!matches!(chunks.last(), Some(Chunk::End(_))), "{chunk:?} came after the end");
        match chunk {
            Ok(chunk) => chunks.push(chunk),
            Err(failure) => error = Some(failure),
        }
    }
    assert!(stream.next().await.is_none() && stream.next().await.is_none(), "the end stays the end");
    assert_eq!(matches!(chunks.last(), Some(Chunk::End(_))), error.is_none(), "one end or one error");
    (chunks, error)
}

fn end(ending: Ending) -> Chunk {
    Chunk::End(End { finish_reason: Some(FinishReason::Stop), ..End::new(ending) })
}

fn text(text: &str) -> Chunk {
    Chunk::Text(text.to_owned())
}

fn retrying() -> TransportConfig {
    TransportConfig::default().timeouts(Timeouts::none())
}

#[tokio::test(start_paused = true)]
async fn a_request_may_bring_the_parser_of_its_answer() {
    let mut toy = Toy::new(&[Answer::sse(&[Piece("data:t:a\n\ndata:d\n\n")])]);
    assert_eq!(toy.chunks().await.0, [text("a"), end(Ending::DoneOnly)]);
    toy.brings_parsers = true;
    assert_eq!(toy.chunks().await.0, [text("a"), end(Ending::FinishAndDone)]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_ends_in_one_end_with_its_evidence() {
    let table: [(&[Step], Ending); 4] = [
        (&[Piece("data:t:a\n\nda"), Piece("ta:f\n\ndata:d\n\n")], Ending::FinishAndDone),
        (&[Piece("data:t:a\n\ndata:d\n\ndata:t:late\n\n")], Ending::DoneOnly),
        (&[Piece("data:t:a\n\ndata:f\n\n")], Ending::FinishOnly),
        (&[Piece("data:t:a\n\ndata:f\n\n"), Break], Ending::FinishOnly),
    ];
    for (steps, ending) in table {
        let (chunks, error) = Toy::new(&[Answer::sse(steps)]).chunks().await;
        assert!(error.is_none(), "{error:?}");
        assert_eq!(chunks, [text("a"), end(ending)]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_mark_ends_the_answer_while_the_connection_stays_open() {
    let toy = Toy::new(&[Answer::sse(&[Piece("data:t:a\n\ndata:d\n\n"), Hang])]);
    let (chunks, error) = toy.chunks().await;
    assert_eq!((chunks, error.is_none()), (vec![text("a"), end(Ending::DoneOnly)], true));
    assert_eq!(toy.service.bodies.dropped.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_ends_right_after_its_end_mark_is_read_out_for_the_next_request() {
    let toy = Toy::new(&[Answer::sse(&[Piece("data:d\n\n")])]);
    toy.chunks().await;
    assert_eq!(toy.service.bodies.ended.load(Ordering::Relaxed), 1);
    // One that ends a little later is waited for a little, by whoever asks for more.
    for (wait, ended) in [(SECOND / 50, 1), (SECOND, 0)] {
        let toy = Toy::new(&[Answer::sse(&[Piece("data:d\n\n"), Wait(wait)])]);
        let mut stream = toy.chat().await.unwrap();
        stream.next().await.unwrap().unwrap();
        let start = Instant::now();
        assert!(stream.next().await.is_none());
        assert_eq!(toy.service.bodies.ended.load(Ordering::Relaxed), ended);
        assert!(start.elapsed() < SECOND / 5, "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_that_stop_before_the_evidence_are_an_error_after_every_chunk() {
    let table: [(&[Step], &str); 5] = [
        (&[Piece("data:t:a\n\n")], "answer stopped before its end"),
        (&[Piece("data:t:a\n\ndata:x"), Break], "connection broke off"),
        (&[Piece("data:t:a\n\n"), Break], "connection broke off"),
        (&[Piece("data:t:a\n\ndata:half a rec")], "answer stopped before its end"),
        (&[Piece("data:t:a\n\ndata:n\n"), Break], "connection broke off"),
    ];
    for (steps, message) in table {
        let (chunks, error) = Toy::new(&[Answer::sse(steps)]).chunks().await;
        let error = error.unwrap();
        assert_eq!((chunks, error.kind(), error.message()), (vec![text("a")], ErrorKind::Interrupted, message));
        assert_eq!((error.provider(), error.status()), (Some("toy"), None));
    }
}

#[tokio::test(start_paused = true)]
async fn a_last_event_without_its_blank_line_counts_when_it_is_whole() {
    let (chunks, error) = Toy::new(&[Answer::sse(&[Piece("data:t:a\n\ndata:d")])]).chunks().await;
    assert_eq!((chunks, error.is_none()), (vec![text("a"), end(Ending::DoneOnly)], true));
}

#[tokio::test(start_paused = true)]
async fn an_error_in_mid_stream_is_the_last_item() {
    let toy = Toy::new(&[Answer::sse(&[Piece("data:t:a\n\ndata:t:b\n\ndata:e:no\n\ndata:t:c\n\n")])]);
    let (chunks, error) = toy.chunks().await;
    let error = error.unwrap();
    assert_eq!((chunks, error.kind(), error.message()), (vec![text("a"), text("b")], ErrorKind::Refused, "no"));
    assert_eq!((error.provider(), error.status()), (Some("toy"), Some(StatusCode::OK)));
    assert_eq!(toy.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_event_over_the_limit_is_an_error_after_those_before_it() {
    let config = retrying().limits(Limits::default().event(16));
    let toy = Toy::with(&[Answer::sse(&[Piece("data:t:a\n\ndata:t:far too long a line\n\n")])], config);
    let (chunks, error) = toy.chunks().await;
    assert_eq!((chunks, error.unwrap().kind()), (vec![text("a")], ErrorKind::Decode));
}

#[tokio::test(start_paused = true)]
async fn whatever_fails_before_the_first_event_is_the_error_of_the_call_and_is_retried() {
    let fine = Answer::sse(&[Piece(": hi\n\ndata:t:a\n\ndata:d\n\n")]);
    let unreachable = Answer::refused(0, "");
    let failures = [
        unreachable,
        Answer::refused(503, "busy"),
        Answer::sse(&[Piece("data:k:busy\n\n")]),
        Answer::sse(&[Piece(": keep-alive\n\n"), Break]),
        Answer::sse(&[]),
    ];
    for failure in failures {
        let toy = Toy::new(&[failure.clone(), failure.clone(), fine.clone()]);
        let mut stream = toy.chat().await.unwrap();
        assert_eq!((stream.vitals().attempts, toy.requests()), (3, 3));
        assert_eq!(drain(&mut stream).await.0, [text("a"), end(Ending::DoneOnly)]);
        // Two retries by default, then the error.
        let toy = Toy::new(&[failure.clone(), failure.clone(), failure.clone(), fine.clone()]);
        let error = toy.chat().await.unwrap_err();
        assert!(error.is_retryable() && error.provider() == Some("toy"), "{error:?}");
        let toy = Toy::with(&[failure, fine.clone()], retrying().retry(Retry::none()));
        assert!(toy.chat().await.is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_retried_once_something_was_delivered() {
    let fine = Answer::sse(&[Piece("data:t:b\n\ndata:d\n\n")]);
    for steps in
        [&[Piece("data:t:a\n\ndata:k:busy\n\n")][..], &[Piece("data:te:a\n\n")], &[Piece("data:t:a\n\n"), Break]]
    {
        let toy = Toy::new(&[Answer::sse(steps), fine.clone()]);
        let (chunks, error) = toy.chunks().await;
        assert_eq!((chunks, error.unwrap().is_retryable(), toy.requests()), (vec![text("a")], true, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn what_retrying_cannot_mend_is_not_retried() {
    for failure in [Answer::refused(404, "no such model"), Answer::sse(&[Piece("data:e:refused\n\n")])] {
        let toy = Toy::new(&[failure]);
        let error = toy.chat().await.unwrap_err();
        assert!(!error.is_retryable() && toy.requests() == 1, "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_the_provider_asks_for_is_kept() {
    let mut limited = Answer::refused(429, "slow down");
    limited.headers = vec![(RETRY_AFTER, "7"), ("x-request-id".parse().unwrap(), "r1")];
    let toy = Toy::new(&[limited.clone(), Answer::sse(&[Piece("data:d\n\n")])]);
    let start = Instant::now();
    drop(toy.chat().await.unwrap());
    assert!(start.elapsed() >= SECOND * 7 && start.elapsed() < SECOND * 8, "{:?}", start.elapsed());

    let toy = Toy::with(&[limited], retrying().retry(Retry::none()));
    let error = toy.chat().await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(SECOND * 7)));
    assert_eq!((error.status(), error.request_id()), (Some(StatusCode::TOO_MANY_REQUESTS), Some("r1")));
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test(start_paused = true)]
async fn a_refused_grant_is_renewed_once() {
    let refused = Answer::refused(401, "expired");
    let toy = Toy::new(&[refused.clone(), Answer::sse(&[Piece("data:d\n\n")])]);
    assert_eq!(toy.chat().await.unwrap().vitals().attempts, 2);
    let grants: Vec<_> =
        toy.service.requests.lock().unwrap().iter().map(|request| request.headers()["grant"].clone()).collect();
    assert_eq!(grants, ["1", "2"]);

    let toy = Toy::new(&[refused]);
    assert_eq!(toy.chat().await.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert_eq!(toy.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_200_that_is_no_answer_is_a_refusal() {
    let mut page = Answer::refused(200, "<html>");
    page.headers = vec![(CONTENT_TYPE, "text/html")];
    let error = Toy::new(&[page]).chat().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status(), error.message()),
        (ErrorKind::Unexpected, Some(StatusCode::OK), "<html>")
    );
}

#[tokio::test(start_paused = true)]
async fn a_compressed_answer_is_refused_as_such() {
    let mut gzipped = Answer::sse(&[Piece("\u{1f}\u{8b}")]);
    gzipped.headers.push((http::header::CONTENT_ENCODING, "gzip"));
    let error = Toy::new(&[gzipped]).chat().await.unwrap_err();
    assert_eq!((error.kind(), error.provider()), (ErrorKind::Unexpected, Some("toy")));
    assert!(error.message().starts_with("answer is compressed with gzip"), "{error}");
    let mut plain = Answer::sse(&[Piece("data:d\n\n")]);
    plain.headers.push((http::header::CONTENT_ENCODING, "identity"));
    assert!(Toy::new(&[plain]).chat().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_whole_body_goes_through_the_same_pipe() {
    let mut whole = Answer::sse(&[Piece("t:hel"), Piece("lo")]);
    whole.headers = vec![(CONTENT_TYPE, "application/json")];
    let (chunks, error) = Toy::new(&[whole.clone()]).chunks().await;
    // The toy wire has no end in a whole body; the text came first all the same.
    assert_eq!((chunks, error.unwrap().kind()), (vec![text("hello")], ErrorKind::Interrupted));
    let vitals = Toy::new(&[whole.clone()]).chat().await.unwrap().vitals();
    assert!(vitals.time_to_first_event.is_some() && vitals.time_to_first_content.is_some(), "{vitals:?}");
    whole.steps.push(Break);
    let (chunks, error) = Toy::new(&[whole]).chunks().await;
    assert_eq!((chunks, error.unwrap().message().to_owned()), (vec![text("hello")], "connection broke off".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn each_wait_has_its_own_limit() {
    let keep_alives: Vec<_> = (0..9).flat_map(|_| [Wait(SECOND * 5), Piece(": hi\n\ndata:n\n\n")]).collect();
    let progress: Vec<_> =
        (0..9).flat_map(|_| [Wait(SECOND * 5), Piece("data:p\n\n")]).chain([Piece("data:d\n\n")]).collect();
    let first = Piece("data:t:a\n\n");
    let with = |timeouts: Timeouts, steps: &[Step]| {
        let config = TransportConfig::default().timeouts(timeouts).retry(Retry::none());
        Toy::with(&[Answer::sse(&[std::slice::from_ref(&first), steps].concat())], config)
    };
    let limits = Timeouts::none().idle(SECOND * 10).content(SECOND * 20);
    let table = [
        (with(limits, &[Wait(SECOND * 9), Piece("data:d\n\n")]), None),
        (with(limits, &[Wait(SECOND * 11), Piece("data:d\n\n")]), Some("waited 10 s for more bytes")),
        (with(limits, &[Hang]), Some("waited 10 s for more bytes")),
        (with(limits, &keep_alives), Some("waited 20 s for an event that says something")),
        (with(limits, &progress), None),
    ];
    for (toy, expected) in table {
        let (chunks, error) = toy.chunks().await;
        assert_eq!(chunks.first(), Some(&text("a")));
        assert_eq!(error.as_ref().map(Error::message), expected);
        assert!(error.is_none_or(|error| error.kind() == ErrorKind::Timeout));
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_not_a_silent_server() {
    let config = TransportConfig::default().timeouts(Timeouts::none().idle(SECOND * 10).content(SECOND * 10));
    let steps = [Piece("data:t:a\n\n"), Piece("data:t:b\n\n"), Wait(SECOND * 5), Piece("data:d\n\n")];
    let mut stream = Toy::with(&[Answer::sse(&steps)], config).chat().await.unwrap();
    for expected in [text("a"), text("b"), end(Ending::DoneOnly)] {
        tokio::time::sleep(SECOND * 60).await;
        assert_eq!(stream.next().await.unwrap().unwrap(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_given_up_loses_no_chunk() {
    let steps = [Piece("data:t:a\n\ndata:t"), Wait(SECOND), Piece(":b\n\n"), Wait(SECOND), Piece("data:d\n\n")];
    let mut stream = Toy::new(&[Answer::sse(&steps)]).chat().await.unwrap();
    let (mut chunks, mut waits) = (Vec::new(), 0);
    while chunks.len() < 3 {
        match tokio::time::timeout(SECOND / 3, stream.next()).await {
            Ok(chunk) => chunks.push(chunk.unwrap().unwrap()),
            Err(_) => waits += 1,
        }
    }
    assert_eq!(chunks, [text("a"), text("b"), end(Ending::DoneOnly)]);
    assert!(waits >= 4, "{waits}");
}

#[tokio::test(start_paused = true)]
async fn dropping_the_call_or_the_stream_drops_the_body() {
    let toy = Toy::new(&[Answer::sse(&[Piece(": hi\n\n"), Hang])]);
    assert!(tokio::time::timeout(SECOND, toy.chat()).await.is_err());
    assert_eq!(toy.service.bodies.dropped.load(Ordering::Relaxed), 1);
    let toy = Toy::new(&[Answer::sse(&[Piece("data:t:a\n\n"), Hang])]);
    drop(toy.chat().await.unwrap());
    assert_eq!(toy.service.bodies.dropped.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn vitals_tell_how_the_answer_came_in() {
    let steps = [
        Wait(SECOND),
        Piece(": hi\n\ndata:n\n\n"),
        Wait(SECOND * 3),
        Piece("data:t:a\n\n"),
        Wait(SECOND * 2),
        Piece("data:t:b\n\ndata:d\n\n"),
    ];
    let mut stream = Toy::new(&[Answer::sse(&steps)]).chat().await.unwrap();
    drain(&mut stream).await;
    let vitals = stream.vitals();
    let whole = |time: Option<Duration>| time.map(|time| time.as_secs());
    assert_eq!((whole(vitals.time_to_head), whole(vitals.time_to_first_event)), (Some(0), Some(1)));
    assert_eq!((whole(vitals.time_to_first_content), vitals.longest_gap.as_secs()), (Some(4), 3));
    assert_eq!((vitals.attempts, vitals.bytes, vitals.events, vitals.chunks), (1, 42, 4, 3));
}

#[tokio::test(start_paused = true)]
async fn info_has_the_head() {
    let mut answer = Answer::sse(&[Piece("data:d\n\n")]);
    answer
        .headers
        .extend([("x-request-id".parse().unwrap(), "r1"), ("x-ratelimit-remaining-tokens".parse().unwrap(), "99")]);
    let stream = Toy::new(&[answer]).chat().await.unwrap();
    let info = stream.info();
    assert_eq!((info.status, info.request_id()), (StatusCode::OK, Some("r1")));
    assert_eq!((info.rate_limits().remaining_tokens, info.rate_limits().limit_tokens), (Some(99), None));
    assert_eq!(stream.into_response().await.unwrap().request_id.as_deref(), Some("r1"));
}

#[tokio::test(start_paused = true)]
async fn raw_events_are_those_of_the_wire_from_the_first_on() {
    let steps = [Piece("data:n\n\ndata:t:a\n\n"), Piece("event: x\ndata:e:no\n\ndata:half")];
    let stream = Toy::new(&[Answer::sse(&steps)]).chat().await.unwrap();
    let events: Vec<_> = stream.raw_events().try_collect().await.unwrap();
    let data: Vec<_> = events.iter().map(|event| std::str::from_utf8(&event.data).unwrap()).collect();
    assert_eq!(data, ["n", "t:a", "e:no", "half"]);
    assert_eq!((events[2].name.as_deref(), events[3].incomplete), (Some("x"), true));

    let stream = Toy::new(&[Answer::sse(&[Piece("data:n\n\n"), Break])]).chat().await.unwrap();
    let error = stream.raw_events().try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!((error.kind(), error.provider()), (ErrorKind::Interrupted, Some("toy")));
}

#[tokio::test(start_paused = true)]
async fn a_request_says_who_asks_and_asks_for_plain_bytes() {
    let toy = Toy::new(&[Answer::sse(&[Piece("data:d\n\n")])]);
    drop(toy.chat().await.unwrap());
    let requests = toy.service.requests.lock().unwrap();
    let header = |name: &str| requests[0].headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("user-agent"), concat!("chatstream/", env!("CARGO_PKG_VERSION")));
    assert_eq!(header("accept-encoding"), "identity");
}

#[tokio::test(start_paused = true)]
async fn the_same_calls_work_on_a_boxed_provider() {
    let provider: Box<dyn Provider> = Box::new(Toy::new(&[Answer::sse(&[Piece("data:t:a\n\ndata:d\n\n")])]));
    let response = provider.chat(ChatRequest::new("hi")).await.unwrap().into_response().await.unwrap();
    assert_eq!((response.text.as_str(), response.ending), ("a", Some(Ending::DoneOnly)));
}

#[tokio::test(start_paused = true)]
async fn a_fetch_is_retried_classified_and_bounded_like_a_chat() {
    let request = || -> BoxFuture<'_, Result<Outgoing>> {
        let request = http::Request::get("http://toy.example/models").body(Bytes::new()).unwrap();
        Box::pin(std::future::ready(Ok(Outgoing::new(request))))
    };
    let toy = Toy::new(&[Answer::refused(500, "busy"), Answer::refused(200, "[1]")]);
    let (info, body) = fetch(&toy, request).await.unwrap();
    assert_eq!((info.status, &body[..], toy.requests()), (StatusCode::OK, &b"[1]"[..], 2));

    let toy = Toy::new(&[Answer::refused(404, "none")]);
    let error = fetch(&toy, request).await.unwrap_err();
    assert_eq!((error.kind(), error.message(), error.provider()), (ErrorKind::Unexpected, "none", Some("toy")));

    let mut gzipped = Answer::refused(200, "[1]");
    gzipped.headers.push((http::header::CONTENT_ENCODING, "gzip"));
    let toy = Toy::new(&[gzipped]);
    let error = fetch(&toy, request).await.unwrap_err();
    assert!(error.message().starts_with("answer is compressed with gzip"), "{error}");

    let small = retrying().limits(Limits::default().event(2));
    let toy = Toy::with(&[Answer::refused(200, "[1]")], small);
    let error = fetch(&toy, request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_never_ends_is_read_up_to_its_limit() {
    let mut endless = Answer::refused(500, "");
    endless.steps = vec![Piece("aaaa"), Piece("bbbb"), Hang];
    let config = retrying().retry(Retry::none()).limits(Limits::default().error_body(6));
    assert_eq!(Toy::with(&[endless], config).chat().await.unwrap_err().message(), "aaaabb");
}
