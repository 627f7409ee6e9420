use std::collections::HashSet;

use chatstream_core::lenient::Text;
use chatstream_core::{Chunk, Chunks, Endpoint, Image};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::wire::{Card, Picture, PictureBytes, read};

/// The pictures of an answer, each handed out once in each state, by whatever way it comes.
#[derive(Debug, Default)]
pub(super) struct Images {
    assets: Option<Endpoint>,
    previews: HashSet<(String, u8)>,
    shown: HashSet<String>,
    moderated: HashSet<String>,
    /// Whether one was moderated, also one without an address.
    any_moderated: bool,
}

/// The most pictures, in all states, that are told apart in one answer; those beyond are dropped. A
/// drawing has about ten.
const MOST: usize = 4096;

impl Images {
    pub(super) fn new(assets: Option<Endpoint>) -> Self {
        Self { assets, ..Self::default() }
    }

    pub(super) fn note_streamed(&mut self, raw: Option<&RawValue>, followed: Option<u64>, chunks: &mut Chunks) {
        let Some(value) = read::<Value>(raw) else { return };
        let picture = Picture::from(&value);
        let is_other = picture.side_by_side_index.zip(followed).is_some_and(|(index, followed)| index != followed);
        if !is_other {
            self.note(picture, chunks);
        }
    }

    /// A picture that was there already: it is finished.
    pub(super) fn note_cached(&mut self, raw: Option<&RawValue>, chunks: &mut Chunks) {
        let Some(value) = read::<Value>(raw) else { return };
        self.note(Picture { is_final: true, ..Picture::from(&value) }, chunks);
    }

    pub(super) fn note_card(&mut self, card: Card, chunks: &mut Chunks) {
        if let Some(picture) = card.picture {
            self.note(picture, chunks);
        }
    }

    /// A picture in base64, which comes when `returnImageBytes` was asked for.
    pub(super) fn note_bytes(&mut self, raw: Option<&RawValue>, chunks: &mut Chunks) {
        let Some(PictureBytes { generated_image_bytes, content_type }) = read(raw) else { return };
        if generated_image_bytes.is_empty() {
            return;
        }
        let media_type = content_type.as_deref().filter(|kind| !kind.is_empty()).unwrap_or("image/jpeg");
        let url = format!("data:{media_type};base64,{}", &*generated_image_bytes);
        chunks.push(Chunk::Images(vec![Image::new(url)]));
    }

    /// The finished pictures as the full message lists them: moderated ones too.
    pub(super) fn note_urls(&mut self, raw: Option<&RawValue>, chunks: &mut Chunks) {
        let mut images = Vec::new();
        for url in read::<Vec<&RawValue>>(raw).unwrap_or_default() {
            let Some(url) = read::<Text<'_>>(Some(url)).filter(|url| !url.is_empty()) else { continue };
            images.extend(self.finished(self.address(&url)));
        }
        if !images.is_empty() {
            chunks.push(Chunk::Images(images));
        }
    }

    /// Whether the answer drew, and nothing of it may be seen.
    pub(super) fn are_all_moderated(&self) -> bool {
        self.any_moderated && self.shown.is_empty()
    }

    fn note(&mut self, picture: Picture, chunks: &mut Chunks) {
        self.any_moderated |= picture.is_moderated;
        // The first frames of a drawing have no address yet.
        let Some(url) = picture.url.map(|url| self.address(&url)) else {
            chunks.note_progress();
            return;
        };
        let progress = picture.progress.map(|percent| percent.clamp(0.0, 100.0) as u8);
        if picture.is_moderated {
            if self.has_room() {
                self.moderated.insert(url);
            }
        } else if picture.is_final || progress == Some(100) {
            if let Some(image) = self.finished(url) {
                chunks.push(Chunk::Images(vec![image]));
            }
        } else if self.has_room() && self.previews.insert((url.clone(), progress.unwrap_or_default())) {
            let image = Image::new(url);
            chunks.push(Chunk::ImagePreview(match progress {
                Some(percent) => image.progress(percent),
                None => image,
            }));
        }
    }

    fn finished(&mut self, url: String) -> Option<Image> {
        let is_new = self.has_room() && !self.moderated.contains(&url) && self.shown.insert(url.clone());
        is_new.then(|| Image::new(url))
    }

    fn has_room(&self) -> bool {
        self.previews.len() + self.shown.len() + self.moderated.len() < MOST
    }

    /// The whole address: most are relative to the assets URL.
    fn address(&self, url: &str) -> String {
        let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
        if lower.starts_with("http://") || lower.starts_with("https://") {
            return url.to_owned();
        }
        let joined = self.assets.as_ref().and_then(|assets| assets.join(url).ok());
        joined.map_or_else(|| url.to_owned(), |joined| joined.to_string())
    }
}
