//! The frames of an answer: in `result.response` for a new conversation, in `result` itself for one that goes on.

use crate::fault::{Fault, Faults};
use crate::json::{Object, literal, literal_halves, without_markup};
use crate::stream::{Event, Kind};

/// How frames of one answer are written.
#[derive(Clone, Debug)]
pub(super) struct Frames {
    /// Whether the members stand in `result` itself.
    pub(super) flat: bool,
    /// The id of the message that is being made.
    pub(super) id: String,
    bare: bool,
    untagged: bool,
    unknown_members: bool,
    blank_tokens: bool,
    side_by_side: bool,
    split_surrogate: bool,
}

/// What a frame says of itself, beside what it carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) thinking: bool,
    pub(super) soft_stop: bool,
    pub(super) tag: Option<&'static str>,
    pub(super) step: Option<usize>,
    /// The agent that thinks.
    pub(super) rollout: Option<&'static str>,
    /// Which of two answers this is.
    pub(super) side: Option<usize>,
}

impl Look {
    /// Of the answer.
    pub(super) const FINAL: Self =
        Self { thinking: false, soft_stop: false, tag: Some("final"), step: None, rollout: None, side: None };

    /// Of the message as a whole.
    pub(super) const PLAIN: Self = Self { tag: None, ..Self::FINAL };

    pub(super) const STOP: Self = Self { soft_stop: true, ..Self::PLAIN };

    /// Of the thinking before the answer.
    pub(super) fn thought(tag: &'static str, step: usize, rollout: Option<&'static str>) -> Self {
        Self { thinking: true, tag: Some(tag), step: Some(step), rollout, ..Self::default() }
    }
}

/// Something that comes in one or more frames.
#[derive(Debug)]
pub(super) enum Part {
    Token(String, Look),
    /// A frame with these members.
    Members(Object, Look),
}

impl Frames {
    pub(super) fn new(flat: bool, id: &str, side_by_side: bool, faults: &Faults) -> Self {
        Self {
            flat,
            id: id.to_owned(),
            bare: faults.has(&Fault::MissingIds),
            untagged: faults.has(&Fault::Untagged),
            unknown_members: faults.has(&Fault::UnknownMembers),
            blank_tokens: faults.has(&Fault::BlankTokens),
            side_by_side,
            split_surrogate: faults.has(&Fault::SplitSurrogate),
        }
    }

    pub(super) fn part(&self, part: Part) -> Vec<Event> {
        match part {
            Part::Token(text, look) => self.token(&text, look),
            Part::Members(members, look) => vec![self.event(Kind::Delta, members, look)],
        }
    }

    /// The frames of a piece of text.
    fn token(&self, text: &str, look: Look) -> Vec<Event> {
        let blanks = if self.blank_tokens { 1 } else { 0 };
        let blanks = (0..blanks).map(|_| self.written(r#""""#, Look { tag: None, ..look }));
        let literals = if self.split_surrogate { literal_halves(text) } else { vec![literal(text)] };
        if !self.side_by_side || look.thinking {
            return blanks.chain(literals.iter().map(|literal| self.written(literal, look))).collect();
        }
        // The other answer says the same, louder.
        let other = self.written(&literal(&text.to_uppercase()), Look { side: Some(1), ..look });
        let tokens = literals.iter().map(|literal| self.written(literal, Look { side: Some(0), ..look }));
        blanks.chain(tokens).chain([other]).collect()
    }

    fn written(&self, literal: &str, look: Look) -> Event {
        self.event(Kind::Delta, Object::new().raw("token", literal), look)
    }

    pub(super) fn event(&self, kind: Kind, members: Object, look: Look) -> Event {
        self.beside(kind, members, look, None)
    }

    /// A frame that may have a member beside the one of the response.
    pub(super) fn beside(&self, kind: Kind, members: Object, look: Look, beside: Option<(&str, &str)>) -> Event {
        self.framed(kind, self.response(members, look, &self.id), beside)
    }

    /// A frame of what the user has said, which has an id of its own.
    pub(super) fn question(&self, id: &str, message: &str, beside: Option<(&str, &str)>) -> Event {
        let members = Object::new().raw("userResponse", message);
        self.framed(Kind::Delta, self.response(members, Look::PLAIN, id), beside)
    }

    fn framed(&self, kind: Kind, response: Object, beside: Option<(&str, &str)>) -> Event {
        let with = |object: Object| match beside {
            Some((name, json)) => object.raw(name, json),
            None => object,
        };
        let result = match self.flat {
            true => with(response).end(),
            false => {
                let response = response.end();
                // A conversation is told before its first message, a title after the last one.
                match beside {
                    Some(("conversation", _)) => with(Object::new()).raw("response", &response).end(),
                    _ => with(Object::new().raw("response", &response)).end(),
                }
            }
        };
        frame(kind, &result)
    }

    fn response(&self, members: Object, look: Look, id: &str) -> Object {
        let mut response = members.plain("isThinking", look.thinking).plain("isSoftStop", look.soft_stop);
        if !self.untagged {
            if let Some(tag) = look.tag {
                response = response.text("messageTag", tag);
            }
            if let Some(step) = look.step {
                response = response.plain("messageStepId", step);
            }
            if let Some(rollout) = look.rollout {
                response = response.text("rolloutId", rollout);
            }
        }
        if let Some(side) = look.side {
            response = response.plain("sideBySideIndex", side);
        }
        response.when(!self.bare, |response| response.text("responseId", id)).when(self.unknown_members, |response| {
            response.plain("throttle", "null").raw("novelty", r#"{"deep":[null,{"token":"not this one"}]}"#)
        })
    }

    /// Frames in which there is nothing to read, where a fault wants some.
    pub(super) fn empty(&self) -> Vec<Event> {
        let frames = match (self.unknown_members, self.flat) {
            (false, _) => &[][..],
            (true, true) => &[r#"{"token":null,"modelResponse":null,"novelty":1}"#, "{}", "null"],
            (true, false) => &[r#"{"response":{"token":null,"modelResponse":null}}"#, r#"{"response":null}"#, "{}"],
        };
        frames.iter().map(|result| frame(Kind::Aside, result)).collect()
    }
}

/// A frame with this result.
pub(super) fn frame(kind: Kind, result: &str) -> Event {
    Event::new(kind, without_markup(Object::new().raw("result", result).end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(flat: bool, faults: &str) -> Vec<String> {
        let faults = Faults::parse(faults).unwrap();
        let frames = Frames::new(flat, "id", faults.has(&Fault::SideBySide), &faults);
        frames.part(Part::Token("<я🚀".to_owned(), Look::FINAL)).into_iter().map(|event| event.data).collect()
    }

    #[test]
    fn members_stand_in_the_response_or_in_the_result() {
        let inner = r#"{"token":"\u003cя\ud83d\ude80","isThinking":false,"isSoftStop":false,"messageTag":"final","responseId":"id"}"#;
        assert_eq!(written(true, ""), [format!(r#"{{"result":{inner}}}"#)]);
        assert_eq!(written(false, ""), [format!(r#"{{"result":{{"response":{inner}}}}}"#)]);
    }

    #[test]
    fn faults_of_form_change_what_they_say() {
        let bare = r#"{"result":{"token":"\u003cя\ud83d\ude80","isThinking":false,"isSoftStop":false}}"#;
        assert_eq!(written(true, "missing-ids,untagged"), [bare]);
        assert_eq!(written(true, "split-surrogate").len(), 2);
        let both = written(true, "side-by-side,blank-tokens");
        assert!(both[0].contains(r#""token":"""#) && both[1].contains(r#""sideBySideIndex":0"#), "{both:?}");
        assert!(both[2].contains("Я") && both[2].contains(r#""sideBySideIndex":1"#), "{both:?}");
    }
}
