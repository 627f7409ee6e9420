use std::path::{Path, PathBuf};

use crate::cases::{CASES, Carrier, Case, Wire};
use crate::columns::{Column, Program};
use crate::options::Options;
use crate::programs::{Count, Programs};
use crate::results::Results;
use crate::run::{self, Report};
use crate::server::Server;
use crate::{Result, cold, count};

/// A run under way.
pub(crate) struct Bench<'a> {
    pub(crate) options: &'a Options,
    pub(crate) server: Server,
    pub(crate) results: &'a mut Results,
    pub(crate) has_valgrind: bool,
    programs: Programs,
}

/// The sections that are no cases.
const OTHERS: [&str; 4] = ["concurrent", "latency", "set-up", "cold-build"];

/// All sections, in the order they are run.
pub(crate) fn names() -> Vec<String> {
    CASES.iter().map(|case| case.name).chain(OTHERS).map(str::to_owned).collect()
}

/// Those that are run unless others are asked for. Cold builds take long.
pub(crate) fn default(quick: bool) -> Vec<String> {
    names().into_iter().filter(|name| !quick || name != "cold-build").collect()
}

pub(crate) fn run(options: &Options, mut programs: Programs, results: &mut Results) -> Result {
    let is_chosen = |name: &str| options.sections.iter().any(|section| section == name);
    raise_file_limit();
    let has_valgrind = run::has_valgrind();
    if !has_valgrind {
        results.note("valgrind is not installed: no instructions were counted".to_owned());
    }
    let server = programs.get(Program { package: "bench-server", feature: None }, Count::Nothing)?;
    let server = Server::start(&server, programs.folder())?;
    let mut bench = Bench { options, server, results, has_valgrind, programs };
    let cases: Vec<&Case> = CASES.iter().filter(|case| is_chosen(case.name)).collect();
    bench.build(&cases)?;
    for case in cases {
        bench.case(case)?;
    }
    if is_chosen("concurrent") {
        bench.concurrent()?;
    }
    if is_chosen("latency") {
        bench.latency()?;
    }
    if is_chosen("set-up") {
        bench.set_up()?;
    }
    if is_chosen("cold-build") {
        let folder = bench.programs.folder().join("cold");
        for column in bench.options.columns.clone() {
            cold::build(column, &folder, bench.results)?;
        }
    }
    Ok(())
}

impl Bench<'_> {
    /// The columns that a case has.
    pub(crate) fn columns(&self, case: &Case) -> Vec<Column> {
        let can = |column: &&Column| column.program(case.wire, case.carrier).is_some();
        self.options.columns.iter().filter(can).copied().collect()
    }

    /// Builds everything before anything is measured.
    fn build(&mut self, cases: &[&Case]) -> Result {
        for case in cases {
            for column in self.columns(case) {
                self.program(column, case, Count::Nothing)?;
                if !case.multi_thread {
                    self.program(column, case, Count::Allocations)?;
                }
            }
        }
        Ok(())
    }

    pub(crate) fn program(&mut self, column: Column, case: &Case, count: Count) -> Result<PathBuf> {
        let program = column.program(case.wire, case.carrier).ok_or("this column has no such case")?;
        self.programs.get(program, count)
    }

    /// Runs all columns in turn, each round beginning one further: A B C, B C A, C A B.
    fn rounds(&mut self, case: &Case, columns: &[Column], mut measure: impl FnMut(&mut Self, Column, &Path)) -> Result {
        for round in 0..self.options.rounds {
            for i in 0..columns.len() {
                let column = columns[(round + i) % columns.len()];
                let program = self.program(column, case, Count::Nothing)?;
                measure(self, column, &program);
            }
        }
        Ok(())
    }

    fn ask(&self, case: &Case, program: &Path, arguments: &[String]) -> Result<Report> {
        run::client(&self.server, case.carrier, program, arguments)
    }

    /// Whether each column gives the text that was sent, then its time, then its counts.
    fn case(&mut self, case: &Case) -> Result {
        eprintln!("{}", case.name);
        let columns = self.check(case)?;
        let units = self.options.scaled(case.units);
        let arguments = case.arguments(units);
        self.rounds(case, &columns, |bench, column, program| {
            let cpu = bench.ask(case, program, &arguments).and_then(|report| cpu_us(&report, units));
            bench.results.push(&format!("{}/cpu", case.name), column, cpu);
        })?;
        count::case(self, case, &columns)
    }

    /// The columns that answer, and whether they tell what the floor tells. It also has the server
    /// make what the timed runs ask for.
    fn check(&mut self, case: &Case) -> Result<Vec<Column>> {
        let mut arguments = case.arguments(self.options.scaled(case.units));
        arguments.push("--check".to_owned());
        let (mut answering, mut expected) = (Vec::new(), None);
        for column in self.columns(case) {
            let program = self.program(column, case, Count::Nothing)?;
            let (title, name) = (column.title(), case.name);
            match self.ask(case, &program, &arguments) {
                Ok(report) => {
                    let (hash, bytes) = *expected.get_or_insert((report.hash, report.bytes));
                    if report.hash != hash {
                        let note =
                            format!("{title}, {name}: not the text that was sent ({} of {bytes} bytes)", report.bytes);
                        self.results.note(note);
                    }
                    answering.push(column);
                }
                Err(message) => self.results.note(format!("{title}, {name}: {message}")),
            }
        }
        Ok(answering)
    }

    /// A thousand streams at once, at the pace of a model.
    fn concurrent(&mut self) -> Result {
        const STREAMS: u64 = 1_000;
        eprintln!("concurrent");
        let events = if self.options.quick { 20 } else { 100 };
        let arguments = |streams: u64| [format!("paced-50000-{events}"), "--streams".to_owned(), streams.to_string()];
        self.rounds(&PLAIN, &self.columns(&PLAIN), |bench, column, program| {
            let one = bench.ask(&PLAIN, program, &arguments(1)).and_then(|report| peak_kib(&report));
            let all = bench.ask(&PLAIN, program, &arguments(STREAMS));
            let kib = all.as_ref().map_err(Clone::clone).and_then(peak_kib);
            let each = one.and_then(|one| Ok((kib? - one) / (STREAMS - 1) as f64));
            bench.results.push("concurrent/kib", column, each);
            bench.results.push("concurrent/cpu", column, all.and_then(|all| cpu_us(&all, STREAMS * events)));
        })
    }

    /// One event a millisecond, from the server's write to the client's hands.
    fn latency(&mut self) -> Result {
        eprintln!("latency");
        let arguments = [format!("paced-1000-{}", self.options.scaled(2_000)), "--clock".to_owned()];
        self.rounds(&PLAIN, &self.columns(&PLAIN), |bench, column, program| {
            let report = bench.ask(&PLAIN, program, &arguments);
            let delay = |of: fn(&Report) -> Option<u64>| {
                let nanoseconds = of(report.as_ref().map_err(Clone::clone)?).ok_or("no delta told the time")?;
                Ok(nanoseconds as f64 / 1e3)
            };
            let (p50, p99) = (delay(|report| report.p50_ns), delay(|report| report.p99_ns));
            bench.results.push("latency/p50", column, p50);
            bench.results.push("latency/p99", column, p99);
        })
    }

    /// The client alone.
    fn set_up(&mut self) -> Result {
        eprintln!("set-up");
        let arguments = ["burst-1", "--requests", "0"].map(str::to_owned);
        self.rounds(&PLAIN, &self.columns(&PLAIN), |bench, column, program| {
            let report = bench.ask(&PLAIN, program, &arguments);
            let cpu = report.and_then(|report| report.set_up_cpu_ns.ok_or_else(|| "it told no time".to_owned()));
            bench.results.push("set-up/cpu", column, cpu.map(|nanoseconds| nanoseconds as f64 / 1e6));
        })
    }
}

/// What the sections use that are no cases.
const PLAIN: Case = CASES[0];
const _: () = assert!(matches!((PLAIN.wire, PLAIN.carrier), (Wire::Chat, Carrier::Plain)));

fn cpu_us(report: &Report, units: u64) -> Result<f64> {
    let nanoseconds = report.cpu_ns.ok_or("it told no time")?;
    Ok(nanoseconds as f64 / 1e3 / units as f64)
}

fn peak_kib(report: &Report) -> Result<f64> {
    report.peak_kib.map(|kib| kib as f64).ok_or_else(|| "it told no memory".to_owned())
}

/// A thousand streams are a thousand sockets, and those beside it, on either side.
fn raise_file_limit() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}
