//! A message list as one text, for providers that take a single prompt.

use crate::error::{Error, ErrorKind, Result};
use crate::request::{Message, Part, Role};

/// The whole history as one prompt.
///
/// One message alone is its text as it is. Several become lines `Role: text`, blank ones left out,
/// texts not trimmed, with a last line `Assistant:` for the model to go on from. Only text counts;
/// pictures and files are the caller's matter.
///
/// # Errors
///
/// - [`InvalidRequest`](ErrorKind::InvalidRequest) when no message has any text.
///
/// ```
/// use chatstream_core::{Message, prompt};
///
/// let history = [Message::system("Be brief."), Message::user("Hi")];
/// assert_eq!(prompt::history(&history)?, "System: Be brief.\nUser: Hi\nAssistant:");
/// assert_eq!(prompt::history(&history[1..])?, "Hi");
/// # Ok::<(), chatstream_core::Error>(())
/// ```
pub fn history(messages: &[Message]) -> Result<String> {
    let texts: Vec<_> = messages.iter().map(|message| (message.role, text(message))).collect();
    if texts.iter().all(|(_, text)| text.trim().is_empty()) {
        return Err(Error::new(ErrorKind::InvalidRequest, "no message has any text"));
    }
    if let [(_, text)] = &texts[..] {
        return Ok(text.clone());
    }
    let mut prompt = String::new();
    for (role, text) in texts.iter().filter(|(_, text)| !text.trim().is_empty()) {
        prompt.push_str(speaker(*role));
        prompt.push_str(": ");
        prompt.push_str(text);
        prompt.push('\n');
    }
    prompt.push_str("Assistant:");
    Ok(prompt)
}

/// What the user said last: the user messages at the end, each trimmed, blank ones left out,
/// joined by line breaks. For a follow-up whose history the provider keeps.
///
/// # Errors
///
/// - [`InvalidRequest`](ErrorKind::InvalidRequest) when the last message is not the user's, or has
///   no text: a follow-up would send nothing.
///
/// ```
/// use chatstream_core::{Message, prompt};
///
/// let history = [Message::user("Hi"), Message::assistant("Hello!"), Message::user(" Why? ")];
/// assert_eq!(prompt::last_user(&history)?, "Why?");
/// assert!(prompt::last_user(&history[..2]).is_err());
/// # Ok::<(), chatstream_core::Error>(())
/// ```
pub fn last_user(messages: &[Message]) -> Result<String> {
    let from = messages.iter().rposition(|message| message.role != Role::User).map_or(0, |last| last + 1);
    let texts: Vec<_> = messages[from..]
        .iter()
        .map(|message| text(message).trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect();
    if texts.is_empty() {
        return Err(Error::new(ErrorKind::InvalidRequest, "the last message is not a user message with text"));
    }
    Ok(texts.join("\n"))
}

/// The texts of a message, joined as they are.
fn text(message: &Message) -> String {
    message
        .content
        .iter()
        .filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Image(_) | Part::File(_) => None,
        })
        .collect()
}

fn speaker(role: Role) -> &'static str {
    match role {
        Role::System => "System",
        Role::User => "User",
        Role::Assistant => "Assistant",
        Role::Tool => "Tool",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::ImageInput;

    #[test]
    fn several_messages_become_lines_and_blank_ones_are_left_out() {
        let messages = [
            Message::system("Be kind."),
            Message::user("  two\nlines "),
            Message::assistant(" \n"),
            Message::tool("1", "42"),
            Message::user("look: ").image(ImageInput::url("https://example.com/cat.png")).text("this"),
        ];
        let expected = "System: Be kind.\nUser:   two\nlines \nTool: 42\nUser: look: this\nAssistant:";
        assert_eq!(history(&messages).unwrap(), expected);
    }

    #[test]
    fn one_message_alone_is_sent_bare() {
        assert_eq!(history(&[Message::system(" as it is ")]).unwrap(), " as it is ");
    }

    #[test]
    fn nothing_to_say_is_an_error() {
        for messages in [vec![], vec![Message::user(" ")], vec![Message::user(""), Message::system("")]] {
            assert_eq!(history(&messages).unwrap_err().kind(), ErrorKind::InvalidRequest);
            assert_eq!(last_user(&messages).unwrap_err().kind(), ErrorKind::InvalidRequest);
        }
    }

    #[test]
    fn the_last_run_of_user_messages_is_what_a_follow_up_sends() {
        let messages = [
            Message::user("first"),
            Message::assistant("answer"),
            Message::user(" one "),
            Message::user(""),
            Message::user("two\n"),
        ];
        assert_eq!(last_user(&messages).unwrap(), "one\ntwo");
        assert_eq!(last_user(&messages[..1]).unwrap(), "first");
        assert_eq!(last_user(&messages[..2]).unwrap_err().kind(), ErrorKind::InvalidRequest);
    }
}
