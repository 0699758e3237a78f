//! A network between a program and what it stands on, for tests to cut: a proxy on loopback that can
//! hold back either direction, break connections, strand them, lead elsewhere, and repeat and reorder
//! what a Redis tells its subscribers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// Bytes read at once.
const PIECE: usize = 64 * 1024;
/// Before the target is tried again.
const AGAIN: Duration = Duration::from_millis(20);

/// What the proxy lets through.
#[derive(Clone, Copy, Debug)]
struct Gate {
    /// From the one who connects to the target.
    forth: bool,
    /// From the target to the one who connected.
    back: bool,
    /// Connections with a lower number are broken.
    broken: u64,
    /// Connections with a lower number stand still for ever.
    stranded: u64,
}

#[derive(Debug)]
struct Shared {
    target: Mutex<SocketAddr>,
    gate: watch::Sender<Gate>,
    /// The number of the next connection.
    next: Mutex<u64>,
    /// The seed of what is done to a Redis's messages.
    mischief: Mutex<Option<u64>>,
}

/// The proxy. Connections are cut when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    addr: SocketAddr,
    shared: Arc<Shared>,
    /// Of its own, so that a busy test does not hold it up.
    runtime: Option<Runtime>,
}

impl Proxy {
    /// A proxy on a free port that leads to this address.
    pub fn to(target: SocketAddr) -> Self {
        Self::start(target, false)
    }

    /// The same to a Redis: it knows messages from each other on their way back.
    pub fn to_redis(target: SocketAddr) -> Self {
        Self::start(target, true)
    }

    fn start(target: SocketAddr, redis: bool) -> Self {
        let gate = Gate { forth: true, back: true, broken: 0, stranded: 0 };
        let shared = Arc::new(Shared {
            target: Mutex::new(target),
            gate: watch::Sender::new(gate),
            next: Mutex::new(0),
            mischief: Mutex::new(None),
        });
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let addr = listener.local_addr().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.spawn(accept(listener, shared.clone(), redis));
        Self { addr, shared, runtime: Some(runtime) }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Holds back what goes to the target, what comes from it, or lets it through again; nothing is lost.
    pub fn hold(&self, forth: bool, back: bool) {
        self.shared.gate.send_modify(|gate| (gate.forth, gate.back) = (!forth, !back));
    }

    /// Leads new connections elsewhere.
    pub fn point_at(&self, target: SocketAddr) {
        *self.shared.target.lock() = target;
    }

    /// Breaks all connections there are.
    pub fn break_all(&self) {
        let next = *self.shared.next.lock();
        self.shared.gate.send_modify(|gate| gate.broken = next);
    }

    /// Leaves all connections there are without another byte, for ever: the machine behind them has gone, and
    /// nobody says so. New ones work.
    pub fn strand_all(&self) {
        let next = *self.shared.next.lock();
        self.shared.gate.send_modify(|gate| gate.stranded = next);
    }

    /// Has messages of a Redis lost, repeated and reordered, by this seed, or does it no more.
    pub fn set_mischief(&self, seed: Option<u64>) {
        *self.shared.mischief.lock() = seed;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.runtime.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

async fn accept(listener: std::net::TcpListener, shared: Arc<Shared>, redis: bool) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let Ok((near, _)) = listener.accept().await else {
            tokio::time::sleep(AGAIN).await;
            continue;
        };
        let number = {
            let mut next = shared.next.lock();
            *next += 1;
            *next - 1
        };
        tokio::spawn(connection(near, shared.clone(), number, redis));
    }
}

async fn connection(near: TcpStream, shared: Arc<Shared>, number: u64, redis: bool) {
    let target = *shared.target.lock();
    let Ok(far) = TcpStream::connect(target).await else {
        // As the target would refuse.
        let _ = near.set_zero_linger();
        return;
    };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let _ = near.set_zero_linger();
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let mut gate = shared.gate.subscribe();
    let sorter = redis.then(|| Sorter { shared: shared.clone(), held: Vec::new(), rng: None, rest: Vec::new() });
    tokio::select! {
        () = pump(near_in, far_out, shared.gate.subscribe(), number, |gate| gate.forth, None) => {}
        () = pump(far_in, near_out, shared.gate.subscribe(), number, |gate| gate.back, sorter) => {}
        // The proxy outlives its connections.
        _ = gate.wait_for(|gate| number < gate.broken) => {}
    }
}

/// Carries one direction, to its end.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut gate: watch::Receiver<Gate>,
    number: u64,
    open: fn(&Gate) -> bool,
    mut sorter: Option<Sorter>,
) {
    let mut piece = vec![0; PIECE];
    loop {
        let got = from.read(&mut piece).await.unwrap_or_default();
        // What has been read waits, the end as well.
        if gate.wait_for(|gate| open(gate) && number >= gate.stranded).await.is_err() || got == 0 {
            return;
        }
        let done = match &mut sorter {
            Some(sorter) => to.write_all(&sorter.sort(&piece[..got])).await,
            None => to.write_all(&piece[..got]).await,
        };
        if done.is_err() {
            return;
        }
    }
}

/// Takes a Redis's messages apart.
struct Sorter {
    shared: Arc<Shared>,
    rest: Vec<u8>,
    held: Vec<Vec<u8>>,
    rng: Option<StdRng>,
}

impl Sorter {
    fn sort(&mut self, piece: &[u8]) -> Vec<u8> {
        self.rest.extend_from_slice(piece);
        let mut out = Vec::new();
        while let Some(length) = reply_len(&self.rest) {
            let reply: Vec<u8> = self.rest.drain(..length).collect();
            self.one(reply, &mut out);
        }
        out
    }

    fn one(&mut self, reply: Vec<u8>, out: &mut Vec<u8>) {
        let seed = *self.shared.mischief.lock();
        let Some(seed) = seed else {
            self.rng = None;
            out.extend(self.held.drain(..).flatten());
            return out.extend(reply);
        };
        if !reply.starts_with(b"*3\r\n$7\r\nmessage\r\n") {
            return out.extend(reply);
        }
        let rng = self.rng.get_or_insert_with(|| StdRng::seed_from_u64(seed));
        match rng.random_range(0..10) {
            0 => {}
            1 | 2 => out.extend([&reply[..], &reply[..]].concat()),
            3 | 4 => self.held.push(reply),
            _ => out.extend(reply),
        }
        if rng.random_bool(0.2) {
            // Last in, first out.
            while let Some(reply) = self.held.pop() {
                out.extend(reply);
            }
        }
    }
}

/// The length of the first reply of the Redis protocol in these bytes, when it is whole.
fn reply_len(bytes: &[u8]) -> Option<usize> {
    let line = bytes.windows(2).position(|two| two == b"\r\n")? + 2;
    let count = || std::str::from_utf8(&bytes[1..line - 2]).ok()?.parse::<i64>().ok();
    match bytes[0] {
        b'$' => match usize::try_from(count()?) {
            Ok(length) => (bytes.len() >= line + length + 2).then_some(line + length + 2),
            Err(_) => Some(line),
        },
        b'*' => (0..count()?.max(0)).try_fold(line, |at, _| Some(at + reply_len(bytes.get(at..)?.get(..)?)?)),
        _ => Some(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        addr
    }

    /// Long enough for what is held to have come, were it not held.
    const SOON: Duration = Duration::from_millis(200);

    async fn answer(stream: &mut TcpStream) {
        stream.read_exact(&mut [0]).await.unwrap();
    }

    async fn stays_silent(stream: &mut TcpStream) {
        stream.write_all(b"x").await.unwrap();
        assert!(tokio::time::timeout(SOON, answer(stream)).await.is_err());
    }

    /// The end comes as an error or, where it is seen before that, as an end.
    async fn end(stream: &mut TcpStream) {
        assert!(matches!(stream.read(&mut [0]).await, Ok(0) | Err(_)));
    }

    #[tokio::test]
    async fn what_is_held_comes_later_and_what_is_stranded_never() {
        let proxy = Proxy::to(echo().await);
        let mut first = TcpStream::connect(proxy.addr()).await.unwrap();
        first.write_all(b"x").await.unwrap();
        answer(&mut first).await;
        for (forth, back) in [(true, false), (false, true), (true, true)] {
            proxy.hold(forth, back);
            stays_silent(&mut first).await;
            proxy.hold(false, false);
            answer(&mut first).await;
        }
        proxy.strand_all();
        let mut second = TcpStream::connect(proxy.addr()).await.unwrap();
        stays_silent(&mut first).await;
        second.write_all(b"x").await.unwrap();
        answer(&mut second).await;
        proxy.break_all();
        end(&mut first).await;
        end(&mut second).await;
    }

    #[test]
    fn replies_are_taken_apart() {
        let reply = b"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$4\r\n\r\n\r\n\r\n";
        assert_eq!(reply_len(reply), Some(reply.len()));
        assert_eq!(reply_len(&reply[..reply.len() - 1]), None);
        assert_eq!(reply_len(b"+OK\r\n:1\r\n"), Some(5));
        assert_eq!(reply_len(b"$-1\r\n"), Some(5));
    }
}
