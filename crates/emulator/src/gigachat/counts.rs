//! POST `/tokens/count`: how many tokens texts have.

use serde::Deserialize;

use super::catalogue;
use super::converse::read;
use super::error::{Refusal, unreadable};
use super::texts::Texts;
use crate::json::{Object, list};
use crate::server::Call;
use crate::speech::words;

#[derive(Debug, Deserialize)]
struct Body {
    model: String,
    input: Texts,
}

pub(super) fn answer(call: &Call) -> Result<String, Refusal> {
    let body: Body = read(call, unreadable)?;
    catalogue::check(&body.model)?;
    let counts = body.input.into_texts().into_iter().map(|text| {
        let characters = text.chars().count();
        Object::new().text("object", "tokens").plain("tokens", words(&text)).plain("characters", characters).end()
    });
    Ok(list(counts))
}
