use chatstream_core::delta::{DeltaJoiner, DeltaText};
use chatstream_core::{Error, ErrorKind, Result, ToolCall};
use serde_json::value::RawValue;

use crate::wire::ToolCallDelta;

/// The tool calls of an answer, joined from their pieces.
#[derive(Debug, Default)]
pub(super) struct ToolCalls(Vec<OpenCall>);

#[derive(Debug)]
struct OpenCall {
    index: Option<u64>,
    id: Option<String>,
    name: String,
    arguments: String,
    joiner: DeltaJoiner,
}

impl ToolCalls {
    /// Takes a piece of a call, or a whole one. Of a whole answer every piece is a call.
    pub(super) fn take(&mut self, delta: ToolCallDelta<'_>, is_whole: bool) -> Result<()> {
        // The service's own tools run there; they are reported, not to be called.
        if delta.r#type.as_deref().is_some_and(|kind| !matches!(kind, "function" | "")) {
            return Ok(());
        }
        let id = delta.id.as_deref().filter(|id| !id.is_empty());
        let (name, arguments) = match &delta.function {
            Some(function) => (function.name.as_deref().unwrap_or_default(), function.arguments),
            None => ("", None),
        };
        let open = self.0.iter().rposition(|call| delta.index.is_none() || call.index == delta.index);
        let open = open.filter(|&open| !is_whole && self.0[open].goes_on(id, name));
        let at = open.unwrap_or(self.0.len());
        if open.is_none() {
            let joiner = DeltaJoiner::default();
            self.0.push(OpenCall {
                index: delta.index,
                id: None,
                name: String::new(),
                arguments: String::new(),
                joiner,
            });
        }
        let call = &mut self.0[at];
        if call.id.is_none() {
            call.id = id.map(str::to_owned);
        }
        if call.name.is_empty() {
            name.clone_into(&mut call.name);
        }
        call.append(arguments)
    }

    /// The complete calls, in the order they began.
    pub(super) fn finish(&mut self) -> impl Iterator<Item = ToolCall> + use<> {
        std::mem::take(&mut self.0).into_iter().enumerate().map(|(i, mut call)| {
            call.arguments.extend(call.joiner.finish());
            ToolCall::new(call.id.unwrap_or_else(|| format!("call_{i}")), call.name, call.arguments)
        })
    }
}

impl OpenCall {
    /// Whether a piece with this id and name belongs to this call. Two calls under one index are
    /// told apart by their ids, else by their names, else by the first one's being complete.
    fn goes_on(&self, id: Option<&str>, name: &str) -> bool {
        match (&self.id, id) {
            (Some(own), Some(id)) => own == id,
            _ if name.is_empty() || self.name.is_empty() => true,
            _ => name == self.name && serde_json::from_str::<&RawValue>(&self.arguments).is_err(),
        }
    }

    fn append(&mut self, arguments: Option<&RawValue>) -> Result<()> {
        let Some(arguments) = arguments.map(RawValue::get) else { return Ok(()) };
        if arguments.starts_with('"') {
            let delta: DeltaText<'_> = serde_json::from_str(arguments)
                .map_err(|error| Error::new(ErrorKind::Parse, "arguments are no text").with_source(error))?;
            self.arguments.push_str(&self.joiner.join(delta)?);
        } else if arguments != "null" {
            // The JSON itself instead of its text.
            self.arguments.push_str(arguments);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The calls joined from the pieces, as `id name(arguments)`.
    fn check(pieces: &[&str], expected: &[&str]) {
        let mut calls = ToolCalls::default();
        for piece in pieces {
            calls.take(serde_json::from_str(piece).unwrap(), false).unwrap();
        }
        let calls: Vec<_> =
            calls.finish().map(|call| format!("{} {}({})", call.id, call.name, call.arguments)).collect();
        assert_eq!(calls, expected, "{pieces:?}");
    }

    #[test]
    fn a_call_comes_whole_or_in_pieces() {
        check(
            &[r#"{"id":"a","function":{"name":"f","arguments":"{\"x\":1}"},"index":0,"type":"function"}"#],
            &["a f({\"x\":1})"],
        );
        let pieces = [
            r#"{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}"#,
            r#"{"index":0,"function":{"arguments":"{\"x\""}}"#,
            r#"{"index":0,"id":"","function":{"name":"","arguments":":1}"}}"#,
        ];
        check(&pieces, &["a f({\"x\":1})"]);
        check(
            &[r#"{"id":"a","function":{"name":"f"}}"#, r#"{"id":"a","function":{"name":"f","arguments":"{}"}}"#],
            &["a f({})"],
        );
    }

    #[test]
    fn calls_by_turns_are_joined_by_their_index() {
        let pieces = [
            r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}"#,
            r#"{"index":1,"id":"b","function":{"name":"g","arguments":"["}}"#,
            r#"{"index":0,"function":{"arguments":"}"}}"#,
            r#"{"index":1,"function":{"arguments":"]"}}"#,
        ];
        check(&pieces, &["a f({})", "b g([])"]);
    }

    #[test]
    fn two_calls_under_one_index_are_kept_apart() {
        let by_id = [
            r#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#,
            r#"{"index":0,"id":"b","function":{"name":"f","arguments":"{}"}}"#,
        ];
        check(&by_id, &["a f({})", "b f({})"]);
        let by_name = [
            r#"{"index":0,"function":{"name":"f","arguments":"{"}}"#,
            r#"{"index":0,"function":{"name":"g","arguments":"{}"}}"#,
        ];
        check(&by_name, &["call_0 f({)", "call_1 g({})"]);
        let by_completeness = [
            r#"{"function":{"name":"f","arguments":"{\"x\":1}"}}"#,
            r#"{"function":{"name":"f","arguments":"{\"x\":"}}"#,
            r#"{"function":{"arguments":"2}"}}"#,
        ];
        check(&by_completeness, &["call_0 f({\"x\":1})", "call_1 f({\"x\":2})"]);
    }

    #[test]
    fn arguments_come_as_text_or_as_the_json_itself() {
        check(&[r#"{"function":{"name":"f","arguments":{"x": [1]}}}"#], &["call_0 f({\"x\": [1]})"]);
        check(&[r#"{"function":{"name":"f","arguments":null}}"#, r#"{"function":null}"#], &["call_0 f()"]);
    }

    #[test]
    fn a_character_halved_between_pieces_is_joined() {
        let pieces = [
            r#"{"index":0,"id":"a","function":{"name":"f","arguments":"\"\ud83d"}}"#,
            r#"{"index":0,"function":{"arguments":"\ude80\""}}"#,
        ];
        check(&pieces, &["a f(\"🚀\")"]);
    }

    #[test]
    fn the_services_own_tools_are_not_ours_to_call() {
        check(&[r#"{"id":"a","type":"web_search_call","function":{"name":"search","arguments":"{}"}}"#], &[]);
    }

    #[test]
    fn every_call_of_a_whole_answer_is_one_of_its_own() {
        let mut calls = ToolCalls::default();
        for _ in 0..2 {
            let delta = serde_json::from_str(r#"{"function":{"name":"roll","arguments":""}}"#).unwrap();
            calls.take(delta, true).unwrap();
        }
        assert_eq!(calls.finish().count(), 2);
    }
}
