//! The chats in use: their kinds and who is what in them, so that sending needs no reading.
//! Changed by what is committed, never trusted beyond that: the store is the truth.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::RwLock;
use vestnik_proto::{ChatId, ChatKind, Role, UserId};
use vestnik_store::{ChatKey, ChatRow};

use crate::permissions::Standing;
use crate::{Actor, permissions};

/// Chats kept at once; beyond it all are forgotten and read again when needed.
const KEPT: usize = 20_000;

/// What must be known of a chat to decide who may do what.
#[derive(Debug)]
pub(crate) struct ChatInfo {
    pub key: ChatKey,
    pub id: ChatId,
    pub kind: ChatKind,
    /// The log's place as of which the roles were read.
    rev: i64,
    roles: RwLock<Roles>,
    /// How far members' clients have received messages, as far as they have said so lately: most of
    /// what they say is known already and needs no writing.
    delivered: RwLock<HashMap<UserId, i64>>,
}

#[derive(Debug, Default)]
struct Roles {
    by_user: HashMap<UserId, Role>,
    /// By which event those were changed that have been since: of two nodes' changes the later one
    /// stands, in whichever order one hears of them.
    changed: HashMap<UserId, i64>,
}

impl ChatInfo {
    /// The roles must have been read after the row.
    pub(crate) fn new(row: &ChatRow, roles: Vec<(UserId, Role)>) -> Self {
        Self {
            key: row.key,
            id: row.id.clone(),
            kind: row.kind,
            rev: row.rev,
            roles: RwLock::new(Roles { by_user: roles.into_iter().collect(), changed: HashMap::new() }),
            delivered: RwLock::default(),
        }
    }

    pub(crate) fn role(&self, user: UserId) -> Option<Role> {
        self.roles.read().by_user.get(&user).copied()
    }

    /// Whether the user is a member who is not blocked.
    pub(crate) fn is_member(&self, user: UserId) -> bool {
        self.role(user).is_some_and(|role| role != Role::Blocked)
    }

    /// Whether it is kept here how far messages have been delivered.
    pub(crate) fn marks_delivery(&self) -> bool {
        // Large chats are mostly rooms, where nobody needs to be counted.
        if !self.kind.marks_delivery(0) {
            return false;
        }
        let roles = self.roles.read();
        let members = roles.by_user.values().filter(|role| **role != Role::Blocked).count();
        self.kind.marks_delivery(i64::try_from(members).unwrap_or(i64::MAX))
    }

    /// Whether it is known that this member's clients have received this message.
    pub(crate) fn is_delivered(&self, user: UserId, seq: i64) -> bool {
        self.delivered.read().get(&user).is_some_and(|delivered| *delivered >= seq)
    }

    /// A member's clients have received messages. Called after COMMIT.
    pub(crate) fn note_delivered(&self, user: UserId, seq: i64) {
        let mut delivered = self.delivered.write();
        let kept = delivered.entry(user).or_default();
        *kept = seq.max(*kept);
    }

    pub(crate) fn standing(&self, actor: &Actor) -> Standing {
        match actor.user_id() {
            None => Standing::Guest,
            Some(user) => self.role(user).map_or(Standing::Visitor, Standing::Member),
        }
    }

    pub(crate) fn allows(&self, actor: &Actor, permission: vestnik_proto::Permission) -> bool {
        permissions::allows(self.kind, self.standing(actor), permission)
    }
}

/// The chats in use.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    chats: RwLock<Chats>,
    /// Counts changes, so that what was read before a change is not kept after it.
    changes: AtomicU64,
}

#[derive(Debug, Default)]
struct Chats {
    by_id: HashMap<ChatId, Arc<ChatInfo>>,
    by_key: HashMap<ChatKey, Arc<ChatInfo>>,
}

impl Registry {
    pub(crate) fn find(&self, id: &ChatId) -> Option<Arc<ChatInfo>> {
        self.chats.read().by_id.get(id).cloned()
    }

    pub(crate) fn find_by_key(&self, key: ChatKey) -> Option<Arc<ChatInfo>> {
        self.chats.read().by_key.get(&key).cloned()
    }

    /// To be taken before reading what is given to [`Registry::keep`].
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Keeps what was read, unless something changed since.
    pub(crate) fn keep(&self, info: &Arc<ChatInfo>, changes: u64) {
        let mut chats = self.chats.write();
        if self.changes() != changes {
            return;
        }
        if chats.by_key.len() >= KEPT {
            *chats = Chats::default();
        }
        chats.by_id.insert(info.id.clone(), Arc::clone(info));
        chats.by_key.insert(info.key, Arc::clone(info));
    }

    /// Someone has another role, or none any more, by the event at `rev`. Called after COMMIT, before anybody is told.
    pub(crate) fn set_role(&self, chat: ChatKey, user: UserId, role: Option<Role>, rev: i64) {
        let chats = self.chats.write();
        self.changes.fetch_add(1, Ordering::Release);
        if let Some(info) = chats.by_key.get(&chat) {
            let mut roles = info.roles.write();
            let known = roles.changed.get(&user).copied().unwrap_or(info.rev);
            if rev <= known {
                return;
            }
            roles.changed.insert(user, rev);
            match role {
                Some(role) => roles.by_user.insert(user, role),
                None => roles.by_user.remove(&user),
            };
        }
    }

    /// Nothing that is kept can be trusted any more.
    pub(crate) fn clear(&self) {
        let mut chats = self.chats.write();
        self.changes.fetch_add(1, Ordering::Release);
        *chats = Chats::default();
    }

    /// The chat is gone.
    pub(crate) fn forget(&self, chat: ChatKey) {
        let mut chats = self.chats.write();
        self.changes.fetch_add(1, Ordering::Release);
        if let Some(info) = chats.by_key.remove(&chat) {
            chats.by_id.remove(&info.id);
        }
    }
}
