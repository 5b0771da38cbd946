//! Rustls over ring, with the system's roots; nothing is installed for the whole process.

use crate::error::{Error, ErrorKind, Result};
use rustls::CertificateError as Certificate;
use std::error::Error as StdError;
use std::sync::Arc;

pub(super) fn config() -> Result<rustls::ClientConfig> {
    use rustls_platform_verifier::BuilderVerifierExt;
    let internal = |_| Error::new(ErrorKind::Internal, "TLS could not be set up");
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(internal)?
        .with_platform_verifier()
        .map_err(internal)?
        .with_no_client_auth();
    Ok(config)
}

/// What TLS found wrong, if it was TLS.
pub(super) fn reason(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    let reason = match find::<rustls::Error>(error)? {
        rustls::Error::InvalidCertificate(why) => match why {
            Certificate::Expired | Certificate::ExpiredContext { .. } => "TLS: the server's certificate has expired",
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                "TLS: the server's certificate is not valid yet; is this machine's clock right?"
            }
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                "TLS: the server's certificate is for another host"
            }
            Certificate::UnknownIssuer => {
                "TLS: the server's certificate is from an issuer that this system does not trust"
            }
            Certificate::Revoked => "TLS: the server's certificate was revoked",
            _ => "TLS: the server's certificate is not valid",
        },
        rustls::Error::PeerIncompatible(_) => "TLS: the server offers no version or cipher that is safe",
        rustls::Error::AlertReceived(_) => "TLS: the server refused the handshake",
        _ => "TLS: the handshake failed",
    };
    Some(reason)
}

/// The first cause of a type. An `io::Error` does not show what it wraps among its sources.
pub(super) fn find<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(found) = inner.and_then(|inner| find::<T>(inner)) {
            return Some(found);
        }
        next = error.source();
    }
    None
}
