use std::ops::Range;

use super::Finding;

/// A Rust file, taken apart as far as the checks need it.
#[derive(Debug)]
pub(super) struct Source<'t> {
    pub(super) path: &'t str,
    text: &'t str,
    /// The text with blanks for comments and literals: what stands in it is code.
    pub(super) code: String,
    /// The text with blanks for everything but comments.
    pub(super) comments: String,
}

/// A name, a number or a mark of punctuation in code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'c> {
    pub(super) at: usize,
    pub(super) text: &'c str,
}

/// `#[name(arguments)]`, or such a one inside a `cfg_attr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attribute<'c> {
    pub(super) at: usize,
    pub(super) name: &'c str,
    pub(super) arguments: &'c str,
}

/// A path from the crate's root: `crate::head::next`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CratePath<'c> {
    pub(super) at: usize,
    pub(super) head: &'c str,
    pub(super) next: Option<&'c str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

/// Punctuation of more than one character that a check would misread in pieces.
const LONG_MARKS: [&str; 9] = ["..=", "::", "&&", "=>", "==", "!=", "<=", ">=", "->"];

impl<'t> Source<'t> {
    pub(super) fn new(path: &'t str, text: &'t str) -> Self {
        let segments = segments(text);
        Self { path, text, code: keep(text, &segments, Kind::Code), comments: keep(text, &segments, Kind::Comment) }
    }

    pub(super) fn finding(&self, at: usize, what: impl Into<String>) -> Finding {
        Finding::at(self.path, self.text, at, what)
    }

    pub(super) fn tokens(&self) -> Vec<Token<'_>> {
        tokens(&self.code)
    }

    pub(super) fn attributes(&self) -> Vec<Attribute<'_>> {
        let mut attributes = Vec::new();
        for (hash, _) in self.code.match_indices('#') {
            let rest = &self.code[hash + 1..];
            let rest = rest.strip_prefix('!').unwrap_or(rest).trim_start();
            if let Some(body) = rest.strip_prefix('[') {
                let inside = &body[..closing(body).unwrap_or(body.len())];
                push_attribute(hash, inside, &mut attributes);
            }
        }
        attributes
    }

    /// The code without what stands in `#[cfg(test)] mod … { … }`.
    pub(super) fn code_without_tests(&self) -> String {
        let mut code = self.code.clone();
        for attribute in self.attributes() {
            if attribute.name == "cfg" && attribute.arguments.trim() == "test" {
                blank(&mut code, test_module(&self.code, attribute.at));
            }
        }
        code
    }
}

/// The names, numbers and marks of code, in order.
pub(super) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = code[at..].chars().next() {
        let rest = &code[at..];
        let length = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            LONG_MARKS.iter().find(|mark| rest.starts_with(**mark)).map_or(first.len_utf8(), |mark| mark.len())
        };
        if !first.is_whitespace() {
            tokens.push(Token { at, text: &rest[..length] });
        }
        at += length;
    }
    tokens
}

/// What follows `crate::`, each member of a group by itself, and what follows `super::` where that
/// is the same.
pub(super) fn crate_paths<'c>(code: &'c str, super_is_root: bool) -> Vec<CratePath<'c>> {
    let tokens = tokens(code);
    let mut paths = Vec::new();
    for (i, pair) in tokens.windows(2).enumerate() {
        let is_root = pair[0].text == "crate" || (super_is_root && pair[0].text == "super");
        if is_root && pair[1].text == "::" {
            push_paths(&tokens[i + 2..], &mut paths);
        }
    }
    paths
}

fn push_paths<'c>(tokens: &[Token<'c>], paths: &mut Vec<CratePath<'c>>) {
    let mut depth = 0;
    let mut begins = true;
    for (i, token) in tokens.iter().enumerate() {
        match token.text {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 1 => begins = true,
            _ if begins => {
                let separated = tokens.get(i + 1).is_some_and(|token| token.text == "::");
                let next = tokens.get(i + 2).filter(|_| separated).map(|token| token.text);
                paths.push(CratePath { at: token.at, head: token.text, next });
                begins = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
}

fn push_attribute<'c>(at: usize, body: &'c str, attributes: &mut Vec<Attribute<'c>>) {
    let body = body.trim();
    let end = body.find(|c: char| !is_word(c) && c != ':').unwrap_or(body.len());
    let (name, rest) = body.split_at(end);
    let arguments = rest.trim_start().strip_prefix('(').map_or("", |rest| &rest[..closing(rest).unwrap_or(rest.len())]);
    attributes.push(Attribute { at, name, arguments });
    if name == "cfg_attr" {
        for inner in split_list(arguments).into_iter().skip(1) {
            push_attribute(at, inner, attributes);
        }
    }
}

/// The members of a list with commas between them, each with what its brackets hold.
pub(super) fn split_list(list: &str) -> Vec<&str> {
    let mut members = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, c) in list.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                members.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    members.push(&list[start..]);
    members
}

/// Where the bracket closes that was opened just before this code.
fn closing(code: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => return Some(at),
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The braces of the module that the attribute at this place belongs to; empty for `mod tests;`.
fn test_module(code: &str, attribute: usize) -> Range<usize> {
    let Some(open) = code[attribute..].find(['{', ';']).map(|open| attribute + open) else {
        return 0..0;
    };
    match code[open..].strip_prefix('{') {
        Some(body) => open..open + 1 + closing(body).unwrap_or(body.len()),
        None => 0..0,
    }
}

fn blank(code: &mut String, range: Range<usize>) {
    let blanks = blanks(&code[range.clone()]);
    code.replace_range(range, &blanks);
}

/// As many blanks as the text has bytes, on as many lines.
fn blanks(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

fn keep(text: &str, segments: &[(Kind, Range<usize>)], kept: Kind) -> String {
    let piece = |(kind, range): &(Kind, Range<usize>)| {
        let piece = &text[range.clone()];
        if *kind == kept { piece.to_owned() } else { blanks(piece) }
    };
    segments.iter().map(piece).collect()
}

/// The text cut where code, comments and literals meet.
fn segments(text: &str) -> Vec<(Kind, Range<usize>)> {
    let mut segments = Vec::new();
    let (mut at, mut code_from, mut before) = (0, 0, ' ');
    while let Some(c) = text[at..].chars().next() {
        if let Some((kind, length)) = comment_or_literal(&text[at..], before) {
            segments.push((Kind::Code, code_from..at));
            segments.push((kind, at..at + length));
            at += length;
            (code_from, before) = (at, ' ');
        } else {
            at += c.len_utf8();
            before = c;
        }
    }
    segments.push((Kind::Code, code_from..at));
    segments
}

/// What begins here and how long it is, or nothing where code goes on.
fn comment_or_literal(rest: &str, before: char) -> Option<(Kind, usize)> {
    if rest.starts_with("//") {
        return Some((Kind::Comment, rest.find('\n').unwrap_or(rest.len())));
    }
    if rest.starts_with("/*") {
        return Some((Kind::Comment, block_comment(rest)));
    }
    let raw = if is_word(before) { None } else { raw_string(rest) };
    raw.or_else(|| quoted(rest)).map(|length| (Kind::Literal, length))
}

/// The length of a block comment and those within it.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let step = match &rest.as_bytes()[at..] {
            [b'/', b'*', ..] => (1, 2),
            [b'*', b'/', ..] => (-1, 2),
            _ => (0, 1),
        };
        depth += step.0;
        at += step.1;
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of `r"…"`, `r#"…"#` and the like.
fn raw_string(rest: &str) -> Option<usize> {
    let after_prefix = ["r", "br", "cr"].iter().find_map(|prefix| rest.strip_prefix(prefix))?;
    let body = after_prefix.trim_start_matches('#');
    let hashes = &after_prefix[..after_prefix.len() - body.len()];
    let body = body.strip_prefix('"')?;
    let end = format!("\"{hashes}");
    let length = body.find(&end).map_or(body.len(), |at| at + end.len());
    Some(rest.len() - body.len() + length)
}

/// The length of a string or a character. A lifetime is neither.
fn quoted(rest: &str) -> Option<usize> {
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let body = &rest[1..];
    let mut characters = body.char_indices();
    let (_, first) = characters.next()?;
    if quote == '\'' && first != '\\' {
        return characters.next().filter(|(_, c)| *c == quote).map(|(at, _)| at + 2);
    }
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return Some(at + 2),
            _ => {}
        }
    }
    Some(rest.len())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        Source::new("a.rs", text).code
    }

    #[test]
    fn comments_and_literals_are_blank_in_code_and_nothing_moves() {
        let table = [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"f("x \" // y")z"#, "f(           )z"),
            (r##"r#"a " b"# c"##, "           c"),
            ("br\"\\\" c", "      c"),
            ("b'\"' c", "b    c"),
            ("'\\'' c", "     c"),
            ("'я' c", "     c"),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            ("r#type = 1", "r#type = 1"),
            ("bar\"x\"", "bar   "),
        ];
        for (text, expected) in table {
            assert_eq!(code(text), expected, "{text}");
            assert_eq!(code(text).len(), text.len(), "{text}");
        }
    }

    #[test]
    fn comments_stand_alone_too() {
        assert_eq!(Source::new("a.rs", "a \"//\" // b\nc").comments, "       // b\n ");
    }

    #[test]
    fn tokens_are_words_and_marks() {
        let texts: Vec<_> = tokens("a::b && c ..= d_1 => &e").iter().map(|token| token.text).collect();
        assert_eq!(texts, ["a", "::", "b", "&&", "c", "..=", "d_1", "=>", "&", "e"]);
    }

    #[test]
    fn attributes_are_found_inside_and_outside_of_conditions() {
        let source = Source::new(
            "a.rs",
            "#![expect(x, reason = \"]\")]\n#[cfg_attr(feature = \"s\", derive(A, B), b(c))]\n#[test]\nfn f() {}",
        );
        let found: Vec<_> = source.attributes().iter().map(|a| (a.name, a.arguments.trim())).collect();
        let expected_first = ("expect", "x, reason =");
        assert_eq!(found[0], expected_first);
        assert_eq!(found[1].0, "cfg_attr");
        assert_eq!(found[2..], [("derive", "A, B"), ("b", "c"), ("test", "")]);
    }

    #[test]
    fn paths_from_the_root_are_found_in_groups() {
        let paths = |code, root| -> Vec<_> { crate_paths(code, root).iter().map(|p| (p.head, p.next)).collect() };
        assert_eq!(paths("use crate::a::B; crate::c();", false), [("a", Some("B")), ("c", None)]);
        assert_eq!(
            paths("use crate::{a, b::{self, C}, d::E};", false),
            [("a", None), ("b", Some("{")), ("d", Some("E"))]
        );
        assert_eq!(paths("use super::a;", false), []);
        assert_eq!(paths("use super::a;", true), [("a", None)]);
    }

    #[test]
    fn test_modules_are_no_part_of_the_code_without_tests() {
        let source = Source::new("a.rs", "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { c() } }\nfn d() {}");
        let code = source.code_without_tests();
        assert!(code.contains("fn a") && code.contains("fn d") && !code.contains("fn b"), "{code}");
        assert_eq!(code.len(), source.code.len());
        let source = Source::new("a.rs", "#[cfg(test)]\nmod tests;\nfn a() {}");
        assert!(source.code_without_tests().contains("fn a"));
    }
}
