use std::borrow::Cow;

use chatstream_core::{Endpoint, Error, ErrorKind, Result, Secret, TransportConfig};

/// The provider's name.
pub(crate) const NAME: &str = "chatgptfree";

/// The site that is asked unless another is named: the seed's.
pub const DEFAULT_URL: &str = "https://chatgptfree.ai";

/// The page of the site that is read for its chat, unless another is named: the seed's.
pub(crate) const DEFAULT_PAGE: &str = "/";

/// The model that the seed names; the site's bot decides which one answers.
pub const DEFAULT_MODEL: &str = "gpt-4o-mini-2024-07-18";

/// The models a request may name: those of the seed.
pub const MODELS: &[&str] = &[DEFAULT_MODEL];

/// Other names of these models: those of the seed.
pub const MODEL_ALIASES: &[(&str, &str)] = &[("gpt-4o-mini", DEFAULT_MODEL)];

/// The settings of a [`ChatgptFree`](crate::ChatgptFree) client.
///
/// ```
/// use chatstream_chatgptfree::ChatgptFreeConfig;
///
/// let config = ChatgptFreeConfig::default().url("https://chat.example.org").page("/chat/").bot("25871");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct ChatgptFreeConfig {
    /// The site, with the path of its WordPress where that is not the root: [`DEFAULT_URL`] by default.
    /// Cookies go to its origin only.
    pub url: String,
    /// The path of the page with the chat, below the site: `/` by default.
    pub page: String,
    /// The path that messages are posted to, below the site, where it was moved. `None` is the chat's
    /// own, usually `/wp-admin/admin-ajax.php`.
    pub ajax: Option<String>,
    /// The id of the bot to ask. `None` is that of the page's first chat.
    pub bot: Option<String>,
    /// Cookies to send to the site beside those it sets: the text of a `Cookie` header.
    pub cookies: Option<Secret>,
    /// How requests are carried.
    pub transport: TransportConfig,
}

impl Default for ChatgptFreeConfig {
    fn default() -> Self {
        Self {
            url: DEFAULT_URL.to_owned(),
            page: DEFAULT_PAGE.to_owned(),
            ajax: None,
            bot: None,
            cookies: None,
            transport: TransportConfig::default(),
        }
    }
}

impl ChatgptFreeConfig {
    /// The settings of the environment: the site in `CHATGPTFREE_URL`, or [`DEFAULT_URL`].
    pub fn from_env() -> Self {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// [`from_env`](Self::from_env) over any environment: `lookup` gives the value of a variable.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Self {
        match lookup("CHATGPTFREE_URL").filter(|url| !url.is_empty()) {
            Some(url) => Self::default().url(url),
            None => Self::default(),
        }
    }

    /// Sets [`url`](Self::url).
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = url.into();
        self
    }

    /// Sets [`page`](Self::page).
    pub fn page(mut self, path: impl Into<String>) -> Self {
        self.page = path.into();
        self
    }

    /// Sets [`ajax`](Self::ajax).
    pub fn ajax(mut self, path: impl Into<String>) -> Self {
        self.ajax = Some(path.into());
        self
    }

    /// Sets [`bot`](Self::bot).
    pub fn bot(mut self, id: impl Into<String>) -> Self {
        self.bot = Some(id.into());
        self
    }

    /// Sets [`cookies`](Self::cookies).
    pub fn cookies(mut self, cookies: impl Into<Secret>) -> Self {
        self.cookies = Some(cookies.into());
        self
    }

    /// Sets [`transport`](Self::transport).
    pub fn transport(mut self, transport: TransportConfig) -> Self {
        self.transport = transport;
        self
    }
}

/// The checked address of the site.
pub(crate) fn endpoint(config: &ChatgptFreeConfig) -> Result<Endpoint> {
    let is_id = |bot: &String| !bot.is_empty() && bot.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if let Some(bot) = config.bot.as_ref().filter(|bot| !is_id(bot)) {
        return Err(wrong(format!("{bot:?} is no id of a bot")));
    }
    Endpoint::parse(&config.url)
}

fn wrong(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Config, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_names_the_site() {
        let url = |value: Option<&str>| ChatgptFreeConfig::from_lookup(|_| value.map(str::to_owned)).url;
        assert_eq!(url(Some("https://chat.example.org")), "https://chat.example.org");
        assert_eq!([url(None), url(Some(""))], [DEFAULT_URL, DEFAULT_URL]);
    }

    #[test]
    fn what_cannot_work_is_named() {
        for config in [
            ChatgptFreeConfig::default().url("chat.example.org"),
            ChatgptFreeConfig::default().bot(""),
            ChatgptFreeConfig::default().bot("1&action=x"),
        ] {
            assert_eq!(endpoint(&config).unwrap_err().kind(), ErrorKind::Config, "{config:?}");
        }
    }

    #[test]
    fn no_setting_shows_a_cookie() {
        let config = ChatgptFreeConfig::default().cookies("a=hunter2");
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
