//! Token usage, counted as the service counts it.

use crate::json::Object;

/// Tokens an image counts for.
const IMAGE_TOKENS: u64 = 256;

/// Tokens a message counts for besides its words.
const MESSAGE_TOKENS: u64 = 4;

/// What a token costs, in ticks: 10¹⁰ of them are one US dollar. It is the same number as the price in the
/// catalogue, which is in cents for 10⁸ tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Prices {
    pub(super) prompt: u64,
    pub(super) cached: u64,
    pub(super) completion: u64,
}

/// Token counts of one answer. Reasoning is not part of the completion here, it is counted beside it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    text: u64,
    image: u64,
    pub(super) completion: u64,
    pub(super) reasoning: u64,
    prices: Prices,
}

impl Usage {
    /// The usage of an answer of which nothing has been said.
    pub(super) fn of_prompt(messages: u64, words: u64, images: u64, prices: Prices) -> Self {
        let text = messages * MESSAGE_TOKENS + words;
        Self { text, image: images * IMAGE_TOKENS, completion: 0, reasoning: 0, prices }
    }

    /// The usage of the same answer before anything of it was said.
    pub(super) fn at_the_beginning(self) -> Self {
        Self { completion: 0, reasoning: 0, ..self }
    }

    pub(super) fn total(&self) -> u64 {
        self.prompt() + self.completion + self.reasoning
    }

    pub(super) fn json(&self) -> String {
        let prompt = Object::new()
            .plain("text_tokens", self.text)
            .plain("audio_tokens", 0)
            .plain("image_tokens", self.image)
            .plain("cached_tokens", self.cached());
        let completion = Object::new()
            .plain("reasoning_tokens", self.reasoning)
            .plain("audio_tokens", 0)
            .plain("accepted_prediction_tokens", 0)
            .plain("rejected_prediction_tokens", 0);
        Object::new()
            .plain("prompt_tokens", self.prompt())
            .plain("completion_tokens", self.completion)
            .plain("total_tokens", self.total())
            .raw("prompt_tokens_details", &prompt.end())
            .raw("completion_tokens_details", &completion.end())
            .plain("num_sources_used", 0)
            .plain("cost_in_usd_ticks", self.cost())
            .end()
    }

    fn prompt(&self) -> u64 {
        self.text + self.image
    }

    /// Cached is what fills whole blocks, as it would be for a prompt that was sent before.
    fn cached(&self) -> u64 {
        self.prompt() / 64 * 64
    }

    fn cost(&self) -> u64 {
        (self.prompt() - self.cached()) * self.prices.prompt
            + self.cached() * self.prices.cached
            + (self.completion + self.reasoning) * self.prices.completion
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasoning_is_outside_the_completion_and_inside_the_total() {
        let prices = Prices { prompt: 100, cached: 10, completion: 1000 };
        let mut usage = Usage::of_prompt(2, 60, 1, prices);
        usage.completion = 7;
        usage.reasoning = 5;
        let json: serde_json::Value = serde_json::from_str(&usage.json()).unwrap();
        assert_eq!(json["prompt_tokens"], 68 + 256);
        assert_eq!(json["completion_tokens"], 7);
        assert_eq!(json["completion_tokens_details"]["reasoning_tokens"], 5);
        assert_eq!(json["total_tokens"], 324 + 7 + 5);
        assert_eq!(json["prompt_tokens_details"]["cached_tokens"], 320);
        assert_eq!(json["cost_in_usd_ticks"], 4 * 100 + 320 * 10 + 12 * 1000);
    }
}
