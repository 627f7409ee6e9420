//! Random numbers for waits and ids: not for secrets.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// A random version 4 UUID in lower case ([RFC 9562, section 5.4][rfc]), for ids of requests and
/// sessions.
///
/// [rfc]: https://www.rfc-editor.org/rfc/rfc9562#section-5.4
pub fn uuid() -> String {
    let random = (u128::from(bits()) << 64) | u128::from(bits());
    let versioned = (random & !(0xF << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{versioned:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// A random number from 0 to 1.
pub(crate) fn unit() -> f64 {
    f64::from(bits() as u32) / f64::from(u32::MAX)
}

/// Random bits. Every `RandomState` has keys of its own; the standard library has no other
/// randomness, and a crate for it would be one more for every program.
fn bits() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_have_their_form_and_are_never_the_same() {
        let ids: Vec<_> = (0..100).map(|_| uuid()).collect();
        for id in &ids {
            let bytes = id.as_bytes();
            assert_eq!((bytes.len(), bytes[14]), (36, b'4'), "{id}");
            assert!(matches!(bytes[19], b'8' | b'9' | b'a' | b'b'), "{id}");
            assert!(id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()), "{id}");
        }
        let distinct: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
    }

    #[test]
    fn units_lie_between_0_and_1_and_are_not_always_the_same() {
        let numbers: Vec<_> = (0..32).map(|_| unit()).collect();
        assert!(numbers.iter().all(|number| (0.0..=1.0).contains(number)));
        assert!(numbers.windows(2).any(|pair| pair[0] != pair[1]));
    }
}
