//! The page with the chat: what its markup says of the plugin, and what a message needs of it.

use std::collections::BTreeMap;
use std::convert::Infallible;

use chatstream_core::{Error, ErrorKind, Result, Secret};
use html5gum::emitters::default::DefaultEmitter;
use html5gum::{HtmlString, Spanned, StringReader, Token, Tokenizer};

use crate::wire::ChatConfig;

/// A generation of the plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Generation {
    /// Up to 1.9: the names begin with `wpaicg`.
    V1,
    /// From 2.2 on: the names begin with `aipkit`.
    V2,
}

/// A chat that a page offers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChatInfo {
    /// The plugin's generation.
    pub generation: Generation,
    /// The id of its bot, for [`ChatgptFreeConfig::bot`](crate::ChatgptFreeConfig::bot); `0` is the
    /// site's default one.
    pub bot_id: String,
    /// What the page calls it.
    pub name: Option<String>,
    /// Whether it says that it streams; `None` where it does not say.
    pub streams: Option<bool>,
}

/// A chat element of a page, as far as its markup goes.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    pub(crate) info: ChatInfo,
    nonce: Option<Secret>,
    post_id: Option<String>,
    home_url: Option<String>,
    is_widget: bool,
    ajax_url: Option<String>,
}

/// A chat that has all a message needs.
#[derive(Clone, Debug)]
pub(crate) struct Chat {
    pub(crate) generation: Generation,
    pub(crate) bot_id: String,
    pub(crate) post_id: String,
    /// Only in v2 it may be missing: the site has a call for it.
    pub(crate) nonce: Option<Secret>,
    /// The site as the page knows it.
    pub(crate) home_url: Option<String>,
    /// Whether it floats over the page, instead of standing in it.
    pub(crate) is_widget: bool,
    /// Where it says that its messages go.
    pub(crate) ajax_url: Option<String>,
}

/// The chat elements of a page, in its order.
pub(crate) fn elements(html: &str) -> Vec<Element> {
    let mut elements: Vec<Element> = tokens(html)
        .filter_map(|token| match token {
            Token::StartTag(tag) => element(&Attributes(tag.attributes)),
            _ => None,
        })
        .collect();
    // A popup of v2 wraps the very chat that its own markup describes.
    let mut seen = Vec::new();
    elements.retain(|element| {
        let is_new = !seen.contains(&element.info);
        seen.push(element.info.clone());
        is_new || element.info.generation == Generation::V1
    });
    elements
}

/// The chat of this bot, or the first one. A bot that no element names is asked through the first:
/// the site, not its page, knows its bots.
///
/// # Errors
///
/// - [`Parse`](ErrorKind::Parse) when the page has no chat, or it lacks what a message needs. The
///   message says what was looked at.
pub(crate) fn choose(elements: &[Element], bot: Option<&str>, page: &str) -> Result<Chat> {
    let first = elements.first().ok_or_else(|| {
        missing(format!(
            "no chat found on {page}: it has no element of class {}",
            CLASSES.map(|(class, _)| class).join(", ")
        ))
    })?;
    let of_bot = |bot: &str| elements.iter().find(|element| element.info.bot_id == bot);
    let element = bot.and_then(of_bot).unwrap_or(first);
    let info = &element.info;
    let bot_id = bot.unwrap_or(&info.bot_id).to_owned();
    let (chat, nonce, post_id) = match info.generation {
        Generation::V1 => ("the chat", "data-nonce", "data-post-id"),
        Generation::V2 => ("the v2 chat", "nonce in data-config", "postId in data-config"),
    };
    if bot_id.is_empty() {
        return Err(missing(format!("no bot id found: {chat} on {page} has no botId in data-config")));
    }
    let Some(found) = element.post_id.clone() else {
        return Err(missing(format!("no post id found: {chat} on {page} has no {post_id}")));
    };
    if element.nonce.is_none() && info.generation == Generation::V1 {
        return Err(missing(format!("no nonce found: {chat} on {page} has no {nonce}")));
    }
    Ok(Chat {
        generation: info.generation,
        bot_id,
        post_id: found,
        nonce: element.nonce.clone(),
        home_url: element.home_url.clone(),
        is_widget: element.is_widget,
        ajax_url: element.ajax_url.clone(),
    })
}

/// The error of a page without its nonce, once the site's call for one has failed too.
pub(crate) fn no_nonce(page: &str) -> Error {
    missing(format!("no nonce found: the v2 chat on {page} has none in data-config, and the site gives none"))
}

/// The text of HTML, without tags and with its entities read; scripts and styles are no text.
pub(crate) fn text(html: &str) -> String {
    let mut text = String::new();
    let mut is_hidden = false;
    for token in tokens(html) {
        match token {
            Token::String(string) if !is_hidden => text.push_str(&String::from_utf8_lossy(&string)),
            Token::StartTag(tag) => {
                is_hidden = matches!(tag.name.as_slice(), b"script" | b"style");
                text.push(' ');
            }
            Token::EndTag(_) => {
                is_hidden = false;
                text.push(' ');
            }
            _ => {}
        }
    }
    text
}

/// The classes that mark a chat, and what is special about it.
const CLASSES: [(&str, Kind); 4] = [
    ("wpaicg-chat-shortcode", Kind::Shortcode),
    ("wpaicg-chatbox", Kind::Widget),
    ("aipkit_chat_container", Kind::Configured),
    ("aipkit_popup_wrapper", Kind::Configured),
];

#[derive(Clone, Copy)]
enum Kind {
    Shortcode,
    Widget,
    /// Its facts are JSON in one attribute.
    Configured,
}

fn element(attributes: &Attributes) -> Option<Element> {
    let classes = attributes.get("class")?;
    let is_marked = |(class, _): &&(&str, Kind)| classes.split_ascii_whitespace().any(|own| own == *class);
    Some(match CLASSES.iter().find(is_marked)?.1 {
        Kind::Shortcode => of_v1(attributes, false),
        Kind::Widget => of_v1(attributes, true),
        Kind::Configured => of_v2(attributes),
    })
}

fn of_v1(attributes: &Attributes, is_box: bool) -> Element {
    Element {
        info: ChatInfo {
            generation: Generation::V1,
            bot_id: attributes.get("data-bot-id").unwrap_or_else(|| "0".to_owned()),
            name: attributes.get("data-ai-name"),
            streams: attributes.raw("data-openai_stream_nav").map(|flag| flag == "1"),
        },
        nonce: attributes.get("data-nonce").map(Secret::new),
        post_id: attributes.get("data-post-id"),
        home_url: attributes.get("data-url"),
        is_widget: attributes.get("data-type").map_or(is_box, |kind| kind == "widget"),
        ajax_url: None,
    }
}

fn of_v2(attributes: &Attributes) -> Element {
    let config = attributes.get("data-config").and_then(|json| serde_json::from_str(&json).ok());
    let config: ChatConfig = config.unwrap_or_default();
    Element {
        info: ChatInfo {
            generation: Generation::V2,
            bot_id: config.bot_id.or_else(|| attributes.get("data-bot-id")).unwrap_or_default(),
            name: config.header_name,
            streams: None,
        },
        nonce: config.nonce.map(Secret::new),
        post_id: config.post_id,
        home_url: None,
        is_widget: config.popup_enabled,
        ajax_url: config.ajax_url,
    }
}

/// The attributes of one tag, entities read.
struct Attributes(BTreeMap<HtmlString, Spanned<HtmlString, ()>>);

impl Attributes {
    fn raw(&self, name: &str) -> Option<String> {
        self.0.get(name.as_bytes()).map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// A value with something in it, trimmed.
    fn get(&self, name: &str) -> Option<String> {
        self.raw(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }
}

/// The tokens of a page. What a script holds is no markup.
fn tokens(html: &str) -> impl Iterator<Item = Token> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    Tokenizer::<StringReader<'_>, _>::new_with_emitter(html, emitter).map(
        |token: std::result::Result<Token, Infallible>| match token {
            Ok(token) => token,
            Err(never) => match never {},
        },
    )
}

fn missing(message: String) -> Error {
    Error::new(ErrorKind::Parse, message)
}

#[cfg(test)]
mod tests;
