use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A cookie as extensions, Playwright and this crate write it; times are in seconds.
#[derive(Deserialize)]
pub(crate) struct ExportedCookie {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) domain: Option<String>,
    pub(crate) path: Option<String>,
    #[serde(default, rename = "hostOnly")]
    pub(crate) host_only: Option<bool>,
    #[serde(default)]
    pub(crate) secure: Option<bool>,
    #[serde(rename = "expirationDate", alias = "expires", alias = "expiry")]
    pub(crate) expires: Option<Value>,
}

/// A HAR recording, as far as it tells of cookies.
#[derive(Deserialize)]
pub(crate) struct HarLog {
    pub(crate) entries: Vec<Value>,
}

#[derive(Deserialize)]
pub(crate) struct HarEntry {
    pub(crate) request: HarRequest,
}

#[derive(Deserialize)]
pub(crate) struct HarRequest {
    pub(crate) url: String,
    #[serde(default)]
    pub(crate) headers: Vec<HarNamed>,
    #[serde(default)]
    pub(crate) cookies: Vec<HarNamed>,
}

#[derive(Deserialize)]
pub(crate) struct HarNamed {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// A saved sign-in. The cookies stand as browser extensions export them.
#[derive(Serialize, Deserialize)]
pub(crate) struct Saved<'a> {
    pub(crate) provider: String,
    pub(crate) cookies: Vec<SavedCookie<'a>>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) proxy: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SavedCookie<'a> {
    pub(crate) name: String,
    pub(crate) value: Cow<'a, str>,
    pub(crate) domain: String,
    pub(crate) host_only: bool,
    pub(crate) path: String,
    pub(crate) secure: bool,
    #[serde(rename = "expirationDate", skip_serializing_if = "Option::is_none", default)]
    pub(crate) expires: Option<u64>,
}
