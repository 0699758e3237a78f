//! Reading connections to a SQLite file.
//!
//! sqlx's pool asks a connection for a sign of life each time it comes back, on a task of its own:
//! worth it where a connection leads to another machine, twice the cost of a small read where it
//! leads to a thread of this process. Here they are handed on as they are.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use sqlx::{AnyConnection, Connection as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::StoreError;
use crate::store::{Access, closing, connect_reader};

/// Longest wait for those in use when all are closed.
const PATIENCE: Duration = Duration::from_secs(10);
/// After so many uses a connection is asked whether its thread is still there.
const ASKED_AFTER: u32 = 64;

/// A few reading connections, opened as they are needed.
#[derive(Debug, Clone)]
pub(crate) struct Readers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    access: Access,
    patience: Duration,
    most: u32,
    idle: Mutex<Vec<Idle>>,
    permits: Arc<Semaphore>,
}

#[derive(Debug)]
struct Idle {
    conn: AnyConnection,
    uses: u32,
}

/// One of them; goes back when dropped.
#[derive(Debug)]
pub(crate) struct Reader {
    conn: Option<Idle>,
    of: Arc<Inner>,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    /// At most so many connections to this file.
    pub(crate) fn new(access: Access, most: u32, patience: Duration) -> Self {
        let most = most.max(1);
        let permits = Arc::new(Semaphore::new(most as usize));
        Self(Arc::new(Inner { access, patience, most, idle: Mutex::default(), permits }))
    }

    /// A connection, when one is free.
    pub(crate) async fn acquire(&self) -> Result<Reader, StoreError> {
        let of = Arc::clone(&self.0);
        let permit = match Arc::clone(&of.permits).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => tokio::time::timeout(of.patience, Arc::clone(&of.permits).acquire_owned())
                .await
                .map_err(|_| StoreError::Unavailable("no reading connection was free in time".to_owned()))?
                .map_err(|_| closing())?,
        };
        let mut idle = of.idle.lock().pop();
        if let Some(Idle { conn, uses }) = &mut idle
            && uses.is_multiple_of(ASKED_AFTER)
            && conn.ping().await.is_err()
        {
            idle = None;
        }
        let conn = match idle {
            Some(idle) => Idle { uses: idle.uses.wrapping_add(1), ..idle },
            None => Idle { conn: connect_reader(&of.access).await?, uses: 1 },
        };
        Ok(Reader { conn: Some(conn), of, _permit: permit })
    }

    /// Waits for those in use and closes all; nobody gets one any more.
    pub(crate) async fn close(&self) {
        let _ = tokio::time::timeout(PATIENCE, self.0.permits.acquire_many(self.0.most)).await;
        self.0.permits.close();
        loop {
            let Some(idle) = self.0.idle.lock().pop() else { break };
            let _ = idle.conn.close().await;
        }
    }
}

impl Reader {
    pub(crate) fn conn(&mut self) -> &mut AnyConnection {
        &mut self.conn.as_mut().expect("it is there until it is dropped").conn
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // A connection whose reader gave up in the middle of a statement is fit for the next: its thread
        // ends the statement as soon as nobody takes its rows.
        if let Some(conn) = self.conn.take()
            && !self.of.permits.is_closed()
        {
            self.of.idle.lock().push(conn);
        }
    }
}
