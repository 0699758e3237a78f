//! Where input and the wish to stop come from.

use std::io::{BufRead, Read};

use tokio::sync::mpsc;

use crate::failure::Failure;

/// How much is read from a pipe at once. Bytes.
const CHUNK: usize = 64 * 1024;
/// Chunks or lines that may wait; then whoever writes to the pipe waits.
const WAITING: usize = 16;
/// The longest line taken; the rest of a longer one is taken as another. Bytes, a frame's limit.
const LINE: u64 = vestnik_proto::limits::FRAME_BYTES as u64;

/// Reads stdin on a thread of its own: the reading cannot be interrupted, and must keep neither
/// the connection nor the end of the program waiting.
pub fn chunks() -> mpsc::Receiver<Vec<u8>> {
    spawn(|stdin| {
        let mut chunk = vec![0; CHUNK];
        let count = stdin.read(&mut chunk)?;
        chunk.truncate(count);
        Ok(chunk)
    })
}

/// As [`chunks`], line by line.
pub fn lines() -> mpsc::Receiver<Vec<u8>> {
    spawn(|stdin| {
        let mut line = Vec::new();
        stdin.take(LINE).read_until(b'\n', &mut line)?;
        Ok(line)
    })
}

fn spawn(
    mut next: impl FnMut(&mut std::io::StdinLock<'static>) -> std::io::Result<Vec<u8>> + Send + 'static,
) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        let mut stdin = std::io::stdin().lock();
        loop {
            match next(&mut stdin) {
                Ok(read) if !read.is_empty() => {
                    if sender.blocking_send(read).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                // The end, or an error that ends it as well.
                _ => return,
            }
        }
    });
    receiver
}

/// The wish to stop: SIGINT or SIGTERM.
pub struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    /// Listens from now on.
    #[cfg(unix)]
    pub fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(|error| Failure::Other(error.to_string()));
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Listens from now on.
    #[cfg(not(unix))]
    pub fn listen() -> Result<Self, Failure> {
        Ok(Self {})
    }

    /// Waits for the wish.
    pub async fn stop(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
