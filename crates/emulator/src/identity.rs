//! Ids and times that follow from what they identify, so that the same request has the same answer.

/// FNV-1a with 128 bits (draft-eastlake-fnv, section 5): even, not secret, and a few lines long.
pub(crate) fn hash(parts: &[&[u8]]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let bytes = parts.iter().flat_map(|part| part.iter());
    bytes.fold(OFFSET, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME))
}

/// A hash in the form of a UUID.
pub(crate) fn uuid(hash: u128) -> String {
    let digits = format!("{hash:032x}");
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

/// The beginning of the time in which all answers are made: 2026-11-01. They do not depend on the clock.
const EPOCH: u64 = 1_793_491_200;

/// A hash in the form of a time, in seconds since 1970.
pub(crate) fn time(hash: u128) -> u64 {
    EPOCH + (hash % 1_000_000) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_depends_on_every_byte_and_reads_as_a_uuid() {
        let id = uuid(hash(&[b"one", b"two"]));
        assert_eq!(id, uuid(hash(&[b"onetwo"])));
        assert_ne!(id, uuid(hash(&[b"onetwO"])));
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    }
}
