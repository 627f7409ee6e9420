use std::time::Duration;

/// What the name of a model asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) events: u64,
    pub(crate) pieces: Pieces,
}

/// How events are cut into the pieces that the server writes, an HTTP chunk each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pieces {
    /// As many events as 16 KiB hold.
    Burst,
    /// One event each.
    Each,
    /// 1 to 61 bytes, wherever that cuts.
    Split,
    /// One event each, this far apart.
    Paced(Duration),
}

impl Script {
    /// Reads `burst-N`, `each-N`, `split-N` and `paced-MICROSECONDS-N`; what stands before a colon, as
    /// in `model:burst-1`, is passed over.
    pub(crate) fn parse(model: &str) -> Option<Self> {
        let (rest, events) = model.rsplit_once('-')?;
        let pieces = match rest.rsplit(':').next()? {
            "burst" => Pieces::Burst,
            "each" => Pieces::Each,
            "split" => Pieces::Split,
            paced => Pieces::Paced(Duration::from_micros(paced.strip_prefix("paced-")?.parse().ok()?)),
        };
        Some(Self { events: events.parse().ok()?, pieces })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_says_what_to_send() {
        let paced = Pieces::Paced(Duration::from_micros(1000));
        for (model, events, pieces) in [
            ("burst-200", 200, Pieces::Burst),
            ("model:each-1", 1, Pieces::Each),
            ("split-7", 7, Pieces::Split),
            ("paced-1000-5", 5, paced),
        ] {
            assert_eq!(Script::parse(model), Some(Script { events, pieces }), "{model}");
        }
        for model in ["", "burst", "burst-", "burst-x", "other-1", "paced-5", "paced-x-5"] {
            assert_eq!(Script::parse(model), None, "{model}");
        }
    }
}
