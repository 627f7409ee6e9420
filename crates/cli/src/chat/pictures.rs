//! What is done with the pictures of an answer beside telling where they are: they are saved, and
//! shown in terminals.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chatstream::{Error, ErrorKind, Image};

use crate::failure::Failure;
use crate::provider::Client;
use crate::render::Renderer;

/// What is to be done with pictures.
pub(super) struct Pictures {
    folder: Option<PathBuf>,
    /// Whether the terminal shows them.
    inline: bool,
    /// Why the first of those that are missing is.
    missing: Option<Error>,
}

impl Pictures {
    /// Makes the folder, so that nobody waits for an answer that cannot be kept.
    pub(super) fn new(folder: Option<PathBuf>, inline: bool) -> Result<Self, Failure> {
        if let Some(folder) = &folder {
            let cannot = |error| Failure::io(format!("cannot make the folder {}", folder.display()), error);
            std::fs::create_dir_all(folder).map_err(cannot)?;
        }
        Ok(Self { folder, inline, missing: None })
    }

    /// Fetches the pictures and does what is to be done. One that cannot be had does not end the answer: see
    /// [`outcome`](Self::outcome).
    pub(super) async fn take(&mut self, client: &Client, images: &[Image], renderer: &mut Renderer<'_>) {
        let is_wanted = self.inline || self.folder.is_some();
        for image in images.iter().filter(|_| is_wanted) {
            if let Err(error) = self.take_one(client, image, renderer).await {
                self.missing.get_or_insert(error);
            }
        }
    }

    /// Whether all that was to be had was.
    pub(super) fn outcome(&mut self) -> Result<(), Error> {
        self.missing.take().map_or(Ok(()), Err)
    }

    async fn take_one(&self, client: &Client, image: &Image, renderer: &mut Renderer<'_>) -> Result<(), Error> {
        let bytes = client.download(image).await?;
        if let Some(folder) = &self.folder {
            let cannot = |error| {
                Error::new(ErrorKind::Unexpected, format!("cannot save a picture in {}", folder.display()))
                    .with_source(error)
            };
            let path = save(folder, &bytes).map_err(cannot)?;
            renderer.notice(&format!("saved: {}", path.display()));
        }
        if self.inline {
            show(&bytes, renderer);
        }
        Ok(())
    }
}

/// Writes the picture under the first free name.
fn save(folder: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let mut number = 1_u32;
    loop {
        let path = folder.join(format!("picture-{number}.{}", extension(bytes)));
        match File::create_new(&path) {
            Ok(mut file) => return file.write_all(bytes).map(|()| path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

/// What a picture's first bytes say it is.
fn extension(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => "jpg",
        [0x89, b'P', b'N', b'G', ..] => "png",
        [b'G', b'I', b'F', b'8', ..] => "gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "webp",
        _ => "bin",
    }
}

/// Shows the picture in the terminal: as itself where that can, else in half blocks.
#[cfg(feature = "inline-images")]
fn show(bytes: &[u8], renderer: &mut Renderer<'_>) {
    /// In columns: about a third of a wide terminal.
    const WIDEST: u32 = 60;

    let (columns, _) = viuer::terminal_size();
    let place = viuer::Config {
        absolute_offset: false,
        width: Some(WIDEST.min(columns.into())),
        use_kitty: speaks_kitty(|name| std::env::var(name).ok()),
        ..viuer::Config::default()
    };
    // Its lines are its own.
    let _ = renderer.end_line();
    let shown = image::load_from_memory(bytes)
        .map_err(|error| error.to_string())
        .and_then(|picture| viuer::print(&picture, &place).map_err(|error| error.to_string()));
    if let Err(what) = shown {
        renderer.notice(&format!("the picture cannot be shown here: {what}"));
    }
}

/// Whether the terminal says that it knows kitty's protocol. One that does not is not asked: the answer to that
/// question is waited for without an end.
#[cfg(feature = "inline-images")]
fn speaks_kitty(lookup: impl Fn(&str) -> Option<String>) -> bool {
    let says = |name: &str| {
        lookup(name).is_some_and(|said| {
            let said = said.to_ascii_lowercase();
            ["kitty", "ghostty", "wezterm"].iter().any(|known| said.contains(known))
        })
    };
    says("TERM") || says("TERM_PROGRAM")
}

#[cfg(not(feature = "inline-images"))]
fn show(_: &[u8], _: &mut Renderer<'_>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_saved_under_a_free_name_of_its_kind() {
        let folder = tempfile::tempdir().unwrap();
        let saved = |bytes: &[u8]| save(folder.path(), bytes).unwrap().file_name().unwrap().to_owned();
        assert_eq!(saved(b"\xff\xd8\xff\xe0one"), "picture-1.jpg");
        assert_eq!(saved(b"\xff\xd8\xff\xe0two"), "picture-2.jpg");
        assert_eq!(saved(b"\x89PNG\r\n"), "picture-1.png");
        assert_eq!(saved(b"RIFF\0\0\0\0WEBPVP8 "), "picture-1.webp");
        assert_eq!(saved(b"GIF89a"), "picture-1.gif");
        assert_eq!(saved(b""), "picture-1.bin");
        assert_eq!(std::fs::read(folder.path().join("picture-1.jpg")).unwrap(), b"\xff\xd8\xff\xe0one");
    }

    #[test]
    fn a_folder_that_cannot_be_is_told_before_anything_is_asked() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(Pictures::new(Some(file.path().join("below")), false).is_err());
        assert!(Pictures::new(None, false).is_ok());
    }
}
