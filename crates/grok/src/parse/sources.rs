use std::collections::{HashMap, HashSet};

use chatstream_core::Citation;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::wire::{Attachment, Card, Members, Response, Results, read, text};

/// What the answer rests on: search results, and the cards that its tags cite.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// Cards of citations: their addresses by id.
    cards: HashMap<String, String>,
    /// Search results in their order, each address once.
    found: Vec<Citation>,
    known: HashSet<String>,
    cited: HashSet<String>,
}

/// The most sources and the most cards that are kept of one answer. DeepSearch finds about a hundred.
const MOST: usize = 1024;

impl Sources {
    pub(super) fn note(&mut self, members: &Members<'_>) {
        for results in [members.web_search_results, members.cited_web_search_results] {
            self.note_results(results, web);
        }
        self.note_results(members.x_search_results, post);
    }

    pub(super) fn note_response(&mut self, response: &Response<'_>) {
        for results in [response.cited_web_search_results, response.web_search_results] {
            self.note_results(results, web);
        }
        self.note_results(response.xposts, post);
    }

    pub(super) fn note_card(&mut self, card: &Card) {
        if let (Some(id), Some(url), true) = (&card.id, &card.url, self.cards.len() < MOST) {
            self.cards.insert(id.clone(), url.clone());
        }
    }

    /// The source of a tag's card, which counts as told then.
    pub(super) fn cited(&mut self, card_id: &str) -> Option<Citation> {
        let url = self.cards.get(card_id)?;
        self.cited.insert(url.clone());
        let found = self.found.iter().find(|source| source.url == *url);
        Some(found.cloned().unwrap_or_else(|| Citation::new(url.clone())))
    }

    /// The sources that no tag cited, once.
    pub(super) fn uncited(&mut self) -> Vec<Citation> {
        let found = std::mem::take(&mut self.found);
        found.into_iter().filter(|source| !self.cited.contains(&source.url)).collect()
    }

    fn note_results(&mut self, raw: Option<&RawValue>, citation: fn(&Value) -> Option<Citation>) {
        let results = match read::<Results>(raw) {
            Some(Results::Named { results }) => results.unwrap_or_default(),
            Some(Results::Bare(results)) => results,
            None => return,
        };
        for source in results.iter().filter_map(citation) {
            if self.known.len() < MOST && self.known.insert(source.url.clone()) {
                self.found.push(source);
            }
        }
    }
}

/// The cards attached to a frame: one, or a list.
pub(super) fn cards(members: &Members<'_>) -> Vec<Card> {
    let listed = read::<Vec<&RawValue>>(members.card_attachments).unwrap_or_default();
    let attached = members.card_attachment.into_iter().chain(listed);
    attached.filter_map(|raw| card(read::<Attachment<'_>>(Some(raw))?.json_data?)).collect()
}

/// The cards attached to the full message, as JSON in strings.
pub(super) fn attached(raw: Option<&RawValue>) -> Vec<Card> {
    read::<Vec<&RawValue>>(raw).unwrap_or_default().into_iter().filter_map(card).collect()
}

/// A card: JSON in a string, or an object already.
fn card(raw: &RawValue) -> Option<Card> {
    let value = match read::<Value>(Some(raw))? {
        Value::String(json) => serde_json::from_str(&json).ok()?,
        value => value,
    };
    value.is_object().then(|| Card::from(&value))
}

fn web(result: &Value) -> Option<Citation> {
    let citation = Citation::new(text(result, &["url"])?);
    Some(match text(result, &["title", "metadataTitle", "siteName"]) {
        Some(title) => citation.title(title),
        None => citation,
    })
}

/// A post on X: its page, and who wrote it.
fn post(result: &Value) -> Option<Citation> {
    let (user, id) = (text(result, &["username"])?, text(result, &["postId"])?);
    let citation = Citation::new(format!("https://x.com/{user}/status/{id}"));
    Some(match text(result, &["name"]) {
        Some(name) => citation.title(format!("{name} (@{user})")),
        None => citation.title(format!("@{user}")),
    })
}
