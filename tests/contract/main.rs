//! One suite that every provider must pass, over recorded answers and over the emulator. A new
//! provider adds a [`Subject`](subject::Subject) and fixtures, not tests.

#![expect(clippy::unwrap_used, reason = "a test that fails should stop where it fails")]

mod alike;
mod behind_page;
mod chatgptfree;
mod emulated;
mod gigachat;
mod grok;
mod replayed;
mod subject;
mod tls;
mod wire_gigachat;
mod wire_xai;
