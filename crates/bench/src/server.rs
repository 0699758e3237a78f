//! Starts, kills and stops the server that is measured.

use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::{Child, Command},
    time::{Instant, timeout},
};

use crate::{
    conn::{Connection, Door},
    error::{Doing, Error, Result},
};

/// Seconds a server may take until it is ready.
const READY_SECS: u64 = 60;
/// Seconds a server may take to stop when asked to.
const STOP_SECS: u64 = 20;
/// How often readiness is asked for while a server starts.
const READY_INTERVAL: Duration = Duration::from_millis(2);

/// The settings under which the server is measured. Everything that is not its default is here:
/// no limits for the one generator that plays everybody, and a cheap password hash, because the
/// accounts of a run are made by the thousand and no scenario is about that.
const SETTINGS: &[(&str, &str)] = &[
    ("VESTNIK_MESSAGES__PER_SECOND", "0"),
    ("VESTNIK_MESSAGES__COMMANDS_PER_SECOND", "0"),
    ("VESTNIK_ACCOUNTS__SIGN_INS_PER_MINUTE", "0"),
    ("VESTNIK_ACCOUNTS__PASSWORD_MEMORY_KIB", "64"),
    ("VESTNIK_ACCOUNTS__PASSWORD_PASSES", "1"),
    ("VESTNIK_REGISTRATION", "open"),
];

/// What to start.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The `vestnik` binary.
    pub binary: PathBuf,
    /// `VESTNIK_DATABASE_URL`; absent for SQLite in the data directory.
    pub database: Option<String>,
    /// Where data directories are made.
    pub work_dir: PathBuf,
    /// More environment for the server, as `NAME=value`.
    pub environment: Vec<(String, String)>,
}

/// Where the server's doors are.
#[derive(Clone, Debug)]
pub struct Target {
    /// HTTP and WebSocket.
    pub http: SocketAddr,
    /// TCP.
    pub tcp: SocketAddr,
    /// Which of them the scenario's connections take.
    pub door: Door,
    /// The server's process, to measure it.
    pub pid: Option<u32>,
}

impl Target {
    /// Connects to the chosen door.
    ///
    /// # Errors
    /// When that fails.
    pub async fn connect(&self) -> Result<Connection> {
        self.connect_with(None).await
    }

    /// Connects to the chosen door with a receive buffer of this many bytes.
    ///
    /// # Errors
    /// When that fails.
    pub async fn connect_with(&self, receive_buffer: Option<u32>) -> Result<Connection> {
        match self.door {
            Door::Tcp => Connection::tcp(self.tcp, receive_buffer).await,
            Door::Ws => Connection::ws(self.http, receive_buffer).await,
        }
    }

    /// Refuses addresses beyond this machine: a load generator is not to be aimed at others.
    ///
    /// # Errors
    /// When an address is not loopback.
    pub fn check_loopback(&self) -> Result<()> {
        for address in [self.http, self.tcp] {
            if !address.ip().is_loopback() {
                return Err(Error::Setup(format!(
                    "{address} is not on this machine. The generator only loads loopback addresses."
                )));
            }
        }
        Ok(())
    }
}

/// A server started by the generator. Dropping it kills it.
#[derive(Debug)]
pub struct Server {
    launch: Launch,
    child: Option<Child>,
    target: Target,
    directory: TempDir,
    /// From starting the program to its saying that it is ready, seconds.
    pub ready_after: f64,
}

impl Server {
    /// Starts one with a data directory of its own and waits until it is ready.
    ///
    /// # Errors
    /// When it does not come up; the end of its log is in the message.
    pub async fn start(launch: &Launch, door: Door) -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("vestnik-bench-")
            .tempdir_in(&launch.work_dir)
            .doing("making a data directory")?;
        let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let target = Target { http: nowhere, tcp: nowhere, door, pid: None };
        let mut server = Self { launch: launch.clone(), child: None, target, directory, ready_after: 0.0 };
        server.restart().await?;
        Ok(server)
    }

    /// Its doors.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Starts it again on the same data directory, on new ports.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn restart(&mut self) -> Result<()> {
        let [http, tcp, metrics] = free_ports()?;
        let log = File::create(self.log_path()).doing("making the server's log")?;
        let mut command = Command::new(&self.launch.binary);
        command
            .arg("serve")
            .env("VESTNIK_DATA_DIR", self.directory.path().join("data"))
            .env("VESTNIK_HTTP__BIND", http.to_string())
            .env("VESTNIK_TCP__BIND", tcp.to_string())
            .env("VESTNIK_METRICS__BIND", metrics.to_string())
            .envs(SETTINGS.iter().copied())
            .envs(self.launch.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().doing("sharing the server's log")?)
            .stderr(log)
            .kill_on_drop(true);
        match &self.launch.database {
            Some(url) => command.env("VESTNIK_DATABASE_URL", url),
            None => command.env_remove("VESTNIK_DATABASE_URL"),
        };
        let start = Instant::now();
        let mut child = command.spawn().doing(&format!("starting {}", self.launch.binary.display()))?;
        self.target = Target { http, tcp, door: self.target.door, pid: child.id() };
        while !ready(http).await {
            if let Some(status) = child.try_wait().doing("watching the server")? {
                return Err(Error::Setup(format!("the server ended with {status}:\n{}", self.log_end())));
            }
            if start.elapsed() > Duration::from_secs(READY_SECS) {
                return Err(Error::Timeout {
                    doing: format!("starting the server\n{}", self.log_end()),
                    seconds: READY_SECS,
                });
            }
            // Readiness is only told when asked for.
            tokio::time::sleep(READY_INTERVAL).await;
        }
        self.ready_after = start.elapsed().as_secs_f64();
        self.child = Some(child);
        Ok(())
    }

    /// Kills it as a crash would: SIGKILL, nothing is flushed.
    ///
    /// # Errors
    /// When it is not running.
    pub async fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill().await.doing("killing the server")?;
        }
        Ok(())
    }

    /// Asks it to stop and waits for its end. Seconds that took.
    ///
    /// # Errors
    /// When it does not stop in time; it is killed then.
    pub async fn stop(&mut self) -> Result<f64> {
        let Some(mut child) = self.child.take() else { return Ok(0.0) };
        let start = Instant::now();
        if let Some(pid) = child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(rustix::process::Pid::from_raw) {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM)
                .map_err(std::io::Error::from)
                .doing("asking the server to stop")?;
        }
        match timeout(Duration::from_secs(STOP_SECS), child.wait()).await {
            Ok(status) => status.doing("waiting for the server's end").map(|_| start.elapsed().as_secs_f64()),
            Err(_) => {
                child.kill().await.doing("killing the server")?;
                Err(Error::Timeout { doing: "stopping the server".to_owned(), seconds: STOP_SECS })
            }
        }
    }

    /// The database of a server on SQLite.
    pub fn sqlite_file(&self) -> PathBuf {
        self.directory.path().join("data").join("vestnik.db")
    }

    fn log_path(&self) -> PathBuf {
        self.directory.path().join("server.log")
    }

    /// The end of what the server logged.
    pub fn log_end(&self) -> String {
        last_lines(&self.log_path(), 20)
    }
}

/// The last lines of a log.
pub fn last_lines(path: &Path, count: usize) -> String {
    let text = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text[text.len().saturating_sub(8 << 10)..]);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Three different ports nobody listens on now. Another program may take one before the server
/// does; the start then fails and says so.
fn free_ports() -> Result<[SocketAddr; 3]> {
    let listeners = [(); 3].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    let mut addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); 3];
    for (address, listener) in addresses.iter_mut().zip(listeners) {
        *address = listener.and_then(|listener| listener.local_addr()).doing("finding a free port")?;
    }
    Ok(addresses)
}

/// Whether the server says that it is ready.
async fn ready(http: SocketAddr) -> bool {
    let ask = async {
        let mut stream = TcpStream::connect(http).await?;
        let request = format!("GET /api/health/ready HTTP/1.1\r\nHost: {http}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut status = [0; 12];
        stream.read_exact(&mut status).await?;
        std::io::Result::Ok(status.ends_with(b" 200"))
    };
    matches!(timeout(Duration::from_secs(1), ask).await, Ok(Ok(true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_loaded() {
        let target = |text: &str| {
            let address = text.parse().unwrap();
            Target { http: address, tcp: address, door: Door::Tcp, pid: None }
        };
        assert!(target("127.0.0.1:1").check_loopback().is_ok());
        assert!(target("192.0.2.1:1").check_loopback().is_err());
        assert!(target("0.0.0.0:1").check_loopback().is_err());
    }

    #[test]
    fn ports_differ() {
        let ports = free_ports().unwrap();
        assert!(ports[0] != ports[1] && ports[1] != ports[2] && ports[0] != ports[2]);
    }
}
