//! A PostgreSQL database of its own for one test, or a whole server that the test may restart.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::process::{find_program, free_addr};

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

/// A PostgreSQL server of its own, to be restarted; ended when dropped.
#[derive(Debug)]
pub struct PostgresProcess {
    programs: PathBuf,
    dir: TempDir,
    port: u16,
}

impl PostgresProcess {
    /// Makes and starts a server that syncs as a real one does; `None` when there are no programs, and the test
    /// has nothing to test on.
    ///
    /// # Panics
    /// In continuous integration, where nothing may be skipped, when there are no programs.
    #[expect(clippy::disallowed_methods, reason = "tells where nothing may be skipped")]
    pub fn start() -> Option<Self> {
        let programs = find_programs();
        assert!(
            programs.is_some() || std::env::var_os("CI").is_none(),
            "there is no PostgreSQL server, so nothing was tested on one. Run scripts/setup test."
        );
        let server =
            Self { programs: programs?, dir: TempDir::with_prefix("vestnik-pg").unwrap(), port: free_addr().port() };
        if server.is_root() {
            server.done(Command::new("chown").arg("postgres").arg(server.dir.path()));
        }
        let data = server.data();
        server.done(
            server.program("initdb").args(["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]).args([
                "--no-sync",
                "-D",
                &data,
            ]),
        );
        server.control("start", "fast");
        Some(server)
    }

    /// The address of its one database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends it as a crash would and starts it again; it answers when this returns.
    pub fn crash_and_start(&self) {
        self.control("restart", "immediate");
    }

    fn control(&self, what: &str, mode: &str) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200",
            self.port
        );
        let (data, log) = (self.data(), self.dir.path().join("log").display().to_string());
        let mut command = self.program("pg_ctl");
        command.args([what, "-D", &data, "-l", &log, "-o", &options, "-m", mode, "-w", "-t", "60", "-s"]);
        self.done(&mut command);
    }

    fn data(&self) -> String {
        self.dir.path().join("data").display().to_string()
    }

    fn is_root(&self) -> bool {
        rustix::process::geteuid().is_root()
    }

    /// One of the server's programs; PostgreSQL refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if self.is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.dir.path()).stdin(Stdio::null());
        command
    }

    fn done(&self, command: &mut Command) {
        // The server keeps what it is given for its life: no pipes.
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success(), "{command:?}: {status}");
    }
}

impl Drop for PostgresProcess {
    fn drop(&mut self) {
        let data = self.data();
        let _ = self
            .program("pg_ctl")
            .args(["stop", "-D", &data, "-m", "immediate", "-s"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

/// Where the newest server programs are: Debian's places, then the PATH.
fn find_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|version| Some((version.file_name().to_str()?.parse::<u32>().ok()?, version.path().join("bin"))))
        .filter(|(_, programs)| programs.join("initdb").is_file())
        .max();
    newest.map(|(_, programs)| programs).or_else(|| find_program("initdb")?.parent().map(PathBuf::from))
}
