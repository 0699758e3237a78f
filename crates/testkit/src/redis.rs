//! A Redis (or Valkey) server of its own, to be stopped, paused and started again.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;
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
}

impl RedisProcess {
    /// Starts a server on a free port; `None` when there is no program, and the test has nothing to test with.
    ///
    /// # Panics
    /// In continuous integration, where nothing may be skipped, when there is no program.
    #[expect(clippy::disallowed_methods, reason = "tells where nothing may be skipped")]
    pub async fn start() -> Option<Self> {
        let program = PROGRAMS.iter().find_map(|name| find_program(name));
        assert!(
            program.is_some() || std::env::var_os("CI").is_none(),
            "there is no redis-server or valkey-server, so nothing was tested with one. Run scripts/setup test."
        );
        let mut server = Self { program: program?, addr: free_addr(), child: None };
        server.launch().await;
        Some(server)
    }

    /// The server's address.
    pub fn url(&self) -> String {
        format!("redis://{}", self.addr)
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
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
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
