//! The raw reference: a fan-out server that does nothing but copy lines to everybody. No
//! accounts, no checks, no storage. What it costs is what sockets cost.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::{Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedWriteHalf},
    sync::mpsc,
};

use crate::error::{Doing, Result};

/// Lines a connection may have waiting; beyond it, it is cut.
const OUTBOX: usize = 4_096;
/// Lines written at once.
const WRITE_MAX: usize = 256;
/// Bytes read at once.
const READ: usize = 16 << 10;
/// What the server says on its standard output, before its address.
pub const LISTENING: &str = "listening ";
/// The line every connection gets first: it is among the receivers from here on.
pub const HELLO: &[u8] = b"{\"type\":\"hello\"}\n";

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

/// Writes what waits for a connection, as much at once as there is.
pub(super) async fn write_together(mut waiting: mpsc::Receiver<Bytes>, mut write: OwnedWriteHalf) {
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
}

async fn connection(stream: TcpStream, outboxes: Outboxes) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut read, mut write) = stream.into_split();
    let (outbox, waiting) = mpsc::channel::<Bytes>(OUTBOX);
    outboxes.lock().unwrap_or_else(PoisonError::into_inner).push(outbox);
    write.write_all(HELLO).await?;
    tokio::spawn(write_together(waiting, write));
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
