//! The door for browsers and REST.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::section::section;
use super::units::{Size, Span};

section! {
    /// The door for browsers, REST and WebSocket. Speaks TLS and plain text on the same port.
    Http = "http" {
        /// Where it listens.
        bind: SocketAddr = SocketAddr::from(([127, 0, 0, 1], 8080)),
        /// Whether plain text is accepted from other machines. Only behind a proxy that does TLS,
        /// or in a network nobody else can listen to.
        allow_plain_text: bool = false,
        /// The address people open, like `https://chat.example.org`. Used in the printed links.
        /// Empty means the address it listens on.
        public_url: String = String::new(),
        /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
        trusted_proxies: Vec<IpNet> = Vec::new(),
        /// Other sites whose pages may call the API, like `https://example.org`; `*` for all.
        cors_origins: Vec<String> = Vec::new(),
        /// Most connections at once, WebSockets among them.
        max_connections: usize = 20_000,
        /// Largest request body.
        max_body_bytes: Size = Size(1 << 20),
        /// Longest time a request may take before it is answered `unavailable`.
        request_timeout: Span = Span::secs(30),
        /// How often an idle WebSocket is pinged.
        ping_interval: Span = Span::secs(30),
        /// A WebSocket from which nothing came for this long, pongs included, is closed (4001).
        idle_timeout: Span = Span::secs(90),
    }
}
