//! Trust: a server is believed only when its certificate chains to a root that the client knows.

use chatstream::{ChatRequest, ErrorKind, Retry, RootCertificates, Roots, TransportConfig};
use chatstream_emulator::Emulator;
use chatstream_tests::drain;

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
