//! The service of grok.com.

mod around;
mod chat;
mod client;
mod cookies;
mod faults;
mod pictures;
mod refusals;
