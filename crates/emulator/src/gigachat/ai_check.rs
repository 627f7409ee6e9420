//! POST `/ai/check`: whether a text was written by a model. It is a guess that follows from the text.

use serde::Deserialize;

use super::converse::read;
use super::error::{Refusal, invalid_params, unreadable};
use crate::identity;
use crate::json::{Object, list};
use crate::server::Call;
use crate::speech::words;

/// The least number of words in a text that is looked at.
const MIN_WORDS: usize = 20;

#[derive(Debug, Deserialize)]
struct Body {
    input: String,
    model: Model,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
enum Model {
    GigaCheckClassification,
    /// Says where in the text, too.
    GigaCheckDetection,
}

pub(super) fn answer(call: &Call) -> Result<String, Refusal> {
    let body: Body = read(call, unreadable)?;
    if body.input.split_whitespace().count() < MIN_WORDS {
        return Err(invalid_params("input must have at least 20 words"));
    }
    let characters = body.input.chars().count();
    let (category, end) = match identity::hash(&[b"check", body.input.as_bytes()]) % 3 {
        0 => ("ai", characters),
        1 => ("mixed", characters / 2),
        _ => ("human", 0),
    };
    let intervals = (end > 0).then(|| list([0.to_string(), end.to_string()]));
    Ok(Object::new()
        .text("category", category)
        .plain("characters", characters)
        .plain("tokens", words(&body.input))
        .when(body.model == Model::GigaCheckDetection, |answer| answer.raw("ai_intervals", &list(intervals)))
        .end())
}
