//! What carries words between the nodes of a cluster. A hint, never the truth: it may lose, repeat
//! and reorder, and [`crate::cluster`] repairs from the store.

mod memory;
mod redis;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

pub use memory::{Fault, MemoryBus};
pub use redis::RedisBus;

/// Subjects over which chats and accounts are spread. The same on all nodes of a cluster.
pub const SHARDS: u16 = 64;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject(pub u16);

impl Subject {
    /// The nodes themselves.
    pub const NODES: Self = Self(SHARDS);

    /// The subject of a chat or an account.
    pub fn of(key: i64) -> Self {
        Self(u16::try_from(key.unsigned_abs() % u64::from(SHARDS)).unwrap_or_default())
    }

    /// Every subject.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=SHARDS).map(Self)
    }
}

/// A message of one node to all, itself included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is about.
    pub subject: Subject,
    /// Its bytes.
    pub payload: Bytes,
}

/// Why the bus could not be used.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The address cannot be read.
    #[error("{0}")]
    Address(String),
    /// It does not answer, or refuses.
    #[error("the bus cannot be reached: {0}")]
    Unreachable(String),
    /// It does not answer in time.
    #[error("the bus does not answer in time")]
    TooSlow,
}

/// What comes in; it ends when something may have been lost, and then one subscribes again.
pub type Subscription = BoxStream<'static, Message>;

/// A way between nodes.
pub trait Bus: Send + Sync + std::fmt::Debug {
    /// Sends messages, in their order. After an error some of them may have arrived.
    fn publish(&self, messages: Vec<Message>) -> BoxFuture<'_, Result<(), BusError>>;

    /// Listens to every subject: what is published after this has resolved comes in.
    fn subscribe(&self) -> BoxFuture<'_, Result<Subscription, BusError>>;
}
