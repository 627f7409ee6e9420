//! POST `/embeddings`: texts as vectors, near to each other where texts share words.

use serde::Deserialize;

use super::converse::read;
use super::error::{Refusal, invalid_params, unreadable};
use super::{catalogue, texts::Texts};
use crate::identity;
use crate::json::{Object, list};
use crate::server::Call;
use crate::speech::words;

/// The length of a vector.
const DIMENSIONS: usize = 1024;

/// Texts of one request: each becomes some 12 kB of numbers.
const MAX_TEXTS: usize = 256;

/// Words of a text that are looked at.
const MAX_WORDS: usize = 2048;

#[derive(Debug, Deserialize)]
struct Body {
    model: String,
    input: Texts,
}

pub(super) fn answer(call: &Call) -> Result<String, Refusal> {
    let body: Body = read(call, unreadable)?;
    catalogue::check(&body.model)?;
    let texts = body.input.into_texts();
    if !(1..=MAX_TEXTS).contains(&texts.len()) {
        return Err(invalid_params(format_args!("input must have between 1 and {MAX_TEXTS} texts")));
    }
    let data = texts.iter().enumerate().map(|(index, text)| {
        let vector = vector(text).into_iter().map(|number| number.to_string());
        Object::new()
            .text("object", "embedding")
            .plain("index", index)
            .raw("embedding", &list(vector))
            .raw("usage", &Object::new().plain("prompt_tokens", words(text)).end())
            .end()
    });
    Ok(Object::new().text("object", "list").text("model", &body.model).raw("data", &list(data)).end())
}

/// The sum of the directions of all words, with length one.
fn vector(text: &str) -> Vec<f32> {
    let text = text.to_lowercase();
    let words = text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut sum = vec![0.0_f64; DIMENSIONS];
    for word in words.take(MAX_WORDS) {
        add_direction(&mut sum, word);
    }
    if sum.iter().all(|number| *number == 0.0) {
        add_direction(&mut sum, "");
    }
    let length = sum.iter().map(|number| number * number).sum::<f64>().sqrt();
    sum.into_iter().map(|number| (number / length) as f32).collect()
}

/// Adds numbers between -1 and 1 that follow from a word, from the generator SplitMix64.
fn add_direction(sum: &mut [f64], word: &str) {
    let mut state = identity::hash(&[b"word", word.as_bytes()]) as u64;
    for number in sum {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        *number += ((mixed ^ (mixed >> 31)) as i64) as f64 / (1_u64 << 63) as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearness(one: &str, two: &str) -> f32 {
        vector(one).iter().zip(vector(two)).map(|(one, two)| one * two).sum()
    }

    #[test]
    fn vectors_have_length_one_and_are_the_same_for_the_same_text() {
        for text in ["", "кот", "Hello, world!"] {
            assert_eq!(vector(text).len(), DIMENSIONS);
            assert!((nearness(text, text) - 1.0).abs() < 1e-4, "{text}");
        }
    }

    #[test]
    fn texts_that_share_words_are_nearer_to_each_other() {
        assert!(nearness("рыжий кот спит", "Кот спит!") > 0.5);
        assert!(nearness("рыжий кот спит", "ставка налога").abs() < 0.2);
    }
}
