use std::path::Path;
use std::process::{Command, Stdio};

use crate::Result;
use crate::command::{cargo, output};
use crate::workspace::Workspace;

/// The most that one case may cost: a text chunk of a stream, or a request that is answered whole.
///
/// Counts of the program itself, so that no machine's speed matters; those of instructions move a
/// little with the compiler and with what the processor offers.
struct Limit {
    case: &'static str,
    title: &'static str,
    /// What each answer has of what is counted.
    units: u64,
    allocations: f64,
    instructions: f64,
}

/// What was measured when they were set, and up to a tenth.
const LIMITS: [Limit; 3] = [
    Limit { case: "burst", title: "a chunk of a burst", units: 2_000, allocations: 1.2, instructions: 2_000.0 },
    Limit { case: "each", title: "a chunk that comes alone", units: 2_000, allocations: 1.2, instructions: 5_000.0 },
    Limit { case: "whole", title: "a whole answer", units: 1, allocations: 40.0, instructions: 85_000.0 },
];

/// How many answers the two runs read whose difference is taken.
const FEW: u64 = 1;
const MANY: u64 = 5;

/// Counts what each case costs.
pub(crate) fn run() -> Result {
    // As users build it: without optimisation every count is another.
    cargo(&["build", "--release", "--quiet", "--package", "chatstream-budget"])?;
    let program = Workspace::load()?.target.join("release").join("chatstream-budget");
    let has_valgrind = has_valgrind();
    if !has_valgrind {
        println!("skipped: valgrind is not installed, so no instructions are counted");
    }
    let mut broken = Vec::new();
    for limit in &LIMITS {
        broken.extend(limit.check("allocations", limit.allocations, |answers| allocations(&program, limit, answers))?);
        if has_valgrind {
            let count = |answers| instructions(&program, limit, answers);
            broken.extend(limit.check("instructions", limit.instructions, count)?);
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(format!("over budget\n{}", broken.join("\n"))) }
}

impl Limit {
    /// What is wrong, if it is. What a longer run costs more than a shorter one is the answers' own:
    /// starting, connecting and the first growth of buffers cancel out.
    fn check(&self, what: &str, most: f64, count: impl Fn(u64) -> Result<u64>) -> Result<Option<String>> {
        let more = count(MANY)?.saturating_sub(count(FEW)?);
        let each = more as f64 / ((MANY - FEW) * self.units) as f64;
        let line = format!("{}: {} {what} of at most {}", self.title, shown(each), shown(most));
        println!("{line}");
        Ok((each > most).then_some(line))
    }

    fn arguments(&self, answers: u64) -> [String; 2] {
        [self.case.to_owned(), answers.to_string()]
    }
}

/// Allocations are few, and a tenth of one matters; instructions are many.
fn shown(count: f64) -> String {
    if count < 1_000.0 { format!("{count:.2}") } else { format!("{count:.0}") }
}

fn allocations(program: &Path, limit: &Limit, answers: u64) -> Result<u64> {
    let printed = output(Command::new(program).args(limit.arguments(answers)))?;
    let counts: Vec<u64> = printed.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match counts[..] {
        // Chunks that got lost would cost nothing.
        [allocations, chunks] if chunks == answers * limit.units => Ok(allocations),
        _ => Err(format!("{}: not the counts of {answers} answers: {printed}", limit.case)),
    }
}

/// Instructions of the program alone, the kernel's not included.
fn instructions(program: &Path, limit: &Limit, answers: u64) -> Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-fd=1"]);
    let printed = output(valgrind.arg(program).args(limit.arguments(answers)))?;
    let count = printed.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    count.ok_or_else(|| format!("valgrind told no count\n{printed}"))
}

fn has_valgrind() -> bool {
    let mut valgrind = Command::new("valgrind");
    let quiet = valgrind.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit { case: "c", title: "a chunk", units: 10, allocations: 2.0, instructions: 0.0 };

    #[test]
    fn what_comes_once_does_not_count() {
        let count = |each| move |answers| Ok(1_000 + answers * 10 * each);
        assert_eq!(LIMIT.check("allocations", 2.0, count(2)).unwrap(), None);
        let broken = LIMIT.check("allocations", 2.0, count(3)).unwrap().unwrap();
        assert_eq!(broken, "a chunk: 3.00 allocations of at most 2.00");
    }

    #[test]
    fn a_count_that_fails_is_no_pass() {
        LIMIT.check("allocations", 2.0, |_| Err("no program".to_owned())).unwrap_err();
    }
}
