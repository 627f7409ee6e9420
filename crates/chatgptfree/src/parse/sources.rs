use chatstream_core::{Chunk, Chunks, Citation};

use crate::wire::Source;

/// The sources of a v2 answer, which come in an event of their own and once more with its end.
#[derive(Debug, Default)]
pub(super) struct Sources {
    /// The URLs of those handed out.
    cited: Vec<String>,
}

/// The most sources that are handed out of one answer; real ones have a few.
const MOST: usize = 1000;

impl Sources {
    /// Hands out those that are new.
    pub(super) fn push(&mut self, sources: Option<Vec<Source>>, chunks: &mut Chunks) {
        for Source { url, title } in sources.unwrap_or_default() {
            let Some(url) = url.filter(|url| self.cited.len() < MOST && !self.cited.contains(url)) else { continue };
            self.cited.push(url.clone());
            let citation = Citation::new(url);
            chunks.push(Chunk::Citation(match title {
                Some(title) => citation.title(title),
                None => citation,
            }));
        }
    }
}
