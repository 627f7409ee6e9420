//! One suite that every provider must pass, over recorded answers and over the emulator. A new
//! provider adds a [`Subject`] and fixtures, not tests.

mod emulated;
mod replayed;
mod subject;
mod tls;
mod wire_xai;
