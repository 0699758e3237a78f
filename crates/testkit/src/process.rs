//! The server as a program, to be killed and started again.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rand::RngExt as _;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::Rest;

/// Longest a test waits for the program.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it looks.
const GLANCE: Duration = Duration::from_millis(10);

/// A running `vestnik serve`; killed when dropped.
#[derive(Debug)]
pub struct ServerProcess {
    binary: PathBuf,
    data_dir: PathBuf,
    env: Vec<(String, String)>,
    /// Where the HTTP door listens.
    pub http_addr: SocketAddr,
    /// Where the TCP door listens.
    pub tcp_addr: SocketAddr,
    child: Option<Child>,
    output: TempDir,
    /// How much had been printed before the last start. Bytes.
    printed_before: usize,
    rest: Rest,
}

/// A port that was free just now. Not one of those the system gives to outgoing connections: a
/// client that tries to come back could be given the very port the server is to listen on again.
pub(crate) fn free_addr() -> SocketAddr {
    let mut rng = rand::rng();
    loop {
        let addr = SocketAddr::from(([127, 0, 0, 1], rng.random_range(10_000..32_000)));
        if TcpListener::bind(addr).is_ok() {
            return addr;
        }
    }
}

/// Where a program of this name is.
#[expect(clippy::disallowed_methods, reason = "the PATH")]
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}

/// The library that lies about the time, in Debian's directory of this machine's libraries.
const FAKE_TIME: &str = "faketime/libfaketimeMT.so.1";

/// What a program's environment needs so that its wall clock is off by what stands in this file (`+3600` seconds, say)
/// at most a second after it is written; `None`, with the reason printed, where that cannot be done.
///
/// # Panics
/// In continuous integration, where nothing may be skipped, when it cannot be done.
#[expect(clippy::disallowed_methods, reason = "tells where nothing may be skipped")]
pub fn fake_time(clock: &Path) -> Option<[(&'static str, String); 4]> {
    let dirs = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let Some(library) = dirs.map(|dir| dir.path().join(FAKE_TIME)).find(|library| library.exists()) else {
        assert!(std::env::var_os("CI").is_none(), "there is no faketime, so no clock jumped. Run scripts/setup test.");
        eprintln!("skipped, there is no {FAKE_TIME} (Debian's faketime)");
        return None;
    };
    fs::write(clock, "+0").unwrap();
    Some([
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", clock.display().to_string()),
        ("FAKETIME_CACHE_DURATION", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ])
}

/// Sends a signal to a process.
pub(crate) fn signal(child: &Child, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_child(child), signal).unwrap();
}

impl ServerProcess {
    /// A program that has not been started yet, with free ports.
    pub fn new(binary: &Path, data_dir: &Path, env: &[(&str, &str)]) -> Self {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let http_addr = free_addr();
        Self {
            binary: binary.to_owned(),
            data_dir: data_dir.to_owned(),
            env,
            http_addr,
            tcp_addr: free_addr(),
            child: None,
            output: tempfile::tempdir().unwrap(),
            printed_before: 0,
            rest: Rest::new(http_addr),
        }
    }

    /// Starts the program on free ports and waits until it is ready.
    pub async fn start(binary: &Path, data_dir: &Path, env: &[(&str, &str)]) -> Self {
        let mut process = Self::new(binary, data_dir, env);
        process.launch();
        process.ready().await;
        process
    }

    /// Starts the program and does not wait for it.
    pub fn launch(&mut self) {
        self.printed_before = self.printed().len();
        let output = |name| File::options().create(true).append(true).open(self.output.path().join(name)).unwrap();
        let child = self
            .command()
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(output("stdout"))
            .stderr(output("stderr"))
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    /// The program with the settings of this server, for another subcommand.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .env("VESTNIK_DATA_DIR", &self.data_dir)
            .env("VESTNIK_HTTP__BIND", self.http_addr.to_string())
            .env("VESTNIK_TCP__BIND", self.tcp_addr.to_string())
            .env("VESTNIK_METRICS__ENABLED", "false")
            .envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Waits until the program says that it is ready.
    pub async fn ready(&mut self) {
        let begun = Instant::now();
        loop {
            if self.rest.try_call("GET", "/api/health/ready", None, None).await.is_ok_and(|(status, _)| status == 200) {
                return;
            }
            if let Some(status) = self.try_ended() {
                panic!("the server ended while starting: {status}\n{}", self.log());
            }
            assert!(begun.elapsed() < PATIENCE, "the server is not ready in time\n{}", self.log());
            // A program tells nothing when it becomes ready; asking again is all there is.
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// The process's number.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Its REST door.
    pub fn rest(&self) -> &Rest {
        &self.rest
    }

    fn printed(&self) -> String {
        fs::read_to_string(self.output.path().join("stdout")).unwrap_or_default()
    }

    /// What it has said to people since the last start; waits until it has said something.
    pub async fn banner(&self) -> String {
        let begun = Instant::now();
        loop {
            // Written at once, and so read whole.
            let banner = self.printed().split_off(self.printed_before);
            if !banner.is_empty() {
                return banner;
            }
            assert!(begun.elapsed() < PATIENCE, "nothing is printed\n{}", self.log());
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// What it has written to standard error, over all starts.
    pub fn log(&self) -> String {
        fs::read_to_string(self.output.path().join("stderr")).unwrap_or_default()
    }

    /// Ends the program as a power cut would: SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Asks the program to stop (SIGTERM) and does not wait for it.
    pub fn ask_to_stop(&self) {
        self.child.iter().for_each(|child| signal(child, rustix::process::Signal::TERM));
    }

    /// Stops the program in its tracks (SIGSTOP).
    pub fn pause(&self) {
        self.child.iter().for_each(|child| signal(child, rustix::process::Signal::STOP));
    }

    /// Lets the paused program go on.
    pub fn go_on(&self) {
        self.child.iter().for_each(|child| signal(child, rustix::process::Signal::CONT));
    }

    fn try_ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut().and_then(|child| child.try_wait().unwrap())
    }

    /// Waits until the program has ended by itself; `None` when it has not within this time.
    pub async fn ended(&mut self, within: Duration) -> Option<ExitStatus> {
        let begun = Instant::now();
        while begun.elapsed() < within {
            if let Some(status) = self.try_ended() {
                self.child = None;
                return Some(status);
            }
            tokio::time::sleep(GLANCE).await;
        }
        None
    }

    /// Asks the program to stop (SIGTERM) and waits for it; whether it ended well.
    pub fn terminate(&mut self) -> bool {
        self.ask_to_stop();
        self.child.take().is_none_or(|mut child| child.wait().unwrap().success())
    }

    /// Starts the program again, on the same ports and data.
    pub async fn restart(&mut self) {
        self.kill();
        self.launch();
        self.ready().await;
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().collect();
            let tail = &lines[lines.len().saturating_sub(30)..];
            eprintln!("the end of the server's log:\n{}", tail.join("\n"));
        }
    }
}
