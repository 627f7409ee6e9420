//! What the store of pictures and files has.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::HeaderValue;

use super::error::{self, Refusal};
use crate::answer::Reply;
use crate::fault::Faults;
use crate::{picture, whole};

/// Assets that are kept; older ones are forgotten.
const KEPT: usize = 4096;

/// Bytes of assets that are kept, 256 MiB.
const KEPT_BYTES: usize = 256 << 20;

#[derive(Debug, Default)]
pub(super) struct Assets(Mutex<VecDeque<Asset>>);

#[derive(Clone, Debug)]
struct Asset {
    /// Below the address of the store.
    path: String,
    content_type: String,
    content: Bytes,
}

impl Assets {
    pub(super) fn keep(&self, path: String, content_type: String, content: Bytes) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|asset| asset.path != path);
        kept.push_back(Asset { path, content_type, content });
        let mut bytes = kept.iter().map(|asset| asset.content.len()).sum::<usize>();
        while kept.len() > KEPT || bytes > KEPT_BYTES {
            let Some(oldest) = kept.pop_front() else { break };
            bytes -= oldest.content.len();
        }
    }

    /// Keeps a picture that was drawn.
    pub(super) fn draw(&self, path: String) {
        self.keep(path, String::from("image/jpeg"), Bytes::from(picture::jpeg()));
    }

    /// Whether a file with this id was sent.
    pub(super) fn has_file(&self, id: &str) -> bool {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().any(|asset| asset.path == file_path(id))
    }

    pub(super) fn answer(&self, path: &str, faults: &Faults) -> Result<Reply, Refusal> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(asset) = kept.iter().find(|asset| asset.path == path).cloned() else {
            return Ok(error::no_such_asset());
        };
        let content_type = HeaderValue::try_from(asset.content_type);
        let content_type = content_type.unwrap_or(HeaderValue::from_static("application/octet-stream"));
        Ok(whole::body(asset.content, content_type, faults))
    }
}

/// Where a file that was sent is.
pub(super) fn file_path(id: &str) -> String {
    format!("users/{}/{id}/content", super::cookies::USER_ID)
}
