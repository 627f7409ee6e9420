//! What others say, fit for a terminal.

use std::borrow::Cow;

/// A text in which no control character but tab and line ends is left to steer a terminal.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    let steers = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let shown = text.chars().map(|c| match c {
        '\u{7f}' => '\u{2421}',
        // The pictures of the control characters of ASCII, in their order.
        c if steers(c) && c < ' ' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        c if steers(c) => '\u{fffd}',
        c => c,
    });
    Cow::Owned(shown.collect())
}
