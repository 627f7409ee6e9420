//! What the provider behind the plugin makes of a message, and the chunks in which it says so.

use crate::chatgptfree::said::Said;
use crate::chatgptfree::wp_json;
use crate::fault::{Fault, Faults};
use crate::identity;
use crate::json::{self, Object, list};
use crate::speech::{Speech, words};

/// What a warning of PHP looks like in a body, on a site that shows them.
pub(super) const PHP_WARNING: &str =
    "<br />\n<b>Warning</b>:  Undefined variable $client in <b>/srv/chat.php</b> on line <b>1</b><br />";

#[derive(Clone, Debug)]
pub(super) struct Completion {
    pub(super) speech: Speech,
    pub(super) finish_reason: &'static str,
    pub(super) frame: Frame,
    usage: String,
    seed: u128,
}

/// What every chunk says again.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    id: String,
    created: u64,
    pub(super) model: String,
    /// Whether ids and indices are left out.
    bare: bool,
}

impl Completion {
    pub(super) fn new(said: &Said, model: &str, seed: u128, faults: &Faults) -> Self {
        let (speech, _) = Speech::of_answer(|| said.answer(), None, faults);
        let speech = if faults.has(&Fault::NullData) { Speech::silent() } else { speech };
        let (prompt, spoken) = (words(&said.last), speech.tokens());
        let usage = Object::new()
            .plain("prompt_tokens", prompt)
            .plain("completion_tokens", spoken)
            .plain("total_tokens", prompt + spoken);
        Self {
            finish_reason: faults.finish_reason("content_filter").unwrap_or("stop"),
            frame: Frame {
                id: format!("chatcmpl-{:016x}", seed >> 64),
                created: identity::time(seed),
                model: model.to_owned(),
                bare: faults.has(&Fault::MissingIds),
            },
            usage: if faults.has(&Fault::EmptyUsage) { String::from("{}") } else { usage.end() },
            speech,
            seed,
        }
    }

    /// The JSON object of an answer that is not streamed.
    pub(super) fn json(&self, faults: &Faults) -> String {
        let text = self.speech.deltas().collect::<String>();
        let data = if faults.has(&Fault::NullData) { String::from("null") } else { wp_json::text(&text) };
        Object::new()
            .text("status", "success")
            .text("msg", "Something went wrong")
            .raw("data", &data)
            .plain("log", self.seed % 10_000)
            .end()
    }

    /// The body of an answer that is not streamed, with what may stand around the object.
    pub(super) fn whole(&self, faults: &Faults) -> String {
        let json = self.json(faults);
        let json = if faults.has(&Fault::Pretty) { json::pretty(&json, "\n") } else { json };
        let mark = if faults.has(&Fault::Bom) { "\u{FEFF}\n" } else { "" };
        let warning = if faults.has(&Fault::PhpWarning) { [PHP_WARNING, "\n"].concat() } else { String::new() };
        [mark, &warning, &json].concat()
    }

    /// A chunk without choices that tells the usage.
    pub(super) fn usage_chunk(&self) -> String {
        self.frame.chunk(&[], Some(&self.usage))
    }
}

impl Frame {
    /// A chunk with one choice: its delta, as JSON, if there is one, and its finish reason.
    pub(super) fn choice(&self, delta: Option<&str>, finish_reason: Option<&str>) -> String {
        let choice = Object::new().when(!self.bare, |choice| choice.plain("index", 0));
        let choice = match delta {
            Some(delta) => choice.raw("delta", delta).plain("logprobs", "null"),
            None => choice,
        };
        let choice = match finish_reason {
            Some(reason) => choice.text("finish_reason", reason),
            None => choice.plain("finish_reason", "null"),
        };
        self.chunk(&[choice.end()], None)
    }

    /// A chunk of a model without chat.
    pub(super) fn completion(&self, literal: &str, finish_reason: Option<&str>) -> String {
        let choice = Object::new().raw("text", literal).plain("index", 0).plain("logprobs", "null");
        let choice = match finish_reason {
            Some(reason) => choice.text("finish_reason", reason),
            None => choice.plain("finish_reason", "null"),
        };
        Object::new()
            .text("id", &self.id.replace("chatcmpl-", "cmpl-"))
            .text("object", "text_completion")
            .plain("created", self.created)
            .raw("choices", &list([choice.end()]))
            .text("model", "gpt-3.5-turbo-instruct")
            .end()
    }

    /// A chunk without choices that comes before all others.
    pub(super) fn opening(&self) -> String {
        Object::new()
            .text("id", "")
            .text("object", "")
            .plain("created", 0)
            .text("model", "")
            .raw("choices", "[]")
            .raw("prompt_filter_results", "[]")
            .end()
    }

    fn chunk(&self, choices: &[String], usage: Option<&str>) -> String {
        let chunk = Object::new()
            .when(!self.bare, |chunk| chunk.text("id", &self.id))
            .text("object", "chat.completion.chunk")
            .plain("created", self.created)
            .text("model", &self.model)
            .text("system_fingerprint", "fp_emulator")
            .raw("choices", &list(choices));
        match usage {
            Some(usage) => chunk.raw("usage", usage).end(),
            None => chunk.end(),
        }
    }
}
