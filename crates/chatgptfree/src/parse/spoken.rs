/// Tells the words of the plugin from those of the model.
///
/// The plugin tells an error of its provider word by word as chunks under `event: message` that have no
/// `id`; chunks of a provider have an `id`, and no event has a name. As long as every word came in the
/// plugin's way, it may be either's.
#[derive(Debug, Default)]
pub(super) enum Spoken {
    /// Nothing was said.
    #[default]
    Nothing,
    /// What was said so far came in the plugin's way, and is held back.
    Perhaps(String),
    /// The model speaks.
    No,
}

impl Spoken {
    /// Takes in words, and gives what is certain to be the model's.
    pub(super) fn push(&mut self, words: String, is_real: bool) -> Option<String> {
        match std::mem::replace(self, Self::No) {
            Self::No => Some(words),
            Self::Nothing if is_real => Some(words),
            Self::Perhaps(held) if is_real => Some(held + &words),
            Self::Nothing => {
                *self = Self::Perhaps(words);
                None
            }
            // An error is short: what grows beyond that is an answer in an unusual form.
            Self::Perhaps(held) if held.len() + words.len() > LONGEST_ERROR => Some(held + &words),
            Self::Perhaps(held) => {
                *self = Self::Perhaps(held + &words);
                None
            }
        }
    }

    /// The words that are held back: at the end of an answer they were the plugin's.
    pub(super) fn take(&mut self) -> Option<String> {
        match std::mem::take(self) {
            Self::Perhaps(held) => Some(held),
            _ => None,
        }
    }
}

/// The longest error that is told in words, in bytes; those seen have at most a few hundred.
const LONGEST_ERROR: usize = 4 * 1024;
