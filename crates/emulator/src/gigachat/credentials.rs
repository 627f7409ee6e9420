//! The authorization key of an account, as it comes in a header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;

/// The two parts of a key, or a user with a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) id: String,
    pub(super) secret: String,
}

/// Who may ask for what: each key belongs to one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Individuals.
    Personal,
    /// Companies that pay before.
    Business,
    /// Companies that pay after.
    Corporate,
}

impl Credentials {
    /// Reads `Basic`, or another of the `schemes`, and base64 of two parts with a colon between them.
    pub(super) fn read(headers: &HeaderMap, schemes: &[&str]) -> Option<Self> {
        let (scheme, encoded) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        schemes.iter().find(|known| known.eq_ignore_ascii_case(scheme))?;
        let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (id, secret) = decoded.split_once(':')?;
        (!id.is_empty() && !secret.is_empty()).then(|| Self { id: id.to_owned(), secret: secret.to_owned() })
    }

    /// Whether the service knows them: all but those that contain `invalid`.
    pub(super) fn are_known(&self) -> bool {
        !self.id.contains("invalid") && !self.secret.contains("invalid")
    }

    /// The scope the key belongs to, by its id.
    pub(super) fn scope(&self) -> Scope {
        let id = self.id.to_lowercase();
        match () {
            () if id.contains("b2b") => Scope::Business,
            () if id.contains("corp") => Scope::Corporate,
            () => Scope::Personal,
        }
    }
}

impl Scope {
    pub(super) fn read(name: &str) -> Option<Self> {
        match name {
            "GIGACHAT_API_PERS" => Some(Self::Personal),
            "GIGACHAT_API_B2B" => Some(Self::Business),
            "GIGACHAT_API_CORP" => Some(Self::Corporate),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        Credentials::read(&headers, &["Basic", "Bearer"]).map(|credentials| (credentials.id, credentials.secret))
    }

    fn key(text: &str) -> String {
        STANDARD.encode(text)
    }

    #[test]
    fn a_key_is_two_parts_in_base64_after_either_word() {
        let expected = Some(("id".to_owned(), "se:cret".to_owned()));
        for scheme in ["Basic", "basic", "Bearer"] {
            assert_eq!(read(&format!("{scheme} {}", key("id:se:cret"))), expected);
        }
        for value in ["Basic", "Digest aWQ6cw==", "Basic ***", "aWQ6cw=="] {
            assert_eq!(read(value), None, "{value}");
        }
        for text in ["id", ":secret", "id:", ""] {
            assert_eq!(read(&format!("Basic {}", key(text))), None, "{text}");
        }
    }

    #[test]
    fn the_id_tells_the_scope_and_whether_the_key_is_known() {
        let credentials = |id: &str| Credentials { id: id.to_owned(), secret: "s".to_owned() };
        assert_eq!(credentials("some-id").scope(), Scope::Personal);
        assert_eq!(credentials("my-B2B-id").scope(), Scope::Business);
        assert_eq!(credentials("corp").scope(), Scope::Corporate);
        assert!(credentials("some-id").are_known());
        assert!(!credentials("an-invalid-id").are_known());
    }
}
