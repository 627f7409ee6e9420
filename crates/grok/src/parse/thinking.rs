use std::time::Duration;

use chatstream_core::delta::{DeltaJoiner, DeltaText};
use chatstream_core::lenient::Text;
use chatstream_core::{Chunk, Chunks, Reasoning, Result};
use serde::de::IgnoredAny;

use crate::auth::Clock;
use crate::wire::{Members, read};

/// Whose words a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The answer.
    Answer,
    /// The model's thoughts; a headline is a line of its own.
    Reasoning { is_header: bool },
    /// Markup of tool calls and their results, for the site's page.
    Machine,
}

/// Tells by flag, tag and step whose words the token of a frame is.
pub(super) fn kind(members: &Members<'_>) -> Kind {
    let tag = read::<Text<'_>>(members.message_tag);
    let tag = tag.as_deref().unwrap_or_default();
    let is_card = || read::<Text<'_>>(members.token).is_some_and(|token| token.starts_with("<xai:tool_usage_card"));
    let is_thinking = read(members.is_thinking) == Some(true);
    match tag {
        "tool_usage_card" | "raw_function_result" => Kind::Machine,
        _ if is_thinking && is_card() => Kind::Machine,
        "header" => Kind::Reasoning { is_header: true },
        "summary" | "analysis" => Kind::Reasoning { is_header: false },
        _ if is_thinking => Kind::Reasoning { is_header: false },
        // In DeepSearch a step's tokens are its notes, but for those tagged as the answer.
        "final" => Kind::Answer,
        _ if read::<IgnoredAny>(members.message_step_id).is_some() => Kind::Reasoning { is_header: false },
        _ => Kind::Answer,
    }
}

/// The phases of thinking: each opened by its first delta and closed by the answer's, or by the end.
pub(super) struct Thinking {
    clock: Option<Clock>,
    joiner: DeltaJoiner,
    /// When the phase began, where a clock is known; `None` between phases.
    since: Option<Option<Duration>>,
    /// Whether the last delta left its line open.
    in_line: bool,
}

/// From here on a phase's length is told, as the seed has it.
const TOLD_FROM: Duration = Duration::from_secs(1);

impl Thinking {
    pub(super) fn new(clock: Option<Clock>) -> Self {
        Self { clock, joiner: DeltaJoiner::default(), since: None, in_line: false }
    }

    pub(super) fn push(&mut self, delta: DeltaText<'_>, is_header: bool, chunks: &mut Chunks) -> Result<()> {
        let mut text = self.joiner.join(delta)?;
        if text.is_empty() {
            return Ok(());
        }
        if self.since.is_none() {
            self.since = Some(self.clock.as_ref().map(|clock| clock()));
            status("thinking".to_owned(), chunks);
        }
        if is_header {
            if self.in_line {
                text.insert(0, '\n');
            }
            if !text.ends_with('\n') {
                text.push('\n');
            }
        }
        self.in_line = !text.ends_with('\n');
        chunks.push(Chunk::Reasoning(Reasoning::Delta(text)));
        Ok(())
    }

    /// Closes the phase, if one is open.
    pub(super) fn close(&mut self, chunks: &mut Chunks) {
        let Some(since) = self.since.take() else { return };
        if let Some(half) = self.joiner.finish() {
            chunks.push(Chunk::Reasoning(Reasoning::Delta(half.into())));
        }
        self.in_line = false;
        let took = self.clock.as_ref().zip(since).map(|(clock, since)| clock().saturating_sub(since));
        status(
            match took.filter(|took| *took > TOLD_FROM) {
                Some(took) => format!("thought for {:.2} s", took.as_secs_f64()),
                None => "finished thinking".to_owned(),
            },
            chunks,
        );
    }
}

fn status(text: String, chunks: &mut Chunks) {
    chunks.push(Chunk::Reasoning(Reasoning::Status(text)));
}
