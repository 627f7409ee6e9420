use crate::cases::{Ask, Case};
use crate::columns::Column;
use crate::options::Options;
use crate::programs::Count;
use crate::sections::Bench;
use crate::{Result, run};

/// Instructions and allocations of one chunk or request: what a longer run has more than a shorter
/// one, over what it does more. Everything that comes once cancels out, and no machine matters.
pub(crate) fn case(bench: &mut Bench<'_>, case: &Case, columns: &[Column]) -> Result {
    if case.multi_thread {
        // Which thread finds the other asleep differs from run to run.
        return Ok(());
    }
    let (short, long) = lengths(case, bench.options);
    let each = |short_count: u64, long_count: u64| (long_count as f64 - short_count as f64) / (long - short) as f64;
    for &column in columns {
        let program = bench.program(column, case, Count::Allocations)?;
        let allocations = |units| -> Result<u64> {
            let report = run::client(&bench.server, case.carrier, &program, &case.arguments(units))?;
            report.allocations.ok_or_else(|| "it counted nothing".to_owned())
        };
        let counted = allocations(short).and_then(|count| Ok(each(count, allocations(long)?)));
        bench.results.push(&format!("{}/allocations", case.name), column, counted);
        if bench.has_valgrind {
            let program = bench.program(column, case, Count::Nothing)?;
            let instructions = |units| run::instructions(&bench.server, case.carrier, &program, &case.arguments(units));
            let counted = instructions(short).and_then(|count| Ok(each(count, instructions(long)?)));
            bench.results.push(&format!("{}/instructions", case.name), column, counted);
        }
    }
    Ok(())
}

fn lengths(case: &Case, options: &Options) -> (u64, u64) {
    let (short, long) = match case.ask {
        Ask::Stream(_) => (1_000, 6_000),
        Ask::Whole => (50, 350),
    };
    if options.quick { (short / 5, long / 5) } else { (short, long) }
}
