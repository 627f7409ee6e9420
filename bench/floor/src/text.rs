use std::borrow::Cow;

use bench_harness::{Result, Texts};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

/// Cuts pieces into lines. Only a line that spans pieces is copied.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    pub(crate) fn push(&mut self, piece: &[u8], mut take: impl FnMut(&[u8]) -> Result) -> Result {
        let mut begin = 0;
        for end in memchr::memchr_iter(b'\n', piece) {
            if self.begun.is_empty() {
                take(&piece[begin..end])?;
            } else {
                self.begun.extend_from_slice(&piece[begin..end]);
                take(&self.begun)?;
                self.begun.clear();
            }
            begin = end + 1;
        }
        self.begun.extend_from_slice(&piece[begin..]);
        Ok(())
    }
}

/// The text of a line of server-sent events, of chat completions or of GigaChat.
pub(crate) fn of_sse(line: &[u8], texts: &mut Texts) -> Result {
    let Some(data) = line.strip_prefix(b"data: ").filter(|data| data != b"[DONE]") else { return Ok(()) };
    of_whole(data, texts)
}

/// The text of a chat completion, of a stream or whole.
pub(crate) fn of_whole(json: &[u8], texts: &mut Texts) -> Result {
    let completion: Completion = serde_json::from_slice(json)?;
    if let Some(choice) = completion.choices.0 {
        texts.push(&choice.delta.content);
    }
    Ok(())
}

/// The text of a line of grok.com.
pub(crate) fn of_json(line: &[u8], texts: &mut Texts) -> Result {
    let frame: Frame = serde_json::from_slice(line)?;
    texts.push(&frame.result.response.token);
    Ok(())
}

#[derive(Deserialize)]
struct Completion<'a> {
    #[serde(borrow)]
    choices: First<Choice<'a>>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow, alias = "message")]
    delta: Delta<'a>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    content: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(borrow)]
    result: FrameResult<'a>,
}

#[derive(Deserialize)]
struct FrameResult<'a> {
    #[serde(borrow, default)]
    response: Response<'a>,
}

#[derive(Default, Deserialize)]
struct Response<'a> {
    #[serde(borrow, default)]
    token: Cow<'a, str>,
}

/// The first element of an array, without a `Vec`.
struct First<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct FirstVisitor<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for FirstVisitor<T> {
            type Value = First<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> std::result::Result<First<T>, A::Error> {
                let first = elements.next_element()?;
                while elements.next_element::<IgnoredAny>()?.is_some() {}
                Ok(First(first))
            }
        }

        deserializer.deserialize_seq(FirstVisitor(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_however_they_are_cut() {
        let text = b"one\n\ntwo\nthree\n";
        for width in 1..=text.len() {
            let (mut lines, mut taken) = (Lines::default(), Vec::new());
            let mut take = |line: &[u8]| {
                taken.push(line.to_vec());
                Ok(())
            };
            for piece in text.chunks(width) {
                lines.push(piece, &mut take).unwrap();
            }
            assert_eq!(taken, [&b"one"[..], b"", b"two", b"three"], "{width}");
        }
    }
}
