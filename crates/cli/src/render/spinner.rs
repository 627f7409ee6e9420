use std::future::Future;
use std::io::{self, Write as _};
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

use crate::visible::visible;

/// A sign on standard error that something is waited for.
pub(crate) struct Spinner {
    /// `None` where nobody would see it.
    label: Option<String>,
}

/// An answer that begins sooner needs no sign.
const DELAY: Duration = Duration::from_millis(200);
const PERIOD: Duration = Duration::from_millis(100);
const FRAMES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

impl Spinner {
    pub(crate) fn new(label: String) -> Self {
        Self { label: Some(label) }
    }

    pub(crate) fn hidden() -> Self {
        Self { label: None }
    }

    /// Waits, with the sign shown meanwhile. It is gone when this returns or is dropped.
    pub(crate) async fn during<F: Future>(&self, waited_for: F) -> F::Output {
        let Some(label) = &self.label else { return waited_for.await };
        let mut waited_for = pin!(waited_for);
        let start = Instant::now();
        let mut ticks = tokio::time::interval_at(start + DELAY, PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut drawn = Drawn(false);
        for frame in FRAMES.into_iter().cycle() {
            tokio::select! {
                biased;
                output = &mut waited_for => return output,
                _ = ticks.tick() => drawn.draw(&format!("{frame} {} {} s", visible(label), start.elapsed().as_secs())),
            }
        }
        unreachable!("the frames go round for ever")
    }
}

/// Whether there is something to wipe away.
struct Drawn(bool);

impl Drawn {
    fn draw(&mut self, text: &str) {
        self.0 = true;
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "\r{text}\x1b[K").and_then(|()| stderr.flush());
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        if self.0 {
            let mut stderr = io::stderr().lock();
            let _ = stderr.write_all(b"\r\x1b[K").and_then(|()| stderr.flush());
        }
    }
}
