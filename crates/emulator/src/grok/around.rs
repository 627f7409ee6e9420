//! What is around the chat: the list of conversations, what was said in them, sharing, files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::body::{ChangeBody, LoadBody, ShareBody, UploadBody};
use super::conversations::{Conversation, Conversations, Share};
use super::error::{self, Refusal};
use super::message::{Message, Sender};
use super::route::Route;
use super::{Grok, assets, read};
use crate::form::Form;
use crate::identity;
use crate::json::{Object, list};
use crate::server::Call;

/// Conversations and links on a page, unless the request says otherwise.
const PAGE: usize = 60;

/// Links to conversations that are kept, each.
const MAX_SHARES: usize = 1024;

/// Answers a request that only looks at conversations, or changes one.
pub(super) fn answer(conversations: &Conversations, route: Route<'_>, call: &Call) -> Result<String, Refusal> {
    let mut kept = conversations.kept();
    let query = Form::of_text(call.head.uri.query().unwrap_or_default());
    match route {
        Route::Conversations => listed(&kept.listed(), &query),
        Route::ConversationV2(id) => Ok(Object::new().raw("conversation", &kept.find(id)?.described(true)).end()),
        Route::Conversation(id) => {
            let change: ChangeBody = read(&call.body)?;
            let now = kept.tick();
            let conversation = kept.find(id)?;
            conversation.title = change.title.unwrap_or(std::mem::take(&mut conversation.title));
            conversation.starred = change.starred.unwrap_or(conversation.starred);
            conversation.modified = now;
            Ok(conversation.described(false))
        }
        Route::Delete(id) => kept.delete(id).map(|()| String::from("{}")),
        Route::Responses(id) => Ok(told("responses", kept.find(id)?.messages.iter().map(Message::json))),
        Route::ResponseNode(id) => Ok(told("responseNodes", kept.find(id)?.messages.iter().map(node))),
        Route::LoadResponses(id) => {
            let wanted: LoadBody = read(&call.body)?;
            let conversation = kept.find(id)?;
            let found = wanted.response_ids.iter().filter_map(|id| conversation.message(id));
            Ok(Object::new().raw("responses", &list(found.map(Message::json))).end())
        }
        Route::Share(id) => {
            let body: ShareBody = read(&call.body)?;
            let created = kept.tick();
            shared(kept.find(id)?, body.response_id, created)
        }
        Route::ShareLinks => links(&kept.listed(), &query),
        // The rest is not about conversations.
        _ => Err(error::no_such_path()),
    }
}

fn told(name: &str, messages: impl Iterator<Item = String>) -> String {
    Object::new().raw(name, &list(messages)).raw("inflightResponses", "[]").end()
}

fn node(message: &Message) -> String {
    let node = Object::new()
        .text("responseId", &message.id)
        .text("sender", message.sender.name(message.about.old && message.sender == Sender::Assistant));
    match &message.parent {
        Some(parent) => node.text("parentResponseId", parent).end(),
        None => node.end(),
    }
}

fn listed(conversations: &[&Conversation], query: &Form) -> Result<String, Refusal> {
    let words = query.get("searchQuery").unwrap_or_default().to_lowercase();
    let starred = query.get("filterIsStarred") == Some("true");
    let is_wanted = |conversation: &&&Conversation| {
        let has_words = || {
            conversation.title.to_lowercase().contains(&words)
                || conversation.messages.iter().any(|message| message.text.to_lowercase().contains(&words))
        };
        (!starred || conversation.starred) && (words.is_empty() || has_words())
    };
    // There are no workspaces, so none has a conversation.
    let found = conversations.iter().filter(|_| query.get("workspaceId").is_none_or(str::is_empty)).filter(is_wanted);
    let found = found.map(|conversation| conversation.described(false)).collect::<Vec<_>>();
    let (page, next) = page(&found, query)?;
    let listed = Object::new().raw("conversations", &list(page));
    let listed = match next {
        Some(next) => listed.text("nextPageToken", &next),
        None => listed,
    };
    Ok(listed.raw("textSearchMatches", "[]").end())
}

/// The part of a list that a request asks for, and the token of the next part.
fn page<'a>(all: &'a [String], query: &Form) -> Result<(&'a [String], Option<String>), Refusal> {
    let number = |text: &str| text.parse::<usize>().map_err(|_| error::invalid_argument());
    let size = query.get("pageSize").map_or(Ok(PAGE), number)?;
    let token = query.get("pageToken").filter(|token| !token.is_empty());
    let begin = token.map_or(Ok(0), |token| number(token.trim_start_matches("page")))?;
    let begin = begin.min(all.len());
    let end = begin.saturating_add(size.max(1)).min(all.len());
    Ok((&all[begin..end], (end < all.len()).then(|| format!("page{end}"))))
}

fn shared(conversation: &mut Conversation, response_id: String, created: u64) -> Result<String, Refusal> {
    if conversation.message(&response_id).is_none() {
        return Err(error::no_such_response());
    }
    if conversation.shares.len() >= MAX_SHARES {
        conversation.shares.remove(0);
    }
    let hash = identity::hash(&[b"share", response_id.as_bytes(), &created.to_be_bytes()]);
    let share = Share { id: identity::uuid(hash), response_id, created };
    let told = Object::new().text("shareLinkId", &share.id).end();
    conversation.shares.push(share);
    Ok(told)
}

fn links(conversations: &[&Conversation], query: &Form) -> Result<String, Refusal> {
    let is_wanted = |name: &str, id: &str| query.get(name).is_none_or(|wanted| wanted.is_empty() || wanted == id);
    let wanted = conversations.iter().filter(|conversation| is_wanted("conversationId", &conversation.id));
    let links = wanted.flat_map(|conversation| {
        let wanted = conversation.shares.iter().filter(|share| is_wanted("responseId", &share.response_id));
        wanted.map(|share| {
            Object::new()
                .text("shareLinkId", &share.id)
                .text("publicId", &share.id)
                .text("conversationId", &conversation.id)
                .text("responseId", &share.response_id)
                .plain("isPublic", true)
                .text("createTime", &identity::timestamp(identity::time(share.created.into())))
                .end()
        })
    });
    let links = links.collect::<Vec<_>>();
    let (page, next) = page(&links, query)?;
    let told = Object::new().raw("shareLinks", &list(page));
    Ok(match next {
        Some(next) => told.text("nextPageToken", &next).end(),
        None => told.end(),
    })
}

/// POST `upload-file`.
pub(super) fn upload(service: &Grok, call: &Call) -> Result<String, Refusal> {
    let body: UploadBody = read(&call.body)?;
    let content = STANDARD.decode(body.content.trim()).map_err(|_| error::invalid_argument())?;
    if body.file_name.is_empty() || content.is_empty() || is_dot(&content) {
        return Err(error::invalid_argument());
    }
    let content_type = body.file_mime_type.filter(|kind| !kind.is_empty());
    let content_type = content_type.unwrap_or_else(|| String::from("application/octet-stream"));
    let hash = identity::hash(&[b"file", &call.number.to_be_bytes(), body.file_name.as_bytes(), &content]);
    let id = identity::uuid(hash);
    let path = assets::file_path(&id);
    service.assets.keep(path.clone(), content_type.clone(), Bytes::from(content));
    let told = Object::new()
        .text("fileMetadataId", &id)
        .text("fileMimeType", &content_type)
        .text("fileName", &body.file_name)
        .text("fileUri", &path)
        .text("parsedFileUri", "")
        .text("createTime", &identity::timestamp(identity::time(hash)))
        .text("fileSource", "SELF_UPLOAD_FILE_SOURCE");
    Ok(told.end())
}

/// Whether this is a PNG (section 11.2.1) of one pixel, which the service has refused.
fn is_dot(content: &[u8]) -> bool {
    content.starts_with(b"\x89PNG\r\n\x1a\n") && content.get(16..24) == Some(&[0, 0, 0, 1, 0, 0, 0, 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_to_the_end() {
        let all = ["a", "b", "c"].map(str::to_owned);
        let page = |query| page(&all, &Form::of_text(query)).map(|(page, next)| (page.concat(), next));
        assert_eq!(page("pageSize=2"), Ok(("ab".to_owned(), Some("page2".to_owned()))));
        assert_eq!(page("pageSize=2&pageToken=page2"), Ok(("c".to_owned(), None)));
        assert_eq!(page("pageToken=page9"), Ok((String::new(), None)));
        assert_eq!(page("pageToken=nonsense"), Err(error::invalid_argument()));
    }
}
