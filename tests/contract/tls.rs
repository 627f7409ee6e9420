//! Trust: a server is believed only when its certificate chains to a root that the client knows.

use std::sync::Arc;

use chatstream::xai::{Xai, XaiConfig};
use chatstream::{ChatRequest, ErrorKind, Proxy, Retry, RootCertificates, Roots, TransportConfig};
use chatstream_emulator::Emulator;
use chatstream_tests::drain;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use crate::subject::SUBJECTS;

fn config() -> TransportConfig {
    TransportConfig::default().retry(Retry::none()).roots(Roots::None)
}

#[tokio::test]
async fn a_server_with_a_root_of_its_own_is_believed_when_the_root_is_given() {
    let emulator = Emulator::builder().tls().start().await.unwrap();
    let root = RootCertificates::from_pem(emulator.ca_pem().unwrap().as_bytes()).unwrap();
    for subject in SUBJECTS {
        let provider = (subject.emulated)(&emulator, config().extra_roots(root.clone())).unwrap();
        let calls = (0..4).map(|_| async { drain(provider.chat(ChatRequest::new("Why?")).await.unwrap()).await });
        for items in futures_util::future::join_all(calls).await {
            assert_eq!(items.last().unwrap()["type"], "end");
        }
        let versions: Vec<_> = emulator.requests().iter().map(|request| request.version).collect();
        assert!(versions.iter().all(|version| *version == http::Version::HTTP_2), "{versions:?}");
    }
}

#[tokio::test]
async fn a_server_with_an_unknown_root_is_a_connect_error_that_says_so() {
    let emulator = Emulator::builder().tls().start().await.unwrap();
    let known: [TransportConfig; 2] = [config(), config().roots(Roots::Default)];
    for config in known {
        for subject in SUBJECTS {
            let provider = (subject.emulated)(&emulator, config.clone()).unwrap();
            let error = provider.chat(ChatRequest::new("Why?")).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Connect);
            assert!(error.message().ends_with("certificate is not trusted"), "{error}");
            assert_eq!(emulator.requests().len(), 0, "nothing is sent to a server that is not believed");
        }
    }
}

/// A certificate authority made for the test.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// The TLS of a server whose certificate bears these names.
    fn acceptor(&self, names: &[&str]) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &self.issuer).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// The address of a proxy whose every tunnel leads to a server with this TLS, whatever name was
/// asked for: so that any name can be tested without a name service.
async fn proxy(acceptor: TlsAcceptor) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            skip_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            skip_head(&mut stream).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"data\":[]}";
            stream.write_all(answer).await.unwrap();
        }
    });
    format!("http://{address}")
}

async fn skip_head(stream: &mut (impl AsyncRead + Unpin)) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
}

#[tokio::test]
async fn a_root_for_some_names_is_believed_for_no_other() {
    let authority = Authority::new();
    let root = RootCertificates::from_pem(authority.pem.as_bytes()).unwrap();
    let permitted = ["giga.chat", "sberbank.ru"];
    let table: [(&str, &[&str], bool); 8] = [
        ("giga.chat", &["giga.chat"], true),
        ("api.giga.chat", &["api.giga.chat"], true),
        ("ngw.devices.sberbank.ru", &["*.devices.sberbank.ru"], true),
        ("api.giga.chat", &["api.giga.chat", "giga.chat"], true),
        ("evilgiga.chat", &["evilgiga.chat"], false),
        ("giga.chat.example.com", &["giga.chat.example.com"], false),
        ("api.x.ai", &["api.x.ai"], false),
        ("127.0.0.2", &["127.0.0.2"], false),
    ];
    for (host, names, is_believed) in table {
        let config = config().proxy(Proxy::url(proxy(authority.acceptor(names)).await));
        let models = async |config: TransportConfig| {
            let config = XaiConfig::new("key").base_url(format!("https://{host}")).transport(config);
            Xai::new(config).unwrap().models().await
        };
        // Without constraints the root is believed for all of them, so it is they that refuse.
        models(config.clone().extra_roots(root.clone())).await.unwrap();
        match models(config.extra_roots(root.clone().only_for(permitted))).await {
            Ok(_) => assert!(is_believed, "{names:?} for {host}"),
            Err(error) => {
                assert!(!is_believed, "{names:?} for {host}: {error:?}");
                assert!(error.message().ends_with("certificate is not trusted"), "{error}");
            }
        }
    }
}
