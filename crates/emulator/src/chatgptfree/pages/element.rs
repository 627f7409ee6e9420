//! The elements in which chats are.

use super::attribute;
use crate::chatgptfree::nonces::Purpose;
use crate::chatgptfree::route::Page;
use crate::chatgptfree::site::{BOTS, Bot, Provider, Site};
use crate::chatgptfree::wp_json;
use crate::json::Object;

/// What an element does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lacks {
    Chat,
    Nonce,
    Post,
    EndOfConfig,
}

/// An element of the plugin's first generation.
struct First<'a> {
    class: &'a str,
    nonce: &'a str,
    post: u32,
    home: &'a str,
    bot: u32,
    streams: bool,
    kind: &'a str,
}

/// The chats of a page.
pub(super) fn of(page: Page, site: &Site, nonce: impl Fn(Purpose) -> String, lacks: Option<Lacks>) -> String {
    let (first, second) = (nonce(Purpose::First), nonce(Purpose::Second));
    let home = site.home();
    let shortcode = |bot| First {
        class: "wpaicg-chat-shortcode",
        nonce: &first,
        post: 261,
        home,
        bot,
        streams: true,
        kind: "shortcode",
    };
    let floating =
        |bot, streams, post| First { class: "wpaicg-chatbox", bot, streams, post, kind: "widget", ..shortcode(bot) };
    match page {
        Page::About => String::from("<div class=\"entry-content\"><p>Welcome to our blog.</p></div>"),
        Page::Shortcode => shortcode(0).in_page(lacks),
        Page::Widget => floating(3405, false, 58).floating(lacks),
        Page::Minified => shortcode(0).without_quotes(lacks),
        Page::Two => [shortcode(12).in_page(lacks), floating(34, true, 261).in_page(lacks)].join("\n"),
        Page::Second => BOTS[..3].iter().map(|bot| container(bot, site, &second, lacks)).collect::<Vec<_>>().join("\n"),
        Page::Popup => popup(&BOTS[3], site, &second, lacks),
    }
}

impl First<'_> {
    /// Attributes in the order of the plugin, without quotes around their values.
    fn attributes(&self, lacks: Option<Lacks>) -> Vec<(&'static str, String)> {
        let streams = if self.streams { "1" } else { "" };
        let all = [
            ("data-user-bg-color", String::from("#444654")),
            ("data-you", String::from("You")),
            ("data-ai-name", String::from("Chat GPT")),
            ("data-nonce", self.nonce.to_owned()),
            ("data-post-id", self.post.to_string()),
            ("data-url", self.home.to_owned()),
            ("data-bot-id", self.bot.to_string()),
            ("data-width", String::from("100%")),
            ("data-openai_stream_nav", streams.to_owned()),
            ("data-type", self.kind.to_owned()),
        ];
        let is_there = |name: &str| match lacks {
            Some(Lacks::Nonce) => name != "data-nonce",
            Some(Lacks::Post) => name != "data-post-id",
            _ => true,
        };
        all.into_iter().filter(|(name, _)| is_there(name)).collect()
    }

    fn in_page(&self, lacks: Option<Lacks>) -> String {
        let attributes = self.attributes(lacks);
        let attributes = attributes.iter().map(|(name, value)| format!("     {name}=\"{}\"\n", attribute(value)));
        format!(
            "<div class=\"{}\"\n{}>\n  <div class=\"wpaicg-chat-shortcode-content\"><ul></ul></div>\n\
             <textarea class=\"auto-expand\" placeholder=\"Type a message\"></textarea>\n</div>",
            self.class,
            attributes.collect::<String>()
        )
    }

    /// In the corner of a page: single quotes, and the attributes the other way round.
    fn floating(&self, lacks: Option<Lacks>) -> String {
        let attributes = self.attributes(lacks).into_iter().rev();
        let attributes = attributes.map(|(name, value)| format!("\n   {name}='{}'", attribute(&value)));
        format!(
            "<div class='wpaicg_chat_widget'>\n <div class='{}'{}></div>\n</div>",
            self.class,
            attributes.collect::<String>()
        )
    }

    /// As a plugin that shortens pages leaves it: quotes only where a value has a space.
    fn without_quotes(&self, lacks: Option<Lacks>) -> String {
        let attributes = self.attributes(lacks).into_iter().map(|(name, value)| match value.contains(' ') {
            true => format!(" {name}=\"{value}\""),
            false => format!(" {name}={value}"),
        });
        format!("<div class={}{}><ul></ul></div>", self.class, attributes.collect::<String>())
    }
}

/// A chat of the plugin's second generation in a page.
fn container(bot: &Bot, site: &Site, nonce: &str, lacks: Option<Lacks>) -> String {
    let id = bot.id;
    let config = config(bot, site, nonce, false, lacks);
    format!(
        "<div class=\"aipkit_chat_container aipkit-theme-light aipkit-sidebar-state-closed\" \
         id=\"aipkit_chat_container_{id}\" data-bot-id=\"{id}\" data-config='{config}' >\n\
         <div class=\"aipkit_chat_main\"><div class=\"aipkit_chat_messages\"></div></div>\n</div>"
    )
}

/// The same in the corner.
fn popup(bot: &Bot, site: &Site, nonce: &str, lacks: Option<Lacks>) -> String {
    let (id, config) = (bot.id, config(bot, site, nonce, true, lacks));
    format!(
        "<div class=\"aipkit_popup_wrapper\" id=\"aipkit_popup_wrapper_{id}\" data-config='{config}' \
         data-icon-type=\"default\"></div>"
    )
}

/// The settings of a chat as the value of an attribute.
fn config(bot: &Bot, site: &Site, nonce: &str, popup: bool, lacks: Option<Lacks>) -> String {
    let text = Object::new().text("sendMessage", "Send").text("errorPrefix", "Error:").text("you", "Вы 🚀").end();
    let json = Object::new()
        .plain("botId", bot.id)
        .raw("ajaxUrl", &wp_json::text(&site.ajax_url()))
        .when(lacks != Some(Lacks::Nonce), |json| json.text("nonce", nonce))
        .when(lacks != Some(Lacks::Post), |json| json.plain("postId", 261))
        .text("theme", "light")
        .plain("popupEnabled", popup)
        .raw("headerName", &wp_json::text(bot.name))
        .text("provider", bot.provider.name())
        .plain("requireConsentCompliance", false)
        .plain("enableOpenAIConversationState", bot.provider == Provider::OpenAi)
        .raw("text", &text)
        .end();
    let end = if lacks == Some(Lacks::EndOfConfig) { json.len() / 3 } else { json.len() };
    attribute(&json[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(page: Page, lacks: Option<Lacks>) -> String {
        let site = Site::at("http://127.0.0.1:1");
        of(page, &site, |purpose| format!("000000000{}", purpose as u8), lacks)
    }

    #[test]
    fn elements_have_quotes_of_each_kind_or_none() {
        assert!(page(Page::Shortcode, None).contains("\n     data-nonce=\"0000000000\"\n     data-post-id=\"261\"\n"));
        assert!(
            page(Page::Widget, None).contains("\n   data-bot-id='3405'\n   data-url='http://127.0.0.1:1/chatgptfree'")
        );
        assert!(
            page(Page::Minified, None).contains(" data-ai-name=\"Chat GPT\" data-nonce=0000000000 data-post-id=261 ")
        );
    }

    #[test]
    fn configs_are_json_with_entities() {
        let page = page(Page::Second, None);
        let (_, config) = page.split_once("data-config='").unwrap();
        let (config, _) = config.split_once('\'').unwrap();
        let json = config.replace("&quot;", "\"").replace("&amp;", "&");
        let json = serde_json::from_str::<serde_json::Value>(&json).unwrap();
        assert_eq!((&json["botId"], &json["nonce"]), (&25871.into(), &"0000000001".into()));
        assert_eq!(json["headerName"], "Chat \"GPT\" & friends");
    }

    #[test]
    fn what_is_to_be_missing_is_missing() {
        assert!(!page(Page::Widget, Some(Lacks::Nonce)).contains("data-nonce"));
        assert!(!page(Page::Two, Some(Lacks::Post)).contains("data-post-id"));
        assert!(!page(Page::Popup, Some(Lacks::Nonce)).contains("&quot;nonce&quot;"));
        assert!(page(Page::Popup, None).contains("&quot;nonce&quot;"));
    }
}
