//! Flags and environment to ready clients.

use std::path::PathBuf;
use std::time::Duration;

use chatstream::chatgptfree::{ChatgptFree, ChatgptFreeConfig, MODEL_ALIASES, MODELS};
use chatstream::gigachat::{GigaChat, GigaChatConfig};
use chatstream::grok::{AuthResult, Grok, GrokConfig};
use chatstream::xai::{Xai, XaiConfig};
use chatstream::{Error, Proxy, Retry, Timeouts, TransportConfig};
use chatstream_emulator::Emulator;
use clap::ValueEnum as _;

use crate::args::{ProviderArgs, Wait, WaitArgs};
use crate::failure::Failure;
use crate::provider::{Client, ProviderName};

/// The variables of the environment, an empty one counting as not set.
pub(crate) struct Environment<'a>(pub(crate) &'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }
}

/// Who answers and how it is reached, checked but for what only a client can check.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) provider: ProviderName,
    /// What the user should know about the choice.
    pub(crate) notice: Option<String>,
    access: Access,
}

#[derive(Debug)]
enum Access {
    Xai(XaiConfig),
    GigaChat(Box<GigaChatConfig>),
    Grok { config: Box<GrokConfig>, kept: Option<PathBuf> },
    ChatgptFree(Box<ChatgptFreeConfig>),
    Emulator(TransportConfig),
}

/// A client, and the emulator it talks to where there is one.
pub(crate) struct Connected {
    pub(crate) provider: ProviderName,
    pub(crate) client: Client,
    /// Serves as long as it is kept.
    _emulator: Option<Emulator>,
}

/// The pace of the built-in emulator: that of a quick model, so that streaming can be seen.
const PACE: Duration = Duration::from_millis(20);

impl Settings {
    pub(crate) fn resolve(
        args: &ProviderArgs,
        transport: TransportConfig,
        env: &Environment<'_>,
    ) -> Result<Self, Failure> {
        let (provider, notice) = choose(args, env)?;
        let transport = match &args.proxy {
            Some(url) => transport.proxy(Proxy::Url(url.clone())),
            None => transport,
        };
        let access = match provider {
            ProviderName::Xai => Access::Xai(xai(args, transport, env)?),
            ProviderName::GigaChat => Access::GigaChat(Box::new(gigachat(args, transport, env)?)),
            ProviderName::Grok => Access::Grok {
                config: Box::new(grok(args.base_url.as_deref(), transport, env)?),
                // A file that the user gave is the user's.
                kept: kept_sign_in(env).filter(|file| env.get("GROK_COOKIES").is_none() && file.exists()),
            },
            ProviderName::ChatgptFree => {
                Access::ChatgptFree(Box::new(chatgptfree(args.base_url.as_deref(), transport, env)))
            }
            ProviderName::Emulator => {
                refuse_for_emulator(args)?;
                Access::Emulator(transport)
            }
        };
        Ok(Self { provider, notice, access })
    }

    /// Takes out of the requests a model that is a setting of the client: a bot of a site.
    pub(crate) fn take_bot(&mut self, model: &mut Option<String>) {
        if let Access::ChatgptFree(config) = &mut self.access {
            let is_nominal =
                |name: &String| MODELS.contains(&name.as_str()) || MODEL_ALIASES.iter().any(|(alias, _)| alias == name);
            if let Some(bot) = model.take_if(|name| !is_nominal(name)) {
                config.bot = Some(bot);
            }
        }
    }

    /// Makes the client, and starts the emulator where it is to answer.
    pub(crate) async fn connect(self) -> Result<Connected, Failure> {
        let (client, emulator) = match self.access {
            Access::Xai(config) => (Client::Xai(Xai::new(config)?), None),
            Access::GigaChat(config) => {
                let model = config.model.clone();
                (Client::GigaChat { client: GigaChat::new(*config)?, model }, None)
            }
            Access::Grok { config, kept } => {
                let model = config.model.clone();
                (Client::Grok { client: Grok::new(*config)?, model, kept }, None)
            }
            Access::ChatgptFree(config) => {
                let bot =
                    config.bot.as_ref().map_or_else(|| "the page's first bot".to_owned(), |id| format!("bot {id}"));
                (Client::ChatgptFree { client: ChatgptFree::new(*config)?, bot }, None)
            }
            Access::Emulator(transport) => {
                let emulator = Emulator::builder()
                    .pace(PACE)
                    .start()
                    .await
                    .map_err(|error| Failure::io("cannot start the emulator", error))?;
                let config = XaiConfig::new("emulated")
                    .base_url(emulator.xai().base_url())
                    .transport(transport.proxy(Proxy::None));
                (Client::Xai(Xai::new(config)?), Some(emulator))
            }
        };
        Ok(Connected { provider: self.provider, client, _emulator: emulator })
    }
}

/// The provider asked for: by flag, by variable, by the credentials there are; else the emulator.
fn choose(args: &ProviderArgs, env: &Environment<'_>) -> Result<(ProviderName, Option<String>), Failure> {
    if let Some(provider) = args.provider {
        return Ok((provider, None));
    }
    if let Some(name) = env.get("CHATSTREAM_PROVIDER") {
        let provider = ProviderName::from_str(&name, false).map_err(|_| {
            let known = ProviderName::value_variants().iter().map(|provider| provider.as_str()).collect::<Vec<_>>();
            Failure::Usage(format!("CHATSTREAM_PROVIDER is {name}; providers are {}", known.join(", ")))
        })?;
        return Ok((provider, None));
    }
    let known = || ProviderName::value_variants().iter().copied();
    let has = |variable: &str| env.get(variable).is_some();
    if let Some(provider) = known().find(|provider| provider.credentials().iter().any(|variable| has(variable))) {
        return Ok((provider, None));
    }
    // Whoever gives an address means a server, not the emulator: the missing key is the mistake.
    if let Some(provider) = known().find(|provider| provider.address().is_some_and(has)) {
        return Ok((provider, None));
    }
    if args.base_url.is_some() || args.proxy.is_some() {
        return Ok((ProviderName::Xai, None));
    }
    let variables = known().filter_map(|it| it.credentials().first().copied()).collect::<Vec<_>>().join(", ");
    let notice = format!("no credentials in the environment ({variables}): the built-in emulator answers, no model");
    Ok((ProviderName::Emulator, Some(notice)))
}

fn xai(args: &ProviderArgs, transport: TransportConfig, env: &Environment<'_>) -> Result<XaiConfig, Error> {
    let config = XaiConfig::from_lookup(|name| env.get(name))?.transport(transport);
    Ok(match &args.base_url {
        Some(url) => config.base_url(url),
        None => config,
    })
}

fn gigachat(args: &ProviderArgs, transport: TransportConfig, env: &Environment<'_>) -> Result<GigaChatConfig, Error> {
    let config = GigaChatConfig::from_lookup(|name| env.get(name))?;
    // The environment may have named further roots.
    let transport = config.transport.extra_roots.iter().cloned().fold(transport, TransportConfig::extra_roots);
    let config = config.transport(transport);
    Ok(match &args.base_url {
        Some(url) => config.base_url(url),
        None => config,
    })
}

pub(crate) fn grok(
    base_url: Option<&str>,
    transport: TransportConfig,
    env: &Environment<'_>,
) -> Result<GrokConfig, Error> {
    let config = GrokConfig::from_lookup(|name| env.get(name))?.transport(transport);
    Ok(match base_url {
        Some(url) => config.base_url(url),
        None => config,
    })
}

fn chatgptfree(base_url: Option<&str>, transport: TransportConfig, env: &Environment<'_>) -> ChatgptFreeConfig {
    let config = ChatgptFreeConfig::from_lookup(|name| env.get(name)).transport(transport);
    match base_url {
        Some(url) => config.url(url),
        None => config,
    }
}

/// Where `login grok` keeps the session.
pub(crate) fn kept_sign_in(env: &Environment<'_>) -> Option<PathBuf> {
    GrokConfig::folder(|name| env.get(name)).map(|folder| folder.join(AuthResult::FILE_NAME))
}

/// The emulator has its own address and needs no proxy; asked for all the same, they are a mistake.
fn refuse_for_emulator(args: &ProviderArgs) -> Result<(), Failure> {
    let flag = match (&args.base_url, &args.proxy) {
        (Some(_), _) => "--base-url",
        (None, Some(_)) => "--proxy",
        (None, None) => return Ok(()),
    };
    Err(Failure::Usage(format!("{flag} is nothing for the emulator in this program: choose another provider with -p")))
}

/// The transport of these waits and this number of repetitions.
pub(crate) fn transport(waits: &WaitArgs, retries: u32) -> TransportConfig {
    let mut timeouts = Timeouts::default();
    let limits = [
        (waits.connect_timeout, &mut timeouts.connect),
        (waits.first_byte_timeout, &mut timeouts.first_byte),
        (waits.idle_timeout, &mut timeouts.idle),
        (waits.content_timeout, &mut timeouts.content),
    ];
    for (typed, limit) in limits {
        if let Some(Wait(wait)) = typed {
            *limit = wait;
        }
    }
    TransportConfig::default().timeouts(timeouts).retry(Retry::default().max_retries(retries))
}

#[cfg(test)]
mod tests {
    use chatstream::{ErrorKind, Secret};

    use super::*;

    const NO_ARGS: ProviderArgs = ProviderArgs { provider: None, base_url: None, proxy: None };

    fn resolve(args: &ProviderArgs, variables: &[(&str, &str)]) -> Result<Settings, Failure> {
        let get = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Settings::resolve(args, TransportConfig::default(), &Environment(&get))
    }

    fn chosen(args: &ProviderArgs, variables: &[(&str, &str)]) -> (ProviderName, bool) {
        let settings = resolve(args, variables).unwrap();
        (settings.provider, settings.notice.is_some())
    }

    #[test]
    fn the_provider_is_the_first_that_is_asked_for() {
        let key = ("XAI_API_KEY", "k");
        let emulator = ProviderArgs { provider: Some(ProviderName::Emulator), ..NO_ARGS };
        assert_eq!(chosen(&emulator, &[key, ("CHATSTREAM_PROVIDER", "xai")]), (ProviderName::Emulator, false));
        assert_eq!(chosen(&NO_ARGS, &[key, ("CHATSTREAM_PROVIDER", "emulator")]), (ProviderName::Emulator, false));
        assert_eq!(chosen(&NO_ARGS, &[key]), (ProviderName::Xai, false));
        assert_eq!(chosen(&NO_ARGS, &[("XAI_API_KEY", "")]), (ProviderName::Emulator, true));
    }

    #[test]
    fn an_unknown_provider_is_told_with_those_there_are() {
        let Err(Failure::Usage(message)) = resolve(&NO_ARGS, &[("CHATSTREAM_PROVIDER", "nobody")]) else {
            panic!("no usage error");
        };
        assert!(message.contains("xai, gigachat, grok, chatgptfree, emulator"), "{message}");
    }

    #[test]
    fn an_address_without_a_key_is_a_missing_key() {
        let base_url = ProviderArgs { base_url: Some("http://127.0.0.1:1".into()), ..NO_ARGS };
        let cases = [(&base_url, vec![]), (&NO_ARGS, vec![("XAI_BASE_URL", "http://127.0.0.1:1")])];
        for (args, variables) in cases {
            let Err(Failure::Error(error)) = resolve(args, &variables) else { panic!("no error") };
            assert_eq!((error.kind(), error.message()), (ErrorKind::Config, "XAI_API_KEY is not set"));
        }
    }

    #[test]
    fn a_bot_is_a_setting_of_the_client_and_a_model_one_of_the_request() {
        for (provider, model, left) in [
            (ProviderName::ChatgptFree, "25873", None),
            (ProviderName::ChatgptFree, "gpt-4o-mini", Some("gpt-4o-mini")),
            (ProviderName::Xai, "25873", Some("25873")),
        ] {
            let args = ProviderArgs { provider: Some(provider), ..NO_ARGS };
            let mut settings = resolve(&args, &[("XAI_API_KEY", "k")]).unwrap();
            let mut model = Some(model.to_owned());
            settings.take_bot(&mut model);
            assert_eq!(model.as_deref(), left);
        }
    }

    #[test]
    fn the_emulator_takes_neither_address_nor_proxy() {
        let emulator = ProviderArgs { provider: Some(ProviderName::Emulator), ..NO_ARGS };
        let proxied = ProviderArgs { proxy: Some(Secret::from("http://127.0.0.1:1")), ..emulator };
        assert!(matches!(resolve(&proxied, &[]), Err(Failure::Usage(_))));
    }

    #[test]
    fn waits_that_are_not_typed_keep_their_defaults() {
        let waits = WaitArgs {
            connect_timeout: None,
            first_byte_timeout: Some(Wait(None)),
            idle_timeout: Some(Wait(Some(Duration::from_secs(1)))),
            content_timeout: None,
        };
        let config = transport(&waits, 0);
        assert_eq!(config.timeouts.connect, Timeouts::default().connect);
        assert_eq!(config.timeouts.first_byte, None);
        assert_eq!(config.timeouts.idle, Some(Duration::from_secs(1)));
        assert_eq!(config.retry.max_retries, 0);
    }
}
