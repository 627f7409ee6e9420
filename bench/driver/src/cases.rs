/// A way to ask for text that is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// The section's name, and the beginning of its figures' names.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) wire: Wire,
    pub(crate) carrier: Carrier,
    pub(crate) ask: Ask,
    /// On tokio's runtime of many threads, where the future of `main` is none of its workers'.
    pub(crate) multi_thread: bool,
    /// Text chunks or requests of one timed run.
    pub(crate) units: u64,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    /// A stream that the server cuts so: `burst`, `each` or `split`.
    Stream(&'static str),
    /// Whole answers.
    Whole,
}

/// The services that the server plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    Chat,
    GigaChat,
    Grok,
    ChatgptFree,
}

/// How bytes get from the server to its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// HTTP/1.1 without TLS.
    Plain,
    /// HTTP/1.1 over TLS.
    Tls,
    /// HTTP/2 over TLS.
    Http2,
}

/// Tokens of a whole answer.
const WHOLE: u64 = 200;

const BURST: Case = Case {
    name: "burst",
    title: "burst",
    wire: Wire::Chat,
    carrier: Carrier::Plain,
    ask: Ask::Stream("burst"),
    multi_thread: false,
    units: 200_000,
};
const EACH: Case =
    Case { name: "each", title: "one event an HTTP chunk", ask: Ask::Stream("each"), units: 100_000, ..BURST };

/// All cases, in the order of the tables.
pub(crate) const CASES: [Case; 15] = [
    BURST,
    EACH,
    Case { name: "multi-thread", title: "the same in `main` of a multi-thread runtime", multi_thread: true, ..EACH },
    Case { name: "split", title: "cut into 1 to 61 bytes", ask: Ask::Stream("split"), units: 30_000, ..BURST },
    Case { name: "whole", title: "whole answer of 200 tokens", ask: Ask::Whole, units: 5_000, ..BURST },
    Case { name: "tls", title: "burst over TLS", carrier: Carrier::Tls, ..BURST },
    Case { name: "tls-each", title: "one event an HTTP chunk over TLS", carrier: Carrier::Tls, ..EACH },
    Case { name: "http2", title: "burst over HTTP/2", carrier: Carrier::Http2, ..BURST },
    Case { name: "http2-each", title: "one event a frame over HTTP/2", carrier: Carrier::Http2, ..EACH },
    Case { name: "gigachat", title: "GigaChat, burst", wire: Wire::GigaChat, ..BURST },
    Case { name: "gigachat-each", title: "GigaChat, one event an HTTP chunk", wire: Wire::GigaChat, ..EACH },
    Case { name: "grok", title: "grok.com, burst", wire: Wire::Grok, ..BURST },
    Case { name: "grok-each", title: "grok.com, one object an HTTP chunk", wire: Wire::Grok, ..EACH },
    Case { name: "chatgptfree", title: "chatgptfree, burst", wire: Wire::ChatgptFree, ..BURST },
    Case { name: "chatgptfree-each", title: "chatgptfree, one event an HTTP chunk", wire: Wire::ChatgptFree, ..EACH },
];

impl Case {
    /// What a client is told, after the server's address.
    pub(crate) fn arguments(&self, units: u64) -> Vec<String> {
        let mut arguments = match self.ask {
            Ask::Stream(pieces) => vec![format!("{pieces}-{units}")],
            Ask::Whole => vec![format!("burst-{WHOLE}"), "--whole".into(), "--requests".into(), units.to_string()],
        };
        arguments.extend(["--wire".into(), self.wire.word().into()]);
        if self.multi_thread {
            arguments.push("--multi-thread".into());
        }
        arguments
    }

    /// What is counted: chunks or requests.
    pub(crate) fn unit(&self) -> &'static str {
        match self.ask {
            Ask::Stream(_) => "chunk",
            Ask::Whole => "request",
        }
    }
}

impl Wire {
    fn word(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::GigaChat => "gigachat",
            Self::Grok => "grok",
            Self::ChatgptFree => "chatgptfree",
        }
    }
}
