//! Accounts, sessions, failed logins, the account stream, and answers kept for repeats.

use vestnik_proto::{ClientId, ServerRole, Session, Timestamp, User, UserId};

use crate::rows::{server_role, server_role_code};
use crate::{Db, StoreError, Tx};

/// An account to be.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// As shown.
    pub username: String,
    /// As looked up.
    pub folded: String,
    /// As compared for being too alike.
    pub skeleton: String,
    /// The name shown.
    pub display_name: String,
    /// The shown name folded, for finding it.
    pub display_folded: String,
    /// E-mail address.
    pub email: Option<String>,
    /// The password's hash in PHC form.
    pub password: String,
    /// Rights on the server.
    pub server_role: ServerRole,
    /// Now.
    pub created_at: Timestamp,
}

/// An account as stored.
#[derive(Clone, Debug)]
pub struct UserRow {
    /// What everybody may see.
    pub user: User,
    /// E-mail address.
    pub email: Option<String>,
    /// The password's hash.
    pub password: String,
    /// Rights on the server.
    pub server_role: ServerRole,
    /// Newest position of the account stream.
    pub account_rev: i64,
}

/// A session to be.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Random.
    pub id: String,
    /// Whose.
    pub user: UserId,
    /// What the device calls itself.
    pub device: String,
    /// From where.
    pub ip: String,
    /// Now.
    pub created_at: Timestamp,
    /// Ends then unless renewed.
    pub expires_at: Timestamp,
}

/// A session as stored.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// What its owner may see; `current` is false.
    pub session: Session,
    /// Whose.
    pub user: UserId,
    /// When it was ended, if it was.
    pub ended_at: Option<Timestamp>,
}

/// A refresh token as stored.
#[derive(Clone, Debug)]
pub struct RefreshRow {
    /// Of which session.
    pub session: String,
    /// When it was used, if it was.
    pub used_at: Option<Timestamp>,
    /// Worthless from then on.
    pub expires_at: Timestamp,
}

/// The failed logins of a name.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoginFailures {
    /// In a row.
    pub failures: i64,
    /// Locked until then.
    pub locked_until: Option<Timestamp>,
}

type UserTuple = (i64, String, String, String, Option<String>, Option<String>, i64, Option<i64>);

fn user(row: UserTuple) -> User {
    let (id, username, display_name, bio, status_text, status_emoji, created_at, last_seen) = row;
    User {
        id: UserId(id),
        username,
        display_name,
        bio,
        status_text,
        status_emoji,
        created_at: Timestamp::from_micros(created_at),
        last_seen: last_seen.map(Timestamp::from_micros),
    }
}

/// `SELECT` of a user's public columns with the given rest; a constant each, so that it stays one SQL text.
macro_rules! select_users {
    ($rest:literal) => {
        concat!("SELECT id, username, display_name, bio, status_text, status_emoji, created_at, last_seen FROM ", $rest)
    };
}

/// Longest lease that is believed, seconds.
const LONGEST_LEASE: i64 = 300;

impl Tx {
    /// The next number of a counter, from 1.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next_number(&mut self, counter: &'static str) -> Result<i64, StoreError> {
        let (n,) = sqlx::query_as(self.sql(
            "INSERT INTO counters (name, value) VALUES ($1, 1) \
             ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value",
        ))
        .bind(counter)
        .fetch_one(self.conn())
        .await?;
        Ok(n)
    }

    /// Keeps a value of the server's own unless there is one; the one that stands. Of two nodes that do this at
    /// once, both get the same.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn make_meta(&mut self, name: &str, value: &str) -> Result<String, StoreError> {
        self.insert_meta(name, value).await?;
        find_meta(self, name).await?.ok_or(StoreError::Gone)
    }

    /// Keeps a value of the server's own unless there is one; whether there was none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_meta(&mut self, name: &str, value: &str) -> Result<bool, StoreError> {
        let text = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
        let done = sqlx::query(self.sql(text)).bind(name).bind(value).execute(self.conn()).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes or keeps a lease on a piece of work that one of many should do. It is the holder's until the given
    /// moment; whether it could be had.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim(
        &mut self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let name = format!("lease {name}");
        // One row to be locked by whoever comes first.
        self.make_meta(&name, "0 ").await?;
        let (value,): (String,) = sqlx::query_as(self.sql("SELECT value FROM meta WHERE name = $1 {for_update}"))
            .bind(name.as_str())
            .fetch_one(self.conn())
            .await?;
        let (ends, by) = value.split_once(' ').unwrap_or(("0", ""));
        let ends: i64 = ends.parse().unwrap_or_default();
        // One that ends later than any does was taken by a clock that was ahead.
        let holds = ends > now.as_micros() && ends <= now.plus_secs(LONGEST_LEASE).as_micros();
        if by != holder && holds {
            return Ok(false);
        }
        self.set_meta(&name, &format!("{} {holder}", until.as_micros())).await?;
        Ok(true)
    }

    /// A sign of life of a node of a cluster, unless none is given; those of all nodes, as their names and how many
    /// there were. Forgets some.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn roll_call(&mut self, own: Option<&str>, forget: &[String]) -> Result<Vec<(String, u64)>, StoreError> {
        const ROLL: &str = "nodes";
        self.make_meta(ROLL, "").await?;
        let (value,): (String,) = sqlx::query_as(self.sql("SELECT value FROM meta WHERE name = $1 {for_update}"))
            .bind(ROLL)
            .fetch_one(self.conn())
            .await?;
        let mut words = value.split(' ');
        let mut nodes = Vec::new();
        while let (Some(name), Some(count)) = (words.next(), words.next()) {
            nodes.push((name.to_owned(), count.parse::<u64>().unwrap_or_default()));
        }
        nodes.retain(|(name, _)| !forget.contains(name));
        if let Some(own) = own {
            match nodes.iter_mut().find(|(name, _)| name == own) {
                Some((_, count)) => *count += 1,
                None => nodes.push((own.to_owned(), 1)),
            }
        }
        let words: Vec<String> = nodes.iter().map(|(name, count)| format!("{name} {count}")).collect();
        self.set_meta(ROLL, &words.join(" ")).await?;
        Ok(nodes)
    }

    /// Keeps a value of the server's own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_meta(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        sqlx::query(self.sql(
            "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        ))
        .bind(name)
        .bind(value)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Makes an account and returns its number.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the name, or one too alike, is taken.
    pub async fn insert_user(&mut self, new: &NewUser) -> Result<UserId, StoreError> {
        // Looked for first: a violated constraint would spoil a transaction on PostgreSQL.
        let taken: Option<(i64,)> = sqlx::query_as(self.sql("SELECT id FROM users WHERE folded = $1 OR skeleton = $2"))
            .bind(new.folded.as_str())
            .bind(new.skeleton.as_str())
            .fetch_optional(self.conn())
            .await?;
        if taken.is_some() {
            return Err(StoreError::Exists);
        }
        let id = self.next_number("users").await?;
        sqlx::query(self.sql(
            "INSERT INTO users (id, username, folded, skeleton, display_name, display_folded, bio, email, password, \
             server_role, account_rev, created_at) VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8, $9, 0, $10)",
        ))
        .bind(id)
        .bind(new.username.as_str())
        .bind(new.folded.as_str())
        .bind(new.skeleton.as_str())
        .bind(new.display_name.as_str())
        .bind(new.display_folded.as_str())
        .bind(new.email.as_deref())
        .bind(new.password.as_str())
        .bind(server_role_code(new.server_role))
        .bind(new.created_at.as_micros())
        .execute(self.conn())
        .await?;
        Ok(UserId(id))
    }

    /// Replaces what a person shows of themselves.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is no such account.
    pub async fn update_profile(
        &mut self,
        user: &User,
        display_folded: &str,
        email: Option<&str>,
    ) -> Result<(), StoreError> {
        let done = sqlx::query(self.sql(
            "UPDATE users SET display_name = $2, display_folded = $3, bio = $4, status_text = $5, status_emoji = $6, \
             email = $7 WHERE id = $1",
        ))
        .bind(user.id.0)
        .bind(user.display_name.as_str())
        .bind(display_folded)
        .bind(user.bio.as_str())
        .bind(user.status_text.as_deref())
        .bind(user.status_emoji.as_deref())
        .bind(email)
        .execute(self.conn())
        .await?;
        affected(done.rows_affected())
    }

    /// Replaces a password's hash.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is no such account.
    pub async fn set_password(&mut self, user: UserId, password: &str) -> Result<(), StoreError> {
        let done = sqlx::query(self.sql("UPDATE users SET password = $2 WHERE id = $1"))
            .bind(user.0)
            .bind(password)
            .execute(self.conn())
            .await?;
        affected(done.rows_affected())
    }

    /// Replaces a person's rights on the server.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is no such account.
    pub async fn set_server_role(&mut self, user: UserId, role: ServerRole) -> Result<(), StoreError> {
        let done = sqlx::query(self.sql("UPDATE users SET server_role = $2 WHERE id = $1"))
            .bind(user.0)
            .bind(server_role_code(role))
            .execute(self.conn())
            .await?;
        affected(done.rows_affected())
    }

    /// Notes when a person was last connected.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_last_seen(&mut self, user: UserId, at: Timestamp) -> Result<(), StoreError> {
        sqlx::query(self.sql("UPDATE users SET last_seen = $2 WHERE id = $1"))
            .bind(user.0)
            .bind(at.as_micros())
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Adds an event to an account's stream and returns its place.
    ///
    /// # Errors
    /// [`StoreError::Gone`] when there is no such account.
    pub async fn append_account_event(&mut self, user: UserId, body: &str) -> Result<i64, StoreError> {
        let bumped: Option<(i64,)> = sqlx::query_as(
            self.sql("UPDATE users SET account_rev = account_rev + 1 WHERE id = $1 RETURNING account_rev"),
        )
        .bind(user.0)
        .fetch_optional(self.conn())
        .await?;
        let (rev,) = bumped.ok_or(StoreError::Gone)?;
        sqlx::query(self.sql("INSERT INTO user_events (user_id, rev, body) VALUES ($1, $2, $3)"))
            .bind(user.0)
            .bind(rev)
            .bind(body)
            .execute(self.conn())
            .await?;
        Ok(rev)
    }

    /// Begins a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_session(&mut self, new: &NewSession) -> Result<(), StoreError> {
        sqlx::query(self.sql(
            "INSERT INTO sessions (id, user_id, device, ip, created_at, last_used_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $5, $6)",
        ))
        .bind(new.id.as_str())
        .bind(new.user.0)
        .bind(new.device.as_str())
        .bind(new.ip.as_str())
        .bind(new.created_at.as_micros())
        .bind(new.expires_at.as_micros())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Notes that a session was renewed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_session(
        &mut self,
        id: &str,
        ip: &str,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(self.sql("UPDATE sessions SET ip = $2, last_used_at = $3, expires_at = $4 WHERE id = $1"))
            .bind(id)
            .bind(ip)
            .bind(now.as_micros())
            .bind(expires_at.as_micros())
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Ends a session; whether it was still going.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&mut self, id: &str, now: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query(self.sql("UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL"))
            .bind(id)
            .bind(now.as_micros())
            .execute(self.conn())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends all sessions of a user but `except`, and returns which.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sessions(
        &mut self,
        user: UserId,
        except: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let ended: Vec<(String,)> = sqlx::query_as(self.sql(
            "UPDATE sessions SET ended_at = $3 WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL RETURNING id",
        ))
        .bind(user.0)
        .bind(except.unwrap_or_default())
        .bind(now.as_micros())
        .fetch_all(self.conn())
        .await?;
        Ok(ended.into_iter().map(|(id,)| id).collect())
    }

    /// Keeps a refresh token's hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_refresh_token(
        &mut self,
        hash: &str,
        session: &str,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(self.sql("INSERT INTO refresh_tokens (hash, session_id, expires_at) VALUES ($1, $2, $3)"))
            .bind(hash)
            .bind(session)
            .bind(expires_at.as_micros())
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Uses up a refresh token; `false` when it was used before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_refresh_token(&mut self, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query(self.sql("UPDATE refresh_tokens SET used_at = $2 WHERE hash = $1 AND used_at IS NULL"))
            .bind(hash)
            .bind(now.as_micros())
            .execute(self.conn())
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Counts a failed login and returns the count. Locks the name when `limit` is reached.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_login_failure(
        &mut self,
        folded: &str,
        now: Timestamp,
        limit: i64,
        locked_until: Timestamp,
    ) -> Result<i64, StoreError> {
        let (failures,) = sqlx::query_as(self.sql(
            "INSERT INTO login_failures (folded, failures, last_at) VALUES ($1, 1, $2) \
             ON CONFLICT (folded) DO UPDATE SET failures = login_failures.failures + 1, last_at = excluded.last_at \
             RETURNING failures",
        ))
        .bind(folded)
        .bind(now.as_micros())
        .fetch_one(self.conn())
        .await?;
        if failures >= limit {
            // The count begins anew, so that the first failure after the lock does not lock again.
            sqlx::query(self.sql("UPDATE login_failures SET failures = 0, locked_until = $2 WHERE folded = $1"))
                .bind(folded)
                .bind(locked_until.as_micros())
                .execute(self.conn())
                .await?;
        }
        Ok(failures)
    }

    /// Forgets a name's failed logins.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn clear_login_failures(&mut self, folded: &str) -> Result<(), StoreError> {
        sqlx::query(self.sql("DELETE FROM login_failures WHERE folded = $1")).bind(folded).execute(self.conn()).await?;
        Ok(())
    }

    /// Keeps the answer to a command with a `client_id`.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when there is one already.
    pub async fn insert_answer(
        &mut self,
        user: UserId,
        client_id: ClientId,
        hash: i64,
        answer: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(self.sql("INSERT INTO sends (user_id, client_id, hash, ts, answer) VALUES ($1, $2, $3, $4, $5)"))
            .bind(user.0)
            .bind(client_id.to_string())
            .bind(hash)
            .bind(now.as_micros())
            .bind(answer)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Removes what nobody needs any more: kept answers older than `answers_before`, sessions and tokens
    /// that ended before `sessions_before`, forgotten login failures. Returns how many rows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune(&mut self, answers_before: Timestamp, sessions_before: Timestamp) -> Result<u64, StoreError> {
        let mut rows = 0;
        for (text, before) in [
            ("DELETE FROM sends WHERE ts < $1", answers_before),
            ("DELETE FROM refresh_tokens WHERE expires_at < $1", sessions_before),
            ("DELETE FROM sessions WHERE expires_at < $1", sessions_before),
            (
                "DELETE FROM login_failures WHERE last_at < $1 AND (locked_until IS NULL OR locked_until < $1)",
                sessions_before,
            ),
        ] {
            rows += sqlx::query(self.sql(text)).bind(before.as_micros()).execute(self.conn()).await?.rows_affected();
        }
        Ok(rows)
    }
}

/// Turns "no row was changed" into an error.
pub(crate) fn affected(rows: u64) -> Result<(), StoreError> {
    if rows == 0 { Err(StoreError::Gone) } else { Ok(()) }
}

/// A value the server kept for itself.
///
/// # Errors
/// When the database fails.
pub async fn find_meta(db: &mut impl Db, name: &str) -> Result<Option<String>, StoreError> {
    let row: Option<(String,)> =
        sqlx::query_as(db.sql("SELECT value FROM meta WHERE name = $1")).bind(name).fetch_optional(db.conn()).await?;
    Ok(row.map(|(value,)| value))
}

/// Whether the server has an owner.
///
/// # Errors
/// When the database fails.
pub async fn has_owner(db: &mut impl Db) -> Result<bool, StoreError> {
    let row: Option<(i64,)> = sqlx::query_as(db.sql("SELECT id FROM users WHERE server_role = $1 LIMIT 1"))
        .bind(server_role_code(ServerRole::Owner))
        .fetch_optional(db.conn())
        .await?;
    Ok(row.is_some())
}

async fn find_user_row(db: &mut impl Db, user: Option<UserTuple>) -> Result<Option<UserRow>, StoreError> {
    let Some(public) = user else { return Ok(None) };
    let user = self::user(public);
    let (email, password, role, account_rev): (Option<String>, String, i64, i64) =
        sqlx::query_as(db.sql("SELECT email, password, server_role, account_rev FROM users WHERE id = $1"))
            .bind(user.id.0)
            .fetch_one(db.conn())
            .await?;
    Ok(Some(UserRow { user, email, password, server_role: server_role(role)?, account_rev }))
}

/// The account of a folded name.
///
/// # Errors
/// When the database fails.
pub async fn find_user_by_name(db: &mut impl Db, folded: &str) -> Result<Option<UserRow>, StoreError> {
    let found =
        sqlx::query_as(db.sql(select_users!("users WHERE folded = $1"))).bind(folded).fetch_optional(db.conn()).await?;
    find_user_row(db, found).await
}

/// The account with a number.
///
/// # Errors
/// When the database fails.
pub async fn find_user(db: &mut impl Db, id: UserId) -> Result<Option<UserRow>, StoreError> {
    let found =
        sqlx::query_as(db.sql(select_users!("users WHERE id = $1"))).bind(id.0).fetch_optional(db.conn()).await?;
    find_user_row(db, found).await
}

/// The public profiles of some numbers; those that do not exist are left out.
///
/// # Errors
/// When the database fails.
pub async fn list_users(db: &mut impl Db, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    #[derive(serde::Serialize)]
    struct Id {
        i: i64,
    }
    let json = serde_json::to_string(&ids.iter().map(|id| Id { i: id.0 }).collect::<Vec<_>>())
        .expect("numbers are always JSON");
    let rows: Vec<UserTuple> =
        sqlx::query_as(db.sql(select_users!("users WHERE id IN (SELECT i FROM {rows $1: i BIGINT}) ORDER BY id")))
            .bind(json)
            .fetch_all(db.conn())
            .await?;
    Ok(rows.into_iter().map(user).collect())
}

/// The numbers and usernames of folded names; those that do not exist are left out.
///
/// # Errors
/// When the database fails.
pub async fn list_users_by_name(db: &mut impl Db, folded: &[String]) -> Result<Vec<User>, StoreError> {
    if folded.is_empty() {
        return Ok(Vec::new());
    }
    #[derive(serde::Serialize)]
    struct Name<'a> {
        f: &'a str,
    }
    let json =
        serde_json::to_string(&folded.iter().map(|f| Name { f }).collect::<Vec<_>>()).expect("strings are always JSON");
    let rows: Vec<UserTuple> =
        sqlx::query_as(db.sql(select_users!("users WHERE folded IN (SELECT f FROM {rows $1: f TEXT}) ORDER BY id")))
            .bind(json)
            .fetch_all(db.conn())
            .await?;
    Ok(rows.into_iter().map(user).collect())
}

/// People whose username or shown name begins with the folded text.
///
/// # Errors
/// When the database fails.
pub async fn search_users(db: &mut impl Db, folded: &str, limit: i64) -> Result<Vec<User>, StoreError> {
    // A range instead of LIKE: it uses the index on both engines and needs no escaping.
    let end = format!("{folded}\u{10ffff}");
    let rows: Vec<UserTuple> = sqlx::query_as(db.sql(select_users!(
        "users WHERE (folded >= $1 AND folded < $2) OR (display_folded >= $1 AND display_folded < $2) \
         ORDER BY folded LIMIT $3"
    )))
    .bind(folded)
    .bind(end)
    .bind(limit)
    .fetch_all(db.conn())
    .await?;
    Ok(rows.into_iter().map(user).collect())
}

/// The newest position of an account's stream.
///
/// # Errors
/// [`StoreError::Gone`] when there is no such account.
pub async fn get_account_rev(db: &mut impl Db, user: UserId) -> Result<i64, StoreError> {
    let row: Option<(i64,)> = sqlx::query_as(db.sql("SELECT account_rev FROM users WHERE id = $1"))
        .bind(user.0)
        .fetch_optional(db.conn())
        .await?;
    row.map(|(rev,)| rev).ok_or(StoreError::Gone)
}

/// How far the streams of some accounts are; those that do not exist are left out.
///
/// # Errors
/// When the database fails.
pub async fn list_account_revs(
    db: &mut impl Db,
    users: impl Iterator<Item = UserId> + Send,
) -> Result<Vec<(UserId, i64)>, StoreError> {
    let Some(json) = crate::events::numbers(users.map(|user| user.0)) else { return Ok(Vec::new()) };
    let rows: Vec<(i64, i64)> =
        sqlx::query_as(db.sql("SELECT id, account_rev FROM users WHERE id IN (SELECT n FROM {rows $1: n BIGINT})"))
            .bind(json)
            .fetch_all(db.conn())
            .await?;
    Ok(rows.into_iter().map(|(user, rev)| (UserId(user), rev)).collect())
}

/// Events of an account's stream after a position, in order: their places and bodies.
///
/// # Errors
/// When the database fails.
pub async fn list_account_events(
    db: &mut impl Db,
    user: UserId,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, String)>, StoreError> {
    Ok(sqlx::query_as(
        db.sql("SELECT rev, body FROM user_events WHERE user_id = $1 AND rev > $2 ORDER BY rev LIMIT $3"),
    )
    .bind(user.0)
    .bind(after)
    .bind(limit)
    .fetch_all(db.conn())
    .await?)
}

type SessionTuple = (String, i64, String, String, i64, i64, i64, Option<i64>);

fn session(row: SessionTuple) -> SessionRow {
    let (id, user, device, ip, created_at, last_used_at, expires_at, ended_at) = row;
    SessionRow {
        session: Session {
            id,
            device,
            ip,
            created_at: Timestamp::from_micros(created_at),
            last_used_at: Timestamp::from_micros(last_used_at),
            expires_at: Timestamp::from_micros(expires_at),
            current: false,
        },
        user: UserId(user),
        ended_at: ended_at.map(Timestamp::from_micros),
    }
}

/// One session.
///
/// # Errors
/// When the database fails.
pub async fn find_session(db: &mut impl Db, id: &str) -> Result<Option<SessionRow>, StoreError> {
    let row: Option<SessionTuple> = sqlx::query_as(db.sql(
        "SELECT id, user_id, device, ip, created_at, last_used_at, expires_at, ended_at FROM sessions WHERE id = $1",
    ))
    .bind(id)
    .fetch_optional(db.conn())
    .await?;
    Ok(row.map(session))
}

/// A user's sessions that are still going, the latest used first.
///
/// # Errors
/// When the database fails.
pub async fn list_sessions(db: &mut impl Db, user: UserId, now: Timestamp) -> Result<Vec<SessionRow>, StoreError> {
    let rows: Vec<SessionTuple> = sqlx::query_as(db.sql(
        "SELECT id, user_id, device, ip, created_at, last_used_at, expires_at, ended_at FROM sessions \
         WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY last_used_at DESC, id",
    ))
    .bind(user.0)
    .bind(now.as_micros())
    .fetch_all(db.conn())
    .await?;
    Ok(rows.into_iter().map(session).collect())
}

/// Sessions ended after a moment: those whose access tokens may still be about.
///
/// # Errors
/// When the database fails.
pub async fn list_ended_sessions(db: &mut impl Db, after: Timestamp) -> Result<Vec<(String, Timestamp)>, StoreError> {
    let rows: Vec<(String, i64)> = sqlx::query_as(db.sql("SELECT id, ended_at FROM sessions WHERE ended_at > $1"))
        .bind(after.as_micros())
        .fetch_all(db.conn())
        .await?;
    Ok(rows.into_iter().map(|(id, at)| (id, Timestamp::from_micros(at))).collect())
}

/// A refresh token by its hash.
///
/// # Errors
/// When the database fails.
pub async fn find_refresh_token(db: &mut impl Db, hash: &str) -> Result<Option<RefreshRow>, StoreError> {
    let row: Option<(String, Option<i64>, i64)> =
        sqlx::query_as(db.sql("SELECT session_id, used_at, expires_at FROM refresh_tokens WHERE hash = $1"))
            .bind(hash)
            .fetch_optional(db.conn())
            .await?;
    Ok(row.map(|(session, used_at, expires_at)| RefreshRow {
        session,
        used_at: used_at.map(Timestamp::from_micros),
        expires_at: Timestamp::from_micros(expires_at),
    }))
}

/// The failed logins of a folded name.
///
/// # Errors
/// When the database fails.
pub async fn find_login_failures(db: &mut impl Db, folded: &str) -> Result<LoginFailures, StoreError> {
    let row: Option<(i64, Option<i64>)> =
        sqlx::query_as(db.sql("SELECT failures, locked_until FROM login_failures WHERE folded = $1"))
            .bind(folded)
            .fetch_optional(db.conn())
            .await?;
    Ok(row.map_or_else(LoginFailures::default, |(failures, locked_until)| LoginFailures {
        failures,
        locked_until: locked_until.map(Timestamp::from_micros),
    }))
}

/// What a `client_id` was used for: the hash of the request, and the answer unless it was a message.
///
/// # Errors
/// When the database fails.
pub async fn find_answer(
    db: &mut impl Db,
    user: UserId,
    client_id: ClientId,
) -> Result<Option<(i64, Option<String>)>, StoreError> {
    Ok(sqlx::query_as(db.sql("SELECT hash, answer FROM sends WHERE user_id = $1 AND client_id = $2"))
        .bind(user.0)
        .bind(client_id.to_string())
        .fetch_optional(db.conn())
        .await?)
}

/// The server's owner.
///
/// # Errors
/// When the database fails.
pub async fn find_owner(db: &mut impl Db) -> Result<Option<UserId>, StoreError> {
    let row: Option<(i64,)> = sqlx::query_as(db.sql("SELECT id FROM users WHERE server_role = $1 ORDER BY id LIMIT 1"))
        .bind(server_role_code(ServerRole::Owner))
        .fetch_optional(db.conn())
        .await?;
    Ok(row.map(|(id,)| UserId(id)))
}
