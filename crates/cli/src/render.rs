//! Chunks to the terminal: the answer to standard output, all else to standard error; or each
//! chunk as a line of JSON.

mod spinner;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write};
use std::time::Duration;

use anstyle::Style;
use chatstream::{Chunk, End, Error, Image, Reasoning, TokenUsage, Vitals};

use crate::failure::{self, ErrorLine};
use crate::visible::visible;
pub(crate) use spinner::Spinner;

/// Where an answer is shown.
pub(crate) struct Renderer<'a> {
    stdout: Box<dyn Write + 'a>,
    stderr: Box<dyn Write + 'a>,
    form: Form,
    screen: Screen,
    /// The answer's last line is not ended yet.
    line_open: bool,
    notice: Line,
}

/// The last line on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Line {
    #[default]
    Ended,
    /// Reasoning that may go on.
    Open,
    /// How far something is, which the next line takes the place of.
    Passing,
}

/// How chunks are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As text.
    Text,
    /// Each as a line of JSON.
    Json,
}

/// Which of the two streams a person sees.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Screen {
    pub(crate) stdout: bool,
    pub(crate) stderr: bool,
    /// A line on standard error can be drawn anew.
    pub(crate) redraws: bool,
}

impl Renderer<'static> {
    /// The program's own streams.
    pub(crate) fn standard(form: Form) -> Self {
        let stderr = io::stderr().is_terminal();
        // A terminal that cannot wipe a line away would be filled.
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let screen = Screen { stdout: io::stdout().is_terminal(), stderr, redraws: stderr && !is_dumb };
        Self::new(Box::new(io::stdout()), Box::new(anstream::stderr()), form, screen)
    }
}

impl<'a> Renderer<'a> {
    pub(crate) fn new(stdout: Box<dyn Write + 'a>, stderr: Box<dyn Write + 'a>, form: Form, screen: Screen) -> Self {
        Self { stdout, stderr, form, screen, line_open: false, notice: Line::Ended }
    }

    pub(crate) fn screen(&self) -> Screen {
        self.screen
    }

    /// Shows a chunk at once. The end of an answer is shown by [`end`](Self::end).
    ///
    /// Only standard output can fail: what cannot be told on standard error cannot be told at all.
    pub(crate) fn chunk(&mut self, chunk: &Chunk) -> io::Result<()> {
        if self.form == Form::Json {
            return self.json(chunk);
        }
        match chunk {
            Chunk::Text(delta) => return self.text(delta),
            Chunk::Reasoning(Reasoning::Delta(delta)) => self.reasoning(delta),
            Chunk::Reasoning(Reasoning::Status(status)) => self.notice(status),
            Chunk::ToolCall(call) => self.notice(&format!("tool call: {}({})", call.name, call.arguments)),
            Chunk::ImagePreview(image) => self.progress(image),
            Chunk::Images(images) => images.iter().for_each(|image| self.image(image)),
            Chunk::Citation(citation) => match &citation.title {
                Some(title) => self.notice(&format!("source: {title} <{}>", citation.url)),
                None => self.notice(&format!("source: {}", citation.url)),
            },
            Chunk::Title(title) => self.notice(&format!("title: {title}")),
            // The ids of a conversation are for programs.
            Chunk::Conversation(_) | Chunk::End(_) => {}
            chunk => self.notice(&format!("{chunk:?}")),
        }
        Ok(())
    }

    /// Ends the answer's last line, and sums up how it came.
    pub(crate) fn end(&mut self, end: &End, vitals: &Vitals) -> io::Result<()> {
        self.end_line()?;
        let summary = summary(end, vitals);
        if self.form == Form::Text && !summary.is_empty() {
            self.notice(&summary);
        }
        Ok(())
    }

    /// Ends the answer's last line, if it is open.
    pub(crate) fn end_line(&mut self) -> io::Result<()> {
        self.end_notice();
        if std::mem::take(&mut self.line_open) {
            self.stdout.write_all(b"\n")?;
            self.stdout.flush()?;
        }
        Ok(())
    }

    /// Tells an error: to people, and where JSON was asked for to programs.
    pub(crate) fn error(&mut self, error: &Error) -> io::Result<()> {
        self.end_line()?;
        if self.form == Form::Json {
            self.json(&ErrorLine::from(error))?;
        }
        let _ = failure::tell(error, &mut self.stderr);
        Ok(())
    }

    /// A line on standard error that is not part of the answer.
    pub(crate) fn notice(&mut self, text: &str) {
        self.leave_answer();
        self.end_notice();
        let _ = writeln!(self.stderr, "{DIM}{}{DIM:#}", visible(text));
    }

    /// How far a picture is: one line that is drawn anew, where that can be.
    fn progress(&mut self, image: &Image) {
        let far = match image.progress {
            Some(percent) => format!("picture, {percent} % drawn"),
            None => "picture, being drawn".to_owned(),
        };
        if !self.screen.redraws {
            return self.notice(&format!("{far}: {}", address(image)));
        }
        self.leave_answer();
        self.end_notice();
        let _ = write!(self.stderr, "{DIM}{far}{DIM:#}").and_then(|()| self.stderr.flush());
        self.notice = Line::Passing;
    }

    fn text(&mut self, delta: &str) -> io::Result<()> {
        self.end_notice();
        // A file or a program gets what came; a terminal would obey it.
        let shown = if self.screen.stdout { visible(delta) } else { Cow::Borrowed(delta) };
        self.stdout.write_all(shown.as_bytes())?;
        self.stdout.flush()?;
        self.line_open = !delta.ends_with('\n');
        Ok(())
    }

    fn json(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.stdout.write_all(&line)?;
        self.stdout.flush()
    }

    fn reasoning(&mut self, delta: &str) {
        self.leave_answer();
        if self.notice == Line::Passing {
            self.end_notice();
        }
        let _ = write!(self.stderr, "{DIM}{}{DIM:#}", visible(delta));
        self.notice = if delta.ends_with('\n') { Line::Ended } else { Line::Open };
    }

    fn image(&mut self, image: &Image) {
        match &image.alt {
            Some(alt) => self.notice(&format!("picture: {alt} <{}>", address(image))),
            None => self.notice(&format!("picture: {}", address(image))),
        }
    }

    fn end_notice(&mut self) {
        let _ = match std::mem::take(&mut self.notice) {
            Line::Ended => Ok(()),
            Line::Open => self.stderr.write_all(b"\n"),
            Line::Passing => self.stderr.write_all(b"\r\x1b[K"),
        };
    }

    /// Where both streams share a screen, a notice begins on a line of its own. The line end is none
    /// of the answer's, so it goes to standard error.
    fn leave_answer(&mut self) {
        if self.screen.stdout && self.screen.stderr && std::mem::take(&mut self.line_open) {
            let _ = self.stderr.write_all(b"\n");
        }
    }
}

const DIM: Style = Style::new().dimmed();

/// The address of a picture; one that holds the picture itself is too long to show.
fn address(image: &Image) -> Cow<'_, str> {
    match image.url.split_once(',') {
        Some((head, _)) if head.starts_with("data:") => format!("{head},… ({} bytes)", image.url.len()).into(),
        _ => Cow::Borrowed(&image.url),
    }
}

/// A wait in the unit that fits it.
fn told(wait: Duration) -> String {
    match wait.as_millis() {
        milliseconds @ 0..1000 => format!("{milliseconds} ms"),
        _ => format!("{:.1} s", wait.as_secs_f64()),
    }
}

/// One line: who answered, why it stopped, what it used, how soon it began.
fn summary(end: &End, vitals: &Vitals) -> String {
    let mut parts = Vec::new();
    parts.extend(end.model.clone());
    parts.extend(end.finish_reason.as_ref().map(|reason| reason.as_str().replace('_', " ")));
    parts.extend(end.usage.as_ref().and_then(tokens));
    parts.extend(vitals.time_to_first_content.map(|wait| format!("first content after {}", told(wait))));
    if vitals.attempts > 1 {
        parts.push(format!("{} attempts", vitals.attempts));
    }
    parts.join(" · ")
}

fn tokens(usage: &TokenUsage) -> Option<String> {
    let counted = |count: Option<u64>, what: &str, part: Option<u64>, of: &str| {
        let mut text = format!("{} {what}", count?);
        if let Some(part) = part.filter(|part| *part > 0) {
            let _ = write!(text, " ({part} {of})");
        }
        Some(text)
    };
    let input = counted(usage.input_tokens, "in", usage.cached_tokens, "cached");
    let output = counted(usage.output_tokens, "out", usage.reasoning_tokens, "reasoning");
    match (input, output) {
        (Some(input), Some(output)) => Some(format!("tokens: {input}, {output}")),
        (Some(one), None) | (None, Some(one)) => Some(format!("tokens: {one}")),
        (None, None) => usage.total_tokens.map(|total| format!("tokens: {total}")),
    }
}

#[cfg(test)]
mod tests;
