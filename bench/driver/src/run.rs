use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::cases::Carrier;
use crate::server::Server;
use crate::{Result, failed};

/// What a client reports of one run.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Report {
    pub(crate) set_up_cpu_ns: Option<u64>,
    pub(crate) cpu_ns: Option<u64>,
    pub(crate) allocations: Option<u64>,
    pub(crate) peak_kib: Option<u64>,
    pub(crate) bytes: u64,
    pub(crate) hash: Option<u64>,
    pub(crate) p50_ns: Option<u64>,
    pub(crate) p99_ns: Option<u64>,
}

/// How long a client may take; the slowest takes seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a client once.
pub(crate) fn client(server: &Server, carrier: Carrier, program: &Path, arguments: &[String]) -> Result<Report> {
    let (output, _) = wait(&mut command(server, carrier, program, arguments), PATIENCE)?;
    serde_json::from_str(&output).map_err(failed(format!("not a report: {output:?}")))
}

/// The command that runs a client: with the server's root where there is TLS, and no proxy between.
fn command(server: &Server, carrier: Carrier, program: &Path, arguments: &[String]) -> Command {
    let mut command = Command::new(program);
    command.arg(server.address(carrier)).args(arguments);
    if carrier != Carrier::Plain {
        command.env("SSL_CERT_FILE", server.root());
    }
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command
}

/// Runs a client under valgrind's callgrind and counts the instructions of the program itself, the
/// kernel's not included.
pub(crate) fn instructions(server: &Server, carrier: Carrier, program: &Path, arguments: &[String]) -> Result<u64> {
    let plain = command(server, carrier, program, arguments);
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program).args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => valgrind.env(name, value),
            None => valgrind.env_remove(name),
        };
    }
    // It slows a program down some fiftyfold.
    let (_, said) = wait(&mut valgrind, 10 * PATIENCE)?;
    let collected = said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    collected.ok_or_else(|| format!("valgrind told no count: {said}"))
}

/// Whether instructions can be counted here.
pub(crate) fn has_valgrind() -> bool {
    let mut valgrind = Command::new("valgrind");
    let quiet = valgrind.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Waits for a command that prints little, and ends it when it takes too long.
fn wait(command: &mut Command, patience: Duration) -> Result<(String, String)> {
    let what = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed(format!("cannot start {what}")))?;
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().map_err(failed(&what))? {
            Some(status) => break status,
            None if begun.elapsed() > patience => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{what}: no end after {} s", patience.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let (mut output, mut said) = (String::new(), String::new());
    child.stdout.take().expect("it is piped").read_to_string(&mut output).map_err(failed(&what))?;
    child.stderr.take().expect("it is piped").read_to_string(&mut said).map_err(failed(&what))?;
    let last = said.lines().last().unwrap_or("it said nothing");
    if status.success() { Ok((output, said)) } else { Err(format!("{status}: {last}")) }
}
