//! Frames over a socket: WebSocket text messages or lines, plain or over TLS.

use std::io;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use super::address::Scheme;
use super::{Address, ClientError, Closed, ConnectFault, TlsOptions};

/// The longest frame accepted from a server. Bytes. A page of 200 of the longest messages fits.
const MAX_FRAME: usize = 8 * 1024 * 1024;
/// How much is read from the socket at once. Bytes.
const READ_BUFFER: usize = 16 * 1024;

/// A byte stream both ways.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}
type Io = Box<dyn Duplex>;

/// The reading half.
pub(super) enum Reader {
    Lines(LineReader<ReadHalf<Io>>),
    Ws(SplitStream<WebSocketStream<Io>>),
}

/// The writing half.
pub(super) enum Writer {
    Lines(WriteHalf<Io>),
    Ws(SplitSink<WebSocketStream<Io>, Message>),
}

/// Connects, with TLS and the WebSocket handshake where the address asks for them.
///
/// # Errors
/// [`ClientError::Connect`] with the cause, [`ClientError::Tls`] for unusable certificates.
pub(super) async fn connect(address: &Address, tls: &TlsOptions) -> Result<(Reader, Writer), ClientError> {
    let fault = |fault, cause: String| ClientError::Connect { address: address.to_string(), fault, cause };
    let failed = |cause: &dyn std::fmt::Display| fault(ConnectFault::Other, cause.to_string());
    let socket = TcpStream::connect((address.host.as_str(), address.port)).await.map_err(|error| {
        let refused = error.kind() == io::ErrorKind::ConnectionRefused;
        fault(if refused { ConnectFault::Refused } else { ConnectFault::Other }, error.to_string())
    })?;
    // Small frames that wait for their answer: Nagle's algorithm would only delay them.
    socket.set_nodelay(true).map_err(|error| failed(&error))?;
    let io: Io = if address.scheme.is_plain() {
        Box::new(socket)
    } else {
        let name = ServerName::try_from(address.host.clone()).map_err(|error| failed(&error))?;
        let connector = TlsConnector::from(tls.config()?);
        let connected = connector.connect(name, socket).await;
        Box::new(connected.map_err(|error| match (is_certificate(&error), tls.pinned) {
            (false, _) => failed(&error),
            (true, None) => fault(ConnectFault::Untrusted, error.to_string()),
            (true, Some(_)) => {
                fault(ConnectFault::NotPinned, "the server's certificate is not the pinned one".to_owned())
            }
        })?)
    };
    match address.scheme {
        Scheme::Tcp | Scheme::Tls => {
            let (read, write) = tokio::io::split(io);
            Ok((Reader::Lines(LineReader::new(read)), Writer::Lines(write)))
        }
        Scheme::Ws | Scheme::Wss => {
            let config = WebSocketConfig::default()
                .read_buffer_size(READ_BUFFER)
                .write_buffer_size(0)
                .max_message_size(Some(MAX_FRAME))
                .max_frame_size(Some(MAX_FRAME));
            let (socket, _) = tokio_tungstenite::client_async_with_config(address.to_string(), io, Some(config))
                .await
                .map_err(|error| failed(&error))?;
            let (write, read) = socket.split();
            Ok((Reader::Ws(read), Writer::Ws(write)))
        }
    }
}

/// Whether a handshake failed because the server's certificate was not accepted.
fn is_certificate(error: &io::Error) -> bool {
    let tls = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
    matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
}

impl Reader {
    /// The next frame's text.
    ///
    /// # Errors
    /// How the connection ended.
    pub(super) async fn next(&mut self) -> Result<String, Closed> {
        match self {
            Self::Lines(lines) => match lines.next().await {
                Ok(Some(line)) => Ok(line),
                Ok(None) => Err(Closed::default()),
                Err(error) => Err(Closed { reason: error.to_string(), ..Closed::default() }),
            },
            Self::Ws(socket) => loop {
                match socket.next().await {
                    Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                    // Pings are answered by the library; nothing else carries frames.
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_))) => {}
                    Some(Ok(Message::Close(frame))) => return Err(closed(frame)),
                    Some(Err(WsError::ConnectionClosed | WsError::AlreadyClosed)) | None => {
                        return Err(Closed::default());
                    }
                    Some(Err(error)) => return Err(Closed { reason: error.to_string(), ..Closed::default() }),
                }
            },
        }
    }
}

/// What a close frame tells. It has no place for the delay but its reason, which then ends with
/// ` reconnect_after_ms=<number>`.
fn closed(frame: Option<CloseFrame>) -> Closed {
    let Some(frame) = frame else { return Closed::default() };
    let reason = frame.reason.as_str();
    let delay = reason.rsplit_once("reconnect_after_ms=").and_then(|(words, delay)| Some((words, delay.parse().ok()?)));
    let (reason, reconnect_after_ms) = delay.map_or((reason, None), |(words, delay)| (words.trim_end(), Some(delay)));
    Closed { code: Some(frame.code.into()), reason: reason.to_owned(), reconnect_after_ms }
}

impl Writer {
    /// Sends one frame.
    ///
    /// # Errors
    /// When the connection is gone.
    pub(super) async fn send(&mut self, mut frame: String) -> io::Result<()> {
        match self {
            Self::Lines(write) => {
                frame.push('\n');
                write.write_all(frame.as_bytes()).await?;
                write.flush().await
            }
            Self::Ws(socket) => socket.send(Message::text(frame)).await.map_err(io::Error::other),
        }
    }

    /// Says goodbye and closes; best effort, the connection may be gone.
    pub(super) async fn close(&mut self) {
        let _ = match self {
            Self::Lines(write) => write.shutdown().await,
            Self::Ws(socket) => socket.close().await.map_err(io::Error::other),
        };
    }
}

/// Splits a byte stream into lines of bounded length. Cancelling [`LineReader::next`] loses nothing.
pub(super) struct LineReader<R> {
    read: R,
    buffer: Vec<u8>,
    /// Up to here the buffer was searched for a line end in vain.
    searched: usize,
}

impl<R: AsyncRead + Unpin> LineReader<R> {
    fn new(read: R) -> Self {
        Self { read, buffer: Vec::new(), searched: 0 }
    }

    /// The next line without its end; `None` at the end of the stream.
    async fn next(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(at) = self.buffer[self.searched..].iter().position(|&byte| byte == b'\n') {
                let rest = self.buffer.split_off(self.searched + at + 1);
                let mut line = std::mem::replace(&mut self.buffer, rest);
                self.searched = 0;
                line.pop();
                return String::from_utf8(line).map(Some).map_err(io::Error::other);
            }
            self.searched = self.buffer.len();
            if self.buffer.len() > MAX_FRAME {
                return Err(io::Error::other("a frame is longer than 8 MiB"));
            }
            self.buffer.reserve(READ_BUFFER);
            if self.read.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_cut_wherever_the_bytes_arrive() {
        let (mut write, read) = tokio::io::duplex(3);
        let text = "один\n\n{\"a\":1}\nrest";
        let writing = tokio::spawn(async move { write.write_all(text.as_bytes()).await });
        let mut lines = LineReader::new(read);
        let mut got = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            got.push(line);
        }
        writing.await.unwrap().unwrap();
        assert_eq!(got, ["один", "", "{\"a\":1}"], "what has no end is no frame");
    }

    #[test]
    fn a_close_frame_tells_when_to_come_back() {
        let told = |reason: &str| {
            let frame = CloseFrame { code: 1012.into(), reason: reason.into() };
            let closed = closed(Some(frame));
            (closed.code, closed.reason, closed.reconnect_after_ms)
        };
        assert_eq!(told("Restart. reconnect_after_ms=250"), (Some(1012), "Restart.".to_owned(), Some(250)));
        assert_eq!(told("Restart."), (Some(1012), "Restart.".to_owned(), None));
        assert_eq!(told("reconnect_after_ms=x").2, None);
    }

    #[tokio::test]
    async fn an_endless_line_is_refused() {
        let mut lines = LineReader::new(tokio::io::repeat(b'x'));
        assert!(lines.next().await.is_err());
    }
}
