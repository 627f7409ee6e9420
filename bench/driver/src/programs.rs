use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::columns::Program;
use crate::{Result, failed};

/// Builds programs, each once and each alone: cargo joins the features of what it builds together,
/// and a client would get what only another asked for.
#[derive(Debug)]
pub(crate) struct Programs {
    target: PathBuf,
    folder: PathBuf,
    built: BTreeMap<(Program, Count), PathBuf>,
}

/// Whether a program counts its allocations, which takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Count {
    Nothing,
    Allocations,
}

impl Programs {
    pub(crate) fn new() -> Result<Self> {
        let metadata = output(cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
        let metadata: Value = serde_json::from_str(&metadata).map_err(failed("cargo metadata"))?;
        let target = PathBuf::from(metadata["target_directory"].as_str().ok_or("cargo metadata names no folder")?);
        let folder = target.join("bench");
        std::fs::create_dir_all(&folder).map_err(failed(folder.display()))?;
        Ok(Self { target, folder, built: BTreeMap::new() })
    }

    /// Where programs and results are kept.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The program, after building it where that has not been done.
    pub(crate) fn get(&mut self, program: Program, count: Count) -> Result<PathBuf> {
        if let Some(path) = self.built.get(&(program, count)) {
            return Ok(path.clone());
        }
        let mut features: Vec<&str> = program.feature.into_iter().collect();
        if count == Count::Allocations {
            features.push("bench-harness/allocation-counter");
        }
        let mut command = cargo();
        command.args(["build", "--release", "--locked", "--package", program.package]);
        command.args(["--features", &features.join(",")]);
        let status = command.status().map_err(failed("cargo build"))?;
        if !status.success() {
            return Err(format!("{command:?}: {status}"));
        }
        // The next build of another kind takes its place.
        let name = [&[program.package], features.as_slice()].concat().join("+").replace('/', "-");
        let path = self.folder.join(name);
        let from = self.target.join("release").join(program.package);
        std::fs::copy(&from, &path).map_err(failed(from.display()))?;
        self.built.insert((program, count), path.clone());
        Ok(path)
    }
}

/// The cargo that runs this program, in this workspace and in the environment it would have without
/// the program: some build scripts ask to be run again when what `cargo run` sets changes.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let is_set_by_cargo = |name: &OsStr| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
    };
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_set_by_cargo(name)) {
        command.env_remove(name);
    }
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// What a command prints, when it succeeds.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().map_err(failed(format!("{command:?}")))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(failed(format!("{command:?}")))
}
