//! Certificates.

use std::path::PathBuf;

use super::section::section;

section! {
    /// The certificate of both doors. Without one, the server makes its own and keeps it in the
    /// data directory.
    Tls = "tls" {
        /// The certificate with its chain, PEM.
        cert_file: PathBuf = PathBuf::new(),
        /// Its private key, PEM.
        key_file: PathBuf = PathBuf::new(),
        /// Names for the certificate the server makes itself, besides `localhost`.
        names: Vec<String> = Vec::new(),
    }
}
