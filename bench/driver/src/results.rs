use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::columns::Column;
use crate::machine::Machine;
use crate::{Result, failed};

/// All figures of a run, round by round.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Results {
    pub(crate) machine: Machine,
    /// By figure, then by column: one value a round, `None` where the run failed.
    figures: BTreeMap<String, BTreeMap<String, Vec<Option<f64>>>>,
    /// What went wrong, and what was left out.
    pub(crate) notes: Vec<String>,
}

impl Results {
    pub(crate) fn new(machine: Machine) -> Self {
        Self { machine, figures: BTreeMap::new(), notes: Vec::new() }
    }

    /// The figures of all these files; of one that is in several, the last file's.
    pub(crate) fn load(files: &[PathBuf]) -> Result<Self> {
        let mut all: Option<Self> = None;
        for file in files {
            let text = std::fs::read_to_string(file).map_err(failed(file.display()))?;
            let read: Self = serde_json::from_str(&text).map_err(failed(file.display()))?;
            match &mut all {
                None => all = Some(read),
                Some(all) => {
                    all.figures.extend(read.figures);
                    all.notes.extend(read.notes);
                }
            }
        }
        all.ok_or_else(|| "no file to report".to_owned())
    }

    pub(crate) fn save(&self, file: &Path) -> Result {
        let text = serde_json::to_string_pretty(self).expect("all of it is JSON");
        std::fs::write(file, text).map_err(failed(file.display()))
    }

    /// Adds a round's value, or notes why there is none.
    pub(crate) fn push(&mut self, figure: &str, column: Column, value: Result<f64>) {
        let value = match value {
            Ok(value) => Some(value),
            Err(message) => {
                self.note(format!("{}, {figure}: {message}", column.title()));
                None
            }
        };
        let columns = self.figures.entry(figure.to_owned()).or_default();
        columns.entry(column.word().to_owned()).or_default().push(value);
    }

    /// Adds a note, once.
    pub(crate) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            eprintln!("{note}");
            self.notes.push(note);
        }
    }

    /// The columns that have a value, in their order.
    pub(crate) fn columns(&self) -> impl Iterator<Item = Column> {
        let has_any = |column: &Column| self.figures.values().any(|values| values.contains_key(column.word()));
        Column::ALL.into_iter().filter(has_any)
    }

    fn values(&self, figure: &str, column: Column) -> &[Option<f64>] {
        self.figures.get(figure).and_then(|columns| columns.get(column.word())).map_or(&[], Vec::as_slice)
    }

    /// The median of the rounds.
    pub(crate) fn median(&self, figure: &str, column: Column) -> Option<f64> {
        median(self.values(figure, column).iter().flatten().copied().collect())
    }

    /// The median of the ratios to the floor, each within one round: what disturbs the machine for a
    /// while disturbs both.
    pub(crate) fn ratio(&self, figure: &str, column: Column) -> Option<f64> {
        let rounds = self.values(figure, column).iter().zip(self.values(figure, Column::Floor));
        median(rounds.filter_map(|(value, floor)| Some((*value)? / (*floor)?)).collect())
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        length if length % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn a_ratio_compares_within_a_round_and_passes_over_failures() {
        let mut results = Results::new(Machine::default());
        for (floor, value) in [(1.0, Ok(2.0)), (10.0, Ok(20.0)), (1.0, Err("no answer".to_owned()))] {
            results.push("f", Column::Floor, Ok(floor));
            results.push("f", Column::Genai, value);
        }
        assert_eq!(results.ratio("f", Column::Genai), Some(2.0));
        assert_eq!(results.notes, ["genai, f: no answer"]);
        assert_eq!(results.ratio("f", Column::Rig), None);
    }
}
