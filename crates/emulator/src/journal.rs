//! What the emulator has seen: requests received, connections accepted, answers the client walked away from.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Method, Uri, Version, header, request};
use tokio::sync::watch;

/// Requests kept; older ones are forgotten. A test that looks at more than this wants the counters.
const KEPT_REQUESTS: usize = 1024;

/// Bytes of request bodies kept, 64 MiB: three chat requests of the largest size the services take, or one file.
const KEPT_BODY_BYTES: usize = 64 << 20;

/// A request the emulator has received in full.
///
/// The values of `authorization`, `proxy-authorization` and `cookie` are marked sensitive: `Debug` does not show
/// them, comparing does work.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReceivedRequest {
    /// The method.
    pub method: Method,
    /// The target as it was sent: path and query.
    pub uri: Uri,
    /// HTTP/1.1 or HTTP/2.
    pub version: Version,
    /// The headers, `x-emulator-…` ones included.
    pub headers: HeaderMap,
    /// The body, at most 20 MiB of it; of a file sent to GigaChat, 41 MiB.
    pub body: Bytes,
    /// The number of the connection it came on, counted from 1 in the order they were accepted.
    pub connection: u64,
}

impl ReceivedRequest {
    /// The path, without the query.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// The body as JSON, or `Null` if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The value of a header, if it is there once or more often (then the first) and is visible ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

#[derive(Debug)]
pub(crate) struct Journal {
    counts: watch::Sender<Counts>,
    kept: Mutex<Kept>,
}

/// How often each thing has happened. Only ever grows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) connections: u64,
    pub(crate) requests: u64,
    pub(crate) cancelled: u64,
}

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<ReceivedRequest>,
    body_bytes: usize,
}

impl Journal {
    pub(crate) fn new() -> Self {
        Self { counts: watch::Sender::new(Counts::default()), kept: Mutex::default() }
    }

    pub(crate) fn counts(&self) -> Counts {
        *self.counts.borrow()
    }

    /// Waits until the counts are such that `enough` says so.
    pub(crate) async fn wait_for(&self, mut enough: impl FnMut(&Counts) -> bool) {
        let mut counts = self.counts.subscribe();
        counts.wait_for(|counts| enough(counts)).await.expect("the sender lives as long as the journal");
    }

    /// Counts a connection and gives its number, from 1.
    pub(crate) fn accepted(&self) -> u64 {
        self.count(|counts| &mut counts.connections)
    }

    /// Counts an answer that was not sent to its end.
    pub(crate) fn cancelled(&self) {
        self.count(|counts| &mut counts.cancelled);
    }

    /// Keeps a request, counts it and gives its number, from 1.
    pub(crate) fn received(&self, head: &request::Parts, body: &Bytes, connection: u64) -> u64 {
        let mut headers = head.headers.clone();
        for name in [header::AUTHORIZATION, header::PROXY_AUTHORIZATION, header::COOKIE] {
            if let header::Entry::Occupied(mut entry) = headers.entry(name) {
                entry.iter_mut().for_each(|value| value.set_sensitive(true));
            }
        }
        self.kept().push(ReceivedRequest {
            method: head.method.clone(),
            uri: head.uri.clone(),
            version: head.version,
            headers,
            body: body.clone(),
            connection,
        });
        self.count(|counts| &mut counts.requests)
    }

    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        self.kept().requests.iter().cloned().collect()
    }

    fn count(&self, counter: impl Fn(&mut Counts) -> &mut u64) -> u64 {
        let mut number = 0;
        self.counts.send_modify(|counts| {
            let counter = counter(counts);
            *counter += 1;
            number = *counter;
        });
        number
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // What is behind the lock is whole after every statement, so a panic elsewhere does not spoil it.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn push(&mut self, request: ReceivedRequest) {
        self.body_bytes += request.body.len();
        self.requests.push_back(request);
        while self.requests.len() > KEPT_REQUESTS || self.body_bytes > KEPT_BODY_BYTES {
            let Some(oldest) = self.requests.pop_front() else { return };
            self.body_bytes -= oldest.body.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> request::Parts {
        let request = http::Request::post("/xai/v1/chat/completions?a=b").header("authorization", "Bearer secret-key");
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn requests_beyond_the_bounds_are_forgotten_oldest_first() {
        let journal = Journal::new();
        for number in 1..=KEPT_REQUESTS as u64 + 2 {
            assert_eq!(journal.received(&head(), &Bytes::from(number.to_string()), 1), number);
        }
        assert_eq!(journal.requests().len(), KEPT_REQUESTS);
        assert_eq!(journal.requests()[0].body, "3");

        journal.received(&head(), &Bytes::from(vec![0; KEPT_BODY_BYTES - 3]), 1);
        assert_eq!(journal.requests().len(), 1, "only the big one fits");
    }

    #[test]
    fn credentials_are_kept_and_not_shown() {
        let journal = Journal::new();
        journal.received(&head(), &Bytes::new(), 1);
        let request = &journal.requests()[0];
        assert_eq!(request.header("authorization"), Some("Bearer secret-key"));
        assert_eq!(request.path(), "/xai/v1/chat/completions");
        assert!(!format!("{request:?}").contains("secret-key"));
    }
}
