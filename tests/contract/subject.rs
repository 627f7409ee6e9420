use chatstream::xai::{Xai, XaiConfig};
use chatstream::{Provider, Proxy, Result, Transport, TransportConfig};
use chatstream_emulator::Emulator;

/// A provider under test: what the suite must know to make its clients.
pub(crate) struct Subject {
    /// Its name, which is also that of its fixtures' folder.
    pub(crate) name: &'static str,
    /// A client of its usual server over a transport in memory.
    pub(crate) replayed: fn(Transport) -> Result<Box<dyn Provider>>,
    /// A client of the emulator.
    pub(crate) emulated: fn(&Emulator, TransportConfig) -> Result<Box<dyn Provider>>,
    /// The path of its chat endpoint on the emulator.
    pub(crate) chat_path: &'static str,
    /// One event with this text, and what ends an answer on its wire.
    pub(crate) event: fn(&str) -> String,
    /// See [`event`](Self::event).
    pub(crate) end: &'static str,
    /// A secret that every client of it carries.
    pub(crate) secret: &'static str,
}

/// All providers.
pub(crate) const SUBJECTS: &[Subject] = &[Subject {
    name: "xai",
    replayed: |transport| Ok(Box::new(Xai::with_transport(XaiConfig::new("hunter2"), transport)?)),
    emulated: |emulator, transport| {
        let config = XaiConfig::new("hunter2").base_url(emulator.xai().base_url());
        Ok(Box::new(Xai::new(config.transport(transport.proxy(Proxy::None)))?))
    },
    chat_path: "/xai/v1/chat/completions",
    event: |text| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"),
    end: "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
    secret: "hunter2",
}];
