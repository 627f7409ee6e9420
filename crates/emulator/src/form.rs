//! Forms: fields with their values, in the target or in the body of a request.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_util::stream;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use multer::Multipart;

/// Names and values, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// The part of an address after the question mark, or a body in the same form (WHATWG URL, section 5.1).
    pub(crate) fn of_text(text: &str) -> Self {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        Self(pairs.map(|(name, value)| (unescaped(name), unescaped(value))).collect())
    }

    /// The form in a body, by its content type; the value of a file is its name. What cannot be read has no fields.
    pub(crate) fn of_body(headers: &HeaderMap, body: &Bytes) -> Self {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if content_type.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            return Self::of_text(&String::from_utf8_lossy(body));
        }
        let Ok(boundary) = multer::parse_boundary(content_type) else { return Self::default() };
        Self(at_once(of_parts(body.clone(), boundary)).unwrap_or_default())
    }

    /// The first value of a field.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// Takes a form of several parts (RFC 7578) apart, as far as it can be read.
async fn of_parts(body: Bytes, boundary: String) -> Vec<(String, String)> {
    let mut form = Multipart::new(stream::iter([Ok::<_, std::convert::Infallible>(body)]), boundary);
    let mut fields = Vec::new();
    while let Ok(Some(field)) = form.next_field().await {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(str::to_owned);
        let Ok(content) = field.bytes().await else { break };
        fields.push((name, file.unwrap_or_else(|| String::from_utf8_lossy(&content).into_owned())));
    }
    fields
}

/// What a future gives that has nothing to wait for; the whole form is here.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// A value with its escapes read; one that is none stays as it is.
fn unescaped(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = after.get(..2).and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match (first, escape) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(*first),
        }
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_body(content_type: &str, body: &str) -> Form {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        Form::of_body(&headers, &Bytes::from(body.to_owned()))
    }

    #[test]
    fn escapes_are_read_and_what_is_none_stays() {
        let form = Form::of_text("a=1&search%51uery=%D1%8F+x%2&b=&a=2");
        assert_eq!(form.get("searchQuery"), Some("я x%2"));
        assert_eq!((form.get("a"), form.get("b"), form.get("c")), (Some("1"), Some(""), None));
    }

    #[test]
    fn a_body_is_read_by_its_content_type() {
        let expected = Form(vec![("a".to_owned(), "я\r\n b".to_owned())]);
        assert_eq!(of_body("application/x-www-form-urlencoded; charset=UTF-8", "a=%D1%8F%0D%0A+b"), expected);
        let part = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nя\r\n b\r\n--XX";
        assert_eq!(of_body("multipart/form-data; boundary=XX", &[part, "--\r\n"].concat()), expected);
        let file = "\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f.png\"\r\n\r\n\u{1}\r\n--XX--\r\n";
        assert_eq!(of_body("multipart/form-data; boundary=XX", &[part, file].concat()).get("f"), Some("f.png"));
        for (content_type, body) in [("text/plain", "a=b"), ("multipart/form-data; boundary=XX", "a=b")] {
            assert_eq!(of_body(content_type, body), Form::default(), "{content_type}");
        }
    }
}
