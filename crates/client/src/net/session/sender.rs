//! Sends what waits in the outbox: in order within a chat, chats side by side.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::task::JoinSet;
use vestnik_proto::{ApiError, ChatId, ClientFrame, ErrorCode, limits};

use super::{SessionEvent, Shared};
use crate::net::{Backoff, ClientError, Connection};

/// Chats sent to at once.
const CHATS_AT_ONCE: usize = 8;

/// Sends until the connection fails; returns why.
pub(super) async fn send_outbox(shared: &std::sync::Arc<Shared>, connection: &Connection) -> ClientError {
    let mut workers: JoinSet<(ChatId, Result<(), ClientError>)> = JoinSet::new();
    let mut busy = BTreeSet::new();
    loop {
        let waiting = match shared.store.waiting_chats().await {
            Ok(waiting) => waiting,
            Err(error) => return error,
        };
        for chat_id in waiting {
            if busy.len() < CHATS_AT_ONCE && busy.insert(chat_id.clone()) {
                let (shared, connection) = (std::sync::Arc::clone(shared), connection.clone());
                workers.spawn(async move {
                    let sent = send_chat(&shared, &connection, &chat_id).await;
                    (chat_id, sent)
                });
            }
        }
        if busy.is_empty() {
            shared.tell(SessionEvent::OutboxEmpty).await;
        }
        tokio::select! {
            // A permit is kept when something was enqueued since the last look.
            () = shared.outbox_changed.notified() => {}
            Some(ended) = workers.join_next() => match ended {
                Ok((chat_id, Ok(()))) => {
                    busy.remove(&chat_id);
                }
                Ok((_, Err(error))) => return error,
                Err(error) => return ClientError::Protocol(format!("a task failed: {error}")),
            },
        }
    }
}

/// Sends what waits in one chat, in order.
async fn send_chat(shared: &Shared, connection: &Connection, chat_id: &ChatId) -> Result<(), ClientError> {
    let options = &shared.options;
    let mut backoff = Backoff::new(options.backoff_base, options.backoff_cap, options.seed);
    while let Some(entry) = shared.store.next_waiting(chat_id).await? {
        let client_id = entry.client_id;
        let age = (options.clock)().as_secs() - entry.created.as_secs();
        if age > limits::CLIENT_ID_SECS {
            // The server may have forgotten the key by now, and would carry it out twice.
            refuse(shared, client_id, &expired()).await?;
            continue;
        }
        let frame = ClientFrame { id: None, client_id: Some(client_id), command: entry.command };
        let wait = match connection.request(frame).await {
            Ok(answer) => {
                backoff.reset();
                shared.store.discard(client_id).await?;
                shared.tell(SessionEvent::Sent { client_id, answer: Box::new(answer) }).await;
                continue;
            }
            Err(ClientError::Timeout) => backoff.next(None),
            Err(ClientError::Api(error)) if error.code.retryable() => {
                tracing::debug!(%error, "sending waits");
                backoff.next(error.retry_after_ms.map(Duration::from_millis))
            }
            // Not the entry's fault: the connection must sign in again.
            Err(ClientError::Api(error)) if error.code != ErrorCode::Unauthorized => {
                refuse(shared, client_id, &error).await?;
                continue;
            }
            Err(error) => return Err(error),
        };
        tokio::time::sleep(wait).await;
    }
    Ok(())
}

async fn refuse(shared: &Shared, client_id: vestnik_proto::ClientId, error: &ApiError) -> Result<(), ClientError> {
    shared.store.fail(client_id, error).await?;
    shared.tell(SessionEvent::Refused { client_id, error: error.clone() }).await;
    Ok(())
}

fn expired() -> ApiError {
    ApiError::new(
        ErrorCode::Conflict,
        "This waited for more than two weeks and was not sent. Send it anew if it is still wanted.",
    )
}
