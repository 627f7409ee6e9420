//! What the model makes of a request: everything follows from what was asked.

use serde_json::{Map, Value};

use super::ask::{Ask, BuiltIn, Choice, Format, Speaker};
use super::functions::Specification;
use super::usage::{self, Usage};
use crate::fault::{Fault, Faults};
use crate::identity;
use crate::prose::{self, Quote};
use crate::schema;
use crate::speech::{Speech, words};

/// Topics the service does not speak of, in lower case.
const FORBIDDEN: [&str; 2] = ["запретная тема", "forbidden topic"];

/// What it says instead.
const EVASION: &str = "На эту тему я говорить не буду. Давайте лучше о чём-нибудь другом.";

/// Words that ask for a picture, in lower case.
const DRAWING: [&str; 2] = ["нарисуй", "draw"];

#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) reasoning: Speech,
    /// Silent where a function is called.
    pub(super) said: Speech,
    pub(super) call: Option<FunctionCall>,
    pub(super) work: Option<Work>,
    /// The id under which the service remembers what functions did.
    pub(super) state_id: Option<String>,
    pub(super) finish_reason: &'static str,
    pub(super) usage: Usage,
}

/// A call of a function of the client.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FunctionCall {
    pub(super) name: String,
    pub(super) arguments: Value,
}

/// What a built-in function did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Work {
    pub(super) built_in: BuiltIn,
    /// The id of the file with the picture, if one was drawn.
    pub(super) picture: Option<String>,
}

enum Act<'a> {
    Talk,
    Evade,
    Call(Specification, &'a Map<String, Value>),
    Use(BuiltIn),
}

/// Makes the whole answer. `seed` stands for the request; `tag` is how a picture with this id is told in the text.
pub(super) fn decide(ask: &Ask, seed: u128, tag: fn(&str) -> String, faults: &Faults) -> Outcome {
    let nothing = Map::new();
    let act = choose(ask, &nothing, faults);
    let state_id = identity::uuid(identity::hash(&[b"state", &seed.to_be_bytes()]));
    let prompt = usage::of_turns(&ask.turns);
    let mut outcome = Outcome {
        reasoning: Speech::of_thought(|| prose::thought(ask.prompt()), ask.reasons, faults),
        said: Speech::silent(),
        call: None,
        work: None,
        state_id: None,
        finish_reason: "stop",
        usage: Usage { prompt, ..Usage::default() },
    };
    let mut broken_off = false;
    match act {
        Act::Evade => {
            outcome.reasoning = Speech::silent();
            outcome.said = Speech::at_once(EVASION);
            outcome.finish_reason = "blacklist";
        }
        Act::Call(function, settled) => {
            let arguments = function.arguments(settled);
            outcome.usage.completion = words(&function.name) + words(&arguments.to_string());
            outcome.call = Some(FunctionCall { name: function.name, arguments });
            outcome.state_id = Some(state_id);
            outcome.finish_reason = "function_call";
        }
        Act::Use(built_in) => {
            let picture = identity::uuid(identity::hash(&[b"picture", &seed.to_be_bytes()]));
            let picture = Some(picture).filter(|_| built_in == BuiltIn::Drawing);
            let text = || match &picture {
                Some(id) => format!("{}Вот рисунок 🎨 по запросу «{}».", tag(id), ask.prompt()),
                None => worked(built_in, ask),
            };
            (outcome.said, broken_off) = Speech::of_answer(text, ask.max_tokens, faults);
            outcome.usage.completion = outcome.said.tokens();
            outcome.work = Some(Work { built_in, picture });
            outcome.state_id = Some(state_id);
        }
        Act::Talk => {
            (outcome.said, broken_off) = Speech::of_answer(|| text(ask), ask.max_tokens, faults);
            outcome.usage.completion = outcome.said.tokens();
        }
    }
    if broken_off {
        outcome.finish_reason = "length";
    }
    outcome.finish_reason = faults.finish_reason("blacklist").unwrap_or(outcome.finish_reason);
    outcome.usage.completion += outcome.reasoning.tokens();
    outcome
}

/// Functions are called when a user spoke last. A function's result is never followed by another call, or programs
/// that call functions until there are none would not end.
fn choose<'a>(ask: &'a Ask, nothing: &'a Map<String, Value>, faults: &Faults) -> Act<'a> {
    let prompt = ask.prompt().to_lowercase();
    if FORBIDDEN.iter().any(|topic| prompt.contains(topic)) {
        return Act::Evade;
    }
    if ask.last_speaker() != Some(Speaker::User) {
        return Act::Talk;
    }
    let act = match &ask.choice {
        Choice::None => None,
        Choice::BuiltIn(built_in) => Some(Act::Use(*built_in)),
        Choice::Function(name, settled) => {
            let function = ask.functions.iter().find(|function| function.name == *name);
            function.map(|function| Act::Call(function.clone(), settled))
        }
        Choice::Auto => {
            let is_fit = |built_in: &&BuiltIn| match built_in {
                BuiltIn::Drawing => DRAWING.iter().any(|word| prompt.contains(word)),
                BuiltIn::FileReading => ask.files() > 0,
                BuiltIn::WebSearch | BuiltIn::PageReading | BuiltIn::Coding => true,
            };
            let built_in = ask.built_ins.iter().find(is_fit);
            match (built_in, ask.functions.first()) {
                (Some(BuiltIn::Drawing), _) => Some(Act::Use(BuiltIn::Drawing)),
                (_, Some(function)) => Some(Act::Call(function.clone(), nothing)),
                (Some(built_in), None) => Some(Act::Use(*built_in)),
                (None, None) => None,
            }
        }
    };
    match act {
        Some(act) => act,
        None if faults.has(&Fault::StringArguments) => Act::Call(Specification::invented(), nothing),
        None => Act::Talk,
    }
}

/// What is said after a built-in function other than drawing.
fn worked(built_in: BuiltIn, ask: &Ask) -> String {
    let mut text = text(ask);
    if built_in == BuiltIn::WebSearch && ask.format == Format::Text {
        text.push_str(" [sources=[1]]");
    }
    text
}

fn text(ask: &Ask) -> String {
    match &ask.format {
        Format::Schema(schema) => schema::sample(schema).to_string(),
        Format::Fixed(text) => text.clone(),
        Format::Text => {
            let quote = match ask.turns.last().filter(|turn| turn.speaker == Speaker::Function) {
                Some(turn) => Quote::Tool(turn.text.clone()),
                None => Quote::User(ask.prompt().to_owned()),
            };
            let turns = ask.turns.iter().filter(|turn| turn.speaker == Speaker::User).count();
            prose::answer(&quote, turns, &[("Files", ask.files())])
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::super::ask::Turn;
    use super::*;

    fn ask(prompt: &str, choice: Choice) -> Ask {
        let specification = |name: &str| Specification { name: name.to_owned(), parameters: json!({"properties": {}}) };
        Ask {
            model: None,
            turns: vec![Turn { speaker: Speaker::User, text: prompt.to_owned(), files: Vec::new() }],
            functions: vec![specification("first"), specification("second")],
            built_ins: vec![BuiltIn::FileReading, BuiltIn::Drawing],
            choice,
            format: Format::Text,
            max_tokens: None,
            reasons: false,
            update_interval: Duration::ZERO,
            storing: None,
            is_stream: false,
        }
    }

    fn done(ask: &Ask, faults: &str) -> String {
        let outcome = decide(ask, 1, |id| format!("[{}] ", id.len()), &Faults::parse(faults).unwrap());
        let said = outcome.said.deltas().take(1).collect::<String>();
        let call = outcome.call.map(|call| call.name).unwrap_or_default();
        let work = outcome.work.map(|work| format!("{:?}", work.built_in)).unwrap_or_default();
        format!("{}/{work}{call}/{said}", outcome.finish_reason)
    }

    #[test]
    fn what_is_done_follows_from_what_is_asked() {
        let named = |name: &str| Choice::Function(name.to_owned(), Map::new());
        let table = [
            ("hi", Choice::None, "", "stop//You"),
            ("hi", Choice::Auto, "", "function_call/first/"),
            ("hi", named("second"), "", "function_call/second/"),
            ("Draw!", Choice::Auto, "", "stop/Drawing/[36]"),
            ("Draw!", Choice::None, "", "stop//You"),
            ("hi", Choice::BuiltIn(BuiltIn::Drawing), "", "stop/Drawing/[36]"),
            (
                "the forbidden topic",
                Choice::Auto,
                "",
                "blacklist//На эту тему я говорить не буду. Давайте лучше о чём-нибудь другом.",
            ),
            ("hi", Choice::None, "string-arguments", "function_call/lookup/"),
            ("hi", Choice::Auto, "finish-error", "error/first/"),
            ("hi", Choice::None, "content-filter", "blacklist//You"),
        ];
        for (prompt, choice, faults, expected) in table {
            assert_eq!(done(&ask(prompt, choice), faults), expected, "{prompt} {faults}");
        }
    }

    #[test]
    fn a_result_is_followed_by_text() {
        let mut ask = ask("hi", Choice::Auto);
        ask.turns.push(Turn { speaker: Speaker::Function, text: "{}".to_owned(), files: Vec::new() });
        assert_eq!(done(&ask, ""), "stop//The");
        ask.max_tokens = Some(1);
        assert_eq!(done(&ask, ""), "length//The");
    }

    #[test]
    fn files_are_read_where_there_are_some() {
        let mut ask = ask("hi", Choice::Auto);
        ask.functions.clear();
        assert_eq!(done(&ask, ""), "stop//You");
        ask.turns[0].files.push("id".to_owned());
        assert_eq!(done(&ask, ""), "stop/FileReading/You");
    }
}
