#![doc = include_str!("../README.md")]

mod auth;
mod client;
mod config;
mod cookies;
mod encode;
mod error;
mod models;
mod parse;
mod session;
mod wire;

pub use chatstream_core as core;
pub use chatstream_core::Upload;
pub use chatstream_core::cookies::{Cookie, Cookies};

#[cfg(feature = "browser-login")]
pub use auth::BrowserLogin;
pub use auth::{SignIn, SignInStep};
pub use client::{ConversationIds, Grok};
pub use config::{
    CookieSource, DEFAULT_ASSETS_URL, DEFAULT_BASE_URL, DEFAULT_LOGIN_URL, DEFAULT_MODEL, DeepSearch, GrokConfig,
};
pub use models::{MODEL_ALIASES, MODELS, Selection};
pub use parse::GrokParser;
pub use session::AuthResult;
pub use wire::{
    Availability, ConversationInfo, ConversationPage, EffortLimits, LoadedResponse, Mode, ModelRateLimits, Modes,
    ResponseNode, SessionInfo, SharedLink, UploadedFile,
};
