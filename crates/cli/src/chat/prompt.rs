//! What is asked: given on the command line or on standard input, or typed line by line.

use std::io::{self, IsTerminal as _, Read as _};

use chatstream::{Message, Part};

use crate::failure::Failure;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Prompt {
    /// One question.
    Given(String),
    /// A conversation on the terminal.
    Typed,
}

impl Prompt {
    /// The prompt typed as an argument; `-` and a missing one on a pipe mean standard input.
    pub(super) fn read(argument: Option<String>) -> Result<Self, Failure> {
        match argument {
            Some(text) if text != "-" => checked(text),
            None if io::stdin().is_terminal() => Ok(Self::Typed),
            _ => {
                let mut bytes = Vec::new();
                io::stdin()
                    .lock()
                    .read_to_end(&mut bytes)
                    .map_err(|error| Failure::io("cannot read standard input", error))?;
                checked(text(bytes)?)
            }
        }
    }
}

fn text(bytes: Vec<u8>) -> Result<String, Failure> {
    let mut text = String::from_utf8(bytes).map_err(|error| {
        let position = error.utf8_error().valid_up_to();
        Failure::Usage(format!("the prompt on standard input is not UTF-8 at byte {position}"))
    })?;
    // The line end that `echo` adds is not meant, as in a shell's `$(…)`.
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

fn checked(text: String) -> Result<Prompt, Failure> {
    if text.trim().is_empty() {
        return Err(Failure::Usage("the prompt is empty".to_owned()));
    }
    Ok(Prompt::Given(text))
}

/// A message with this text before all else it holds.
pub(super) fn put_first(text: String, mut message: Message) -> Message {
    message.content.insert(0, Part::Text(text));
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_at_the_end_is_not_meant() {
        for (bytes, expected) in [("hi\n", "hi"), ("hi\r\n", "hi"), ("hi\n\n", "hi\n"), (" hi ", " hi "), ("\n", "")] {
            assert_eq!(text(bytes.into()).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_not_utf8_is_told_with_its_place() {
        let Err(Failure::Usage(message)) = text(b"ab\xff".to_vec()) else { panic!("no usage error") };
        assert!(message.ends_with("at byte 2"), "{message}");
    }

    #[test]
    fn blank_prompts_are_refused() {
        for prompt in ["", " ", "\n\t\u{a0}"] {
            assert!(matches!(checked(prompt.to_owned()), Err(Failure::Usage(_))), "{prompt:?}");
        }
    }
}
