//! What a model without a mind says and thinks: everything follows from what it was told.

/// Characters of the prompt that are repeated in the reasoning.
const THOUGHT_LENGTH: usize = 40;

/// Who spoke last, and what they said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Quote {
    User(String),
    Tool(String),
}

/// A text that quotes what was said last and has in it what encodings and parsers stumble over. `shown` are kinds
/// of things the model was shown, with their numbers.
pub(crate) fn answer(quote: &Quote, user_turns: usize, shown: &[(&str, usize)]) -> String {
    let opening = match quote {
        Quote::Tool(text) => format!("The tool said: \"{text}\"."),
        Quote::User(text) => format!("You said: \"{text}\"."),
    };
    let mut text = format!(
        "{opening} Это эмулятор 🚀, а не модель. Quotes \"like these\", a backslash \\ and a line end \
         come through.\nUser turns so far: {user_turns}."
    );
    for (name, count) in shown.iter().filter(|(_, count)| *count > 0) {
        text.push_str(&format!(" {name} shown: {count}."));
    }
    text
}

/// What is thought before a prompt is answered.
pub(crate) fn thought(prompt: &str) -> String {
    let begin = prompt.chars().take(THOUGHT_LENGTH).collect::<String>();
    format!("The user said: \"{begin}\". Подумаю 🤔 and then answer.\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_speaker_is_quoted_and_what_was_shown_is_counted() {
        let text = answer(&Quote::User("Привет".to_owned()), 2, &[("Images", 0), ("Files", 3)]);
        assert!(text.starts_with("You said: \"Привет\". Это эмулятор 🚀"), "{text}");
        assert!(text.ends_with("User turns so far: 2. Files shown: 3."), "{text}");
        assert!(answer(&Quote::Tool("+7".to_owned()), 1, &[]).starts_with("The tool said: \"+7\"."));
    }

    #[test]
    fn a_thought_repeats_the_beginning_of_the_prompt() {
        assert!(thought(&"я".repeat(100)).starts_with(&format!("The user said: \"{}\".", "я".repeat(40))));
    }
}
