//! Many requests at once: POST and GET `/batches`. A batch is done when it is looked at for the first time.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::error::{self, Refusal, invalid_params};
use super::files::NewFile;
use super::{Gigachat, embeddings, v1};
use crate::identity;
use crate::json::{Object, list};
use crate::server::Call;

/// Batches that are kept; older ones are forgotten.
const KEPT: usize = 256;

/// Requests of one batch.
const MAX_REQUESTS: usize = 10_000;

/// Bytes of the results of one batch, 128 MiB.
const MAX_OUTPUT_BYTES: usize = 128 << 20;

#[derive(Debug, Default)]
pub(super) struct Batches(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    count: u64,
    batches: VecDeque<Batch>,
}

#[derive(Debug)]
struct Batch {
    id: String,
    method: Method,
    total: usize,
    failed: usize,
    output_file_id: String,
    /// Seconds since 1970.
    created: u64,
}

/// What the requests of a batch are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Chat,
    Embeddings,
}

/// One line of a batch.
#[derive(Debug, Deserialize)]
struct Line {
    id: String,
    request: Value,
}

/// Answers GET `/batches`.
pub(super) fn listed(service: &Gigachat, call: &Call) -> Result<String, Refusal> {
    service.batches.list(parameter(call.head.uri.query(), "batch_id"))
}

/// Answers POST `/batches`: runs all requests, and puts what came of them into a file.
pub(super) fn created(service: &Gigachat, call: &Call) -> Result<String, Refusal> {
    if call.too_large {
        return Err(error::too_large());
    }
    let method = Method::read(call.head.uri.query())?;
    let lines = lines(&call.body)?;
    let mut failed = 0;
    let mut output = String::new();
    for line in &lines {
        let result = method.run(service, &call.alone(line.request.to_string())).unwrap_or_else(|refusal| {
            failed += 1;
            refusal.json()
        });
        output += &Object::new().text("id", &line.id).raw("result", &result).end();
        output.push('\n');
        if output.len() > MAX_OUTPUT_BYTES {
            return Err(error::too_large());
        }
    }
    let output = NewFile {
        name: String::from("output.jsonl"),
        purpose: String::from("general"),
        content_type: String::from("application/octet-stream"),
        content: Bytes::from(output),
    };
    Ok(service.batches.keep(method, lines.len(), failed, service.files.keep(output, None).id))
}

impl Method {
    fn run(self, service: &Gigachat, call: &Call) -> Result<String, Refusal> {
        match self {
            Self::Chat => v1::whole(service, call),
            Self::Embeddings => embeddings::answer(call),
        }
    }

    fn read(query: Option<&str>) -> Result<Self, Refusal> {
        match parameter(query, "method") {
            Some("chat_completions") => Ok(Self::Chat),
            Some("embedder") => Ok(Self::Embeddings),
            _ => Err(invalid_params("method must be chat_completions or embedder")),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Chat => "chat_completions",
            Self::Embeddings => "embedder",
        }
    }
}

/// A parameter of the query. None that is looked for has a character that is written otherwise there.
fn parameter<'a>(query: Option<&'a str>, name: &str) -> Option<&'a str> {
    let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// Reads the lines of a batch, of which empty ones do not count.
fn lines(body: &[u8]) -> Result<Vec<Line>, Refusal> {
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let lines = lines.map(|line| serde_json::from_slice(line).map_err(|error| error::unreadable(&error)));
    let lines = lines.collect::<Result<Vec<_>, _>>()?;
    match lines.len() {
        0 => Err(invalid_params("the batch is empty")),
        1..=MAX_REQUESTS => Ok(lines),
        _ => Err(invalid_params("the batch has too many requests")),
    }
}

impl Batches {
    /// Keeps a batch, of which the results are in a file, and describes it as it was before it was run.
    fn keep(&self, method: Method, total: usize, failed: usize, output_file_id: String) -> String {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.count += 1;
        let hash = identity::hash(&[b"batch", &kept.count.to_be_bytes()]);
        let id = identity::uuid(hash);
        let batch = Batch { id, method, total, failed, output_file_id, created: identity::time(hash) };
        let created = batch.described(false);
        kept.batches.push_back(batch);
        if kept.batches.len() > KEPT {
            kept.batches.pop_front();
        }
        created
    }

    /// Describes all batches, or the one with this id.
    fn list(&self, id: Option<&str>) -> Result<String, Refusal> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let batches = kept.batches.iter().filter(|batch| id.is_none_or(|id| id == batch.id));
        let batches = batches.map(|batch| batch.described(true)).collect::<Vec<_>>();
        if id.is_some() && batches.is_empty() {
            return Err(Refusal::new(StatusCode::NOT_FOUND, "Batch task not found"));
        }
        Ok(Object::new().raw("batches", &list(&batches)).end())
    }
}

impl Batch {
    fn described(&self, is_done: bool) -> String {
        let counts = Object::new()
            .plain("total", self.total)
            .when(is_done, |counts| counts.plain("completed", self.total - self.failed).plain("failed", self.failed));
        Object::new()
            .text("id", &self.id)
            .text("method", self.method.name())
            .raw("request_counts", &counts.end())
            .text("status", if is_done { "completed" } else { "created" })
            .when(is_done, |batch| batch.text("output_file_id", &self.output_file_id))
            .plain("created_at", self.created)
            .plain("updated_at", self.created + u64::from(is_done))
            .end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_requests_with_ids() {
        let lines = lines(b"{\"id\":\"1\",\"request\":{\"a\":1}}\n\r\n{\"id\":\"2\",\"request\":[]}").unwrap();
        let lines = lines.iter().map(|line| (line.id.as_str(), line.request.to_string())).collect::<Vec<_>>();
        assert_eq!(lines, [("1", "{\"a\":1}".to_owned()), ("2", "[]".to_owned())]);
        assert!(super::lines(b"\n").is_err());
        assert!(super::lines(b"{\"id\":1}").is_err());
    }

    #[test]
    fn a_query_has_parameters() {
        assert_eq!(parameter(Some("a=b&method=embedder"), "method"), Some("embedder"));
        assert_eq!(parameter(None, "method"), None);
        assert_eq!(Method::read(Some("method=embedder")), Ok(Method::Embeddings));
        assert!(Method::read(Some("method=")).is_err());
    }
}
