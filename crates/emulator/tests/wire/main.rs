//! The emulator over loopback, down to the bytes.

mod catalogue;
mod chat;
mod chatgptfree;
mod client;
mod faults;
mod gigachat;
mod grok;
mod lifecycle;
mod observed;
mod refusals;
mod scripts;
#[cfg(feature = "tls")]
mod tls;
mod versions;
