//! POST `/v1/chat/completions`.

mod check;
mod completion;
mod wire;

use super::Gigachat;
use super::ask::{Ask, BuiltIn, Choice, Format, Speaker, Turn};
use super::converse::{converse, make, read};
use super::error::{self, Refusal};
use super::functions::Function;
use super::threads::Storing;
use crate::answer::Reply;
use crate::server::Call;
use wire::{ChatBody, FunctionChoice, FunctionMode, Message, ResponseFormat, Role};

/// The model of every assistant there is.
const ASSISTANT_MODEL: &str = "GigaChat-2";

pub(super) fn answer(service: &Gigachat, call: &Call) -> Result<Reply, Refusal> {
    converse(service, call, ask(call)?, tag, completion::whole, completion::events)
}

/// The answer as one object, however it was asked for.
pub(super) fn whole(service: &Gigachat, call: &Call) -> Result<String, Refusal> {
    let answer = make(service, call, ask(call)?, tag)?;
    Ok(completion::whole(&answer.frame, &answer.outcome, &call.faults))
}

fn ask(call: &Call) -> Result<Ask, Refusal> {
    let body: ChatBody = read(call, error::unreadable)?;
    check::check(&body)?;
    understand(body)
}

/// How a picture is told in a text.
fn tag(id: &str) -> String {
    format!("<img src=\"{id}\" fuse=\"true\"/> ")
}

fn understand(body: ChatBody) -> Result<Ask, Refusal> {
    let offered = body.functions.unwrap_or_default();
    let storage = body.storage.unwrap_or_default();
    let storing = Storing { thread_id: storage.thread_id, limit: storage.limit };
    let is_stored = storage.is_stateful == Some(true) || storing.thread_id.is_some() || storage.assistant_id.is_some();
    Ok(Ask {
        model: body.model.or_else(|| storage.assistant_id.map(|_| ASSISTANT_MODEL.to_owned())),
        turns: body.messages.into_iter().map(turn).collect(),
        built_ins: built_ins(&offered),
        functions: offered.iter().filter_map(Function::specification).collect(),
        choice: choice(body.function_call)?,
        format: match body.response_format {
            Some(ResponseFormat::JsonSchema { schema }) => Format::Schema(schema.unwrap_or_default()),
            Some(ResponseFormat::Text) | None => Format::Text,
        },
        max_tokens: body.sampling.limit(),
        reasons: body.reasoning_effort.is_some(),
        update_interval: body.sampling.interval(),
        storing: Some(storing).filter(|_| is_stored),
        is_stream: body.stream == Some(true),
    })
}

fn turn(message: Message) -> Turn {
    let speaker = match message.role {
        Role::System => Speaker::System,
        Role::User => Speaker::User,
        Role::Assistant | Role::FunctionInProgress | Role::SearchResult => Speaker::Assistant,
        Role::Function => Speaker::Function,
    };
    Turn { speaker, text: message.content.unwrap_or_default(), files: message.attachments.unwrap_or_default() }
}

/// The built-in functions that may take part: those that are named, or all if none but built-in ones could be.
fn built_ins(offered: &[Function]) -> Vec<BuiltIn> {
    let names = offered.iter().map(|function| function.name.as_str()).collect::<Vec<_>>();
    let names = if names.is_empty() { check::BUILT_IN.to_vec() } else { names };
    names.into_iter().filter_map(built_in).collect()
}

fn built_in(name: &str) -> Option<BuiltIn> {
    match name {
        "text2image" => Some(BuiltIn::Drawing),
        "get_file_content" => Some(BuiltIn::FileReading),
        _ => None,
    }
}

/// Without a word on it, no function is called.
fn choice(choice: Option<FunctionChoice>) -> Result<Choice, Refusal> {
    match choice {
        None | Some(FunctionChoice::Mode(FunctionMode::None)) => Ok(Choice::None),
        Some(FunctionChoice::Mode(FunctionMode::Auto)) => Ok(Choice::Auto),
        Some(FunctionChoice::Named { name, partial_arguments }) => match built_in(&name) {
            Some(built_in) => Ok(Choice::BuiltIn(built_in)),
            None if check::BUILT_IN.contains(&name.as_str()) => {
                Err(error::unprocessable(format!("Function {name} is unavailable")))
            }
            None => Ok(Choice::Function(name, partial_arguments.unwrap_or_default())),
        },
    }
}
