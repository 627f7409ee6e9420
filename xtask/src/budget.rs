mod counts;
mod crates;

use crate::Result;

/// Checks what a program pays that uses one provider: in crates, and in work for each chunk.
pub(crate) fn run() -> Result {
    crates::run()?;
    counts::run()
}
