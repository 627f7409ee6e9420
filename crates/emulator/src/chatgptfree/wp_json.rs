//! JSON as WordPress writes it (`wp_json_encode`): only ASCII, and no slash without a backslash before it.

use std::fmt::Write as _;

use crate::json::quoted;

/// A JSON string with its quotes.
pub(super) fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 2);
    for character in quoted(text).chars() {
        match character {
            '/' => escaped.push_str("\\/"),
            character if character.is_ascii() => escaped.push(character),
            character => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(escaped, "\\u{unit:04x}").expect("a string takes all that is written to it");
                }
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_and_all_that_is_not_ascii_are_escaped() {
        assert_eq!(text("a/b \"–\" я🚀\n"), r#""a\/b \"\u2013\" \u044f\ud83d\ude80\n""#);
        assert_eq!(serde_json::from_str::<String>(&text("a/b\\ 🚀")).unwrap(), "a/b\\ 🚀");
    }
}
