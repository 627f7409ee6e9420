//! What can go wrong on purpose, and how each fault is called.

mod argument;
mod kind;
mod list;

use std::fmt;
use std::str::FromStr;

pub(crate) use list::Faults;

/// Declares the faults once: variant, stable name, and the argument with the value it has when left out.
macro_rules! faults {
    ($($(#[$meta:meta])* $variant:ident $(($argument:ident: $type:ty = $default:expr))? => $name:literal;)*) => {
        /// One fault of an answer.
        ///
        /// Each has a stable name with an optional argument, `cut-after=3`, which [`FromStr`] reads and
        /// [`Display`](fmt::Display) writes. *Streams* says that the fault shows in streamed answers only;
        /// *first* that it replaces the answer, so that nothing else of the request matters; *xAI*, *GigaChat*,
        /// *grok.com* or *WordPress* (a site of the type of chatgptfree.ai) that only this service knows such a thing.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Fault {
            $($(#[$meta])* $variant $(($type))?,)*
        }

        impl Fault {
            /// The names of all faults, in the order of the table in the crate's documentation; those that take
            /// an argument are written with its default: `cut-after=3`.
            pub fn names() -> Vec<String> {
                vec![$(Self::$variant $(({ let $argument: $type = $default; $argument }))?.to_string()),*]
            }

            fn from_parts(name: &str, argument: Option<&str>) -> Option<Self> {
                match name {
                    $($name => {
                        $(let $argument: $type = match argument {
                            Some(text) => text.parse().ok()?,
                            None => $default,
                        };)?
                        let fault = Self::$variant $(($argument))?;
                        fault.check().ok()?;
                        // An argument where none is taken is a mistake worth telling.
                        (argument.is_none() || fault.to_string().contains('=')).then_some(fault)
                    })*
                    _ => None,
                }
            }
        }

        impl fmt::Display for Fault {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant $(($argument))? => {
                        f.write_str($name)?;
                        $(write!(f, "={}", $argument)?;)?
                        Ok(())
                    })*
                }
            }
        }
    };
}

faults! {
    /// `cut-after=N` (3): N events, then a clean end of the body: no finish reason, no end mark. *Streams.*
    CutAfter(n: usize = 3) => "cut-after";
    /// `no-done`: the finish reason comes, `[DONE]` does not. Version 2 of GigaChat's chat has no such mark: its last
    /// event, which would carry the finish reason, does not come. *Streams.*
    NoDone => "no-done";
    /// `no-finish`: `[DONE]` comes, the finish reason does not. *Streams.*
    NoFinish => "no-finish";
    /// `no-end`: after the whole text the body ends cleanly, without finish reason, usage and `[DONE]`. *Streams.*
    NoEnd => "no-end";
    /// `stall=N` (3): after N events the connection stays open and silent. A whole answer stops in its middle.
    Stall(n: usize = 3) => "stall";
    /// `keep-alive-stall=N` (3): after N events nothing but comments comes, one each pace, at least 10 ms apart.
    /// *Streams.*
    KeepAliveStall(n: usize = 3) => "keep-alive-stall";
    /// `hang`: not even the head of the answer is sent; the connection stays open. *First.*
    Hang => "hang";
    /// `reset=N` (3): after N events the TCP connection is reset. A whole answer is reset in its middle.
    Reset(n: usize = 3) => "reset";
    /// `truncated-body`: a stream ends in the middle of its last event that carries a delta; a whole answer is
    /// shorter than its `Content-Length` says.
    TruncatedBody => "truncated-body";
    /// `done-stays-open`: after `[DONE]` the body does not end. *Streams.*
    DoneStaysOpen => "done-stays-open";
    /// `status=N` (500): this status, 400 to 599, with the service's own error body. *First.*
    Status(status: u16 = 500) => "status";
    /// `rate-limited`: 429 with `Retry-After: 1`. *First.*
    RateLimited => "rate-limited";
    /// `retry-after=VALUE` (1): 429 with this `Retry-After`: seconds, or an HTTP date. *First.*
    RetryAfter(value: String = String::from("1")) => "retry-after";
    /// `retry-after-ms=N` (100): 429 with `Retry-After-Ms: N`, in milliseconds, and no `Retry-After`. *First.*
    RetryAfterMs(milliseconds: u64 = 100) => "retry-after-ms";
    /// `fail-times=N` (1): the faults that make a request fail apply to the first N requests with this very list
    /// of faults, later ones go without them. Faults of form (line ends, pieces, …) keep applying.
    FailTimes(n: u64 = 1) => "fail-times";
    /// `error-200`: status 200 with a JSON error instead of an answer, whether a stream was asked for or not. *First.*
    Error200 => "error-200";
    /// `error-mid-stream=N` (3): after N events the service's error object as an event, then the end, without `[DONE]`.
    /// *Streams.*
    ErrorMidStream(n: usize = 3) => "error-mid-stream";
    /// `nested-error-mid-stream=N` (3): the same with the nested form, `{"error":{"message":…}}`. *Streams.*
    NestedErrorMidStream(n: usize = 3) => "nested-error-mid-stream";
    /// `html`: status 200 and an HTML page. *First.*
    Html => "html";
    /// `html-403`: status 403 and the block page of a network edge. *First.*
    Html403 => "html-403";
    /// `garbage-line`: an event that is no JSON stands between the first and the second. *Streams.*
    GarbageLine => "garbage-line";
    /// `garbage-comment`: comment lines with misleading text stand before every event. *Streams.*
    GarbageComment => "garbage-comment";
    /// `split-utf8`: the body is cut in pieces inside every character of more than one byte.
    SplitUtf8 => "split-utf8";
    /// `bytewise`: every HTTP chunk carries one byte.
    Bytewise => "bytewise";
    /// `pieces=N` (7): every HTTP chunk carries N bytes, the last one (and one before a pause) the rest.
    Pieces(n: usize = 7) => "pieces";
    /// `crlf`: lines end with CR LF. *Streams.*
    Crlf => "crlf";
    /// `cr`: lines end with a lone CR. *Streams.*
    Cr => "cr";
    /// `bom`: the body begins with a byte order mark. *Streams.*
    Bom => "bom";
    /// `no-space`: `data:` has no space after the colon. *Streams.*
    NoSpace => "no-space";
    /// `keep-alive`: comments `: keepalive`, seven before the first event and one between events. *Streams.*
    KeepAlive => "keep-alive";
    /// `no-blank-line-at-end`: the last event is not followed by a blank line. *Streams.*
    NoBlankLineAtEnd => "no-blank-line-at-end";
    /// `no-newline-at-end`: the last line has no line end at all. *Streams.*
    NoNewlineAtEnd => "no-newline-at-end";
    /// `missing-ids`: chunks come without id, index and usage.
    MissingIds => "missing-ids";
    /// `empty-usage`: usage is `{}`, and is sent whether asked for or not.
    EmptyUsage => "empty-usage";
    /// `unknown-finish-reason`: the finish reason is `interrupted_by_emulator`.
    UnknownFinishReason => "unknown-finish-reason";
    /// `content-filter`: the text stops early with the finish reason `content_filter`; GigaChat: `blacklist`.
    ContentFilter => "content-filter";
    /// `length`: the text stops early with the finish reason `length`.
    Length => "length";
    /// `same-index-tools`: two tool calls, both with index 0 but with different ids. *xAI.*
    SameIndexTools => "same-index-tools";
    /// `split-tools`: the arguments of a tool call come in several deltas that belong together by index.
    /// *xAI, streams.*
    SplitTools => "split-tools";
    /// `split-surrogate`: the two escapes of an emoji come in two deltas, `"\ud83d"` and `"\ude80"`. *Streams.*
    SplitSurrogate => "split-surrogate";
    /// `usage-every-chunk`: every chunk carries the usage so far, and its role; GigaChat: its share of the usage, as
    /// the threads of 2024 had it. *Streams.*
    UsageEveryChunk => "usage-every-chunk";
    /// `thinking-placeholder`: the reasoning is `Thinking... `, several times over.
    ThinkingPlaceholder => "thinking-placeholder";
    /// `whole-for-stream`: a request for a stream is answered with a whole JSON body. *Streams.*
    WholeForStream => "whole-for-stream";
    /// `big-event=N` (8388608): the text is one delta of N bytes.
    BigEvent(bytes: usize = 8 << 20) => "big-event";
    /// `null-finish-reason`: chunks before the last one carry `"finish_reason":null`. *Streams.*
    NullFinishReason => "null-finish-reason";
    /// `finish-error`: the finish reason is `error`, as after arguments that are no JSON.
    FinishError => "finish-error";
    /// `no-usage`: answers come without usage.
    NoUsage => "no-usage";
    /// `expired-token`: the first call with each token is refused as if the token had run out. *GigaChat.*
    ExpiredToken => "expired-token";
    /// `oauth-code=N` (6): the call for a token is refused with this code: 1, 4, 5, 6 or 7. *GigaChat.*
    OauthCode(code: u8 = 6) => "oauth-code";
    /// `oauth-429`: the call for a token is one too many. *GigaChat.*
    Oauth429 => "oauth-429";
    /// `string-arguments`: the arguments of a function call are a JSON string and not an object. *GigaChat.*
    StringArguments => "string-arguments";
    /// `finish-with-last-delta`: the last delta carries the finish reason and the usage; no event of their own
    /// follows. *GigaChat, streams.*
    FinishWithLastDelta => "finish-with-last-delta";
    /// `function-in-progress`: before the answer come events that tell of a built-in function at work.
    /// *GigaChat, streams.*
    FunctionInProgress => "function-in-progress";
    /// `signed-out`: 401, the cookie's session is not known any more. *First, grok.com.*
    SignedOut => "signed-out";
    /// `signed-out-403`: the same with status 403 and code 7. *First, grok.com.*
    SignedOut403 => "signed-out-403";
    /// `blocked-user`: 403, the account is blocked. *First, grok.com.*
    BlockedUser => "blocked-user";
    /// `blocked-user-named`: the same with a name for a code, and a text for an error. *First, grok.com.*
    BlockedUserNamed => "blocked-user-named";
    /// `anti-bot`: 403, the service does not want this client. *First, grok.com.*
    AntiBot => "anti-bot";
    /// `anti-bot-200`: the same words as the only line of a stream, with status 200. *First, grok.com.*
    AntiBot200 => "anti-bot-200";
    /// `challenge`: 403 and the page with which Cloudflare looks at browsers. *First, grok.com, WordPress.*
    Challenge => "challenge";
    /// `region`: 403 and a plain text: not in this region. *First, grok.com.*
    Region => "region";
    /// `rate-limit-200`: one request too many, as the only line of a stream, with status 200. *First, grok.com.*
    RateLimit200 => "rate-limit-200";
    /// `usage-limit`: 429, the plan is used up. *First, grok.com.*
    UsageLimit => "usage-limit";
    /// `stream-error=NAME` (contentModerated): the text stops early, and the whole message tells of this error.
    /// *grok.com, streams.*
    StreamError(name: String = String::from("contentModerated")) => "stream-error";
    /// `response-error=NAME` (usageLimitReached): after some text a frame with this error, then the end.
    /// *grok.com, streams.*
    ResponseError(name: String = String::from("usageLimitReached")) => "response-error";
    /// `model-error`: nothing is said, and the whole message says that replying failed. *grok.com, streams.*
    ModelError => "model-error";
    /// `glued`: nothing stands between the objects of the stream. *grok.com, streams.*
    Glued => "glued";
    /// `pretty`: objects over several lines, and nothing between them; a whole answer over several lines.
    /// *grok.com (streams), WordPress.*
    Pretty => "pretty";
    /// `data-prefix`: objects as the data of server-sent events, with `[DONE]` at the end. *grok.com, streams.*
    DataPrefix => "data-prefix";
    /// `together`: the first frame carries two members, and the title comes with the whole message. *grok.com,
    /// streams.*
    Together => "together";
    /// `unknown-members`: every frame has members nobody knows and some that are `null`, and some frames have nothing
    /// else. *grok.com, streams.*
    UnknownMembers => "unknown-members";
    /// `blank-tokens`: empty tokens before every token. *grok.com, streams.*
    BlankTokens => "blank-tokens";
    /// `short-tokens=N` (2): only N tokens of the text come, and no soft stop; the whole message has all of it.
    /// *grok.com, streams.*
    ShortTokens(n: usize = 2) => "short-tokens";
    /// `no-title`: a new conversation gets no title. *grok.com, streams.*
    NoTitle => "no-title";
    /// `unfinished-thinking`: thoughts, and then nothing is said. *grok.com, streams.*
    UnfinishedThinking => "unfinished-thinking";
    /// `untagged`: no tags and steps, and thoughts only as tokens, as in 2025. *grok.com, streams.*
    Untagged => "untagged";
    /// `side-by-side`: two answers in turns. *grok.com, streams.*
    SideBySide => "side-by-side";
    /// `split-citation`: the tag of a citation comes in three tokens. *grok.com, streams.*
    SplitCitation => "split-citation";
    /// `image-cards`: pictures in cards, as in 2026. *grok.com, streams.*
    ImageCards => "image-cards";
    /// `cached-images`: pictures only when they are done, and no tokens, as in 2025. *grok.com, streams.*
    CachedImages => "cached-images";
    /// `no-image-url`: the first frames of pictures have no address. *grok.com, streams.*
    NoImageUrl => "no-image-url";
    /// `moderated-images=N` (1): the first N pictures may not be shown. *grok.com, streams.*
    ModeratedImages(n: usize = 1) => "moderated-images";
    /// `dead-nonce`: the first nonce that is presented is dead, and so are all that were given by then; later ones are
    /// good. *WordPress.*
    DeadNonce => "dead-nonce";
    /// `dead-nonce-in-stream`: the same, but only the call for the stream notices. *WordPress (plugin 2).*
    DeadNonceInStream => "dead-nonce-in-stream";
    /// `refused-nonce`: every nonce is refused. *WordPress.*
    RefusedNonce => "refused-nonce";
    /// `nonce-reply=NAME` (link): how a nonce is refused: `link`, `page`, `json`, `minus-1` or `minus-1-200`.
    /// *WordPress.*
    NonceReply(name: String = String::from("link")) => "nonce-reply";
    /// `page-cache`: the page comes from a cache, with a dead nonce, unless the request says `cache-control: no-cache`.
    /// *WordPress.*
    PageCache => "page-cache";
    /// `page-reply=NAME` (challenge): what comes instead of the page: `challenge`, `firewall`, `error`, `maintenance`
    /// or `login`; a redirect to where the page is (`moved`) or to another site (`moved-away`); or the page, but with
    /// `no-chat`, `no-nonce` or `no-post` in it, or with a `broken-config`. *WordPress.*
    PageReply(name: String = String::from("challenge")) => "page-reply";
    /// `cookie-required`: who does not send the cookie that the page sets gets the page of a firewall. *WordPress.*
    CookieRequired => "cookie-required";
    /// `old-plugin`: the plugin is an older one. 1.8.85: messages are cleaned, a nonce is refused with JSON, a JSON
    /// object follows the stream. 2.3.0: whole answers, and no call for a fresh nonce. *WordPress.*
    OldPlugin => "old-plugin";
    /// `unknown-action`: 400 and `0`, nobody is there for the action. *First, WordPress.*
    UnknownAction => "unknown-action";
    /// `unknown-action-200`: the same with status 200. *First, WordPress.*
    UnknownAction200 => "unknown-action-200";
    /// `maintenance`: 503 with `Retry-After: 600`, the site is being updated. *First, WordPress.*
    Maintenance => "maintenance";
    /// `embed-not-available`: 403, other sites may not have this chat. *First, WordPress (plugin 2).*
    EmbedNotAvailable => "embed-not-available";
    /// `plugin-error=NAME` (wrong): the plugin says that it does not answer: `wrong`, `nothing`, `words`, `access`,
    /// `instance`, `key`, `quota`, `token-limit`, `consent`, `translated` or `upstream`. *WordPress.*
    PluginError(name: String = String::from("wrong")) => "plugin-error";
    /// `flag=NAME` (tokenLimitReached): instead of an answer an object with this flag: `tokenLimitReached`,
    /// `messageFlagged`, `ipBanned`, `modflag` or `pineconeError`. *WordPress (plugin 1).*
    Flag(name: String = String::from("tokenLimitReached")) => "flag";
    /// `flag-goes-on=NAME` (messageFlagged): the same, and then an answer all the same. *WordPress (plugin 1),
    /// streams.*
    FlagGoesOn(name: String = String::from("messageFlagged")) => "flag-goes-on";
    /// `spoken-error=NAME` (plain): the provider's error word by word, as if it were an answer: `plain`, with `quotes`
    /// that break an event, or with `[LIMITED]` at the end (`limited`). *WordPress (plugin 1), streams.*
    SpokenError(name: String = String::from("plain")) => "spoken-error";
    /// `bare-error`: the provider's error as JSON without `data:`. *WordPress (plugin 1), streams.*
    BareError => "bare-error";
    /// `trailing-json`: after the stream the whole answer as a JSON object. *WordPress (plugin 1), streams.*
    TrailingJson => "trailing-json";
    /// `empty-choices`: first a chunk without choices, and last another one with the usage. *WordPress (plugin 1),
    /// streams.*
    EmptyChoices => "empty-choices";
    /// `no-last-delta`: the chunk with the finish reason has no delta. *WordPress (plugin 1), streams.*
    NoLastDelta => "no-last-delta";
    /// `assistants`: the events of an assistant. *WordPress (plugin 1), streams.*
    Assistants => "assistants";
    /// `text-completion`: the chunks of a model without chat. *WordPress (plugin 1), streams.*
    TextCompletion => "text-completion";
    /// `php-warning`: a warning of PHP stands before the answer. *WordPress.*
    PhpWarning => "php-warning";
    /// `null-data`: the answer succeeds and is empty. *WordPress.*
    NullData => "null-data";
    /// `warning`: the answer ends with a warning. *WordPress (plugin 2), streams.*
    Warning => "warning";
    /// `expired-cache-key`: the message was handed in too long ago. *WordPress (plugin 2), streams.*
    ExpiredCacheKey => "expired-cache-key";
}

impl FromStr for Fault {
    type Err = ParseFaultError;

    /// Reads `name` or `name=argument`; an argument left out has its default.
    ///
    /// # Errors
    ///
    /// - the name is unknown, or its argument is not of the right kind: the message lists all names
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (name, argument) = match text.split_once('=') {
            Some((name, argument)) => (name.trim_end(), Some(argument.trim_start())),
            None => (text, None),
        };
        Self::from_parts(name, argument).ok_or_else(|| ParseFaultError { text: text.to_owned() })
    }
}

/// A text that names no [`Fault`]. Its message lists the names there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseFaultError {
    text: String,
}

impl fmt::Display for ParseFaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown fault `{}`; known are {}", self.text, Fault::names().join(", "))
    }
}

impl std::error::Error for ParseFaultError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_the_fault_that_wrote_it() {
        for name in Fault::names() {
            assert_eq!(name.parse::<Fault>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn the_table_of_the_readme_has_every_name_in_the_same_order() {
        let readme = include_str!("../README.md");
        let (_, section) = readme.split_once("## Faults").unwrap();
        let (section, _) = section.split_once("\n## ").unwrap();
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        assert_eq!(rows.map(|(name, _)| name).collect::<Vec<_>>(), Fault::names());
    }

    #[test]
    fn an_argument_left_out_has_its_default() {
        assert_eq!("stall".parse(), Ok(Fault::Stall(3)));
        assert_eq!("big-event".parse(), Ok(Fault::BigEvent(8_388_608)));
        assert_eq!(" pieces = 301 ".parse(), Ok(Fault::Pieces(301)));
    }

    #[test]
    fn a_wrong_name_or_argument_is_an_error_that_lists_all_names() {
        for text in ["", "bogus", "cut-after=x", "cut-after=", "no-done=3", "status=99999", "status=200", "Crlf"] {
            let message = text.parse::<Fault>().unwrap_err().to_string();
            for name in Fault::names() {
                assert!(message.contains(&name), "{text}: {message}");
            }
        }
    }
}
