use chatstream_core::decode::Event;
use chatstream_core::delta::{DeltaJoiner, DeltaText};
use chatstream_core::{
    Chunk, Chunks, Conversation, End, Ending, Error, ErrorKind, FinishReason, Parse, Reasoning, Result, Secret,
    TokenUsage,
};
use serde_json::value::RawValue;

use crate::encode::{PREVIOUS_RESPONSE, Talk};
use crate::error;
use crate::wire::{self, Choice, Choices, Data, Delta, Record, ThreadDelta, Usage, read};

mod completion;
mod lines;
mod sources;
mod spoken;

use completion::{finish_reason, usage};
use lines::{Field, Strays};
use sources::Sources;
use spoken::Spoken;

/// The key under which a v2 site keeps a message.
///
/// # Errors
///
/// The failure that came in its place.
pub(crate) fn cache_key(body: &[u8]) -> Result<String> {
    data(body)?.cache_key.ok_or_else(|| Error::new(ErrorKind::Parse, "answer to the message holds no key"))
}

/// The nonce in an answer to the call for one.
pub(crate) fn nonce(body: &[u8]) -> Option<Secret> {
    data(body).ok()?.nonce.map(Secret::new)
}

/// The value of an answer of v2 to a call other than the stream.
///
/// # Errors
///
/// The failure that came in its place.
fn data(body: &[u8]) -> Result<Data> {
    let record = wire::record(body).ok_or_else(|| error::no_answer(body))?;
    if let Some(error) = error::in_record(&record, None) {
        return Err(error);
    }
    let no_data = || Error::new(ErrorKind::Parse, format!("answer has no data: {}", error::excerpt(body)));
    read(record.data).ok_or_else(no_data)
}

/// An answer of either generation to chunks: the state of one answer. What an event is, its own form tells.
///
/// It takes a whole body as one event, server-sent events, or lines. Lines are what v1 needs: in one body it
/// sends events, and after them its JSON.
///
/// ```
/// use chatstream_chatgptfree::ChatgptFreeParser;
/// use chatstream_chatgptfree::core::decode::Event;
/// use chatstream_chatgptfree::core::{Chunk, Chunks, Parse as _};
///
/// let (mut parser, mut chunks) = (ChatgptFreeParser::new(), Chunks::new());
/// parser.parse(&Event::new(br#"data: {"choices":[{"delta":{"content":"Hi"}}]}"#), &mut chunks)?;
/// assert_eq!(chunks.pop(), Some(Chunk::Text("Hi".into())));
/// # Ok::<(), chatstream_chatgptfree::core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct ChatgptFreeParser {
    /// The name that the lines before an event's data gave it.
    name: Option<String>,
    is_begun: bool,
    strays: Strays,
    text: DeltaJoiner,
    reasoning: DeltaJoiner,
    spoken: Spoken,
    has_text: bool,
    finish_reason: Option<FinishReason>,
    /// `[DONE]` came, but no text before it: a buffered answer may follow.
    is_done: bool,
    usage: Option<TokenUsage>,
    model: Option<String>,
    sources: Sources,
    /// Events that could not be read.
    skipped: u64,
    conversation: Option<Conversation>,
}

impl ChatgptFreeParser {
    /// A parser at the start of an answer. It knows no conversation to go on with.
    pub fn new() -> Self {
        Self::default()
    }

    /// A parser for an answer in this conversation.
    pub(crate) fn of(talk: &Talk) -> Self {
        Self { conversation: Some(talk.conversation()), ..Self::default() }
    }

    fn line(&mut self, line: &[u8], is_cut: bool, chunks: &mut Chunks) -> Result<()> {
        let is_first = !std::mem::replace(&mut self.is_begun, true);
        let line = if is_first { line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line) } else { line };
        match lines::field(line) {
            Field::Data(data) => {
                let name = self.name.take();
                let parsed = self.event(name.as_deref(), data, is_cut, chunks);
                self.name = name;
                parsed
            }
            Field::Name(name) => {
                self.name = Some(String::from_utf8_lossy(name).into_owned());
                Ok(())
            }
            Field::Blank => {
                self.name = None;
                Ok(())
            }
            Field::Other => Ok(()),
            Field::Stray => match self.strays.push(line) {
                Some(object) => self.object(&object, chunks),
                None => Ok(()),
            },
        }
    }

    /// An object that stands in the body by itself.
    fn object(&mut self, text: &[u8], chunks: &mut Chunks) -> Result<()> {
        match wire::record(text) {
            Some(record) => self.record(None, &record, chunks),
            None => Err(error::no_answer(text)),
        }
    }

    fn event(&mut self, name: Option<&str>, data: &[u8], is_cut: bool, chunks: &mut Chunks) -> Result<()> {
        match data.trim_ascii() {
            b"" => Ok(()),
            b"[DONE]" => self.done(chunks),
            b"[LIMITED]" => Err(self.limited()),
            data if name == Some("citations") => {
                self.sources.push(serde_json::from_slice(data).ok(), chunks);
                Ok(())
            }
            data => match serde_json::from_slice::<Record<'_>>(data) {
                Ok(record) => self.record(name, &record, chunks),
                // What the plugin pastes into JSON unescaped breaks one event, not the answer.
                Err(_) if !is_cut => {
                    self.skipped += 1;
                    Ok(())
                }
                Err(_) => Ok(()),
            },
        }
    }

    fn record(&mut self, name: Option<&str>, record: &Record<'_>, chunks: &mut Chunks) -> Result<()> {
        match name {
            Some("error" | "assistant_error") => return Err(error::in_event(record)),
            Some("warning" | "status") => {
                self.notice(record, chunks);
                return Ok(());
            }
            Some("done") => return self.finished(record, chunks),
            Some("openai_response_id") => {
                self.note_response(record);
                return Ok(());
            }
            _ => {}
        }
        if let Some(error) = error::in_record(record, None) {
            return Err(error);
        }
        self.usage = read::<Usage>(record.usage).and_then(usage).or(self.usage.take());
        if let Some(model) = read::<String>(record.model).filter(|model| !model.is_empty()) {
            if record.choices.is_some_and(|choices| choices.get() != "[]") || self.model.is_none() {
                self.model = Some(model);
            }
        }
        let choice = read::<Choices<'_>>(record.choices).and_then(|choices| choices.0);
        let delta = read::<DeltaText<'_>>(record.delta);
        if let Some(text) = plain(record, choice.as_ref(), delta.as_ref()).filter(|_| name.is_none()) {
            chunks.note_alike(text);
        }
        if let Some(choice) = choice {
            let is_named = name == Some("message");
            let is_real = !is_named || record.id.is_some();
            for delta in [choice.delta, choice.message].into_iter().flatten() {
                self.delta(delta, is_real, chunks)?;
            }
            self.content(choice.text, is_real, chunks)?;
            if let Some(word) = choice.finish_reason.filter(|word| !word.is_empty()) {
                self.finish_reason = Some(finish_reason(&word));
            }
        }
        self.plain_delta(record.delta, chunks)?;
        self.buffered(record, chunks)
    }

    fn delta(&mut self, delta: Delta<'_>, is_real: bool, chunks: &mut Chunks) -> Result<()> {
        for thought in [delta.reasoning_content, delta.reasoning].into_iter().flatten().take(1) {
            let text = self.reasoning.join(thought)?;
            if !text.is_empty() {
                chunks.push(Chunk::Reasoning(Reasoning::Delta(text)));
            }
        }
        self.content(delta.content, is_real, chunks)?;
        self.content(delta.refusal, is_real, chunks)
    }

    /// The `delta` of v2, or of assistants mode.
    fn plain_delta(&mut self, delta: Option<&RawValue>, chunks: &mut Chunks) -> Result<()> {
        if let Some(text) = read::<DeltaText<'_>>(delta) {
            return self.content(Some(text), true, chunks);
        }
        for content in read::<ThreadDelta<'_>>(delta).unwrap_or_default().content {
            self.content(content.text.and_then(|text| text.value), true, chunks)?;
        }
        Ok(())
    }

    /// Text of the answer; what may be the plugin's own words is held back until it is known whose they are.
    fn content(&mut self, delta: Option<DeltaText<'_>>, is_real: bool, chunks: &mut Chunks) -> Result<()> {
        let Some(delta) = delta else { return Ok(()) };
        let text = self.text.join(delta)?;
        if !text.is_empty() {
            self.has_text = true;
            match self.spoken.push(text, is_real) {
                Some(text) => chunks.push(Chunk::Text(text)),
                None => chunks.note_progress(),
            }
        }
        Ok(())
    }

    /// A buffered answer of v1, also the one after a stream, or of v2's call that was removed with 2.4.1.
    fn buffered(&mut self, record: &Record<'_>, chunks: &mut Chunks) -> Result<()> {
        if record.status.is_none() && record.success.is_none() {
            return Ok(());
        }
        // After a stream it repeats what the stream told.
        if self.has_text {
            return Ok(());
        }
        let reply = read::<String>(record.data).or_else(|| read::<Data>(record.data)?.reply);
        let text = reply.filter(|text| !text.is_empty()).ok_or_else(error::empty)?;
        self.has_text = true;
        chunks.push(Chunk::Text(text));
        self.end(if self.is_done { Evidence::Done } else { Evidence::Eof }, chunks);
        Ok(())
    }

    /// A side event of v2 that tells something in words.
    fn notice(&mut self, record: &Record<'_>, chunks: &mut Chunks) {
        let words = read::<String>(record.error).or_else(|| read::<String>(record.status));
        match words.filter(|words| !words.is_empty()) {
            Some(words) => chunks.push(Chunk::Reasoning(Reasoning::Status(words))),
            None => chunks.note_progress(),
        }
    }

    fn note_response(&mut self, record: &Record<'_>) {
        if let (Some(id), Some(conversation)) = (read::<String>(record.id), self.conversation.take()) {
            self.conversation = Some(conversation.id(PREVIOUS_RESPONSE, id));
        }
    }

    /// The `done` of v2.
    fn finished(&mut self, record: &Record<'_>, chunks: &mut Chunks) -> Result<()> {
        self.sources.push(read(record.citations), chunks);
        self.done(chunks)
    }

    /// The end mark of either generation.
    fn done(&mut self, chunks: &mut Chunks) -> Result<()> {
        if let Some(error) = self.told() {
            return Err(error);
        }
        self.is_done = true;
        if self.has_text {
            self.end(Evidence::Done, chunks);
        }
        Ok(())
    }

    fn limited(&mut self) -> Error {
        error::spoken(&self.spoken.take().unwrap_or_default(), true)
    }

    /// The error that the plugin told in words of its own.
    fn told(&mut self) -> Option<Error> {
        let words = self.spoken.take()?;
        Some(self.with_skipped(error::spoken(&words, false)))
    }

    /// The same error, which also tells how much of the answer could not be read.
    fn with_skipped(&self, error: Error) -> Error {
        if self.skipped == 0 {
            return error;
        }
        let events = if self.skipped == 1 { "event" } else { "events" };
        Error::new(error.kind(), format!("{} ({} {events} could not be read)", error.message(), self.skipped))
    }

    /// Hands out what was held back, then the end.
    fn end(&mut self, evidence: Evidence, chunks: &mut Chunks) {
        if let Some(half) = self.reasoning.finish() {
            chunks.push(Chunk::Reasoning(Reasoning::Delta(half.into())));
        }
        if let Some(half) = self.text.finish() {
            chunks.push(Chunk::Text(half.into()));
        }
        if let Some(conversation) = self.conversation.take() {
            chunks.push(Chunk::Conversation(conversation));
        }
        let mut end = End::new(match (&self.finish_reason, evidence) {
            (Some(_), Evidence::Done) => Ending::FinishAndDone,
            (None, Evidence::Done) => Ending::DoneOnly,
            (Some(_), Evidence::Eof) => Ending::FinishOnly,
            (None, Evidence::Eof) => Ending::CleanEof,
        });
        end.finish_reason = self.finish_reason.take();
        end.usage = self.usage.take();
        end.model = self.model.take();
        chunks.push(Chunk::End(end));
    }
}

/// What follows the last event of an answer.
#[derive(Clone, Copy)]
enum Evidence {
    /// The end mark.
    Done,
    /// The end of the body, or of its JSON.
    Eof,
}

impl Parse for ChatgptFreeParser {
    fn parse(&mut self, event: &Event<'_>, chunks: &mut Chunks) -> Result<()> {
        if event.name.is_some() {
            return self.event(event.name, event.data, event.incomplete, chunks);
        }
        let mut lines = lines::split(event.data).peekable();
        let mut count = 0;
        while let Some(line) = lines.next() {
            let is_cut = event.incomplete && lines.peek().is_none();
            self.line(line, is_cut, chunks)?;
            count += 1;
        }
        if count == 1 {
            note_line(event.data, chunks);
        }
        // Only a whole body holds several lines, or a page: what is no answer in it never becomes one.
        let is_whole = count > 1 || lines::is_page(event.data);
        if is_whole && !event.incomplete { self.judge_strays(chunks) } else { Ok(()) }
    }

    fn parse_alike(&mut self, text: DeltaText<'_>, chunks: &mut Chunks) -> Result<()> {
        self.content(Some(text), true, chunks)
    }

    fn finish(&mut self, clean: bool, chunks: &mut Chunks) -> Result<()> {
        if clean {
            self.judge_strays(chunks)?;
        }
        if chunks.is_ended() {
            return Ok(());
        }
        if let Some(error) = self.told() {
            return Err(error);
        }
        // A finish reason is evidence whatever became of the connection after it.
        if self.finish_reason.is_some() {
            self.end(if self.is_done { Evidence::Done } else { Evidence::Eof }, chunks);
            return Ok(());
        }
        if self.is_done || (clean && self.skipped > 0 && !self.has_text) {
            return Err(self.with_skipped(error::empty()));
        }
        Ok(())
    }
}

/// Tells of a line that is no event of its own.
fn note_line(line: &[u8], chunks: &mut Chunks) {
    match lines::field(line) {
        Field::Blank | Field::Other => chunks.note_no_event(),
        Field::Name(_) => {
            chunks.note_no_event();
            chunks.note_unlike();
        }
        Field::Data(_) | Field::Stray => {}
    }
}

/// The text of a record that says nothing else: of a first choice, or the `delta` of v2.
fn plain<'c, 'a>(
    record: &Record<'_>,
    choice: Option<&'c Choice<'a>>,
    delta: Option<&'c DeltaText<'a>>,
) -> Option<&'c DeltaText<'a>> {
    let is_more = record.usage.is_some() || record.status.is_some() || record.success.is_some();
    match (choice.filter(|_| !is_more), delta.filter(|_| !is_more)) {
        (None, Some(text)) if record.choices.is_none() => Some(text),
        (Some(Choice { delta: Some(delta), message: None, text: None, finish_reason }), None) => {
            let is_text = delta.refusal.is_none() && delta.reasoning_content.is_none() && delta.reasoning.is_none();
            let is_open = finish_reason.as_ref().is_none_or(|word| word.is_empty());
            delta.content.as_ref().filter(|_| is_text && is_open && record.delta.is_none())
        }
        _ => None,
    }
}

impl ChatgptFreeParser {
    /// Reads what stands in the body outside of events as the answer, if there is no other.
    fn judge_strays(&mut self, chunks: &mut Chunks) -> Result<()> {
        match self.strays.take() {
            Some(strays) => match wire::record(&strays) {
                Some(record) => self.record(None, &record, chunks),
                None if self.has_text || self.finish_reason.is_some() || self.is_done => Ok(()),
                None if lines::is_cut_json(&strays) => Ok(()),
                None => Err(error::no_answer(&strays)),
            },
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wire_tests;
