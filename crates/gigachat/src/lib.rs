#![doc = include_str!("../README.md")]

mod auth;
mod client;
mod config;
mod encode;
mod error;
mod limit;
mod parse;
mod trust;
mod wire;

pub use chatstream_core as core;
pub use chatstream_core::Upload;

pub use client::GigaChat;
pub use config::{
    AuthScheme, Credentials, DEFAULT_AUTH_URL, DEFAULT_BASE_URL, DEFAULT_MODEL, DEVICES_BASE_URL, GigaChatConfig,
    Scope, Version,
};
pub use parse::{V1Parser, V2Parser};
pub use trust::{TRUSTED_NAMES, russian_roots};
pub use wire::{
    AiCheck, Balance, Batch, BatchCounts, DeletedFile, Embedding, File, FunctionCheck, FunctionFault, Model, TokenCount,
};
