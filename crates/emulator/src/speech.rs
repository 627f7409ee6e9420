//! A text in the portions in which a model would have said it.

use std::iter;
use std::sync::Arc;

use crate::fault::{Fault, Faults};

/// The longest word, in characters; longer ones are several words, as they are several tokens for a model.
const MAX_WORD: usize = 16;

/// Portions after which an answer stops early when a fault says so.
const EARLY: usize = 3;

/// Times a placeholder stands in for reasoning.
const PLACEHOLDERS: usize = 3;

/// What is said, and in which portions.
#[derive(Clone, Debug)]
pub(crate) struct Speech {
    text: Arc<str>,
    portions: Portions,
    /// How many portions come in one delta.
    together: usize,
}

#[derive(Clone, Copy, Debug)]
enum Portions {
    /// One to three words, at most so many portions.
    Words(usize),
    /// The text at once.
    One,
    /// The text so many times over.
    Repeated(usize),
}

impl Speech {
    pub(crate) fn new(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), portions: Portions::Words(usize::MAX), together: 1 }
    }

    pub(crate) fn silent() -> Self {
        Self::new("")
    }

    /// An answer of at most `limit` portions, as the faults want it; and whether the limit broke it off.
    pub(crate) fn of_answer(text: impl FnOnce() -> String, limit: Option<u64>, faults: &Faults) -> (Self, bool) {
        if let Some(bytes) = faults.big_event() {
            return (Self::at_once("big ".chars().cycle().take(bytes).collect::<String>()), false);
        }
        let mut speech = Self::new(text());
        if faults.has(&Fault::Length) || faults.has(&Fault::ContentFilter) {
            speech.break_off(EARLY);
            return (speech, false);
        }
        let limit = limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let broken_off = limit.is_some_and(|limit| speech.break_off(limit));
        (speech, broken_off)
    }

    /// What is thought before an answer, if the model `reasons` or a fault says so.
    pub(crate) fn of_thought(text: impl FnOnce() -> String, reasons: bool, faults: &Faults) -> Self {
        match reasons {
            _ if faults.has(&Fault::ThinkingPlaceholder) => Self::repeated("Thinking... ", PLACEHOLDERS),
            true => Self::new(text()),
            false => Self::silent(),
        }
    }

    /// All of the text in one portion.
    pub(crate) fn at_once(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), portions: Portions::One, together: 1 }
    }

    /// Portions that are all the same.
    pub(crate) fn repeated(text: &str, times: usize) -> Self {
        Self { text: text.into(), portions: Portions::Repeated(times), together: 1 }
    }

    /// Breaks off after so many portions, and says whether there was more to say.
    pub(crate) fn break_off(&mut self, limit: usize) -> bool {
        let Portions::Words(_) = self.portions else { return false };
        self.portions = Portions::Words(limit);
        Words::new(Arc::clone(&self.text)).nth(limit).is_some()
    }

    /// The same speech with so many portions in one delta, at least one.
    pub(crate) fn gathered(self, together: usize) -> Self {
        Self { together: together.max(1), ..self }
    }

    pub(crate) fn deltas(&self) -> Box<dyn Iterator<Item = String> + Send> {
        let mut portions = self.portions();
        if self.together == 1 {
            return portions;
        }
        let together = self.together;
        Box::new(iter::from_fn(move || portions.by_ref().take(together).reduce(|delta, portion| delta + &portion)))
    }

    /// The number of portions, which stands for the number of tokens.
    pub(crate) fn tokens(&self) -> u64 {
        match self.portions {
            Portions::Words(_) => self.portions().map(|_| 1).sum(),
            Portions::One => 1,
            Portions::Repeated(times) => times as u64,
        }
    }

    fn portions(&self) -> Box<dyn Iterator<Item = String> + Send> {
        match self.portions {
            Portions::Words(limit) => Box::new(Words::new(Arc::clone(&self.text)).take(limit)),
            Portions::One => Box::new(iter::once(self.text.to_string())),
            Portions::Repeated(times) => Box::new(iter::repeat_n(self.text.to_string(), times)),
        }
    }
}

/// Portions of one to three words, in turns. White space belongs to the word after it, so that the portions
/// joined are the text.
struct Words {
    text: Arc<str>,
    position: usize,
    count: usize,
}

impl Words {
    fn new(text: Arc<str>) -> Self {
        Self { text, position: 0, count: 0 }
    }
}

impl Iterator for Words {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let rest = &self.text[self.position..];
        let words = self.count % 3 + 1;
        let length = (0..words).fold(0, |length, _| length + word(&rest[length..]));
        if length == 0 {
            return None;
        }
        self.position += length;
        self.count += 1;
        Some(rest[..length].to_owned())
    }
}

/// How many words a text has, which stands for the number of its tokens.
pub(crate) fn words(text: &str) -> u64 {
    let mut rest = text;
    let words = iter::from_fn(|| {
        let length = word(rest);
        rest = &rest[length..];
        (length > 0).then_some(1)
    });
    words.sum()
}

/// The length in bytes of the first word with the white space before it.
fn word(text: &str) -> usize {
    let begin = text.find(|character: char| !character.is_whitespace()).unwrap_or(text.len());
    let word = text[begin..].chars().take_while(|character| !character.is_whitespace());
    begin + word.take(MAX_WORD).map(char::len_utf8).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deltas_joined_are_the_text() {
        for text in ["", " ", "one", "  two words\n", "Это — текст 🚀 с\tпробелами", "нетпробеловвовсёмэтомтексте!"]
        {
            assert_eq!(Speech::new(text).deltas().collect::<String>(), text);
        }
    }

    #[test]
    fn deltas_have_one_to_three_words_and_keep_their_spaces() {
        let deltas = Speech::new("a b c d e f g").deltas().collect::<Vec<_>>();
        assert_eq!(deltas, ["a", " b c", " d e f", " g"]);
        assert_eq!(words("a b c d e f g"), 7);
    }

    #[test]
    fn a_long_word_comes_in_portions() {
        let deltas = Speech::new("я".repeat(40)).deltas().map(|delta| delta.chars().count()).collect::<Vec<_>>();
        assert_eq!(deltas, [16, 24]);
    }

    #[test]
    fn breaking_off_tells_whether_something_was_left_unsaid() {
        for (limit, more, tokens) in [(0, true, 0), (2, true, 2), (3, false, 3), (9, false, 3)] {
            let mut speech = Speech::new("a b c d");
            speech.portions = Portions::Words(9);
            let mut longer = Speech::new("a b c d e");
            assert_eq!(speech.break_off(limit), more, "{limit}: {}", speech.deltas().collect::<String>());
            assert_eq!(speech.tokens(), tokens.min(3), "{limit}");
            assert!(longer.break_off(1));
        }
    }

    #[test]
    fn portions_can_be_gathered() {
        let speech = Speech::new("a b c d e f g").gathered(3);
        assert_eq!(speech.deltas().collect::<Vec<_>>(), ["a b c d e f", " g"]);
        assert_eq!(speech.tokens(), 4);
    }

    #[test]
    fn one_portion_and_repeated_portions_stay_as_they_are() {
        assert_eq!(Speech::at_once("a b c").deltas().collect::<Vec<_>>(), ["a b c"]);
        assert_eq!(Speech::repeated("a ", 2).deltas().collect::<Vec<_>>(), ["a ", "a "]);
    }
}
