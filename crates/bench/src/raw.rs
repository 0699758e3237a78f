//! The raw reference: a fan-out server that does nothing but copy lines to everybody. No
//! accounts, no checks, no storage. What it costs is what sockets cost.

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    sync::mpsc,
};

use crate::{
    conn::{Connection, within},
    error::{Doing, Error, Result},
};

/// Lines a connection may have waiting; beyond it, it is cut.
const OUTBOX: usize = 4_096;
/// Lines written at once.
const WRITE_MAX: usize = 256;
/// Bytes read at once.
const READ: usize = 16 << 10;
/// What the server says on its standard output, before its address.
const LISTENING: &str = "listening ";
/// The line every connection gets first: it is among the receivers from here on.
const HELLO: &[u8] = b"{\"type\":\"hello\"}\n";

type Outboxes = Arc<Mutex<Vec<mpsc::Sender<Bytes>>>>;

/// Serves until the process is ended.
///
/// # Errors
/// When it cannot listen.
pub async fn serve() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.doing("listening")?;
    println!("{LISTENING}{}", listener.local_addr().doing("listening")?);
    let outboxes = Outboxes::default();
    loop {
        let (stream, _) = listener.accept().await.doing("accepting a connection")?;
        // A broken connection is the generator's to notice.
        drop(tokio::spawn(connection(stream, Arc::clone(&outboxes))));
    }
}

async fn connection(stream: TcpStream, outboxes: Outboxes) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut read, mut write) = stream.into_split();
    let (outbox, mut waiting) = mpsc::channel::<Bytes>(OUTBOX);
    outboxes.lock().unwrap_or_else(PoisonError::into_inner).push(outbox);
    write.write_all(HELLO).await?;
    tokio::spawn(async move {
        let mut lines = Vec::with_capacity(WRITE_MAX);
        let mut together = Vec::new();
        while waiting.recv_many(&mut lines, WRITE_MAX).await > 0 {
            together.clear();
            for line in lines.drain(..) {
                together.extend_from_slice(&line);
            }
            if write.write_all(&together).await.is_err() {
                return;
            }
        }
    });
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(READ);
        if read.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
        while let Some(end) = memchr::memchr(b'\n', &buffer) {
            let line = buffer.split_to(end + 1).freeze();
            // Whoever does not keep up, or has gone, is dropped from the list.
            outboxes
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .retain(|outbox| outbox.try_send(line.clone()).is_ok());
        }
    }
}

/// A raw server running as a child process, so that its CPU time is its own. Dropping it ends it.
#[derive(Debug)]
pub struct RawServer {
    child: Child,
    address: SocketAddr,
}

impl RawServer {
    /// Starts one.
    ///
    /// # Errors
    /// When this program cannot be started once more.
    pub async fn start() -> Result<Self> {
        let program = std::env::current_exe().doing("finding this program")?;
        let mut child = Command::new(program)
            .arg("raw-server")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .doing("starting the raw server")?;
        let out = child.stdout.take().ok_or_else(|| Error::Setup("the raw server has no output".to_owned()))?;
        let mut line = String::new();
        within("starting the raw server", BufReader::new(out).read_line(&mut line))
            .await?
            .doing("reading its address")?;
        let address = line
            .trim()
            .strip_prefix(LISTENING)
            .and_then(|address| address.parse().ok())
            .ok_or_else(|| Error::Setup(format!("the raw server said {line:?}")))?;
        Ok(Self { child, address })
    }

    /// Its process.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Connections that all receive what any of them says.
    ///
    /// # Errors
    /// When it does not take them.
    pub async fn connect(&self, count: usize) -> Result<Vec<Connection>> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            let mut connection = Connection::tcp(self.address, None).await?;
            connection.reader.frame().await?;
            connections.push(connection);
        }
        Ok(connections)
    }
}
