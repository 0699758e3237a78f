//! Everything Vestnik keeps: connections, migrations, every SQL statement, and the writer.
//!
//! SQLite by default, PostgreSQL when outgrown, from one set of SQL texts through sqlx's `Any` driver.
//! Reads take a connection from a pool ([`Store::read`]); all writes go through a lane of the
//! group-commit writer ([`Store::write`], [`Store::append`]), which orders them and tells of them
//! after COMMIT. Nothing here decides who may do what.

mod accounts;
mod append;
mod chats;
mod error;
mod events;
mod members;
mod messages;
mod migrate;
pub mod moving;
mod preferences;
mod readers;
mod rows;
mod scheduled;
mod sql;
mod store;
mod writer;

pub use accounts::*;
pub use append::{Append, Appended, PendingAppend};
pub use chats::*;
pub use error::StoreError;
pub use events::*;
pub use members::*;
pub use messages::*;
pub use migrate::Newer;
pub use preferences::*;
pub use scheduled::*;
pub use sql::Engine;
pub use store::{Db, Read, ReplicaStats, Store, StoreConfig, WriterStats, unprotected_host};
pub use writer::Tx;

/// The internal number of a chat; never leaves the server except inside opaque message ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChatKey(pub i64);

impl ChatKey {
    /// No chat: names the lane of writes that belong to none, such as accounts and sessions.
    pub const NONE: Self = Self(0);
}
