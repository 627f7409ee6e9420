use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use crate::Result;

/// What something cost the program.
#[derive(Debug)]
pub(crate) struct Cost {
    /// Time on a processor, of all threads, the kernel's share included.
    pub(crate) cpu_ns: u64,
    /// Calls that allocate; `None` in a program that does not count them.
    pub(crate) allocations: Option<u64>,
    pub(crate) allocated_bytes: Option<u64>,
}

impl Cost {
    pub(crate) fn of(work: impl FnOnce()) -> Self {
        let before = read(ClockId::CLOCK_PROCESS_CPUTIME_ID);
        let counted = count(work);
        let cpu_ns = read(ClockId::CLOCK_PROCESS_CPUTIME_ID) - before;
        Self {
            cpu_ns,
            allocations: counted.map(|(allocations, _)| allocations),
            allocated_bytes: counted.map(|(_, bytes)| bytes),
        }
    }
}

/// Allocations and their bytes, of this thread: on the current-thread runtime that is all of them.
#[cfg(feature = "allocation-counter")]
fn count(work: impl FnOnce()) -> Option<(u64, u64)> {
    let info = allocation_counter::measure(work);
    Some((info.count_total, info.bytes_total))
}

#[cfg(not(feature = "allocation-counter"))]
fn count(work: impl FnOnce()) -> Option<(u64, u64)> {
    work();
    None
}

/// The most memory that was resident at once.
pub(crate) fn peak_kib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    Ok(peak.ok_or("the kernel tells no VmHWM")?.parse()?)
}

/// The clock that all programs of a machine share.
pub(crate) fn clock_ns() -> u64 {
    read(ClockId::CLOCK_MONOTONIC)
}

fn read(clock: ClockId) -> u64 {
    let time = clock_gettime(clock).expect("the kernel has this clock");
    Duration::from(time).as_nanos() as u64
}
