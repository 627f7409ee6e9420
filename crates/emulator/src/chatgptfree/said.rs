//! What was said: a message may be a whole dialogue, and a history may come with it.

use serde_json::Value;

use crate::prose::{self, Quote};

/// Characters of an earlier message that are quoted.
const QUOTED: usize = 200;

/// Where a user speaks in a dialogue, and where the dialogue ends.
const USER: &str = "User: ";
const ASSISTANT: &str = "Assistant:";

/// What the model is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// What the user said last.
    pub(super) last: String,
    /// What they had said before that, or its beginning.
    pub(super) before: Option<String>,
    /// How often they have spoken.
    pub(super) turns: usize,
    /// Pictures that are shown.
    pub(super) images: usize,
}

impl Said {
    /// Reads a message: the words of one user, or lines with roles before them that end with `Assistant:`. The plugin
    /// may have made one line of them.
    pub(super) fn read(message: &str) -> Self {
        let users = users(message);
        match users.split_last() {
            None => Self { last: message.to_owned(), turns: 1, ..Self::default() },
            Some((last, before)) => Self {
                last: (*last).to_owned(),
                before: before.last().map(|before| beginning(before)),
                turns: users.len(),
                images: 0,
            },
        }
    }

    /// The same after a history of texts or of objects with texts, in which a user is a `Human`.
    pub(super) fn after(self, history: &str) -> Self {
        let Ok(Value::Array(turns)) = serde_json::from_str(history) else { return self };
        let texts = turns.iter().filter_map(|turn| turn["text"].as_str().or_else(|| turn.as_str()));
        let users = texts.filter_map(|text| text.strip_prefix("Human:")).map(str::trim).collect::<Vec<_>>();
        let before = users.last().map(|before| beginning(before));
        Self { turns: self.turns + users.len(), before: self.before.or(before), ..self }
    }

    /// The answer.
    pub(super) fn answer(&self) -> String {
        let text = prose::answer(&Quote::User(self.last.clone()), self.turns, &[("Images", self.images)]);
        match &self.before {
            Some(before) => format!("{text} Before that you said: \"{before}\". 1 < 2 && 3 > 2, and/or."),
            None => format!("{text} 1 < 2 && 3 > 2, and/or."),
        }
    }
}

/// The beginning of a message, to be quoted later.
pub(super) fn beginning(message: &str) -> String {
    message.chars().take(QUOTED).collect()
}

/// What users say in a dialogue; nothing if the message is none.
fn users(message: &str) -> Vec<&str> {
    let Some(dialogue) = message.trim_end().strip_suffix(ASSISTANT) else { return Vec::new() };
    let is_begin = |at: usize| dialogue[..at].chars().next_back().is_none_or(char::is_whitespace);
    let begins = dialogue.match_indices(USER).map(|(at, _)| at).filter(|at| is_begin(*at));
    let said = begins.map(|begin| {
        let rest = &dialogue[begin + USER.len()..];
        let mut ends = [ASSISTANT, USER].into_iter().flat_map(|role| rest.match_indices(role)).map(|(at, _)| at);
        let end = ends.by_ref().filter(|at| is_begin(begin + USER.len() + at)).min().unwrap_or(rest.len());
        rest[..end].trim()
    });
    said.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, history: &str, last: &str, before: Option<&str>, turns: usize) {
        let said = Said::read(message).after(history);
        assert_eq!((said.last.as_str(), said.before.as_deref(), said.turns), (last, before, turns), "{message}");
    }

    #[test]
    fn a_dialogue_is_told_by_its_end() {
        check("Привет", "", "Привет", None, 1);
        check("User: is a word", "", "User: is a word", None, 1);
        check("System: Be brief.\nUser: Hello\nAssistant:", "", "Hello", None, 1);
        check("User: a\nAssistant: b\nUser: c\nd\nAssistant:", "", "c\nd", Some("a"), 2);
        check("User: a Assistant: b User: c d Assistant:", "", "c d", Some("a"), 2);
        check("User: a\nUser: b\nAssistant:", "", "b", Some("a"), 2);
        check("Assistant:", "", "Assistant:", None, 1);
    }

    #[test]
    fn a_history_is_texts_or_objects_and_anything_else_is_none() {
        check("c", r#"["Human: a","AI: b"]"#, "c", Some("a"), 2);
        check("c", r#"[{"id":"","text":"Human: a"},{"id":"","text":"AI: Human: b"}]"#, "c", Some("a"), 2);
        for history in ["", "[]", "{}", "nonsense", "[1,null]"] {
            check("c", history, "c", None, 1);
        }
    }

    #[test]
    fn the_answer_tells_that_it_knows_what_was_said_before() {
        let answer = Said::read("b").after(r#"["Human: a"]"#).answer();
        assert!(answer.starts_with("You said: \"b\". Это эмулятор 🚀"), "{answer}");
        assert!(answer.ends_with("User turns so far: 2. Before that you said: \"a\". 1 < 2 && 3 > 2, and/or."));
    }
}
