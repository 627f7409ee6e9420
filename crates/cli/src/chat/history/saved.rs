//! The form of a conversation file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chatstream::{Conversation, ImageInput, Message, Part, Role, Source};
use serde::{Deserialize, Serialize};

/// The form's number, raised when an older program could not read a newer file.
const VERSION: u32 = 1;

#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Saved {
    /// The number of the form; the name of the member says whose it is.
    chatstream: u32,
    pub(super) provider: String,
    messages: Vec<Turn>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conversation: Option<Conversation>,
}

/// Enough of a file to tell whether it can be read at all.
#[derive(Deserialize)]
struct Mark {
    chatstream: u32,
}

#[derive(Debug, Deserialize, Serialize)]
struct Turn {
    role: Speaker,
    content: Vec<Piece>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Speaker {
    System,
    User,
    Assistant,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Piece {
    Text { text: String },
    Image { media_type: String, data: String },
}

impl Saved {
    pub(super) fn new(provider: &str, messages: &[Message], conversation: Option<&Conversation>) -> Self {
        Self {
            chatstream: VERSION,
            provider: provider.to_owned(),
            messages: messages.iter().map(turn).collect(),
            conversation: conversation.cloned(),
        }
    }

    /// Reads a file; the error says what is wrong with it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let is_not_ours = |error: serde_json::Error| format!("is no conversation of chatstream: {error}");
        let Mark { chatstream } = serde_json::from_slice(bytes).map_err(is_not_ours)?;
        if chatstream > VERSION {
            return Err("was written by a newer chatstream".to_owned());
        }
        serde_json::from_slice(bytes).map_err(is_not_ours)
    }

    pub(super) fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).expect("strings and lists of them have a JSON form");
        json.push(b'\n');
        json
    }

    pub(super) fn into_parts(self) -> Result<(Vec<Message>, Option<Conversation>), String> {
        let messages = self.messages.into_iter().map(message).collect::<Result<_, _>>()?;
        Ok((messages, self.conversation))
    }
}

fn turn(message: &Message) -> Turn {
    let role = match message.role {
        Role::System => Speaker::System,
        Role::Assistant => Speaker::Assistant,
        // The command's conversations have no other roles.
        _ => Speaker::User,
    };
    Turn { role, content: message.content.iter().filter_map(piece).collect() }
}

/// A part as it is kept: all that the command itself puts into messages.
fn piece(part: &Part) -> Option<Piece> {
    match part {
        Part::Text(text) => Some(Piece::Text { text: text.clone() }),
        Part::Image(ImageInput { source: Source::Data { media_type, data }, .. }) => {
            Some(Piece::Image { media_type: media_type.clone(), data: STANDARD.encode(data) })
        }
        _ => None,
    }
}

fn message(turn: Turn) -> Result<Message, String> {
    let mut message = Message::new(match turn.role {
        Speaker::System => Role::System,
        Speaker::User => Role::User,
        Speaker::Assistant => Role::Assistant,
    });
    for piece in turn.content {
        message.content.push(match piece {
            Piece::Text { text } => Part::Text(text),
            Piece::Image { media_type, data } => {
                let data = STANDARD.decode(data).map_err(|error| format!("holds a broken picture: {error}"))?;
                Part::Image(ImageInput::data(media_type, data))
            }
        });
    }
    Ok(message)
}
