//! A PostgreSQL database of its own for one test, or a whole server that the test may restart.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;
use tokio::time::Instant;

use crate::SmallDisk;
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
    /// Where its data is, when that can be filled.
    disk: Option<SmallDisk>,
}

/// Connections that a server has to give.
const CONNECTIONS: u32 = 100;

/// Mebibytes of a disk that can be filled. Only what is used costs memory.
const DISK: u32 = 2_048;

/// Settings of every server that a test starts.
const OPTIONS: &str = "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c wal_keep_size=64MB";

impl PostgresProcess {
    /// Makes and starts a server that syncs as a real one does; `None` when there are no programs, and the test
    /// has nothing to test on.
    ///
    /// # Panics
    /// In continuous integration, where nothing may be skipped, when there are no programs.
    pub fn start() -> Option<Self> {
        Self::start_on(None, &[], "")
    }

    /// The same with files of this name and content in its data directory, and these lines in its configuration.
    ///
    /// # Panics
    /// As [`PostgresProcess::start`].
    pub fn start_with(files: &[(&str, &str)], lines: &str) -> Option<Self> {
        Self::start_on(None, files, lines)
    }

    /// The same on a disk of its own, where one can be mounted.
    ///
    /// # Panics
    /// As [`PostgresProcess::start`].
    pub fn start_on_small_disk() -> Option<Self> {
        Self::start_on(SmallDisk::mount(DISK), &[], "")
    }

    #[expect(clippy::disallowed_methods, reason = "tells where nothing may be skipped")]
    fn start_on(disk: Option<SmallDisk>, files: &[(&str, &str)], lines: &str) -> Option<Self> {
        let programs = find_programs();
        assert!(
            programs.is_some() || std::env::var_os("CI").is_none(),
            "there is no PostgreSQL server, so nothing was tested on one. Run scripts/setup test."
        );
        let server = Self::place(programs?, disk);
        let data = server.data();
        server.done(
            server.program("initdb").args(["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]).args([
                "--no-sync",
                "-D",
                &data,
            ]),
        );
        for (name, content) in files {
            let path = std::path::Path::new(&data).join(name);
            std::fs::write(&path, content).unwrap();
            // It wants its key to be its own, and readable by nobody else.
            server.done(Command::new("chmod").arg("600").arg(&path));
            if server.is_root() {
                server.done(Command::new("chown").arg("postgres").arg(&path));
            }
        }
        let mut settings = std::fs::OpenOptions::new();
        let mut settings = settings.append(true).open(std::path::Path::new(&data).join("postgresql.conf")).unwrap();
        std::io::Write::write_all(&mut settings, lines.as_bytes()).unwrap();
        server.control("start", "fast");
        Some(server)
    }

    fn place(programs: PathBuf, disk: Option<SmallDisk>) -> Self {
        let dir = TempDir::with_prefix("vestnik-pg").unwrap();
        let server = Self { programs, dir, port: free_addr().port(), disk };
        if server.is_root() {
            let disk = server.disk.iter().map(SmallDisk::path);
            for path in std::iter::once(server.dir.path()).chain(disk) {
                server.done(Command::new("chown").arg("postgres").arg(path));
            }
        }
        server
    }

    /// Makes and starts a replica of this server, on a disk of its own where one can be mounted. It follows as fast as
    /// it can, and this server does not wait for it.
    pub fn start_follower(&self) -> Self {
        let replica = Self::place(self.programs.clone(), self.disk.as_ref().and_then(|_| SmallDisk::mount(DISK)));
        let (port, data) = (self.port.to_string(), replica.data());
        let from = format!("host=127.0.0.1 port={port} user=postgres application_name=replica");
        replica.done(replica.program("pg_basebackup").args(["-d", &from, "-D", &data, "-R", "-X", "stream"]).args([
            "-c",
            "fast",
            "--no-sync",
        ]));
        replica.control("start", "fast");
        replica
    }

    /// The same, but from then on this server answers a COMMIT only when the replica has it too.
    pub async fn start_replica(&self) -> Self {
        let replica = self.start_follower();
        self.run("ALTER SYSTEM SET synchronous_standby_names = 'replica'");
        self.run("SELECT pg_reload_conf()");
        let begun = Instant::now();
        while self.run("SELECT sync_state FROM pg_stat_replication") != "sync" {
            assert!(begun.elapsed().as_secs() < 30, "the replica does not follow");
            // Nothing tells when it does.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        replica
    }

    /// Makes a replica a server of its own.
    pub fn promote(&self) {
        let data = self.data();
        self.done(self.program("pg_ctl").args(["promote", "-D", &data, "-w", "-t", "60", "-s"]));
    }

    /// The address of its one database.
    pub fn url(&self) -> String {
        self.url_at(self.addr())
    }

    /// The address of its one database, through another one that leads to it.
    pub fn url_at(&self, addr: SocketAddr) -> String {
        format!("postgres://postgres@{addr}/postgres")
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Runs a statement by a connection of its own; what it answers, without ornaments.
    pub fn run(&self, sql: &str) -> String {
        let done = Command::new("psql").args([&self.url(), "-qAtc", sql]).output().expect("psql is installed");
        assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    /// Ends it as a crash would.
    pub fn crash(&self) {
        self.control("stop", "immediate");
    }

    /// Ends it as a crash would and starts it again; it answers when this returns.
    pub fn crash_and_start(&self) {
        self.control("restart", "immediate");
    }

    /// Starts it when it does not run (any more); it answers when this returns.
    pub fn start_if_down(&self) {
        let data = self.data();
        let mut command = self.program("pg_ctl");
        let up = command.args(["status", "-D", &data]).stdout(Stdio::null()).status().unwrap();
        if !up.success() {
            self.control("start", "fast");
        }
    }

    /// Its disk, when it may be filled.
    pub fn disk(&self) -> Option<&SmallDisk> {
        self.disk.as_ref()
    }

    /// Takes every connection there is, also those that others have now. They are given back when this is dropped.
    pub fn take_all_connections(&self) -> TakenConnections {
        // At least one, which ends the others'; superusers have all there are.
        let mut taken = TakenConnections(Session::open(self.addr()).into_iter().collect());
        const OTHERS: &str =
            "FROM pg_stat_activity WHERE application_name <> 'taker' AND backend_type = 'client backend'";
        loop {
            while let Some(session) = Session::open(self.addr()) {
                taken.0.push(session);
            }
            let first = taken.0.first_mut().expect("a connection is to be had");
            if first.ask(&format!("SELECT COUNT(*) {OTHERS}")) == "0" {
                break;
            }
            first.ask(&format!("SELECT pg_terminate_backend(pid) {OTHERS}"));
        }
        taken
    }

    fn control(&self, what: &str, mode: &str) {
        let options = format!("-p {} -c max_connections={CONNECTIONS} {OPTIONS}", self.port);
        let (data, log) = (self.data(), self.dir.path().join("log").display().to_string());
        let mut command = self.program("pg_ctl");
        command.args([what, "-D", &data, "-l", &log, "-o", &options, "-m", mode, "-w", "-t", "60", "-s"]);
        self.done(&mut command);
    }

    fn data(&self) -> String {
        let place = self.disk.as_ref().map_or(self.dir.path(), SmallDisk::path);
        place.join("data").display().to_string()
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

/// Connections that nobody else can have; given back when dropped.
#[derive(Debug)]
pub struct TakenConnections(Vec<Session>);

/// A session that speaks the protocol just well enough to be one.
#[derive(Debug)]
struct Session(TcpStream);

impl Session {
    /// `None` when the server has none to give.
    fn open(addr: SocketAddr) -> Option<Self> {
        let mut session = Self(TcpStream::connect(addr).ok()?);
        let words = b"user\0postgres\0database\0postgres\0application_name\0taker\0\0";
        let length = u32::try_from(8 + words.len()).unwrap();
        let hello = [&length.to_be_bytes()[..], &196_608u32.to_be_bytes(), words].concat();
        session.0.write_all(&hello).ok()?;
        session.until_ready().map(|_| session)
    }

    /// The first value of the answer; `None` after an error.
    fn until_ready(&mut self) -> Option<String> {
        let mut value = String::new();
        loop {
            let mut head = [0; 5];
            self.0.read_exact(&mut head).ok()?;
            let length = u32::from_be_bytes(head[1..].try_into().unwrap()) as usize;
            let mut body = vec![0; length - 4];
            self.0.read_exact(&mut body).ok()?;
            match head[0] {
                b'E' => return None,
                b'Z' => return Some(value),
                // Columns, and the length of the first.
                b'D' => value = String::from_utf8_lossy(&body[6..]).into_owned(),
                _ => {}
            }
        }
    }

    fn ask(&mut self, sql: &str) -> String {
        let length = u32::try_from(5 + sql.len()).unwrap();
        self.0.write_all(&[b"Q", &length.to_be_bytes()[..], sql.as_bytes(), b"\0"].concat()).unwrap();
        self.until_ready().unwrap()
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
