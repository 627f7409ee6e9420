//! The settings of an emulator.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::chatgptfree;
use crate::fault::Faults;
use crate::gigachat;
use crate::server::Shared;
use crate::{Answer, Emulator, Fault};

/// Settings of an [`Emulator`] that is not started yet; made by [`Emulator::builder`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is started"]
pub struct EmulatorBuilder {
    listen: SocketAddr,
    pace: Duration,
    faults: Vec<Fault>,
    scripts: VecDeque<Answer>,
    gigachat: gigachat::Settings,
    chatgptfree: chatgptfree::Settings,
    #[cfg(feature = "tls")]
    tls: bool,
}

impl EmulatorBuilder {
    pub(crate) fn new() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            pace: Duration::ZERO,
            faults: Vec::new(),
            scripts: VecDeque::new(),
            gigachat: gigachat::Settings::default(),
            chatgptfree: chatgptfree::Settings::default(),
            #[cfg(feature = "tls")]
            tls: false,
        }
    }

    /// Sets the address to listen on; only loopback addresses are accepted. Port 0 is a port the system chooses.
    /// Default: `127.0.0.1:0`.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Sets the time between two events of a streamed answer. Default: zero, as fast as the client reads.
    ///
    /// The header `x-emulator-pace: 20ms` sets it for one request.
    pub fn pace(mut self, pace: Duration) -> Self {
        self.pace = pace;
        self
    }

    /// Adds a fault to every answer. Default: none.
    ///
    /// Faults of order (`cut-after`, `no-done`, …) are applied one after the other as they were added. The header
    /// `x-emulator-fault: cut-after=3,crlf` sets other faults for one request; an empty one, none.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Adds several faults.
    pub fn faults(mut self, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.faults.extend(faults);
        self
    }

    /// Queues a scripted answer, as [`Emulator::script`] does.
    pub fn script(mut self, answer: Answer) -> Self {
        self.scripts.push_back(answer);
        self
    }

    /// Sets how long the access tokens of GigaChat are good for. Default: 30 minutes.
    pub fn token_life(mut self, life: Duration) -> Self {
        self.gigachat.token_life = life;
        self
    }

    /// Sets how many chats of GigaChat may run at the same time; one more is refused with 429. The service gives
    /// one to individuals and ten to companies. Default: any number.
    pub fn gigachat_streams(mut self, most: usize) -> Self {
        self.gigachat.streams = most;
        self
    }

    /// Lets version 2 of GigaChat's chat take the result of a function in the role `tool`, as an object, instead
    /// of in the role `function`, as JSON text: what it took in June 2026, and refused in September. Default: no.
    pub fn gigachat_v2_tool_role(mut self, accepted: bool) -> Self {
        self.gigachat.v2_tool_role = accepted;
        self
    }

    /// Sets how many messages a nonce of the WordPress site is good for; with the next one it is dead, and a page
    /// loaded from then on has another one. Default: any number. [`Emulator::expire_nonces`] lets nonces die at a moment.
    pub fn chatgptfree_nonce_uses(mut self, uses: u64) -> Self {
        self.chatgptfree.nonce_uses = uses.max(1);
        self
    }

    /// Sets how many messages a visitor of the WordPress site may send; one more is refused as the plugin does when
    /// tokens are used up. Visitors are told by `wpaicg_chat_client_id` and by `session_id`. Default: any number.
    pub fn chatgptfree_messages(mut self, most: u64) -> Self {
        self.chatgptfree.messages = most;
        self
    }

    /// Serves HTTPS instead of HTTP, with a certificate for `localhost` and the loopback addresses from an
    /// authority made for this emulator alone: [`Emulator::ca`] says where its root is. HTTP/2 and HTTP/1.1
    /// are offered by ALPN. Default: HTTP.
    #[cfg(feature = "tls")]
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Begins to listen and to serve, on tasks of the tokio runtime this is called in.
    ///
    /// # Errors
    ///
    /// - `InvalidInput`: the address is not a loopback address, or a fault has an argument no answer can be made with
    /// - any other: the address cannot be listened on, or (with TLS) the file for the root cannot be written
    ///
    /// # Panics
    ///
    /// - outside of a tokio runtime with I/O and time enabled
    ///
    /// # Cancel safety
    ///
    /// Dropping the future starts nothing.
    pub async fn start(self) -> io::Result<Emulator> {
        if !self.listen.ip().is_loopback() {
            return Err(invalid_input(format!("{} is not a loopback address", self.listen.ip())));
        }
        for fault in &self.faults {
            fault.check().map_err(|reason| invalid_input(format!("{fault:?}: {reason}")))?;
        }
        let shared = Shared::new(Faults::new(self.faults), self.pace, self.scripts, &self.gigachat, &self.chatgptfree);
        let listener = tokio::net::TcpListener::bind(self.listen).await?;
        #[cfg(feature = "tls")]
        let authority = if self.tls { Some(crate::tls::Authority::new(listener.local_addr()?)?) } else { None };
        Emulator::start(
            listener,
            shared,
            #[cfg(feature = "tls")]
            authority,
        )
    }
}

fn invalid_input(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}
