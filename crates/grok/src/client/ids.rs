use chatstream_core::decode::Framing;
use chatstream_core::{
    BoxFuture, ChatRequest, ChunkStream, Conversation, Error, Failure, Outgoing, Parse, Provider, Result, Transport,
};
use http::response::Parts;

use super::Grok;
use crate::config::NAME;
use crate::parse::SharedIds;

/// The ids of the conversation of one answer, as far as they are known: while it comes, and after it
/// broke off or was given up.
#[derive(Clone, Debug)]
pub struct ConversationIds(SharedIds);

impl ConversationIds {
    /// What to go on with; `None` before the site has told.
    ///
    /// After a broken answer the next message follows what came of it. To ask the same once more, send
    /// the request again as it was: the site keeps both.
    pub fn conversation(&self) -> Option<Conversation> {
        self.0.conversation()
    }
}

pub(super) async fn chat(grok: &Grok, request: ChatRequest) -> Result<(ChunkStream, ConversationIds)> {
    let watched = Watched { grok, ids: SharedIds::default() };
    let stream = ChunkStream::open(&watched, request).await?;
    Ok((stream, ConversationIds(watched.ids)))
}

/// The client, but for its parser, which tells the ids.
#[derive(Debug)]
struct Watched<'a> {
    grok: &'a Grok,
    ids: SharedIds,
}

impl Provider for Watched<'_> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn transport(&self) -> &Transport {
        self.grok.transport()
    }

    fn request<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<Outgoing>> {
        self.grok.request(request)
    }

    fn framing(&self, head: &Parts) -> Option<Framing> {
        self.grok.framing(head)
    }

    fn parser(&self, request: &ChatRequest) -> Box<dyn Parse> {
        self.grok.parser_with(request, self.ids.clone())
    }

    fn classify(&self, failure: &Failure<'_>) -> Error {
        self.grok.classify(failure)
    }

    fn renew(&self, grant: u64) -> bool {
        self.grok.renew(grant)
    }
}
