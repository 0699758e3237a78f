//! Who is in a chat, as what, and how far they have read.

use vestnik_proto::{ChatSettings, Member, Reader, Role, Timestamp, UserId};

use crate::accounts::affected;
use crate::rows::{role, role_code};
use crate::{ChatKey, Db, StoreError, Tx};

/// A membership as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberRow {
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: Role,
    /// Since when.
    pub joined_at: Timestamp,
    /// Read up to this message.
    pub read_seq: i64,
    /// Received up to this message; never less than what was read.
    pub delivered_seq: i64,
    /// Their settings for the chat.
    pub settings: ChatSettings,
}

impl Tx {
    /// Makes a user a member, and counts them. Answers what they are now.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when they are one (or blocked) already, [`StoreError::Gone`] when the chat is deleted.
    pub async fn insert_member(
        &mut self,
        chat: ChatKey,
        user: UserId,
        role: Role,
        now: Timestamp,
    ) -> Result<MemberRow, StoreError> {
        if find_member(self, chat, user).await?.is_some() {
            return Err(StoreError::Exists);
        }
        // What was said before one came is not unread.
        let row: Option<(i64,)> = sqlx::query_as(self.sql(
            "INSERT INTO members (chat_id, user_id, role, joined_at, read_seq, archived, favourite, marked_unread) \
             SELECT id, $2, $3, $4, last_seq, 0, 0, 0 FROM chats WHERE id = $1 AND deleted_at IS NULL \
             RETURNING read_seq",
        ))
        .bind(chat.0)
        .bind(user.0)
        .bind(role_code(role))
        .bind(now.as_micros())
        .fetch_optional(self.conn())
        .await?;
        let (read_seq,) = row.ok_or(StoreError::Gone)?;
        if role != Role::Blocked {
            self.count_members(chat, 1).await?;
        }
        Ok(MemberRow {
            user,
            role,
            joined_at: now,
            read_seq,
            delivered_seq: read_seq,
            settings: ChatSettings::default(),
        })
    }

    /// Gives a member another role.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when they are not a member with the role `before` any more.
    pub async fn set_role(&mut self, chat: ChatKey, user: UserId, before: Role, after: Role) -> Result<(), StoreError> {
        let done =
            sqlx::query(self.sql("UPDATE members SET role = $4 WHERE chat_id = $1 AND user_id = $2 AND role = $3"))
                .bind(chat.0)
                .bind(user.0)
                .bind(role_code(before))
                .bind(role_code(after))
                .execute(self.conn())
                .await?;
        affected(done.rows_affected())?;
        let counts = |role: Role| i64::from(role != Role::Blocked);
        self.count_members(chat, counts(after) - counts(before)).await
    }

    /// Ends a membership and everything of theirs in the chat that only they see.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when they are not a member with that role any more.
    pub async fn delete_member(&mut self, chat: ChatKey, user: UserId, role: Role) -> Result<(), StoreError> {
        // The role decides whether they were counted.
        let done = sqlx::query(self.sql("DELETE FROM members WHERE chat_id = $1 AND user_id = $2 AND role = $3"))
            .bind(chat.0)
            .bind(user.0)
            .bind(role_code(role))
            .execute(self.conn())
            .await?;
        affected(done.rows_affected())?;
        sqlx::query(self.sql("DELETE FROM drafts WHERE chat_id = $1 AND user_id = $2"))
            .bind(chat.0)
            .bind(user.0)
            .execute(self.conn())
            .await?;
        self.count_members(chat, if role == Role::Blocked { 0 } else { -1 }).await
    }

    async fn count_members(&mut self, chat: ChatKey, difference: i64) -> Result<(), StoreError> {
        sqlx::query(self.sql("UPDATE chats SET member_count = member_count + $2 WHERE id = $1"))
            .bind(chat.0)
            .bind(difference)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Moves a read marker forwards, never beyond the newest message; answers where it is
    /// and whether it moved.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when they are not a member any more.
    pub async fn mark_read(&mut self, chat: ChatKey, user: UserId, seq: i64) -> Result<(i64, bool), StoreError> {
        let row: Option<(i64, i64)> = sqlx::query_as(self.sql(
            "SELECT members.read_seq, chats.last_seq FROM members JOIN chats ON chats.id = members.chat_id \
             WHERE members.chat_id = $1 AND members.user_id = $2",
        ))
        .bind(chat.0)
        .bind(user.0)
        .fetch_optional(self.conn())
        .await?;
        let (read_seq, last_seq) = row.ok_or(StoreError::Gone)?;
        let seq = seq.min(last_seq);
        if seq <= read_seq {
            return Ok((read_seq, false));
        }
        sqlx::query(self.sql("UPDATE members SET read_seq = $3 WHERE chat_id = $1 AND user_id = $2 AND read_seq < $3"))
            .bind(chat.0)
            .bind(user.0)
            .bind(seq)
            .execute(self.conn())
            .await?;
        Ok((seq, true))
    }

    /// Moves a delivery marker forwards, never beyond the newest message; answers where it is and
    /// whether it moved.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when they are not a member any more.
    pub async fn mark_delivered(&mut self, chat: ChatKey, user: UserId, seq: i64) -> Result<(i64, bool), StoreError> {
        let row: Option<(i64, i64, i64)> = sqlx::query_as(self.sql(
            "SELECT members.read_seq, members.delivered_seq, chats.last_seq FROM members \
             JOIN chats ON chats.id = members.chat_id WHERE members.chat_id = $1 AND members.user_id = $2",
        ))
        .bind(chat.0)
        .bind(user.0)
        .fetch_optional(self.conn())
        .await?;
        let (read_seq, delivered_seq, last_seq) = row.ok_or(StoreError::Gone)?;
        let delivered_seq = delivered_seq.max(read_seq);
        let seq = seq.min(last_seq);
        if seq <= delivered_seq {
            return Ok((delivered_seq, false));
        }
        sqlx::query(
            self.sql(
                "UPDATE members SET delivered_seq = $3 WHERE chat_id = $1 AND user_id = $2 AND delivered_seq < $3",
            ),
        )
        .bind(chat.0)
        .bind(user.0)
        .bind(seq)
        .execute(self.conn())
        .await?;
        Ok((seq, true))
    }

    /// Replaces a member's settings for a chat.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when they are not a member any more.
    pub async fn set_chat_settings(
        &mut self,
        chat: ChatKey,
        user: UserId,
        settings: &ChatSettings,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(self.sql(
            "UPDATE members SET muted_until = $3, archived = $4, favourite = $5, marked_unread = $6 \
             WHERE chat_id = $1 AND user_id = $2",
        ))
        .bind(chat.0)
        .bind(user.0)
        .bind(settings.muted_until.map(Timestamp::as_micros))
        .bind(i64::from(settings.archived))
        .bind(i64::from(settings.favourite))
        .bind(i64::from(settings.marked_unread))
        .execute(self.conn())
        .await?;
        affected(done.rows_affected())
    }
}

/// One membership, a blocked one too.
///
/// # Errors
/// When the database fails.
pub async fn find_member(db: &mut impl Db, chat: ChatKey, user: UserId) -> Result<Option<MemberRow>, StoreError> {
    type Row = (i64, i64, i64, i64, Option<i64>, i64, i64, i64);
    let row: Option<Row> = sqlx::query_as(db.sql(
        "SELECT role, joined_at, read_seq, delivered_seq, muted_until, archived, favourite, marked_unread FROM members \
         WHERE chat_id = $1 AND user_id = $2",
    ))
    .bind(chat.0)
    .bind(user.0)
    .fetch_optional(db.conn())
    .await?;
    row.map(|(code, joined_at, read_seq, delivered_seq, muted_until, archived, favourite, marked_unread)| {
        Ok(MemberRow {
            user,
            role: role(code)?,
            joined_at: Timestamp::from_micros(joined_at),
            read_seq,
            delivered_seq: delivered_seq.max(read_seq),
            settings: ChatSettings {
                muted_until: muted_until.map(Timestamp::from_micros),
                archived: archived != 0,
                favourite: favourite != 0,
                marked_unread: marked_unread != 0,
            },
        })
    })
    .transpose()
}

/// A chat's members in the order of their numbers, after one, blocked ones too when asked for.
///
/// # Errors
/// When the database fails.
pub async fn list_members(
    db: &mut impl Db,
    chat: ChatKey,
    after: i64,
    limit: i64,
    with_blocked: bool,
) -> Result<Vec<Member>, StoreError> {
    let rows: Vec<(i64, String, String, i64, i64, i64, i64)> = sqlx::query_as(db.sql(
        "SELECT members.user_id, users.username, users.display_name, members.role, members.joined_at, \
         members.read_seq, members.delivered_seq FROM members JOIN users ON users.id = members.user_id \
         WHERE members.chat_id = $1 AND members.user_id > $2 AND members.role <= $3 ORDER BY members.user_id LIMIT $4",
    ))
    .bind(chat.0)
    .bind(after)
    .bind(role_code(if with_blocked { Role::Blocked } else { Role::Viewer }))
    .bind(limit)
    .fetch_all(db.conn())
    .await?;
    rows.into_iter()
        .map(|(user, username, display_name, code, joined_at, read_seq, delivered_seq)| {
            Ok(Member {
                user_id: UserId(user),
                username,
                display_name,
                role: role(code)?,
                joined_at: Timestamp::from_micros(joined_at),
                read_seq,
                delivered_seq: delivered_seq.max(read_seq),
            })
        })
        .collect()
}

/// The role of every member, blocked ones too.
///
/// # Errors
/// When the database fails.
pub async fn list_roles(db: &mut impl Db, chat: ChatKey) -> Result<Vec<(UserId, Role)>, StoreError> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(db.sql("SELECT user_id, role FROM members WHERE chat_id = $1"))
        .bind(chat.0)
        .fetch_all(db.conn())
        .await?;
    rows.into_iter().map(|(user, code)| Ok((UserId(user), role(code)?))).collect()
}

/// The chats a user is in and not blocked in.
///
/// # Errors
/// When the database fails.
pub async fn list_chat_keys_of(db: &mut impl Db, user: UserId) -> Result<Vec<ChatKey>, StoreError> {
    let rows: Vec<(i64,)> = sqlx::query_as(db.sql("SELECT chat_id FROM members WHERE user_id = $1 AND role <> $2"))
        .bind(user.0)
        .bind(role_code(Role::Blocked))
        .fetch_all(db.conn())
        .await?;
    Ok(rows.into_iter().map(|(chat,)| ChatKey(chat)).collect())
}

/// How far a user's account is, and the chats they are in and not blocked in, of one moment; how far each
/// chat is where `heads` are asked for, else 0.
///
/// # Errors
/// [`StoreError::Gone`] when there is no such account.
pub async fn list_subscriptions(
    db: &mut impl Db,
    user: UserId,
    heads: bool,
) -> Result<(i64, Vec<(ChatKey, i64)>), StoreError> {
    let text = if heads {
        "SELECT users.account_rev, chats.id, chats.last_rev FROM users \
         LEFT JOIN members ON members.user_id = users.id AND members.role <> $2 \
         LEFT JOIN chats ON chats.id = members.chat_id WHERE users.id = $1"
    } else {
        "SELECT users.account_rev, members.chat_id, CAST(0 AS BIGINT) FROM users \
         LEFT JOIN members ON members.user_id = users.id AND members.role <> $2 WHERE users.id = $1"
    };
    let rows: Vec<(i64, Option<i64>, Option<i64>)> =
        sqlx::query_as(db.sql(text)).bind(user.0).bind(role_code(Role::Blocked)).fetch_all(db.conn()).await?;
    let account_rev = rows.first().map(|(rev, ..)| *rev).ok_or(StoreError::Gone)?;
    let chats = rows.into_iter().filter_map(|(_, chat, rev)| Some((ChatKey(chat?), rev?)));
    Ok((account_rev, chats.collect()))
}

/// How much is unread in each of a user's chats that has something unread.
///
/// # Errors
/// When the database fails.
pub async fn list_unread(db: &mut impl Db, user: UserId) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(sqlx::query_as(db.sql(
        "SELECT chats.public_id, chats.last_seq - members.read_seq FROM members \
         JOIN chats ON chats.id = members.chat_id AND chats.deleted_at IS NULL \
         WHERE members.user_id = $1 AND members.role <> $2 AND chats.last_seq > members.read_seq",
    ))
    .bind(user.0)
    .bind(role_code(Role::Blocked))
    .fetch_all(db.conn())
    .await?)
}

/// Members who have read up to a message, one of them left out, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list_readers(
    db: &mut impl Db,
    chat: ChatKey,
    seq: i64,
    except: UserId,
    limit: i64,
) -> Result<Vec<Reader>, StoreError> {
    let rows: Vec<(i64, String, String)> = sqlx::query_as(db.sql(
        "SELECT members.user_id, users.username, users.display_name FROM members \
         JOIN users ON users.id = members.user_id \
         WHERE members.chat_id = $1 AND members.read_seq >= $2 AND members.user_id <> $3 AND members.role <> $4 \
         ORDER BY members.user_id LIMIT $5",
    ))
    .bind(chat.0)
    .bind(seq)
    .bind(except.0)
    .bind(role_code(Role::Blocked))
    .bind(limit)
    .fetch_all(db.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(user, username, display_name)| Reader { user_id: UserId(user), username, display_name })
        .collect())
}
