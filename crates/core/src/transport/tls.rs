use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::TransportConfig;
use crate::error::{Error, ErrorKind, Result, chain};

/// Which public roots of trust servers are checked against. Checking is never off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Roots {
    /// Those of the operating system when built with the feature `roots-native`, else those of
    /// Mozilla when built with `roots-webpki`. The default.
    #[default]
    Default,
    /// Those of the operating system; with `SSL_CERT_FILE` and `SSL_CERT_DIR` where set.
    #[cfg(feature = "roots-native")]
    Native,
    /// Those of Mozilla, compiled in.
    #[cfg(feature = "roots-webpki")]
    Webpki,
    /// None: only the [`extra_roots`](TransportConfig::extra_roots).
    None,
}

/// Roots of trust beside the public ones.
#[derive(Clone)]
pub struct RootCertificates(Vec<CertificateDer<'static>>);

impl RootCertificates {
    /// The certificates in a PEM text; other sections are skipped.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when the text is broken or holds no certificate.
    pub fn from_pem(pem: &[u8]) -> Result<Self> {
        certificates(pem, "root certificates").map(Self)
    }
}

impl fmt::Debug for RootCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootCertificates({})", self.0.len())
    }
}

/// A client's own certificate and key, for servers that ask for one.
pub struct ClientCertificate {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl ClientCertificate {
    /// The chain, own certificate first, and its private key, both in PEM.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when either cannot be read.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self> {
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|error| Error::new(ErrorKind::Config, "client key is no PEM private key").with_source(error))?;
        Ok(Self { chain: certificates(chain, "client certificate")?, key })
    }
}

impl Clone for ClientCertificate {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").finish_non_exhaustive()
    }
}

fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>> {
    let certificates = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Error::new(ErrorKind::Config, format!("{what} are no PEM text")).with_source(error))?;
    if certificates.is_empty() {
        return Err(Error::new(ErrorKind::Config, format!("no certificate in the PEM text of the {what}")));
    }
    Ok(certificates)
}

/// The TLS settings of one transport, made at its first TLS connection: loading the system's roots
/// costs milliseconds that a client of a plain address never needs.
#[derive(Debug)]
pub(super) struct Tls {
    roots: Roots,
    extra_roots: Vec<RootCertificates>,
    client_certificate: Option<ClientCertificate>,
    config: OnceLock<Result<Arc<ClientConfig>, String>>,
}

impl Tls {
    /// Checks what can be checked without loading the public roots.
    pub(super) fn new(config: &TransportConfig) -> Result<Self> {
        let mut store = RootCertStore::empty();
        for root in config.extra_roots.iter().flat_map(|roots| &roots.0) {
            store
                .add(root.clone())
                .map_err(|error| Error::new(ErrorKind::Config, "root certificate is unusable").with_source(error))?;
        }
        let tls = Self {
            roots: config.roots,
            extra_roots: config.extra_roots.clone(),
            client_certificate: config.client_certificate.clone(),
            config: OnceLock::new(),
        };
        if tls.client_certificate.is_some() {
            tls.client_config(store)
                .map_err(|error| Error::new(ErrorKind::Config, "client certificate is unusable").with_source(error))?;
        }
        Ok(tls)
    }

    /// The settings for connections to servers.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>> {
        self.config
            .get_or_init(|| {
                let mut store = public_roots(self.roots)?;
                for root in self.extra_roots.iter().flat_map(|roots| &roots.0) {
                    store.add(root.clone()).map_err(|error| error.to_string())?;
                }
                self.client_config(store).map(Arc::new).map_err(|error| error.to_string())
            })
            .clone()
            .map_err(|message| Error::new(ErrorKind::Config, message))
    }

    /// The settings for connections that speak HTTP/1.1 whatever else they could: those to proxies.
    pub(super) fn http1_config(&self) -> Result<Arc<ClientConfig>> {
        let mut config = (*self.config()?).clone();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn client_config(&self, store: RootCertStore) -> Result<ClientConfig, rustls::Error> {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(store);
        let mut config = match &self.client_certificate {
            Some(ClientCertificate { chain, key }) => builder.with_client_auth_cert(chain.clone(), key.clone_key())?,
            None => builder.with_no_client_auth(),
        };
        if cfg!(feature = "http2") {
            config.alpn_protocols.push(b"h2".to_vec());
        }
        config.alpn_protocols.push(b"http/1.1".to_vec());
        Ok(config)
    }
}

fn public_roots(roots: Roots) -> Result<RootCertStore, String> {
    match roots {
        Roots::None => Ok(RootCertStore::empty()),
        #[cfg(feature = "roots-native")]
        Roots::Default | Roots::Native => native_roots(),
        #[cfg(all(feature = "roots-webpki", not(feature = "roots-native")))]
        Roots::Default => Ok(webpki_roots()),
        #[cfg(feature = "roots-webpki")]
        Roots::Webpki => Ok(webpki_roots()),
        #[cfg(not(any(feature = "roots-native", feature = "roots-webpki")))]
        Roots::Default => Err("built without roots of trust: enable roots-native or roots-webpki".to_owned()),
    }
}

#[cfg(feature = "roots-native")]
fn native_roots() -> Result<RootCertStore, String> {
    let loaded = rustls_native_certs::load_native_certs();
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(loaded.certs);
    if added > 0 {
        return Ok(store);
    }
    let why = loaded.errors.first().map_or_else(|| "none are installed".to_owned(), ToString::to_string);
    Err(format!("no roots of trust found on this system: {why}"))
}

#[cfg(feature = "roots-webpki")]
fn webpki_roots() -> RootCertStore {
    webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()
}

/// What went wrong in the TLS of a failed connection, when that was it.
pub(super) fn failure_in(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    chain(error).find_map(|cause| cause.downcast_ref()).map(|error| match error {
        rustls::Error::InvalidCertificate(_) => "certificate is not trusted",
        rustls::Error::InvalidMessage(_) => "server does not speak TLS",
        _ => "TLS failed",
    })
}
