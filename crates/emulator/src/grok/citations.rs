//! Pages that a search finds, and how a text refers to them.

use crate::json::Object;

/// A page that was found.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) json: String,
    /// The card a citation refers to.
    pub(super) card: String,
    /// The citation in the text.
    pub(super) tag: String,
}

const PAGES: [(&str, &str, &str); 2] = [
    ("https://www.example.org/about", "About example domains", "Reserved for documentation"),
    ("https://www.example.com/", "Example domain & more", "Привет 🚀 из примера"),
];

/// What every search finds.
pub(super) fn sources() -> Vec<Source> {
    let source = |(index, (url, title, preview)): (usize, &(&str, &str, &str))| {
        let card_id = format!("card{index:02}");
        let json = Object::new()
            .text("url", url)
            .text("title", title)
            .text("preview", preview)
            .text("searchEngineText", "")
            .text("description", "")
            .text("siteName", "")
            .text("metadataTitle", "")
            .text("creator", "")
            .text("image", "")
            .text("favicon", "")
            .text("citationId", &index.to_string());
        let card = Object::new()
            .text("id", &card_id)
            .text("type", "render_inline_citation")
            .text("cardType", "citation_card")
            .text("url", url);
        let tag = format!(
            "<grok:render card_id=\"{card_id}\" card_type=\"citation_card\" type=\"render_inline_citation\">\
             <argument name=\"citation_id\">{index}</argument></grok:render>"
        );
        Source { json: json.end(), card: card.end(), tag }
    };
    PAGES.iter().enumerate().map(source).collect()
}

/// A tag in three parts, cut where nothing is whole.
pub(super) fn in_three(tag: &str) -> [&str; 3] {
    let (first, rest) = tag.split_at(tag.find("card_type").unwrap_or(0));
    let (second, third) = rest.split_at(rest.find("</grok").map_or(rest.len(), |index| index + 1));
    [first, second, third]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_tag_joined_are_the_tag() {
        let source = &sources()[0];
        let parts = in_three(&source.tag);
        assert_eq!(parts.concat(), source.tag);
        assert!(parts[1].ends_with('<') && !parts[0].contains('>'));
    }
}
