use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::Uri;
use http::uri::{Authority, Scheme};
use tokio::task::AbortHandle;

use super::http1::Http1;
#[cfg(feature = "http2")]
use super::http2::Http2;

/// How long a connection of HTTP/1.1 rests before it is closed, as hyper-util's pool has it.
const LONGEST_REST: Duration = Duration::from_secs(90);

/// Connections by where they lead: those of HTTP/1.1 that rest between two requests, and those of HTTP/2,
/// which all requests share.
#[derive(Clone, Default)]
pub(super) struct Pool(Arc<Mutex<HashMap<Key, Origin>>>);

/// Where a connection leads.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    is_tls: bool,
    authority: Option<Authority>,
}

impl Key {
    pub(super) fn of(uri: &Uri) -> Self {
        Self { is_tls: uri.scheme() == Some(&Scheme::HTTPS), authority: uri.authority().cloned() }
    }
}

#[derive(Default)]
struct Origin {
    /// The one that came last is the last.
    resting: Vec<Resting>,
    #[cfg(feature = "http2")]
    shared: Option<Http2>,
}

/// A connection at rest: its keeper sees when the server closes it, or when it has rested too long.
/// Dropped, it is closed.
struct Resting {
    place: Arc<Place>,
    keeper: AbortHandle,
}

impl Drop for Resting {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// Holds a connection until somebody takes it.
type Place = Mutex<Option<Http1>>;

impl Pool {
    /// Takes a connection that rests and is still open, the freshest first.
    pub(super) fn take(&self, key: &Key) -> Option<Http1> {
        loop {
            let resting = self.lock().get_mut(key)?.resting.pop()?;
            let taken = lock(&resting.place).take();
            // The server may have closed it and its keeper not have run since.
            let is_open = |connection: &mut Http1| connection.drive(&mut Context::from_waker(Waker::noop()));
            if let Some(connection) = taken.and_then(|mut taken| is_open(&mut taken).then_some(taken)) {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection for the next request.
    pub(super) fn let_rest(&self, key: Key, connection: Http1) {
        let place = Arc::new(Mutex::new(Some(connection)));
        let keeper = tokio::spawn(keep(Arc::downgrade(&self.0), key.clone(), place.clone())).abort_handle();
        self.lock().entry(key).or_default().resting.push(Resting { place, keeper });
    }

    /// The connection of HTTP/2 there is.
    #[cfg(feature = "http2")]
    pub(super) fn shared(&self, key: &Key) -> Option<Http2> {
        self.lock().get(key)?.shared.clone().filter(Http2::is_open)
    }

    /// Shares a connection of HTTP/2 from now on; gives back the one that another request has shared
    /// meanwhile, if there is one.
    #[cfg(feature = "http2")]
    pub(super) fn share(&self, key: Key, connection: Http2) -> Http2 {
        let mut origins = self.lock();
        let shared = &mut origins.entry(key).or_default().shared;
        shared.take_if(|shared| !shared.is_open());
        shared.get_or_insert(connection).clone()
    }

    /// Shares the connection of HTTP/2 no longer.
    #[cfg(feature = "http2")]
    pub(super) fn unshare(&self, key: &Key) {
        if let Some(origin) = self.lock().get_mut(key) {
            origin.shared = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Origin>> {
        lock(&self.0)
    }
}

/// Waits at a connection that rests until it is to be closed.
async fn keep(pool: Weak<Mutex<HashMap<Key, Origin>>>, key: Key, place: Arc<Place>) {
    let mut rest = pin!(tokio::time::sleep(LONGEST_REST));
    poll_fn(|cx| {
        let mut held = lock(&place);
        let is_open = held.as_mut().is_some_and(|connection| connection.drive(cx));
        if is_open && rest.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        *held = None;
        Poll::Ready(())
    })
    .await;
    let Some(pool) = pool.upgrade() else { return };
    let mut origins = lock(&pool);
    if let Some(origin) = origins.get_mut(&key) {
        origin.resting.retain(|resting| !Arc::ptr_eq(&resting.place, &place));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
