//! How far a move is, as both databases say it in the table `moving`.

use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use crate::{Engine, StoreError};

/// In every database, so that it can be asked for.
pub(crate) const CREATE: &str =
    "CREATE TABLE IF NOT EXISTS moving (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)";
/// What the triggers of a server that was moved answer to every write.
pub(crate) const MOVED_SIGN: &str = "vestnik: this server has been moved";

/// The name of a source's mark.
pub(super) const SOURCE: &str = "source";
/// The name of a target's mark.
pub(super) const TARGET: &str = "target";

/// How far a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SourceState {
    /// It is in service, and its changes are written down.
    Copying,
    /// It is out of service.
    Moved,
}

/// What a source says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SourceMark {
    pub(super) id: String,
    /// Where to, without the password.
    pub(super) to: String,
    pub(super) state: SourceState,
    pub(super) schema: i64,
}

/// How far a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TargetState {
    /// Something is missing.
    Copying,
    /// It is equal to the source, which may still be in service.
    Verified,
    /// It is in service.
    Finished,
    /// The source was taken back.
    Abandoned,
}

/// What a target says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TargetMark {
    pub(super) id: String,
    pub(super) state: TargetState,
}

/// Refuses a database that must not be in service.
pub(crate) async fn check(conn: &mut AnyConnection, engine: Engine) -> Result<(), StoreError> {
    let name = if engine == Engine::Sqlite { SOURCE } else { TARGET };
    let row: Option<(String,)> =
        sqlx::query_as("SELECT value FROM moving WHERE name = $1").bind(name).fetch_optional(conn).await?;
    let Some((text,)) = row else { return Ok(()) };
    let unreadable = |_| StoreError::Migration("The mark of a move in this database cannot be read.".to_owned());
    match engine {
        Engine::Sqlite => {
            let mark: SourceMark = serde_json::from_str(&text).map_err(unreadable)?;
            if mark.state == SourceState::Moved { Err(StoreError::Moved { to: mark.to }) } else { Ok(()) }
        }
        Engine::Postgres => {
            let mark: TargetMark = serde_json::from_str(&text).map_err(unreadable)?;
            if mark.state == TargetState::Finished { Ok(()) } else { Err(StoreError::HalfMoved) }
        }
    }
}
