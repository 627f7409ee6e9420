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
pub struct RootCertificates {
    certificates: Vec<CertificateDer<'static>>,
    /// The names they are honoured for; `None` is all.
    names: Option<Vec<String>>,
}

impl RootCertificates {
    /// The certificates in a PEM text; other sections are skipped.
    ///
    /// # Errors
    ///
    /// - [`Config`](ErrorKind::Config) when the text is broken or holds no certificate.
    pub fn from_pem(pem: &[u8]) -> Result<Self> {
        certificates(pem, "root certificates").map(|certificates| Self { certificates, names: None })
    }

    /// The same roots, honoured only for these DNS names and the names below them, and for no
    /// address: for an authority that could sign for any host but is to be believed for a few.
    ///
    /// It is enforced as name constraints of the trust anchor ([RFC 5280, section 4.2.1.10][rfc]).
    ///
    /// [rfc]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10
    #[must_use]
    pub fn only_for<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.names = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Adds the roots to the store.
    fn add_to(&self, store: &mut RootCertStore) -> Result<(), String> {
        for certificate in &self.certificates {
            store.add(certificate.clone()).map_err(|error| error.to_string())?;
            let (Some(names), Some(anchor)) = (&self.names, store.roots.last_mut()) else { continue };
            if anchor.name_constraints.is_some() {
                return Err("it has name constraints of its own".to_owned());
            }
            anchor.name_constraints = Some(name_constraints(names).into());
        }
        Ok(())
    }
}

/// The content of a `NameConstraints` value, as webpki holds it, without the outer `SEQUENCE`: these
/// DNS names permitted, and all of IPv4 and IPv6 excluded, because constraints on names say nothing
/// of addresses.
fn name_constraints(names: &[String]) -> Vec<u8> {
    const SEQUENCE: u8 = 0x30;
    const DNS_NAME: u8 = 0x82;
    const IP_ADDRESS: u8 = 0x87;
    const PERMITTED: u8 = 0xA0;
    const EXCLUDED: u8 = 0xA1;
    let permitted: Vec<u8> = names.iter().flat_map(|name| der(SEQUENCE, &der(DNS_NAME, name.as_bytes()))).collect();
    // An address and its mask, both zero: every address of that length.
    let excluded = [&[0; 8][..], &[0; 32]].map(|every| der(SEQUENCE, &der(IP_ADDRESS, every))).concat();
    [der(PERMITTED, &permitted), der(EXCLUDED, &excluded)].concat()
}

/// A DER value: tag, length, content.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut value = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length @ 0..=0x7F) => value.push(length),
        _ => {
            let length = content.len().to_be_bytes();
            let length = &length[length.iter().take_while(|byte| **byte == 0).count()..];
            value.push(0x80 | length.len() as u8);
            value.extend_from_slice(length);
        }
    }
    value.extend_from_slice(content);
    value
}

impl fmt::Debug for RootCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RootCertificates")
            .field("count", &self.certificates.len())
            .field("names", &self.names)
            .finish_non_exhaustive()
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
        for roots in &config.extra_roots {
            roots
                .add_to(&mut store)
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
                for roots in &self.extra_roots {
                    roots.add_to(&mut store)?;
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

/// Those of the operating system, read once: it takes milliseconds, and they are the same for all.
#[cfg(feature = "roots-native")]
fn native_roots() -> Result<RootCertStore, String> {
    static READ: OnceLock<Result<RootCertStore, String>> = OnceLock::new();

    READ.get_or_init(read_native_roots).clone()
}

#[cfg(feature = "roots-native")]
fn read_native_roots() -> Result<RootCertStore, String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_der_also_when_they_are_long() {
        let short = name_constraints(&["a.b".to_owned()]);
        assert_eq!(short[..9], [0xA0, 7, 0x30, 5, 0x82, 3, b'a', b'.', b'b']);
        assert_eq!(short[9..12], [0xA1, 2 + 2 + 8 + 2 + 2 + 32, 0x30]);
        let long = name_constraints(&["x".repeat(300)]);
        assert_eq!(long[..12], [0xA0, 0x82, 1, 52, 0x30, 0x82, 1, 48, 0x82, 0x82, 1, 44]);
    }
}
