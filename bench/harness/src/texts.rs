use crate::account;
use crate::options::Options;

/// Takes the text deltas of a client: counts them, and where asked to hashes them or tells how long
/// they took.
#[derive(Debug, Default)]
pub struct Texts {
    pub(crate) chunks: u64,
    pub(crate) bytes: u64,
    hash: Option<Hash>,
    /// From the server's write to here, in nanoseconds.
    delays: Option<Vec<u64>>,
}

impl Texts {
    pub(crate) fn new(options: &Options) -> Self {
        Self { hash: options.check.then(Hash::default), delays: options.clock.then(Vec::new), ..Self::default() }
    }

    /// Takes one delta. Empty ones, as beside a role or a finish reason, do not count.
    #[inline]
    pub fn push(&mut self, delta: &str) {
        if delta.is_empty() {
            return;
        }
        self.chunks += 1;
        self.bytes += delta.len() as u64;
        if let Some(hash) = &mut self.hash {
            hash.write(delta.as_bytes());
        }
        if let Some(delays) = &mut self.delays {
            delays.extend(sent_at(delta).map(|sent| account::clock_ns().saturating_sub(sent)));
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.chunks += other.chunks;
        self.bytes += other.bytes;
        if let (Some(delays), Some(more)) = (&mut self.delays, other.delays) {
            delays.extend(more);
        }
    }

    pub(crate) fn hash(&self) -> Option<u64> {
        self.hash.as_ref().map(|hash| hash.0)
    }

    /// The delay that this share of the deltas did not exceed.
    pub(crate) fn delay(&self, share: f64) -> Option<u64> {
        let mut sorted = self.delays.clone()?;
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        Some(sorted[(last as f64 * share).round() as usize])
    }
}

/// The clock in the text of a paced event: `@` and nanoseconds.
fn sent_at(delta: &str) -> Option<u64> {
    delta.strip_prefix('@')?.parse().ok()
}

/// FNV-1a: it must be the same in every program, and need not withstand anyone.
#[derive(Debug)]
struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_hashed_alike_however_it_is_cut() {
        let of = |deltas: &[&str]| {
            let mut texts = Texts { hash: Some(Hash::default()), ..Texts::default() };
            deltas.iter().for_each(|delta| texts.push(delta));
            (texts.hash(), texts.bytes)
        };
        assert_eq!(of(&["a", "", "bc"]), of(&["abc"]));
        assert_ne!(of(&["abc"]), of(&["abd"]));
    }

    #[test]
    fn a_delay_is_one_of_those_seen() {
        let texts = Texts { delays: Some(vec![30, 10, 20]), ..Texts::default() };
        assert_eq!((texts.delay(0.5), texts.delay(0.99)), (Some(20), Some(30)));
        assert_eq!(Texts { delays: Some(vec![]), ..Texts::default() }.delay(0.5), None);
        assert_eq!(sent_at("@0000000012"), Some(12));
        assert_eq!(sent_at(" the"), None);
    }
}
