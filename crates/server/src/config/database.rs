//! Connections to the database.

use super::section::section;

section! {
    /// Connections to the database.
    Database = "database" {
        /// Connections for reading.
        max_readers: u32 = 8,
        /// Writers side by side (PostgreSQL; SQLite always has one).
        lanes: u32 = 4,
    }
}
