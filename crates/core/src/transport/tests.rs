use std::error::Error as StdError;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;

/// A server that takes one connection and hands it to `serve`.
async fn server<F, T>(serve: impl FnOnce(TcpStream) -> F + Send + 'static) -> (String, JoinHandle<T>)
where
    F: Future<Output = T> + Send,
    T: Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let task = tokio::spawn(async move { serve(listener.accept().await.unwrap().0).await });
    (address, task)
}

/// The head of a request, as text.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";

async fn get(config: TransportConfig, url: &str) -> Result<Bytes> {
    let transport = Transport::new(config)?;
    let request = http::Request::get(url).body(Bytes::new()).unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(20), transport.send(request)).await.unwrap()?;
    Ok(transport.read(answer.into_body(), 99).await?.0)
}

/// The settings of a test: nothing of the environment.
fn config() -> TransportConfig {
    TransportConfig::default().proxy(Proxy::None)
}

fn causes(error: &Error) -> String {
    StdError::source(error).into_iter().flat_map(chain).map(|cause| format!("{cause}; ")).collect()
}

#[tokio::test]
async fn a_request_reaches_its_server_and_says_who_asks() {
    let (address, task) = server(async |mut stream| {
        let head = head(&mut stream).await;
        stream.write_all(ANSWER).await.unwrap();
        head
    })
    .await;
    let body = get(config().user_agent("tests/1"), &format!("http://{address}/path?query=1")).await.unwrap();
    assert_eq!(&body[..], b"hi");
    let head = task.await.unwrap();
    assert!(head.starts_with("GET /path?query=1 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("user-agent: tests/1\r\n"), "{head}");
}

#[tokio::test]
async fn a_closed_port_is_a_connect_error_that_names_the_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = get(config(), &format!("http://{address}/v1?key=hunter2")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Connect, &*format!("cannot connect to http://{address}/v1"))
    );
    assert!(causes(&error).contains("refused"), "{error:?}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_told_as_such() {
    let error = get(config(), "http://no-such-host.invalid/").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.message().ends_with("name no-such-host.invalid does not resolve"), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_told_as_such() {
    let (address, _task) = server(async |mut stream| {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream
    })
    .await;
    let config = config().roots(Roots::None);
    let error = get(config, &format!("https://{address}/")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.message().ends_with("server does not speak TLS"), "{error} {error:?}");
}

#[tokio::test]
async fn a_server_that_does_not_speak_http_is_told_as_such() {
    for speaks_first in [true, false] {
        let (address, _task) = server(async move |mut stream| {
            if !speaks_first {
                head(&mut stream).await;
            }
            stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await.unwrap();
            stream
        })
        .await;
        let error = get(config(), &format!("http://{address}/v1")).await.unwrap_err();
        let message = format!("http://{address}/v1 does not speak HTTP");
        assert_eq!((error.kind(), error.message()), (ErrorKind::Unexpected, &*message), "{error:?}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_head_is_interrupted() {
    let (address, _task) = server(async |mut stream| {
        head(&mut stream).await;
    })
    .await;
    let error = get(config(), &format!("http://{address}/")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:?}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_waited_for_no_longer_than_allowed() {
    let (address, _task) = server(async |mut stream| {
        head(&mut stream).await;
        stream
    })
    .await;
    let config = config().timeouts(Timeouts::none().first_byte(Duration::from_millis(20)));
    let error = get(config, &format!("http://{address}/")).await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Timeout, "waited 0.02 s for the head of the answer"));
}

#[tokio::test]
async fn a_plain_request_goes_to_the_proxy_whole_with_its_credentials() {
    let (address, task) = server(async |mut stream| {
        let head = head(&mut stream).await;
        stream.write_all(ANSWER).await.unwrap();
        head
    })
    .await;
    let config = config().proxy(Proxy::url(format!("http://me:pass@{address}")));
    assert_eq!(&get(config, "http://far.example/path").await.unwrap()[..], b"hi");
    let head = task.await.unwrap();
    assert!(head.starts_with("GET http://far.example/path HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("proxy-authorization: Basic bWU6cGFzcw==\r\n"), "{head}");
}

#[tokio::test]
async fn a_tls_request_goes_through_a_tunnel_that_alone_sees_the_proxy_s_credentials() {
    let (address, task) = server(async |mut stream| {
        let head = head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        // A TLS handshake begins with record type 22.
        (head, stream.read_u8().await.unwrap())
    })
    .await;
    let config = config().roots(Roots::None).proxy(Proxy::url(format!("http://me:pass@{address}")));
    let error = get(config, "https://far.example/path?key=hunter2").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    let (head, first) = task.await.unwrap();
    assert!(head.starts_with("CONNECT far.example:443 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("Basic bWU6cGFzcw==") && !head.contains("hunter2"), "{head}");
    assert_eq!(first, 22);
}

#[tokio::test]
async fn a_proxy_that_refuses_the_tunnel_is_a_connect_error() {
    let (address, _task) = server(async |mut stream| {
        head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await.unwrap();
        stream
    })
    .await;
    let config = config().roots(Roots::None).proxy(Proxy::url(format!("http://{address}")));
    let error = get(config, "https://far.example/").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(causes(&error).contains("proxy authorization required"), "{}", causes(&error));
}

#[tokio::test]
async fn a_proxy_that_never_answers_ends_with_the_connect_wait() {
    let (address, _task) = server(async |mut stream| {
        head(&mut stream).await;
        stream
    })
    .await;
    let timeouts = Timeouts::none().connect(Duration::from_millis(20));
    let config = config().roots(Roots::None).timeouts(timeouts).proxy(Proxy::url(format!("http://{address}")));
    let error = get(config, "https://far.example/").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error:?}");
    assert_eq!(error.message(), "waited 0.02 s for a connection to https://far.example");
}

#[tokio::test]
async fn a_socks_proxy_is_given_name_and_credentials() {
    let (address, task) = server(async |mut stream| {
        // RFC 1928 and RFC 1929: greeting, password, request for a name.
        let mut greeting = vec![0; 2];
        stream.read_exact(&mut greeting).await.unwrap();
        greeting.resize(usize::from(greeting[1]), 0);
        stream.read_exact(&mut greeting).await.unwrap();
        stream.write_all(&[5, 2]).await.unwrap();
        let mut login = [0; 9];
        stream.read_exact(&mut login).await.unwrap();
        stream.write_all(&[1, 0]).await.unwrap();
        let mut request = [0; 5 + 11 + 2];
        stream.read_exact(&mut request).await.unwrap();
        stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 80]).await.unwrap();
        let head = head(&mut stream).await;
        stream.write_all(ANSWER).await.unwrap();
        (login, request, head)
    })
    .await;
    let config = config().proxy(Proxy::url(format!("socks5h://me:pass@{address}")));
    assert_eq!(&get(config, "http://far.example/path").await.unwrap()[..], b"hi");
    let (login, request, head) = task.await.unwrap();
    assert_eq!(&login, b"\x01\x02me\x04pass");
    assert_eq!(&request[..], [&[5, 1, 0, 3, 11][..], b"far.example", &[0, 80]].concat());
    assert!(head.starts_with("GET /path HTTP/1.1\r\n"), "{head}");
}

#[test]
fn settings_that_cannot_work_are_config_errors_at_once() {
    let config = config();
    let pem = b"-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";
    let broken_root = RootCertificates::from_pem(pem).unwrap();
    let errors = [
        Transport::new(config.clone().user_agent("two\nlines")).unwrap_err(),
        Transport::new(config.clone().proxy(Proxy::url("nonsense"))).unwrap_err(),
        Transport::new(config.extra_roots(broken_root)).unwrap_err(),
        RootCertificates::from_pem(b"no PEM").unwrap_err(),
        ClientCertificate::from_pem(pem, b"no key").unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    }
}

/// A service that fails with whatever it was given.
#[derive(Clone)]
struct Failing(fn() -> BoxError);

impl Service<http::Request<Bytes>> for Failing {
    type Response = http::Response<Body>;
    type Error = BoxError;
    type Future = std::future::Ready<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Request<Bytes>) -> Self::Future {
        std::future::ready(Err(self.0()))
    }
}

#[tokio::test]
async fn an_error_of_ours_keeps_its_kind_through_other_layers() {
    let table: [(fn() -> BoxError, ErrorKind); 3] = [
        (|| Error::new(ErrorKind::Timeout, "late").into(), ErrorKind::Timeout),
        (|| std::io::Error::other("layer").into(), ErrorKind::Connect),
        (|| Error::new(ErrorKind::Unexpected, "outer").with_source("inner").into(), ErrorKind::Unexpected),
    ];
    for (failing, kind) in table {
        let transport = Transport::from_service(Failing(failing), config()).unwrap();
        let error = transport.send(http::Request::new(Bytes::new())).await.unwrap_err();
        assert_eq!(error.kind(), kind);
    }
}

#[tokio::test]
async fn a_transport_is_a_service_that_layers_can_wrap() {
    let (address, _task) = server(async |mut stream| {
        head(&mut stream).await;
        stream.write_all(ANSWER).await.unwrap();
        stream
    })
    .await;
    let inner = Transport::new(config()).unwrap();
    let outer = Transport::from_service(inner, config()).unwrap();
    let request = http::Request::get(format!("http://{address}/")).body(Bytes::new()).unwrap();
    let answer = outer.send(request).await.unwrap();
    assert_eq!(outer.read(answer.into_body(), 99).await.unwrap(), (Bytes::from_static(b"hi"), true));
}

/// A server that answers every request of every connection with [`ANSWER`], tells what happens, and closes a
/// connection after `requests` of them.
async fn many(requests: usize) -> (String, tokio::sync::mpsc::UnboundedReceiver<(usize, &'static str)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        for number in 1.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut left = requests;
                let mut byte = [0];
                let mut seen = Vec::new();
                while left > 0 && stream.read(&mut byte).await.unwrap_or(0) > 0 {
                    seen.push(byte[0]);
                    if seen.ends_with(b"\r\n\r\n") {
                        seen.clear();
                        left -= 1;
                        let _ = tell.send((number, "asked"));
                        let _ = stream.write_all(ANSWER).await;
                    }
                }
                let _ = tell.send((number, "closed"));
            });
        }
    });
    (address, told)
}

async fn ask(transport: &Transport, address: &str) -> Result<Bytes> {
    let request = http::Request::get(format!("http://{address}/")).body(Bytes::new()).unwrap();
    let answer = transport.send(request).await?;
    Ok(transport.read(answer.into_body(), 99).await?.0)
}

#[tokio::test]
async fn a_connection_whose_answer_was_read_serves_the_next_request() {
    let (address, mut told) = many(usize::MAX).await;
    let transport = Transport::new(config()).unwrap();
    for _ in 0..3 {
        assert_eq!(&ask(&transport, &address).await.unwrap()[..], b"hi");
        assert_eq!(told.recv().await, Some((1, "asked")));
    }
    // Two at once need two; both are kept, and the freshest is used first.
    tokio::try_join!(ask(&transport, &address), ask(&transport, &address)).unwrap();
    assert_eq!(told.recv().await, Some((1, "asked")));
    assert_eq!(told.recv().await, Some((2, "asked")));
    drop(transport);
    let mut closed = [told.recv().await, told.recv().await];
    closed.sort();
    assert_eq!(closed, [Some((1, "closed")), Some((2, "closed"))], "the pool closes what it holds");
}

#[tokio::test]
async fn a_connection_that_its_server_closed_at_rest_is_replaced() {
    let (address, mut told) = many(1).await;
    let transport = Transport::new(config()).unwrap();
    for number in 1..4 {
        assert_eq!(&ask(&transport, &address).await.unwrap()[..], b"hi");
        assert_eq!(told.recv().await, Some((number, "asked")));
        assert_eq!(told.recv().await, Some((number, "closed")));
    }
}

#[tokio::test]
async fn an_answer_that_is_given_up_closes_its_connection() {
    let (address, mut told) = many(usize::MAX).await;
    let transport = Transport::new(config()).unwrap();
    let request = http::Request::get(format!("http://{address}/")).body(Bytes::new()).unwrap();
    let answer = transport.send(request).await.unwrap();
    assert_eq!(told.recv().await, Some((1, "asked")));
    drop(answer);
    assert_eq!(told.recv().await, Some((1, "closed")));
}

#[tokio::test]
async fn a_connection_does_not_rest_for_ever() {
    let (address, mut told) = many(usize::MAX).await;
    let transport = Transport::new(config()).unwrap();
    ask(&transport, &address).await.unwrap();
    assert_eq!(told.recv().await, Some((1, "asked")));
    tokio::time::pause();
    // Time that is paused goes on when nothing else is left to do.
    assert_eq!(told.recv().await, Some((1, "closed")));
    tokio::time::resume();
    ask(&transport, &address).await.unwrap();
    assert_eq!(told.recv().await, Some((2, "asked")));
}

#[tokio::test]
async fn an_answer_of_no_bytes_lets_its_connection_rest_at_once() {
    let (address, task) = server(async |mut stream| {
        for _ in 0..2 {
            head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        }
    })
    .await;
    let transport = Transport::new(config()).unwrap();
    for _ in 0..2 {
        let request = http::Request::get(format!("http://{address}/")).body(Bytes::new()).unwrap();
        drop(transport.send(request).await.unwrap());
    }
    task.await.unwrap();
}

#[tokio::test]
async fn the_host_is_said_as_the_standard_has_it() {
    for (path, expected) in [("", "GET / "), ("/a?b=c", "GET /a?b=c "), ("?b", "GET /?b ")] {
        let (address, task) = server(async |mut stream| {
            let head = head(&mut stream).await;
            stream.write_all(ANSWER).await.unwrap();
            head
        })
        .await;
        get(config(), &format!("http://{address}{path}")).await.unwrap();
        let head = task.await.unwrap();
        assert!(head.starts_with(expected) && head.contains(&format!("host: {address}\r\n")), "{head}");
    }
}
