use crate::Result;

/// What to ask, where, and how often.
#[derive(Clone, Debug)]
pub struct Options {
    /// The server's address without a path: `http://127.0.0.1:1234`, or `https`.
    pub base: String,
    /// Which service of the server is meant; only the floor speaks more than one.
    pub wire: Wire,
    pub(crate) model: String,
    pub(crate) whole: bool,
    /// None: the client is set up and nothing is sent.
    pub(crate) requests: u64,
    pub(crate) streams: usize,
    pub(crate) runtime: Runtime,
    pub(crate) check: bool,
    pub(crate) clock: bool,
}

/// The services that the server plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Chat completions as server-sent events, as the xAI API has them.
    Chat,
    /// GigaChat's chat of version 1.
    GigaChat,
    /// JSON objects, as grok.com sends them.
    Grok,
    /// The chat plugin of a WordPress site, in its first generation: a form, and the events of [`Chat`](Self::Chat).
    ChatgptFree,
}

/// Tokio's runtimes. On the second the future of `main` runs outside the workers, as it does under
/// `#[tokio::main]`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Runtime {
    CurrentThread,
    MultiThread,
}

const USAGE: &str = "\
usage: CLIENT BASE MODEL [options]
  --wire chat|gigachat|grok|chatgptfree
                              which service (chat)
  --whole                     ask for the answer in one piece
  --requests N                one after another (1); 0 only sets the client up
  --streams N                 at once (1)
  --multi-thread              tokio's runtime of many threads instead of one
  --check                     hash the text
  --clock                     read the server's clock in each delta";

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let (Some(base), Some(model)) = (arguments.next(), arguments.next()) else { return Err(USAGE.into()) };
        let mut options = Self {
            base,
            wire: Wire::Chat,
            model,
            whole: false,
            requests: 1,
            streams: 1,
            runtime: Runtime::CurrentThread,
            check: false,
            clock: false,
        };
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or(USAGE);
            match name.as_str() {
                "--wire" => options.wire = Wire::parse(&value()?)?,
                "--whole" => options.whole = true,
                "--requests" => options.requests = value()?.parse()?,
                "--streams" => options.streams = value()?.parse()?,
                "--multi-thread" => options.runtime = Runtime::MultiThread,
                "--check" => options.check = true,
                "--clock" => options.clock = true,
                _ => return Err(USAGE.into()),
            }
        }
        Ok(options)
    }
}

impl Wire {
    fn parse(word: &str) -> Result<Self> {
        match word {
            "chat" => Ok(Self::Chat),
            "gigachat" => Ok(Self::GigaChat),
            "grok" => Ok(Self::Grok),
            "chatgptfree" => Ok(Self::ChatgptFree),
            _ => Err(USAGE.into()),
        }
    }
}
