//! Starting, stopping, and where everything is.

use std::io::ErrorKind;
use std::net::SocketAddr;

use chatstream_emulator::{Emulator, Fault};
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

use crate::client::{faulty, open_chat, plain, read_until, start, streamed, within};

#[tokio::test]
async fn only_loopback_addresses_are_listened_on() {
    for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        let error = Emulator::builder().listen(address.parse().unwrap()).start().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{address}");
    }
    let emulator = start(Emulator::builder().listen(SocketAddr::from(([127, 0, 0, 1], 0)))).await;
    assert!(emulator.address().ip().is_loopback());
}

#[tokio::test]
async fn faults_that_cannot_be_played_are_refused_at_the_start() {
    for fault in [Fault::Status(42), Fault::Status(200), Fault::RetryAfter("a\nb".to_owned())] {
        let error = Emulator::builder().fault(fault).start().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}

#[tokio::test]
async fn it_says_where_everything_is() {
    let emulator = plain().await;
    let base_url = format!("http://{}/xai/v1", emulator.address());
    assert_eq!(emulator.xai().base_url(), base_url);
    let gigachat = format!("http://{}/gigachat/v1", emulator.address());
    let auth_url = format!("http://{}/gigachat/api/v2/oauth", emulator.address());
    assert_eq!((emulator.gigachat().base_url(), emulator.gigachat().auth_url()), (&*gigachat, &*auth_url));
    let grok = format!("http://{}/grok", emulator.address());
    assert_eq!(emulator.grok().base_url(), grok);
    assert_eq!(emulator.grok().assets_url(), format!("{grok}/assets"));
    assert_eq!(emulator.grok().login_url(), format!("{grok}/sign-in"));
    let chatgptfree = format!("http://{}/chatgptfree", emulator.address());
    assert_eq!(emulator.chatgptfree().base_url(), chatgptfree);
    assert_eq!(emulator.chatgptfree().ajax_url(), format!("{chatgptfree}/wp-admin/admin-ajax.php"));
    let expected = json!({
        "xai": {"base_url": base_url},
        "gigachat": {"base_url": gigachat, "auth_url": auth_url},
        "grok": {"base_url": grok},
        "chatgptfree": {"base_url": chatgptfree},
        "ca": null,
    });
    assert_eq!(emulator.to_json(), expected);
    assert_eq!((emulator.ca(), emulator.ca_pem()), (None, None));
}

#[tokio::test]
async fn dropping_it_ends_its_connections_and_frees_the_port() {
    let emulator = faulty("stall=1").await;
    let address = emulator.address();
    let mut stream = open_chat(&emulator, &streamed("hi")).await;
    read_until(&mut stream, "\n\n").await;
    drop(emulator);

    // Ended or reset, but not left open.
    let mut rest = Vec::new();
    let _ = within(stream.read_to_end(&mut rest)).await;
    assert!(!String::from_utf8_lossy(&rest).contains("[DONE]"));
    TcpStream::connect(address).await.unwrap_err();
}

#[tokio::test]
async fn stopping_it_lets_whoever_serves_go_on() {
    let emulator = plain().await;
    let serving = emulator.serve_until_stopped();
    emulator.stop();
    within(serving).await;

    let address = emulator.address();
    within(emulator.shutdown()).await;
    TcpListener::bind(address).await.unwrap();
}
