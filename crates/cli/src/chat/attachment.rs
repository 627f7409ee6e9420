//! Files shown to the model.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use chatstream::{ImageInput, Message, Part, Role};

use crate::failure::Failure;

/// The largest file taken in, in bytes: 20 MiB, the most that xAI takes for a picture.
const LIMIT: u64 = 20 * 1024 * 1024;

const ACCEPTED: &str = "accepted are pictures (PNG, JPEG, WebP) and text in UTF-8";

/// A message of the user that holds these files and no text of their own.
pub(super) fn read_all(paths: &[PathBuf]) -> Result<Message, Failure> {
    let mut message = Message::new(Role::User);
    for path in paths {
        message.content.push(read(path)?);
    }
    Ok(message)
}

fn read(path: &Path) -> Result<Part, Failure> {
    let refused = |why: String| Failure::Usage(format!("{}: {why}", path.display()));
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes));
    read.map_err(|error| refused(format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > LIMIT {
        return Err(refused(format!("is larger than {LIMIT} bytes")));
    }
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    part(&name, bytes).map_err(refused)
}

/// A file's place in a message, by what it holds: its name only tells what it was meant to be.
fn part(name: &str, bytes: Vec<u8>) -> Result<Part, String> {
    if let Some(media_type) = picture(&bytes) {
        return Ok(Part::Image(ImageInput::data(media_type, bytes)));
    }
    if let Some(meant) = meant_picture(name) {
        return Err(format!("is no {meant} picture, as its name says; {ACCEPTED}"));
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.is_empty() => Err(format!("is empty; {ACCEPTED}")),
        Ok(text) if !text.contains('\0') => Ok(Part::Text(format!("File {name}:\n{text}"))),
        _ => Err(format!("is neither a picture nor text; {ACCEPTED}")),
    }
}

/// The media type of a picture, by its first bytes.
fn picture(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

fn meant_picture(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    match extension.to_ascii_lowercase().as_str() {
        "png" => Some("PNG"),
        "jpg" | "jpeg" => Some("JPEG"),
        "webp" => Some("WebP"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use chatstream::Source;

    use super::*;

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        let pictures: [(&[u8], &str); 3] = [
            (b"\x89PNG\r\n\x1a\nrest", "image/png"),
            (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
            (b"RIFF\x04\0\0\0WEBPVP8 ", "image/webp"),
        ];
        for (bytes, expected) in pictures {
            let Ok(Part::Image(image)) = part("whatever.txt", bytes.to_vec()) else { panic!("no picture: {expected}") };
            assert!(matches!(&image.source, Source::Data { media_type, .. } if media_type == expected));
        }
    }

    #[test]
    fn a_text_comes_with_its_name() {
        let expected = Part::Text("File notes.md:\nпривет\n".to_owned());
        assert_eq!(part("notes.md", "привет\n".into()), Ok(expected));
    }

    #[test]
    fn anything_else_is_refused_with_what_is_accepted() {
        let files: [(&str, &[u8]); 4] =
            [("empty.txt", b""), ("cat.png", b"no picture"), ("a.out", b"\x7fELF\0\xff"), ("zeros", b"a\0b")];
        for (name, bytes) in files {
            let message = part(name, bytes.to_vec()).unwrap_err();
            assert!(message.ends_with(ACCEPTED), "{name}: {message}");
        }
    }
}
