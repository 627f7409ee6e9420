//! One connection: served until the client leaves, or torn down when an answer says so.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// How an answer takes its connection down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TearDown {
    /// With a TCP reset.
    Reset,
    /// With the usual end of a TCP stream.
    Close,
}

/// What an answer knows of the connection it is sent on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Link(Arc<LinkState>);

#[derive(Debug, Default)]
struct LinkState {
    torn_down: Notify,
    reset: AtomicBool,
}

impl Link {
    /// Takes the connection down as soon as what was given to it is on its way.
    pub(crate) fn tear_down(&self, how: TearDown) {
        self.0.reset.store(how == TearDown::Reset, Ordering::Release);
        self.0.torn_down.notify_one();
    }

    /// Waits until an answer takes the connection down.
    pub(crate) async fn torn_down(&self) {
        self.0.torn_down.notified().await;
    }
}

/// The TCP stream of a connection, which sends a reset when it is dropped, if its [`Link`] says so.
#[derive(Debug)]
pub(crate) struct Socket {
    tcp: TcpStream,
    link: Link,
}

impl Socket {
    pub(crate) fn new(tcp: TcpStream, link: Link) -> Self {
        Self { tcp, link }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.link.0.reset.load(Ordering::Acquire) {
            // Should it fail, the connection is closed instead: the body is cut short either way.
            let _ = self.tcp.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
