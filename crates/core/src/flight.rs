use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use crate::error::Result;

/// Has something obtained once however many callers want it: a token, a page.
///
/// Whoever comes while it is being obtained waits, and shares the outcome, also a failure, which would
/// only come as often as there are callers. What was obtained is the caller's to hold.
///
/// # Cancel safety
///
/// A caller that gives up ends the attempt that it makes; the next one makes another.
#[derive(Debug)]
pub struct SingleFlight<T> {
    /// The last attempt; locked by whoever makes the next.
    last: Mutex<Option<(u64, Result<T>)>>,
    /// How many attempts have been made.
    made: AtomicU64,
}

impl<T: Clone> SingleFlight<T> {
    /// What `held` gives; else what `obtain` gives, which is called with the number of its attempt, from 1,
    /// and keeps what it obtained where `held` finds it.
    ///
    /// # Errors
    ///
    /// As `obtain`. Those who waited get the error without its cause.
    pub async fn get<F>(&self, held: impl Fn() -> Option<T>, obtain: impl FnOnce(u64) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let made_before = self.made.load(Ordering::Acquire);
        if let Some(held) = held() {
            return Ok(held);
        }
        let mut last = self.last.lock().await;
        // Shared even if it is good no more: a token may be so short-lived that it is renewed at once.
        if let Some((_, outcome)) = last.as_ref().filter(|(number, _)| *number > made_before) {
            return share(outcome);
        }
        let number = self.made.load(Ordering::Acquire) + 1;
        let outcome = obtain(number).await;
        self.made.store(number, Ordering::Release);
        *last = Some((number, share(&outcome)));
        outcome
    }
}

impl<T> Default for SingleFlight<T> {
    fn default() -> Self {
        Self { last: Mutex::default(), made: AtomicU64::new(0) }
    }
}

fn share<T: Clone>(outcome: &Result<T>) -> Result<T> {
    match outcome {
        Ok(obtained) => Ok(obtained.clone()),
        Err(error) => Err(error.without_source()),
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use futures_util::FutureExt as _;
    use futures_util::future::join_all;
    use tokio::task::yield_now;

    use super::*;
    use crate::error::{Error, ErrorKind};

    #[tokio::test]
    async fn all_who_wait_share_one_attempt_and_who_comes_later_makes_another() {
        let flight = SingleFlight::default();
        let fail = |number: u64| async move {
            yield_now().await;
            let error = Error::new(ErrorKind::Unavailable, number.to_string()).with_source("cause").with_code("c");
            Err::<u64, _>(error)
        };
        for attempt in ["1", "2"] {
            for outcome in join_all((0..10).map(|_| flight.get(|| None, fail))).await {
                let error = outcome.unwrap_err();
                assert_eq!((error.message(), error.code()), (attempt, Some("c")));
            }
        }
        let succeed = |number: u64| async move {
            yield_now().await;
            Ok(number)
        };
        let obtained = join_all((0..10).map(|_| flight.get(|| None, succeed))).await;
        assert!(obtained.into_iter().all(|number| number.unwrap() == 3));
        assert_eq!(flight.get(|| Some(7), fail).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn an_attempt_that_is_given_up_holds_nobody_back() {
        let flight = SingleFlight::default();
        assert!(flight.get(|| None, |_| pending::<Result<u64>>()).now_or_never().is_none());
        assert_eq!(flight.get(|| None, |number| async move { Ok(number) }).await.unwrap(), 1);
    }
}
