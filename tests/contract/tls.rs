//! Trust: a server is believed only when its certificate chains to a root that the client knows.

use std::sync::Arc;

use chatstream::gigachat::{Credentials, GigaChat, GigaChatConfig};
use chatstream::xai::{Xai, XaiConfig};
use chatstream::{ChatRequest, ClientCertificate, ErrorKind, Proxy, Retry, RootCertificates, Roots, TransportConfig};
use chatstream_emulator::Emulator;
use chatstream_tests::drain;
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::server::danger::ClientCertVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

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
        let (leaf, key) = self.leaf(names);
        self.acceptor_with(leaf, &key, None)
    }

    /// The same of a server that wants a certificate of this authority from its clients.
    fn asking_acceptor(&self, names: &[&str]) -> TlsAcceptor {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap();
        let (leaf, key) = self.leaf(names);
        self.acceptor_with(leaf, &key, Some(verifier))
    }

    fn leaf(&self, names: &[&str]) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        (CertificateParams::new(names).unwrap().signed_by(&key, &self.issuer).unwrap(), key)
    }

    fn acceptor_with(
        &self,
        leaf: Certificate,
        key: &KeyPair,
        verifier: Option<Arc<dyn ClientCertVerifier>>,
    ) -> TlsAcceptor {
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match verifier {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        TlsAcceptor::from(Arc::new(builder.with_single_cert(vec![leaf.der().clone()], key).unwrap()))
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

#[tokio::test]
async fn a_root_of_one_client_is_unknown_to_all_others() {
    let authority = Authority::new();
    let config = config().proxy(Proxy::url(proxy(authority.acceptor(&["api.giga.chat"])).await));
    let believing = RootCertificates::from_pem(authority.pem.as_bytes()).unwrap().only_for(["giga.chat"]);
    let believing = config.clone().extra_roots(believing);
    for (config, is_believed) in [(believing, true), (config, false)] {
        let xai = XaiConfig::new("key").base_url("https://api.giga.chat").transport(config);
        let models = Xai::new(xai).unwrap().models().await;
        assert_eq!(models.is_ok(), is_believed, "{models:?}");
    }
}

#[tokio::test]
async fn gigachat_takes_further_roots_from_a_file() {
    let emulator = Emulator::builder().tls().start().await.unwrap();
    let variables = |file: Option<String>| {
        let (base_url, auth_url) =
            (emulator.gigachat().base_url().to_owned(), emulator.gigachat().auth_url().to_owned());
        move |name: &str| match name {
            "GIGACHAT_CREDENTIALS" => Some("Y2xpZW50OnNlY3JldA==".to_owned()),
            "GIGACHAT_BASE_URL" => Some(base_url.clone()),
            "GIGACHAT_AUTH_URL" => Some(auth_url.clone()),
            "GIGACHAT_CA_BUNDLE_FILE" => file.clone(),
            _ => None,
        }
    };
    let models = async |file: Option<String>| {
        let config = GigaChatConfig::from_lookup(variables(file)).unwrap();
        let transport = config.transport.clone().roots(Roots::None).proxy(Proxy::None).retry(Retry::none());
        GigaChat::new(config.transport(transport)).unwrap().models().await
    };
    assert!(models(None).await.unwrap_err().message().ends_with("certificate is not trusted"));
    assert!(!models(Some(emulator.ca().unwrap().display().to_string())).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_a_server_that_asks_for_it() {
    let authority = Authority::new();
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["client".to_owned()]).unwrap().signed_by(&key, &authority.issuer).unwrap();
    let certificate = ClientCertificate::from_pem(own.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap();
    let root = RootCertificates::from_pem(authority.pem.as_bytes()).unwrap();
    let models = async |config: TransportConfig| {
        let proxy = Proxy::url(proxy(authority.asking_acceptor(&["giga.example"])).await);
        let config = config.proxy(proxy).extra_roots(root.clone());
        let gigachat = GigaChatConfig::new(Credentials::Certificate).base_url("https://giga.example/v1");
        GigaChat::new(gigachat.transport(config)).unwrap().models().await
    };
    models(config().client_certificate(certificate)).await.unwrap();
    assert!(models(config()).await.is_err());
}

#[tokio::test]
async fn streams_share_a_connection_of_http_2_and_replace_one_that_is_gone() {
    let emulator = Emulator::builder().tls().start().await.unwrap();
    let root = RootCertificates::from_pem(emulator.ca_pem().unwrap().as_bytes()).unwrap();
    let client = |emulator: &Emulator| {
        let config = XaiConfig::new("hunter2").base_url(emulator.xai().base_url());
        Xai::new(config.transport(config_of(&root))).unwrap()
    };
    let xai = client(&emulator);
    drain(xai.chat(ChatRequest::new("Why?")).await.unwrap()).await;
    let calls = (0..20).map(|_| async { drain(xai.chat(ChatRequest::new("Why?")).await.unwrap()).await });
    futures_util::future::join_all(calls).await;
    let requests = emulator.requests();
    assert!(requests.iter().all(|request| request.connection == requests[0].connection), "{requests:?}");
    // Twenty at once that find none may open several; they go on with one.
    let cold = client(&emulator);
    let calls = (0..20).map(|_| async { drain(cold.chat(ChatRequest::new("Why?")).await.unwrap()).await });
    futures_util::future::join_all(calls).await;
    drain(cold.chat(ChatRequest::new("Why?")).await.unwrap()).await;
    assert_eq!(emulator.requests().len(), 42);

    emulator.shutdown().await;
    let error = xai.chat(ChatRequest::new("Why?")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "the shared connection is known to be gone");
}

fn config_of(root: &RootCertificates) -> TransportConfig {
    config().proxy(Proxy::None).extra_roots(root.clone())
}
