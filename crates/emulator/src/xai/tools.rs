//! Tool calls: which ones are made, and how they are written.

use crate::fault::{Fault, Faults};
use crate::identity;
use crate::json::{Object, list};
use crate::schema;
use crate::speech::words;
use serde_json::json;

use super::wire::{ChatBody, Function, Role, ToolChoice, ToolMode};

/// Characters of the arguments that come in one delta when they are split.
const SPLIT_LENGTH: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ToolCall {
    id: String,
    index: usize,
    name: String,
    arguments: String,
}

/// The calls the model makes: one of the first tool, or of the one it must use, when a user spoke last; one of
/// each tool when the user asks for something in `parallel`, or for `both tools`. A tool's answer is never followed by another call,
/// or programs that run tools until there are none would not end.
pub(super) fn choose(body: &ChatBody, faults: &Faults, seed: u128) -> Vec<ToolCall> {
    let Some(last) = body.messages.last().filter(|message| message.role == Role::User) else { return Vec::new() };
    let mut functions: Vec<Function> = body.tools.iter().flatten().filter_map(|tool| tool.function.clone()).collect();
    let prompt = last.text().to_lowercase();
    let is_parallel =
        body.parallel_tool_calls != Some(false) && (prompt.contains("parallel") || prompt.contains("both tools"));
    match &body.tool_choice {
        Some(ToolChoice::Mode(ToolMode::None)) => functions.clear(),
        Some(ToolChoice::Named { function }) => functions.retain(|offered| offered.name == function.name),
        _ if is_parallel => {}
        _ => functions.truncate(1),
    }
    let same_index = faults.has(&Fault::SameIndexTools);
    if functions.is_empty() && (same_index || faults.has(&Fault::SplitTools)) {
        functions.push(invented());
    }
    if same_index {
        functions = functions.into_iter().cycle().take(2).collect();
    }
    let id = identity::uuid(identity::hash(&[b"tool call", &seed.to_be_bytes()]));
    let calls = functions.into_iter().enumerate().map(|(number, function)| ToolCall {
        id: format!("call-{id}-{number}"),
        index: if same_index { 0 } else { number },
        arguments: schema::sample(&object_schema(&function)).to_string(),
        name: function.name,
    });
    calls.collect()
}

/// How many tokens the calls count for.
pub(super) fn tokens(calls: &[ToolCall]) -> u64 {
    calls.iter().map(|call| words(&call.name) + words(&call.arguments)).sum()
}

/// The calls of a whole answer.
pub(super) fn whole(calls: &[ToolCall]) -> String {
    list(calls.iter().map(|call| call.head(&call.arguments).text("type", "function").end()))
}

/// The calls of a stream: each an array for one delta. A call comes whole, or, when split, first with its name
/// and then with portions of its arguments, those of several calls in turns.
pub(super) fn deltas(calls: &[ToolCall], split: bool) -> Vec<String> {
    let head = |call: &ToolCall, arguments| {
        list([call.head(arguments).plain("index", call.index).text("type", "function").end()])
    };
    if !split {
        return calls.iter().map(|call| head(call, &call.arguments)).collect();
    }
    let heads = calls.iter().map(|call| head(call, ""));
    let portions = calls.iter().map(|call| portions(&call.arguments)).collect::<Vec<_>>();
    let rounds = portions.iter().map(Vec::len).max().unwrap_or(0);
    let rest = (0..rounds).flat_map(|round| {
        let turn = calls.iter().zip(&portions);
        turn.filter_map(move |(call, portions)| Some(list([call.more(portions.get(round)?)])))
    });
    heads.chain(rest).collect()
}

impl ToolCall {
    fn head(&self, arguments: &str) -> Object {
        let function = Object::new().text("name", &self.name).text("arguments", arguments);
        Object::new().text("id", &self.id).raw("function", &function.end())
    }

    fn more(&self, arguments: &str) -> String {
        let function = Object::new().text("arguments", arguments).end();
        Object::new().raw("function", &function).plain("index", self.index).end()
    }
}

fn portions(arguments: &str) -> Vec<String> {
    let characters = arguments.chars().collect::<Vec<_>>();
    characters.chunks(SPLIT_LENGTH).map(|portion| portion.iter().collect()).collect()
}

/// The tool that is called when a fault needs one and none was offered.
fn invented() -> Function {
    Function { name: "lookup".to_owned(), parameters: json!({"properties": {"query": {"type": "string"}}}) }
}

/// The parameters of a function; those that are left out are an object without members.
fn object_schema(function: &Function) -> serde_json::Value {
    if function.parameters.is_null() { json!({"type": "object"}) } else { function.parameters.clone() }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn body(extra: Value) -> ChatBody {
        let tool = |name: &str| {
            let parameters =
                json!({"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}});
            json!({"type": "function", "function": {"name": name, "parameters": parameters}})
        };
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Both, in PARALLEL please"}]});
        body["tools"] = json!([tool("weather"), tool("clock")]);
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        serde_json::from_value(body).unwrap()
    }

    #[track_caller]
    fn check(extra: Value, faults: &str, expected: &[(&str, usize)]) {
        let calls = choose(&body(extra), &Faults::parse(faults).unwrap(), 1);
        let names = calls.iter().map(|call| (call.name.as_str(), call.index)).collect::<Vec<_>>();
        assert_eq!(names, expected);
    }

    #[test]
    fn calls_follow_the_request() {
        let one = json!({"messages": [{"role": "user", "content": "Weather?"}]});
        let answered = json!({"messages": [{"role": "tool", "content": "Sunny", "tool_call_id": "1"}]});
        check(one.clone(), "", &[("weather", 0)]);
        check(answered.clone(), "", &[]);
        check(answered, "same-index-tools", &[]);
        check(json!({}), "", &[("weather", 0), ("clock", 1)]);
        check(json!({"parallel_tool_calls": false}), "", &[("weather", 0)]);
        check(json!({"tool_choice": "none"}), "", &[]);
        check(json!({"tool_choice": "required"}), "", &[("weather", 0), ("clock", 1)]);
        check(json!({"tool_choice": {"type": "function", "function": {"name": "clock"}}}), "", &[("clock", 0)]);
        check(one, "same-index-tools", &[("weather", 0), ("weather", 0)]);
        check(json!({}), "same-index-tools", &[("weather", 0), ("clock", 0)]);
        check(json!({"tools": null}), "split-tools", &[("lookup", 0)]);
    }

    #[test]
    fn ids_differ_within_an_answer_and_between_answers() {
        let calls = choose(&body(json!({})), &Faults::default(), 1);
        assert_ne!(calls[0].id, calls[1].id);
        assert_ne!(calls[0].id, choose(&body(json!({})), &Faults::default(), 2)[0].id);
    }

    #[test]
    fn split_calls_join_to_the_whole_ones_by_index() {
        let calls = choose(&body(json!({})), &Faults::default(), 1);
        let mut arguments = vec![String::new(); 2];
        let deltas = deltas(&calls, true);
        for delta in &deltas {
            let delta: Value = serde_json::from_str(delta).unwrap();
            let call = &delta[0];
            let index = call["index"].as_u64().unwrap() as usize;
            arguments[index] += call["function"]["arguments"].as_str().unwrap();
        }
        assert_eq!(deltas.len(), 2 + 2 * 3);
        assert_eq!(arguments, calls.iter().map(|call| call.arguments.as_str()).collect::<Vec<_>>());
        assert_eq!(arguments[0], r#"{"city":"пример"}"#);
    }
}
