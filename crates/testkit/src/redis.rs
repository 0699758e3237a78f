//! A Redis (or Valkey) server of its own, to be stopped, paused and started again.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::process::{find_program, free_addr, signal};

/// Longest a test waits for it to answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// The programs that will do.
const PROGRAMS: [&str; 2] = ["redis-server", "valkey-server"];

/// A Redis server that keeps nothing; killed when dropped.
#[derive(Debug)]
pub struct RedisProcess {
    program: PathBuf,
    addr: SocketAddr,
    child: Option<Child>,
    /// Arguments besides the usual.
    more: Vec<String>,
    scheme: &'static str,
    /// Where it works, and what it needs there.
    dir: TempDir,
}

impl RedisProcess {
    /// Starts a server on a free port; `None` when there is no program, and the test has nothing to test with.
    ///
    /// # Panics
    /// In continuous integration, where nothing may be skipped, when there is no program.
    pub async fn start() -> Option<Self> {
        let mut server = Self::place(free_addr())?;
        server.launch().await;
        Some(server)
    }

    /// The same with TLS, and the certificate of the authority that vouches for it.
    ///
    /// # Panics
    /// As [`RedisProcess::start`].
    pub async fn start_with_tls() -> Option<(Self, PathBuf)> {
        let mut server = Self::place(free_addr())?;
        let (cert, key) = (server.dir.path().join("cert.pem"), server.dir.path().join("key.pem"));
        let (ca, ca_key) = (server.dir.path().join("ca.pem"), server.dir.path().join("ca-key.pem"));
        let make = |subject: &str, cert: &PathBuf, key: &PathBuf, more: &[&str]| {
            let mut openssl = Command::new("openssl");
            openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
            openssl.args(["-days", "2", "-subj", subject, "-out"]).arg(cert).arg("-keyout").arg(key).args(more);
            let made = openssl.current_dir(server.dir.path()).output().expect("openssl is installed");
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        };
        make("/CN=authority", &ca, &ca_key, &[]);
        let by_ca = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-addext", "subjectAltName=IP:127.0.0.1"];
        make("/CN=bus", &cert, &key, &[&by_ca[..], &["-addext", "basicConstraints=critical,CA:FALSE"]].concat());
        server.scheme = "rediss";
        let path = |path: &PathBuf| path.display().to_string();
        let port = server.addr.port().to_string();
        server.more = ["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no"].map(str::to_owned).into();
        server.more.extend(["--tls-cert-file".to_owned(), path(&cert), "--tls-key-file".to_owned(), path(&key)]);
        server.launch().await;
        Some((server, ca))
    }

    /// A Redis Cluster of three servers.
    ///
    /// # Panics
    /// As [`RedisProcess::start`], and when it does not come together.
    pub async fn start_cluster() -> Option<Vec<Self>> {
        let mut servers = Vec::new();
        for _ in 0..3 {
            let mut server = Self::place(free_addr())?;
            server.more = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"].map(str::to_owned).into();
            server.launch().await;
            servers.push(server);
        }
        let addrs: Vec<String> = servers.iter().map(|server| server.addr.to_string()).collect();
        let words =
            ["--cluster", "create"].into_iter().chain(addrs.iter().map(String::as_str)).chain(["--cluster-yes"]);
        let created = servers[0].ask(&words.collect::<Vec<_>>());
        let begun = Instant::now();
        for server in &servers {
            while !server.ask(&["cluster", "info"]).contains("cluster_state:ok") {
                assert!(begun.elapsed() < PATIENCE, "the cluster does not come together: {created}");
                // Nothing tells when it has.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Some(servers)
    }

    /// How many messages were published here to shards.
    pub fn sharded_publishes(&self) -> u64 {
        let stats = self.ask(&["info", "commandstats"]);
        let line = stats.lines().find_map(|line| line.strip_prefix("cmdstat_spublish:calls="));
        line.and_then(|line| line.split(',').next()?.parse().ok()).unwrap_or_default()
    }

    /// Moves a slot of a cluster to another of its servers.
    pub fn move_slot(servers: &[Self], slot: u16) {
        let slot = slot.to_string();
        let ids: Vec<String> = servers.iter().map(|server| server.ask(&["cluster", "myid"])).collect();
        let owner = servers.iter().position(|server| server.owns(&slot)).unwrap();
        let next = (owner + 1) % servers.len();
        for server in servers {
            server.ask(&["cluster", "setslot", &slot, "node", &ids[next]]);
        }
    }

    fn owns(&self, slot: &str) -> bool {
        let slot: u16 = slot.parse().unwrap();
        let own = self.ask(&["cluster", "nodes"]);
        let mine = own.lines().find(|line| line.contains("myself")).unwrap_or_default().to_owned();
        mine.split(' ').skip(8).any(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let bounds = (first.parse::<u16>(), last.parse::<u16>());
            matches!(bounds, (Ok(first), Ok(last)) if (first..=last).contains(&slot))
        })
    }

    /// Asks the server by its own client.
    fn ask(&self, words: &[&str]) -> String {
        let client =
            ["redis-cli", "valkey-cli"].iter().find_map(|name| find_program(name)).expect("there is redis-cli");
        let port = self.addr.port().to_string();
        let done = Command::new(client).args(["-p", &port]).args(words).output().unwrap();
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }

    #[expect(clippy::disallowed_methods, reason = "tells where nothing may be skipped")]
    fn place(addr: SocketAddr) -> Option<Self> {
        let program = PROGRAMS.iter().find_map(|name| find_program(name));
        assert!(
            program.is_some() || std::env::var_os("CI").is_none(),
            "there is no redis-server or valkey-server, so nothing was tested with one. Run scripts/setup test."
        );
        let (program, dir) = (program?, TempDir::with_prefix("vestnik-redis").unwrap());
        Some(Self { program, addr, child: None, more: Vec::new(), scheme: "redis", dir })
    }

    /// The server's address.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.addr)
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Starts the stopped server again, on its port, and waits until it answers.
    pub async fn launch(&mut self) {
        let port = self.addr.port().to_string();
        let arguments = ["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no"];
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .args(&self.more)
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.child = Some(command.spawn().unwrap());
        let begun = Instant::now();
        while TcpStream::connect(self.addr).is_err() {
            assert!(begun.elapsed() < PATIENCE, "redis does not listen in time");
            // A program tells nothing when it becomes ready; asking again is all there is.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends the server at once.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Stops the server in its tracks: connections stay, and nothing answers.
    pub fn pause(&self) {
        self.child.iter().for_each(|child| signal(child, Signal::STOP));
    }

    /// Lets the paused server go on.
    pub fn go_on(&self) {
        self.child.iter().for_each(|child| signal(child, Signal::CONT));
    }
}

impl Drop for RedisProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The Redis server on which tests may publish, from `VESTNIK_TEST_REDIS`; `None` when the variable is not set.
///
/// # Panics
/// In continuous integration, where nothing may be skipped, when the variable is not set.
#[expect(clippy::disallowed_methods, reason = "where the test server is")]
pub fn test_redis() -> Option<String> {
    const SERVER: &str = "VESTNIK_TEST_REDIS";
    let server = std::env::var(SERVER).ok().filter(|url| !url.is_empty());
    assert!(
        server.is_some() || std::env::var_os("CI").is_none(),
        "{SERVER} is not set, so nothing was tested on Redis. Run the tests through scripts/with-redis."
    );
    server
}
