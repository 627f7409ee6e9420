use chatstream_core::decode::Event;
use chatstream_core::delta::{DeltaJoiner, DeltaText};
use chatstream_core::{Chunk, Chunks, Ending, Error, ErrorKind, Parse, Reasoning, Result, TokenUsage, no_json, quote};

use super::media::{MediaTags, Piece};
use super::{Context, Outcome};
use crate::error;
use crate::wire::v1 as wire;

/// The events of `/v1/chat/completions` to chunks: those of a stream, or the one of a whole answer.
///
/// The client makes one for every answer. It is public for whoever has recorded events.
#[derive(Debug, Default)]
pub struct V1Parser {
    context: Context,
    text: DeltaJoiner,
    reasoning: DeltaJoiner,
    tags: MediaTags,
    outcome: Outcome,
    /// A whole answer came: the end of its body is its end.
    is_whole: bool,
    /// An event had choices: the answer is one of this API.
    is_known: bool,
    /// The first event without, for the message that says it is not.
    unknown: Option<String>,
}

/// The object of the older threads API, whose usage is counted anew in every event.
const THREADS: &str = "threads.messages.run";

impl V1Parser {
    /// A parser that knows nothing of the request: functions keep the names they were sent under, and
    /// pictures have paths instead of addresses.
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn with(context: Context) -> Self {
        Self { context, ..Self::default() }
    }

    fn completion(&mut self, completion: wire::Completion<'_>, chunks: &mut Chunks) -> Result<()> {
        if let Some(text) = plain(&completion) {
            chunks.note_alike(text);
        }
        self.outcome.note_names(completion.model, completion.thread_id);
        if let Some(usage) = completion.usage.and_then(usage) {
            let adds_up = completion.object.as_deref() == Some(THREADS);
            self.outcome.usage = Some(match self.outcome.usage.take() {
                Some(before) if adds_up => sum(&before, &usage),
                _ => usage,
            });
        }
        let Some(choice) = completion.choices.and_then(|choices| choices.0) else { return Ok(()) };
        self.is_whole |= choice.message.is_some();
        for delta in [choice.delta, choice.message].into_iter().flatten() {
            self.delta(delta, chunks)?;
        }
        self.outcome.note_finish(choice.finish_reason);
        Ok(())
    }

    fn delta(&mut self, delta: wire::Delta<'_>, chunks: &mut Chunks) -> Result<()> {
        if let Some(reasoning) = delta.reasoning_content {
            let text = self.reasoning.join(reasoning)?;
            if !text.is_empty() {
                chunks.push(Chunk::Reasoning(Reasoning::Delta(text)));
            }
        }
        if let Some(id) = delta.functions_state_id {
            self.outcome.called.id = Some(id.into());
        }
        if let Some(content) = delta.content {
            let text = self.text.join(content)?;
            match delta.role.as_deref() {
                None | Some("assistant" | "") => self.answer(text, chunks),
                // A built-in function at work: what it says is a notice, not the answer.
                Some(role) => {
                    let who = delta.name.as_deref().unwrap_or(role);
                    let status = if text.is_empty() { who.to_owned() } else { format!("{who}: {text}") };
                    chunks.push(Chunk::Reasoning(Reasoning::Status(status)));
                }
            }
        }
        if let Some(call) = delta.function_call {
            self.outcome.called.take(call.name.as_deref(), call.arguments)?;
            chunks.note_progress();
        }
        Ok(())
    }

    fn answer(&mut self, text: String, chunks: &mut Chunks) {
        if text.is_empty() {
            return;
        }
        if self.tags.lets_through(&text) {
            return chunks.push(Chunk::Text(text));
        }
        for piece in self.tags.take(text) {
            chunks.push(match piece {
                Piece::Text(text) => Chunk::Text(text),
                Piece::Media(id) => Chunk::Images(vec![self.context.image(&id)]),
            });
        }
        chunks.note_progress();
    }

    /// Hands out what was held back, then the end.
    fn end(&mut self, is_done: bool, chunks: &mut Chunks) {
        if let Some(half) = self.reasoning.finish() {
            chunks.push(Chunk::Reasoning(Reasoning::Delta(half.into())));
        }
        let mut rest = self.tags.finish().unwrap_or_default();
        rest.extend(self.text.finish());
        if !rest.is_empty() {
            chunks.push(Chunk::Text(rest));
        }
        let ending = match (&self.outcome.finish, is_done) {
            (Some(_), true) => Ending::FinishAndDone,
            (Some(_), false) => Ending::FinishOnly,
            (None, true) => Ending::DoneOnly,
            (None, false) => Ending::CleanEof,
        };
        self.outcome.end(ending, &self.context, chunks);
    }
}

impl Parse for V1Parser {
    fn parse(&mut self, event: &Event<'_>, chunks: &mut Chunks) -> Result<()> {
        let data = event.data.trim_ascii();
        match data {
            b"" => return Ok(()),
            b"[DONE]" => {
                self.end(true, chunks);
                return Ok(());
            }
            _ => {}
        }
        let completion: wire::Completion<'_> = serde_json::from_slice(data).map_err(|error| no_json(data, error))?;
        if completion.choices.is_none() && completion.message.is_some() {
            return Err(error::in_answer(data));
        }
        self.is_known |= completion.choices.is_some();
        if !self.is_known && self.unknown.is_none() {
            self.unknown = Some(quote(data));
        }
        self.completion(completion, chunks)
    }

    fn parse_alike(&mut self, text: DeltaText<'_>, chunks: &mut Chunks) -> Result<()> {
        let text = self.text.join(text)?;
        self.answer(text, chunks);
        Ok(())
    }

    fn finish(&mut self, clean: bool, chunks: &mut Chunks) -> Result<()> {
        if self.outcome.finish.is_some() || clean && self.is_whole {
            self.end(false, chunks);
            return Ok(());
        }
        match self.unknown.take().filter(|_| !self.is_known) {
            Some(unknown) if clean => Err(Error::new(ErrorKind::Parse, format!("answer has no choices: {unknown}"))),
            _ => Ok(()),
        }
    }
}

/// The text of an event that says nothing else.
fn plain<'c, 'a>(completion: &'c wire::Completion<'a>) -> Option<&'c DeltaText<'a>> {
    let choice = completion.choices.as_ref()?.0.as_ref()?;
    let delta = choice.delta.as_ref()?;
    let is_more = completion.usage.is_some()
        || choice.message.is_some()
        || choice.finish_reason.as_ref().is_some_and(|word| !word.is_empty())
        || !matches!(delta.role.as_deref(), None | Some("assistant" | ""))
        || delta.reasoning_content.is_some()
        || delta.function_call.is_some()
        || delta.functions_state_id.is_some();
    delta.content.as_ref().filter(|_| !is_more)
}

/// The usage in our terms, or `None` when the report is empty.
fn usage(wire: wire::Usage) -> Option<TokenUsage> {
    let mut usage = TokenUsage::default();
    usage.input_tokens = wire.prompt_tokens;
    usage.output_tokens = wire.completion_tokens;
    usage.cached_tokens = wire.precached_prompt_tokens;
    usage.total_tokens = wire.total_tokens;
    (usage != TokenUsage::default()).then_some(usage)
}

fn sum(a: &TokenUsage, b: &TokenUsage) -> TokenUsage {
    let add = |a: Option<u64>, b: Option<u64>| match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (one, other) => one.or(other),
    };
    let mut usage = TokenUsage::default();
    usage.input_tokens = add(a.input_tokens, b.input_tokens);
    usage.output_tokens = add(a.output_tokens, b.output_tokens);
    usage.cached_tokens = add(a.cached_tokens, b.cached_tokens);
    usage.total_tokens = add(a.total_tokens, b.total_tokens);
    usage
}
