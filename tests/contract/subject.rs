use chatstream::chatgptfree::{ChatgptFree, ChatgptFreeConfig, ChatgptFreeParser};
use chatstream::core::Parse;
use chatstream::core::decode::Framing;
use chatstream::gigachat::{Credentials, GigaChat, GigaChatConfig, V1Parser, V2Parser, Version};
use chatstream::grok::{CookieSource, Grok, GrokConfig, GrokParser};
use chatstream::xai::{ChatParser, Xai, XaiConfig};
use chatstream::{Provider, Proxy, Result, Transport, TransportConfig};
use chatstream_emulator::{Emulator, Fault};

use crate::behind_page::{self, Known};

/// A provider under test: what the suite must know to make its clients.
pub(crate) struct Subject {
    /// Its name, which is also that of its fixtures' folder.
    pub(crate) name: &'static str,
    /// How its answers are cut into events, and who parses these.
    pub(crate) framing: Framing,
    pub(crate) parser: fn() -> Box<dyn Parse>,
    /// A client of its usual server over a transport in memory.
    pub(crate) replayed: fn(Transport) -> Result<Box<dyn Provider>>,
    /// A client of the emulator.
    pub(crate) emulated: fn(&Emulator, TransportConfig) -> Result<Box<dyn Provider>>,
    /// The path of its chat endpoint on the emulator, which is posted to once for every answer.
    pub(crate) chat_path: &'static str,
    /// How many requests of its own come before the first chat.
    pub(crate) before: u64,
    /// What that post is answered where the answer comes from a second call to the same path.
    pub(crate) handed_in: Option<&'static str>,
    /// One event with this text, and what ends an answer on its wire.
    pub(crate) event: fn(&str) -> String,
    /// See [`event`](Self::event).
    pub(crate) end: &'static str,
    /// How many frames come before the first that says something.
    pub(crate) ahead: usize,
    /// The evidence of an answer with nothing amiss.
    pub(crate) ending: &'static str,
    /// What an answer that ends under a fault names as its evidence.
    pub(crate) endings: &'static [(Fault, &'static str)],
    /// Whether it knows functions, and whole answers.
    pub(crate) functions: bool,
    /// The kinds of 401, 404 and 422.
    pub(crate) refusals: [&'static str; 3],
    /// A secret that every client of it carries.
    pub(crate) secret: &'static str,
}

/// All providers.
pub(crate) const SUBJECTS: &[Subject] = &[XAI, GIGACHAT, GIGACHAT_V2, GROK, CHATGPTFREE, CHATGPTFREE_V2];

/// The xAI API.
const XAI: Subject = Subject {
    name: "xai",
    framing: Framing::SseOrWhole,
    parser: || Box::new(ChatParser::new()),
    replayed: |transport| Ok(Box::new(Xai::with_transport(XaiConfig::new("hunter2"), transport)?)),
    emulated: |emulator, transport| {
        let config = XaiConfig::new("hunter2").base_url(emulator.xai().base_url());
        Ok(Box::new(Xai::new(config.transport(transport.proxy(Proxy::None)))?))
    },
    chat_path: "/xai/v1/chat/completions",
    before: 0,
    handed_in: None,
    event: |text| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"),
    end: "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
    ahead: 0,
    ending: "finish_and_done",
    endings: ENDINGS,
    functions: true,
    refusals: REFUSALS,
    secret: "hunter2",
};

/// Of a wire with a finish reason and `[DONE]`.
const ENDINGS: &[(Fault, &str)] = &[
    (Fault::NoDone, "finish_only"),
    (Fault::NoFinish, "done_only"),
    (Fault::DoneStaysOpen, "finish_and_done"),
    (Fault::WholeForStream, "finish_only"),
];

/// Of an API that words them itself.
const REFUSALS: [&str; 3] = ["unauthorized", "invalid_request", "invalid_request"];

/// GigaChat, version 1.
const GIGACHAT: Subject = Subject {
    name: "gigachat",
    framing: Framing::SseOrWhole,
    parser: || Box::new(V1Parser::new()),
    replayed: |transport| {
        let config = GigaChatConfig::new(Credentials::access_token("hunter2"));
        Ok(Box::new(GigaChat::with_transport(config, transport)?))
    },
    emulated: |emulator, transport| Ok(Box::new(GigaChat::new(gigachat(emulator, transport))?)),
    chat_path: "/gigachat/v1/chat/completions",
    before: 1,
    handed_in: None,
    event: |text| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"),
    end: "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
    ahead: 0,
    ending: "finish_and_done",
    endings: ENDINGS,
    functions: true,
    refusals: REFUSALS,
    secret: GIGACHAT_KEY,
};

/// GigaChat, version 2.
const GIGACHAT_V2: Subject = Subject {
    name: "gigachat-v2",
    parser: || Box::new(V2Parser::new()),
    replayed: |transport| {
        let config = GigaChatConfig::new(Credentials::access_token("hunter2")).version(Version::V2);
        Ok(Box::new(GigaChat::with_transport(config, transport)?))
    },
    emulated: |emulator, transport| Ok(Box::new(GigaChat::new(gigachat(emulator, transport).version(Version::V2))?)),
    chat_path: "/gigachat/v2/chat/completions",
    event: |text| {
        let messages = format!("[{{\"role\":\"assistant\",\"content\":[{{\"text\":\"{text}\"}}]}}]");
        format!("event: response.message.delta\ndata: {{\"messages\":{messages}}}\n\n")
    },
    end: "event: response.message.done\ndata: {\"finish_reason\":\"stop\"}\n\n",
    // The closing event carries the finish reason: one does not come without the other.
    endings: &[(Fault::DoneStaysOpen, "finish_and_done"), (Fault::WholeForStream, "finish_only")],
    ..GIGACHAT
};

/// grok.com.
const GROK: Subject = Subject {
    name: "grok",
    framing: Framing::JsonObjects,
    parser: || Box::new(GrokParser::new()),
    replayed: |transport| Ok(Box::new(Grok::with_transport(grok(), transport)?)),
    emulated: |emulator, transport| {
        let config = grok().base_url(emulator.grok().base_url());
        Ok(Box::new(Grok::new(config.transport(transport.proxy(Proxy::None)))?))
    },
    chat_path: "/grok/rest/app-chat/conversations/new",
    before: 0,
    handed_in: None,
    event: |text| format!("{{\"result\":{{\"response\":{{\"token\":\"{text}\"}}}}}}\n"),
    end: "{\"result\":{\"response\":{\"token\":\"\",\"isSoftStop\":true}}}\n",
    ahead: 5,
    ending: "done_only",
    endings: &[(Fault::NoDone, "done_only"), (Fault::NoFinish, "done_only")],
    functions: false,
    refusals: REFUSALS,
    secret: "hunter2",
};

fn grok() -> GrokConfig {
    GrokConfig::new(CookieSource::text("sso=hunter2"))
}

/// A WordPress site with the first generation of the plugin.
const CHATGPTFREE: Subject = Subject {
    name: "chatgptfree",
    framing: Framing::Lines,
    parser: || Box::new(ChatgptFreeParser::new()),
    replayed: |transport| Ok(Box::new(behind_page::v1(transport)?)),
    emulated: |emulator, transport| Ok(Box::new(chatgptfree(emulator, "/", transport)?)),
    chat_path: "/chatgptfree/wp-admin/admin-ajax.php",
    before: 1,
    handed_in: None,
    event: |text| format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"),
    end: "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
    ahead: 1,
    ending: "finish_and_done",
    endings: &[
        (Fault::NoDone, "finish_only"),
        (Fault::NoFinish, "done_only"),
        (Fault::DoneStaysOpen, "finish_and_done"),
        // A buffered answer is JSON without any mark of its end.
        (Fault::WholeForStream, "clean_eof"),
    ],
    functions: false,
    // They are pages of the web server: the plugin has no such statuses.
    refusals: ["blocked", "unexpected", "unexpected"],
    secret: "hunter2",
};

/// The same with the second generation.
const CHATGPTFREE_V2: Subject = Subject {
    name: "chatgptfree-v2",
    framing: Framing::SseOrWhole,
    replayed: |transport| Ok(Box::new(behind_page::v2(transport)?)),
    emulated: |emulator, transport| Ok(Box::new(Known(chatgptfree(emulator, "/v2/", transport)?))),
    handed_in: Some(behind_page::KEPT),
    event: |text| format!("data: {{\"delta\":\"{text}\"}}\n\n"),
    end: "event: done\ndata: {\"finished\":true}\n\n",
    ahead: 3,
    ending: "done_only",
    endings: &[(Fault::DoneStaysOpen, "done_only")],
    ..CHATGPTFREE
};

fn chatgptfree(emulator: &Emulator, page: &str, transport: TransportConfig) -> Result<ChatgptFree> {
    let config = ChatgptFreeConfig::default().url(emulator.chatgptfree().base_url()).page(page);
    ChatgptFree::new(config.cookies("visit=hunter2").transport(transport.proxy(Proxy::None)))
}

/// base64 of an invented client id and secret.
const GIGACHAT_KEY: &str = "Y2xpZW50Omh1bnRlcjI=";

fn gigachat(emulator: &Emulator, transport: TransportConfig) -> GigaChatConfig {
    GigaChatConfig::new(Credentials::key(GIGACHAT_KEY))
        .base_url(emulator.gigachat().base_url())
        .auth_url(emulator.gigachat().auth_url())
        .transport(transport.proxy(Proxy::None))
}
