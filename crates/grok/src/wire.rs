//! The site's JSON as the project's notes of 2026-11 have it, seen in published traffic of 2025-02 to
//! 2026-08. The service is private and undocumented: every member may be missing, be `null`, or be of
//! another type one day, so the answer's members are read one by one, and only those understood count.

use serde::Deserialize;
use serde_json::value::RawValue;

mod answer;
mod calls;
mod cookies;
mod request;

pub(crate) use answer::*;
pub use calls::{
    Availability, ConversationInfo, ConversationPage, EffortLimits, LoadedResponse, Mode, ModelRateLimits, Modes,
    ResponseNode, SessionInfo, SharedLink, UploadedFile,
};
pub(crate) use calls::{LoadedResponses, ResponseNodes, Session, SharedLinks, V2};
pub(crate) use cookies::{ExportedCookie, HarEntry, HarLog, Saved, SavedCookie};
pub(crate) use request::{Body, Named};

/// A member that is understood, or `None`.
pub(crate) fn read<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}
