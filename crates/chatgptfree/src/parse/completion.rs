use chatstream_core::{FinishReason, TokenUsage};

use crate::wire::Usage;

/// A finish reason of the site's provider in our terms.
pub(super) fn finish_reason(word: &str) -> FinishReason {
    match word {
        "stop" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        other => FinishReason::Other(other.to_owned()),
    }
}

/// The usage in our terms, or `None` when the report is empty.
pub(super) fn usage(wire: Usage) -> Option<TokenUsage> {
    let mut usage = TokenUsage::default();
    usage.input_tokens = wire.prompt_tokens;
    usage.output_tokens = wire.completion_tokens;
    usage.cached_tokens = wire.prompt_tokens_details.and_then(|details| details.cached_tokens);
    usage.reasoning_tokens = wire.completion_tokens_details.and_then(|details| details.reasoning_tokens);
    usage.total_tokens = wire.total_tokens;
    (usage != TokenUsage::default()).then_some(usage)
}
