use chatstream_core::{Proxy, Transport, TransportConfig};

use super::*;

/// The fingerprints of `certs/README.md`, SHA-256 of the DER.
const FINGERPRINTS: [&str; 3] = [
    "d26d2d0231b7c39f92cc738512ba54103519e4405d68b5bd703e9788ca8ecf31",
    "bbbde2103e790b999ec62bd03cf625a5a2e7c316e10afe6a490eedead8b3fd9b",
    "2155785036c900dbb5f1bb2a1569c80c55595bd6bf94867a29bbddbc7d88a3f2",
];

#[test]
fn the_certificates_are_those_of_the_readme() {
    let readme = include_str!("../../certs/README.md").to_lowercase().replace(':', "");
    let bodies = PEM.split("-----BEGIN CERTIFICATE-----").skip(1);
    let prints: Vec<_> = bodies
        .map(|body| {
            use base64::Engine as _;
            let body = body.split("-----END").next().unwrap().replace(['\r', '\n'], "");
            let der = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
            let digest = ring::digest::digest(&ring::digest::SHA256, &der);
            digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        })
        .collect();
    assert_eq!(prints, FINGERPRINTS);
    assert!(FINGERPRINTS.iter().all(|print| readme.contains(print)));
}

#[test]
fn the_roots_are_fit_for_a_transport_and_bound_to_their_names() {
    let roots = russian_roots().unwrap();
    let shown = format!("{roots:?}");
    assert!(TRUSTED_NAMES.iter().all(|name| shown.contains(name)), "{shown}");
    Transport::new(TransportConfig::default().proxy(Proxy::None).extra_roots(roots)).unwrap();
}
