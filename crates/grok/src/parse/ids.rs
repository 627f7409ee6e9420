use std::sync::{Arc, Mutex, PoisonError};

use chatstream_core::Conversation;
use chatstream_core::lenient::Text;
use serde_json::value::RawValue;

use crate::config::NAME;
use crate::encode::{CONVERSATION_ID, PARENT_RESPONSE_ID};
use crate::wire::{Begun, Members, Response, read};

/// The ids a conversation goes on with, as far as they are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    pub(crate) conversation: Option<String>,
    /// The answer to follow: the one that comes, else the one that the request followed.
    pub(crate) parent: Option<String>,
    /// The user's message, whose frames bear its id and not the answer's.
    user: Option<String>,
    /// Whether the answer said anything of its ids. Until then those of the request are all there is,
    /// and who asked has them.
    pub(super) is_told: bool,
}

impl Ids {
    /// The ids that a request goes on with.
    pub(crate) fn of(conversation: Option<&Conversation>) -> Self {
        let id = |name| conversation?.get(name).map(str::to_owned);
        Self { conversation: id(CONVERSATION_ID), parent: id(PARENT_RESPONSE_ID), ..Self::default() }
    }

    pub(super) fn note_conversation(&mut self, raw: &RawValue) {
        self.is_told = true;
        set(&mut self.conversation, read::<Begun<'_>>(Some(raw)).and_then(|begun| begun.conversation_id));
    }

    pub(super) fn note(&mut self, members: &Members<'_>) {
        self.is_told |= members.response_id.is_some();
        if members.user_response.is_some() {
            let id = read::<Response<'_>>(members.user_response).and_then(|user| user.response_id);
            return set(&mut self.user, read(id.or(members.response_id)));
        }
        let full = read::<Response<'_>>(members.model_response).and_then(|model| model.response_id);
        let id = read::<Text<'_>>(full.or(members.response_id));
        set(&mut self.parent, id.filter(|id| self.user.as_deref() != Some(&**id)));
    }

    fn to_conversation(&self) -> Option<Conversation> {
        if !self.is_told {
            return None;
        }
        let conversation = Conversation::new(NAME).id(CONVERSATION_ID, self.conversation.clone()?);
        Some(match &self.parent {
            Some(parent) => conversation.id(PARENT_RESPONSE_ID, parent.clone()),
            None => conversation,
        })
    }
}

/// Every frame repeats the id: it is copied when it changes.
fn set(known: &mut Option<String>, id: Option<Text<'_>>) {
    if let Some(id) = id.filter(|id| !id.is_empty() && known.as_deref() != Some(&**id)) {
        *known = Some(id.into());
    }
}

/// The ids of an answer, readable while it comes and after it broke off.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedIds(Arc<Mutex<Ids>>);

impl SharedIds {
    pub(crate) fn update(&self, change: impl FnOnce(&mut Ids)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn conversation(&self) -> Option<Conversation> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).to_conversation()
    }
}
