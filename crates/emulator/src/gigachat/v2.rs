//! POST `/v2/chat/completions`.

mod check;
mod completion;
mod tools;
mod wire;

use super::Gigachat;
use super::ask::{Ask, Choice, Format, Speaker, Turn};
use super::converse::{converse, read};
use super::error::{Refusal, bad_request, unreadable};
use super::functions::Function;
use super::regex;
use super::threads::Storing;
use crate::answer::Reply;
use crate::server::Call;
use check::{ResultForm, parts_of};
use wire::{ChatBody, Message, ResponseFormat, Role};

/// The model of every assistant there is.
const ASSISTANT_MODEL: &str = "GigaChat-2";

pub(super) fn answer(service: &Gigachat, call: &Call) -> Result<Reply, Refusal> {
    let body: ChatBody = read(call, misshapen)?;
    let form = if service.v2_tool_role { ResultForm::Object } else { ResultForm::Text };
    check::check(&body.messages, form)?;
    let ask = understand(body, form)?;
    // A picture is a part of its own and not told in the text.
    converse(service, call, ask, |_| String::new(), completion::whole, completion::events)
}

/// What is wrong with a body that is no chat request: its shape makes it a bad one, unlike in version 1.
fn misshapen(error: &serde_json::Error) -> Refusal {
    if error.is_data() { bad_request(format!("Invalid params: {error}")) } else { unreadable(error) }
}

fn understand(body: ChatBody, form: ResultForm) -> Result<Ask, Refusal> {
    let options = body.model_options.unwrap_or_default();
    options.sampling.check()?;
    let model = body.model.or_else(|| body.assistant_id.map(|_| ASSISTANT_MODEL.to_owned()));
    let offered = body.tools.unwrap_or_default();
    let tools = tools::read(&offered, model.as_deref().unwrap_or_default())?;
    let choice = match body.tool_config {
        Some(config) => tools::choose(config, &tools)?,
        None => Choice::Auto,
    };
    Ok(Ask {
        turns: body.messages.iter().map(|message| turn(message, form)).collect(),
        functions: tools.functions.iter().filter_map(Function::specification).collect(),
        built_ins: tools.built_ins,
        choice,
        format: format(options.response_format)?,
        max_tokens: options.sampling.limit(),
        reasons: options.reasoning.is_some_and(|reasoning| reasoning.effort.is_some()),
        update_interval: options.sampling.interval(),
        storing: body.storage.map(|storage| Storing { thread_id: storage.thread_id, limit: storage.limit }),
        is_stream: body.stream == Some(true),
        model,
    })
}

fn turn(message: &Message, form: ResultForm) -> Turn {
    let speaker = match message.role {
        Role::System => Speaker::System,
        Role::User => Speaker::User,
        role if role == form.role() => Speaker::Function,
        _ => Speaker::Assistant,
    };
    let parts = parts_of(message);
    let results = parts.iter().filter_map(|part| part.function_result.as_ref());
    let results = results.map(|result| match &result.result {
        serde_json::Value::String(text) => text.clone(),
        object => object.to_string(),
    });
    let text = parts.iter().filter_map(|part| part.text.clone()).chain(results).collect();
    let files = parts.iter().filter_map(|part| part.files.as_ref()).flatten().map(|file| file.id.clone()).collect();
    Turn { speaker, text, files }
}

fn format(format: Option<ResponseFormat>) -> Result<Format, Refusal> {
    match format {
        None | Some(ResponseFormat::Text) => Ok(Format::Text),
        Some(ResponseFormat::JsonSchema { schema: Some(schema) }) => Ok(Format::Schema(schema)),
        Some(ResponseFormat::JsonSchema { schema: None }) => Err(bad_request("Invalid params: schema is missing")),
        Some(ResponseFormat::Regex { regex: Some(expression) }) => {
            let sample = regex::sample(&expression).ok_or_else(|| bad_request("Invalid params: regex is invalid"))?;
            Ok(Format::Fixed(sample))
        }
        Some(ResponseFormat::Regex { regex: None }) => Err(bad_request("Invalid params: regex is missing")),
    }
}
