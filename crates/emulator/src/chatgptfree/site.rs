//! What the site knows of itself.

use super::Chatgptfree;

/// The address of the site, which is one of its settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Site {
    origin: String,
    home: String,
}

impl Site {
    pub(super) fn at(origin: &str) -> Self {
        Self { origin: origin.to_owned(), home: [origin, Chatgptfree::PREFIX].concat() }
    }

    /// The address of the front page, without a slash at its end.
    pub(super) fn home(&self) -> &str {
        &self.home
    }

    pub(super) fn ajax_url(&self) -> String {
        [&self.home, "/wp-admin/admin-ajax.php"].concat()
    }

    /// Whether a request from this origin is from the site itself: scheme and host are compared, and ports are not.
    pub(super) fn is_own(&self, origin: &str) -> bool {
        let without_port = |origin: &str| match origin.rsplit_once(':') {
            Some((rest, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => rest.to_ascii_lowercase(),
            _ => origin.to_ascii_lowercase(),
        };
        without_port(origin) == without_port(&self.origin)
    }
}

/// A bot of plugin 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bot {
    pub(super) id: u32,
    pub(super) name: &'static str,
    pub(super) provider: Provider,
}

/// Who answers for a bot, as far as that shows in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    OpenAi,
    Google,
    DeepSeek,
}

impl Provider {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "OpenAI",
            Self::Google => "Google",
            Self::DeepSeek => "DeepSeek",
        }
    }
}

/// The bots of plugin 2; the last one pops up.
pub(super) const BOTS: [Bot; 4] = [
    Bot { id: 25871, name: "Chat \"GPT\" & friends", provider: Provider::OpenAi },
    Bot { id: 25873, name: "DeepSeek", provider: Provider::DeepSeek },
    Bot { id: 25874, name: "Gemini", provider: Provider::Google },
    Bot { id: 77, name: "It's a helper", provider: Provider::OpenAi },
];

/// The bot with this id, as it stands in a form.
pub(super) fn bot(id: Option<&str>) -> Option<Bot> {
    let id = id?.trim().parse::<u32>().ok()?;
    BOTS.into_iter().find(|bot| bot.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_its_scheme_and_its_host() {
        let site = Site::at("http://127.0.0.1:4312");
        assert_eq!(site.ajax_url(), "http://127.0.0.1:4312/chatgptfree/wp-admin/admin-ajax.php");
        for (origin, own) in [
            ("http://127.0.0.1:4312", true),
            ("http://127.0.0.1", true),
            ("https://127.0.0.1:4312", false),
            ("http://localhost:4312", false),
            ("null", false),
        ] {
            assert_eq!(site.is_own(origin), own, "{origin}");
        }
    }
}
