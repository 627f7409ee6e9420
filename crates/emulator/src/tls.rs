//! HTTPS with a certificate authority that exists for one emulator.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Whom the certificate is for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Protocols offered by ALPN, the preferred one first.
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// How long the certificates are good for, from the day before: some clients refuse those that are good for years.
const VALIDITY: Duration = Duration::from_secs(365 * 24 * 3600);

const DAY: Duration = Duration::from_secs(24 * 3600);

/// How many names for the file of the root are tried: files of programs that were killed stay behind.
const FILE_NAMES: u32 = 1000;

/// The authority's root, in memory and in a file that goes with this value. Its key is forgotten as soon as
/// the one certificate is signed.
pub(crate) struct Authority {
    pem: String,
    path: PathBuf,
    acceptor: TlsAcceptor,
}

impl Authority {
    pub(crate) fn new(address: SocketAddr) -> io::Result<Self> {
        let (pem, config) = issue().map_err(io::Error::other)?;
        let path = write_root(&pem, address)?;
        Ok(Self { pem, path, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        // A file that stays behind in the folder for temporary files does no harm.
        let _ = fs::remove_file(&self.path);
    }
}

/// Makes a root and, signed by it, the certificate to serve with.
fn issue() -> Result<(String, ServerConfig), Box<dyn std::error::Error + Send + Sync>> {
    let mut root = CertificateParams::default();
    root.distinguished_name.push(DnType::CommonName, "chatstream emulator root");
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    limit(&mut root);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate()?)?;

    let mut leaf = CertificateParams::new(NAMES.map(String::from))?;
    leaf.distinguished_name.push(DnType::CommonName, "chatstream emulator");
    leaf.use_authority_key_identifier_extension = true;
    limit(&mut leaf);
    let key = KeyPair::generate()?;
    let leaf = leaf.signed_by(&key, &root)?;

    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)?;
    config.alpn_protocols = ALPN.map(<[u8]>::to_vec).to_vec();
    Ok((root.pem(), config))
}

/// Sets the time in which a certificate is good.
fn limit(certificate: &mut CertificateParams) {
    let now = SystemTime::now();
    certificate.not_before = (now - DAY).into();
    certificate.not_after = (now + VALIDITY).into();
}

/// Writes the root to a new file; no other emulator that runs has this port.
fn write_root(pem: &str, address: SocketAddr) -> io::Result<PathBuf> {
    let mut result = Err(io::Error::from(io::ErrorKind::AlreadyExists));
    for number in 0..FILE_NAMES {
        let name = format!("chatstream-emulator-{}-{}-{number}.pem", std::process::id(), address.port());
        let path = std::env::temp_dir().join(name);
        result = OpenOptions::new().write(true).create_new(true).open(&path).and_then(|mut file| {
            file.write_all(pem.as_bytes())?;
            Ok(path)
        });
        if !matches!(&result, Err(error) if error.kind() == io::ErrorKind::AlreadyExists) {
            break;
        }
    }
    result
}
