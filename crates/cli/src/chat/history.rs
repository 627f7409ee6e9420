//! What has been said so far, and the file that keeps it.

mod saved;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chatstream::{ChatRequest, ChatResponse, Conversation, Error, ErrorKind, Message, Role};

use crate::failure::Failure;
use saved::Saved;

/// The turns of a conversation with one provider.
#[derive(Debug)]
pub(super) struct History {
    provider: &'static str,
    messages: Vec<Message>,
    /// What to go on with, where the provider keeps the turns itself.
    conversation: Option<Conversation>,
    file: Option<PathBuf>,
}

impl History {
    pub(super) fn new(provider: &'static str) -> Self {
        Self { provider, messages: Vec::new(), conversation: None, file: None }
    }

    /// The conversation in a file. One that does not exist yet, or is empty, is a new conversation.
    pub(super) fn load(path: PathBuf, provider: &'static str) -> Result<Self, Failure> {
        let wrong = |why: String| {
            Failure::Error(Error::new(ErrorKind::Config, format!("conversation file {} {why}", path.display())))
        };
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder(&path).is_dir() => Vec::new(),
            Err(error) => return Err(wrong(format!("cannot be read: {error}"))),
        };
        if bytes.is_empty() {
            return Ok(Self { file: Some(path), ..Self::new(provider) });
        }
        let saved = Saved::parse(&bytes).map_err(wrong)?;
        if saved.provider != provider {
            return Err(wrong(format!("is a conversation with {}, not with {provider}", saved.provider)));
        }
        let (messages, conversation) = saved.into_parts().map_err(wrong)?;
        Ok(Self { provider, messages, conversation, file: Some(path) })
    }

    /// Puts instructions to the model before all turns, in place of earlier ones.
    pub(super) fn instruct(&mut self, text: String) {
        self.messages.retain(|message| message.role != Role::System);
        self.messages.insert(0, Message::system(text));
    }

    /// How many turns the user has had.
    pub(super) fn turns(&self) -> usize {
        self.messages.iter().filter(|message| message.role == Role::User).count()
    }

    /// Forgets all turns, but not the instructions.
    pub(super) fn clear(&mut self) {
        self.messages.retain(|message| message.role == Role::System);
        self.conversation = None;
    }

    /// The request with this message as the next turn.
    pub(super) fn request(&self, message: Message) -> ChatRequest {
        match &self.conversation {
            // The provider has the turns before this one.
            Some(conversation) => ChatRequest::from_messages([message]).conversation(conversation.clone()),
            None => ChatRequest::from_messages(self.messages.iter().cloned().chain([message])),
        }
    }

    /// Adds a turn and what was answered. A turn that was answered nothing is not kept: the next one
    /// would follow it without an answer between.
    pub(super) fn keep(&mut self, message: Message, response: &ChatResponse) {
        if let Some(conversation) = &response.conversation {
            self.conversation = Some(conversation.clone());
        }
        if !response.text.is_empty() {
            self.messages.push(message);
            self.messages.push(Message::assistant(response.text.as_str()));
        }
    }

    /// Replaces the file in one step, so that it is whole whatever happens.
    pub(super) fn save(&self) -> Result<(), Failure> {
        let Some(path) = &self.file else { return Ok(()) };
        let bytes = Saved::new(self.provider, &self.messages, self.conversation.as_ref()).to_json();
        replace(path, &bytes)
            .map_err(|error| Failure::io(format!("conversation file {} cannot be saved", path.display()), error))
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // The file behind a link is replaced, not the link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder(&path).join(format!(".{name}.{}.tmp", std::process::id()));
    let written = create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, &path)
    });
    if written.is_err() {
        // It may not even have been made.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// A new file that only its owner can read.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use chatstream::{Chunk, ImageInput};

    use super::*;

    fn response(text: &str) -> ChatResponse {
        let mut response = ChatResponse::default();
        response.push(Chunk::Text(text.to_owned()));
        response
    }

    fn message(load: Result<History, Failure>) -> String {
        match load {
            Err(Failure::Error(error)) if error.kind() == ErrorKind::Config => error.message().to_owned(),
            other => panic!("no config error: {other:?}"),
        }
    }

    #[test]
    fn a_conversation_comes_back_as_it_was_saved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("talk.json");
        let mut history = History::load(path.clone(), "xai").unwrap();
        history.instruct("Be kind.".to_owned());
        let picture = Message::user("Смотри 🚀").image(ImageInput::data("image/png", b"\x89PNG".as_slice()));
        history.keep(picture, &response(" вижу\n"));
        history.save().unwrap();
        history.save().unwrap();

        let loaded = History::load(path.clone(), "xai").unwrap();
        assert_eq!(loaded.messages, history.messages);
        assert_eq!(loaded.turns(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing temporary is left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let refused = message(History::load(path, "emulator"));
        assert!(refused.ends_with("is a conversation with xai, not with emulator"), "{refused}");
    }

    #[test]
    fn ids_of_the_provider_replace_the_turns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("talk.json");
        let mut history = History::load(path.clone(), "xai").unwrap();
        let mut answer = response("hello");
        answer.conversation = Some(Conversation::new("xai").id("thread", "7"));
        history.keep(Message::user("hi"), &answer);
        history.save().unwrap();

        let request = History::load(path, "xai").unwrap().request(Message::user("more"));
        assert_eq!(request.messages, [Message::user("more")]);
        assert_eq!(request.conversation, answer.conversation);
    }

    #[test]
    fn what_is_no_conversation_of_ours_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.json");
        let cases = [
            ("not json", "is no conversation of chatstream"),
            ("{}", "is no conversation of chatstream"),
            (r#"{"chatstream":9,"future":true}"#, "newer"),
            (r#"{"chatstream":1,"provider":"xai","messages":[{"role":"boss","content":[]}]}"#, "is no conversation"),
            (
                r#"{"chatstream":1,"provider":"xai","messages":[
                    {"role":"user","content":[{"type":"image","media_type":"image/png","data":"?"}]}]}"#,
                "picture",
            ),
        ];
        for (content, expected) in cases {
            fs::write(&path, content).unwrap();
            let refused = message(History::load(path.clone(), "xai"));
            assert!(refused.contains(expected), "{content}: {refused}");
        }
        message(History::load(folder.path().to_owned(), "xai"));
        message(History::load(folder.path().join("missing").join("talk.json"), "xai"));
    }

    #[test]
    fn a_turn_without_an_answer_is_not_kept() {
        let mut history = History::new("xai");
        history.keep(Message::user("hi"), &ChatResponse::default());
        assert_eq!(history.turns(), 0);
    }

    #[test]
    fn instructions_outlive_the_turns_and_are_replaced() {
        let mut history = History::new("xai");
        history.instruct("one".to_owned());
        history.keep(Message::user("hi"), &response("hello"));
        history.clear();
        history.instruct("two".to_owned());
        assert_eq!(history.request(Message::user("hi")).messages, [Message::system("two"), Message::user("hi")]);
    }
}
