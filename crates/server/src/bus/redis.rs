//! Redis or Valkey: publish and subscribe, nothing is kept there.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Msg, Pipeline, RedisError};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{Bus, BusError, Message, Subject, Subscription};

/// Longest wait for a connection or an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The bus on a Redis or Valkey server.
pub struct RedisBus {
    client: Client,
    /// Parts one cluster's subjects from another's on the same server.
    prefix: String,
    publisher: Mutex<Option<MultiplexedConnection>>,
}

impl std::fmt::Debug for RedisBus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The client knows the password.
        f.debug_struct("RedisBus").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

impl From<RedisError> for BusError {
    fn from(error: RedisError) -> Self {
        Self::Unreachable(error.to_string())
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, RedisError>>) -> Result<T, BusError> {
    Ok(timeout(PATIENCE, work).await.map_err(|_| BusError::TooSlow)??)
}

impl RedisBus {
    /// A bus at this address (`redis://` or, with TLS, `rediss://`). Connects when it is used.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub fn new(url: &str, prefix: &str) -> Result<Self, BusError> {
        let client = Client::open(url).map_err(|_| {
            BusError::Address(
                "bus_url cannot be read: write redis://[user:password@]host[:port], or rediss:// for TLS \
                 (VESTNIK_BUS_URL)."
                    .to_owned(),
            )
        })?;
        Ok(Self { client, prefix: prefix.to_owned(), publisher: Mutex::new(None) })
    }

    fn name(&self, subject: Subject) -> String {
        format!("{}:{}", self.prefix, subject.0)
    }

    async fn connect(&self) -> Result<MultiplexedConnection, BusError> {
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
        in_time(self.client.get_multiplexed_async_connection_with_config(&config)).await
    }
}

/// What a message of the server is for us; nothing of it is trusted.
fn decode(prefix: &str, msg: &Msg) -> Option<Message> {
    let subject = msg.get_channel_name().strip_prefix(prefix)?.strip_prefix(':')?.parse().ok()?;
    Some(Message { subject: Subject(subject), payload: msg.get_payload_bytes().to_vec().into() })
}

impl Bus for RedisBus {
    fn publish(&self, messages: Vec<Message>) -> BoxFuture<'_, Result<(), BusError>> {
        Box::pin(async move {
            let mut publisher = self.publisher.lock().await;
            // Taken out, so that a connection on which something failed is never used again.
            let mut connection = match publisher.take() {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            let mut pipe = Pipeline::with_capacity(messages.len());
            for message in &messages {
                pipe.cmd("PUBLISH").arg(self.name(message.subject)).arg(&message.payload[..]).ignore();
            }
            in_time(pipe.exec_async(&mut connection)).await?;
            *publisher = Some(connection);
            Ok(())
        })
    }

    fn subscribe(&self) -> BoxFuture<'_, Result<Subscription, BusError>> {
        Box::pin(async move {
            let mut subscriber = in_time(self.client.get_async_pubsub()).await?;
            let names: Vec<String> = Subject::all().map(|subject| self.name(subject)).collect();
            in_time(subscriber.subscribe(names)).await?;
            let prefix = self.prefix.clone();
            let messages = subscriber.into_on_message();
            let stream: Subscription =
                Box::pin(messages.filter_map(move |msg| std::future::ready(decode(&prefix, &msg))));
            Ok(stream)
        })
    }
}
