//! How a command ends short of its work, and what is told of it.

use std::error::Error as _;
use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use chatstream::{Error, ErrorKind};
use serde::Serialize;

use crate::advice;
use crate::visible::visible;

/// Why a command ends short of its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was asked cannot be done; the message says why.
    Usage(String),
    /// A provider, the network or a setting failed.
    Error(Error),
    /// A recorded file is not what was said; the message names the place.
    Data(String),
    /// Whoever reads our output has read enough.
    PipeClosed,
    /// Ctrl-C.
    Cancelled,
}

/// Ended by SIGINT, as shells count it: 128 and the signal's number.
const CANCELLED: u8 = 130;

impl Failure {
    /// A file or a stream of ours that cannot be read or written.
    pub(crate) fn io(what: impl Into<String>, error: io::Error) -> Self {
        Self::Error(Error::new(ErrorKind::Unexpected, what.into()).with_source(error))
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Error(error) if error.kind() == ErrorKind::Config => ExitCode::from(2),
            Self::Error(_) | Self::Data(_) => ExitCode::from(1),
            Self::PipeClosed => ExitCode::SUCCESS,
            Self::Cancelled => ExitCode::from(CANCELLED),
        }
    }

    /// Says what happened and what to do, where that is not clear already.
    pub(crate) fn tell(&self, stderr: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Usage(message) => {
                writeln!(stderr, "{} {message}", label())?;
                writeln!(stderr, "\nFor more information, try 'chatstream --help'.")
            }
            Self::Error(error) => tell(error, stderr),
            Self::Data(message) => writeln!(stderr, "{} {}", label(), visible(message)),
            Self::PipeClosed | Self::Cancelled => Ok(()),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What could not be written went to standard output: all else is told in the best way possible.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::PipeClosed;
        }
        Self::io("cannot write to standard output", error)
    }
}

/// An error for people: what failed, its causes, the request's id, and what to do.
pub(crate) fn tell(error: &Error, stderr: &mut dyn Write) -> io::Result<()> {
    writeln!(stderr, "{} {}", label(), visible(&error.to_string()))?;
    let causes = causes(error);
    if !causes.is_empty() {
        writeln!(stderr, "  cause: {}", visible(&causes.join(": ")))?;
    }
    if let Some(id) = error.request_id() {
        writeln!(stderr, "  request: {}", visible(id))?;
    }
    if let Some(advice) = advice::for_error(error) {
        writeln!(stderr, "  help: {}", visible(&advice))?;
    }
    Ok(())
}

fn label() -> String {
    let style = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
    format!("{style}error:{style:#}")
}

/// The texts of the causes, outermost first, without those that a text before them holds.
pub(crate) fn causes(error: &Error) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(current) = cause {
        // An error of ours inside another one would repeat provider and kind.
        let text =
            current.downcast_ref::<Error>().map_or_else(|| current.to_string(), |ours| ours.message().to_owned());
        let is_told = |told: &str| told.contains(&text);
        // What the HTTP client calls its own part in it says nothing to anyone else.
        let is_noise = text.is_empty() || text.starts_with("client error (");
        if !is_noise && !is_told(error.message()) && !causes.iter().any(|told| is_told(told)) {
            causes.push(text);
        }
        cause = current.source();
    }
    causes
}

/// An error as a line of JSON, with the texts of its causes.
#[derive(Serialize)]
pub(crate) struct ErrorLine<'a> {
    #[serde(flatten)]
    error: &'a Error,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<String>,
}

impl ErrorLine<'_> {
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers have a JSON form")
    }
}

impl<'a> From<&'a Error> for ErrorLine<'a> {
    fn from(error: &'a Error) -> Self {
        Self { error, causes: causes(error) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn told(error: &Error) -> String {
        let mut stderr = Vec::new();
        tell(error, &mut stderr).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(stderr).unwrap()).to_string()
    }

    #[test]
    fn causes_are_told_once() {
        let inner = Error::new(ErrorKind::Timeout, "waited 1 s for a connection");
        let error = Error::new(ErrorKind::Timeout, "waited 1 s for a connection").with_source(inner);
        let text = told(&error);
        assert_eq!(text.lines().next(), Some("error: timeout: waited 1 s for a connection"));
        assert_eq!(text.matches("for a connection").count(), 1, "{text}");
    }

    #[test]
    fn an_error_in_json_leaves_out_what_is_not_known() {
        let json = |error: &Error| ErrorLine::from(error).to_json();
        let error = Error::new(ErrorKind::RateLimited, "slow down");
        assert_eq!(json(&error), r#"{"type":"error","kind":"rate_limited","message":"slow down"}"#);
        let error = error.with_provider("xai").with_code("c").with_retry_after(Duration::from_secs(7));
        assert_eq!(
            json(&error),
            r#"{"type":"error","kind":"rate_limited","message":"slow down","provider":"xai","code":"c","retry_after":7}"#
        );
        let error = error.with_retry_after(Duration::from_millis(250));
        assert!(json(&error).ends_with(r#""retry_after":0.25}"#));
    }

    #[test]
    fn what_a_provider_says_cannot_steer_the_terminal() {
        let text = told(&Error::new(ErrorKind::Parse, "answer is \u{1b}]0;gotcha\u{7}"));
        assert!(!text.contains('\u{7}'), "{text}");
    }

    #[test]
    fn exit_codes_follow_the_kind() {
        let code = |kind| format!("{:?}", Failure::Error(Error::new(kind, "")).exit_code());
        assert_eq!(code(ErrorKind::Config), format!("{:?}", ExitCode::from(2)));
        assert_eq!(code(ErrorKind::Connect), format!("{:?}", ExitCode::from(1)));
    }
}
