//! The loopback server that every client reads from: hyper on one thread, over HTTP/1.1, over TLS
//! and over HTTP/2, each on a port of its own.
//!
//! `bench-server ROOT` writes the root of its certificate to the file `ROOT`, prints one line of JSON
//! with its addresses, and serves until its input ends.

mod answer;
mod corpus;
mod script;
mod service;
mod tls;
mod wire;

use std::io::Read as _;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::Arc;

use hyper::rt::{Read, Write};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use service::Service;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;

type Error = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let Some(root) = std::env::args().nth(1) else {
        eprintln!("usage: bench-server ROOT");
        return ExitCode::from(2);
    };
    // Whoever started the server holds its input: when they are gone, however they went, it ends.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Error::from).and_then(|runtime| runtime.block_on(serve(&root))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(root: &str) -> Result<(), Error> {
    let identity = tls::Identity::generate()?;
    std::fs::write(root, identity.root_pem())?;
    let (plain, tls, http2) = (listen()?, listen()?, listen()?);
    println!(
        "{}",
        serde_json::json!({
            "plain": format!("http://{}", plain.local_addr()?),
            "tls": format!("https://{}", tls.local_addr()?),
            "http2": format!("https://{}", http2.local_addr()?),
        })
    );
    let service = Arc::new(Service::default());
    tokio::spawn(accept_tls(tls, identity.acceptor("http/1.1")?, Arc::clone(&service), serve_http1));
    tokio::spawn(accept_tls(http2, identity.acceptor("h2")?, Arc::clone(&service), serve_http2));
    accept(plain, service).await;
    Ok(())
}

/// The most connections that wait to be accepted: a thousand come at once.
const BACKLOG: u32 = 4096;

fn listen() -> Result<TcpListener, Error> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    Ok(socket.listen(BACKLOG)?)
}

async fn accept(listener: TcpListener, service: Arc<Service>) {
    loop {
        if let Some(tcp) = next(&listener).await {
            tokio::spawn(serve_http1(tcp, Arc::clone(&service)));
        }
    }
}

async fn accept_tls<F: Future<Output = ()> + Send + 'static>(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    service: Arc<Service>,
    serve: fn(tokio_rustls::server::TlsStream<TcpStream>, Arc<Service>) -> F,
) {
    loop {
        if let Some(tcp) = next(&listener).await {
            let (acceptor, service) = (acceptor.clone(), Arc::clone(&service));
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(tcp).await {
                    serve(stream, service).await;
                }
            });
        }
    }
}

async fn next(listener: &TcpListener) -> Option<TcpStream> {
    let (tcp, _) = listener.accept().await.ok()?;
    tcp.set_nodelay(true).ok()?;
    Some(tcp)
}

// What a connection fails with is its client's to tell.

async fn serve_http1<I>(io: I, service: Arc<Service>)
where
    I: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    TokioIo<I>: Read + Write,
{
    let answer = service_fn(move |request| answer(Arc::clone(&service), request));
    let _ = http1::Builder::new().serve_connection(TokioIo::new(io), answer).await;
}

async fn serve_http2<I>(io: I, service: Arc<Service>)
where
    I: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    TokioIo<I>: Read + Write,
{
    let answer = service_fn(move |request| answer(Arc::clone(&service), request));
    let _ = http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(io), answer).await;
}

async fn answer(
    service: Arc<Service>,
    request: http::Request<hyper::body::Incoming>,
) -> Result<http::Response<answer::Answer>, std::convert::Infallible> {
    Ok(service.answer(request).await)
}
