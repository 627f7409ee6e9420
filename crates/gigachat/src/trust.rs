use chatstream_core::{Result, RootCertificates};

/// The names for which [`russian_roots`] are honoured, and all names below them: those of Sber's
/// services.
pub const TRUSTED_NAMES: [&str; 3] = ["sberbank.ru", "giga.chat", "sberdevices.ru"];

/// The Russian Trusted Root CA and its two sub CAs, of which GigaChat's certificates come and which
/// no public list of roots has, honoured for [`TRUSTED_NAMES`] only.
///
/// The root itself has no name constraints: it could sign for any host. So it is given some here,
/// and only this crate's client knows it. The sub CAs are there for servers that leave theirs out.
///
/// # Errors
///
/// Never: the certificates are part of the crate and a test reads them.
pub fn russian_roots() -> Result<RootCertificates> {
    RootCertificates::from_pem(PEM.as_bytes()).map(|roots| roots.only_for(TRUSTED_NAMES))
}

/// Fingerprints and sources are in `certs/README.md`.
const PEM: &str = concat!(
    include_str!("../certs/russian_trusted_root_ca.pem"),
    include_str!("../certs/russian_trusted_sub_ca_2022.pem"),
    include_str!("../certs/russian_trusted_sub_ca_2024.pem"),
);

#[cfg(test)]
mod tests;
