//! The listener for Prometheus.

use std::net::SocketAddr;

use super::section::section;

section! {
    /// The listener for Prometheus, path `/metrics`. Never on the public door; plain text.
    Metrics = "metrics" {
        /// Whether it listens at all.
        enabled: bool = true,
        /// Where it listens.
        bind: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 9090)),
    }
}
