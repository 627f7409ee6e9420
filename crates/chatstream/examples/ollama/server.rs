//! A server that knows two answers: the emulator, told what to say.

use std::io;
use std::time::Duration;

use chatstream_emulator::{Answer, Emulator};

/// A thought and a call of the function `weather`, and what a model makes of its result.
pub(crate) const ANSWERS: [&[&str]; 2] = [
    &[
        r#"{"model":"qwen3","created_at":"2026-11-01T10:00:00.1Z","message":{"role":"assistant","content":"","thinking":"The user asks "},"done":false}"#,
        r#"{"model":"qwen3","created_at":"2026-11-01T10:00:00.2Z","message":{"role":"assistant","content":"","thinking":"for the weather."},"done":false}"#,
        r#"{"model":"qwen3","created_at":"2026-11-01T10:00:00.3Z","message":{"role":"assistant","content":"","tool_calls":[{"id":"call_a1","function":{"index":0,"name":"weather","arguments":{"city":"Kazan","at":1.50}}}]},"done":false}"#,
        r#"{"model":"qwen3","created_at":"2026-11-01T10:00:00.4Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":400000000,"prompt_eval_count":163,"eval_count":41}"#,
    ],
    &[
        r#"{"model":"qwen3","created_at":"2026-11-01T10:00:01.1Z","message":{"role":"assistant","content":"It is clear in Kazan"},"done":false}"#,
        r#"{"model":"qwen3","created_at":"2026-11-01T10:00:01.2Z","message":{"role":"assistant","content":", 3 °C. Тепло 🚀"},"done":false}"#,
        r#"{"model":"qwen3","created_at":"2026-11-01T10:00:01.3Z","message":{"role":"assistant","content":"\n"},"done":true,"done_reason":"stop","total_duration":300000000,"prompt_eval_count":201,"prompt_eval_cached_count":160,"eval_count":17}"#,
    ],
];

/// Starts it; it gives each answer once.
pub(crate) async fn start() -> io::Result<Emulator> {
    ANSWERS.iter().fold(Emulator::builder(), |builder, lines| builder.script(streamed(lines))).start().await
}

/// An answer of these lines, one after the other.
pub(crate) fn streamed(lines: &[&str]) -> Answer {
    let answer = Answer::new(200).header("content-type", "application/x-ndjson").path("/api/chat");
    lines.iter().fold(answer, |answer, line| answer.piece(format!("{line}\n")).pause(Duration::from_millis(20)))
}
