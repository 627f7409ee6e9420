//! `chatstream emulate`: the providers' APIs on this machine.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use chatstream::{Error, ErrorKind};
use chatstream_emulator::Emulator;

use crate::args::EmulateArgs;
use crate::failure::Failure;
use crate::render::{Form, Renderer};

/// How long open answers may hold the end back.
const LAST_WAIT: Duration = Duration::from_secs(5);

pub(crate) async fn emulate(args: EmulateArgs) -> Result<(), Failure> {
    // Before anything can be stopped: a signal that comes while it starts is a signal to stop too.
    let stopped = stop_signal()?;
    let builder = Emulator::builder().listen(args.listen).pace(args.pace).faults(args.faults);
    let builder = if args.tls { builder.tls() } else { builder };
    let emulator = builder.start().await.map_err(|error| cannot_start(&args.listen.to_string(), error))?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", emulator.to_json())?;
    stdout.flush()?;
    drop(stdout);
    if io::stderr().is_terminal() {
        let hint = format!(
            "serving until Ctrl-C; try XAI_API_KEY=any XAI_BASE_URL={} chatstream chat hello",
            emulator.xai().base_url()
        );
        Renderer::standard(Form::Text).notice(&hint);
    }
    stopped.await;
    // Nobody waits for answers that were made up.
    let _ = tokio::time::timeout(LAST_WAIT, emulator.shutdown()).await;
    Ok(())
}

fn cannot_start(address: &str, error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::InvalidInput => Failure::Usage(format!("--listen {address}: {error}")),
        _ => {
            Failure::Error(Error::new(ErrorKind::Unexpected, format!("cannot listen on {address}")).with_source(error))
        }
    }
}

/// Ctrl-C, or what service managers send. It is watched for from now on.
#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};

    let watch = |kind| signal(kind).map_err(|error| Failure::io("cannot watch for signals", error));
    let mut interrupt = watch(SignalKind::interrupt())?;
    let mut terminate = watch(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    Ok(crate::cancelled())
}
