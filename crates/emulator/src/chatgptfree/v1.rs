//! The plugin's first generation: one POST, answered by a stream or by one JSON object.

mod clean;
mod completion;
mod events;

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, StatusCode};

use super::action::Asked;
use super::nonces::Purpose;
use super::said::Said;
use super::{Chatgptfree, error, plugin};
use crate::answer::Reply;
use crate::fault::{Fault, Faults};
use crate::form::Form;
use crate::identity;
use crate::server::Call;
use crate::stream::{self, Framing, InBandErrors};
use crate::whole;
use completion::Completion;

/// The bot that does not stream: its owner has switched that off.
const WHOLE_BOT: &str = "3405";

/// Why there is no answer, or why there should be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flag<'a> {
    name: &'a str,
    /// Whether the plugin answers all the same.
    goes_on: bool,
}

/// Answers a message. The nonce comes before anything else.
pub(super) fn answer(service: &Chatgptfree, asked: &Asked, call: &Call) -> Reply {
    let faults = &call.faults;
    let old = faults.has(&Fault::OldPlugin);
    // Old browsers' code asked for streams with GET; the plugin has read nothing but bodies since 1.8.91.
    let form = if old && call.head.method == Method::GET { &asked.query } else { &asked.body };
    if !service.nonces.admits(Purpose::First, form.get("_wpnonce").unwrap_or_default(), faults) {
        return error::refused_nonce(&call.head.headers, faults);
    }
    if let Some(name) = plugin::error_of(faults) {
        return plugin::error(name);
    }
    let Some(said) = said(form, old) else { return plugin::error("nothing") };
    let visitor = form.get("wpaicg_chat_client_id").unwrap_or_default();
    let flag = flag(service, visitor, &said, faults);
    let model = if streams(form) { "gpt-4o-mini-2024-07-18" } else { "gpt-3.5-turbo" };
    let seed = identity::hash(&[said.last.as_bytes(), model.as_bytes(), &said.turns.to_be_bytes()]);
    let completion = Completion::new(&said, model, seed, faults);
    if streams(form) && !faults.has(&Fault::WholeForStream) {
        return streamed(completion, flag, call);
    }
    match flag {
        Some(flag) => plugin::flagged(flag.name),
        None => whole::body(completion.whole(faults).into(), HeaderValue::from_static(error::JSON), faults),
    }
}

fn streamed(completion: Completion, flag: Option<Flag<'_>>, call: &Call) -> Reply {
    let upstream = plugin::upstream(false);
    let errors = InBandErrors::new(upstream.clone(), upstream);
    let events = events::of(completion, flag, &call.faults);
    Reply::new(StatusCode::OK, stream::steps(events, Framing::Events, errors, &call.faults, call.pace))
        .header(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"))
        .header(CACHE_CONTROL, HeaderValue::from_static("no-cache"))
        .header(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"))
}

/// What is said, if anything is. A recording stands for words that nobody here can hear.
fn said(form: &Form, old: bool) -> Option<Said> {
    let text = form.get("message").unwrap_or_default();
    let message = if old { clean::text_field(text) } else { text.trim().to_owned() };
    let recorded = form.get("audio").is_some_and(|name| !name.is_empty());
    let message = if message.is_empty() && recorded { String::from("(a recording)") } else { message };
    let images = usize::from(form.get("image").is_some_and(|name| !name.is_empty()));
    let history = form.get("wpaicg_chat_history").unwrap_or_default();
    (!message.is_empty()).then(|| Said { images, ..Said::read(&message).after(history) })
}

fn flag<'a>(service: &Chatgptfree, visitor: &str, said: &Said, faults: &'a Faults) -> Option<Flag<'a>> {
    let wanted = faults.find(|fault| match fault {
        Fault::Flag(name) => Some(Flag { name, goes_on: false }),
        Fault::FlagGoesOn(name) => Some(Flag { name, goes_on: true }),
        _ => None,
    });
    match wanted {
        Some(flag) => Some(flag),
        None if plugin::is_prohibited(&said.last) => Some(Flag { name: "messageFlagged", goes_on: true }),
        None if !service.visitors.admits(visitor) => Some(Flag { name: "tokenLimitReached", goes_on: false }),
        None => None,
    }
}

/// Whether the bot of a request streams; the settings of the bot with number 0 are told by what it is called.
fn streams(form: &Form) -> bool {
    let identity = form.get("chatbot_identity").unwrap_or_default();
    let bot = match form.get("bot_id") {
        None | Some("" | "0") => identity.trim_start_matches("custom_bot_"),
        Some(bot) => bot,
    };
    bot != WHOLE_BOT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bot_says_whether_it_streams() {
        let table = [
            ("bot_id=0", true),
            ("bot_id=3405", false),
            ("bot_id=0&chatbot_identity=custom_bot_3405", false),
            ("bot_id=&chatbot_identity=shortcode", true),
            ("bot_id=12&chatbot_identity=custom_bot_3405", true),
        ];
        for (form, expected) in table {
            assert_eq!(streams(&Form::of_text(form)), expected, "{form}");
        }
    }

    #[test]
    fn a_message_that_is_cleaned_away_is_none() {
        assert!(said(&Form::of_text("message=+%0A+"), false).is_none());
        assert!(said(&Form::of_text("message=<b>"), true).is_none());
        let said = said(&Form::of_text("message=&audio=a.wav&image=b.png"), false).unwrap();
        assert_eq!((said.last.as_str(), said.images), ("(a recording)", 1));
    }
}
