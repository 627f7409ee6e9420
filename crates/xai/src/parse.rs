use chatstream_core::decode::Event;
use chatstream_core::delta::{DeltaJoiner, DeltaText};
use chatstream_core::{
    Chunk, Chunks, Citation, End, Ending, Error, ErrorKind, FinishReason, Parse, Reasoning, Result, TokenUsage, quote,
};
use serde_json::Value;

use crate::{error, wire};

mod tool_calls;

use tool_calls::ToolCalls;

/// A whole answer of any endpoint as JSON.
pub(crate) fn json(body: &[u8]) -> Result<Value> {
    if body.trim_ascii().is_empty() {
        return Ok(Value::Null);
    }
    let value = serde_json::from_slice(body).map_err(|error| error::no_json(body, error))?;
    match &value {
        // A failure that came with status 200; answers of other endpoints have more members.
        Value::Object(members)
            if members.len() == 2 && members.contains_key("code") && members.contains_key("error") =>
        {
            Err(error::in_answer(body).unwrap_or_else(|| Error::new(ErrorKind::Parse, "answer is an error")))
        }
        _ => Ok(value),
    }
}

/// Chat-completions events to chunks: those of a stream, or the one of a whole answer.
///
/// The client makes one for every answer. It is public for whoever has recorded events.
///
/// ```
/// use chatstream_xai::ChatParser;
/// use chatstream_xai::core::decode::Event;
/// use chatstream_xai::core::{Chunk, Chunks, Parse as _};
///
/// let (mut parser, mut chunks) = (ChatParser::new(), Chunks::new());
/// parser.parse(&Event::new(br#"{"choices":[{"delta":{"content":"Hi"}}]}"#), &mut chunks)?;
/// assert_eq!(chunks.pop(), Some(Chunk::Text("Hi".into())));
/// # Ok::<(), chatstream_xai::core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct ChatParser {
    text: DeltaJoiner,
    reasoning: DeltaJoiner,
    tool_calls: ToolCalls,
    /// The URLs of the citations handed out.
    cited: Vec<String>,
    finish: Finish,
    usage: Option<TokenUsage>,
    model: Option<String>,
    placeholder_seen: bool,
    /// A whole answer came: the end of its body is its end.
    is_whole: bool,
    /// An event had choices: the answer is one of this dialect.
    is_known: bool,
    /// The first event without, for the message that says it is not.
    unknown: Option<String>,
    /// What the text of the last plain event was.
    alike: Said,
}

/// What a delta says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Said {
    #[default]
    Text,
    Reasoning,
}

/// What the answer has said of its end.
#[derive(Debug, Default, PartialEq, Eq)]
enum Finish {
    /// Nothing yet.
    #[default]
    Open,
    /// The empty reason that some models gave with tool calls.
    Unnamed,
    Reason(FinishReason),
}

/// What `grok-4-0709` sent again and again in place of its reasoning (vercel/ai issue 7311).
const PLACEHOLDER: &str = "Thinking... ";

impl ChatParser {
    /// A parser at the start of an answer.
    pub fn new() -> Self {
        Self::default()
    }

    fn completion(&mut self, completion: wire::ChatCompletion<'_>, chunks: &mut Chunks) -> Result<()> {
        if let Some((said, text)) = plain(&completion) {
            self.alike = said;
            chunks.note_alike(text);
        }
        if let Some(model) = completion.model {
            if self.model.as_deref() != Some(&*model) {
                self.model = Some(model.into());
            }
        }
        // The last report wins: some servers send cumulative ones with every chunk.
        self.usage = completion.usage.and_then(usage).or(self.usage.take());
        // Of several choices each comes in events of its own.
        let choice = completion.choices.and_then(|choices| choices.0);
        if let Some(choice) = choice.filter(|choice| choice.index.unwrap_or(0) == 0) {
            self.is_whole |= choice.message.is_some();
            if let Some(delta) = choice.delta {
                self.delta(delta, false, chunks)?;
            }
            if let Some(message) = choice.message {
                self.delta(message, true, chunks)?;
            }
            match choice.finish_reason.as_deref() {
                None => {}
                Some("") if self.finish == Finish::Open => self.finish = Finish::Unnamed,
                Some("") => {}
                Some(word) => self.finish = Finish::Reason(finish_reason(word)),
            }
        }
        for value in completion.citations.into_iter().flatten() {
            self.citation(&value, chunks);
        }
        Ok(())
    }

    fn delta(&mut self, delta: wire::Delta<'_>, is_whole: bool, chunks: &mut Chunks) -> Result<()> {
        if let Some(reasoning) = delta.reasoning_content.or(delta.reasoning) {
            self.reasoning(reasoning, chunks)?;
        }
        for text in [delta.content, delta.refusal].into_iter().flatten() {
            self.text(text, chunks)?;
        }
        for call in delta.tool_calls.into_iter().flatten() {
            self.tool_calls.take(call, is_whole)?;
            chunks.note_progress();
        }
        Ok(())
    }

    fn text(&mut self, delta: DeltaText<'_>, chunks: &mut Chunks) -> Result<()> {
        let text = self.text.join(delta)?;
        if !text.is_empty() {
            chunks.push(Chunk::Text(text));
        }
        Ok(())
    }

    fn reasoning(&mut self, delta: DeltaText<'_>, chunks: &mut Chunks) -> Result<()> {
        if delta.is(PLACEHOLDER) {
            if !std::mem::replace(&mut self.placeholder_seen, true) {
                chunks.push(Chunk::Reasoning(Reasoning::Status("thinking".to_owned())));
            }
            chunks.note_progress();
            return Ok(());
        }
        let text = self.reasoning.join(delta)?;
        if !text.is_empty() {
            chunks.push(Chunk::Reasoning(Reasoning::Delta(text)));
        }
        Ok(())
    }

    /// A citation is a URL, or an object with one; each is handed out once.
    fn citation(&mut self, value: &Value, chunks: &mut Chunks) {
        let Some(url) = value.as_str().or_else(|| value.get("url")?.as_str()) else { return };
        if self.cited.iter().any(|cited| cited == url) {
            return;
        }
        self.cited.push(url.to_owned());
        let citation = Citation::new(url);
        chunks.push(Chunk::Citation(match value.get("title").and_then(Value::as_str) {
            Some(title) => citation.title(title),
            None => citation,
        }));
    }

    /// Hands out what was held back, then the end.
    fn end(&mut self, evidence: Evidence, chunks: &mut Chunks) {
        if let Some(half) = self.reasoning.finish() {
            chunks.push(Chunk::Reasoning(Reasoning::Delta(half.into())));
        }
        if let Some(half) = self.text.finish() {
            chunks.push(Chunk::Text(half.into()));
        }
        let mut called = false;
        for call in self.tool_calls.finish() {
            called = true;
            chunks.push(Chunk::ToolCall(call));
        }
        let said = std::mem::take(&mut self.finish);
        let mut end = End::new(match (&said, evidence) {
            (Finish::Reason(_) | Finish::Unnamed, Evidence::Done) => Ending::FinishAndDone,
            (Finish::Open, Evidence::Done) => Ending::DoneOnly,
            (Finish::Reason(_) | Finish::Unnamed, Evidence::Eof) => Ending::FinishOnly,
            (Finish::Open, Evidence::Eof) => Ending::CleanEof,
        });
        end.finish_reason = match said {
            // Servers have given no reason, or the wrong one, with tool calls.
            Finish::Open | Finish::Unnamed | Finish::Reason(FinishReason::Stop) if called => {
                Some(FinishReason::ToolCalls)
            }
            Finish::Reason(reason) => Some(reason),
            Finish::Open | Finish::Unnamed => None,
        };
        end.usage = self.usage.take();
        end.model = self.model.take();
        chunks.push(Chunk::End(end));
    }
}

/// What follows the last event of an answer.
#[derive(Clone, Copy)]
enum Evidence {
    /// `[DONE]`.
    Done,
    /// The end of the body.
    Eof,
}

impl Parse for ChatParser {
    fn parse(&mut self, event: &Event<'_>, chunks: &mut Chunks) -> Result<()> {
        let data = event.data.trim_ascii();
        let data = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
        match data {
            b"" => return Ok(()),
            b"[DONE]" => {
                self.end(Evidence::Done, chunks);
                return Ok(());
            }
            _ => {}
        }
        let completion: wire::ChatCompletion<'_> =
            serde_json::from_slice(data).map_err(|error| error::no_json(data, error))?;
        if completion.error.is_some() {
            return Err(
                error::in_answer(data).unwrap_or_else(|| Error::new(ErrorKind::Unexpected, "answer is an error"))
            );
        }
        self.is_known |= completion.choices.is_some();
        if !self.is_known && self.unknown.is_none() {
            self.unknown = Some(quote(data));
        }
        self.completion(completion, chunks)
    }

    fn parse_alike(&mut self, text: DeltaText<'_>, chunks: &mut Chunks) -> Result<()> {
        match self.alike {
            Said::Text => self.text(text, chunks),
            Said::Reasoning => self.reasoning(text, chunks),
        }
    }

    fn finish(&mut self, clean: bool, chunks: &mut Chunks) -> Result<()> {
        // A finish reason is evidence whatever became of the connection after it.
        if self.finish != Finish::Open || clean && self.is_whole {
            self.end(Evidence::Eof, chunks);
            return Ok(());
        }
        match self.unknown.take().filter(|_| !self.is_known) {
            Some(unknown) if clean => Err(Error::new(ErrorKind::Parse, format!("answer has no choices: {unknown}"))),
            _ => Ok(()),
        }
    }
}

/// What an event says, when it says one thing and nothing that changes with each event.
fn plain<'c, 'a>(completion: &'c wire::ChatCompletion<'a>) -> Option<(Said, &'c DeltaText<'a>)> {
    let choice = completion.choices.as_ref()?.0.as_ref()?;
    let delta = choice.delta.as_ref()?;
    let is_more = completion.usage.is_some()
        || completion.citations.is_some()
        || choice.index.is_some_and(|index| index != 0)
        || choice.message.is_some()
        || choice.finish_reason.is_some()
        || delta.refusal.is_some()
        || delta.tool_calls.is_some();
    let reasoning = delta.reasoning_content.as_ref().or(delta.reasoning.as_ref());
    let text = |text: Option<&'c DeltaText<'a>>| text.filter(|text| !text.is_empty());
    match (text(delta.content.as_ref()), text(reasoning)) {
        _ if is_more => None,
        (Some(text), None) => Some((Said::Text, text)),
        (None, Some(reasoning)) => Some((Said::Reasoning, reasoning)),
        _ => None,
    }
}

fn finish_reason(word: &str) -> FinishReason {
    match word {
        "stop" | "end_turn" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        other => FinishReason::Other(other.to_owned()),
    }
}

/// The usage in our terms, or `None` when the report is empty.
fn usage(wire: wire::Usage) -> Option<TokenUsage> {
    let (prompt, completion, total) = (wire.prompt_tokens, wire.completion_tokens, wire.total_tokens);
    let reasoning = wire.completion_tokens_details.and_then(|details| details.reasoning_tokens);
    let mut usage = TokenUsage::default();
    usage.input_tokens = prompt;
    usage.output_tokens = match (prompt, completion, reasoning, total) {
        // xAI counts reasoning beside the completion, OpenAI within it: the total tells which.
        (Some(prompt), Some(completion), Some(reasoning), Some(total))
            if prompt.checked_add(completion).and_then(|sum| sum.checked_add(reasoning)) == Some(total) =>
        {
            Some(completion + reasoning)
        }
        _ => completion,
    };
    usage.cached_tokens = wire.prompt_tokens_details.and_then(|details| details.cached_tokens);
    usage.reasoning_tokens = reasoning;
    usage.total_tokens = total;
    // 0 is "not reported" (xai-org/grok-build).
    usage.cost_in_usd_ticks = wire.cost_in_usd_ticks.filter(|ticks| *ticks > 0);
    (usage != TokenUsage::default()).then_some(usage)
}

#[cfg(test)]
mod tests;
