//! The built command, as a shell runs it: against the emulator, without network, in an environment
//! of its own.
#![cfg(test)]

mod chat;
mod chatgptfree;
mod conversation;
mod decode;
mod emulate;
mod errors;
mod gigachat;
mod grok;
mod models;
mod run;
mod signals;
mod terminal;
