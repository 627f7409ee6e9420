//! The service of a WordPress site with the AI chat plugin.

mod client;
mod first;
mod first_faults;
mod nonces;
mod pages;
mod refusals;
mod second;
