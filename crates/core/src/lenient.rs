//! Reading members that servers write in more ways than their documentation says, and reading them
//! where they lie.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A string that is borrowed from the event unless it holds escapes, also inside an `Option`, where
/// serde would copy a `Cow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a>(Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<Text<'_>> for String {
    fn from(text: Text<'_>) -> Self {
        text.0.into_owned()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }

        deserializer.deserialize_str(TextVisitor).map(Self)
    }
}

/// The first element of an array; the others are skipped, without a `Vec` for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct First<T>(pub Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FirstVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for FirstVisitor<T> {
            type Value = Option<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let first = seq.next_element()?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(first)
            }
        }

        deserializer.deserialize_seq(FirstVisitor(PhantomData)).map(Self)
    }
}

/// A count: a number that is not negative, or a string of one. Anything else is unknown, not an
/// error: a count is never worth an answer. For `#[serde(deserialize_with)]`.
///
/// # Errors
///
/// Only when the JSON itself is broken.
pub fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    struct CountVisitor;

    impl<'de> Visitor<'de> for CountVisitor {
        type Value = Option<u64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("anything")
        }

        fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
            Ok(Some(number))
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
            // 2^53: beyond it a float is no exact count.
            Ok((number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number)).then_some(number as u64))
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(text.trim().parse().ok())
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(None)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(None)
        }
    }

    deserializer.deserialize_any(CountVisitor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_borrowed_unless_it_is_escaped() {
        let borrowed = |json| matches!(serde_json::from_str(json).unwrap(), Some(Text(Cow::Borrowed(_))));
        assert!(borrowed("\"plain\"") && !borrowed("\"es\\ncaped\""));
        let text: Text<'_> = serde_json::from_str("\"es\\ncaped\"").unwrap();
        assert_eq!((&*text, String::from(text.clone())), ("es\ncaped", "es\ncaped".to_owned()));
    }

    #[test]
    fn the_first_element_is_read_and_the_others_are_skipped() {
        let first = |json| serde_json::from_str::<First<u8>>(json).map(|first| first.0);
        assert_eq!((first("[7,\"x\",{}]").unwrap(), first("[]").unwrap()), (Some(7), None));
        assert!(first("{}").is_err() && first("[7,").is_err());
    }

    #[test]
    fn counts_are_read_in_every_spelling_and_nothing_else_fails() {
        let table = [
            ("12", Some(12)),
            ("12.0", Some(12)),
            ("\"12\"", Some(12)),
            ("0", Some(0)),
            ("-1", None),
            ("1.5", None),
            ("1e300", None),
            ("null", None),
            ("true", None),
            ("\"many\"", None),
            ("[1,{}]", None),
            ("{\"a\":[1]}", None),
        ];
        for (json, expected) in table {
            let mut deserializer = serde_json::Deserializer::from_str(json);
            assert_eq!(count(&mut deserializer).unwrap(), expected, "{json}");
            deserializer.end().unwrap();
        }
    }
}
