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

/// Seconds since 1970 in the form of RFC 3339.
pub(crate) fn timestamp(seconds: u64) -> String {
    // The calendar of http://howardhinnant.github.io/date_algorithms.html, in which years begin in March.
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z")
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

    #[test]
    fn times_are_read_off_the_calendar() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(timestamp(951_782_399), "2000-02-28T23:59:59.000Z");
        assert_eq!(timestamp(951_868_799), "2000-02-29T23:59:59.000Z");
        assert_eq!(timestamp(EPOCH + 1), "2026-11-01T00:00:01.000Z");
        assert_eq!(timestamp(1_709_251_200), "2024-03-01T00:00:00.000Z");
    }
}
