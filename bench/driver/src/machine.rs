use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::cases::{Carrier, Wire};
use crate::columns::Column;
use crate::programs::{cargo, output};
use crate::{Result, failed};

/// What the figures were measured on, and of which versions.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) rustc: String,
    /// Names with versions.
    pub(crate) crates: Vec<String>,
}

impl Machine {
    pub(crate) fn ask(columns: &[Column]) -> Result<Self> {
        let about = std::fs::read_to_string("/proc/cpuinfo").map_err(failed("/proc/cpuinfo"))?;
        let processor = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let mut crates = Vec::new();
        for column in columns {
            crates.extend(versions(*column)?);
        }
        Ok(Self {
            processor: processor.map_or("an unnamed processor", |(_, name)| name).to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            rustc: output(Command::new("rustc").arg("--version"))?.trim().to_owned(),
            crates,
        })
    }
}

/// The column's crates as `name version`.
fn versions(column: Column) -> Result<Vec<String>> {
    let Some(program) = column.program(Wire::Chat, Carrier::Plain) else { return Ok(Vec::new()) };
    let tree =
        output(cargo().args(["tree", "--locked", "--depth", "1", "--prefix", "none", "--package", program.package]))?;
    let lines = tree.lines().filter_map(|line| line.split_once(" v"));
    let named = lines.filter(|(name, _)| column.crates().contains(name));
    Ok(named.map(|(name, rest)| format!("{name} {}", rest.split(' ').next().unwrap_or_default())).collect())
}
