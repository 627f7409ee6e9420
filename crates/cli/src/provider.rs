//! The providers there are: what each is called, what it needs, and what the command asks of it.

use chatstream::xai::{self, Xai};
use chatstream::{ChatRequest, ChunkStream, Result};
use clap::ValueEnum;
use serde::Serialize;

/// Who may be asked. The order is that in which credentials are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProviderName {
    /// The xAI API, or another server of its dialect
    Xai,
    /// The emulator of the xAI API in this program: no key, no network
    Emulator,
}

impl ProviderName {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Xai => "xai",
            Self::Emulator => "emulator",
        }
    }

    /// The variable whose presence says that the user has credentials for it.
    pub(crate) fn credentials(self) -> Option<&'static str> {
        match self {
            Self::Xai => Some("XAI_API_KEY"),
            Self::Emulator => None,
        }
    }

    /// Where keys and credits are to be had.
    pub(crate) fn account(self) -> Option<&'static str> {
        match self {
            Self::Xai => Some("https://console.x.ai"),
            Self::Emulator => None,
        }
    }

    /// The variable that holds its address.
    pub(crate) fn address(self) -> Option<&'static str> {
        match self {
            Self::Xai => Some("XAI_BASE_URL"),
            Self::Emulator => None,
        }
    }
}

/// A ready client of some provider.
#[derive(Clone, Debug)]
pub(crate) enum Client {
    Xai(Xai),
}

impl Client {
    pub(crate) async fn chat(&self, request: ChatRequest) -> Result<ChunkStream> {
        match self {
            Self::Xai(xai) => xai.chat(request).await,
        }
    }

    pub(crate) async fn models(&self) -> Result<Vec<Model>> {
        match self {
            Self::Xai(xai) => Ok(xai.models().await?.into_iter().map(Model::from).collect()),
        }
    }

    /// The model of requests that name none.
    pub(crate) fn default_model(&self) -> &str {
        match self {
            Self::Xai(_) => xai::DEFAULT_MODEL,
        }
    }
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
        }
    }
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
