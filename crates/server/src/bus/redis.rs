//! Redis or Valkey: publish and subscribe, nothing is kept there.
//!
//! One server, or a Redis Cluster: that is found out on connecting. In a cluster each subject lives on the server that
//! its name falls to (sharded publish/subscribe), so that no server carries what all nodes say.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{BoxFuture, try_join_all};
use parking_lot::Mutex as Held;
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, Msg, Pipeline, ProtocolVersion,
    PushInfo, PushKind, RedisError, TlsCertificates, Value,
};
use tokio::sync::{Mutex, mpsc};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use super::{Bus, BusError, Message, Subject, Subscription};

/// Longest wait for a connection or an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Time between two looks whether a Redis Cluster's subjects have moved.
const LOOK: Duration = Duration::from_secs(5);
/// Messages of a Redis Cluster that may wait to be heard.
const WAITING: usize = 65_536;
/// Places into which a Redis Cluster divides names.
const SLOTS: u16 = 16_384;

/// The bus on a Redis or Valkey server, or a Redis Cluster.
pub struct RedisBus {
    client: Client,
    /// Parts one cluster's subjects from another's on the same server.
    prefix: String,
    publisher: Mutex<Option<Publisher>>,
    /// The servers of a Redis Cluster as last seen, to be asked when the one of the address is away.
    servers: Held<Vec<Client>>,
}

/// Connections to publish by, and by which of them each subject goes.
struct Publisher {
    command: &'static str,
    connections: Vec<MultiplexedConnection>,
    routes: Vec<usize>,
}

/// Where the subjects of a Redis Cluster are: each server, and which it has.
type Layout = BTreeMap<(String, u16), Vec<Subject>>;

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

fn config() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE))
}

impl RedisBus {
    /// A bus at this address (`redis://` or, with TLS, `rediss://`). Connects when it is used.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub fn new(url: &str, prefix: &str) -> Result<Self, BusError> {
        Self::trusting(url, prefix, None)
    }

    /// The same, with the certificates (PEM) of those whose word is taken for a `rediss://` server's own, instead of
    /// the system's.
    ///
    /// # Errors
    /// When the address or the certificates cannot be read.
    pub fn trusting(url: &str, prefix: &str, authorities: Option<Vec<u8>>) -> Result<Self, BusError> {
        let info = url.into_connection_info().map_err(|_| {
            BusError::Address(
                "bus_url cannot be read: write redis://[user:password@]host[:port], or rediss:// for TLS \
                 (VESTNIK_BUS_URL)."
                    .to_owned(),
            )
        })?;
        let client = match authorities {
            None => Client::open(info),
            Some(pem) if !pem.windows(BEGIN.len()).any(|window| window == BEGIN) => {
                return Err(BusError::Address(
                    "bus_ca_file holds no certificate in PEM (VESTNIK_BUS_CA_FILE).".to_owned(),
                ));
            }
            Some(pem) => Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert: Some(pem) }),
        };
        let client = client.map_err(|error| {
            BusError::Address(format!(
                "bus_url and bus_ca_file do not go together: {error}. bus_ca_file needs a rediss:// address and \
                 certificates in PEM (VESTNIK_BUS_CA_FILE)."
            ))
        })?;
        let (publisher, servers) = (Mutex::new(None), Held::new(Vec::new()));
        Ok(Self { client, prefix: prefix.to_owned(), publisher, servers })
    }

    fn name(&self, subject: Subject) -> String {
        format!("{}:{}", self.prefix, subject.0)
    }

    /// The place of a subject in a Redis Cluster.
    pub fn slot_of(&self, subject: Subject) -> u16 {
        slot(self.name(subject).as_bytes())
    }

    /// Connects, and finds out where the subjects are; no layout for a server that is one.
    async fn connect(&self) -> Result<(MultiplexedConnection, Option<Layout>), BusError> {
        let mut clients = vec![self.client.clone()];
        clients.extend(self.servers.lock().iter().cloned());
        let mut result = Err(BusError::TooSlow);
        for client in clients {
            let connecting = async {
                let mut connection = in_time(client.get_multiplexed_async_connection_with_config(&config())).await?;
                let layout = self.layout(&mut connection, client.get_connection_info()).await?;
                Ok((connection, layout))
            };
            result = connecting.await;
            if result.is_ok() {
                break;
            }
        }
        if let Ok((_, Some(layout))) = &result {
            *self.servers.lock() = layout.keys().filter_map(|server| self.client_of(server).ok()).collect();
        }
        result
    }

    /// Asks where the subjects are.
    async fn layout(
        &self,
        connection: &mut MultiplexedConnection,
        info: &ConnectionInfo,
    ) -> Result<Option<Layout>, BusError> {
        let slots = match in_time(redis::cmd("CLUSTER").arg("SLOTS").query_async::<Value>(connection)).await {
            Ok(slots) => slots,
            Err(BusError::Unreachable(_))
                if in_time(redis::cmd("PING").query_async::<Value>(connection)).await.is_ok() =>
            {
                // It refuses, as a server does that is one.
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        // Before 7.0 there was no sharded publish/subscribe.
        let known =
            in_time(redis::cmd("COMMAND").arg("INFO").arg("SPUBLISH").query_async::<Vec<Value>>(connection)).await;
        if !known.is_ok_and(|known| known.iter().all(|command| *command != Value::Nil)) {
            return Ok(None);
        }
        let ranges = read_slots(&slots, info);
        let mut layout = Layout::new();
        for subject in Subject::all() {
            let slot = self.slot_of(subject);
            let server = ranges.iter().find(|(first, last, _)| (*first..=*last).contains(&slot));
            let (_, _, server) = server.ok_or_else(|| {
                BusError::Unreachable("the Redis Cluster does not cover all slots at present".to_owned())
            })?;
            layout.entry(server.clone()).or_default().push(subject);
        }
        Ok(Some(layout))
    }

    /// The same way to another server.
    fn client_of(&self, (host, port): &(String, u16)) -> Result<Client, RedisError> {
        let info = self.client.get_connection_info().clone();
        let addr = match info.addr().clone() {
            ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
                ConnectionAddr::TcpTls { host: host.clone(), port: *port, insecure, tls_params }
            }
            _ => ConnectionAddr::Tcp(host.clone(), *port),
        };
        Client::open(info.set_addr(addr))
    }

    async fn publisher(&self) -> Result<Publisher, BusError> {
        let (connection, layout) = self.connect().await?;
        let mut routes = vec![0; Subject::all().count()];
        let Some(layout) = layout else {
            return Ok(Publisher { command: "PUBLISH", connections: vec![connection], routes });
        };
        let mut connections = Vec::new();
        for (server, subjects) in &layout {
            subjects.iter().for_each(|subject| routes[usize::from(subject.0)] = connections.len());
            let client = self.client_of(server)?;
            connections.push(in_time(client.get_multiplexed_async_connection_with_config(&config())).await?);
        }
        Ok(Publisher { command: "SPUBLISH", connections, routes })
    }

    /// Listens to each server of a Redis Cluster.
    async fn subscribe_sharded(&self, layout: Layout) -> Result<Subscription, BusError> {
        let (sender, pushes) = mpsc::channel::<PushInfo>(WAITING);
        let lost = Arc::new(AtomicBool::new(false));
        let mut connections = Vec::new();
        for (server, subjects) in &layout {
            let client = self.client_of(server)?;
            let settings = client.get_connection_info().redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
            let client = Client::open(client.get_connection_info().clone().set_redis_settings(settings))?;
            let (sender, lost) = (sender.clone(), lost.clone());
            let config = config().set_push_sender(move |push: PushInfo| {
                sender.try_send(push).map_err(|_| {
                    lost.store(true, Ordering::Relaxed);
                    redis::aio::SendError
                })
            });
            let connection = in_time(client.get_multiplexed_async_connection_with_config(&config)).await?;
            in_time(try_join_all(subjects.iter().map(|subject| {
                let (mut connection, name) = (connection.clone(), self.name(*subject));
                async move { redis::cmd("SSUBSCRIBE").arg(name).query_async::<Value>(&mut connection).await }
            })))
            .await?;
            connections.push((connection, client));
        }
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        look.reset();
        // Only to ask where the subjects are.
        let asking = Self {
            client: self.client.clone(),
            prefix: self.prefix.clone(),
            publisher: Mutex::new(None),
            servers: Held::new(Vec::new()),
        };
        let sharded = Sharded { asking, layout, connections, pushes, lost, look };
        Ok(Box::pin(futures_util::stream::unfold(sharded, Sharded::next)))
    }
}

/// A subscription to a Redis Cluster.
struct Sharded {
    asking: RedisBus,
    layout: Layout,
    connections: Vec<(MultiplexedConnection, Client)>,
    pushes: mpsc::Receiver<PushInfo>,
    /// More has come than could wait.
    lost: Arc<AtomicBool>,
    look: Interval,
}

impl Sharded {
    async fn next(mut self) -> Option<(Message, Self)> {
        loop {
            if self.lost.load(Ordering::Relaxed) {
                return None;
            }
            tokio::select! {
                push = self.pushes.recv() => {
                    let push = push?;
                    match push.kind {
                        PushKind::SMessage => {
                            let message = Msg::from_push_info(push).and_then(|msg| decode(&self.asking.prefix, &msg));
                            if let Some(message) = message {
                                return Some((message, self));
                            }
                        }
                        // The subject has moved to another server, or this one has gone.
                        PushKind::SUnsubscribe | PushKind::Disconnection => return None,
                        _ => {}
                    }
                }
                _ = self.look.tick() => {
                    for (connection, client) in &mut self.connections {
                        let layout = self.asking.layout(connection, client.get_connection_info()).await;
                        if !layout.is_ok_and(|layout| layout.as_ref() == Some(&self.layout)) {
                            return None;
                        }
                    }
                }
            }
        }
    }
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The slots of `CLUSTER SLOTS`: first, last, and the server that takes writes. What cannot be read is left out.
fn read_slots(slots: &Value, info: &ConnectionInfo) -> Vec<(u16, u16, (String, u16))> {
    let own = match info.addr() {
        ConnectionAddr::Tcp(host, _) | ConnectionAddr::TcpTls { host, .. } => host.clone(),
        _ => String::new(),
    };
    let number = |value: &Value| match value {
        Value::Int(number) => u16::try_from(*number).ok(),
        _ => None,
    };
    let range = |range: &Value| {
        let Value::Array(range) = range else { return None };
        let [first, last, Value::Array(server), ..] = range.as_slice() else { return None };
        let [host, port, ..] = server.as_slice() else { return None };
        let host = match host {
            Value::BulkString(host) => String::from_utf8(host.clone()).ok()?,
            Value::SimpleString(host) => host.clone(),
            _ => String::new(),
        };
        // One that does not know its own address is the one that was asked.
        let host = if host.is_empty() || host == "?" { own.clone() } else { host };
        Some((number(first)?, number(last)?, (host, number(port)?)))
    };
    match slots {
        Value::Array(ranges) => ranges.iter().filter_map(range).collect(),
        _ => Vec::new(),
    }
}

/// The slot of a name without braces: CRC-16/XMODEM.
fn slot(name: &[u8]) -> u16 {
    let step = |crc: u16, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
    name.iter().fold(0u16, |crc, byte| (0..8).fold(crc ^ (u16::from(*byte) << 8), step)) % SLOTS
}

/// What a message of the server is for us; nothing of it is trusted.
fn decode(prefix: &str, msg: &Msg) -> Option<Message> {
    let subject = msg.get_channel_name().strip_prefix(prefix)?.strip_prefix(':')?.parse().ok()?;
    Some(Message { subject: Subject(subject), payload: msg.get_payload_bytes().to_vec().into() })
}

impl Bus for RedisBus {
    fn publish(&self, messages: Vec<Message>) -> BoxFuture<'_, Result<(), BusError>> {
        Box::pin(async move {
            let mut held = self.publisher.lock().await;
            // Taken out, so that a connection on which something failed is never used again.
            let mut publisher = match held.take() {
                Some(publisher) => publisher,
                None => self.publisher().await?,
            };
            let mut pipes = vec![Pipeline::new(); publisher.connections.len()];
            for message in &messages {
                let route = publisher.routes.get(usize::from(message.subject.0)).copied().unwrap_or_default();
                let name = self.name(message.subject);
                pipes[route].cmd(publisher.command).arg(name).arg(&message.payload[..]).ignore();
            }
            let sending = pipes.iter().zip(&mut publisher.connections).filter(|(pipe, _)| !pipe.is_empty());
            in_time(try_join_all(sending.map(|(pipe, connection)| pipe.exec_async(connection)))).await?;
            *held = Some(publisher);
            Ok(())
        })
    }

    fn subscribe(&self) -> BoxFuture<'_, Result<Subscription, BusError>> {
        Box::pin(async move {
            let (_, layout) = self.connect().await?;
            if let Some(layout) = layout {
                return self.subscribe_sharded(layout).await;
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_where_redis_says() {
        // CLUSTER KEYSLOT of each.
        assert_eq!((slot(b"123456789"), slot(b"foo"), slot(b"")), (0x31c3, 12_182, 0));
    }

    #[test]
    fn slots_are_read_and_nonsense_is_passed_over() {
        let info = "redis://bus:6379".into_connection_info().unwrap();
        let server = |host: Value| Value::Array(vec![host, Value::Int(7_000), Value::Nil]);
        let range = |first, last, host| Value::Array(vec![Value::Int(first), Value::Int(last), server(host)]);
        let slots = Value::Array(vec![
            range(0, 5, Value::BulkString(b"one".to_vec())),
            range(6, 9, Value::Nil),
            range(-1, 70_000, Value::Nil),
            Value::Okay,
        ]);
        let one = (0, 5, ("one".to_owned(), 7_000));
        assert_eq!(read_slots(&slots, &info), [one, (6, 9, ("bus".to_owned(), 7_000))]);
        assert!(read_slots(&Value::Nil, &info).is_empty());
    }
}
