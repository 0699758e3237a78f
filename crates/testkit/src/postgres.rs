//! A PostgreSQL database of its own for one test.

use std::process::Command;

/// The variable that names a PostgreSQL server on which tests may make databases.
const SERVER: &str = "VESTNIK_TEST_PG";

/// A database that is dropped at the end.
#[derive(Debug)]
pub struct TempDatabase {
    server: String,
    name: String,
}

impl TempDatabase {
    /// Makes a database on the server of `VESTNIK_TEST_PG` (`postgres://user:password@host/db`);
    /// `None` when the variable is not set, and the test has nothing to test on.
    ///
    /// # Panics
    /// In continuous integration, where nothing may be skipped, when the variable is not set.
    #[expect(clippy::disallowed_methods, reason = "where the test database is, and a name no other run has")]
    pub fn create() -> Option<Self> {
        let server = std::env::var(SERVER).ok().filter(|url| !url.is_empty());
        assert!(
            server.is_some() || std::env::var_os("CI").is_none(),
            "{SERVER} is not set, so nothing was tested on PostgreSQL. Run the tests through scripts/with-postgres."
        );
        let server = server?;
        let name = format!("vestnik_{}", uuid::Uuid::new_v4().simple());
        let database = Self { server, name };
        database.run(&format!("CREATE DATABASE {}", database.name));
        Some(database)
    }

    /// The database's address.
    pub fn url(&self) -> String {
        let (base, query) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let after_scheme = base.find("://").map_or(0, |at| at + 3);
        let host_end = base[after_scheme..].find('/').map_or(base.len(), |at| after_scheme + at);
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        format!("{}/{}{query}", &base[..host_end], self.name)
    }

    /// Runs a statement in this database, by a connection of its own.
    pub fn execute(&self, sql: &str) {
        let done = Command::new("psql").args([&self.url(), "-qc", sql]).output().expect("psql is installed");
        assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs a statement beside this database.
    pub fn run(&self, sql: &str) {
        let done = Command::new("psql").args([&self.server, "-qc", sql]).output().expect("psql is installed");
        assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

impl Drop for TempDatabase {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.run(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        }
    }
}
