//! The server as a program, to be killed and started again.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest a test waits for the program.
const PATIENCE: Duration = Duration::from_secs(30);

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
}

/// A port that was free just now.
fn free_addr() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

impl ServerProcess {
    /// Starts the program on free ports and waits until it is ready.
    pub async fn start(binary: &Path, data_dir: &Path, env: &[(&str, &str)]) -> Self {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut process = Self {
            binary: binary.to_owned(),
            data_dir: data_dir.to_owned(),
            env,
            http_addr: free_addr(),
            tcp_addr: free_addr(),
            child: None,
        };
        process.spawn().await;
        process
    }

    async fn spawn(&mut self) {
        let child = Command::new(&self.binary)
            .arg("serve")
            .env("VESTNIK_DATA_DIR", &self.data_dir)
            .env("VESTNIK_HTTP__BIND", self.http_addr.to_string())
            .env("VESTNIK_TCP__BIND", self.tcp_addr.to_string())
            .env("VESTNIK_METRICS__ENABLED", "false")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        self.child = Some(child);
        let begun = Instant::now();
        let ready = format!("http://{}/api/health/ready", self.http_addr);
        let client = reqwest::Client::new();
        loop {
            if client.get(&ready).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().unwrap()) {
                panic!("the server ended while starting: {status}");
            }
            assert!(begun.elapsed() < PATIENCE, "the server is not ready in time");
            // A program tells nothing when it becomes ready; asking again is all there is.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The process's number.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Ends the program as a power cut would: SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Asks the program to stop (SIGTERM) and waits for it; whether it ended well.
    pub fn terminate(&mut self) -> bool {
        let Some(mut child) = self.child.take() else { return true };
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        child.wait().unwrap().success()
    }

    /// Starts the program again, on the same ports and data.
    pub async fn restart(&mut self) {
        self.kill();
        self.spawn().await;
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
