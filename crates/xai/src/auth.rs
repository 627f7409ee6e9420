use chatstream_core::{Error, ErrorKind, Result, Secret};
use http::HeaderValue;

/// The `authorization` header of a key. The key is all there is: nothing is obtained, nothing runs
/// out.
///
/// # Errors
///
/// - [`Config`](ErrorKind::Config) when the key is empty or holds a character that no header can:
///   a line break from a file, most often.
pub(crate) fn authorize(api_key: &Secret) -> Result<HeaderValue> {
    let key = api_key.expose();
    if key.is_empty() {
        return Err(Error::new(ErrorKind::Config, "API key is empty"));
    }
    if let Some(position) = key.bytes().position(|byte| !byte.is_ascii_graphic()) {
        let what = match key.as_bytes()[position] {
            b'\n' | b'\r' => "a line break",
            b' ' | b'\t' => "a blank",
            _ => "a character that is no key's",
        };
        return Err(Error::new(ErrorKind::Config, format!("API key has {what} at position {position}")));
    }
    let mut header = HeaderValue::try_from(format!("Bearer {key}"))
        .map_err(|_| Error::new(ErrorKind::Config, "API key is no header value"))?;
    header.set_sensitive(true);
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_becomes_a_header_that_does_not_print() {
        let header = authorize(&Secret::new("xai-123")).unwrap();
        assert_eq!(header, "Bearer xai-123");
        assert_eq!(format!("{header:?}"), "Sensitive");
    }

    #[test]
    fn a_key_that_cannot_be_sent_is_a_config_error_without_the_key() {
        let table = [
            ("", "API key is empty"),
            ("xai-123\n", "API key has a line break at position 7"),
            (" xai-123", "API key has a blank at position 0"),
            ("xai-ключ", "API key has a character that is no key's at position 4"),
        ];
        for (key, expected) in table {
            let error = authorize(&Secret::new(key)).unwrap_err();
            assert_eq!((error.kind(), error.message()), (ErrorKind::Config, expected));
        }
    }
}
