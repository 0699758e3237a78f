//! Settings of a user's clients.

use std::collections::BTreeMap;

use vestnik_proto::UserId;

use crate::{Db, StoreError, Tx};

impl Tx {
    /// Keeps a preference, or forgets it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_preference(&mut self, user: UserId, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        let Some(value) = value else {
            sqlx::query(self.sql("DELETE FROM preferences WHERE user_id = $1 AND name = $2"))
                .bind(user.0)
                .bind(name)
                .execute(self.conn())
                .await?;
            return Ok(());
        };
        sqlx::query(self.sql(
            "INSERT INTO preferences (user_id, name, value) VALUES ($1, $2, $3) \
             ON CONFLICT (user_id, name) DO UPDATE SET value = $3",
        ))
        .bind(user.0)
        .bind(name)
        .bind(value)
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

/// One of a user's preferences.
///
/// # Errors
/// When the database fails.
pub async fn find_preference(db: &mut impl Db, user: UserId, name: &str) -> Result<Option<String>, StoreError> {
    let row: Option<(String,)> =
        sqlx::query_as(db.sql("SELECT value FROM preferences WHERE user_id = $1 AND name = $2"))
            .bind(user.0)
            .bind(name)
            .fetch_optional(db.conn())
            .await?;
    Ok(row.map(|(value,)| value))
}

/// All of a user's preferences.
///
/// # Errors
/// When the database fails.
pub async fn list_preferences(db: &mut impl Db, user: UserId) -> Result<BTreeMap<String, String>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as(db.sql("SELECT name, value FROM preferences WHERE user_id = $1"))
        .bind(user.0)
        .fetch_all(db.conn())
        .await?;
    Ok(rows.into_iter().collect())
}

/// How many preferences a user has.
///
/// # Errors
/// When the database fails.
pub async fn count_preferences(db: &mut impl Db, user: UserId) -> Result<i64, StoreError> {
    let (count,): (i64,) = sqlx::query_as(db.sql("SELECT COUNT(*) FROM preferences WHERE user_id = $1"))
        .bind(user.0)
        .fetch_one(db.conn())
        .await?;
    Ok(count)
}
