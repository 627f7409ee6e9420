use std::fmt;

use zeroize::Zeroizing;

/// A string that `Debug` and `Display` never show, and whose memory is wiped when it is dropped.
///
/// Keys, tokens and cookies are held as secrets, so that no log line and no error can carry one.
///
/// ```
/// use chatstream_core::Secret;
///
/// let key = Secret::new("xai-123");
/// assert_eq!(format!("{key:?} {key}"), "Secret(..) [secret]");
/// assert_eq!(key.expose(), "xai-123");
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the value in.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself. Whoever calls this must not print it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
