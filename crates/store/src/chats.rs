//! Chats, invites, drafts.

use std::collections::BTreeMap;

use vestnik_proto::{ChatId, ChatKind, ChatSettings, Invite, Role, RoomEntry, Timestamp, User, UserId};

use crate::accounts::affected;
use crate::rows::{chat_kind, chat_kind_code, role, role_code};
use crate::{ChatKey, Db, MemberRow, StoreError, Tx, list_users};

/// A chat to be.
#[derive(Clone, Debug)]
pub struct NewChat {
    /// Its name on the wire.
    pub public_id: ChatId,
    /// Which kind.
    pub kind: ChatKind,
    /// The title.
    pub name: String,
    /// The title folded, for finding it.
    pub name_folded: String,
    /// What it is about.
    pub description: String,
    /// For a direct chat the two users.
    pub pair: Option<(UserId, UserId)>,
    /// Now.
    pub created_at: Timestamp,
}

/// A chat as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRow {
    /// Its internal number.
    pub key: ChatKey,
    /// Its name on the wire.
    pub id: ChatId,
    /// Which kind.
    pub kind: ChatKind,
    /// The title.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// Made when.
    pub created_at: Timestamp,
    /// Newest event.
    pub rev: i64,
    /// Newest message.
    pub last_seq: i64,
    /// When the newest message came, or the chat was made.
    pub last_ts: Timestamp,
    /// Members, blocked ones not counted.
    pub member_count: i64,
}

/// A chat with one member's side of it.
#[derive(Clone, Debug)]
pub struct ChatOfUser {
    /// The chat.
    pub chat: ChatRow,
    /// The member.
    pub member: MemberRow,
    /// Unread messages that mention them.
    pub mentions: i64,
    /// The other one of a direct chat.
    pub peer: Option<User>,
    /// Their unfinished message.
    pub draft: Option<DraftRow>,
}

/// A draft as stored.
#[derive(Clone, Debug)]
pub struct DraftRow {
    /// The text.
    pub content: String,
    /// The number of the message it will answer.
    pub reply_seq: Option<i64>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// An invite as stored.
#[derive(Clone, Debug)]
pub struct InviteRow {
    /// What its chat's admins may see.
    pub invite: Invite,
    /// Into which chat.
    pub chat: ChatKey,
}

pub(crate) type ChatTuple = (i64, String, i64, String, String, i64, i64, i64, i64, i64);

pub(crate) fn chat(row: ChatTuple) -> Result<ChatRow, StoreError> {
    let (key, id, kind, name, description, created_at, rev, last_seq, last_ts, member_count) = row;
    Ok(ChatRow {
        key: ChatKey(key),
        id: ChatId(id),
        kind: chat_kind(kind)?,
        name,
        description,
        created_at: Timestamp::from_micros(created_at),
        rev,
        last_seq,
        last_ts: Timestamp::from_micros(last_ts),
        member_count,
    })
}

macro_rules! select_chats {
    ($rest:literal) => {
        concat!(
            "SELECT id, public_id, kind, name, description, created_at, last_rev, last_seq, last_ts, member_count \
             FROM chats ",
            $rest
        )
    };
}

/// The name under which a direct chat of two users is unique.
fn pair_key((a, b): (UserId, UserId)) -> String {
    format!("{}:{}", a.0.min(b.0), a.0.max(b.0))
}

impl Tx {
    /// Makes a chat.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the id or the pair is taken.
    pub async fn insert_chat(&mut self, new: &NewChat) -> Result<ChatKey, StoreError> {
        let pair = new.pair.map(pair_key);
        let taken: Option<(i64,)> = sqlx::query_as(self.sql("SELECT id FROM chats WHERE public_id = $1 OR pair = $2"))
            .bind(new.public_id.as_str())
            .bind(pair.as_deref())
            .fetch_optional(self.conn())
            .await?;
        if taken.is_some() {
            return Err(StoreError::Exists);
        }
        let key = self.next_number("chats").await?;
        sqlx::query(self.sql(
            "INSERT INTO chats (id, public_id, kind, name, name_folded, description, pair, created_at, last_rev, \
             last_seq, last_ts, member_count) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $8, 0)",
        ))
        .bind(key)
        .bind(new.public_id.as_str())
        .bind(chat_kind_code(new.kind))
        .bind(new.name.as_str())
        .bind(new.name_folded.as_str())
        .bind(new.description.as_str())
        .bind(pair)
        .bind(new.created_at.as_micros())
        .execute(self.conn())
        .await?;
        Ok(ChatKey(key))
    }

    /// Changes a chat's title and description.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when it is not there any more.
    pub async fn update_chat(
        &mut self,
        chat: ChatKey,
        name: &str,
        name_folded: &str,
        description: &str,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(self.sql(
            "UPDATE chats SET name = $2, name_folded = $3, description = $4 WHERE id = $1 AND deleted_at IS NULL",
        ))
        .bind(chat.0)
        .bind(name)
        .bind(name_folded)
        .bind(description)
        .execute(self.conn())
        .await?;
        affected(done.rows_affected())
    }

    /// Takes a chat away from everybody. Its id and pair are free again.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when it is not there any more.
    pub async fn delete_chat(&mut self, chat: ChatKey, now: Timestamp) -> Result<(), StoreError> {
        let done = sqlx::query(self.sql(
            "UPDATE chats SET deleted_at = $2, pair = NULL, public_id = public_id || $3 \
             WHERE id = $1 AND deleted_at IS NULL",
        ))
        .bind(chat.0)
        .bind(now.as_micros())
        .bind(format!("~{}", chat.0))
        .execute(self.conn())
        .await?;
        affected(done.rows_affected())?;
        for text in [
            "DELETE FROM members WHERE chat_id = $1",
            "DELETE FROM invites WHERE chat_id = $1",
            "DELETE FROM scheduled WHERE chat_id = $1",
            "DELETE FROM drafts WHERE chat_id = $1",
            "DELETE FROM mentions WHERE chat_id = $1",
        ] {
            sqlx::query(self.sql(text)).bind(chat.0).execute(self.conn()).await?;
        }
        Ok(())
    }

    /// Keeps a user's draft, or clears it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_draft(&mut self, user: UserId, chat: ChatKey, draft: Option<&DraftRow>) -> Result<(), StoreError> {
        let Some(draft) = draft else {
            sqlx::query(self.sql("DELETE FROM drafts WHERE user_id = $1 AND chat_id = $2"))
                .bind(user.0)
                .bind(chat.0)
                .execute(self.conn())
                .await?;
            return Ok(());
        };
        sqlx::query(self.sql(
            "INSERT INTO drafts (user_id, chat_id, content, reply_seq, updated_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (user_id, chat_id) DO UPDATE SET content = excluded.content, \
             reply_seq = excluded.reply_seq, updated_at = excluded.updated_at",
        ))
        .bind(user.0)
        .bind(chat.0)
        .bind(draft.content.as_str())
        .bind(draft.reply_seq)
        .bind(draft.updated_at.as_micros())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Keeps an invite.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_invite(&mut self, chat: ChatKey, invite: &Invite) -> Result<(), StoreError> {
        sqlx::query(self.sql(
            "INSERT INTO invites (code, chat_id, created_by, created_at, expires_at, max_uses, uses, role) \
             VALUES ($1, $2, $3, $4, $5, $6, 0, $7)",
        ))
        .bind(invite.code.as_str())
        .bind(chat.0)
        .bind(invite.created_by.0)
        .bind(invite.created_at.as_micros())
        .bind(invite.expires_at.map(Timestamp::as_micros))
        .bind(invite.max_uses.map(i64::from))
        .bind(role_code(invite.role))
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Uses an invite once; `false` when it is used up, expired or revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_invite(&mut self, code: &str, now: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query(self.sql(
            "UPDATE invites SET uses = uses + 1 WHERE code = $1 AND (max_uses IS NULL OR uses < max_uses) \
             AND (expires_at IS NULL OR expires_at > $2)",
        ))
        .bind(code)
        .bind(now.as_micros())
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Revokes an invite; `false` when this chat has none of that code.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_invite(&mut self, chat: ChatKey, code: &str) -> Result<bool, StoreError> {
        let done = sqlx::query(self.sql("DELETE FROM invites WHERE chat_id = $1 AND code = $2"))
            .bind(chat.0)
            .bind(code)
            .execute(self.conn())
            .await?;
        Ok(done.rows_affected() == 1)
    }
}

/// The chat with this name on the wire.
///
/// # Errors
/// When the database fails.
pub async fn find_chat(db: &mut impl Db, id: &ChatId) -> Result<Option<ChatRow>, StoreError> {
    let row: Option<ChatTuple> = sqlx::query_as(db.sql(select_chats!("WHERE public_id = $1 AND deleted_at IS NULL")))
        .bind(id.as_str())
        .fetch_optional(db.conn())
        .await?;
    row.map(chat).transpose()
}

/// The chat with this internal number.
///
/// # Errors
/// When the database fails.
pub async fn find_chat_by_key(db: &mut impl Db, key: ChatKey) -> Result<Option<ChatRow>, StoreError> {
    let row: Option<ChatTuple> = sqlx::query_as(db.sql(select_chats!("WHERE id = $1 AND deleted_at IS NULL")))
        .bind(key.0)
        .fetch_optional(db.conn())
        .await?;
    row.map(chat).transpose()
}

/// The direct chat of two users.
///
/// # Errors
/// When the database fails.
pub async fn find_direct(db: &mut impl Db, pair: (UserId, UserId)) -> Result<Option<ChatRow>, StoreError> {
    let row: Option<ChatTuple> = sqlx::query_as(db.sql(select_chats!("WHERE pair = $1 AND deleted_at IS NULL")))
        .bind(pair_key(pair))
        .fetch_optional(db.conn())
        .await?;
    row.map(chat).transpose()
}

/// Which of two users a pair's other one is.
fn other(pair: &str, user: UserId) -> Option<UserId> {
    let (a, b) = pair.split_once(':')?;
    let (a, b) = (a.parse().ok()?, b.parse().ok()?);
    Some(UserId(if a == user.0 { b } else { a }))
}

/// The other one of a direct chat.
///
/// # Errors
/// When the database fails.
pub async fn find_peer(db: &mut impl Db, chat: ChatKey, user: UserId) -> Result<Option<User>, StoreError> {
    let pair: Option<(Option<String>,)> =
        sqlx::query_as(db.sql("SELECT pair FROM chats WHERE id = $1")).bind(chat.0).fetch_optional(db.conn()).await?;
    let Some(peer) = pair.and_then(|(pair,)| other(&pair?, user)) else { return Ok(None) };
    Ok(list_users(db, &[peer]).await?.pop())
}

/// Whether a member of a chat is blocked in it is decided by the caller: all of a user's chats are
/// listed, the latest first.
///
/// # Errors
/// When the database fails.
pub async fn list_chats_of(db: &mut impl Db, user: UserId) -> Result<Vec<ChatOfUser>, StoreError> {
    type Mine = (i64, i64, i64, Option<i64>, i64, i64, i64);
    let mine: Vec<Mine> = sqlx::query_as(db.sql(
        "SELECT chat_id, role, joined_at, muted_until, archived, favourite, marked_unread FROM members WHERE user_id = $1",
    ))
    .bind(user.0)
    .fetch_all(db.conn())
    .await?;
    let marks: Vec<(i64, i64, i64)> =
        sqlx::query_as(db.sql("SELECT chat_id, read_seq, delivered_seq FROM members WHERE user_id = $1"))
            .bind(user.0)
            .fetch_all(db.conn())
            .await?;
    let marks: BTreeMap<i64, (i64, i64)> =
        marks.into_iter().map(|(chat, read, delivered)| (chat, (read, delivered.max(read)))).collect();
    let mut members: BTreeMap<i64, MemberRow> = BTreeMap::new();
    for (chat, role_code, joined_at, muted_until, archived, favourite, marked_unread) in mine {
        let settings = ChatSettings {
            muted_until: muted_until.map(Timestamp::from_micros),
            archived: archived != 0,
            favourite: favourite != 0,
            marked_unread: marked_unread != 0,
        };
        let (read_seq, delivered_seq) = marks.get(&chat).copied().unwrap_or_default();
        let joined_at = Timestamp::from_micros(joined_at);
        members.insert(chat, MemberRow { user, role: role(role_code)?, joined_at, read_seq, delivered_seq, settings });
    }
    let rows: Vec<ChatTuple> = sqlx::query_as(db.sql(select_chats!(
        "WHERE deleted_at IS NULL AND id IN (SELECT chat_id FROM members WHERE user_id = $1) ORDER BY last_ts DESC, id DESC"
    )))
    .bind(user.0)
    .fetch_all(db.conn())
    .await?;
    let pairs: Vec<(i64, String)> = sqlx::query_as(db.sql(
        "SELECT id, pair FROM chats WHERE pair IS NOT NULL AND id IN (SELECT chat_id FROM members WHERE user_id = $1)",
    ))
    .bind(user.0)
    .fetch_all(db.conn())
    .await?;
    let pairs: BTreeMap<i64, UserId> =
        pairs.into_iter().filter_map(|(chat, pair)| Some((chat, other(&pair, user)?))).collect();
    let peers: Vec<UserId> = pairs.values().copied().collect();
    let peers: BTreeMap<UserId, User> = list_users(db, &peers).await?.into_iter().map(|peer| (peer.id, peer)).collect();
    let mentions: Vec<(i64, i64)> = sqlx::query_as(db.sql(
        "SELECT members.chat_id, COUNT(DISTINCT mentions.seq) FROM members \
         JOIN mentions ON mentions.chat_id = members.chat_id AND mentions.user_id IN (0, members.user_id) \
         AND mentions.seq > members.read_seq WHERE members.user_id = $1 GROUP BY members.chat_id",
    ))
    .bind(user.0)
    .fetch_all(db.conn())
    .await?;
    let mentions: BTreeMap<i64, i64> = mentions.into_iter().collect();
    let mut drafts = list_drafts(db, user).await?;
    let mut chats = Vec::with_capacity(rows.len());
    for row in rows {
        let chat = chat(row)?;
        let key = chat.key.0;
        // A membership made between the two reads is left to the next listing.
        let Some(member) = members.remove(&key) else { continue };
        chats.push(ChatOfUser {
            member,
            mentions: mentions.get(&key).copied().unwrap_or_default(),
            peer: pairs.get(&key).and_then(|peer| peers.get(peer).cloned()),
            draft: drafts.remove(&key),
            chat,
        });
    }
    Ok(chats)
}

/// How many unread messages of a chat mention a member.
///
/// # Errors
/// When the database fails.
pub async fn count_mentions(db: &mut impl Db, chat: ChatKey, user: UserId, read_seq: i64) -> Result<i64, StoreError> {
    let (count,): (i64,) = sqlx::query_as(
        db.sql("SELECT COUNT(DISTINCT seq) FROM mentions WHERE chat_id = $1 AND user_id IN (0, $2) AND seq > $3"),
    )
    .bind(chat.0)
    .bind(user.0)
    .bind(read_seq)
    .fetch_one(db.conn())
    .await?;
    Ok(count)
}

async fn list_drafts(db: &mut impl Db, user: UserId) -> Result<BTreeMap<i64, DraftRow>, StoreError> {
    let rows: Vec<(i64, String, Option<i64>, i64)> =
        sqlx::query_as(db.sql("SELECT chat_id, content, reply_seq, updated_at FROM drafts WHERE user_id = $1"))
            .bind(user.0)
            .fetch_all(db.conn())
            .await?;
    Ok(rows
        .into_iter()
        .map(|(chat, content, reply_seq, updated_at)| {
            (chat, DraftRow { content, reply_seq, updated_at: Timestamp::from_micros(updated_at) })
        })
        .collect())
}

/// A user's draft in a chat.
///
/// # Errors
/// When the database fails.
pub async fn find_draft(db: &mut impl Db, user: UserId, chat: ChatKey) -> Result<Option<DraftRow>, StoreError> {
    Ok(list_drafts(db, user).await?.remove(&chat.0))
}

/// Public rooms, but those the user is blocked in, whose folded title or slug contains the text, in the order of slugs, after a slug.
///
/// # Errors
/// When the database fails.
pub async fn list_rooms(
    db: &mut impl Db,
    user: Option<UserId>,
    folded: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<RoomEntry>, StoreError> {
    // Two texts: what is escaped for LIKE cannot also be the empty filter.
    let pattern = format!("%{}%", folded.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    let rows: Vec<(String, String, String, i64, Option<i64>)> = sqlx::query_as(db.sql(
        "SELECT chats.public_id, chats.name, chats.description, chats.member_count, members.role FROM chats \
         LEFT JOIN members ON members.chat_id = chats.id AND members.user_id = $1 \
         WHERE (members.role IS NULL OR members.role <> $6) AND chats.kind = $2 AND chats.deleted_at IS NULL AND chats.public_id > $3 \
         AND (chats.name_folded LIKE $4 ESCAPE '\\' OR chats.public_id LIKE $4 ESCAPE '\\') \
         ORDER BY chats.public_id LIMIT $5",
    ))
    .bind(user.map_or(0, |user| user.0))
    .bind(chat_kind_code(ChatKind::Room))
    .bind(after)
    .bind(pattern)
    .bind(limit)
    .bind(role_code(Role::Blocked))
    .fetch_all(db.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, name, description, member_count, role)| RoomEntry {
            id: ChatId(id),
            name,
            description,
            member_count,
            joined: role.is_some(),
        })
        .collect())
}

type InviteTuple = (String, i64, String, i64, i64, Option<i64>, Option<i64>, i64, i64);

fn invite(row: InviteTuple) -> Result<InviteRow, StoreError> {
    let (code, chat, chat_id, created_by, created_at, expires_at, max_uses, uses, role_code) = row;
    let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(InviteRow {
        chat: ChatKey(chat),
        invite: Invite {
            code,
            chat_id: ChatId(chat_id),
            created_by: UserId(created_by),
            created_at: Timestamp::from_micros(created_at),
            expires_at: expires_at.map(Timestamp::from_micros),
            max_uses: max_uses.map(count),
            uses: count(uses),
            role: role(role_code)?,
        },
    })
}

macro_rules! select_invites {
    ($rest:literal) => {
        concat!(
            "SELECT invites.code, invites.chat_id, chats.public_id, invites.created_by, invites.created_at, \
             invites.expires_at, invites.max_uses, invites.uses, invites.role FROM invites \
             JOIN chats ON chats.id = invites.chat_id AND chats.deleted_at IS NULL ",
            $rest
        )
    };
}

/// An invite by its code, whether it still works or not.
///
/// # Errors
/// When the database fails.
pub async fn find_invite(db: &mut impl Db, code: &str) -> Result<Option<InviteRow>, StoreError> {
    let row: Option<InviteTuple> =
        sqlx::query_as(db.sql(select_invites!("WHERE invites.code = $1"))).bind(code).fetch_optional(db.conn()).await?;
    row.map(invite).transpose()
}

/// A chat's invites that still work, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list_invites(db: &mut impl Db, chat: ChatKey, now: Timestamp) -> Result<Vec<InviteRow>, StoreError> {
    let rows: Vec<InviteTuple> = sqlx::query_as(db.sql(select_invites!(
        "WHERE invites.chat_id = $1 AND (invites.expires_at IS NULL OR invites.expires_at > $2) \
         AND (invites.max_uses IS NULL OR invites.uses < invites.max_uses) ORDER BY invites.created_at DESC, invites.code"
    )))
    .bind(chat.0)
    .bind(now.as_micros())
    .fetch_all(db.conn())
    .await?;
    rows.into_iter().map(invite).collect()
}
