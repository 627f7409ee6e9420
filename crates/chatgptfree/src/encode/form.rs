use serde_json::{Map, Value};

/// The fields of a form, in order.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn field(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Puts fields over those of the same name: texts as they are, anything else as JSON.
    pub(super) fn extra(mut self, extra: &Map<String, Value>) -> Self {
        for (name, value) in extra {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match self.0.iter_mut().find(|(own, _)| own == name) {
                Some((_, own)) => *own = value,
                None => self.0.push((name.clone(), value)),
            }
        }
        self
    }

    /// As `application/x-www-form-urlencoded` ([URL standard, section 5.2][spec]), but for blanks as `%20`,
    /// which queries take too.
    ///
    /// [spec]: https://url.spec.whatwg.org/#urlencoded-serializing
    pub(super) fn encode(&self) -> String {
        let mut encoded = String::new();
        for (name, value) in &self.0 {
            if !encoded.is_empty() {
                encoded.push('&');
            }
            escape(name, &mut encoded);
            encoded.push('=');
            escape(value, &mut encoded);
        }
        encoded
    }
}

fn escape(text: &str, encoded: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => encoded.push(char::from(byte)),
            _ => {
                encoded.push('%');
                encoded.extend([byte >> 4, byte & 0xF].map(|digit| char::from(HEX[usize::from(digit)])));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_escaped_and_extra_ones_win() {
        let extra = json!({"b": "new", "c": {"d": [1]}, "e": 2});
        let form = Form::default().field("a", "1 & 2=3\n–*").field("b", "old").extra(extra.as_object().unwrap());
        let expected = "a=1%20%26%202%3D3%0A%E2%80%93*&b=new&c=%7B%22d%22%3A%5B1%5D%7D&e=2";
        assert_eq!(form.encode(), expected);
    }
}
