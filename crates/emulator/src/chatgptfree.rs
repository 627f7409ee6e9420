//! A WordPress site with the AI chat plugin, as chatgptfree.ai is one.
//!
//! Both generations of the plugin answer: 1 (actions `wpaicg_…`, until 2025) and 2 (actions `aipkit_…`), each to
//! its own pages. Shapes, words and the order of checks follow the published sources of the plugin (1.8.79 to 2.4.x) and of
//! WordPress.

mod action;
mod error;
mod nonces;
mod pages;
mod plugin;
mod route;
mod said;
mod site;
mod v1;
mod v2;
mod visitors;
mod wp_json;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};

use crate::answer::Reply;
use crate::fault::Faults;
use crate::page;
use crate::server::Call;
use action::{Action, Asked};
use nonces::Nonces;
use route::Route;
use site::Site;
use visitors::Visitors;

/// Where the WordPress site of an emulator is.
///
/// Its pages, below the base URL:
///
/// | path | page | answers |
/// |---|---|---|
/// | `/`, `/chat/` | the chat of plugin 1 in a page | streamed |
/// | `/widget/` | the floating chat of plugin 1, bot 3405, attributes in single quotes and another order | whole |
/// | `/minified/` | the chat of plugin 1, attributes without quotes | streamed |
/// | `/two/` | two chats of plugin 1, bots 12 and 34 | streamed |
/// | `/v2/` | three chats of plugin 2, bots 25871, 25873 and 25874 | streamed |
/// | `/popup/` | the chat of plugin 2 that pops up, bot 77 | streamed |
/// | `/about/` | no chat | – |
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChatgptfreeEndpoint {
    base_url: String,
    ajax_url: String,
}

impl ChatgptfreeEndpoint {
    /// The base URL to give to a client in place of `https://chatgptfree.ai`: `http://127.0.0.1:4312/chatgptfree`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Where messages are posted: `http://127.0.0.1:4312/chatgptfree/wp-admin/admin-ajax.php`. `/rizq` below the base
    /// URL leads to the same, as on sites that have moved it.
    pub fn ajax_url(&self) -> &str {
        &self.ajax_url
    }
}

/// What the builder sets.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// How many messages a nonce is good for.
    pub(crate) nonce_uses: u64,
    /// How many messages a visitor may send.
    pub(crate) messages: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { nonce_uses: u64::MAX, messages: u64::MAX }
    }
}

/// The service's own state.
#[derive(Debug)]
pub(crate) struct Chatgptfree {
    site: Site,
    nonces: Nonces,
    visitors: Visitors,
    handed_in: v2::HandedIn,
    conversations: v2::Conversations,
}

impl Chatgptfree {
    /// The folder of the server that stands for the host `chatgptfree.ai`.
    pub(crate) const PREFIX: &str = "/chatgptfree";

    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            site: Site::default(),
            nonces: Nonces::new(settings.nonce_uses),
            visitors: Visitors::new(settings.messages),
            handed_in: v2::HandedIn::default(),
            conversations: v2::Conversations::default(),
        }
    }

    pub(crate) fn endpoint(origin: &str) -> ChatgptfreeEndpoint {
        let site = Site::at(origin);
        ChatgptfreeEndpoint { base_url: site.home().to_owned(), ajax_url: site.ajax_url() }
    }

    /// Tells the site its address, which it writes into its pages.
    pub(crate) fn settle(&mut self, origin: &str) {
        self.site = Site::at(origin);
    }

    /// Lets all nonces that were given so far die.
    pub(crate) fn expire_nonces(&self) {
        self.nonces.expire();
    }

    /// The faults that matter to a request to a path below [`Self::PREFIX`]: pages have their own, and of the calls
    /// that plugin 2 needs for one answer each has some.
    pub(crate) fn faults_for(path: &str, head: &Parts, body: &Bytes, faults: Faults) -> Faults {
        if Route::of(path) != Some(Route::Ajax) {
            return faults.of_pages();
        }
        match Asked::read(head, body).action {
            Some(Action::FreshNonce) => faults.of_other_calls().without_failures(),
            Some(Action::HandIn) => faults.of_first_calls(),
            Some(Action::Stream) => faults.of_second_calls(),
            Some(Action::Chat | Action::Message) | None => faults.of_other_calls(),
        }
    }

    /// Answers a request to a path below [`Self::PREFIX`].
    pub(crate) fn answer(&self, path: &str, call: &Call) -> Reply {
        match Route::of(path) {
            None => error::no_such_page(),
            Some(Route::Page(page)) => pages::answer(self, page, call),
            Some(Route::Ajax) => of_ajax(self.ajax(call)),
        }
    }

    fn ajax(&self, call: &Call) -> Reply {
        let asked = Asked::read(&call.head, &call.body);
        let manner = if asked.action == Some(Action::Chat) { &error::FIRST } else { &error::SECOND };
        if let Some(reply) = manner.reply(&call.faults) {
            return reply;
        }
        if pages::lacks_cookie(call) {
            return page::blocked();
        }
        if call.too_large {
            return page::gateway(StatusCode::PAYLOAD_TOO_LARGE, "nginx");
        }
        match asked.action {
            None => error::nobody(StatusCode::BAD_REQUEST),
            Some(Action::Chat) => v1::answer(self, &asked, call),
            Some(action) => v2::answer(self, action, &asked, call),
        }
    }
}

/// Headers that WordPress adds to what is posted to it.
fn of_ajax(reply: Reply) -> Reply {
    reply
        .header(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"))
        .header(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"))
}
