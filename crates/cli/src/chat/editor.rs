//! Lines typed at the terminal, with editing and with the lines before at the arrow keys.

use std::io;

use rustyline::config::Behavior;
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Config, Editor as LineEditor};

use crate::chat::dialogue::{Input, Lines};
use crate::failure::Failure;

const PROMPT: &str = "> ";

/// The terminal. What is typed is kept in memory only: prompts are nobody else's business.
pub(super) struct Editor(LineEditor<(), MemHistory>);

impl Editor {
    /// `stdout_is_terminal`: where it is not, it takes the answers alone, and the prompt goes to the
    /// terminal itself.
    pub(super) fn new(stdout_is_terminal: bool) -> Result<Self, Failure> {
        let behavior = if stdout_is_terminal { Behavior::Stdio } else { Behavior::PreferTerm };
        let config = Config::builder().behavior(behavior).auto_add_history(true).build();
        let editor = LineEditor::with_history(config, MemHistory::new());
        Ok(Self(editor.map_err(|error| Failure::io("no line editor on this terminal", io::Error::other(error)))?))
    }
}

impl Lines for Editor {
    fn next(&mut self) -> io::Result<Input> {
        match self.0.readline(PROMPT) {
            Ok(line) => Ok(Input::Line(line)),
            Err(ReadlineError::Interrupted) => Ok(Input::Cleared),
            Err(ReadlineError::Eof) => Ok(Input::End),
            Err(ReadlineError::Io(error)) => Err(error),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}
