//! What WordPress leaves of a text field (`sanitize_text_field`): the plugin read messages through it until 1.8.90.

/// Removes tags, line ends, tabs and escapes.
pub(super) fn text_field(text: &str) -> String {
    let without_tags = without_tags(text);
    let words = without_tags.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty());
    let mut text = words.collect::<Vec<_>>().join(" ");
    while let Some(at) = escape(&text) {
        text.replace_range(at..at + 3, "");
    }
    text.trim().to_owned()
}

/// The place of an escape, `%` and two digits.
fn escape(text: &str) -> Option<usize> {
    text.bytes()
        .collect::<Vec<_>>()
        .windows(3)
        .position(|bytes| bytes[0] == b'%' && bytes[1].is_ascii_hexdigit() && bytes[2].is_ascii_hexdigit())
}

/// Removes what stands in angle brackets; one that is never closed becomes an entity.
fn without_tags(text: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find('<') {
        left.push_str(&rest[..begin]);
        let after = &rest[begin + 1..];
        let is_tag = after.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '/' | '!' | '?'));
        rest = match after.find('>') {
            Some(end) if is_tag => &after[end + 1..],
            _ => {
                left.push_str("&lt;");
                after
            }
        };
    }
    left + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialogue_becomes_one_line_and_code_is_damaged() {
        let table = [
            ("System: a\nUser: b\r\n\tc\nAssistant:", "System: a User: b c Assistant:"),
            ("Vec<u8> and <b>bold</b>", "Vec and bold"),
            ("1 < 2", "1 &lt; 2"),
            ("100%25 sure, %%4141!", "100 sure, !"),
            ("  – я 🚀 ", "– я 🚀"),
            ("<p>", ""),
        ];
        for (text, expected) in table {
            assert_eq!(text_field(text), expected, "{text}");
        }
    }
}
