//! The same stream as an [`Iterator`], for programs without an async runtime.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;

use chatstream_core::{
    ChatRequest, ChatResponse, Chunk, ChunkStream, Error, ErrorKind, Provider, ResponseInfo, Result, Vitals,
};
use tokio::runtime::{Builder, Handle, Runtime};

/// A provider whose calls block the thread until they are done.
///
/// Clones of it and all its answers share one runtime, and so their connections. They may be used
/// from many threads; none may be one that already runs async code.
///
/// ```no_run
/// use chatstream::blocking::Blocking;
/// use chatstream::{ChatRequest, Chunk};
///
/// let provider = Blocking::new(chatstream::from_env("xai")?)?;
/// for chunk in provider.chat(ChatRequest::new("Why is the sky blue?"))? {
///     if let Chunk::Text(delta) = chunk? {
///         print!("{delta}");
///     }
/// }
/// # Ok::<(), chatstream::Error>(())
/// ```
#[derive(Clone)]
pub struct Blocking<P> {
    provider: P,
    runtime: Arc<OwnRuntime>,
}

impl<P: Provider> Blocking<P> {
    /// Wraps a provider.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) inside an async runtime: use the provider itself there.
    /// - [`Unexpected`](ErrorKind::Unexpected) when the system gives no runtime.
    pub fn new(provider: P) -> Result<Self> {
        refuse_async()?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::new(ErrorKind::Unexpected, "no runtime could be made").with_source(error))?;
        Ok(Self { provider, runtime: Arc::new(OwnRuntime(Some(runtime))) })
    }

    /// The provider itself, for [`run`](Self::run).
    pub fn provider(&self) -> &P {
        &self.provider
    }

    /// Sends the request and waits for the answer to begin; see [`ChunkStream::open`].
    ///
    /// # Errors
    ///
    /// Whatever refuses the request, after the retries; [`Config`](ErrorKind::Config) inside an
    /// async runtime.
    pub fn chat(&self, request: ChatRequest) -> Result<Chunks> {
        let stream = self.run(ChunkStream::open(&self.provider, request))??;
        Ok(Chunks { stream, runtime: self.runtime.clone() })
    }

    /// Waits for any other call: `blocking.run(blocking.provider().models())`.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) inside an async runtime.
    pub fn run<F: Future>(&self, call: F) -> Result<F::Output> {
        self.runtime.run(call)
    }
}

impl<P: fmt::Debug> fmt::Debug for Blocking<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocking").field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// The chunks of one answer. Dropping it ends the request.
#[must_use = "an answer moves only while its chunks are taken"]
pub struct Chunks {
    stream: ChunkStream,
    runtime: Arc<OwnRuntime>,
}

impl Chunks {
    /// See [`ChunkStream::info`].
    pub fn info(&self) -> &ResponseInfo {
        self.stream.info()
    }

    /// See [`ChunkStream::vitals`].
    pub fn vitals(&self) -> Vitals {
        self.stream.vitals()
    }

    /// Waits for the end and folds all chunks into one value.
    ///
    /// # Errors
    ///
    /// The error that ended the stream.
    pub fn into_response(self) -> Result<ChatResponse> {
        self.runtime.run(self.stream.into_response())?
    }
}

impl Iterator for Chunks {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        let stream = &mut self.stream;
        let next = poll_fn(|cx| futures_core::Stream::poll_next(Pin::new(&mut *stream), cx));
        self.runtime.run(next).unwrap_or_else(|error| Some(Err(error)))
    }
}

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("stream", &self.stream).finish_non_exhaustive()
    }
}

/// A runtime that may be dropped anywhere: `None` only while it is.
struct OwnRuntime(Option<Runtime>);

impl OwnRuntime {
    fn run<F: Future>(&self, future: F) -> Result<F::Output> {
        refuse_async()?;
        let runtime = self.0.as_ref().ok_or_else(|| Error::new(ErrorKind::Unexpected, "runtime has ended"))?;
        Ok(runtime.block_on(future))
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        // The plain drop of a runtime waits, and panics inside another one.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn refuse_async() -> Result<()> {
    match Handle::try_current() {
        Ok(_) => Err(Error::new(ErrorKind::Config, "blocking call inside an async runtime")),
        Err(_) => Ok(()),
    }
}
