//! Arguments that a fault can be played with.

use super::Fault;

/// The errors that a stream of grok.com can tell of.
const STREAM_ERRORS: [&str; 20] = [
    "globalRateLimit",
    "usageLimitReached",
    "usagePoolExhausted",
    "concurrencyLimit",
    "modelNotAvailable",
    "systemKillSwitch",
    "internalError",
    "beyondContextLength",
    "userPromptTooLong",
    "contentModerated",
    "attachmentModerated",
    "attachmentImageTooLarge",
    "attachmentFileTooLarge",
    "attachmentTooManyPages",
    "attachmentLoadFailed",
    "toolCallFailed",
    "renderToolFailed",
    "renderToolRateLimited",
    "renderPerMessageLimitExceeded",
    "requestCancelled",
];

const NONCE_REPLIES: [&str; 5] = ["link", "page", "json", "minus-1", "minus-1-200"];

const PAGE_REPLIES: [&str; 11] = [
    "challenge",
    "firewall",
    "error",
    "maintenance",
    "login",
    "moved",
    "moved-away",
    "no-chat",
    "no-nonce",
    "no-post",
    "broken-config",
];

const PLUGIN_ERRORS: [&str; 11] = [
    "wrong",
    "nothing",
    "words",
    "access",
    "instance",
    "key",
    "quota",
    "token-limit",
    "consent",
    "translated",
    "upstream",
];

const FLAGS: [&str; 5] = ["tokenLimitReached", "messageFlagged", "ipBanned", "modflag", "pineconeError"];

const SPOKEN_ERRORS: [&str; 3] = ["plain", "quotes", "limited"];

impl Fault {
    /// Says what is wrong with the argument, if an answer cannot be made with it.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let known =
            |names: &[&str], name: &String, wrong| if names.contains(&name.as_str()) { Ok(()) } else { Err(wrong) };
        match self {
            Self::Status(status) if !(400..600).contains(status) => Err("an error status is between 400 and 599"),
            Self::OauthCode(code) if ![1, 4, 5, 6, 7].contains(code) => Err("the codes are 1, 4, 5, 6 and 7"),
            Self::StreamError(name) | Self::ResponseError(name) => {
                known(&STREAM_ERRORS, name, "the stream has no error of this name")
            }
            Self::NonceReply(name) => known(&NONCE_REPLIES, name, "nonces are refused in no such way"),
            Self::PageReply(name) => known(&PAGE_REPLIES, name, "there is no such page"),
            Self::PluginError(name) => known(&PLUGIN_ERRORS, name, "the plugin has no error of this name"),
            Self::Flag(name) | Self::FlagGoesOn(name) => known(&FLAGS, name, "the plugin has no such flag"),
            Self::SpokenError(name) => known(&SPOKEN_ERRORS, name, "errors are spoken in no such way"),
            Self::RetryAfter(value) if http::HeaderValue::from_str(value).is_err() => Err("no header has this value"),
            _ => Ok(()),
        }
    }
}
