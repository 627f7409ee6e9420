//! The text of a delta as it stands in JSON, halves of a surrogate pair included.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

use crate::error::{Error, ErrorKind, Result};

/// A JSON string that may begin or end in half a surrogate pair.
///
/// A server that cuts its text between UTF-16 units sends an emoji as `"\ud83d"` in one delta and
/// `"\ude80"` in the next. Rust's strings cannot hold either; [`DeltaJoiner`] puts them together.
///
/// Held as WTF-8, the form in which `serde_json` hands out such strings as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeltaText<'a>(Cow<'a, [u8]>);

impl DeltaText<'_> {
    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text where it lies in the event, if it needed no unescaping.
    pub(crate) fn borrowed(&self) -> Option<&[u8]> {
        match &self.0 {
            Cow::Borrowed(bytes) => Some(bytes),
            Cow::Owned(_) => None,
        }
    }

    /// Whether the text is exactly this one.
    pub fn is(&self, text: &str) -> bool {
        *self.0 == *text.as_bytes()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for DeltaText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BytesVisitor;

        impl<'de> Visitor<'de> for BytesVisitor {
            type Value = Cow<'de, [u8]>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(bytes))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Cow::Owned(bytes.to_vec()))
            }
        }

        deserializer.deserialize_bytes(BytesVisitor).map(DeltaText)
    }
}

/// Joins the deltas of one text: halves of a surrogate pair become their character, a half that
/// stays alone becomes U+FFFD.
///
/// ```
/// use chatstream_core::delta::{DeltaJoiner, DeltaText};
///
/// let mut joiner = DeltaJoiner::default();
/// let text = |json| serde_json::from_str::<DeltaText>(json).expect("a JSON string");
/// assert_eq!(joiner.join(text(r#""go \ud83d""#))?, "go ");
/// assert_eq!(joiner.join(text(r#""\ude80!""#))?, "🚀!");
/// # Ok::<(), chatstream_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct DeltaJoiner {
    /// The first half of a pair, in WTF-8.
    half: Option<[u8; 3]>,
}

impl DeltaJoiner {
    /// The text that is certain after this delta; a first half at its end waits for the next.
    ///
    /// # Errors
    ///
    /// - [`Decode`](ErrorKind::Decode) when the text is not UTF-8.
    pub fn join(&mut self, delta: DeltaText<'_>) -> Result<String> {
        if self.half.is_none() {
            match delta.0 {
                Cow::Borrowed(bytes) => {
                    if let Ok(text) = std::str::from_utf8(bytes) {
                        return Ok(text.to_owned());
                    }
                    return self.join_halves(bytes);
                }
                Cow::Owned(bytes) => match String::from_utf8(bytes) {
                    Ok(text) => return Ok(text),
                    Err(error) => return self.join_halves(error.as_bytes()),
                },
            }
        }
        if delta.is_empty() {
            return Ok(String::new());
        }
        self.join_halves(&delta.0)
    }

    /// What a first half that never got its second becomes, at the end of the text.
    pub fn finish(&mut self) -> Option<char> {
        self.half.take().map(|_| char::REPLACEMENT_CHARACTER)
    }

    fn join_halves(&mut self, bytes: &[u8]) -> Result<String> {
        let mut text = String::with_capacity(bytes.len() + 3);
        let mut rest = bytes;
        loop {
            let valid = match std::str::from_utf8(rest) {
                Ok(valid) => valid,
                Err(error) => std::str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default(),
            };
            if !valid.is_empty() {
                text.extend(self.finish());
                text.push_str(valid);
            }
            rest = &rest[valid.len()..];
            // In WTF-8 a surrogate is ED, then A0 to AF for a first half or B0 to BF for a second.
            match rest {
                [] => return Ok(text),
                [0xED, second @ 0xA0..=0xAF, third @ 0x80..=0xBF, ..] => {
                    text.extend(self.finish());
                    self.half = Some([0xED, *second, *third]);
                }
                [0xED, second @ 0xB0..=0xBF, third @ 0x80..=0xBF, ..] => {
                    let low = unit(*second, *third);
                    text.push(match self.half.take() {
                        Some([_, second, third]) => pair(unit(second, third), low),
                        None => char::REPLACEMENT_CHARACTER,
                    });
                }
                _ => return Err(Error::new(ErrorKind::Decode, "text is not UTF-8")),
            }
            rest = &rest[3..];
        }
    }
}

/// The UTF-16 unit of a surrogate in WTF-8, from its second and third byte.
fn unit(second: u8, third: u8) -> u32 {
    0xD000 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F)
}

/// The character of a surrogate pair.
fn pair(high: u32, low: u32) -> char {
    let scalar = 0x1_0000 + ((high & 0x3FF) << 10) + (low & 0x3FF);
    char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(deltas: &[&str]) -> Vec<String> {
        let mut joiner = DeltaJoiner::default();
        let mut texts: Vec<_> =
            deltas.iter().map(|json| joiner.join(serde_json::from_str(json).unwrap()).unwrap()).collect();
        texts.extend(joiner.finish().map(String::from));
        texts
    }

    #[test]
    fn halves_of_a_pair_become_their_character() {
        let table: [(&[&str], &[&str]); 9] = [
            (&[r#""plain""#, r#""""#], &["plain", ""]),
            (&[r#""a \"quoted\" \u0416""#], &["a \"quoted\" Ж"]),
            (&[r#""\ud83d""#, r#""\ude80""#], &["", "🚀"]),
            (&[r#""a\ud83d""#, r#""""#, r#""\ude80b""#], &["a", "", "🚀b"]),
            (&[r#""\ud83d\ude80""#], &["🚀"]),
            (&[r#""a\ud83d""#, r#""b""#], &["a", "\u{fffd}b"]),
            (&[r#""\ude80x""#], &["\u{fffd}x"]),
            (&[r#""\ud83d""#, r#""\ud83d\ude80""#], &["", "\u{fffd}🚀"]),
            (&[r#""end\ud83d""#], &["end", "\u{fffd}"]),
        ];
        for (deltas, expected) in table {
            assert_eq!(join(deltas), expected, "{deltas:?}");
        }
    }

    #[test]
    fn every_pair_joins_to_the_character_that_utf16_says() {
        for c in ['\u{10000}', '😀', '\u{1F680}', '\u{10FFFF}'] {
            let mut units = [0; 2];
            c.encode_utf16(&mut units);
            let deltas = units.map(|unit| format!("\"\\u{unit:04x}\""));
            assert_eq!(join(&[&deltas[0], &deltas[1]]).concat(), c.to_string());
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_an_error() {
        let mut joiner = DeltaJoiner::default();
        let delta = serde_json::from_slice::<DeltaText<'_>>(b"\"a\xff\"").unwrap();
        assert_eq!(joiner.join(delta).unwrap_err().kind(), ErrorKind::Decode);
    }
}
