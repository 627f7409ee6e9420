use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock: the time since any fixed moment.
pub(crate) type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// A clock that begins now, for the lengths that an answer tells.
pub(crate) fn clock() -> Clock {
    let since = tokio::time::Instant::now();
    Arc::new(move || since.elapsed())
}

/// Now, in seconds since 1970, for the ends of cookies.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
