//! TLS for the matrix: an authority that the child process trusts, and servers whose certificates are wrong in one way.

use crate::server::{Seen, Server};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};
use std::io::Write;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// An authority, written where the system's roots are read from.
    pub(crate) fn trusted(file: &str) -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(file, issuer.pem()).unwrap();
        Authority(issuer)
    }

    /// A certificate for this host.
    pub(crate) fn certificate(&self, host: &str) -> Certificate {
        self.sign(CertificateParams::new(vec![host.to_owned()]).unwrap())
    }

    /// One whose time is over.
    pub(crate) fn expired(&self, host: &str) -> Certificate {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2020, 2, 1);
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> Certificate {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Certificate::new(certificate.der().clone(), &key)
    }
}

/// One that nobody but itself vouches for.
pub(crate) fn self_signed(host: &str) -> Certificate {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Certificate::new(certificate.der().clone(), &key)
}

pub(crate) struct Certificate {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Certificate {
    fn new(certificate: CertificateDer<'static>, key: &KeyPair) -> Certificate {
        Certificate {
            chain: vec![certificate],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        }
    }
}

/// A server with this certificate that offers HTTP/2 first, and notes which protocol was chosen.
pub(crate) fn server(certificate: Certificate, answer: Vec<u8>, chosen: Arc<Mutex<Option<Vec<u8>>>>) -> Server {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificate.chain, certificate.key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let config = Arc::new(config);
    Server::new(move |mut stream: TcpStream, seen: &Seen| {
        let mut connection = ServerConnection::new(config.clone()).unwrap();
        let mut encrypted = rustls::Stream::new(&mut connection, &mut stream);
        while seen.read(&mut encrypted).is_some() {
            *chosen.lock().unwrap() = encrypted.conn.alpn_protocol().map(<[u8]>::to_vec);
            if encrypted.write_all(&answer).is_err() {
                return;
            }
        }
    })
}

/// What a server says that knows nothing newer than TLS 1.0: a ServerHello of that version.
pub(crate) const TLS10_HELLO: &[u8] = &[
    0x16, 3, 1, 0, 42, // a handshake record
    2, 0, 0, 38, 3, 1, // ServerHello, version 3.1
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, // random
    0, 0xc0, 0x13, 0, // no session, ECDHE_RSA_AES_128_CBC_SHA, no compression
];
