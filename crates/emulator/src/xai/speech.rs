//! A text in the portions in which a model would have said it.

use std::iter;
use std::sync::Arc;

/// The longest word, in characters; longer ones are several words, as they are several tokens for a model.
const MAX_WORD: usize = 16;

/// What is said, and in which portions.
#[derive(Clone, Debug)]
pub(super) struct Speech {
    text: Arc<str>,
    portions: Portions,
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
    pub(super) fn new(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), portions: Portions::Words(usize::MAX) }
    }

    pub(super) fn silent() -> Self {
        Self::new("")
    }

    /// All of the text in one portion.
    pub(super) fn at_once(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), portions: Portions::One }
    }

    /// Portions that are all the same.
    pub(super) fn repeated(text: &str, times: usize) -> Self {
        Self { text: text.into(), portions: Portions::Repeated(times) }
    }

    /// Breaks off after so many portions, and says whether there was more to say.
    pub(super) fn break_off(&mut self, limit: usize) -> bool {
        let Portions::Words(_) = self.portions else { return false };
        self.portions = Portions::Words(limit);
        Words::new(Arc::clone(&self.text)).nth(limit).is_some()
    }

    pub(super) fn deltas(&self) -> Box<dyn Iterator<Item = String> + Send> {
        match self.portions {
            Portions::Words(limit) => Box::new(Words::new(Arc::clone(&self.text)).take(limit)),
            Portions::One => Box::new(iter::once(self.text.to_string())),
            Portions::Repeated(times) => Box::new(iter::repeat_n(self.text.to_string(), times)),
        }
    }

    /// The number of deltas, which stands for the number of tokens.
    pub(super) fn tokens(&self) -> u64 {
        match self.portions {
            Portions::Words(_) => self.deltas().map(|_| 1).sum(),
            Portions::One => 1,
            Portions::Repeated(times) => times as u64,
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
pub(super) fn words(text: &str) -> u64 {
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
    fn one_portion_and_repeated_portions_stay_as_they_are() {
        assert_eq!(Speech::at_once("a b c").deltas().collect::<Vec<_>>(), ["a b c"]);
        assert_eq!(Speech::repeated("a ", 2).deltas().collect::<Vec<_>>(), ["a ", "a "]);
    }
}
