//! Files: those that clients sent, and the pictures that were drawn for them.

pub(super) mod upload;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::identity;
use crate::json::{Object, list};
use crate::picture;

/// Files that are kept; older ones are forgotten.
const KEPT: usize = 1024;

/// Bytes of files that are kept, 256 MiB.
const KEPT_BYTES: usize = 256 << 20;

#[derive(Debug, Default)]
pub(super) struct Files(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    count: u64,
    files: VecDeque<File>,
}

/// A file that is kept.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) id: String,
    name: String,
    purpose: String,
    pub(super) content_type: String,
    pub(super) content: Bytes,
    /// Seconds since 1970.
    created: u64,
    /// For whom it was made: nobody else may have its content.
    client: Option<String>,
}

/// A file that a client sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewFile {
    pub(super) name: String,
    pub(super) purpose: String,
    pub(super) content_type: String,
    pub(super) content: Bytes,
}

impl Files {
    /// Keeps a file.
    pub(super) fn keep(&self, file: NewFile, client: Option<&str>) -> File {
        let mut kept = self.kept();
        kept.count += 1;
        let hash = identity::hash(&[b"file", &kept.count.to_be_bytes(), file.name.as_bytes(), &file.content]);
        let file = File {
            id: identity::uuid(hash),
            name: file.name,
            purpose: file.purpose,
            content_type: file.content_type,
            content: file.content,
            created: identity::time(hash),
            client: client.map(str::to_owned),
        };
        kept.push(file.clone());
        file
    }

    /// Keeps the picture with this id.
    pub(super) fn draw(&self, id: &str, client: Option<&str>) {
        let mut kept = self.kept();
        if kept.files.iter().any(|file| file.id == id) {
            return;
        }
        kept.push(File {
            id: id.to_owned(),
            name: format!("{id}.jpg"),
            purpose: String::from("general"),
            content_type: String::from("image/jpeg"),
            content: Bytes::from(picture::jpeg()),
            created: identity::time(identity::hash(&[id.as_bytes()])),
            client: client.map(str::to_owned),
        });
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.kept().files.iter().any(|file| file.id == id)
    }

    /// Describes a file.
    pub(super) fn describe(&self, id: &str) -> Option<String> {
        self.kept().files.iter().find(|file| file.id == id).map(File::described)
    }

    /// Describes all files.
    pub(super) fn list(&self) -> String {
        Object::new().raw("data", &list(self.kept().files.iter().map(File::described))).end()
    }

    /// A file with its content, for whom it was made.
    pub(super) fn content(&self, id: &str, client: Option<&str>) -> Option<File> {
        let kept = self.kept();
        let mut files = kept.files.iter();
        files.find(|file| file.id == id && (file.client.is_none() || file.client.as_deref() == client)).cloned()
    }

    /// Forgets a file, and says so.
    pub(super) fn delete(&self, id: &str) -> Option<String> {
        let mut kept = self.kept();
        let index = kept.files.iter().position(|file| file.id == id)?;
        kept.files.remove(index);
        Some(Object::new().text("id", id).text("object", "file").plain("deleted", true).end())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn push(&mut self, file: File) {
        self.files.push_back(file);
        let bytes = |files: &VecDeque<File>| files.iter().map(|file| file.content.len()).sum::<usize>();
        while self.files.len() > KEPT || bytes(&self.files) > KEPT_BYTES {
            self.files.pop_front();
        }
    }
}

impl File {
    pub(super) fn described(&self) -> String {
        Object::new()
            .text("id", &self.id)
            .text("object", "file")
            .plain("bytes", self.content.len())
            .text("access_policy", "private")
            .plain("created_at", self.created)
            .raw("filename", &crate::json::quoted(&self.name))
            .text("purpose", &self.purpose)
            .end()
    }
}
