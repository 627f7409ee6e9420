use std::time::SystemTime;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use http::response::Parts;
use http::{HeaderValue, Uri};

use crate::error::{Error, ErrorKind, Result};
use crate::failure::Failure;
use crate::info::{ResponseInfo, request_id};
use crate::provider::{Outgoing, Provider};
use crate::random;
use crate::transport::{Body, BoxFuture, Transport};

/// Sends a request other than a chat and takes its whole answer, with the same retries, refusals
/// and limits: for model lists, uploads and whatever else a provider offers.
///
/// `request` is called for every attempt.
///
/// # Errors
///
/// Whatever refuses the request, after the retries.
pub async fn fetch<'a>(
    provider: &'a dyn Provider,
    mut request: impl FnMut() -> BoxFuture<'a, Result<Outgoing>> + Send,
) -> Result<(ResponseInfo, Bytes)> {
    let mut attempts = Attempts::new(provider);
    loop {
        let mut grant = 0;
        match fetch_once(provider, request(), &mut grant).await {
            Ok(answer) => return Ok(answer),
            Err(error) => attempts.after(error, grant).await?,
        }
    }
}

async fn fetch_once(
    provider: &dyn Provider,
    request: BoxFuture<'_, Result<Outgoing>>,
    grant: &mut u64,
) -> Result<(ResponseInfo, Bytes)> {
    let transport = provider.transport();
    let outgoing = request.await?;
    *grant = outgoing.grant;
    let address = outgoing.request.uri().clone();
    let (head, body) = send(transport, outgoing.request).await?;
    let info = ResponseInfo { status: head.status, headers: head.headers };
    if !info.status.is_success() {
        return Err(refusal(provider, &address, &info, body).await);
    }
    let limit = transport.config().limits.event;
    match transport.read(body, limit).await {
        Ok((bytes, true)) => Ok((info, bytes)),
        Ok((_, false)) => {
            let error = Error::new(ErrorKind::Decode, format!("answer exceeds {limit} bytes"));
            Err(add_context(error, provider.name(), &info))
        }
        Err(error) => Err(add_context(error, provider.name(), &info)),
    }
}

/// The attempts at one request.
pub(crate) struct Attempts<'a> {
    provider: &'a dyn Provider,
    pub(crate) made: u32,
    retries: u32,
    renewed: bool,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(provider: &'a dyn Provider) -> Self {
        Self { provider, made: 0, retries: 0, renewed: false }
    }

    /// Waits until the request may be sent again, or gives the error back.
    pub(crate) async fn after(&mut self, error: Error, grant: u64) -> Result<()> {
        self.made += 1;
        let error = if error.provider().is_some() { error } else { error.with_provider(self.provider.name()) };
        if error.kind() == ErrorKind::Unauthorized && !self.renewed && self.provider.renew(grant) {
            self.renewed = true;
            return Ok(());
        }
        let retry = self.provider.transport().config().retry;
        let Some(wait) = retry.wait(&error, self.retries, random::unit()) else { return Err(error) };
        self.retries += 1;
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

/// Sends a request for an answer that is not compressed: an event stream would be held back until a block of it
/// is full.
pub(crate) async fn send(transport: &Transport, mut request: http::Request<Bytes>) -> Result<(Parts, Body)> {
    let identity = HeaderValue::from_static("identity");
    request.headers_mut().entry(ACCEPT_ENCODING).or_insert(identity);
    let (head, body) = transport.send(request).await?.into_parts();
    refuse_compressed(&head)?;
    Ok((head, body))
}

/// A compressed body was not asked for and is not understood; to say so beats to show its bytes.
fn refuse_compressed(head: &Parts) -> Result<()> {
    let encoding = head.headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    match encoding.map(str::trim).filter(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity"))
    {
        None => Ok(()),
        Some(encoding) => {
            let message = format!("answer is compressed with {encoding}, though it was asked for as it is");
            Err(Error::new(ErrorKind::Unexpected, message).with_status(head.status))
        }
    }
}

/// Reads the body of a refused request and has the provider classify it.
pub(crate) async fn refusal(provider: &dyn Provider, address: &Uri, info: &ResponseInfo, body: Body) -> Error {
    let transport = provider.transport();
    // A body that breaks off still says what it said: the status alone tells most.
    let body =
        transport.read(body, transport.config().limits.error_body).await.map_or_else(|_| Bytes::new(), |read| read.0);
    let failure = Failure::new(address, info.status, &info.headers, &body);
    let error = failure.complete(provider.classify(&failure), SystemTime::now());
    add_context(error, provider.name(), info)
}

/// Adds what the driver knows and the room that raised the error does not.
pub(crate) fn add_context(mut error: Error, provider: &'static str, info: &ResponseInfo) -> Error {
    if error.provider().is_none() {
        error = error.with_provider(provider);
    }
    // The waits and breaks of a transport are no answer of the provider: its status says nothing there.
    let is_answer = !matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Interrupted | ErrorKind::Connect);
    if is_answer && error.status().is_none() {
        error = error.with_status(info.status);
    }
    if error.request_id().is_none() {
        if let Some(id) = request_id(&info.headers) {
            let id = id.to_owned();
            error = error.with_request_id(id);
        }
    }
    error
}
