//! JSON text whose members keep the order they are written in: the services do not sort theirs.

use std::fmt::{Display, Write as _};

/// A JSON object under construction.
#[derive(Debug)]
pub(crate) struct Object(String);

impl Object {
    pub(crate) fn new() -> Self {
        Self(String::from("{"))
    }

    /// Adds a member whose value is a string.
    pub(crate) fn text(self, name: &str, value: &str) -> Self {
        let value = literal(value);
        self.raw(name, &value)
    }

    /// Adds a member whose value is a number or `true`, `false` or `null`.
    pub(crate) fn plain(self, name: &str, value: impl Display) -> Self {
        self.raw(name, &value.to_string())
    }

    /// Adds a member whose value is JSON text already.
    pub(crate) fn raw(mut self, name: &str, json: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.reserve(name.len() + json.len() + 4);
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
        self.0.push_str(json);
        self
    }

    /// Adds what `member` adds, if `condition` holds.
    pub(crate) fn when(self, condition: bool, member: impl FnOnce(Self) -> Self) -> Self {
        if condition { member(self) } else { self }
    }

    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A JSON array of values that are JSON text already.
pub(crate) fn list<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> String {
    let mut list = String::from("[");
    for value in values {
        if list.len() > 1 {
            list.push(',');
        }
        list.push_str(value.as_ref());
    }
    list.push(']');
    list
}

/// A JSON array of strings.
pub(crate) fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    list(values.into_iter().map(literal))
}

/// A JSON string with its quotes, of which no character is escaped that need not be.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("every string can be written as JSON")
}

/// A JSON string with its quotes. Characters above U+FFFF are written as a pair of surrogate escapes
/// (RFC 8259, section 7), because clients that join escapes wrongly exist; all others stay as they are.
pub(crate) fn literal(text: &str) -> String {
    let quoted = quoted(text);
    // Only four-byte characters lie above U+FFFF, and only they have such a first byte.
    if !quoted.bytes().any(|byte| byte >= 0xF0) {
        return quoted;
    }
    let mut escaped = String::with_capacity(quoted.len() + 16);
    for character in quoted.chars() {
        if character <= '\u{FFFF}' {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            write!(escaped, "\\u{unit:04x}").expect("a string takes all that is written to it");
        }
    }
    escaped
}

/// JSON text in which no character means something to HTML: `<`, `>` and `&` are written as escapes. Outside of
/// strings JSON has none of them.
pub(crate) fn without_markup(json: String) -> String {
    if !json.contains(['<', '>', '&']) {
        return json;
    }
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// JSON text over several lines, two spaces further in for each object and array that is not empty.
pub(crate) fn pretty(json: &str, line_end: &str) -> String {
    let mut text = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let (mut in_string, mut escaped) = (false, false);
    let mut characters = json.chars().peekable();
    while let Some(character) = characters.next() {
        if in_string {
            (in_string, escaped) = (escaped || character != '"', !escaped && character == '\\');
            text.push(character);
            continue;
        }
        let new_line = |depth: usize, text: &mut String| {
            text.push_str(line_end);
            text.push_str(&"  ".repeat(depth));
        };
        match character {
            '{' | '[' => {
                text.push(character);
                match characters.next_if(|next| matches!(next, '}' | ']')) {
                    Some(end) => text.push(end),
                    None => {
                        depth += 1;
                        new_line(depth, &mut text);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(depth, &mut text);
                text.push(character);
            }
            ',' => {
                text.push(character);
                new_line(depth, &mut text);
            }
            ':' => text.push_str(": "),
            _ => {
                in_string = character == '"';
                text.push(character);
            }
        }
    }
    text
}

/// A text as JSON strings that are cut between the two escapes of each emoji. None of them is a text by itself.
pub(crate) fn literal_halves(text: &str) -> Vec<String> {
    let text = literal(text);
    let mut halves = Vec::new();
    let mut half = String::new();
    let mut rest = text.as_str();
    while let Some(character) = rest.chars().next() {
        // An escape is a backslash and one character, or `u` and four digits.
        let length = match character {
            '\\' if rest[1..].starts_with('u') => 6,
            '\\' => 2,
            character => character.len_utf8(),
        };
        half.push_str(&rest[..length]);
        // High surrogates are D800 to DBFF.
        if rest[..length].strip_prefix("\\ud").is_some_and(|digits| digits.starts_with(['8', '9', 'a', 'b'])) {
            half.push('"');
            halves.push(std::mem::replace(&mut half, String::from("\"")));
        }
        rest = &rest[length..];
    }
    halves.push(half);
    halves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_the_order_they_are_written_in() {
        let json = Object::new().text("z", "a\"b").plain("a", 7).raw("m", &texts(["x", "y"])).end();
        assert_eq!(json, r#"{"z":"a\"b","a":7,"m":["x","y"]}"#);
    }

    #[test]
    fn emoji_become_surrogate_escapes_and_cyrillic_stays() {
        assert_eq!(literal("да 🚀\n"), "\"да \\ud83d\\ude80\\n\"");
    }

    #[test]
    fn escaped_text_reads_back_as_itself() {
        let text = "\u{0} \\ \" \u{7f} \u{FFFF} 𝄞🚀 конец";
        assert_eq!(serde_json::from_str::<String>(&literal(text)).unwrap(), text);
    }

    #[test]
    fn markup_is_escaped_and_reads_back() {
        let json = without_markup(literal("a < b && <c>"));
        assert_eq!(json, r#""a \u003c b \u0026\u0026 \u003cc\u003e""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), "a < b && <c>");
    }

    #[test]
    fn pretty_text_has_a_line_for_each_member() {
        let json = r#"{"a":[1,{}],"b{":"x,\"}\\","c":[]}"#;
        let expected = "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b{\": \"x,\\\"}\\\\\",\n  \"c\": []\n}";
        assert_eq!(pretty(json, "\n"), expected);
    }

    #[test]
    fn emoji_are_cut_between_their_escapes_and_nothing_else_is() {
        assert_eq!(literal_halves("a\\ud83d\u{1}"), ["\"a\\\\ud83d\\u0001\""]);
        assert_eq!(literal_halves("да 🚀!🚀"), ["\"да \\ud83d\"", "\"\\ude80!\\ud83d\"", "\"\\ude80\""]);
    }
}
