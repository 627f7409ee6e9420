mod crates;

use crate::Result;

/// Checks what a program pays that uses one provider.
pub(crate) fn run() -> Result {
    crates::run()
}
