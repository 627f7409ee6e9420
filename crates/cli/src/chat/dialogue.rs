//! A conversation at the terminal: a line, an answer, a line.

use std::io;

use chatstream::{Message, Role};

use crate::chat::{Talk, prompt};
use crate::failure::Failure;
use crate::render::Renderer;

/// Where the user's lines come from.
pub(super) trait Lines {
    /// Waits for the next line.
    fn next(&mut self) -> io::Result<Input>;
}

/// What the user did at the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// Typed a line.
    Line(String),
    /// Ctrl-C: what was typed is thrown away.
    Cleared,
    /// Ctrl-D.
    End,
}

const HELP: &str = "\
/new    forget what was said and begin anew
/help   this list
/quit   end, as does Ctrl-D
Ctrl-C  end the answer that is coming; what arrived is kept
A line that begins with a slash is sent when a blank stands before it.";

/// Asks line by line until the user ends it. `opening` goes with the first message.
pub(super) async fn hold(
    talk: &mut Talk,
    lines: &mut impl Lines,
    opening: Message,
    renderer: &mut Renderer<'_>,
) -> Result<(), Failure> {
    renderer.notice(&greeting(talk));
    let mut opening = Some(opening);
    loop {
        // This blocks the thread, which has nothing else to do: connections are served by others.
        let line = match lines.next() {
            Ok(Input::Line(line)) => line,
            Ok(Input::Cleared) => continue,
            Ok(Input::End) => return Ok(()),
            Err(error) => return Err(Failure::io("cannot read from the terminal", error)),
        };
        match line.trim_end() {
            "" => {}
            "/quit" | "/exit" => return Ok(()),
            "/help" => renderer.notice(HELP),
            "/new" => {
                talk.history.clear();
                renderer.notice("a new conversation");
            }
            command if command.starts_with('/') => {
                renderer.notice(&format!("{command} is no command; /help lists them"));
            }
            text if text.trim().is_empty() => {}
            _ => {
                let files = opening.take().unwrap_or_else(|| Message::new(Role::User));
                let message = prompt::put_first(line, files);
                if let Some(message) = answer(talk, message, renderer).await? {
                    // Not said yet as far as the model knows, so its files are still to be shown.
                    opening = Some(without_text(message));
                }
            }
        }
    }
}

/// Asks, shows the answer and keeps what arrived; gives the message back where nothing did.
async fn answer(talk: &mut Talk, message: Message, renderer: &mut Renderer<'_>) -> Result<Option<Message>, Failure> {
    let (response, outcome) = talk.ask(&message, renderer).await;
    let is_answered = !response.text.is_empty();
    let given_back = (!is_answered && outcome.is_err()).then(|| message.clone());
    talk.history.keep(message, &response);
    match outcome {
        Ok(()) => {}
        Err(Failure::Cancelled) => {
            renderer.end_line()?;
            renderer.notice(if is_answered { "ended; what arrived is kept" } else { "ended" });
        }
        Err(Failure::Error(error)) => renderer.error(&error)?,
        Err(failure) => return Err(failure),
    }
    if let Err(error) = talk.pictures.outcome() {
        renderer.error(&error)?;
    }
    if given_back.is_none() {
        talk.history.save()?;
    }
    Ok(given_back)
}

/// The same message without the text put first.
fn without_text(mut message: Message) -> Message {
    message.content.remove(0);
    message
}

fn greeting(talk: &Talk) -> String {
    let said = match talk.history.turns() {
        0 => "a new conversation".to_owned(),
        turns => format!("a conversation of {turns} questions so far"),
    };
    format!("{said}; /help lists commands, Ctrl-D ends it")
}

#[cfg(test)]
mod tests;
