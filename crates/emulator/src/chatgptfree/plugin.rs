//! What the plugin's first generation says when it does not answer: status 200 and JSON.

use http::StatusCode;

use super::error::JSON;
use super::wp_json;
use crate::answer::Reply;
use crate::fault::{Fault, Faults};
use crate::json::{self, Object};

pub(super) const WORDS: &str = "Your message contains prohibited words. Please modify your message and try again.";
pub(super) const TOKEN_LIMIT: &str = "You have reached your token limit.";
const ACCESS: &str = "You are not allowed to access this feature.";

/// What must not stand in a message, in lower case: site owners have such lists.
const PROHIBITED: [&str; 2] = ["запретная тема", "forbidden topic"];

/// Whether a message has a word in it that the site does not want.
pub(super) fn is_prohibited(message: &str) -> bool {
    let message = message.to_lowercase();
    PROHIBITED.iter().any(|word| message.contains(word))
}

/// A refusal with this message.
pub(super) fn refusal(message: &str) -> Reply {
    let json = Object::new().raw("status", r#""error""#).raw("msg", &wp_json::text(message)).end();
    Reply::text(StatusCode::OK, JSON, json)
}

/// What is said when nothing else is known.
pub(super) fn wrong() -> Reply {
    refusal("Something went wrong")
}

/// The name of the error that a fault asks for.
pub(super) fn error_of(faults: &Faults) -> Option<&str> {
    faults.find(|fault| match fault {
        Fault::PluginError(name) => Some(name.as_str()),
        _ => None,
    })
}

/// The error with this name, as a whole answer.
pub(super) fn error(name: &str) -> Reply {
    match name {
        "token-limit" => Reply::text(StatusCode::OK, JSON, flag("tokenLimitReached")),
        "upstream" => Reply::text(StatusCode::OK, JSON, upstream(true)),
        name => refusal(message(name)),
    }
}

/// The words of the error with this name.
pub(super) fn message(name: &str) -> &'static str {
    match name {
        "nothing" => "It appears that nothing was inputted.",
        "words" => WORDS,
        "access" => ACCESS,
        "instance" => "Unable to initialize the AI instance. Please make sure the API key is valid.",
        "key" => {
            "Incorrect API key provided: &quot;none&quot;. You can find your API key at \
             https://platform.openai.com/account/api-keys."
        }
        "quota" | "upstream" => "You exceeded your current quota, please check your plan and billing details.",
        "token-limit" => TOKEN_LIMIT,
        "consent" => "Please accept the terms before you send a message.",
        "translated" => "Что-то пошло не так / попробуйте ещё раз",
        _ => "Something went wrong",
    }
}

/// An object that says why there is no answer, by a member of this name.
pub(super) fn flag(name: &str) -> String {
    let message = match name {
        "messageFlagged" => WORDS,
        "ipBanned" => ACCESS,
        "modflag" => "Your message has been flagged as potentially harmful or inappropriate.",
        "pineconeError" => "Unauthorized",
        _ => TOKEN_LIMIT,
    };
    Object::new().raw("msg", &wp_json::text(message)).plain(name, true).end()
}

/// The same where a whole answer is expected: only one of the flags is known there.
pub(super) fn flagged(name: &str) -> Reply {
    match name {
        "messageFlagged" => refusal(WORDS),
        "ipBanned" => refusal(ACCESS),
        name => Reply::text(StatusCode::OK, JSON, flag(name)),
    }
}

/// The provider's own error, passed through; `pretty` as the provider writes it.
pub(super) fn upstream(pretty: bool) -> String {
    let error = Object::new()
        .text("message", message("quota"))
        .text("type", "insufficient_quota")
        .plain("param", "null")
        .text("code", "insufficient_quota");
    let json = Object::new().raw("error", &error.end()).end();
    if pretty { json::pretty(&json, "\n") } else { json }
}
