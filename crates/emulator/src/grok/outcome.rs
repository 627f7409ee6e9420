//! What the model makes of what was said: everything follows from the request and its place in the conversation.

use super::body::ChatBody;
use super::citations::{self, Source};
use super::conversations::Entry;
use super::error;
use super::frames::{Look, Part};
use super::message::{About, Message, Sender};
use super::pictures::{Drawing, Way};
use super::thinking::{self, Tool};
use crate::fault::{Fault, Faults};
use crate::json::Object;
use crate::prose::{self, Quote};
use crate::speech::Speech;

/// Words that ask for a picture, in lower case.
const DRAWING: [&str; 2] = ["нарисуй", "draw"];

/// Words that ask for a search, in lower case.
const SEARCHING: [&str; 2] = ["найди", "search"];

/// Tokens after which an error stops an answer.
const EARLY: usize = 3;

/// Words in a title.
const TITLE_WORDS: usize = 5;

/// What is said, and what comes with it.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Thoughts, and what else comes before the text.
    pub(super) before: Vec<Part>,
    /// The text as far as it comes in tokens.
    pub(super) said: Speech,
    pub(super) after: Vec<Part>,
    pub(super) message: Message,
    pub(super) drawing: Option<Drawing>,
    pub(super) title: String,
    /// The tools that were used, as JSON.
    pub(super) tools: String,
    pub(super) ending: Ending,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// A soft stop and the whole message.
    Whole,
    /// The whole message without a soft stop.
    MessageOnly,
    /// This error and nothing else.
    Error(String),
}

/// What a request asks for, beside an answer.
struct Wish {
    draws: bool,
    searches: bool,
    deepsearch: Option<String>,
}

impl Wish {
    fn read(body: &ChatBody, prompt: &str) -> Self {
        let prompt = prompt.to_lowercase();
        let names = |words: &[&str]| words.iter().any(|word| prompt.contains(word));
        let deepsearch = body.deepsearch_preset.clone().filter(|preset| !preset.is_empty());
        let draws = body.enable_image_generation == Some(true) && !body.is_off("imageGen") && names(&DRAWING);
        let may_search = body.disable_search != Some(true) && !body.is_off("webSearch") && !draws;
        let searches = may_search && (deepsearch.is_some() || names(&SEARCHING));
        Self { draws, searches, deepsearch: deepsearch.filter(|_| searches) }
    }
}

/// Makes the whole answer.
pub(super) fn decide(body: &ChatBody, entry: &Entry, faults: &Faults) -> Outcome {
    let prompt = said_last(&body.message);
    let wish = Wish::read(body, prompt);
    let drawing = wish.draws.then(|| draw(body, entry, faults));
    let sources = if wish.searches { citations::sources() } else { Vec::new() };
    let (before, thought) = before(entry, prompt, &sources, wish.deepsearch.is_some(), faults);
    let said = say(prompt, entry, drawing.as_ref(), !sources.is_empty(), faults);

    let cited = if is_cut(faults) || is_silent(faults) { &[][..] } else { &sources[..] };
    let full_stop = if cited.is_empty() { "" } else { "." };
    let tags = drawing.as_ref().map(Drawing::tags).unwrap_or_default();
    let citations = cited.iter().map(|source| source.tag.as_str()).collect::<String>();
    let text = tags + &said.deltas().collect::<String>() + &citations + full_stop;
    let mut message = answer(entry, text, faults);
    message.about.cards = cited.iter().map(|source| source.card.clone()).collect();
    message.about.sources = sources.iter().map(|source| source.json.clone()).collect();
    message.about.thought = Some(thought.deltas().collect::<String>()).filter(|thought| !thought.is_empty());
    message.about.old = wish.deepsearch.is_some() || faults.has(&Fault::Untagged);
    message.about.deepsearch = wish.deepsearch;

    let mut after = cited.iter().flat_map(|source| citation(source, faults)).collect::<Vec<_>>();
    if !full_stop.is_empty() {
        after.push(Part::Token(full_stop.to_owned(), Look::FINAL));
    }
    let (title, tools) = (title(prompt), used(wish.draws, wish.searches));
    let mut outcome = Outcome { before, said, after, message, drawing, title, tools, ending: ending(faults) };
    outcome.show();
    outcome.shorten(faults);
    outcome
}

fn draw(body: &ChatBody, entry: &Entry, faults: &Faults) -> Drawing {
    let count = body.image_generation_count.unwrap_or(2);
    let streamed = body.enable_image_streaming == Some(true);
    Drawing::new(&entry.answer_id, count, streamed, body.return_image_bytes == Some(true), faults)
}

/// The text, as far as an error lets it come.
fn say(prompt: &str, entry: &Entry, drawing: Option<&Drawing>, cites: bool, faults: &Faults) -> Speech {
    if is_silent(faults) || drawing.is_some_and(Drawing::is_moderated) {
        return Speech::silent();
    }
    let question = &entry.question;
    let text = || match drawing {
        Some(_) => format!("Вот рисунок 🎨: \"{prompt}\". User turns so far: {}.", question.turns),
        None => {
            let quote = Quote::User(prompt.to_owned());
            let text = prose::answer(&quote, question.turns, &[("Files", question.about.files.len())]);
            format!("{text} 1 < 2 && 3 > 2.{}", if cites { " It is written there" } else { "" })
        }
    };
    let (mut said, _) = Speech::of_answer(text, None, faults);
    if is_cut(faults) {
        said.break_off(EARLY);
    }
    said
}

/// Whether nothing is said.
fn is_silent(faults: &Faults) -> bool {
    faults.has(&Fault::UnfinishedThinking) || faults.has(&Fault::ModelError)
}

/// Whether the text stops before its end.
fn is_cut(faults: &Faults) -> bool {
    let cuts = |fault: &Fault| {
        matches!(fault, Fault::StreamError(_) | Fault::ResponseError(_) | Fault::ContentFilter | Fault::Length)
    };
    faults.iter().any(cuts)
}

impl Outcome {
    /// Puts the pictures in their place.
    fn show(&mut self) {
        let Some(drawing) = &self.drawing else { return };
        self.message.about.pictures = drawing.urls();
        self.message.about.cards = drawing.cards();
        match drawing.way {
            // The text refers to the cards.
            Way::Cards => self.before.extend(drawing.parts()),
            Way::Cached => {
                self.said = Speech::silent();
                self.after.extend(drawing.parts());
            }
            Way::Streaming | Way::Bytes => self.after.extend(drawing.parts()),
        }
    }

    /// Leaves tokens away that the whole message has.
    fn shorten(&mut self, faults: &Faults) {
        let tokens = faults.find(|fault| match fault {
            Fault::ShortTokens(n) => Some(*n),
            _ => None,
        });
        if let Some(tokens) = tokens {
            self.said.break_off(tokens);
            self.after.retain(|part| !matches!(part, Part::Token(..)));
        }
    }
}

/// What the user said last: a message may be a whole dialogue, written with roles at the beginnings of lines.
fn said_last(message: &str) -> &str {
    const ROLE: &str = "User: ";
    let begin = match message.rfind("\nUser: ") {
        Some(index) => index + 1 + ROLE.len(),
        None if message.starts_with(ROLE) => ROLE.len(),
        None => return message,
    };
    let said = &message[begin..];
    said.strip_suffix("\nAssistant:").unwrap_or(said)
}

/// What comes before the text, and what of it is thought.
fn before(entry: &Entry, prompt: &str, sources: &[Source], deepsearch: bool, faults: &Faults) -> (Vec<Part>, Speech) {
    let model = &entry.question.model;
    let thinks = model.thinks || !sources.is_empty() || faults.has(&Fault::UnfinishedThinking);
    let thought = Speech::of_thought(|| prose::thought(prompt), thinks, faults);
    let tool = if sources.is_empty() { Tool::Code } else { Tool::Search(sources) };
    let parts = match () {
        () if deepsearch => return (thinking::deepsearch(prompt, sources), Speech::silent()),
        () if thought.tokens() == 0 => Vec::new(),
        () if faults.has(&Fault::Untagged) => thinking::plain(&thought),
        () => thinking::steps(&entry.answer_id, prompt, &thought, tool, model.heavy),
    };
    (parts, thought)
}

/// A citation with its card before it.
fn citation(source: &Source, faults: &Faults) -> Vec<Part> {
    let attachment = Object::new().text("jsonData", &source.card).end();
    let card = Part::Members(Object::new().raw("cardAttachment", &attachment), Look::FINAL);
    let tokens = match faults.has(&Fault::SplitCitation) {
        true => citations::in_three(&source.tag).to_vec(),
        false => vec![source.tag.as_str()],
    };
    [card].into_iter().chain(tokens.into_iter().map(|token| Part::Token(token.to_owned(), Look::FINAL))).collect()
}

/// The message that is told at the end.
fn answer(entry: &Entry, text: String, faults: &Faults) -> Message {
    let error = faults.find(|fault| match fault {
        Fault::StreamError(name) => Some(name.as_str()),
        Fault::ContentFilter => Some("contentModerated"),
        _ => None,
    });
    Message {
        id: entry.answer_id.clone(),
        parent: Some(entry.question.id.clone()),
        sender: Sender::Assistant,
        text: text.into(),
        created: entry.question.created,
        turns: entry.question.turns,
        model: entry.question.model.clone(),
        about: About {
            error: faults.has(&Fault::ModelError).then_some("Grok was unable to finish replying."),
            stream_errors: error.map(error::of_stream).into_iter().collect(),
            ..About::default()
        },
    }
}

fn ending(faults: &Faults) -> Ending {
    let ending = faults.find(|fault| match fault {
        Fault::ResponseError(name) => Some(Ending::Error(error::of_stream(name))),
        Fault::ModelError | Fault::ShortTokens(_) => Some(Ending::MessageOnly),
        _ => None,
    });
    ending.unwrap_or(Ending::Whole)
}

fn title(prompt: &str) -> String {
    let words = prompt.split_whitespace().take(TITLE_WORDS).collect::<Vec<_>>().join(" ");
    words.chars().take(60).collect()
}

fn used(draws: bool, searches: bool) -> String {
    if !draws && !searches {
        return String::from("null");
    }
    Object::new().plain("imageGen", draws).plain("webSearch", searches).plain("xSearch", false).end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_a_user_is_found_in_a_dialogue() {
        let table = [
            ("Привет", "Привет"),
            ("System: Be brief.\nUser: Hello\nAssistant:", "Hello"),
            ("User: a\nAssistant: b\nUser: c\nd\nAssistant:", "c\nd"),
            ("User: a", "a"),
            ("", ""),
        ];
        for (message, expected) in table {
            assert_eq!(said_last(message), expected);
        }
    }

    #[test]
    fn titles_are_short() {
        assert_eq!(title("one two\nthree four five six"), "one two three four five");
        assert_eq!(title(&"я".repeat(100)).chars().count(), 60);
    }
}
