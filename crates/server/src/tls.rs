//! The certificate of the doors: the operator's, or one the server makes itself.

use std::fs::{self, File};
use std::io::{BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};
use tokio_rustls::TlsAcceptor;

use crate::config::tls::Tls;

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file could not be read or written.
    #[error("{path}: {problem}. Check tls.cert_file and tls.key_file and who may read them.")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// Certificate and key are no pair, or not usable.
    #[error("the certificate cannot be used: {0}. Check that tls.key_file belongs to tls.cert_file.")]
    Unfit(rustls::Error),
    /// The server's own certificate could not be made.
    #[error("a certificate could not be made: {0}. Check tls.names.")]
    Make(#[from] rcgen::Error),
}

/// TLS of both doors.
#[derive(Clone)]
pub struct ServerTls {
    /// Takes handshakes.
    pub acceptor: TlsAcceptor,
    /// The certificate file in use.
    pub cert_file: PathBuf,
    /// SHA-256 of the certificate, in hexadecimal: what clients may pin.
    pub fingerprint: String,
}

impl std::fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerTls").field("cert_file", &self.cert_file).finish_non_exhaustive()
    }
}

/// Reads the configured certificate, or the server's own from the data directory, which is made
/// when it is not there.
///
/// # Errors
/// [`TlsError`] says which file and why.
pub fn load(settings: &Tls, data_dir: &Path) -> Result<ServerTls, TlsError> {
    let (cert, key) = if settings.cert_file.as_os_str().is_empty() {
        own(&settings.names, &data_dir.join("tls"))?
    } else {
        (settings.cert_file.clone(), settings.key_file.clone())
    };
    let chain = read_chain(&cert)?;
    let secret = PrivateKeyDer::from_pem_reader(&mut BufReader::new(open(&key)?))
        .map_err(|error| TlsError::File { path: key.clone(), problem: format!("it holds no private key ({error})") })?;
    let fingerprint = chain.first().map(|cert| fingerprint(cert)).unwrap_or_default();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Unfit)?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(TlsError::Unfit)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec(), b"vestnik".to_vec()];
    Ok(ServerTls { acceptor: TlsAcceptor::from(Arc::new(config)), cert_file: cert, fingerprint })
}

fn fingerprint(cert: &[u8]) -> String {
    Sha256::digest(cert).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn open(path: &Path) -> Result<File, TlsError> {
    File::open(path).map_err(|error| TlsError::File { path: path.to_owned(), problem: error.to_string() })
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let wrong = |problem: String| TlsError::File { path: path.to_owned(), problem };
    let chain: Vec<_> = CertificateDer::pem_reader_iter(&mut BufReader::new(open(path)?))
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(format!("it is not PEM ({error})")))?;
    if chain.is_empty() { Err(wrong("it holds no certificate".to_owned())) } else { Ok(chain) }
}

/// The server's own certificate, made once. The key is written first and readable by the owner alone;
/// the certificate's presence says that both are whole.
fn own(names: &[String], dir: &Path) -> Result<(PathBuf, PathBuf), TlsError> {
    let (cert, key) = (dir.join("cert.pem"), dir.join("key.pem"));
    if cert.exists() && key.exists() {
        return Ok((cert, key));
    }
    let mut all = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    all.extend(names.iter().cloned());
    let made = rcgen::generate_simple_self_signed(all)?;
    let write = |path: &Path, text: &str, mode: u32| {
        let write = || {
            fs::create_dir_all(dir)?;
            let new = path.with_extension("new");
            let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, path)
        };
        write().map_err(|error: std::io::Error| TlsError::File { path: path.to_owned(), problem: error.to_string() })
    };
    write(&key, &made.signing_key.serialize_pem(), 0o600)?;
    write(&cert, &made.cert.pem(), 0o644)?;
    Ok((cert, key))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn makes_its_own_certificate_once_with_a_private_key() {
        let dir = tempfile::tempdir().unwrap();
        let first = load(&Tls::default(), dir.path()).unwrap();
        let pem = fs::read(&first.cert_file).unwrap();
        load(&Tls::default(), dir.path()).unwrap();
        assert_eq!(fs::read(&first.cert_file).unwrap(), pem);
        let mode = fs::metadata(dir.path().join("tls/key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_wrong_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.pem");
        fs::write(&path, "nonsense").unwrap();
        let settings = Tls { cert_file: path.clone(), key_file: path, names: Vec::new() };
        let error = load(&settings, dir.path()).unwrap_err().to_string();
        assert!(error.contains("x.pem") && error.contains("no certificate"), "{error}");
    }
}
