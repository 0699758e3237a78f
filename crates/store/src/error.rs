//! What can go wrong in the store.

use crate::moving::MOVED_SIGN;

/// A failure of the store. "Not there" is `Ok(None)`, never an error.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot take or give this now: disk full, read-only, connection lost, closing.
    /// Nothing was changed.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A row that must be unique is there already.
    #[error("the row is there already")]
    Exists,
    /// What the write is about went away in the meantime.
    #[error("the row is not there any more")]
    Gone,
    /// The `client_id` was used for something else.
    #[error("the client_id was used for another request")]
    ClientIdReused,
    /// The data directory or database belongs to another version, or a migration failed.
    #[error("{0}")]
    Migration(String),
    /// The server was moved from this database to another; nothing may be written here any more.
    #[error(
        "This server has been moved to {to} and must not run from here any more. Set VESTNIK_DATABASE_URL to where it \
         is now. To take it back as it was at the switch: vestnik migrate --abandon [code: moved]"
    )]
    Moved {
        /// Where to, without the password.
        to: String,
    },
    /// A server is being moved to this database, which is not whole yet.
    #[error(
        "A server is being moved to this database and is not whole yet, so nothing may run from it. Go on with \
         `vestnik migrate --to` where the old server is, or drop this database. [code: migration_in_progress]"
    )]
    HalfMoved,
    /// A statement or its data is wrong: a fault of the program.
    #[error("the store failed: {0}")]
    Internal(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(inner) if inner.is_unique_violation() => Self::Exists,
            // The old server, until it notices.
            sqlx::Error::Database(inner) if inner.message().contains(MOVED_SIGN) => {
                Self::Unavailable("this server has been moved".to_owned())
            }
            sqlx::Error::Database(inner) if is_outage(inner.code().as_deref(), inner.message()) => {
                Self::Unavailable(error.to_string())
            }
            // A server that ends in the middle of a greeting, or whatever else stands at its address, makes no sense.
            sqlx::Error::Io(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Tls(_)
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error.to_string()),
            _ => Self::Internal(error.to_string()),
        }
    }
}

/// Whether a database's complaint is about its surroundings rather than about the statement.
fn is_outage(code: Option<&str>, message: &str) -> bool {
    let sqlite = |code: &str| {
        // Primary result codes, in the low byte: BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN.
        // PostgreSQL's codes can be all digits too, but have five of them.
        code.len() < 5 && code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 11 | 13 | 14))
    };
    let postgres = |code: &str| {
        // Classes: connection, resources, operator intervention, system; also serialisation, deadlock, a read-only
        // server, a transaction ended for being idle, and a lock not to be had in time.
        code.len() == 5
            && (["08", "53", "57", "58"].contains(&&code[..2])
                || ["40001", "40P01", "25006", "25P03", "55P03"].contains(&code))
    };
    code.is_some_and(|code| sqlite(code) || postgres(code))
        || message.contains("disk is full")
        || message.contains("readonly database")
        || message.contains("disk I/O error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outages_are_told_from_faults() {
        for (code, expected) in [
            ("5", true),      // BUSY
            ("13", true),     // FULL
            ("778", true),    // IOERR_WRITE
            ("1032", true),   // READONLY_DBMOVED
            ("1", false),     // ERROR
            ("2067", false),  // CONSTRAINT_UNIQUE
            ("57P01", true),  // the server ends the connection
            ("53100", true),  // its disk is full
            ("53300", true),  // too many connections
            ("57014", true),  // a statement took too long
            ("40P01", true),  // a deadlock
            ("25P03", true),  // idle for too long in a transaction
            ("25006", true),  // read-only
            ("55P03", true),  // a lock not to be had in time
            ("25P02", false), // a failed statement was passed over
            ("42601", false), // a wrong statement
            ("22021", false), // a text with U+0000; this number has BUSY in its low byte
        ] {
            assert_eq!(is_outage(Some(code), ""), expected, "{code}");
        }
        assert!(is_outage(None, "database or disk is full"));
        assert!(!is_outage(None, "syntax error"));
    }

    #[test]
    fn connections_that_break_are_outages() {
        let broken = sqlx::Error::Io(std::io::Error::other("reset"));
        assert!(matches!(StoreError::from(broken), StoreError::Unavailable(_)));
        let nonsense = sqlx::Error::Protocol("unexpected response from SSLRequest: 0x00".to_owned());
        assert!(matches!(StoreError::from(nonsense), StoreError::Unavailable(_)));
        assert!(matches!(StoreError::from(sqlx::Error::PoolTimedOut), StoreError::Unavailable(_)));
        assert!(matches!(StoreError::from(sqlx::Error::RowNotFound), StoreError::Internal(_)));
    }
}
