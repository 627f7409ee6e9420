#![doc = include_str!("../README.md")]

mod answer;
mod builder;
mod chatgptfree;
mod connection;
mod cookie;
mod emulator;
mod fault;
mod form;
mod gigachat;
mod grok;
mod identity;
mod instead;
mod journal;
mod json;
mod pace;
mod page;
mod picture;
mod prose;
mod schema;
mod server;
mod speech;
mod stream;
#[cfg(feature = "tls")]
mod tls;
mod whole;
mod xai;

pub use answer::Answer;
pub use builder::EmulatorBuilder;
pub use chatgptfree::ChatgptfreeEndpoint;
pub use emulator::Emulator;
pub use fault::{Fault, ParseFaultError};
pub use gigachat::GigachatEndpoint;
pub use grok::GrokEndpoint;
pub use journal::ReceivedRequest;
pub use xai::XaiEndpoint;
