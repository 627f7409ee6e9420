//! HTTPS with the exported root.

use std::sync::Arc;

use chatstream_emulator::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::client::{start, within};

async fn connect(emulator: &Emulator, name: &str, alpn: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let pem = std::fs::read(emulator.ca().expect("there is a root")).expect("the file can be read");
    roots.add(CertificateDer::from_pem_slice(&pem).expect("a certificate")).expect("a root");
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(emulator.address()).await.expect("the emulator listens");
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    within(TlsConnector::from(Arc::new(config)).connect(name, stream)).await
}

#[tokio::test]
async fn the_exported_root_is_enough_to_connect() {
    let emulator = start(Emulator::builder().tls()).await;
    assert!(emulator.xai().base_url().starts_with("https://127.0.0.1:"));
    for name in ["127.0.0.1", "localhost"] {
        let mut stream = connect(&emulator, name, &["http/1.1"]).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        let request = "GET /xai/v1/models HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer k\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut begin = [0; 15];
        within(stream.read_exact(&mut begin)).await.unwrap();
        assert_eq!(&begin, b"HTTP/1.1 200 OK");
    }
    connect(&emulator, "example.com", &[]).await.unwrap_err();
}

#[tokio::test]
async fn http2_is_preferred_where_both_sides_speak_it() {
    let emulator = start(Emulator::builder().tls()).await;
    let stream = connect(&emulator, "localhost", &["http/1.1", "h2"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
}

#[tokio::test]
async fn the_file_with_the_root_goes_with_the_emulator() {
    let emulator = start(Emulator::builder().tls()).await;
    let path = emulator.ca().unwrap().to_owned();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), emulator.ca_pem().unwrap());
    assert_eq!(emulator.to_json()["ca"], path.to_str().unwrap());
    drop(emulator);
    assert!(!path.exists());
}

#[tokio::test]
async fn each_emulator_has_a_root_of_its_own() {
    let (one, two) = (start(Emulator::builder().tls()).await, start(Emulator::builder().tls()).await);
    assert_ne!(one.ca(), two.ca());
    assert_ne!(one.ca_pem(), two.ca_pem());
}
