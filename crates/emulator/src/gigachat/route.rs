//! The paths of the API.

use http::Method;

/// What a path of the API is for.
#[derive(Clone, Copy)]
pub(super) enum Route<'a> {
    Chat,
    ChatV2,
    Models,
    Model(&'a str),
    Embeddings,
    TokensCount,
    Files,
    File(&'a str),
    FileContent(&'a str),
    FileDelete(&'a str),
    Balance,
    AiCheck,
    FunctionsValidate,
    FunctionsConvert,
    Batches,
}

/// The path on the new host: the old one has its API under `/api`.
pub(super) fn on_new_host(path: &str) -> &str {
    path.strip_prefix("/api").unwrap_or(path)
}

impl<'a> Route<'a> {
    /// Finds what a path on the new host is for.
    pub(super) fn of(path: &'a str) -> Option<Self> {
        if path == "/v2/chat/completions" {
            return Some(Self::ChatV2);
        }
        let parts = path.strip_prefix("/v1/")?.split('/').collect::<Vec<_>>();
        if parts.contains(&"") {
            return None;
        }
        match parts.as_slice() {
            ["chat", "completions"] => Some(Self::Chat),
            ["models"] => Some(Self::Models),
            ["models", id] => Some(Self::Model(id)),
            ["embeddings"] => Some(Self::Embeddings),
            ["tokens", "count"] => Some(Self::TokensCount),
            ["files"] => Some(Self::Files),
            ["files", id] => Some(Self::File(id)),
            ["files", id, "content"] => Some(Self::FileContent(id)),
            ["files", id, "delete"] => Some(Self::FileDelete(id)),
            ["balance"] => Some(Self::Balance),
            ["ai", "check"] => Some(Self::AiCheck),
            ["functions", "validate"] => Some(Self::FunctionsValidate),
            ["functions", "convert"] => Some(Self::FunctionsConvert),
            ["batches"] => Some(Self::Batches),
            _ => None,
        }
    }

    /// Whether a request with this method can be answered.
    pub(super) fn takes(self, method: &Method) -> bool {
        match self {
            Self::Files | Self::Batches => method == Method::GET || method == Method::POST,
            Self::Models | Self::Model(_) | Self::File(_) | Self::FileContent(_) | Self::Balance => {
                method == Method::GET
            }
            _ => method == Method::POST,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_both_hosts_lead_to_the_same() {
        for path in ["/v1/files/1/content", "/api/v1/files/1/content"] {
            assert!(matches!(Route::of(on_new_host(path)), Some(Route::FileContent("1"))));
        }
        for path in ["", "/v1", "/v1/", "/v1/models/", "/v1/files//content", "/v2/files", "/v1/chat/completions/1"] {
            assert!(Route::of(path).is_none(), "{path}");
        }
    }
}
