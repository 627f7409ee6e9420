use chatstream_core::decode::Event;
use chatstream_core::delta::{DeltaJoiner, DeltaText};
use chatstream_core::{
    Chunk, Chunks, Citation, Ending, Error, ErrorKind, Parse, Reasoning, Result, TokenUsage, no_json, quote,
};

use super::{Context, Outcome};
use crate::error;
use crate::wire::v2 as wire;

/// The events of `/v2/chat/completions` to chunks: the named ones of a stream, or the one of a whole
/// answer.
///
/// The client makes one for every answer. It is public for whoever has recorded events.
#[derive(Debug, Default)]
pub struct V2Parser {
    context: Context,
    text: DeltaJoiner,
    reasoning: DeltaJoiner,
    cited: Vec<String>,
    outcome: Outcome,
    /// Text has been handed out: the closing event of a stream may repeat it.
    said: bool,
    is_whole: bool,
}

/// The event that ends a stream; there is no `[DONE]`.
const DONE: &str = "response.message.done";

impl V2Parser {
    /// A parser that knows nothing of the request: functions keep the names they were sent under, and
    /// pictures have paths instead of addresses.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with(context: Context) -> Self {
        Self { context, ..Self::default() }
    }

    fn completion(&mut self, completion: wire::Completion<'_>, is_done: bool, chunks: &mut Chunks) -> Result<()> {
        if let Some(text) = plain(&completion).filter(|_| !is_done) {
            chunks.note_alike(text);
        }
        self.outcome.note_names(completion.model, completion.thread_id);
        self.outcome.usage = completion.usage.and_then(usage).or(self.outcome.usage.take());
        if let Some(id) = completion.tools_state_id {
            self.outcome.called.id = Some(id.into());
        }
        if let Some(execution) = completion.tool_execution {
            status(&execution, chunks);
        }
        let repeats = is_done && self.said;
        for message in completion.messages {
            self.message(message, repeats, chunks)?;
        }
        self.outcome.note_finish(completion.finish_reason);
        Ok(())
    }

    fn message(&mut self, message: wire::MessageDelta<'_>, repeats: bool, chunks: &mut Chunks) -> Result<()> {
        if let Some(id) = message.tools_state_id {
            self.outcome.called.id = Some(id.into());
        }
        let is_reasoning = message.role.as_deref() == Some("reasoning");
        let parts = match message.content {
            None => return Ok(()),
            Some(wire::Content::Text(text)) => return self.text(text, is_reasoning, repeats, chunks),
            Some(wire::Content::Parts(parts)) => parts,
        };
        for part in parts {
            if let Some(text) = part.text {
                self.text(text, is_reasoning, repeats, chunks)?;
            }
            if let Some(execution) = part.tool_execution {
                status(&execution, chunks);
            }
            // A film's cover is a still of it, not another picture.
            let files = part.files.into_iter().flatten().filter(|file| file.target.as_deref() != Some("cover"));
            let images: Vec<_> = files.map(|file| self.context.image(&file.id)).collect();
            if !images.is_empty() && !repeats {
                chunks.push(Chunk::Images(images));
            }
            if let Some(call) = part.function_call {
                if self.outcome.called.id.is_none() {
                    self.outcome.called.id = call.id.map(String::from);
                }
                self.outcome.called.take(call.name.as_deref(), call.arguments)?;
                chunks.note_progress();
            }
            for source in part.inline_data.and_then(|data| data.sources).into_iter().flatten() {
                self.citation(source.1, chunks);
            }
        }
        Ok(())
    }

    fn text(&mut self, text: DeltaText<'_>, is_reasoning: bool, repeats: bool, chunks: &mut Chunks) -> Result<()> {
        if is_reasoning {
            let text = self.reasoning.join(text)?;
            if !text.is_empty() {
                chunks.push(Chunk::Reasoning(Reasoning::Delta(text)));
            }
        } else if !repeats {
            let text = self.text.join(text)?;
            if !text.is_empty() {
                self.said = true;
                chunks.push(Chunk::Text(text));
            }
        }
        Ok(())
    }

    fn citation(&mut self, source: wire::Source, chunks: &mut Chunks) {
        let Some(url) = source.url.filter(|url| !self.cited.contains(url)) else { return };
        self.cited.push(url.clone());
        let citation = Citation::new(url);
        chunks.push(Chunk::Citation(match source.title {
            Some(title) => citation.title(title),
            None => citation,
        }));
    }

    /// Hands out what was held back, then the end.
    fn end(&mut self, ending: Ending, chunks: &mut Chunks) {
        if let Some(half) = self.reasoning.finish() {
            chunks.push(Chunk::Reasoning(Reasoning::Delta(half.into())));
        }
        if let Some(half) = self.text.finish() {
            chunks.push(Chunk::Text(half.into()));
        }
        self.outcome.end(ending, &self.context, chunks);
    }
}

impl Parse for V2Parser {
    fn parse(&mut self, event: &Event<'_>, chunks: &mut Chunks) -> Result<()> {
        let data = event.data.trim_ascii();
        if data.is_empty() {
            return Ok(());
        }
        if data == b"[DONE]" {
            let ending = if self.outcome.finish.is_some() { Ending::FinishAndDone } else { Ending::DoneOnly };
            self.end(ending, chunks);
            return Ok(());
        }
        let completion: wire::Completion<'_> = serde_json::from_slice(data).map_err(|error| no_json(data, error))?;
        let is_done = event.name == Some(DONE);
        if completion.message.is_some() && completion.messages.is_empty() && !is_done {
            return Err(error::in_answer(data));
        }
        if event.name.is_none() {
            if completion.messages.is_empty() && completion.finish_reason.is_none() {
                return Err(Error::new(ErrorKind::Parse, format!("answer has no messages: {}", quote(data))));
            }
            self.is_whole = true;
        }
        self.completion(completion, is_done, chunks)?;
        if is_done {
            let ending = if self.outcome.finish.is_some() { Ending::FinishAndDone } else { Ending::DoneOnly };
            self.end(ending, chunks);
        }
        Ok(())
    }

    fn parse_alike(&mut self, text: DeltaText<'_>, chunks: &mut Chunks) -> Result<()> {
        self.text(text, false, false, chunks)
    }

    fn finish(&mut self, clean: bool, chunks: &mut Chunks) -> Result<()> {
        // In a stream only the closing event is an end; a whole answer ends with its body.
        if self.is_whole && clean {
            self.end(if self.outcome.finish.is_some() { Ending::FinishOnly } else { Ending::CleanEof }, chunks);
        }
        Ok(())
    }
}

/// The text of an event that says nothing else.
fn plain<'c, 'a>(completion: &'c wire::Completion<'a>) -> Option<&'c DeltaText<'a>> {
    let [message] = &completion.messages[..] else { return None };
    let is_more = completion.usage.is_some()
        || completion.tools_state_id.is_some()
        || completion.tool_execution.is_some()
        || completion.finish_reason.as_ref().is_some_and(|word| !word.is_empty())
        || message.tools_state_id.is_some()
        || message.role.as_deref() == Some("reasoning");
    match message.content.as_ref().filter(|_| !is_more)? {
        wire::Content::Text(text) => Some(text),
        wire::Content::Parts(parts) => match &parts[..] {
            [wire::PartDelta { text, files: None, function_call: None, tool_execution: None, inline_data: None }] => {
                text.as_ref()
            }
            _ => None,
        },
    }
}

/// A tool of the service at work.
fn status(execution: &wire::ToolExecution<'_>, chunks: &mut Chunks) {
    let name = execution.name.as_deref().unwrap_or("tool");
    let status = match (execution.status.as_deref(), execution.seconds_left) {
        (Some(status), _) => format!("{name}: {status}"),
        (None, Some(seconds)) => format!("{name}: {seconds} s left"),
        (None, None) => name.to_owned(),
    };
    chunks.push(Chunk::Reasoning(Reasoning::Status(status)));
}

/// The usage in our terms, or `None` when the report is empty.
fn usage(wire: wire::Usage) -> Option<TokenUsage> {
    let mut usage = TokenUsage::default();
    usage.input_tokens = wire.input_tokens;
    usage.output_tokens = wire.output_tokens;
    usage.cached_tokens = wire.input_tokens_details.and_then(|details| details.cached_tokens);
    usage.total_tokens = wire.total_tokens;
    (usage != TokenUsage::default()).then_some(usage)
}
