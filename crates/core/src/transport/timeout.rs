use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use super::display_wait;
use crate::error::{Error, ErrorKind};

/// How long each wait of a request may be; `None` is for ever.
///
/// They are separate and generous because a model that thinks is silent for minutes, and there is
/// no limit on the whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Timeouts {
    /// For a connection: name, socket, proxy and TLS together. 10 s by default.
    pub connect: Option<Duration>,
    /// From sending the request to the head of the answer. 15 min by default: a server may hold
    /// the head back until the model has thought.
    pub first_byte: Option<Duration>,
    /// For the next bytes of the answer. 5 min by default.
    pub idle: Option<Duration>,
    /// For the next event that says something, while bytes such as keep-alives come. 15 min by
    /// default.
    pub content: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Some(Duration::from_secs(10)),
            first_byte: Some(Duration::from_secs(15 * 60)),
            idle: Some(Duration::from_secs(5 * 60)),
            content: Some(Duration::from_secs(15 * 60)),
        }
    }
}

impl Timeouts {
    /// No limit on any wait.
    pub fn none() -> Self {
        Self { connect: None, first_byte: None, idle: None, content: None }
    }

    /// Sets [`connect`](Self::connect).
    pub fn connect(mut self, wait: Duration) -> Self {
        self.connect = Some(wait);
        self
    }

    /// Sets [`first_byte`](Self::first_byte).
    pub fn first_byte(mut self, wait: Duration) -> Self {
        self.first_byte = Some(wait);
        self
    }

    /// Sets [`idle`](Self::idle).
    pub fn idle(mut self, wait: Duration) -> Self {
        self.idle = Some(wait);
        self
    }

    /// Sets [`content`](Self::content).
    pub fn content(mut self, wait: Duration) -> Self {
        self.content = Some(wait);
        self
    }
}

/// Watches the waits of one answer.
///
/// A wait counts only while the caller asks for more, so that a slow reader is not taken for a
/// silent server. There is one timer; it is set anew when it fires, not for every piece.
#[derive(Debug)]
pub(crate) struct Watch {
    idle: Option<Duration>,
    content: Option<Duration>,
    /// Since when bytes have been waited for.
    bytes_since: Option<Instant>,
    /// Since when something that says something has been waited for.
    content_since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Watch {
    pub(crate) fn new(timeouts: &Timeouts) -> Self {
        let Timeouts { idle, content, .. } = *timeouts;
        Self { idle, content, bytes_since: None, content_since: None, timer: None }
    }

    /// Bytes have come; returns how long they were waited for.
    pub(crate) fn bytes(&mut self) -> Duration {
        self.bytes_since.take().map(|since| since.elapsed()).unwrap_or_default()
    }

    /// Something that says something has come.
    pub(crate) fn content(&mut self) {
        self.content_since = None;
    }

    /// Ready when a wait was too long. To be polled while bytes are waited for.
    pub(crate) fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<Error> {
        let bytes_since = *self.bytes_since.get_or_insert_with(Instant::now);
        let content_since = *self.content_since.get_or_insert(bytes_since);
        let idle_ends = self.idle.and_then(|wait| bytes_since.checked_add(wait));
        let content_ends = self.content.and_then(|wait| content_since.checked_add(wait));
        let Some(ends) = [idle_ends, content_ends].into_iter().flatten().min() else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(ends)));
        loop {
            // A timer set for an earlier end fires early and is then set right; a later one cannot
            // be, because an end only moves back.
            if ends < timer.deadline() {
                timer.as_mut().reset(ends);
            }
            ready!(timer.as_mut().poll(cx));
            if ends <= timer.deadline() {
                break;
            }
            timer.as_mut().reset(ends);
        }
        Poll::Ready(match (self.idle, self.content) {
            (Some(wait), _) if idle_ends == Some(ends) => expired("more bytes", wait),
            (_, Some(wait)) => expired("an event that says something", wait),
            _ => unreachable!("a wait that ended has a limit"),
        })
    }
}

/// A wait was too long.
pub(super) fn expired(what: &str, wait: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("waited {} for {what}", display_wait(wait)))
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn expires(watch: &mut Watch) -> (String, Duration) {
        let start = Instant::now();
        let error = poll_fn(|cx| watch.poll_expired(cx)).await;
        (error.message().to_owned(), start.elapsed().max(SECOND))
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_after_the_idle_wait_and_chatter_after_the_content_wait() {
        let timeouts = Timeouts::none().idle(SECOND * 10).content(SECOND * 25);
        let mut watch = Watch::new(&timeouts);
        for _ in 0..3 {
            // Eight seconds of silence, then a keep-alive.
            let early = tokio::time::timeout(SECOND * 8, poll_fn(|cx| watch.poll_expired(cx))).await;
            assert!(early.is_err(), "{early:?}");
            assert!(watch.bytes() >= SECOND * 8);
        }
        let (message, _) = expires(&mut watch).await;
        assert_eq!(message, "waited 25 s for an event that says something");

        let mut watch = Watch::new(&timeouts);
        let (message, waited) = expires(&mut watch).await;
        assert_eq!(message, "waited 10 s for more bytes");
        assert!(waited >= SECOND * 10 && waited < SECOND * 11, "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_between_two_polls_is_the_readers_own() {
        let mut watch = Watch::new(&Timeouts::none().idle(SECOND * 10).content(SECOND * 10));
        for _ in 0..3 {
            let is_expired = poll_fn(|cx| Poll::Ready(watch.poll_expired(cx).is_ready())).await;
            assert!(!is_expired);
            watch.bytes();
            watch.content();
            tokio::time::advance(SECOND * 60).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_limits_nothing_expires() {
        let mut watch = Watch::new(&Timeouts::none());
        let waited = tokio::time::timeout(SECOND * 100_000, poll_fn(|cx| watch.poll_expired(cx))).await;
        assert!(waited.is_err());
    }
}
