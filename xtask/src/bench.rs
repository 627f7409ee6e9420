use crate::Result;
use crate::command::cargo_command;
use crate::workspace::Workspace;

/// Runs the benchmark, which is a workspace of its own, with these arguments. Nothing but its tables
/// goes to the standard output.
pub(crate) fn run(arguments: &[String]) -> Result {
    let manifest = Workspace::load()?.root.join("bench").join("Cargo.toml");
    let mut command = cargo_command();
    command.args(["run", "--release", "--quiet", "--package", "bench-driver", "--manifest-path"]).arg(manifest);
    let status = command.arg("--").args(arguments).status().map_err(|error| format!("cannot start cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("the benchmark: {status}")) }
}
