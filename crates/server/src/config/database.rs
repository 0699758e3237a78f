//! Connections to the database.

use std::time::Duration;

use super::section::section;
use super::units::{Secret, Span};

section! {
    /// Connections to the database. A node opens at most `max_readers` and `lanes` of them to PostgreSQL, and
    /// `max_readers` to the replica; the `max_connections` there must be enough for all nodes and a few more.
    Database = "database" {
        /// Connections for reading.
        max_readers: u32 = 8,
        /// Writers side by side (PostgreSQL; SQLite always has one).
        lanes: u32 = 4,
        /// A standby of the same PostgreSQL, `postgres://…`: pages of history, pins and earlier versions of messages are
        /// read there once it has come as far in the chat as the primary is, and from the primary otherwise.
        /// Empty means none.
        replica_url: Secret = Secret::default(),
        /// Longest wait for a connection for reading; then the answer is `unavailable`.
        acquire_timeout: Span = Span(Duration::from_secs(10)),
        /// Longest time of a statement that reads (PostgreSQL).
        read_timeout: Span = Span(Duration::from_secs(30)),
        /// Longest time of a write, and the wait for its answer (PostgreSQL): a connection on which nothing is heard for
        /// as long is given up.
        write_timeout: Span = Span(Duration::from_secs(15)),
        /// Longest wait for a lock that another writer holds (PostgreSQL).
        lock_timeout: Span = Span(Duration::from_secs(10)),
        /// Longest time a transaction may stand open without a statement (PostgreSQL): a node that stops then holds locks
        /// that others wait for.
        idle_transaction_timeout: Span = Span(Duration::from_secs(5)),
    }
}
