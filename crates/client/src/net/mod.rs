//! Sockets and files: everything a native client needs besides the pure [`reducer`](crate::reducer).
//!
//! [`Connection`] is one socket with numbered requests. [`Session`] keeps an account in step with
//! the server through any number of connections: it resumes where it was, renews its tokens,
//! sends what waits in the outbox and keeps the cache.

mod address;
mod backoff;
mod cache;
mod connection;
mod error;
mod outbox;
mod session;
mod store;
mod tls;
mod tokens;
mod transport;

pub use address::{Address, Scheme};
pub use backoff::Backoff;
pub use cache::LocalDraft;
pub use connection::{ConnectOptions, Connection};
pub use error::{ClientError, Closed, ConnectFault};
pub use outbox::{Entry, EntryState};
pub use session::{Credentials, Session, SessionEvent, SessionOptions, Status, sign_in};
pub use store::Store;
pub use tls::{Fingerprint, TlsOptions};
pub use tokens::{FileTokens, MemoryTokens, TokenLock, TokenStore, Tokens};

/// Tells the time. The program's edge hands it in; a test hands in its own.
pub type Clock = std::sync::Arc<dyn Fn() -> vestnik_proto::Timestamp + Send + Sync>;
