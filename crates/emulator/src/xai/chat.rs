//! POST `/chat/completions`.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::catalogue::{self, Chosen};
use super::completion::{Completion, Frame};
use super::content;
use super::error::{self, Refusal};
use super::tools;
use super::usage::Usage;
use super::wire::ChatBody;
use super::{check, error::in_band};
use crate::answer::Reply;
use crate::fault::{Fault, Faults};
use crate::identity;
use crate::server::Call;
use crate::speech::{Speech, words};
use crate::stream::{self, Framing};
use crate::whole;

/// Answers a chat request; beside the answer, the tokens it uses.
pub(super) fn answer(call: &Call) -> Result<(Reply, u64), Refusal> {
    if !is_json(&call.head.headers) {
        return Err(error::wrong_media_type());
    }
    if call.too_large {
        return Err(error::too_large());
    }
    let body: ChatBody = serde_json::from_slice(&call.body).map_err(|error| error::unreadable(&error))?;
    let model = catalogue::choose(&body.model)?;
    check::check(&body, &model)?;

    let faults = &call.faults;
    let completion = complete(&body, &model, identity::hash(&[&call.body]), faults);
    let tokens = completion.usage.total();
    let reply = if body.is_stream() && !faults.has(&Fault::WholeForStream) {
        let events = completion.events(body.wants_usage(), faults);
        Reply::new(StatusCode::OK, stream::steps(events, Framing::Events, in_band(), faults, call.pace))
            .header(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"))
    } else {
        measured(whole::json(completion.json(faults), faults), completion.usage.completion)
    };
    Ok((reply, tokens))
}

/// Makes the whole answer. `seed` stands for the request.
fn complete(body: &ChatBody, model: &Chosen, seed: u128, faults: &Faults) -> Completion {
    let calls = tools::choose(body, faults, seed);
    let (content, broken_off) =
        if calls.is_empty() { content::content(body, faults) } else { (Speech::silent(), false) };
    let reasoning = content::reasoning(body, model.reasons, faults);

    let prompt = body.messages.iter().map(|message| words(&message.text())).sum();
    let mut usage = Usage::of_prompt(body.messages.len() as u64, prompt, body.images() as u64, model.prices);
    usage.completion = content.tokens() + tools::tokens(&calls);
    usage.reasoning = reasoning.tokens();

    let frame = Frame {
        id: identity::uuid(seed),
        created: identity::time(seed),
        model: model.name.clone(),
        fingerprint: catalogue::fingerprint(&model.name),
        service_tier: body.service_tier.clone().unwrap_or_else(|| String::from("default")),
        bare: faults.has(&Fault::MissingIds),
        quiet: faults.has(&Fault::MissingIds) || faults.has(&Fault::NoUsage),
    };
    let finish_reason = finish_reason(!calls.is_empty(), broken_off, faults);
    Completion { frame, reasoning, content, calls, finish_reason, usage }
}

fn finish_reason(calls: bool, broken_off: bool, faults: &Faults) -> &'static str {
    match faults.finish_reason("content_filter") {
        Some(reason) => reason,
        None if calls => "tool_calls",
        None if broken_off => "length",
        None => "stop",
    }
}

/// Adds the times that answers carry when they are not streamed; they are as invented as the answer.
fn measured(reply: Reply, tokens: u64) -> Reply {
    let headers = [("x-metrics-ttft-ms", 40), ("x-metrics-mean-itl-ms", 2), ("x-metrics-e2e-ms", 40 + 2 * tokens)];
    headers
        .into_iter()
        .fold(reply, |reply, (name, value)| reply.header(HeaderName::from_static(name), HeaderValue::from(value)))
}

/// Whether the content type is `application/json` or one that ends with `+json`.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}
