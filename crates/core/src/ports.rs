//! What core needs from outside: time, chance, and someone to tell about committed changes.

use std::sync::Arc;

use bytes::Bytes;
use vestnik_proto::{Timestamp, UserId};

pub use vestnik_store::ChatKey;

/// The wall clock. A test sets it.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// Randomness fit for secrets. A test seeds it.
pub trait Rng: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// Receives what was committed, in commit order for each chat. The hub is behind it.
pub trait Sink: Send + Sync {
    /// Takes a notice. Must return at once: it is called between two commits.
    fn publish(&self, notice: Notice);
}

/// Something to tell the connections of this node.
#[derive(Clone, Debug)]
pub enum Notice {
    /// A lasting event of a chat, serialised once.
    Chat {
        /// In which chat.
        chat: ChatKey,
        /// Its place in the log.
        rev: i64,
        /// The whole frame.
        frame: Bytes,
    },
    /// A lasting event of an account, for all its connections.
    Account {
        /// Whose.
        user: UserId,
        /// Its place in the account stream.
        account_rev: i64,
        /// The whole frame.
        frame: Bytes,
    },
    /// A passing event.
    Passing {
        /// To whom.
        to: Audience,
        /// Not to this user.
        except: Option<UserId>,
        /// The whole frame.
        frame: Bytes,
    },
    /// The user's connections get this chat's events from now on, beginning after `rev`.
    Joined {
        /// Which chat.
        chat: ChatKey,
        /// Who.
        user: UserId,
        /// The newest event they already know of.
        rev: i64,
    },
    /// The user's connections get this chat's events no more, also where they had it in view.
    Left {
        /// Which chat.
        chat: ChatKey,
        /// Who.
        user: UserId,
    },
    /// The chat is gone: nobody gets its events any more.
    ChatGone {
        /// Which chat.
        chat: ChatKey,
    },
    /// Someone at this address has tried to sign in: it counts on every node.
    SignIn {
        /// From where.
        ip: std::net::IpAddr,
    },
    /// The session ended: its connections close with 4401.
    SessionEnded {
        /// Which session.
        session: Arc<str>,
    },
}

/// Who gets a passing event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Every connection that gets the chat's events.
    Chat(ChatKey),
    /// Every connection of one user.
    User(UserId),
    /// Every connection of those who share a chat in view with the user, and of their direct peers.
    Acquaintances(UserId),
}
