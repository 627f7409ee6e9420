//! What the clients share: the command line, the accounting, the report. A client is a type that
//! implements [`Client`], and a `main` that calls [`main`].

mod account;
mod options;
mod texts;

use std::process::ExitCode;
use std::sync::Arc;

use account::Cost;
use options::Runtime;

pub use options::{Options, Wire};
pub use texts::Texts;

/// What a client may fail with.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// What a client gives.
pub type Result<T = ()> = std::result::Result<T, Error>;

/// A client under measurement.
pub trait Client: Sized + Send + Sync + 'static {
    /// Sets the client up as one does once in a program. Nothing is sent.
    fn new(options: &Options) -> Result<Self>;

    /// Asks for a streamed answer and hands out each text delta as it comes.
    fn stream(&self, model: &str, texts: &mut Texts) -> impl Future<Output = Result> + Send;

    /// Asks for the answer in one piece and hands out its text.
    fn whole(&self, model: &str, texts: &mut Texts) -> impl Future<Output = Result> + Send;
}

/// What every client asks.
pub const PROMPT: &str = "Say something long.";

/// The `main` of a client: does what the command line says and prints one line of JSON.
pub fn main<C: Client>() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    match run::<C>(options) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}", root_cause(&*error));
            ExitCode::FAILURE
        }
    }
}

fn run<C: Client>(options: Options) -> Result<serde_json::Value> {
    let mut builder = match options.runtime {
        Runtime::CurrentThread => tokio::runtime::Builder::new_current_thread(),
        Runtime::MultiThread => {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            builder.worker_threads(2);
            builder
        }
    };
    let runtime = builder.enable_all().build()?;

    let mut client = None;
    // A client may want the runtime it will live in.
    let set_up = Cost::of(|| runtime.block_on(async { client = Some(C::new(&options)) }));
    let client = Arc::new(client.expect("the block ran")?);
    if options.requests == 0 {
        return Ok(serde_json::json!({ "set_up_cpu_ns": set_up.cpu_ns }));
    }

    // The connection, the token, the first growth of every buffer: what comes once and not for each
    // chunk or request.
    runtime.block_on(ask(&*client, "burst-1", options.whole, &mut Texts::default()))?;

    let mut outcome = Ok(Texts::default());
    let cost = Cost::of(|| outcome = runtime.block_on(ask_all(client, &options)));
    let texts = outcome?;
    Ok(serde_json::json!({
        "set_up_cpu_ns": set_up.cpu_ns,
        "cpu_ns": cost.cpu_ns,
        "allocations": cost.allocations,
        "allocated_bytes": cost.allocated_bytes,
        "peak_kib": account::peak_kib()?,
        "chunks": texts.chunks,
        "bytes": texts.bytes,
        "hash": texts.hash(),
        "p50_ns": texts.delay(0.50),
        "p99_ns": texts.delay(0.99),
    }))
}

/// All requests of one run: one after another, on one stream or on several at once.
async fn ask_all<C: Client>(client: Arc<C>, options: &Options) -> Result<Texts> {
    if options.streams == 1 {
        return ask_in_turn(&*client, options).await;
    }
    let tasks: Vec<_> = (0..options.streams)
        .map(|_| {
            let (client, options) = (Arc::clone(&client), options.clone());
            tokio::spawn(async move { ask_in_turn(&*client, &options).await })
        })
        .collect();
    let mut all = Texts::new(options);
    for task in tasks {
        all.add(task.await??);
    }
    Ok(all)
}

async fn ask_in_turn(client: &impl Client, options: &Options) -> Result<Texts> {
    let mut texts = Texts::new(options);
    for _ in 0..options.requests {
        ask(client, &options.model, options.whole, &mut texts).await?;
    }
    Ok(texts)
}

async fn ask(client: &impl Client, model: &str, whole: bool, texts: &mut Texts) -> Result {
    if whole { client.whole(model, texts).await } else { client.stream(model, texts).await }
}

/// What is at the bottom of an error, in one line: outer ones tend to say it again.
fn root_cause(error: &dyn std::error::Error) -> String {
    let causes: Vec<_> = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect();
    causes[causes.len().saturating_sub(2)..].join(": ").replace('\n', " ")
}
