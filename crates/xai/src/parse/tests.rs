use chatstream_core::ToolCall;
use chatstream_core::decode::{Decoder, Framing};

use super::*;

/// The chunks of a body, and the error that ended it, as the driver would have them.
fn chunks(body: &str, framing: Framing) -> (Vec<Chunk>, Option<Error>) {
    let mut decoder = Decoder::new(framing, 1 << 20);
    let (mut parser, mut chunks, mut out) = (ChatParser::new(), Chunks::new(), Vec::new());
    let mut failure = None;
    decoder.push(body.to_owned().into());
    decoder.finish();
    while let (None, Some(event)) = (&failure, decoder.next_event().unwrap()) {
        failure = parser.parse(&event, &mut chunks).err();
        if chunks.is_ended() {
            break;
        }
    }
    if failure.is_none() && !chunks.is_ended() {
        failure = parser.finish(true, &mut chunks).err();
    }
    out.extend(std::iter::from_fn(|| chunks.pop()));
    (out, failure)
}

/// The chunks of a stream of these `data` payloads.
fn stream(payloads: &[&str]) -> Vec<Chunk> {
    let body: String = payloads.iter().map(|payload| format!("data: {payload}\n\n")).collect();
    let (chunks, failure) = chunks(&body, Framing::Sse);
    assert!(failure.is_none(), "{failure:?}");
    chunks
}

fn end(finish_reason: Option<FinishReason>, ending: Ending) -> Chunk {
    let mut end = End::new(ending);
    end.finish_reason = finish_reason;
    Chunk::End(end)
}

fn text(text: &str) -> Chunk {
    Chunk::Text(text.to_owned())
}

fn thought(text: &str) -> Chunk {
    Chunk::Reasoning(Reasoning::Delta(text.to_owned()))
}

#[test]
fn deltas_come_out_as_they_are_and_empty_ones_do_not() {
    let got = stream(&[
        r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#,
        r#"{"choices":[{"delta":{"reasoning_content":" hm","content":null}}]}"#,
        r#"{"choices":[{"delta":{"content":" a\n"}}]}"#,
        r#"{"choices":[{"delta":{"content":"  "},"finish_reason":null}]}"#,
        r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
        "[DONE]",
    ]);
    let end = end(Some(FinishReason::Stop), Ending::FinishAndDone);
    assert_eq!(got, [thought(" hm"), text(" a\n"), text("  "), end]);
}

#[test]
fn finish_reason_and_text_and_call_in_one_event_give_all_three() {
    let got = stream(
        &[r#"{"choices":[{"delta":{"content":"a","tool_calls":[{"id":"1","function":{"name":"f","arguments":"{}"}}]},
            "finish_reason":"stop"}]}"#]
        .map(|payload| payload.replace('\n', ""))
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>(),
    );
    let end = end(Some(FinishReason::ToolCalls), Ending::FinishOnly);
    assert_eq!(got, [text("a"), Chunk::ToolCall(ToolCall::new("1", "f", "{}")), end]);
}

#[test]
fn every_ending_names_its_evidence() {
    let delta = r#"{"choices":[{"delta":{"content":"a"}}]}"#;
    let finish = r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#;
    let table: [(&[&str], _); 3] = [
        (&[delta, finish, "[DONE]"], end(Some(FinishReason::Length), Ending::FinishAndDone)),
        (&[delta, finish], end(Some(FinishReason::Length), Ending::FinishOnly)),
        (&[delta, "[DONE]"], end(None, Ending::DoneOnly)),
    ];
    for (payloads, expected) in table {
        assert_eq!(stream(payloads).last(), Some(&expected));
    }
    // Without either the answer has not ended: the driver makes that an error.
    assert_eq!(stream(&[delta]), [text("a")]);
}

#[test]
fn an_unknown_or_empty_finish_reason_fails_nothing() {
    let table = [
        ("end_turn", Some(FinishReason::Stop)),
        ("content_filter", Some(FinishReason::ContentFilter)),
        ("paused", Some(FinishReason::Other("paused".to_owned()))),
        ("", None),
    ];
    for (word, expected) in table {
        let finish = format!(r#"{{"choices":[{{"finish_reason":"{word}"}}]}}"#);
        assert_eq!(stream(&[&finish, "[DONE]"]), [end(expected, Ending::FinishAndDone)], "{word:?}");
    }
}

#[test]
fn the_last_usage_counts_and_an_empty_one_does_not() {
    let got = stream(&[
        r#"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}}"#,
        r#"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}}"#,
        r#"{"choices":[],"usage":{}}"#,
        r#"{"choices":[],"usage":null}"#,
        "[DONE]",
    ]);
    let Some(Chunk::End(End { usage: Some(usage), .. })) = got.last() else { panic!("{got:?}") };
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.reasoning_tokens), (Some(5), Some(3), None));
}

#[test]
fn reasoning_is_added_to_the_output_only_when_the_sum_says_it_is_outside() {
    let table = [
        // As xAI counts: 137 + 7 + 126.
        ((137, 7, 270, 126), 133),
        // As OpenAI counts: reasoning is within the completion.
        ((137, 133, 270, 126), 133),
        // A sum that fits neither.
        ((137, 7, 999, 126), 7),
        ((10, 5, 15, 0), 5),
    ];
    for ((prompt, completion, total, reasoning), expected) in table {
        let report = format!(
            r#"{{"prompt_tokens":{prompt},"completion_tokens":{completion},"total_tokens":{total},
               "prompt_tokens_details":{{"cached_tokens":4}},"completion_tokens_details":{{"reasoning_tokens":{reasoning}}},
               "cost_in_usd_ticks":{completion}}}"#
        );
        let usage = usage(serde_json::from_str(&report).unwrap()).unwrap();
        assert_eq!(usage.output_tokens, Some(expected), "{report}");
        assert_eq!((usage.cached_tokens, usage.cost_in_usd_ticks), (Some(4), Some(completion)));
    }
}

#[test]
fn a_cost_of_zero_is_not_reported() {
    let usage = usage(serde_json::from_str(r#"{"prompt_tokens":"3","cost_in_usd_ticks":0}"#).unwrap()).unwrap();
    assert_eq!((usage.input_tokens, usage.cost_in_usd_ticks), (Some(3), None));
}

#[test]
fn an_emoji_halved_over_two_deltas_is_joined() {
    let got = stream(&[
        r#"{"choices":[{"delta":{"content":"go \ud83d"}}]}"#,
        r#"{"choices":[{"delta":{"reasoning_content":"\ud83d"}}]}"#,
        r#"{"choices":[{"delta":{"content":"\ude80!"}}]}"#,
        "[DONE]",
    ]);
    assert_eq!(got, [text("go "), text("🚀!"), thought("\u{fffd}"), end(None, Ending::DoneOnly)]);
}

#[test]
fn the_placeholder_for_reasoning_is_told_once() {
    let placeholder = r#"{"choices":[{"delta":{"reasoning_content":"Thinking... "}}]}"#;
    let got = stream(&[
        placeholder,
        placeholder,
        r#"{"choices":[{"delta":{"reasoning_content":"Thinking... a"}}]}"#,
        "[DONE]",
    ]);
    let status = Chunk::Reasoning(Reasoning::Status("thinking".to_owned()));
    assert_eq!(got, [status, thought("Thinking... a"), end(None, Ending::DoneOnly)]);
}

#[test]
fn citations_come_once_each() {
    let got = stream(&[
        r#"{"choices":[],"citations":["u1",{"url":"u2","title":"t"},7]}"#,
        r#"{"choices":[],"citations":["u1"]}"#,
        "[DONE]",
    ]);
    let citations = [Chunk::Citation(Citation::new("u1")), Chunk::Citation(Citation::new("u2").title("t"))];
    assert_eq!(got[..2], citations);
    assert_eq!(got.len(), 3);
}

#[test]
fn only_the_first_choice_is_followed() {
    let got = stream(&[
        r#"{"choices":[{"index":1,"delta":{"content":"b"}}]}"#,
        r#"{"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]}"#,
        "[DONE]",
    ]);
    assert_eq!(got, [text("a"), end(None, Ending::DoneOnly)]);
}

#[test]
fn a_whole_answer_is_the_same_chunks_at_once() {
    let body = r#"{"id":"1","object":"chat.completion","model":"grok-4.3","choices":[{"index":0,"message":{"role":"assistant",
        "content":"Hi","reasoning_content":"hm","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}],
        "refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":1},"citations":["u"]}"#;
    let (got, failure) = chunks(body, Framing::Whole);
    assert!(failure.is_none(), "{failure:?}");
    let call = Chunk::ToolCall(ToolCall::new("a", "f", "{}"));
    assert_eq!(got[..4], [thought("hm"), text("Hi"), Chunk::Citation(Citation::new("u")), call]);
    let Some(Chunk::End(end)) = got.last() else { panic!("{got:?}") };
    assert_eq!((end.model.as_deref(), &end.finish_reason), (Some("grok-4.3"), &Some(FinishReason::ToolCalls)));
    assert_eq!((end.ending, got.len()), (Ending::FinishOnly, 5));
}

#[test]
fn a_whole_answer_without_a_finish_reason_ends_with_its_body() {
    let (got, failure) = chunks(r#"{"choices":[{"message":{"content":"Hi"}}]}"#, Framing::Whole);
    assert!(failure.is_none(), "{failure:?}");
    assert_eq!(got, [text("Hi"), end(None, Ending::CleanEof)]);
}

#[test]
fn errors_inside_an_answer_come_after_the_chunks_before_them() {
    let table = [
        (r#"{"code":"The service is currently unavailable","error":"no answer"}"#, ErrorKind::Unavailable, "no answer"),
        (
            r#"{"error":{"message":"slow down","type":"rate_limit_error","code":null}}"#,
            ErrorKind::RateLimited,
            "slow down",
        ),
        (r#"{"error":"out of luck"}"#, ErrorKind::Unexpected, "out of luck"),
        (r#"{"error":{}}"#, ErrorKind::Unexpected, "{}"),
    ];
    for (error, kind, message) in table {
        let delta = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}";
        let (got, failure) = chunks(&format!("{delta}\n\ndata: {error}\n\n{delta}\n\n"), Framing::Sse);
        let failure = failure.unwrap();
        assert_eq!((got, failure.kind(), failure.message()), (vec![text("a")], kind, message));
        let (got, failure) = chunks(error, Framing::Whole);
        assert_eq!((got, failure.unwrap().kind()), (vec![], kind));
    }
}

#[test]
fn what_is_no_chat_completion_is_an_error_that_quotes_it() {
    let table = [
        ("data: {oops\n\n", Framing::Sse, ErrorKind::Parse),
        ("data: {\"choices\":7}\n\n", Framing::Sse, ErrorKind::Parse),
        ("{\"greeting\":\"hello\"}", Framing::Whole, ErrorKind::Parse),
        ("{\"data\":[],\"model\":\"m\",\"usage\":{\"total_tokens\":1}}", Framing::Whole, ErrorKind::Parse),
        ("<html><title>Welcome</title>", Framing::SseOrWhole, ErrorKind::Unexpected),
    ];
    for (body, framing, kind) in table {
        let (got, failure) = chunks(body, framing);
        let failure = failure.unwrap_or_else(|| panic!("{body}"));
        assert_eq!((got.len(), failure.kind()), (0, kind), "{failure}");
    }
    let (_, failure) = chunks("{\"greeting\":\"hello\"}", Framing::Whole);
    assert_eq!(failure.unwrap().message(), r#"answer has no choices: {"greeting":"hello"}"#);
}

#[test]
fn events_of_no_interest_are_skipped() {
    let got =
        stream(&["", r#"{"object":"keepalive"}"#, r#"{"choices":null,"model":"m"}"#, r#"{"choices":[]}"#, "[DONE]"]);
    let Some(Chunk::End(end)) = got.last() else { panic!("{got:?}") };
    assert_eq!((got.len(), end.model.as_deref()), (1, Some("m")));
}

#[test]
fn the_json_of_any_endpoint_is_passed_on_and_an_error_in_it_is_one() {
    assert_eq!(json(b"").unwrap(), Value::Null);
    assert_eq!(json(b"null").unwrap(), Value::Null);
    assert_eq!(json(br#"{"status":"failed","error":{"code":"x"},"code":1}"#).unwrap()["status"], "failed");
    assert_eq!(json(b"<html>").unwrap_err().kind(), ErrorKind::Unexpected);
    let refused = json(br#"{"code":"The service is currently unavailable","error":"later"}"#).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
}
