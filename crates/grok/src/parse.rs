use std::fmt;

use chatstream_core::decode::Event;
use chatstream_core::delta::DeltaJoiner;
use chatstream_core::lenient::Text;
use chatstream_core::{Chunk, Chunks, End, Ending, Endpoint, Error, ErrorKind, Parse, Reasoning, Result, no_json};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::auth::Clock;
use crate::config::DEFAULT_ASSETS_URL;
use crate::error;
use crate::wire::{
    Action, Delta, FinalMetadata, Frame, Members, NewTitle, Progress, Query, RequestMetadata, Response, Suggestion,
    read,
};

mod ids;
mod images;
mod render;
mod sources;
mod thinking;

pub(crate) use ids::{Ids, SharedIds};
use images::Images;
use render::{Piece, Render};
use sources::Sources;
use thinking::{Kind, Thinking, kind};

/// A whole answer of a call other than a chat.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    if let Some(error) = error::in_answer(body) {
        return Err(error);
    }
    serde_json::from_slice(body).map_err(|error| no_json(body, error))
}

/// Frames of either chat call to chunks: the state of one answer.
///
/// The answer is complete at the model's full message, else at the stop mark. It goes on to the end of
/// the body all the same, because the title comes last; an end is only told then. Where an answer
/// breaks off or fails, the ids known by then come as [`Chunk::Conversation`] before the error.
pub struct GrokParser {
    thinking: Thinking,
    joiner: DeltaJoiner,
    render: Render,
    images: Images,
    sources: Sources,
    ids: SharedIds,
    /// The answer's tokens as they came, to compare with the full message; `None` once they are too
    /// many.
    raw: Option<String>,
    /// Of competing answers the one that is followed.
    followed: Option<u64>,
    title: Option<String>,
    model: Option<String>,
    has_text: bool,
    completion: Completion,
}

/// The most of an answer's text that is kept to compare it with the full message, in bytes. Longer
/// answers are not completed from it.
const RAW_LIMIT: usize = 4 * 1024 * 1024;

/// What proves by now that the answer is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Completion {
    Nothing,
    /// The text has ended; the full message may follow.
    SoftStop,
    /// The full message came.
    Message,
}

impl GrokParser {
    /// A parser for a recorded answer of the site: it has no clock, so the notice after reasoning does
    /// not tell how long it took.
    pub fn new() -> Self {
        let assets = Endpoint::parse(DEFAULT_ASSETS_URL).ok();
        Self::with(assets, None, SharedIds::default())
    }

    /// A parser for an answer of this client.
    pub(crate) fn with(assets: Option<Endpoint>, clock: Option<Clock>, ids: SharedIds) -> Self {
        Self {
            thinking: Thinking::new(clock),
            joiner: DeltaJoiner::default(),
            render: Render::default(),
            images: Images::new(assets),
            sources: Sources::default(),
            ids,
            raw: Some(String::new()),
            followed: None,
            title: None,
            model: None,
            has_text: false,
            completion: Completion::Nothing,
        }
    }

    fn frame(&mut self, frame: &Frame<'_>, chunks: &mut Chunks) -> Result<()> {
        if let Some(error) = error::in_frame(frame) {
            // What fails after the whole answer, such as the title, takes nothing away from it.
            return if self.completion == Completion::Message { Ok(()) } else { Err(error) };
        }
        let Some(result) = read::<Members<'_>>(frame.result) else { return Ok(()) };
        if let Some(begun) = result.conversation {
            self.ids.update(|ids| ids.note_conversation(begun));
        }
        match read::<Members<'_>>(result.response) {
            Some(response) => {
                self.members(&response, chunks)?;
                if !result.is_bare() {
                    chunks.note_unlike();
                }
            }
            None => self.members(&result, chunks)?,
        }
        self.note_title(result.title, chunks);
        Ok(())
    }

    fn members(&mut self, members: &Members<'_>, chunks: &mut Chunks) -> Result<()> {
        if let Some(index) = read::<u64>(members.side_by_side_index) {
            if *self.followed.get_or_insert(index) != index {
                return Ok(());
            }
        }
        self.ids.update(|ids| ids.note(members));
        if let Some(error) = members.error.and_then(|error| error::in_response(&read(Some(error))?)) {
            return if self.completion == Completion::Message { Ok(()) } else { Err(error) };
        }
        // A card may stand in the frame of the tag that names it.
        self.attachments(members, chunks);
        self.token(members, chunks)?;
        self.sources.note(members);
        self.notices(members, chunks);
        if let Some(response) = read::<Response<'_>>(members.model_response) {
            self.model_response(&response, chunks)?;
        }
        if read(members.is_soft_stop) == Some(true) {
            self.completion = self.completion.max(Completion::SoftStop);
        }
        self.note_title(members.generated_title, chunks);
        Ok(())
    }

    fn attachments(&mut self, members: &Members<'_>, chunks: &mut Chunks) {
        self.images.note_streamed(members.streaming_image_generation_response, self.followed, chunks);
        self.images.note_cached(members.cached_image_generation_response, chunks);
        self.images.note_bytes(members.image_generation_response, chunks);
        for card in sources::cards(members) {
            self.sources.note_card(&card);
            self.images.note_card(card, chunks);
        }
    }

    fn token(&mut self, members: &Members<'_>, chunks: &mut Chunks) -> Result<()> {
        let Some(token) = members.token else { return Ok(()) };
        let Some(delta) = read::<Delta<'_>>(Some(token)) else {
            self.action(token, chunks);
            return Ok(());
        };
        match kind(members) {
            // An empty token is a heartbeat, and says nothing.
            _ if delta.is_empty() => Ok(()),
            Kind::Machine => {
                chunks.note_progress();
                Ok(())
            }
            Kind::Reasoning { is_header } => self.thinking.push(delta, is_header, chunks),
            Kind::Answer => {
                if members.is_bare() {
                    chunks.note_alike(&delta);
                }
                self.parse_alike(delta, chunks)
            }
        }
    }

    /// A token that tells what the model does, as an object: early DeepSearch.
    fn action(&mut self, token: &RawValue, chunks: &mut Chunks) {
        let Some(Action { action, action_input }) = read(Some(token)) else { return };
        let query = read::<Query<'_>>(action_input).and_then(|input| input.query);
        notice(
            query.map_or_else(|| String::from(action.clone()), |query| format!("{}: {}", &*action, &*query)),
            chunks,
        );
    }

    fn answer(&mut self, text: String, chunks: &mut Chunks) {
        if text.is_empty() {
            return;
        }
        self.raw = self.raw.take().filter(|raw| raw.len() + text.len() <= RAW_LIMIT).map(|raw| raw + &text);
        self.thinking.close(chunks);
        if self.render.lets_through(&text) {
            return self.piece(Piece::Text(text), chunks);
        }
        for piece in self.render.push(text) {
            self.piece(piece, chunks);
        }
    }

    fn piece(&mut self, piece: Piece, chunks: &mut Chunks) {
        match piece {
            Piece::Text(text) => {
                self.has_text |= !text.trim().is_empty();
                chunks.push(Chunk::Text(text));
            }
            // A tag without its card, or of a picture, which comes by itself, says nothing here.
            Piece::Tag(id) => match self.sources.cited(&id) {
                Some(citation) => chunks.push(Chunk::Citation(citation)),
                None => chunks.note_progress(),
            },
        }
    }

    fn notices(&mut self, members: &Members<'_>, chunks: &mut Chunks) {
        if let Some(progress) = read::<Progress<'_>>(members.progress_report) {
            notice(progress_words(&progress), chunks);
        }
        let metadata = read::<FinalMetadata<'_>>(members.final_metadata);
        let suggested = metadata.and_then(|metadata| metadata.follow_up_suggestions).or(members.follow_up_suggestions);
        for suggestion in read::<Vec<Suggestion>>(suggested).unwrap_or_default() {
            if let Some(label) = suggestion.label.filter(|label| !label.is_empty()) {
                notice(format!("follow-up: {label}"), chunks);
            }
        }
        if members.tool_usage_card.is_some() {
            chunks.note_progress();
        }
    }

    /// The full message: it completes what the tokens left out, and never replaces them.
    fn model_response(&mut self, response: &Response<'_>, chunks: &mut Chunks) -> Result<()> {
        let failure = error::in_responses(response.stream_errors)
            .or_else(|| error::in_response(&read(response.error)?).map(|error| reported(error, response.error)));
        if let Some(error) = failure {
            return Err(error);
        }
        let message = read::<Delta<'_>>(response.message).map(|message| DeltaJoiner::default().join(message));
        if let (Some(message), Some(raw)) = (message.transpose()?, &self.raw) {
            if let Some(rest) = message.strip_prefix(raw.as_str()).map(str::to_owned) {
                // The rest has the second half of a character whose first one waits.
                self.joiner = DeltaJoiner::default();
                self.note_cards(response, chunks);
                self.answer(rest, chunks);
            }
        }
        self.note_cards(response, chunks);
        self.sources.note_response(response);
        self.images.note_urls(response.generated_image_urls, chunks);
        let metadata = read::<RequestMetadata<'_>>(response.request_metadata);
        self.model = metadata.and_then(|metadata| metadata.model).map(String::from).or(self.model.take());
        if read(response.partial) != Some(true) {
            self.completion = Completion::Message;
        }
        Ok(())
    }

    fn note_cards(&mut self, response: &Response<'_>, chunks: &mut Chunks) {
        for card in sources::attached(response.card_attachments_json) {
            self.sources.note_card(&card);
            self.images.note_card(card, chunks);
        }
    }

    fn note_title(&mut self, raw: Option<&RawValue>, chunks: &mut Chunks) {
        let title = read::<NewTitle<'_>>(raw).and_then(|title| title.new_title).filter(|title| !title.is_empty());
        if let Some(title) = title.filter(|title| self.title.as_deref() != Some(&**title)) {
            self.title = Some(String::from(title.clone()));
            chunks.push(Chunk::Title(title.into()));
        }
    }

    /// Hands out what is held back: the end of the text and of the thoughts, sources and ids.
    fn close(&mut self, chunks: &mut Chunks) {
        let half = self.joiner.finish().map(String::from).unwrap_or_default();
        let mut pieces = self.render.push(half);
        pieces.extend(self.render.finish());
        for piece in pieces {
            self.piece(piece, chunks);
        }
        self.thinking.close(chunks);
        for citation in self.sources.uncited() {
            chunks.push(Chunk::Citation(citation));
        }
        if let Some(conversation) = self.ids.conversation() {
            chunks.push(Chunk::Conversation(conversation));
        }
    }
}

impl Default for GrokParser {
    fn default() -> Self {
        Self::new()
    }
}

impl Parse for GrokParser {
    fn parse(&mut self, event: &Event<'_>, chunks: &mut Chunks) -> Result<()> {
        let frame = serde_json::from_slice(event.data).map_err(|error| no_json(event.data, error))?;
        let parsed = self.frame(&frame, chunks);
        if parsed.is_err() {
            self.close(chunks);
        }
        parsed
    }

    fn parse_alike(&mut self, text: Delta<'_>, chunks: &mut Chunks) -> Result<()> {
        let text = self.joiner.join(text)?;
        self.answer(text, chunks);
        Ok(())
    }

    fn finish(&mut self, _: bool, chunks: &mut Chunks) -> Result<()> {
        if self.completion != Completion::Nothing {
            self.ids.update(|ids| ids.is_told = true);
        }
        self.close(chunks);
        if self.completion == Completion::Nothing {
            return Ok(());
        }
        if self.images.are_all_moderated() && !self.has_text {
            return Err(Error::new(ErrorKind::Refused, "every picture was moderated"));
        }
        let mut end = End::new(Ending::DoneOnly);
        end.model = self.model.take();
        chunks.push(Chunk::End(end));
        Ok(())
    }
}

impl fmt::Debug for GrokParser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrokParser").field("completion", &self.completion).finish_non_exhaustive()
    }
}

/// An `error` of a full message is a bare text: without a mark in it, it is the site that failed.
fn reported(error: Error, raw: Option<&RawValue>) -> Error {
    let is_text = read::<Text<'_>>(raw).is_some();
    if !is_text || error.kind() != ErrorKind::Unexpected {
        return error;
    }
    Error::new(ErrorKind::Unavailable, error.message().to_owned())
}

fn notice(text: String, chunks: &mut Chunks) {
    if !text.is_empty() {
        chunks.push(Chunk::Reasoning(Reasoning::Status(text)));
    }
}

/// The words of a progress report, its own or those of its category: `attachments preprocessing: success`.
fn progress_words(progress: &Progress<'_>) -> String {
    if let Some(message) = progress.message.as_deref().filter(|message| !message.is_empty()) {
        return message.to_owned();
    }
    let words = |text: &Option<Text<'_>>, prefix| {
        let text = text.as_deref().unwrap_or_default();
        text.strip_prefix(prefix).unwrap_or(text).to_ascii_lowercase().replace('_', " ")
    };
    let category = words(&progress.category, "PROGRESS_REPORT_CATEGORY_");
    let state = words(&progress.state, "PROGRESS_REPORT_STATUS_");
    [category, state].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wire_tests;
