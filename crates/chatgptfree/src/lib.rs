#![doc = include_str!("../README.md")]

mod auth;
mod client;
mod config;
mod encode;
mod error;
mod page;
mod parse;
mod wire;

pub use chatstream_core as core;

pub use client::ChatgptFree;
pub use config::{ChatgptFreeConfig, DEFAULT_MODEL, DEFAULT_URL, MODEL_ALIASES, MODELS};
pub use page::{ChatInfo, Generation};
pub use parse::ChatgptFreeParser;
