use chatstream::{Error, ErrorKind, Result, Secret};
use http::HeaderValue;

/// The `authorization` header of a key; a server of one's own asks for none. Nothing is obtained, nothing runs out.
///
/// # Errors
///
/// - [`Config`](ErrorKind::Config) when the key holds a character that no header can.
pub(crate) fn authorize(api_key: &Secret) -> Result<HeaderValue> {
    let mut header = HeaderValue::try_from(format!("Bearer {}", api_key.expose()))
        .map_err(|_| Error::new(ErrorKind::Config, "API key is no header value"))?;
    header.set_sensitive(true);
    Ok(header)
}
