use std::collections::BTreeSet;
use std::path::Path;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use crate::cases::{Carrier, Wire};
use crate::columns::Column;
use crate::programs::{cargo, output};
use crate::results::Results;
use crate::{Result, failed};

/// Builds the program of one column into an empty folder, and counts what that took. The harness is
/// built with each and costs all of them the same; its own crates are not counted.
pub(crate) fn build(column: Column, folder: &Path, results: &mut Results) -> Result {
    let Some(program) = column.program(Wire::Chat, Carrier::Plain) else { return Ok(()) };
    eprintln!("cold build of {}", program.package);
    empty(folder)?;
    let mut command = cargo();
    command.args(["build", "--release", "--locked", "--package", program.package]);
    command.env("CARGO_TARGET_DIR", folder).env("CARGO_PROFILE_RELEASE_STRIP", "symbols");
    let before = children_cpu_ms()?;
    let status = command.status().map_err(failed("cargo build"))?;
    let seconds = (children_cpu_ms()? - before) as f64 / 1e3;
    if !status.success() {
        return Err(format!("{command:?}: {status}"));
    }
    let binary = folder.join("release").join(program.package);
    let bytes = std::fs::metadata(&binary).map_err(failed(binary.display()))?.len();
    results.push("cold-build/crates", column, crates(program.package).map(|count| count as f64));
    results.push("cold-build/cpu", column, Ok(seconds));
    results.push("cold-build/mib", column, Ok(bytes as f64 / 1024.0 / 1024.0));
    empty(folder)
}

fn empty(folder: &Path) -> Result {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed(folder.display())(error)),
        _ => Ok(()),
    }
}

/// Processor time of all processes that this one started and that have ended.
fn children_cpu_ms() -> Result<i64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(failed("getrusage"))?;
    Ok(usage.user_time().num_milliseconds() + usage.system_time().num_milliseconds())
}

/// How many crates are built for it, without this workspace's own.
fn crates(package: &str) -> Result<usize> {
    let tree = output(cargo().args(["tree", "--locked", "--package", package, "--edges", "normal,build"]).args([
        "--prefix",
        "none",
        "--prune",
        "bench-harness",
    ]))?;
    let crates = tree.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.next()?))
    });
    Ok(crates.filter(|(name, _)| !name.starts_with("bench-")).collect::<BTreeSet<_>>().len())
}
