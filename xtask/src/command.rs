use std::env;
use std::ffi::{OsStr, OsString};
use std::process::Command;

use crate::Result;

/// Runs cargo with these arguments, after printing them.
pub(crate) fn cargo(arguments: &[&str]) -> Result {
    cargo_with(&[], arguments)
}

/// The same with variables added to the environment.
pub(crate) fn cargo_with(variables: &[(&str, &str)], arguments: &[&str]) -> Result {
    let settings: String = variables.iter().map(|(name, value)| format!("{name}={value:?} ")).collect();
    let line = format!("{settings}cargo {}", arguments.join(" "));
    println!("$ {line}");
    let status = cargo_command()
        .envs(variables.iter().copied())
        .args(arguments)
        .status()
        .map_err(|error| format!("cannot start {line}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{line}: {status}")) }
}

/// What cargo prints with these arguments.
pub(crate) fn cargo_output(arguments: &[&str]) -> Result<String> {
    output(cargo_command().args(arguments))
}

/// What a command prints, when it succeeds.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(|error| format!("cannot start {command:?}: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?}: {}\n{}", output.status, said.trim_end()));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{command:?} printed bytes that are no UTF-8"))
}

/// The cargo that runs this task, in the environment it would have without the task.
///
/// Build scripts see the variables that `cargo run` sets for its program. `ring`'s asks to be run
/// again whenever they change, and with it everything above it would be built again.
pub(crate) fn cargo_command() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    for (name, _) in env::vars_os().filter(|(name, _)| is_set_by_cargo_run(name)) {
        command.env_remove(name);
    }
    command
}

fn is_set_by_cargo_run(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_describes_the_task_is_hidden_and_what_the_user_set_is_not() {
        assert!(is_set_by_cargo_run(OsStr::new("CARGO_PKG_NAME")));
        assert!(is_set_by_cargo_run(OsStr::new("CARGO_MANIFEST_DIR")));
        assert!(!is_set_by_cargo_run(OsStr::new("CARGO_TARGET_DIR")));
        assert!(!is_set_by_cargo_run(OsStr::new("CARGO_HOME")));
    }

    #[test]
    fn a_failed_command_tells_what_it_said() {
        let error = cargo_output(&["no-such-task"]).unwrap_err();
        assert!(error.contains("no-such-task"), "{error}");
    }
}
