/// Takes the site's render tags out of a text that comes in pieces.
///
/// `<grok:render card_id="…" …>…</grok:render>` stands where the page draws a card. From its first
/// byte on it is held back until its end has come; what turns out to be no tag is let go.
#[derive(Debug, Default)]
pub(super) struct Render {
    held: String,
}

/// A piece of the text, or what stood there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text, never empty.
    Text(String),
    /// A tag: the id of its card, empty where it names none.
    Tag(String),
}

const OPEN: &str = "<grok:render";
const CLOSE: &str = "</grok:render>";

/// The longest tag, in bytes; real ones have about 200.
const TAG_LIMIT: usize = 16 * 1024;

impl Render {
    /// Whether this piece is certain as it is, as nearly all are.
    pub(super) fn lets_through(&self, text: &str) -> bool {
        self.held.is_empty() && !text.contains('<')
    }

    /// What is certain after this piece.
    pub(super) fn push(&mut self, text: String) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut rest = if self.held.is_empty() {
            text
        } else {
            let mut held = std::mem::take(&mut self.held);
            held.push_str(&text);
            held
        };
        loop {
            let Some(at) = start(&rest) else {
                push_text(rest, &mut pieces);
                return pieces;
            };
            let tag = rest.split_off(at);
            push_text(rest, &mut pieces);
            match end(&tag) {
                Some(end) => {
                    pieces.push(Piece::Tag(card_id(&tag[..end]).to_owned()));
                    rest = tag[end..].to_owned();
                }
                None if tag.len() > TAG_LIMIT => {
                    push_text(tag, &mut pieces);
                    return pieces;
                }
                None => {
                    self.held = tag;
                    return pieces;
                }
            }
        }
    }

    /// What is held at the end of the text: no tag, so it is text.
    pub(super) fn finish(&mut self) -> Option<Piece> {
        let held = std::mem::take(&mut self.held);
        (!held.is_empty()).then_some(Piece::Text(held))
    }
}

fn push_text(text: String, pieces: &mut Vec<Piece>) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Text(last)) => last.push_str(&text),
        _ => pieces.push(Piece::Text(text)),
    }
}

/// Where a tag begins, or may begin with what is still to come.
fn start(text: &str) -> Option<usize> {
    text.match_indices('<').map(|(at, _)| at).find(|&at| {
        let tail = &text[at..];
        match tail.strip_prefix(OPEN) {
            // Another word may begin alike.
            Some(rest) => rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || c == '>' || c == '/'),
            None => OPEN.starts_with(tail),
        }
    })
}

/// Where the tag ends that the text begins with, if it does: behind its closing tag, or behind itself
/// when it closes itself.
fn end(tag: &str) -> Option<usize> {
    let head = head_end(tag)?;
    if tag[..head].ends_with("/>") {
        return Some(head);
    }
    Some(tag.find(CLOSE)? + CLOSE.len())
}

/// The end of the opening tag; a `>` in quotes does not end it.
fn head_end(tag: &str) -> Option<usize> {
    let mut in_quotes = false;
    for (at, byte) in tag.bytes().enumerate() {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b'>' if !in_quotes => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn card_id(tag: &str) -> &str {
    let value = tag.find("card_id=\"").map(|at| &tag[at + "card_id=\"".len()..]);
    value.and_then(|value| value.split_once('"')).map_or("", |(id, _)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces of a text, joined, pushed `width` bytes at a time.
    fn render(text: &str, width: usize) -> (String, Vec<String>) {
        let (mut render, mut out, mut tags) = (Render::default(), String::new(), Vec::new());
        let mut take = |piece| match piece {
            Piece::Text(text) => out.push_str(&text),
            Piece::Tag(id) => {
                out.push('•');
                tags.push(id);
            }
        };
        let chars: Vec<char> = text.chars().collect();
        for piece in chars.chunks(width) {
            render.push(piece.iter().collect()).into_iter().for_each(&mut take);
        }
        render.finish().into_iter().for_each(&mut take);
        (out, tags)
    }

    #[test]
    fn tags_are_taken_out_however_they_are_cut_and_nothing_else_is() {
        let tag = "<grok:render card_id=\"c1\" type=\"render_inline_citation\"><argument name=\"citation_id\">0</argument></grok:render>";
        let table = [
            (format!("Yes{tag}, a < b."), "Yes•, a < b.", vec!["c1"]),
            (format!("{tag}{tag}"), "••", vec!["c1", "c1"]),
            ("a <grok:render card_id=\"x>y\"/> b".to_owned(), "a • b", vec!["x>y"]),
            ("<grok:render></grok:render>".to_owned(), "•", vec![""]),
            ("<grok:renderer> <grok: <g <".to_owned(), "<grok:renderer> <grok: <g <", vec![]),
            ("é <grok:render card_id=\"1\">cut".to_owned(), "é <grok:render card_id=\"1\">cut", vec![]),
            ("</grok:render> <<grok:render/>".to_owned(), "</grok:render> <•", vec![]),
        ];
        for (text, expected, ids) in table {
            for width in 1..=text.len() {
                let (out, tags) = render(&text, width);
                assert_eq!(out, expected, "{text} by {width}");
                if !ids.is_empty() {
                    assert_eq!(tags, ids, "{text} by {width}");
                }
            }
        }
    }

    #[test]
    fn a_tag_without_an_end_is_let_go_at_the_limit() {
        let mut render = Render::default();
        let text = format!("{OPEN} {}", "x".repeat(TAG_LIMIT));
        assert_eq!(render.push(text.clone()), [Piece::Text(text)]);
        assert_eq!(render.finish(), None);
    }
}
