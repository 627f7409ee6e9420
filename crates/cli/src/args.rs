//! The flags as they are typed. Nothing is resolved here: no environment, no file, no default that
//! depends on another flag.

mod wait;

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use chatstream::Secret;
use chatstream_emulator::Fault;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::provider::ProviderName;
pub(crate) use wait::Wait;

/// Streams chat answers into the terminal, whichever provider gives them.
///
/// The answer goes to standard output the moment it arrives, everything else to standard error.
/// Without any credentials a built-in emulator answers, so every command can be tried offline.
#[derive(Debug, Parser)]
#[command(name = "chatstream", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command that asks a provider shares; the whole command's help has it too.
const AFTER_HELP: &str = "\
Exit status:
  0    done
  1    the provider or the network failed; the message says what to do
  2    wrong usage, or a setting that is wrong or missing
  130  ended by Ctrl-C

Environment:
  XAI_API_KEY          the key for provider xai
  XAI_BASE_URL         its address [default: https://api.x.ai/v1]
  GIGACHAT_CREDENTIALS the authorization key for provider gigachat; or GIGACHAT_ACCESS_TOKEN,
                       or GIGACHAT_USER and GIGACHAT_PASSWORD
  GIGACHAT_SCOPE       GIGACHAT_API_PERS (default), GIGACHAT_API_B2B or GIGACHAT_API_CORP
  GIGACHAT_BASE_URL, GIGACHAT_AUTH_URL, GIGACHAT_MODEL, GIGACHAT_CA_BUNDLE_FILE
                       its addresses, its model, a PEM file of further roots
  GROK_COOKIES         a file with your browser's cookies for provider grok [default: the folder
                       chatstream/grok of your settings]
  GROK_BASE_URL, GROK_ASSETS_URL, GROK_MODEL, GROK_USER_AGENT
                       its addresses, its model, the user agent of that browser
  G4F_LOGIN_URL        where you sign in [default: https://grok.com/sign-in]
  CHATGPTFREE_URL      the site for provider chatgptfree, with the path of its page where that is
                       not the first [default: https://chatgptfree.ai]
  CHATSTREAM_PROVIDER  the provider where -p names none
  HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY
                       the proxy, and the hosts it is not for
  SSL_CERT_FILE        roots of trust (PEM) instead of the system's
  NO_COLOR             no colours";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Chat(ChatArgs),
    Models(ModelsArgs),
    Decode(DecodeArgs),
    Emulate(EmulateArgs),
    Login(LoginArgs),
}

/// Ask, and print the answer as it comes
///
/// With PROMPT one question is answered. Without it the prompt is read from standard input when
/// that is piped; on a terminal a conversation begins, with line editing and history.
///
/// Reasoning, notices and token usage go to standard error.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct ChatArgs {
    /// What to ask; `-` reads it from standard input
    #[arg(value_name = "PROMPT")]
    pub(crate) prompt: Option<String>,

    #[command(flatten)]
    pub(crate) provider: ProviderArgs,

    /// The model to ask, or the bot of a site [default: the provider's newest, the site's first]
    #[arg(short, long, value_name = "MODEL")]
    pub(crate) model: Option<String>,

    /// Instructions to the model, before all messages
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) system: Option<String>,

    /// Print each chunk as one JSON object a line, and an error as {"type":"error",…}
    #[arg(long)]
    pub(crate) json: bool,

    /// Ask for the answer in one piece instead of a stream
    #[arg(long)]
    pub(crate) whole: bool,

    /// Go on with the conversation in this file
    ///
    /// A file that does not exist yet is made after the first answer; after each finished answer it
    /// is replaced. Only its owner can read it.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) conversation: Option<PathBuf>,

    /// Show the model a picture (PNG, JPEG, WebP) or a text file (UTF-8); may be repeated
    ///
    /// In a conversation on the terminal it goes with the first message.
    #[arg(long = "file", value_name = "PATH")]
    pub(crate) files: Vec<PathBuf>,

    /// Save the pictures of the answer into this folder, which is made if it does not exist
    ///
    /// None that is there is overwritten; the names are told on standard error.
    #[arg(long, value_name = "DIR")]
    pub(crate) save_images: Option<PathBuf>,

    /// How often a request that failed before its answer began is sent again
    ///
    /// Only what may pass is repeated: no connection, rate limits, faults of the provider.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) retries: u32,

    // Last: its heading holds for all that follows.
    #[command(flatten)]
    pub(crate) waits: WaitArgs,
}

/// How long each wait may be.
#[derive(Debug, Args)]
#[command(next_help_heading = "Waits (500ms, 10s, 2m, 1h, or none for no limit)")]
pub(crate) struct WaitArgs {
    /// For a connection: name, socket, proxy and TLS together [default: 10s]
    #[arg(long, value_name = "T")]
    pub(crate) connect_timeout: Option<Wait>,

    /// From the request to the head of the answer [default: 15m]
    #[arg(long, value_name = "T")]
    pub(crate) first_byte_timeout: Option<Wait>,

    /// For the next bytes of the answer [default: 5m]
    #[arg(long, value_name = "T")]
    pub(crate) idle_timeout: Option<Wait>,

    /// For the next content while only keep-alives come [default: 15m]
    #[arg(long, value_name = "T")]
    pub(crate) content_timeout: Option<Wait>,
}

/// Who answers, and how it is reached.
#[derive(Debug, Args)]
pub(crate) struct ProviderArgs {
    /// Who answers [default: CHATSTREAM_PROVIDER, else the first with credentials in the
    /// environment, else emulator]
    #[arg(short, long, value_name = "PROVIDER")]
    pub(crate) provider: Option<ProviderName>,

    /// The provider's address, or that of another server of its dialect
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,

    /// The proxy: http, https, socks5 or socks5h, with user:password@ where it asks for them
    /// [default: HTTPS_PROXY and the like]
    #[arg(long, value_name = "URL", value_parser = secret)]
    pub(crate) proxy: Option<Secret>,
}

/// List the models that can be asked
///
/// One a line: id, context length in tokens, price of a million input and of a million output
/// tokens in US dollars, aliases, name. What the provider does not tell is `-`.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct ModelsArgs {
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,

    /// Print each model as one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Decode a recorded stream: one JSON object a line
///
/// What is printed does not depend on how the bytes are cut. Bytes that are not UTF-8 are shown as
/// U+FFFD. A record that is not what --as says ends it with the place of the fault in bytes.
#[derive(Debug, Args)]
pub(crate) struct DecodeArgs {
    /// What the file holds
    #[arg(long = "as", value_name = "FORM")]
    pub(crate) form: Form,

    /// Feed the decoder N bytes at a time [default: as they are read, up to 65536]
    #[arg(long, value_name = "N")]
    pub(crate) split: Option<NonZeroUsize>,

    /// The recorded body; `-` or nothing is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

/// What a recorded file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Lines, ended by LF, CRLF or CR: {"line":…}
    Lines,
    /// Server-sent events: {"event":…,"data":…,"id":…,"retry":…,"incomplete":…}
    Sse,
    /// A JSON text per line: {"data":…,"incomplete":…}
    JsonLines,
    /// JSON objects, however they are glued together: {"data":…,"incomplete":…}
    JsonObjects,
    /// An answer of the xAI API, streamed or whole: chunks, as chat --json prints them
    Xai,
    /// An answer of GigaChat's version 1, streamed or whole: chunks
    #[value(name = "gigachat")]
    GigaChat,
    /// An answer of GigaChat's version 2, streamed or whole: chunks
    #[value(name = "gigachat-v2")]
    GigaChatV2,
    /// An answer of grok.com: chunks
    Grok,
    /// An answer of chatgptfree.ai or a site of its kind, of either generation: chunks
    #[value(name = "chatgptfree")]
    ChatgptFree,
}

/// Serve the providers' APIs on this machine
///
/// Prints where they are as one JSON line and serves until Ctrl-C or SIGTERM. Any key or cookie is good,
/// except one that contains `invalid`. Answers are made from the request, always the same.
#[derive(Debug, Args)]
pub(crate) struct EmulateArgs {
    /// The loopback address to listen on; port 0 is one that the system chooses
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,

    /// The time between two events of an answer
    #[arg(long, value_name = "T", default_value = "20ms", value_parser = wait::pace)]
    pub(crate) pace: Duration,

    /// Serve HTTPS, with a root of trust made for this run: its file is `ca` in the JSON line
    #[arg(long)]
    pub(crate) tls: bool,

    /// Let every answer go wrong in this way; may be repeated, and --help lists the names
    #[arg(long = "fault", value_name = "NAME[=N]", value_parser = str::parse::<Fault>, long_help = faults())]
    pub(crate) faults: Vec<Fault>,
}

/// Sign in where a session is needed, and keep it for the next runs
///
/// The first login counts that the site takes: of the file with your browser's cookies, or of the folder of your
/// settings; of your browsers' own stores, and of a browser that is opened for you to sign in with, where the program
/// was built with the features browser-cookies and browser-login.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct LoginArgs {
    /// Where to sign in
    #[arg(value_name = "PROVIDER")]
    pub(crate) provider: Site,

    /// The cookies: a browser extension's JSON export, a HAR recording, Netscape's cookies.txt, or the
    /// text of a Cookie header [default: GROK_COOKIES, else the folder chatstream/grok of your settings]
    #[arg(long, value_name = "FILE")]
    pub(crate) cookies: Option<PathBuf>,

    /// The site's address, or that of another server of its dialect
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,

    /// The proxy, as for chat
    #[arg(long, value_name = "URL", value_parser = secret)]
    pub(crate) proxy: Option<Secret>,
}

/// Who wants a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Site {
    /// grok.com
    Grok,
}

fn faults() -> String {
    format!("Let every answer go wrong in this way; may be repeated\n\nThere are: {}", Fault::names().join(", "))
}

fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::from(text))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Result<Command, clap::Error> {
        let args = std::iter::once("chatstream").chain(line.split(' '));
        CommandLine::try_parse_from(args).map(|line| line.command)
    }

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn what_is_unknown_is_refused_with_what_there_is() {
        for (line, listed) in [
            ("chat -p nobody hello", ["gigachat", "emulator"]),
            ("decode --as xml", ["json-objects", "xai"]),
            ("emulate --fault bogus", ["cut-after=3", "big-event=8388608"]),
        ] {
            let message = parse(line).unwrap_err().to_string();
            assert!(listed.iter().all(|name| message.contains(name)), "{line}: {message}");
        }
    }

    #[test]
    fn zero_bytes_at_a_time_are_refused() {
        assert!(parse("decode --as sse --split 0").is_err());
        assert!(parse("decode --as sse --split 1").is_ok());
    }

    #[test]
    fn a_proxy_is_not_shown() {
        let command = parse("chat --proxy http://me:hunter2@127.0.0.1:1 hello").unwrap();
        assert!(!format!("{command:?}").contains("hunter2"), "{command:?}");
    }
}
