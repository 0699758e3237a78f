//! Limits of connections.

use super::section::section;
use super::units::{Size, Span};

section! {
    /// Limits of live connections, and how the server stops.
    Limits = "limits" {
        /// Most connections from one address, on both doors together; loopback and trusted proxies
        /// are not counted. 0 for no limit.
        connections_per_ip: usize = 500,
        /// Frames that may wait for a slow reader before it is closed (4408).
        queue_frames: usize = 4_096,
        /// Bytes of frames that may wait for a slow reader before it is closed (4408).
        queue_bytes: Size = Size(16 << 20),
        /// Messages of one connection that may wait to be durable; beyond it, the connection is not read.
        pending_messages: usize = 64,
        /// Longest time for the first byte and the TLS handshake.
        handshake_timeout: Span = Span::secs(10),
        /// Longest time a live connection may take to sign in (4401).
        auth_timeout: Span = Span::secs(10),
        /// Longest time one write may wait for a reader that takes nothing (4408).
        write_timeout: Span = Span::secs(30),
        /// How long connections and writers may take to finish when the server stops.
        shutdown_timeout: Span = Span::secs(10),
    }
}
