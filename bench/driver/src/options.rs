use std::path::PathBuf;

use crate::Result;
use crate::columns::Column;
use crate::sections;

/// What to measure, and how long.
#[derive(Debug)]
pub(crate) struct Options {
    /// A tenth of the work: to see that everything runs.
    pub(crate) quick: bool,
    pub(crate) rounds: usize,
    pub(crate) sections: Vec<String>,
    pub(crate) columns: Vec<Column>,
    /// Where to draw.
    pub(crate) plots: Option<PathBuf>,
    /// Where to keep the figures.
    pub(crate) results: Option<PathBuf>,
    /// Earlier figures to show, as one; nothing is measured then.
    pub(crate) report: Vec<PathBuf>,
}

const USAGE: &str = "\
cargo xtask bench [options]

  --quick           a tenth of the work, and no cold builds: to see that everything runs
  --rounds N        how often each client is run (7; 2 with --quick)
  --sections A,B    only these
  --columns A,B     only these, and the floor
  --plots FOLDER    draw the plots there
  --results FILE    where to keep the figures (bench/results.json in cargo's target folder)
  --report FILE     show the figures of an earlier run, measure nothing; more than once: together";

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let (mut quick, mut rounds, mut sections, mut columns) = (false, None, None, None);
        let (mut plots, mut results, mut report) = (None, None, Vec::new());
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(usage);
            match name.as_str() {
                "--quick" => quick = true,
                "--rounds" => rounds = Some(value()?.parse().map_err(|_| usage())?),
                "--sections" => sections = Some(words(&value()?)),
                "--columns" => columns = Some(words(&value()?)),
                "--plots" => plots = Some(value()?.into()),
                "--results" => results = Some(value()?.into()),
                "--report" => report.push(value()?.into()),
                _ => return Err(usage()),
            }
        }
        let sections = sections.unwrap_or_else(|| sections::default(quick));
        if let Some(unknown) = sections.iter().find(|name| !sections::names().contains(name)) {
            return Err(format!("{unknown} is no section\n\n{}", usage()));
        }
        let columns = match columns {
            None => Column::ALL.to_vec(),
            Some(names) => {
                let is_chosen = |column: &Column| *column == Column::Floor || names.contains(&column.word().to_owned());
                Column::ALL.into_iter().filter(is_chosen).collect()
            }
        };
        Ok(Self {
            quick,
            rounds: rounds.unwrap_or(if quick { 2 } else { 7 }),
            sections,
            columns,
            plots,
            results,
            report,
        })
    }

    /// Less of it in a quick run.
    pub(crate) fn scaled(&self, work: u64) -> u64 {
        if self.quick { work.div_ceil(10) } else { work }
    }
}

fn words(list: &str) -> Vec<String> {
    list.split(',').map(str::to_owned).collect()
}

pub(crate) fn usage() -> String {
    let columns = Column::ALL.map(Column::word).join(", ");
    format!("{USAGE}\n\nsections: {}\ncolumns: {columns}", sections::names().join(", "))
}
