use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use crate::Error;

/// A certificate for 127.0.0.1, made anew for every run.
pub(crate) struct Identity {
    root_pem: String,
    certificate: CertificateDer<'static>,
    key: PrivatePkcs8KeyDer<'static>,
}

impl Identity {
    pub(crate) fn generate() -> Result<Self, Error> {
        let mut root = CertificateParams::default();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let root_key = KeyPair::generate()?;
        let root_pem = root.self_signed(&root_key)?.pem();
        let mut server = CertificateParams::default();
        server.subject_alt_names = vec![SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST))];
        let key = KeyPair::generate()?;
        let certificate = server.signed_by(&key, &Issuer::new(root, root_key))?.der().clone();
        Ok(Self { root_pem, certificate, key: PrivatePkcs8KeyDer::from(key.serialize_der()) })
    }

    /// What a client has to trust.
    pub(crate) fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// Takes TLS connections that speak this protocol.
    pub(crate) fn acceptor(&self, protocol: &str) -> Result<TlsAcceptor, Error> {
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], self.key.clone_key().into())?;
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}
