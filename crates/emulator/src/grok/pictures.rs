//! Pictures, in the three ways in which the service has given them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::cookies::USER_ID;
use super::frames::{Look, Part};
use crate::fault::{Fault, Faults};
use crate::identity;
use crate::json::Object;
use crate::picture;

/// Progress in percent at which there are previews.
const PREVIEWS: [usize; 2] = [25, 50];

/// The most pictures of one answer.
const MOST: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A frame for each preview, and one for the picture.
    Streaming,
    /// Cards in the text, as in 2026.
    Cards,
    /// All at once and without a text, as in 2025.
    Cached,
    /// In the frames themselves.
    Bytes,
}

/// What is drawn for one answer.
#[derive(Debug)]
pub(super) struct Drawing {
    pub(super) way: Way,
    pictures: Vec<Picture>,
    /// Whether there are previews.
    streamed: bool,
    /// Whether the first frames have no address.
    late: bool,
}

#[derive(Debug)]
struct Picture {
    id: String,
    index: usize,
    moderated: bool,
}

impl Drawing {
    /// Draws for the answer with this id.
    pub(super) fn new(id: &str, count: usize, streamed: bool, bytes: bool, faults: &Faults) -> Self {
        let way = faults.find(|fault| match fault {
            Fault::ImageCards => Some(Way::Cards),
            Fault::CachedImages => Some(Way::Cached),
            _ => None,
        });
        let moderated = faults.find(|fault| match fault {
            Fault::ModeratedImages(n) => Some(*n),
            _ => None,
        });
        let picture = |index: usize| Picture {
            id: identity::uuid(identity::hash(&[b"picture", id.as_bytes(), &index.to_be_bytes()])),
            index,
            moderated: index < moderated.unwrap_or(0),
        };
        Self {
            way: way.unwrap_or(if bytes { Way::Bytes } else { Way::Streaming }),
            pictures: (0..count.clamp(1, MOST)).map(picture).collect(),
            streamed,
            late: faults.has(&Fault::NoImageUrl),
        }
    }

    /// Whether nothing of it may be shown.
    pub(super) fn is_moderated(&self) -> bool {
        self.pictures.iter().all(|picture| picture.moderated)
    }

    /// Where the pictures are, whether they may be shown or not.
    pub(super) fn urls(&self) -> Vec<String> {
        match self.way {
            Way::Bytes => Vec::new(),
            way => self.pictures.iter().map(|picture| picture.url(way)).collect(),
        }
    }

    /// What the store has: pictures that may be shown, and their previews.
    pub(super) fn stored(&self) -> Vec<String> {
        let shown = self.pictures.iter().filter(|picture| !picture.moderated);
        let previews = |picture: &Picture| (0..PREVIEWS.len()).map(|part| picture.preview(part)).collect::<Vec<_>>();
        shown.flat_map(|picture| [vec![picture.url(self.way)], previews(picture)].concat()).collect()
    }

    /// The cards as they are in the end.
    pub(super) fn cards(&self) -> Vec<String> {
        match self.way {
            Way::Cards => self.pictures.iter().map(|picture| picture.card(Some((100, 2)))).collect(),
            _ => Vec::new(),
        }
    }

    /// The places of the cards in the text.
    pub(super) fn tags(&self) -> String {
        match self.way {
            Way::Cards => self.pictures.iter().map(Picture::tag).collect(),
            _ => String::new(),
        }
    }

    pub(super) fn parts(&self) -> Vec<Part> {
        match self.way {
            Way::Streaming => self.streaming(),
            Way::Cards => self.pictures.iter().flat_map(|picture| self.in_cards(picture)).collect(),
            Way::Cached => self.cached(),
            Way::Bytes => self.pictures.iter().map(|_| in_bytes()).collect(),
        }
    }

    fn streaming(&self) -> Vec<Part> {
        let frame = |picture: &Picture, progress, seq, url: Option<&str>, moderated| {
            let response = match url {
                Some(url) => Object::new().text("imageUrl", url),
                None => Object::new(),
            };
            let response = response
                .plain("seq", seq)
                .plain("progress", progress)
                .plain("moderated", moderated)
                .text("imageId", &picture.id)
                .plain("imageIndex", picture.index)
                .plain("sideBySideIndex", 0);
            Part::Members(Object::new().raw("streamingImageGenerationResponse", &response.end()), Look::PLAIN)
        };
        let mut parts = Vec::new();
        if self.late {
            parts.extend(self.pictures.iter().map(|picture| frame(picture, 0, 0, None, false)));
            let nothing = Object::new().plain("streamingImageGenerationResponse", "null").text("token", "");
            parts.push(Part::Members(nothing, Look::PLAIN));
        }
        let previews = if self.streamed { &PREVIEWS[..] } else { &[] };
        for (part, progress) in previews.iter().enumerate() {
            let of_part = |picture: &Picture| frame(picture, *progress, part, Some(&*picture.preview(part)), false);
            parts.extend(self.pictures.iter().map(of_part));
        }
        let last = |picture: &Picture| {
            frame(picture, 100, previews.len(), Some(&*picture.url(Way::Streaming)), picture.moderated)
        };
        parts.extend(self.pictures.iter().map(last));
        parts
    }

    fn in_cards(&self, picture: &Picture) -> Vec<Part> {
        let card = |at| {
            let attachment = Object::new().text("jsonData", &picture.card(at)).end();
            Part::Members(Object::new().raw("cardAttachment", &attachment), Look::FINAL)
        };
        let mut parts = vec![card(None), Part::Token(picture.tag(), Look::FINAL)];
        if self.streamed {
            parts.extend(PREVIEWS.iter().enumerate().map(|(part, progress)| card(Some((*progress, part)))));
        }
        parts.push(card(Some((100, PREVIEWS.len()))));
        parts
    }

    fn cached(&self) -> Vec<Part> {
        let one = |picture: &Picture| {
            let response =
                Object::new().text("imageUrl", &picture.url(Way::Cached)).plain("moderated", picture.moderated);
            Part::Members(Object::new().raw("cachedImageGenerationResponse", &response.end()), Look::PLAIN)
        };
        let count = Object::new().plain("imageAttachmentCount", self.pictures.len()).end();
        let count = Part::Members(Object::new().raw("imageAttachmentInfo", &count), Look::PLAIN);
        self.pictures.iter().map(one).chain([count]).collect()
    }
}

impl Picture {
    fn url(&self, way: Way) -> String {
        match way {
            Way::Cached => format!("anon-users/{USER_ID}/{}-generated_image.jpg", self.id),
            _ => format!("users/{USER_ID}/generated/{}/image.jpg", self.id),
        }
    }

    fn preview(&self, part: usize) -> String {
        format!("users/{USER_ID}/generated/{}-part-{part}/image.jpg", self.id)
    }

    fn card_id(&self) -> String {
        format!("image{:02}", self.index)
    }

    /// The card at a progress, with the number of its chunk; or before there is any.
    fn card(&self, at: Option<(usize, usize)>) -> String {
        let chunk = at.map(|(progress, seq)| {
            let url = if progress < 100 { self.preview(seq) } else { self.url(Way::Cards) };
            Object::new()
                .text("imageUuid", &self.id)
                .text("imageUrl", &url)
                .plain("progress", progress)
                .plain("moderated", self.moderated && progress == 100)
                .plain("seq", seq)
                .text("imageModel", "imagine")
                .end()
        });
        Object::new()
            .text("id", &self.card_id())
            .text("type", "render_file")
            .text("cardType", "generated_image_card")
            .raw("image_chunk", chunk.as_deref().unwrap_or("null"))
            .end()
    }

    fn tag(&self) -> String {
        format!(
            "<grok:render card_id=\"{}\" card_type=\"generated_image_card\" type=\"render_file\"><argument \
             name=\"file_path\">/artifacts/{}.jpg</argument></grok:render>",
            self.card_id(),
            self.id
        )
    }
}

fn in_bytes() -> Part {
    let response =
        Object::new().text("generatedImageBytes", &STANDARD.encode(picture::jpeg())).text("contentType", "image/jpeg");
    Part::Members(Object::new().raw("imageGenerationResponse", &response.end()), Look::PLAIN)
}
