//! The GigaChat service.

mod around;
mod chat;
mod client;
mod faults;
mod files;
mod functions;
mod limits;
mod oauth;
mod refusals;
mod second;
