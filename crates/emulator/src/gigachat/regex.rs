//! A text that matches a regular expression, always the same one.

use std::iter::Peekable;
use std::str::Chars;

/// How deep groups are followed.
const MAX_DEPTH: usize = 32;

/// Characters a sample has at most, and times something in it is repeated.
const MAX_LENGTH: usize = 4096;

/// What stands in where many characters would do; the first one that will do is taken.
const CANDIDATES: &str = "a7A_ -яЯ.#\n";

/// A sample for an expression: of alternatives the first, of repetitions as few as may be, but one rather than
/// none. Looking around and references back are not understood: there is no sample then.
pub(super) fn sample(expression: &str) -> Option<String> {
    let mut sampler = Sampler { rest: expression.chars().peekable(), depth: 0 };
    let sample = sampler.alternatives()?;
    // What is left is a bracket that was never opened.
    sampler.rest.next().is_none().then_some(sample)
}

struct Sampler<'a> {
    rest: Peekable<Chars<'a>>,
    depth: usize,
}

impl Sampler<'_> {
    fn alternatives(&mut self) -> Option<String> {
        let first = self.sequence()?;
        while self.rest.next_if_eq(&'|').is_some() {
            self.sequence()?;
        }
        Some(first)
    }

    fn sequence(&mut self) -> Option<String> {
        let mut sample = String::new();
        while let Some(next) = self.rest.next_if(|next| !"|)".contains(*next)) {
            let atom = self.atom(next)?;
            let times = self.repetitions()?;
            sample.extend(std::iter::repeat_n(atom.as_str(), times));
            if sample.len() > MAX_LENGTH {
                return None;
            }
        }
        Some(sample)
    }

    fn atom(&mut self, first: char) -> Option<String> {
        match first {
            '^' | '$' => Some(String::new()),
            '.' => Some(String::from("a")),
            '(' => self.group(),
            '[' => self.class().map(String::from),
            '\\' => {
                let escaped = self.rest.next()?;
                match (escaped, members(escaped)) {
                    ('b' | 'B' | 'A' | 'z' | 'Z', _) => Some(String::new()),
                    ('0'..='9' | 'k', _) => None,
                    (_, members) => pick(&[members], false).map(String::from),
                }
            }
            '*' | '+' | '?' => None,
            other => Some(String::from(other)),
        }
    }

    fn group(&mut self) -> Option<String> {
        if self.rest.next_if_eq(&'?').is_some() {
            match self.rest.next()? {
                ':' => {}
                'P' | '<' => {
                    // The name of the group; `=` and `!` would be another kind of group.
                    let mut name = self.rest.by_ref().take_while(|next| *next != '>');
                    if name.any(|next| "=!".contains(next)) {
                        return None;
                    }
                }
                _ => return None,
            }
        }
        self.depth += 1;
        let sample = if self.depth > MAX_DEPTH { None } else { self.alternatives() };
        self.depth -= 1;
        self.rest.next_if_eq(&')')?;
        sample
    }

    fn class(&mut self) -> Option<char> {
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut sets = Vec::new();
        loop {
            let first = match self.rest.next()? {
                ']' if !sets.is_empty() => break,
                '\\' => members(self.rest.next()?),
                other => Members::Range(other, other),
            };
            let set = match first {
                Members::Range(first, _) if self.rest.next_if_eq(&'-').is_some() => match self.rest.next()? {
                    ']' => {
                        sets.extend([Members::Range(first, first), Members::Range('-', '-')]);
                        break;
                    }
                    '\\' => Members::Range(first, self.rest.next()?),
                    last => Members::Range(first, last),
                },
                set => set,
            };
            sets.push(set);
        }
        pick(&sets, negated)
    }

    /// How often the atom before is to be repeated.
    fn repetitions(&mut self) -> Option<usize> {
        let times = match self.rest.peek() {
            Some('*' | '+' | '?') => {
                self.rest.next();
                1
            }
            Some('{') => {
                self.rest.next();
                let bounds = self.rest.by_ref().take_while(|next| *next != '}').collect::<String>();
                let (least, most) = bounds.split_once(',').unwrap_or((&bounds, &bounds));
                let least = if least.is_empty() { 0 } else { least.parse().ok()? };
                let most = if most.is_empty() { MAX_LENGTH } else { most.parse().ok()? };
                least.max(1).min(most).min(MAX_LENGTH)
            }
            _ => return Some(1),
        };
        // A quantifier that is lazy or possessive.
        self.rest.next_if(|next| "?+".contains(*next));
        Some(times)
    }
}

/// What one item of a class stands for.
#[derive(Clone, Copy)]
enum Members {
    Range(char, char),
    Digits(bool),
    Words(bool),
    Spaces(bool),
}

impl Members {
    fn contain(self, character: char) -> bool {
        match self {
            Self::Range(first, last) => (first..=last).contains(&character),
            Self::Digits(contained) => character.is_ascii_digit() == contained,
            Self::Words(contained) => (character.is_alphanumeric() || character == '_') == contained,
            Self::Spaces(contained) => character.is_whitespace() == contained,
        }
    }
}

/// What a backslash with this character stands for.
fn members(escaped: char) -> Members {
    match escaped {
        'd' => Members::Digits(true),
        'D' => Members::Digits(false),
        'w' => Members::Words(true),
        'W' => Members::Words(false),
        's' => Members::Spaces(true),
        'S' => Members::Spaces(false),
        'n' => Members::Range('\n', '\n'),
        't' => Members::Range('\t', '\t'),
        'r' => Members::Range('\r', '\r'),
        other => Members::Range(other, other),
    }
}

/// A character that is in one of the sets, or in none of them.
fn pick(sets: &[Members], negated: bool) -> Option<char> {
    let fits = |character: &char| sets.iter().any(|set| set.contain(*character)) != negated;
    let firsts = sets.iter().filter_map(|set| match set {
        Members::Range(first, _) => Some(*first),
        _ => None,
    });
    CANDIDATES.chars().chain(firsts).find(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, expected: Option<&str>) {
        assert_eq!(sample(expression).as_deref(), expected, "{expression}");
    }

    #[test]
    fn samples_match_their_expressions() {
        check("", Some(""));
        check(r"^[A-Z]{3}-\d{4}$", Some("AAA-7777"));
        check(r"(да|нет)!?", Some("да!"));
        check(r"(?:a|b)+?(?<name>c{2,})", Some("acc"));
        check(r"[^a-z0-9]", Some("A"));
        check(r"[\]x-z]", Some("]"));
        check(r"[+-]", Some("-"));
        check(r"\+7 \(\d{3}\) \w\s\S.", Some("+7 (777) a aa"));
        check(r"a{0}b", Some("b"));
    }

    #[test]
    fn what_is_not_understood_has_no_sample() {
        for expression in
            ["(", ")", "a)", "[", "[]", "(?=a)", "(?<!a)b", r"(a)\1", "*a", "a{x}", "\\", "a{9999}b{9999}"]
        {
            check(expression, None);
        }
        check(&"(".repeat(100), None);
    }
}
