//! Runs the command, within a time.

use std::io::{self, Read, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use chatstream_emulator::{Emulator, Fault};
use serde_json::Value;

/// Far more than any run here takes.
const LIMIT: Duration = Duration::from_secs(60);

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Standard output as JSON, a value a line.
    pub(crate) fn json(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{self:?}"))).collect()
    }

    /// Asserts the status and what standard error says.
    pub(crate) fn assert(&self, status: i32, said: &[&str]) {
        assert_eq!(self.status, Some(status), "{self:?}");
        for text in said {
            assert!(self.stderr.contains(text), "no {text:?}: {self:?}");
        }
    }
}

/// The command with these arguments, and with an empty environment.
pub(crate) fn chatstream(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chatstream"));
    command.args(args).env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Without it Windows starts nothing that uses sockets.
    command.envs(std::env::var_os("SystemRoot").map(|root| ("SystemRoot", root)));
    command
}

/// The same, with a key and the address of the emulator.
pub(crate) fn against(emulator: &Emulator, args: &[&str]) -> Command {
    let mut command = chatstream(args);
    command.env("XAI_API_KEY", "secret-key").env("XAI_BASE_URL", emulator.xai().base_url());
    command
}

pub(crate) async fn emulator(faults: &[&str]) -> Emulator {
    let faults = faults.iter().map(|fault| fault.parse::<Fault>().unwrap());
    Emulator::builder().faults(faults).start().await.unwrap()
}

/// Runs it to its end, with nothing on standard input.
pub(crate) fn run(command: &mut Command) -> Ran {
    Running::new(command).end()
}

/// Runs it to its end, with this on standard input.
pub(crate) fn run_with(command: &mut Command, input: impl Into<Vec<u8>>) -> Ran {
    let mut running = Running::new(command.stdin(Stdio::piped()));
    let mut stdin = running.child.stdin.take().unwrap();
    let input = input.into();
    // Who is not read from does not block the test; who has ended is told so by its status.
    thread::spawn(move || stdin.write_all(&input));
    running.end()
}

/// A command that runs.
pub(crate) struct Running {
    pub(crate) child: Child,
    stdout: Option<Pieces>,
    stderr: Option<Pieces>,
}

impl Running {
    pub(crate) fn new(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().map(Pieces::new);
        let stderr = child.stderr.take().map(Pieces::new);
        Self { child, stdout, stderr }
    }

    /// Runs it with nobody to read its standard output.
    pub(crate) fn unread(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let stderr = child.stderr.take().map(Pieces::new);
        Self { child, stdout: None, stderr }
    }

    /// Runs it on a terminal whose other side this is; it shows both streams.
    #[cfg(unix)]
    pub(crate) fn shown_on(command: &mut Command, terminal: std::fs::File) -> Self {
        let child = command.spawn().unwrap();
        // The command holds the terminal's own side open; here it would never be seen to close.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { child, stdout: Some(Pieces::new(terminal)), stderr: None }
    }

    /// Waits until standard output holds this, behind what was waited for before; gives all of it.
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        let stdout = self.stdout.as_mut().unwrap();
        while !stdout.skip_to(text) {
            assert!(stdout.next(), "no {text:?}: {}", stdout.text());
        }
        stdout.text()
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ran {
        let rest = |pieces: &mut Option<Pieces>| {
            let Some(pieces) = pieces else { return String::new() };
            while pieces.next() {}
            pieces.text()
        };
        let (stdout, stderr) = (rest(&mut self.stdout), rest(&mut self.stderr));
        // Both streams are closed: it is at its end or very near to it.
        let status = self.child.wait().unwrap().code();
        Ran { status, stdout, stderr }
    }

    /// Sends a signal by its name.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed leaves nothing behind; one that has ended cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a stream has given so far.
struct Pieces {
    read: Vec<u8>,
    /// How much of it has been waited for.
    seen: usize,
    pieces: Receiver<Vec<u8>>,
}

impl Pieces {
    fn new(mut stream: impl Read + Send + 'static) -> Self {
        let (sender, pieces) = mpsc::channel();
        thread::spawn(move || -> io::Result<()> {
            let mut buffer = vec![0; 4096];
            loop {
                let length = stream.read(&mut buffer)?;
                if length == 0 || sender.send(buffer[..length].to_vec()).is_err() {
                    return Ok(());
                }
            }
        });
        Self { read: Vec::new(), seen: 0, pieces }
    }

    /// Waits for more; false at the end.
    fn next(&mut self) -> bool {
        match self.pieces.recv_timeout(LIMIT) {
            Ok(piece) => {
                self.read.extend(piece);
                true
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => false,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("nothing more after {LIMIT:?}: {}", self.text()),
        }
    }

    /// Whether this has come, and if so goes on behind it.
    fn skip_to(&mut self, text: &str) -> bool {
        let found = self.read[self.seen..].windows(text.len()).position(|window| window == text.as_bytes());
        self.seen += found.map_or(0, |at| at + text.len());
        found.is_some()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.read).into_owned()
    }
}
