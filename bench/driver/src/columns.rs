use crate::cases::{Carrier, Wire};

/// A column of the tables: a client, or the few that together are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Floor,
    Chatstream,
    Reqwest,
    AsyncOpenai,
    Genai,
    Rig,
}

/// What is built and run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Program {
    pub(crate) package: &'static str,
    /// The name of its one feature, where that is on.
    pub(crate) feature: Option<&'static str>,
}

impl Column {
    pub(crate) const ALL: [Self; 6] =
        [Self::Floor, Self::Chatstream, Self::Reqwest, Self::AsyncOpenai, Self::Genai, Self::Rig];

    /// Its name on the command line and in the file of results.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Chatstream => "chatstream",
            Self::Reqwest => "reqwest",
            Self::AsyncOpenai => "async-openai",
            Self::Genai => "genai",
            Self::Rig => "rig",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Reqwest => "reqwest + sse-stream",
            _ => self.word(),
        }
    }

    /// The crates whose versions matter.
    pub(crate) fn crates(self) -> &'static [&'static str] {
        match self {
            Self::Floor => &["hyper", "serde_json", "tokio"],
            Self::Chatstream => &[],
            Self::Reqwest => &["reqwest", "sse-stream"],
            Self::AsyncOpenai => &["async-openai"],
            Self::Genai => &["genai"],
            Self::Rig => &["rig-core"],
        }
    }

    /// What speaks this to the server, if it can.
    pub(crate) fn program(self, wire: Wire, carrier: Carrier) -> Option<Program> {
        let package = match (self, wire) {
            (Self::Floor, _) => "bench-floor",
            (Self::Chatstream, Wire::Chat) => "bench-xai",
            (Self::Chatstream, Wire::GigaChat) => "bench-gigachat",
            (Self::Chatstream, Wire::Grok) => "bench-grok",
            (Self::Chatstream, Wire::ChatgptFree) => "bench-chatgptfree",
            (Self::Reqwest, Wire::Chat) => "bench-reqwest",
            (Self::AsyncOpenai, Wire::Chat) => "bench-async-openai",
            (Self::Genai, Wire::Chat) => "bench-genai",
            (Self::Rig, Wire::Chat) => "bench-rig",
            (_, Wire::GigaChat | Wire::Grok | Wire::ChatgptFree) => return None,
        };
        // The peers have HTTP/2 on, or cannot be told to.
        let is_told = matches!(self, Self::Floor | Self::Chatstream);
        Some(Program { package, feature: (is_told && carrier == Carrier::Http2).then_some("http2") })
    }
}
