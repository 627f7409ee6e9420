//! GET with the action `aipkit_frontend_chat_stream`: every answer, and every error, is a stream with status 200.

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode};

use super::events::{self, Opening};
use super::handed_in::Missing;
use super::{DOMAIN, SECURITY, error_of, is_foreign};
use crate::answer::Reply;
use crate::chatgptfree::action::Asked;
use crate::chatgptfree::nonces::Purpose;
use crate::chatgptfree::said::Said;
use crate::chatgptfree::site::{self, Bot};
use crate::chatgptfree::{Chatgptfree, plugin};
use crate::fault::{Fault, Faults};
use crate::form::Form;
use crate::identity;
use crate::server::Call;
use crate::speech::Speech;
use crate::stream::{self, Framing};

/// Words that ask for a search, in lower case.
const SEARCHING: [&str; 2] = ["найди", "search"];

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    message: &'static str,
    /// Whether the visitor has used up what is theirs.
    quota: bool,
    /// Whether the stream had begun.
    begun: bool,
}

impl Trouble {
    fn new(message: &'static str) -> Self {
        Self { message, quota: false, begun: false }
    }

    pub(super) fn message(self) -> &'static str {
        self.message
    }
}

/// Where a message belongs.
#[derive(Clone, Debug)]
pub(super) struct Place {
    bot: Bot,
    session: String,
    conversation: String,
}

impl Place {
    pub(super) fn of(form: &Form) -> Result<Self, Trouble> {
        let id = |name| form.get(name).unwrap_or_default().trim().to_ascii_lowercase();
        let bot = site::bot(form.get("bot_id")).ok_or(Trouble::new("Invalid chatbot specified."))?;
        let (conversation, session) = (id("conversation_uuid"), id("session_id"));
        match () {
            () if conversation.is_empty() => Err(Trouble::new("Conversation ID is missing.")),
            () if session.is_empty() => Err(Trouble::new("Session ID is missing for guest.")),
            () => Ok(Self { bot, session, conversation }),
        }
    }
}

/// An answer to a message in its conversation.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    id: String,
    bot: Bot,
    searches: bool,
    speech: Speech,
}

impl Answer {
    pub(super) fn to(
        service: &Chatgptfree,
        place: &Place,
        message: &str,
        images: usize,
        faults: &Faults,
    ) -> Result<Self, Trouble> {
        if message.is_empty() && images == 0 {
            return Err(Trouble::new("Message or image cannot be empty."));
        }
        if !service.visitors.admits(&place.session) {
            return Err(Trouble { quota: true, ..Trouble::new(plugin::TOKEN_LIMIT) });
        }
        if plugin::is_prohibited(message) {
            return Err(Trouble::new(plugin::WORDS));
        }
        if let Some((message, quota)) = error_of(faults) {
            return Err(Trouble { message, quota, begun: !quota });
        }
        let key = format!("{}/{}/{}", place.bot.id, place.session, place.conversation);
        let said = service.conversations.enter(key, Said { images, ..Said::read(message) });
        let (speech, _) = Speech::of_answer(|| said.answer(), None, faults);
        let asked = said.last.to_lowercase();
        let seed = identity::hash(&[said.last.as_bytes(), &said.turns.to_be_bytes(), place.conversation.as_bytes()]);
        Ok(Self {
            id: format!("aipkit-msg-{:013x}", seed >> 76),
            bot: place.bot,
            searches: SEARCHING.iter().any(|word| asked.contains(word)),
            speech: if faults.has(&Fault::NullData) { Speech::silent() } else { speech },
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// The whole text.
    pub(super) fn text(&self) -> String {
        self.speech.deltas().collect()
    }
}

/// Answers the message that a key stands for.
pub(super) fn answer(service: &Chatgptfree, asked: &Asked, call: &Call) -> Reply {
    let faults = &call.faults;
    let events = match find(service, asked, call) {
        Ok(answer) => {
            let searches = asked.query.get("frontend_web_search_active") == Some("true");
            let opening =
                Opening { id: &answer.id, provider: answer.bot.provider, searches: answer.searches || searches };
            events::of_answer(&opening, answer.speech.deltas(), faults)
        }
        Err(trouble) => events::of_trouble(trouble.message, trouble.quota, trouble.begun),
    };
    Reply::new(StatusCode::OK, stream::steps(events, Framing::Events, events::errors(), faults, call.pace))
        .header(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"))
        .header(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-transform"))
        .header(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"))
}

fn find(service: &Chatgptfree, asked: &Asked, call: &Call) -> Result<Answer, Trouble> {
    let (form, faults) = (&asked.query, &call.faults);
    if is_foreign(service, &call.head.headers) {
        return Err(Trouble::new(DOMAIN));
    }
    let nonce = form.get("_ajax_nonce").unwrap_or_default();
    if !service.nonces.admits_stream(Purpose::Second, nonce, faults) {
        return Err(Trouble::new(SECURITY));
    }
    let key = form.get("cache_key").unwrap_or_default();
    if key.is_empty() {
        return Err(Trouble::new("Message cache key is missing."));
    }
    let (message, images) = service.handed_in.take(key).map_err(|missing| match missing {
        Missing::Expired => Trouble::new("Cached message has expired."),
        Missing::Unknown => Trouble::new("Message not found in cache."),
    })?;
    if faults.has(&Fault::ExpiredCacheKey) {
        return Err(Trouble::new("Cached message has expired."));
    }
    Answer::to(service, &Place::of(form)?, &message, images, faults)
}
