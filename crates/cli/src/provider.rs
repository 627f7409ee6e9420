//! The providers there are: what each is called, what it needs, and what the command asks of it.

use std::path::PathBuf;

use bytes::Bytes;
use chatstream::chatgptfree::{self, ChatgptFree};
use chatstream::gigachat::{self, GigaChat};
use chatstream::grok::{self, Grok};
use chatstream::xai::{self, Xai};
use chatstream::{ChatRequest, ChunkStream, Error, ErrorKind, Image, Part, Result, Source};
use clap::ValueEnum;
use serde::Serialize;

/// Who may be asked. The order is that in which credentials are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProviderName {
    /// The xAI API, or another server of its dialect
    Xai,
    /// Sber's GigaChat
    #[value(name = "gigachat")]
    GigaChat,
    /// grok.com, with your own session
    Grok,
    /// chatgptfree.ai, or another WordPress site with its chat
    #[value(name = "chatgptfree")]
    ChatgptFree,
    /// The emulator of the xAI API in this program: no key, no network
    Emulator,
}

impl ProviderName {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Xai => "xai",
            Self::GigaChat => "gigachat",
            Self::Grok => "grok",
            Self::ChatgptFree => "chatgptfree",
            Self::Emulator => "emulator",
        }
    }

    /// The variables any of which says that the user has credentials for it, the usual one first.
    pub(crate) fn credentials(self) -> &'static [&'static str] {
        match self {
            Self::Xai => &["XAI_API_KEY"],
            Self::GigaChat => &["GIGACHAT_CREDENTIALS", "GIGACHAT_ACCESS_TOKEN", "GIGACHAT_USER"],
            Self::Grok => &["GROK_COOKIES"],
            // A public page needs none: who names a site means to ask it.
            Self::ChatgptFree => &["CHATGPTFREE_URL"],
            Self::Emulator => &[],
        }
    }

    /// Where keys and credits are to be had.
    pub(crate) fn account(self) -> Option<&'static str> {
        match self {
            Self::Xai => Some("https://console.x.ai"),
            Self::GigaChat => Some("https://developers.sber.ru/studio"),
            Self::Grok => Some("https://grok.com"),
            Self::ChatgptFree | Self::Emulator => None,
        }
    }

    /// The variable that holds its address.
    pub(crate) fn address(self) -> Option<&'static str> {
        match self {
            Self::Xai => Some("XAI_BASE_URL"),
            Self::GigaChat => Some("GIGACHAT_BASE_URL"),
            Self::Grok => Some("GROK_BASE_URL"),
            Self::ChatgptFree => Some("CHATGPTFREE_URL"),
            Self::Emulator => None,
        }
    }
}

/// A ready client of some provider.
#[derive(Clone, Debug)]
pub(crate) enum Client {
    Xai(Xai),
    GigaChat {
        client: GigaChat,
        /// The model of requests that name none.
        model: String,
    },
    Grok {
        client: Grok,
        /// The model of requests that name none.
        model: String,
        /// The file of the session that `login grok` keeps, where it is in use.
        kept: Option<PathBuf>,
    },
    ChatgptFree {
        client: ChatgptFree,
        /// The bot that is asked, in place of a model.
        bot: String,
    },
}

impl Client {
    pub(crate) async fn chat(&self, request: ChatRequest) -> Result<ChunkStream> {
        match self {
            Self::Xai(xai) => xai.chat(request).await,
            Self::GigaChat { client, .. } => client.chat(uploaded(client, request).await?).await,
            Self::Grok { client, .. } => client.chat(attached(client, request).await?).await,
            Self::ChatgptFree { client, .. } => client.chat(request).await,
        }
    }

    pub(crate) async fn models(&self) -> Result<Vec<Model>> {
        match self {
            Self::Xai(xai) => Ok(xai.models().await?.into_iter().map(Model::from).collect()),
            Self::GigaChat { client, .. } => Ok(client.models().await?.into_iter().map(Model::from).collect()),
            Self::Grok { client, .. } => Ok(client.modes().await?.modes.into_iter().map(Model::from).collect()),
            Self::ChatgptFree { client, .. } => {
                let bots = client.chats().await?.into_iter().map(Model::from);
                Ok(bots.chain(nominal_models()).collect())
            }
        }
    }

    /// The bytes of a picture of an answer.
    pub(crate) async fn download(&self, image: &Image) -> Result<Bytes> {
        match self {
            Self::Xai(_) => Err(no_pictures("xai")),
            Self::ChatgptFree { .. } => Err(no_pictures("chatgptfree")),
            Self::GigaChat { client, .. } => client.download(&image.url).await,
            Self::Grok { client, .. } => client.download(image).await,
        }
    }

    /// Keeps what the provider has changed of a session that is kept.
    pub(crate) fn keep_session(&self) -> Result<()> {
        match self {
            Self::Grok { client, kept: Some(file), .. } => match client.auth_result() {
                Some(signed) => signed.save(file),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// The model of requests that name none.
    pub(crate) fn default_model(&self) -> &str {
        match self {
            Self::Xai(_) => xai::DEFAULT_MODEL,
            Self::GigaChat { model, .. } | Self::Grok { model, .. } => model,
            Self::ChatgptFree { bot, .. } => bot,
        }
    }
}

fn no_pictures(provider: &'static str) -> Error {
    let message = "answers hold no pictures that could be fetched";
    Error::new(ErrorKind::InvalidRequest, message).with_provider(provider)
}

/// The request with its files in the service's store, which takes them by their ids only.
async fn uploaded(client: &GigaChat, mut request: ChatRequest) -> Result<ChatRequest> {
    for (number, source) in sources(&mut request).enumerate() {
        if let Source::Data { media_type, data } = source {
            let upload = gigachat::Upload::new(file_name(number, media_type), media_type.clone(), data.clone());
            *source = Source::Id(client.upload(&upload).await?.id);
        }
    }
    Ok(request)
}

/// The same for grok.com.
async fn attached(client: &Grok, mut request: ChatRequest) -> Result<ChatRequest> {
    for (number, source) in sources(&mut request).enumerate() {
        if let Source::Data { media_type, data } = source {
            let upload = grok::Upload::new(file_name(number, media_type), media_type.clone(), data.clone());
            *source = Source::Id(client.upload(&upload).await?.file_metadata_id);
        }
    }
    Ok(request)
}

/// Where the pictures and files of a request are.
fn sources(request: &mut ChatRequest) -> impl Iterator<Item = &mut Source> {
    request.messages.iter_mut().flat_map(|message| &mut message.content).filter_map(|part| match part {
        Part::Image(image) => Some(&mut image.source),
        Part::File(file) => Some(&mut file.source),
        _ => None,
    })
}

/// A name for a file that has none: the stores know files by their extensions.
fn file_name(number: usize, media_type: &str) -> String {
    let extension = media_type.rsplit('/').next().unwrap_or_default();
    format!("file-{number}.{extension}")
}

/// A model of any provider. Unknown is `None`.
#[derive(Debug, Serialize)]
pub(crate) struct Model {
    pub(crate) id: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) owned_by: Option<String>,
    pub(crate) created: Option<u64>,
    pub(crate) context_length: Option<u64>,
    pub(crate) input_usd_per_million: Option<f64>,
    pub(crate) output_usd_per_million: Option<f64>,
    /// What people call it.
    pub(crate) name: Option<String>,
}

impl Model {
    /// A model of which nothing but its id is known.
    pub(crate) fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            aliases: Vec::new(),
            owned_by: None,
            created: None,
            context_length: None,
            input_usd_per_million: None,
            output_usd_per_million: None,
            name: None,
        }
    }
}

impl From<xai::Model> for Model {
    fn from(model: xai::Model) -> Self {
        Self {
            id: model.id,
            aliases: model.aliases,
            owned_by: model.owned_by,
            created: model.created,
            context_length: model.context_length,
            input_usd_per_million: model.input_usd_per_million,
            output_usd_per_million: model.output_usd_per_million,
            name: None,
        }
    }
}

impl From<gigachat::Model> for Model {
    fn from(model: gigachat::Model) -> Self {
        Self { owned_by: model.owned_by, ..Self::new(model.id) }
    }
}

impl From<grok::Mode> for Model {
    fn from(mode: grok::Mode) -> Self {
        Self { name: mode.title, ..Self::new(mode.id) }
    }
}

impl From<chatgptfree::ChatInfo> for Model {
    fn from(chat: chatgptfree::ChatInfo) -> Self {
        Self { name: chat.name, ..Self::new(chat.bot_id) }
    }
}

/// What a request may call the model of any site, whose bot decides all the same.
fn nominal_models() -> impl Iterator<Item = Model> {
    let aliases_of = |id: &str| {
        let aliases = chatgptfree::MODEL_ALIASES.iter().filter(move |(_, model)| *model == id);
        aliases.map(|(alias, _)| (*alias).to_owned()).collect()
    };
    chatgptfree::MODELS.iter().map(move |id| Model { aliases: aliases_of(id), ..Model::new(*id) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_typed_and_told_agree() {
        for name in ProviderName::value_variants() {
            assert_eq!(ProviderName::from_str(name.as_str(), false), Ok(*name));
        }
    }
}
