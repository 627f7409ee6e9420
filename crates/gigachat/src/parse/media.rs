/// Takes pictures and films out of a text: `<img src="ID" fuse="true"/>` and
/// `<video cover="ID" src="ID" fuse="true"/>`, also when they are cut across deltas.
#[derive(Debug, Default)]
pub(super) struct MediaTags {
    /// What may be the beginning of a tag.
    held: String,
}

/// A piece of a text without its tags.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// The id of a picture's or film's file.
    Media(String),
}

/// Real tags have about 80 bytes; a longer beginning is text after all.
const LONGEST_TAG: usize = 512;

const OPENINGS: [&str; 2] = ["<img ", "<video "];

impl MediaTags {
    /// Whether this delta is certain as it is, as nearly all are.
    pub(super) fn lets_through(&self, delta: &str) -> bool {
        self.held.is_empty() && !delta.contains('<')
    }

    /// Takes a delta; what is certain comes out.
    pub(super) fn take(&mut self, delta: String) -> Vec<Piece> {
        self.held.push_str(&delta);
        let (mut pieces, mut text) = (Vec::new(), String::new());
        loop {
            let Some(at) = self.held.find('<') else {
                text.push_str(&std::mem::take(&mut self.held));
                break;
            };
            text.extend(self.held.drain(..at));
            let may_open = OPENINGS.iter().any(|opening| {
                let length = self.held.len().min(opening.len());
                self.held.as_bytes()[..length] == opening.as_bytes()[..length]
            });
            match self.held.find('>') {
                Some(end) if may_open => {
                    let tag: String = self.held.drain(..=end).collect();
                    match id(&tag) {
                        Some(id) => {
                            if !text.is_empty() {
                                pieces.push(Piece::Text(std::mem::take(&mut text)));
                            }
                            pieces.push(Piece::Media(id));
                        }
                        None => text.push_str(&tag),
                    }
                }
                None if may_open && self.held.len() <= LONGEST_TAG => break,
                _ => text.extend(self.held.drain(..1)),
            }
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        pieces
    }

    /// What was held back, at the end of the text.
    pub(super) fn finish(&mut self) -> Option<String> {
        Some(std::mem::take(&mut self.held)).filter(|held| !held.is_empty())
    }
}

/// The file of a tag of the service; a tag of any other kind is text.
fn id(tag: &str) -> Option<String> {
    if !tag.contains("fuse=\"true\"") {
        return None;
    }
    // `src` behind a blank: a film's `cover` comes before it.
    let value = tag.split_once(" src=\"")?.1;
    let id = value.split_once('"')?.0;
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    is_id.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text as it is, media in brackets, whatever the deltas.
    fn check(input: &str, expected: &str) {
        let whole = input.len();
        let boundaries: Vec<_> = (0..=whole).filter(|at| input.is_char_boundary(*at)).collect();
        let mut splits: Vec<Vec<&str>> = boundaries.iter().map(|&at| vec![&input[..at], &input[at..]]).collect();
        splits.push(boundaries.windows(2).map(|pair| &input[pair[0]..pair[1]]).collect());
        for deltas in splits {
            let mut tags = MediaTags::default();
            let mut got = String::new();
            for delta in &deltas {
                for piece in tags.take((*delta).to_owned()) {
                    match piece {
                        Piece::Text(text) => got.push_str(&text),
                        Piece::Media(id) => got.push_str(&format!("[{id}]")),
                    }
                }
            }
            got.extend(tags.finish());
            assert_eq!(got, expected, "{deltas:?}");
        }
    }

    #[test]
    fn tags_are_found_wherever_the_deltas_are_cut() {
        check("<img src=\"1-a\" fuse=\"true\"/> вот кот", "[1-a] вот кот");
        check("до <img src=\"1\" fuse=\"true\"/><img src=\"2\" fuse=\"true\"/> после", "до [1][2] после");
        check("<video cover=\"c\" src=\"v\" fuse=\"true\"/>", "[v]");
    }

    #[test]
    fn what_is_no_tag_of_the_service_is_text() {
        for text in [
            "a < b > c",
            "<img src=\"https://example.com/a.png\"/>",
            "<img src=\"x y\" fuse=\"true\"/>",
            "<image>",
            "<im",
            "if (a<b) { <video> }",
            "кот <img src=\"1\" fuse",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn a_beginning_that_never_ends_is_let_go() {
        let mut tags = MediaTags::default();
        let mut let_go = 0;
        for _ in 0..100 {
            for piece in tags.take("<img src=\"xxxxxxxxxxxxxxxxxxxxxx".to_owned()) {
                let Piece::Text(text) = piece else { panic!("no tag") };
                let_go += text.len();
            }
        }
        assert!(let_go > 2000 && tags.held.len() <= LONGEST_TAG, "{let_go}");
    }
}
