use std::fmt::Write as _;

use crate::cases::{CASES, Case, Wire};
use crate::columns::Column;
use crate::results::Results;

/// A row: what it shows, and how.
struct Row {
    title: String,
    figure: String,
    show: Show,
}

enum Show {
    /// The floor's median with its unit; of the others how many times the floor's it is.
    Ratio(&'static str),
    /// Medians with so many decimals.
    Plain(usize),
}

/// All figures as Markdown.
pub(crate) fn markdown(results: &Results) -> String {
    let all: Vec<Column> = results.columns().collect();
    let ours: Vec<Column> =
        all.iter().copied().filter(|column| matches!(column, Column::Floor | Column::Chatstream)).collect();
    let (chat, rest): (Vec<Case>, Vec<Case>) = CASES.into_iter().partition(|case| case.wire == Wire::Chat);
    let mut rows = cases(&chat);
    rows.extend(others());
    let mut out =
        table("chat completions", results, &all, &rows) + &table("other services", results, &ours, &cases(&rest));
    let machine = &results.machine;
    let crates = machine.crates.join(", ");
    let _ = writeln!(out, "{}, {} cores; {}; {crates}.\n", machine.processor, machine.cores, machine.rustc);
    for note in &results.notes {
        let _ = writeln!(out, "- {note}");
    }
    out
}

/// The rows that have a figure; nothing where none has.
fn table(head: &str, results: &Results, columns: &[Column], rows: &[Row]) -> String {
    let mut out = String::new();
    for row in rows {
        let cells: Vec<String> = columns.iter().map(|column| row.cell(results, *column)).collect();
        if cells.iter().any(|cell| cell != NOTHING) {
            let _ = writeln!(out, "| {} | {} |", row.title, cells.join(" | "));
        }
    }
    if out.is_empty() {
        return out;
    }
    let titles: Vec<&str> = columns.iter().map(|column| column.title()).collect();
    let rule = "--:|".repeat(columns.len());
    format!("| {head} | {} |\n|---|{rule}\n{out}\n", titles.join(" | "))
}

/// A cell without a figure.
const NOTHING: &str = "–";

impl Row {
    fn cell(&self, results: &Results, column: Column) -> String {
        let shown = match self.show {
            Show::Ratio(unit) if column == Column::Floor => {
                results.median(&self.figure, column).map(|value| format!("{value:.2} {unit}"))
            }
            Show::Ratio(_) => results.ratio(&self.figure, column).map(|ratio| format!("{ratio:.2}×")),
            Show::Plain(decimals) => results.median(&self.figure, column).map(|value| grouped(value, decimals)),
        };
        shown.unwrap_or_else(|| NOTHING.to_owned())
    }
}

/// A number with a comma between thousands.
fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let digits = text.find('.').unwrap_or(text.len());
    let mut out = String::new();
    for (at, c) in text.char_indices() {
        if at > 0 && at < digits && (digits - at) % 3 == 0 && !out.ends_with('-') {
            out.push(',');
        }
        out.push(c);
    }
    out
}

fn cases(cases: &[Case]) -> Vec<Row> {
    let rows = |measure: &str, title: &str, show: fn() -> Show| -> Vec<Row> {
        let row = |case: &Case| Row {
            title: format!("{title} a {}: {}", case.unit(), case.title),
            figure: format!("{}/{measure}", case.name),
            show: show(),
        };
        cases.iter().map(row).collect()
    };
    let mut all = rows("cpu", "CPU", || Show::Ratio("µs"));
    all.extend(rows("instructions", "instructions", || Show::Plain(0)));
    all.extend(rows("allocations", "allocations", || Show::Plain(2)));
    all
}

fn others() -> Vec<Row> {
    let row = |title: &str, figure: &str, show| Row { title: title.to_owned(), figure: figure.to_owned(), show };
    vec![
        row("CPU a chunk: 1,000 streams of 20 events a second", "concurrent/cpu", Show::Ratio("µs")),
        row("KiB of memory an open stream, of 1,000", "concurrent/kib", Show::Plain(1)),
        row("µs from the server's write to the chunk: half of them", "latency/p50", Show::Plain(0)),
        row("µs from the server's write to the chunk: 99 of 100", "latency/p99", Show::Plain(0)),
        row("CPU ms to set a client up", "set-up/cpu", Show::Plain(2)),
        row("crates", "cold-build/crates", Show::Plain(0)),
        row("CPU s of a build from nothing", "cold-build/cpu", Show::Plain(0)),
        row("MiB of the stripped program", "cold-build/mib", Show::Plain(1)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;

    #[test]
    fn thousands_are_set_apart() {
        for (value, decimals, expected) in [
            (0.0, 0, "0"),
            (999.0, 0, "999"),
            (1000.0, 0, "1,000"),
            (1_234_567.25, 2, "1,234,567.25"),
            (-100.0, 0, "-100"),
        ] {
            assert_eq!(grouped(value, decimals), expected);
        }
    }

    #[test]
    fn the_floor_shows_its_figure_and_the_others_how_often_they_hold_it() {
        let mut results = Results::new(Machine::default());
        results.push("burst/cpu", Column::Floor, Ok(0.5));
        results.push("burst/cpu", Column::Genai, Ok(4.0));
        results.push("latency/p50", Column::Floor, Ok(30.0));
        let shown = markdown(&results);
        assert!(shown.starts_with("| chat completions | floor | genai |\n|---|--:|--:|\n"), "{shown}");
        assert!(shown.contains("| CPU a chunk: burst | 0.50 µs | 8.00× |\n"), "{shown}");
        assert!(shown.contains("half of them | 30 | – |\n"), "{shown}");
        assert!(!shown.contains("cut into"), "{shown}");
    }
}
