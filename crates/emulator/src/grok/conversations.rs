//! The conversations of the user, each a tree of messages.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::body::ChatBody;
use super::catalogue::Chosen;
use super::error::{self, Refusal};
use super::message::{About, Message, Sender};
use crate::identity;
use crate::json::Object;

/// Conversations that are kept; older ones are forgotten.
const KEPT: usize = 1024;

/// Bytes of messages that are kept, 256 MiB.
const KEPT_BYTES: usize = 256 << 20;

/// What a conversation is called until it has a title.
const UNTITLED: &str = "New conversation";

#[derive(Debug, Default)]
pub(super) struct Conversations(Mutex<Kept>);

#[derive(Debug, Default)]
pub(super) struct Kept {
    begun: u64,
    /// Counts what happens: time, as far as conversations go.
    clock: u64,
    bytes: usize,
    conversations: VecDeque<Conversation>,
}

#[derive(Debug)]
pub(super) struct Conversation {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) starred: bool,
    pub(super) temporary: bool,
    created: u64,
    pub(super) modified: u64,
    pub(super) messages: Vec<Message>,
    pub(super) shares: Vec<Share>,
}

/// A message that others may read.
#[derive(Debug)]
pub(super) struct Share {
    pub(super) id: String,
    pub(super) response_id: String,
    pub(super) created: u64,
}

/// What the user has just said, and where the answer belongs.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) conversation_id: String,
    /// The conversation as it is described when it begins, if it does.
    pub(super) opening: Option<String>,
    pub(super) question: Message,
    pub(super) answer_id: String,
}

impl Conversations {
    /// Takes what the user says into a conversation, or begins one with it.
    pub(super) fn enter(&self, id: Option<&str>, body: &ChatBody, model: &Chosen) -> Result<Entry, Refusal> {
        let mut kept = self.kept();
        let (parent, turns) = match id {
            None => (None, in_transcript(&body.message)),
            Some(id) => {
                let conversation = kept.find(id)?;
                let parent = conversation.parent(body.parent_response_id.as_deref())?;
                (Some(parent.id.clone()), parent.turns + 1)
            }
        };
        let now = kept.tick();
        let (conversation_id, opening) = match id {
            Some(id) => (id.to_owned(), None),
            None => {
                let conversation = kept.begin(body.temporary == Some(true), now);
                (conversation.id.clone(), Some(conversation.described(true)))
            }
        };
        let conversation = kept.find(&conversation_id)?;
        let count = conversation.messages.len() as u64;
        let id_of = |kind: &[u8]| {
            identity::uuid(identity::hash(&[
                kind,
                conversation_id.as_bytes(),
                &count.to_be_bytes(),
                &now.to_be_bytes(),
            ]))
        };
        let question = Message {
            id: id_of(b"question"),
            parent,
            sender: Sender::Human,
            text: body.message.as_str().into(),
            created: identity::time(now.into()),
            turns,
            model: model.clone(),
            about: About {
                files: body.files().cloned().collect(),
                metadata: body.metadata.as_ref().map(ToString::to_string),
                ..About::default()
            },
        };
        let answer_id = id_of(b"answer");
        kept.add(&conversation_id, question.clone(), now);
        Ok(Entry { conversation_id, opening, question, answer_id })
    }

    /// Keeps the answer, and the title the conversation gets by it.
    pub(super) fn complete(&self, entry: &Entry, answer: Message, title: Option<&str>) {
        let mut kept = self.kept();
        let now = kept.tick();
        kept.add(&entry.conversation_id, answer, now);
        if let (Some(title), Ok(conversation)) = (title, kept.find(&entry.conversation_id)) {
            conversation.title = title.to_owned();
        }
    }

    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn begin(&mut self, temporary: bool, now: u64) -> &Conversation {
        self.begun += 1;
        let conversation = Conversation {
            id: identity::uuid(identity::hash(&[b"conversation", &self.begun.to_be_bytes()])),
            title: UNTITLED.to_owned(),
            starred: false,
            temporary,
            created: now,
            modified: now,
            messages: Vec::new(),
            shares: Vec::new(),
        };
        if self.conversations.len() >= KEPT {
            self.forget(0);
        }
        self.conversations.push_back(conversation);
        self.conversations.back().expect("one was just added")
    }

    /// Adds a message to a conversation, which may have been deleted in the meantime. The oldest conversations make
    /// room for it.
    fn add(&mut self, id: &str, message: Message, now: u64) {
        let Ok(conversation) = self.find(id) else { return };
        let size = message.size();
        conversation.modified = now;
        conversation.messages.push(message);
        self.bytes += size;
        while self.bytes > KEPT_BYTES && self.conversations.len() > 1 {
            self.forget(0);
        }
    }

    pub(super) fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    pub(super) fn find(&mut self, id: &str) -> Result<&mut Conversation, Refusal> {
        let mut conversations = self.conversations.iter_mut();
        conversations.find(|conversation| conversation.id == id).ok_or_else(error::no_such_conversation)
    }

    pub(super) fn delete(&mut self, id: &str) -> Result<(), Refusal> {
        let index = self.conversations.iter().position(|conversation| conversation.id == id);
        self.forget(index.ok_or_else(error::no_such_conversation)?);
        Ok(())
    }

    fn forget(&mut self, index: usize) {
        if let Some(conversation) = self.conversations.remove(index) {
            self.bytes -= conversation.messages.iter().map(Message::size).sum::<usize>();
        }
    }

    /// All conversations that are listed, the one that was changed last first.
    pub(super) fn listed(&self) -> Vec<&Conversation> {
        let listed = self.conversations.iter().filter(|conversation| !conversation.temporary);
        let mut listed = listed.collect::<Vec<_>>();
        listed.sort_by_key(|conversation| std::cmp::Reverse(conversation.modified));
        listed
    }
}

impl Conversation {
    /// The answer that is gone on from: the newest one, unless another one is named.
    fn parent(&self, id: Option<&str>) -> Result<&Message, Refusal> {
        let mut answers = self.messages.iter().rev().filter(|message| message.sender == Sender::Assistant);
        match id {
            None => answers.next().ok_or_else(error::invalid_argument),
            Some(id) if !is_uuid(id) => Err(error::invalid_argument()),
            Some(id) => answers.find(|message| message.id == id).ok_or_else(error::no_such_response),
        }
    }

    pub(super) fn message(&self, id: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.id == id)
    }

    /// The conversation without what was said in it; `whole` is the longer form.
    pub(super) fn described(&self, whole: bool) -> String {
        let conversation = Object::new()
            .text("conversationId", &self.id)
            .text("title", &self.title)
            .plain("starred", self.starred)
            .text("createTime", &identity::timestamp(identity::time(self.created.into())))
            .text("modifyTime", &identity::timestamp(identity::time(self.modified.into())))
            .text("systemPromptName", "")
            .plain("temporary", self.temporary)
            .raw("mediaTypes", "[]");
        conversation.when(whole, |object| object.raw("workspaces", "[]").plain("taskResult", "null")).end()
    }
}

fn is_uuid(id: &str) -> bool {
    let form = id.bytes().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    id.len() == 36 && form
}

/// How often users speak in a message that may be a whole dialogue, written with roles at the beginnings of lines.
fn in_transcript(message: &str) -> usize {
    message.lines().filter(|line| line.starts_with("User: ")).count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(message: &str, parent: Option<&str>) -> ChatBody {
        ChatBody { message: message.to_owned(), parent_response_id: parent.map(str::to_owned), ..ChatBody::default() }
    }

    fn enter(conversations: &Conversations, id: Option<&str>, body: &ChatBody) -> Result<Entry, Refusal> {
        let model = super::super::catalogue::choose(body).unwrap();
        let entry = conversations.enter(id, body, &model)?;
        let question = entry.question.clone();
        let answer = Message { id: entry.answer_id.clone(), sender: Sender::Assistant, ..question };
        conversations.complete(&entry, answer, None);
        Ok(entry)
    }

    #[test]
    fn turns_are_counted_along_the_branch() {
        let conversations = Conversations::default();
        let first = enter(&conversations, None, &said("System: s\nUser: a\nAssistant: b\nUser: c", None)).unwrap();
        let id = first.conversation_id.as_str();
        assert_eq!(first.question.turns, 2);
        let second = enter(&conversations, Some(id), &said("d", Some(&first.answer_id))).unwrap();
        assert_eq!((second.question.turns, second.question.parent.as_ref()), (3, Some(&first.answer_id)));
        let sibling = enter(&conversations, Some(id), &said("e", Some(&first.answer_id))).unwrap();
        assert_eq!(sibling.question.turns, 3);
        assert_ne!(sibling.answer_id, second.answer_id);
        let newest = enter(&conversations, Some(id), &said("f", None)).unwrap();
        assert_eq!(newest.question.parent, Some(sibling.answer_id));
    }

    #[test]
    fn parents_are_answers_of_the_conversation() {
        let conversations = Conversations::default();
        let entry = enter(&conversations, None, &said("a", None)).unwrap();
        let refusal = |id: &str, parent: &str| enter(&conversations, Some(id), &said("b", Some(parent))).unwrap_err();
        let id = entry.conversation_id.as_str();
        assert_eq!(refusal(id, "nonsense"), error::invalid_argument());
        assert_eq!(refusal(id, &entry.question.id), error::no_such_response());
        assert_eq!(refusal(&entry.answer_id, &entry.answer_id), error::no_such_conversation());
    }
}
