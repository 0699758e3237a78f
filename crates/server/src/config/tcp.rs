//! The door for terminals and scripts.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::section::section;
use super::units::Span;

section! {
    /// The door for terminals and scripts: one JSON object per line. Speaks TLS and plain text on
    /// the same port.
    Tcp = "tcp" {
        /// Where it listens.
        bind: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8888)),
        /// Whether plain text is accepted from other machines.
        allow_plain_text: bool = false,
        /// Proxies that begin each connection with a PROXY protocol header (version 1 or 2). The
        /// client's address in it is believed, and a connection without one is closed.
        trusted_proxies: Vec<IpNet> = Vec::new(),
        /// Most connections at once.
        max_connections: usize = 20_000,
        /// A connection from which nothing came for this long is closed (4001); send `ping` to stay.
        /// The server itself sends nothing to find out.
        idle_timeout: Span = Span::secs(600),
    }
}
