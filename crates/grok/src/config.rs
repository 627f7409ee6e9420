use std::collections::BTreeMap;
use std::path::PathBuf;

use chatstream_core::{Endpoint, Error, ErrorKind, Result, Secret, TransportConfig};

use crate::models::Selection;
use crate::session::AuthResult;

/// The provider's name.
pub(crate) const NAME: &str = "grok";

/// Where the site lives.
pub const DEFAULT_BASE_URL: &str = "https://grok.com";

/// Where the site's pictures and files live.
pub const DEFAULT_ASSETS_URL: &str = "https://assets.grok.com";

/// Where the user signs in, unless `G4F_LOGIN_URL` says otherwise.
pub const DEFAULT_LOGIN_URL: &str = "https://grok.com/sign-in";

/// The model that is asked when a request names none: the seed's.
pub const DEFAULT_MODEL: &str = "grok-3";

/// The settings of a [`Grok`](crate::Grok) client.
///
/// ```
/// use chatstream_grok::{CookieSource, GrokConfig};
///
/// let config = GrokConfig::new(CookieSource::text("sso=…; sso-rw=…")).private(true).image_count(1);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct GrokConfig {
    /// Where the user's cookies come from.
    pub cookies: CookieSource,
    /// The site: [`DEFAULT_BASE_URL`] by default. Cookies go to its host and subdomains only.
    pub base_url: String,
    /// Where pictures and files live. `None` is [`DEFAULT_ASSETS_URL`] for the default site, and
    /// `/assets` below any other.
    pub assets_url: Option<String>,
    /// Where the user signs in: [`DEFAULT_LOGIN_URL`] by default.
    pub login_url: String,
    /// The user agent of the browser that the cookies come from, because the site binds some of them
    /// to it. `None` is the one recorded with the cookies, else the transport's own.
    pub user_agent: Option<String>,
    /// The model of requests that name none: [`DEFAULT_MODEL`] by default.
    pub model: String,
    /// Further models by name, before those of [`MODELS`](crate::MODELS).
    pub models: BTreeMap<String, Selection>,
    /// Whether new conversations are private (`temporary`): not listed, not remembered. No by default.
    pub private: bool,
    /// Whether the model may search: yes by default.
    pub search: bool,
    /// Whether the model may draw: yes by default.
    pub images: bool,
    /// How many pictures a drawing has: 2 by default.
    pub image_count: u32,
    /// Whether answers are asked to be short: no by default.
    pub concise: bool,
    /// Instructions for every answer; empty by default.
    pub instructions: String,
    /// How deep the model searches: [`DeepSearch::Off`] by default.
    pub deep_search: DeepSearch,
    /// Tools to switch on or off, by the site's names (`webSearch`, `xSearch`, `imageGen`, …). The
    /// site chooses about those that are not named.
    pub tools: BTreeMap<String, bool>,
    /// How requests are carried.
    pub transport: TransportConfig,
}

impl GrokConfig {
    /// The defaults, with cookies from here.
    pub fn new(cookies: CookieSource) -> Self {
        Self {
            cookies,
            base_url: DEFAULT_BASE_URL.to_owned(),
            assets_url: None,
            login_url: DEFAULT_LOGIN_URL.to_owned(),
            user_agent: None,
            model: DEFAULT_MODEL.to_owned(),
            models: BTreeMap::new(),
            private: false,
            search: true,
            images: true,
            image_count: 2,
            concise: false,
            instructions: String::new(),
            deep_search: DeepSearch::Off,
            tools: BTreeMap::new(),
            transport: TransportConfig::default(),
        }
    }

    /// The settings of the environment: cookies from the file in `GROK_COOKIES`, or without it from
    /// the folder `chatstream/grok` of the user's settings (`XDG_CONFIG_HOME`, `APPDATA`, else
    /// `.config` in `HOME`); `GROK_BASE_URL`, `GROK_ASSETS_URL`, `GROK_MODEL`, `GROK_USER_AGENT`, and
    /// `G4F_LOGIN_URL`. No file is read before the first request.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when neither a file is named nor a settings folder known.
    pub fn from_env() -> Result<Self> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// [`from_env`](Self::from_env) over any environment: `lookup` gives the value of a variable.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let place = set("GROK_COOKIES").map(PathBuf::from).or_else(|| Self::folder(&lookup)).ok_or_else(|| {
            let message = "GROK_COOKIES is not set, and there is no settings folder";
            Error::new(ErrorKind::Config, message).with_provider(NAME)
        })?;
        let mut config = Self::new(CookieSource::file(place));
        config.base_url = set("GROK_BASE_URL").unwrap_or(config.base_url);
        config.assets_url = set("GROK_ASSETS_URL");
        config.model = set("GROK_MODEL").unwrap_or(config.model);
        config.user_agent = set("GROK_USER_AGENT");
        config.login_url = set("G4F_LOGIN_URL").unwrap_or(config.login_url);
        Ok(config)
    }

    /// The folder where [`from_env`](Self::from_env) looks for cookies when no file is named, in any
    /// environment: a place to [save](AuthResult::save) sign-ins to. `None` where there are no settings.
    pub fn folder(lookup: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let settings = set("XDG_CONFIG_HOME").or_else(|| set("APPDATA"));
        let settings = settings.or_else(|| set("HOME").map(|home| home.join(".config")))?;
        Some(settings.join("chatstream").join("grok"))
    }

    /// Sets [`cookies`](Self::cookies).
    pub fn cookies(mut self, cookies: CookieSource) -> Self {
        self.cookies = cookies;
        self
    }

    /// Sets [`base_url`](Self::base_url).
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Sets [`assets_url`](Self::assets_url).
    pub fn assets_url(mut self, assets_url: impl Into<String>) -> Self {
        self.assets_url = Some(assets_url.into());
        self
    }

    /// Sets [`login_url`](Self::login_url).
    pub fn login_url(mut self, login_url: impl Into<String>) -> Self {
        self.login_url = login_url.into();
        self
    }

    /// Sets [`user_agent`](Self::user_agent).
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Sets [`model`](Self::model).
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// Adds one of the further [`models`](Self::models).
    pub fn add_model(mut self, name: impl Into<String>, selection: Selection) -> Self {
        self.models.insert(name.into(), selection);
        self
    }

    /// Sets [`private`](Self::private).
    pub fn private(mut self, private: bool) -> Self {
        self.private = private;
        self
    }

    /// Sets [`search`](Self::search).
    pub fn search(mut self, search: bool) -> Self {
        self.search = search;
        self
    }

    /// Sets [`images`](Self::images).
    pub fn images(mut self, images: bool) -> Self {
        self.images = images;
        self
    }

    /// Sets [`image_count`](Self::image_count).
    pub fn image_count(mut self, count: u32) -> Self {
        self.image_count = count;
        self
    }

    /// Sets [`concise`](Self::concise).
    pub fn concise(mut self, concise: bool) -> Self {
        self.concise = concise;
        self
    }

    /// Sets [`instructions`](Self::instructions).
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.instructions = instructions.into();
        self
    }

    /// Sets [`deep_search`](Self::deep_search).
    pub fn deep_search(mut self, depth: DeepSearch) -> Self {
        self.deep_search = depth;
        self
    }

    /// Switches one of the [`tools`](Self::tools).
    pub fn tool(mut self, name: impl Into<String>, on: bool) -> Self {
        self.tools.insert(name.into(), on);
        self
    }

    /// Sets [`transport`](Self::transport).
    pub fn transport(mut self, transport: TransportConfig) -> Self {
        self.transport = transport;
        self
    }
}

/// Where the user's cookies come from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CookieSource {
    /// A text in one of the forms of [`AuthResult::read`].
    Text(Secret),
    /// An earlier sign-in. Its proxy is used unless the transport's settings name one.
    Signed(AuthResult),
    /// A file in one of the forms of [`AuthResult::read`], or a folder of such
    /// files (`*.json`, `*.har`, `*.txt`), where the first one with a login counts. Read when the
    /// first request needs it, and once more when the site refuses what it held.
    File(PathBuf),
    /// The cookie stores of the user's own browsers, where the first one with a login counts. Read as a
    /// file is. The system may ask the user for leave: some browsers keep their key in its wallet.
    #[cfg(feature = "browser-cookies")]
    Browsers,
}

impl CookieSource {
    /// See [`Text`](Self::Text).
    pub fn text(text: impl Into<Secret>) -> Self {
        Self::Text(text.into())
    }

    /// See [`File`](Self::File).
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::File(path.into())
    }

    /// Whether it may hold another login when it is read again.
    pub(crate) fn may_change(&self) -> bool {
        match self {
            Self::Text(_) | Self::Signed(_) => false,
            Self::File(_) => true,
            #[cfg(feature = "browser-cookies")]
            Self::Browsers => true,
        }
    }
}

/// How deep the model searches. Reported as without effect since Grok 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeepSearch {
    /// As it sees fit.
    Off,
    /// DeepSearch.
    Default,
    /// DeeperSearch.
    Deeper,
}

impl DeepSearch {
    /// The site's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "",
            Self::Default => "default",
            Self::Deeper => "deeper",
        }
    }
}

/// The checked base URL, and where pictures and files live.
pub(crate) fn endpoints(config: &GrokConfig) -> Result<(Endpoint, Endpoint)> {
    let base = Endpoint::parse(&config.base_url)?;
    let assets = match &config.assets_url {
        Some(url) => Endpoint::parse(url)?,
        None if base == Endpoint::parse(DEFAULT_BASE_URL)? => Endpoint::parse(DEFAULT_ASSETS_URL)?,
        None => {
            let path = format!("{}/assets", base.path());
            base.clone().with_path(&path)
        }
    };
    Ok((base, assets))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<GrokConfig> {
        GrokConfig::from_lookup(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_names_the_file_or_the_settings_folder() {
        let table: [(&[(&str, &str)], &str); 4] = [
            (&[("GROK_COOKIES", "/c.txt"), ("HOME", "/h")], "/c.txt"),
            (&[("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")], "/x/chatstream/grok"),
            (&[("HOME", "/h"), ("GROK_COOKIES", "")], "/h/.config/chatstream/grok"),
            (&[("APPDATA", "/a")], "/a/chatstream/grok"),
        ];
        for (variables, expected) in table {
            let CookieSource::File(place) = from(variables).unwrap().cookies else { panic!("{variables:?}") };
            assert_eq!(place, PathBuf::from(expected), "{variables:?}");
        }
        assert_eq!(from(&[]).unwrap_err().kind(), ErrorKind::Config);
        let config = from(&[("HOME", "/h"), ("G4F_LOGIN_URL", "https://l.example"), ("GROK_MODEL", "auto")]).unwrap();
        assert_eq!((config.login_url.as_str(), config.model.as_str()), ("https://l.example", "auto"));
    }

    #[test]
    fn assets_live_beside_the_site() {
        let assets = |config: GrokConfig| endpoints(&config).map(|(_, assets)| assets.to_string());
        let config = GrokConfig::new(CookieSource::text("sso=1"));
        assert_eq!(assets(config.clone()).unwrap(), DEFAULT_ASSETS_URL);
        let local = config.clone().base_url("http://127.0.0.1:1/grok/");
        assert_eq!(assets(local.clone()).unwrap(), "http://127.0.0.1:1/grok/assets");
        assert_eq!(assets(local.assets_url("http://127.0.0.1:1/a")).unwrap(), "http://127.0.0.1:1/a");
        assert_eq!(assets(config.base_url("grok.com")).unwrap_err().kind(), ErrorKind::Config);
    }

    #[test]
    fn no_setting_shows_a_cookie() {
        let config = GrokConfig::new(CookieSource::text("sso=hunter2"));
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
