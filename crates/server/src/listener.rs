//! The one accept loop of the doors: limits, first byte, TLS.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::proxied;
use crate::stop::Stop;

/// First byte of a TLS ClientHello record (RFC 8446, 5.1).
const TLS_HANDSHAKE: u8 = 0x16;
/// Shortest and longest wait after a failed accept, as when there are no descriptors left.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// A client's connection, encrypted or not.
#[derive(Debug)]
pub enum Socket {
    /// Plain text.
    Plain(TcpStream),
    /// TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Socket {
    /// Whether it is encrypted.
    pub fn is_tls(&self) -> bool {
        matches!(self, Self::Tls(_))
    }
}

macro_rules! each_socket {
    ($socket:expr, $io:ident => $call:expr) => {
        match $socket.get_mut() {
            Socket::Plain(io) => {
                let $io = Pin::new(io);
                $call
            }
            Socket::Tls(io) => {
                let $io = Pin::new(&mut **io);
                $call
            }
        }
    };
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        each_socket!(self, io => io.poll_read(cx, buf))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        each_socket!(self, io => io.poll_write(cx, buf))
    }
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each_socket!(self, io => io.poll_flush(cx))
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        each_socket!(self, io => io.poll_shutdown(cx))
    }
}

/// Collects what is written until it is flushed, so that many frames leave in one system call.
///
/// The WebSocket library either writes every frame by itself or keeps a buffer per connection;
/// this keeps one only while something waits in it.
#[derive(Debug)]
pub struct Corked<S> {
    io: S,
    waiting: Vec<u8>,
    written: usize,
}

/// Bytes after which [`Corked`] writes without being told to.
const CORK: usize = 16 * 1024;

impl<S> Corked<S> {
    /// Puts a cork on.
    pub fn new(io: S) -> Self {
        Self { io, waiting: Vec::new(), written: 0 }
    }
}

impl<S: AsyncWrite + Unpin> Corked<S> {
    fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.waiting.len() {
            let count = ready!(Pin::new(&mut self.io).poll_write(cx, &self.waiting[self.written..]))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += count;
        }
        self.waiting = Vec::new();
        self.written = 0;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Corked<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Corked<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.waiting.len() >= CORK {
            ready!(this.poll_drain(cx))?;
        }
        let count = buf.len().min(CORK);
        this.waiting.extend_from_slice(&buf[..count]);
        Poll::Ready(Ok(count))
    }
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_drain(cx))?;
        Pin::new(&mut this.io).poll_flush(cx)
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_drain(cx))?;
        Pin::new(&mut this.io).poll_shutdown(cx)
    }
}

/// Counts connections by address.
#[derive(Debug)]
pub struct PerIp {
    most: usize,
    exempt: Vec<ipnet::IpNet>,
    counts: Mutex<HashMap<IpAddr, usize>>,
}

impl PerIp {
    /// Allows `most` connections per address (0 for any number), loopback and `exempt` not counted.
    pub fn new(most: usize, exempt: Vec<ipnet::IpNet>) -> Arc<Self> {
        Arc::new(Self { most, exempt, counts: Mutex::default() })
    }

    /// Counts one more; `None` when there are too many already.
    fn enter(self: &Arc<Self>, ip: IpAddr) -> Option<IpGuard> {
        if self.most == 0 || ip.is_loopback() || self.exempt.iter().any(|net| net.contains(&ip)) {
            return Some(IpGuard(None));
        }
        let mut counts = self.counts.lock();
        let count = counts.entry(ip).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(IpGuard(Some((self.clone(), ip))))
    }
}

/// Counts one connection less when dropped.
#[derive(Debug)]
struct IpGuard(Option<(Arc<PerIp>, IpAddr)>);

impl Drop for IpGuard {
    fn drop(&mut self) {
        if let Some((per_ip, ip)) = self.0.take() {
            let mut counts = per_ip.counts.lock();
            if let Some(count) = counts.get_mut(&ip) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&ip);
                }
            }
        }
    }
}

/// A connection's place within the limits; free again when dropped.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
    _ip: IpGuard,
}

/// Why a connection was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The door or the address has too many connections.
    TooMany,
    /// Plain text from another machine.
    PlainText,
    /// Nothing came before the deadline.
    Silent,
}

/// One that came through the door.
#[derive(Debug)]
pub struct Accepted {
    /// Its bytes.
    pub socket: Socket,
    /// From where.
    pub peer: SocketAddr,
    /// When it was accepted.
    pub since: Instant,
    /// Its place within the limits.
    pub place: Place,
}

/// What stands behind a door.
pub trait Behind: Send + Sync + 'static {
    /// Serves one connection to its end.
    fn serve(self: Arc<Self>, accepted: Accepted) -> impl Future<Output = ()> + Send;
    /// The few words for one who is not let in, in the door's own language.
    fn refuse(&self, why: Refusal) -> Vec<u8>;
}

/// A bound door.
pub struct Door {
    /// For logs.
    pub name: &'static str,
    /// Bound.
    pub listener: TcpListener,
    /// Takes TLS handshakes.
    pub tls: TlsAcceptor,
    /// Whether plain text may come from other machines.
    pub allow_plain_text: bool,
    /// Most connections at once.
    pub max_connections: usize,
    /// Counts connections by address.
    pub per_ip: Arc<PerIp>,
    /// Who begins with a PROXY protocol header, which is believed.
    pub proxies: Vec<ipnet::IpNet>,
    /// Longest time for the first byte and the handshake.
    pub handshake_timeout: Duration,
}

impl Door {
    /// Accepts until the soft stop; every connection is a task of `stop`.
    pub async fn run<B: Behind>(self, behind: Arc<B>, stop: Stop) {
        let places = Arc::new(Semaphore::new(self.max_connections.min(Semaphore::MAX_PERMITS)));
        let (tls, name) = (self.tls, self.name);
        let mut wait = BACKOFF.0;
        loop {
            let accepted = tokio::select! {
                biased;
                () = stop.soft.cancelled() => break,
                accepted = self.listener.accept() => accepted,
            };
            let (stream, peer) = match accepted {
                Ok(accepted) => {
                    wait = BACKOFF.0;
                    accepted
                }
                Err(error) if is_clients_fault(&error) => continue,
                Err(error) => {
                    tracing::warn!(door = name, %error, "a connection could not be accepted");
                    tokio::select! {
                        () = stop.soft.cancelled() => break,
                        () = tokio::time::sleep(wait) => wait = (wait * 2).min(BACKOFF.1),
                    }
                    continue;
                }
            };
            let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
            // A proxy's own address counts for nobody; its client's does, once it is known.
            let proxied = self.proxies.iter().any(|net| net.contains(&peer.ip()));
            let ip = if proxied { Some(IpGuard(None)) } else { self.per_ip.enter(peer.ip()) };
            let Some((permit, ip)) = places.clone().try_acquire_owned().ok().zip(ip) else {
                tracing::debug!(door = name, %peer, "too many connections");
                // The few bytes fit into the empty send buffer or are given up.
                let _ = stream.try_write(&behind.refuse(Refusal::TooMany));
                continue;
            };
            let mut arrival = Arrival { stream, peer, place: Place { _permit: permit, _ip: ip } };
            let (tls, behind, hard) = (tls.clone(), behind.clone(), stop.hard.clone());
            let (allow_plain_text, per_ip) = (self.allow_plain_text, self.per_ip.clone());
            let deadline = Instant::now() + self.handshake_timeout;
            stop.tasks.spawn(async move {
                let serve = async {
                    let since = Instant::now();
                    if proxied && let Err(error) = arrival.unwrap_proxy(&per_ip, deadline).await {
                        match error {
                            Unproxied::NoHeader(error) => {
                                tracing::warn!(door = name, %peer, %error, "a trusted proxy did not say for whom it comes");
                            }
                            Unproxied::TooMany(client) => {
                                tracing::debug!(door = name, peer = %client, "too many connections");
                                refuse(arrival.stream, &behind.refuse(Refusal::TooMany)).await;
                            }
                        }
                        return;
                    }
                    let Arrival { stream, peer, place } = arrival;
                    let plain = allow_plain_text || peer.ip().is_loopback();
                    match open(stream, &tls, plain, deadline).await {
                        Ok(socket) => behind.serve(Accepted { socket, peer, since, place }).await,
                        Err(Some((stream, why))) => {
                            tracing::debug!(door = name, %peer, ?why, "refused");
                            refuse(stream, &behind.refuse(why)).await;
                        }
                        Err(None) => {}
                    }
                };
                tokio::select! {
                    biased;
                    () = hard.cancelled() => {}
                    () = serve => {}
                }
            });
        }
    }
}

/// One that has just come, before its first byte.
struct Arrival {
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
}

/// Why one that a proxy brought goes no further.
enum Unproxied {
    /// The proxy did not say who it is.
    NoHeader(io::Error),
    /// Its address has too many connections.
    TooMany(SocketAddr),
}

impl Arrival {
    /// Puts the client in the place of the proxy that brought it.
    async fn unwrap_proxy(&mut self, per_ip: &Arc<PerIp>, deadline: Instant) -> Result<(), Unproxied> {
        let client = timeout_at(deadline, proxied::client(&mut self.stream)).await;
        let client = client.map_err(|_| Unproxied::NoHeader(io::ErrorKind::TimedOut.into()))?;
        if let Some(client) = client.map_err(Unproxied::NoHeader)? {
            self.peer = client;
            self.place._ip = per_ip.enter(client.ip()).ok_or(Unproxied::TooMany(client))?;
        }
        Ok(())
    }
}

/// Tells TLS from plain text by the first byte and shakes hands.
async fn open(
    stream: TcpStream,
    tls: &TlsAcceptor,
    plain: bool,
    deadline: Instant,
) -> Result<Socket, Option<(TcpStream, Refusal)>> {
    // Small frames must not wait for each other's acknowledgements.
    let _ = stream.set_nodelay(true);
    let mut first = [0u8];
    match timeout_at(deadline, stream.peek(&mut first)).await {
        Err(_) => return Err(Some((stream, Refusal::Silent))),
        Ok(Ok(1)) => {}
        Ok(_) => return Err(None),
    }
    if first[0] == TLS_HANDSHAKE {
        let handshake = timeout_at(deadline, tls.accept(stream)).await;
        handshake.ok().and_then(Result::ok).map(|stream| Socket::Tls(Box::new(stream))).ok_or(None)
    } else if plain {
        Ok(Socket::Plain(stream))
    } else {
        Err(Some((stream, Refusal::PlainText)))
    }
}

/// Says a few words, takes what was sent (an unread byte would turn the close into a reset that
/// eats them), and goes.
async fn refuse(mut stream: TcpStream, words: &[u8]) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let polite = async {
        stream.write_all(words).await?;
        stream.shutdown().await?;
        let mut rest = (&mut stream).take(64 * 1024);
        tokio::io::copy(&mut rest, &mut tokio::io::sink()).await
    };
    let _ = tokio::time::timeout(Duration::from_secs(1), polite).await;
}

/// Whether the client went away while it waited to be accepted.
fn is_clients_fault(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[test]
    fn addresses_are_counted_and_freed() {
        let per_ip = PerIp::new(2, vec!["10.0.0.0/8".parse().unwrap()]);
        let ip: IpAddr = "192.0.2.1".parse().unwrap();
        let (first, _second) = (per_ip.enter(ip).unwrap(), per_ip.enter(ip).unwrap());
        assert!(per_ip.enter(ip).is_none());
        drop(first);
        assert!(per_ip.enter(ip).is_some());
        for free in ["127.0.0.1", "::1", "10.1.2.3"] {
            let many: Vec<_> = (0..5).map(|_| per_ip.enter(free.parse().unwrap())).collect();
            assert!(many.iter().all(Option::is_some), "{free}");
        }
        assert_eq!(per_ip.counts.lock().len(), 1, "the third came and went, the second stays");
    }

    #[tokio::test]
    async fn a_cork_holds_until_flushed_and_keeps_order() {
        let (near, mut far) = tokio::io::duplex(64 * 1024);
        let mut corked = Corked::new(near);
        corked.write_all(b"one").await.unwrap();
        corked.write_all(b"two").await.unwrap();
        let mut got = [0u8; 6];
        assert!(tokio::time::timeout(Duration::ZERO, far.read(&mut got)).await.is_err());
        corked.flush().await.unwrap();
        far.read_exact(&mut got).await.unwrap();
        assert_eq!((&got, corked.waiting.capacity()), (b"onetwo", 0));
        let big = vec![7u8; 3 * CORK];
        corked.write_all(&big).await.unwrap();
        corked.shutdown().await.unwrap();
        let mut rest = Vec::new();
        far.read_to_end(&mut rest).await.unwrap();
        assert!(rest == big);
    }
}
