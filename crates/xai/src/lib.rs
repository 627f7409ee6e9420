#![doc = include_str!("../README.md")]

mod auth;
mod client;
mod config;
mod encode;
mod error;
mod models;
mod parse;
mod wire;

pub use chatstream_core as core;

pub use client::Xai;
pub use config::{DEFAULT_BASE_URL, DEFAULT_MODEL, XaiConfig};
pub use models::Model;
pub use parse::ChatParser;
