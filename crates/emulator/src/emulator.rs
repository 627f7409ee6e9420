//! The handle of a running emulator.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::chatgptfree::{Chatgptfree, ChatgptfreeEndpoint};
use crate::gigachat::{Gigachat, GigachatEndpoint};
use crate::grok::{Grok, GrokEndpoint};
use crate::server::{Security, Shared, serve};
use crate::xai::{Xai, XaiEndpoint};
use crate::{Answer, EmulatorBuilder, ReceivedRequest};

/// A running emulator. Dropping it stops the server and ends all its connections.
pub struct Emulator {
    address: SocketAddr,
    shared: Arc<Shared>,
    xai: XaiEndpoint,
    gigachat: GigachatEndpoint,
    grok: GrokEndpoint,
    chatgptfree: ChatgptfreeEndpoint,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    #[cfg(feature = "tls")]
    authority: Option<crate::tls::Authority>,
}

impl Emulator {
    /// An emulator with other settings than the default ones.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
    }

    pub(crate) fn start(
        listener: TcpListener,
        mut shared: Shared,
        #[cfg(feature = "tls")] authority: Option<crate::tls::Authority>,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        #[cfg(feature = "tls")]
        let security = authority.as_ref().map_or(Security::None, |authority| Security::Tls(authority.acceptor()));
        #[cfg(not(feature = "tls"))]
        let security = Security::None;
        let scheme = match security {
            Security::None => "http",
            #[cfg(feature = "tls")]
            Security::Tls(_) => "https",
        };
        let origin = format!("{scheme}://{address}");
        shared.chatgptfree.settle(&origin);
        let shared = Arc::new(shared);
        let stop = watch::Sender::new(false);
        let serving = tokio::spawn(serve(listener, security, Arc::clone(&shared), stop.subscribe()));
        Ok(Self {
            address,
            shared,
            xai: Xai::endpoint(&origin),
            gigachat: Gigachat::endpoint(&origin),
            grok: Grok::endpoint(&origin),
            chatgptfree: Chatgptfree::endpoint(&origin),
            stop,
            serving,
            #[cfg(feature = "tls")]
            authority,
        })
    }

    /// The address the emulator listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the xAI API is.
    pub fn xai(&self) -> &XaiEndpoint {
        &self.xai
    }

    /// Where the GigaChat API is.
    pub fn gigachat(&self) -> &GigachatEndpoint {
        &self.gigachat
    }

    /// Where grok.com is.
    pub fn grok(&self) -> &GrokEndpoint {
        &self.grok
    }

    /// Where the WordPress site is, which stands for chatgptfree.ai and its like.
    pub fn chatgptfree(&self) -> &ChatgptfreeEndpoint {
        &self.chatgptfree
    }

    /// The file with the root certificate (PEM) to trust, if the emulator serves HTTPS. It is removed when the
    /// emulator is dropped.
    pub fn ca(&self) -> Option<&Path> {
        #[cfg(feature = "tls")]
        return self.authority.as_ref().map(crate::tls::Authority::path);
        #[cfg(not(feature = "tls"))]
        None
    }

    /// The root certificate to trust as PEM text, if the emulator serves HTTPS.
    pub fn ca_pem(&self) -> Option<&str> {
        #[cfg(feature = "tls")]
        return self.authority.as_ref().map(crate::tls::Authority::pem);
        #[cfg(not(feature = "tls"))]
        None
    }

    /// Where everything is, as one JSON object: `{"xai":{"base_url":…},"gigachat":{"base_url":…,"auth_url":…},
    /// "grok":{"base_url":…},"chatgptfree":{"base_url":…},"ca":null}`, where `ca` is the path of the root certificate if
    /// the emulator serves HTTPS.
    pub fn to_json(&self) -> serde_json::Value {
        json!({
            "xai": { "base_url": self.xai.base_url() },
            "gigachat": { "base_url": self.gigachat.base_url(), "auth_url": self.gigachat.auth_url() },
            "grok": { "base_url": self.grok.base_url() },
            "chatgptfree": { "base_url": self.chatgptfree.base_url() },
            "ca": self.ca().map(|path| path.to_string_lossy()),
        })
    }

    /// Queues an answer for the next request (to the answer's path, if it has one), in place of what the service
    /// would have answered. Scripted answers are taken in the order they were queued; faults, pace and credentials
    /// do not matter to them.
    pub fn script(&self, answer: Answer) {
        self.shared.script(answer);
    }

    /// How many access tokens GigaChat has given so far.
    pub fn tokens_issued(&self) -> u64 {
        self.shared.gigachat.tokens_issued()
    }

    /// Lets all access tokens that GigaChat has given so far run out: the next call with one is refused with 401.
    pub fn expire_tokens(&self) {
        self.shared.gigachat.expire_tokens();
    }

    /// Lets all nonces that the WordPress site has given so far die: the next message with one is refused.
    pub fn expire_nonces(&self) {
        self.shared.chatgptfree.expire_nonces();
    }

    /// The requests received so far, oldest first: the last 1024 of them, or fewer where their bodies
    /// together exceed 64 MiB.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.shared.journal.requests()
    }

    /// How many connections were accepted so far.
    pub fn connections(&self) -> u64 {
        self.shared.journal.counts().connections
    }

    /// How many answers the client has walked away from so far: it closed the connection, or reset the HTTP/2
    /// stream, before the end of the body was handed to it. A body that never ends (`stall`, `hang`,
    /// `done-stays-open`) counts once the client is gone.
    pub fn cancelled(&self) -> u64 {
        self.shared.journal.counts().cancelled
    }

    /// Waits until `count` requests have been received since the start, which may have happened already.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn wait_for_requests(&self, count: u64) {
        self.shared.journal.wait_for(|counts| counts.requests >= count).await;
    }

    /// Waits until `count` answers have been cancelled since the start, which may have happened already.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing.
    pub async fn wait_for_cancelled(&self, count: u64) {
        self.shared.journal.wait_for(|counts| counts.cancelled >= count).await;
    }

    /// Waits until [`stop`](Self::stop) is called; without that, for ever. For programs that are an emulator.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing: the emulator serves as long as it lives.
    pub async fn serve_until_stopped(&self) {
        let mut stop = self.stop.subscribe();
        stop.wait_for(|stop| *stop).await.expect("the sender lives as long as the emulator");
    }

    /// Stops listening and ends all connections, soon. What was received stays readable.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Stops and waits until the port is free and all connections are gone.
    ///
    /// # Cancel safety
    ///
    /// A dropped future stops the emulator all the same.
    pub async fn shutdown(mut self) {
        self.stop();
        // It ends on being told to; were it to panic, it would have ended too.
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // The connections belong to this task and end with it.
        self.serving.abort();
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator").field("address", &self.address).finish_non_exhaustive()
    }
}
