//! A lean connection: the same for the TCP and the WebSocket door, split in two halves, giving
//! frames as bytes in batches as they come off the socket.

use std::{net::SocketAddr, time::Duration};

use futures_util::{FutureExt, SinkExt, StreamExt, stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpSocket, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};
use vestnik_proto::{Answer, ClientFrame, Command, ServerFrame, command, frame};

use crate::{
    error::{Doing, Error, Result},
    peers::stanza::Cutter,
};

/// Seconds within which a connection must open and a single command must be answered.
pub const PATIENCE_SECS: u64 = 30;
/// Longest frame taken from the server: a page of the largest messages fits.
const FRAME_MAX: usize = 16 << 20;
/// First size of a read buffer; it grows where a lot comes at once.
const BUFFER_FIRST: usize = 4 << 10;
/// Size up to which a read buffer grows for throughput alone.
const BUFFER_USUAL: usize = 64 << 10;
/// WebSocket messages handed on in one batch.
const BATCH_MAX: usize = 256;

/// Which door is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// NDJSON over TCP.
    Tcp,
    /// WebSocket.
    Ws,
}

/// Whether a connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It does.
    Open,
    /// The server closed it, with this code when it told one.
    Closed(Option<u16>),
}

/// The reading half.
#[derive(Debug)]
pub enum Reader {
    /// Of a TCP connection.
    Tcp(LineReader),
    /// Of a WebSocket.
    Ws(stream::SplitStream<WebSocketStream<TcpStream>>),
}

/// The writing half. Frames wait until [`Writer::flush`].
#[derive(Debug)]
pub enum Writer {
    /// Of a TCP connection, with lines not yet written.
    Tcp(OwnedWriteHalf, Vec<u8>),
    /// Of a WebSocket, with messages not yet written.
    Ws(stream::SplitSink<WebSocketStream<TcpStream>, Message>, Vec<Message>),
}

/// Splits a byte stream into lines without copying them.
#[derive(Debug)]
pub struct LineReader {
    half: OwnedReadHalf,
    /// Finds stanzas instead of lines.
    stanzas: Option<Cutter>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    bye: Option<u16>,
}

impl LineReader {
    fn new(half: OwnedReadHalf, stanzas: Option<Cutter>) -> Self {
        Self { half, stanzas, buffer: Vec::new(), start: 0, end: 0, bye: None }
    }

    /// The next line, or stanza, that is wholly here.
    fn line(&mut self) -> Option<std::ops::Range<usize>> {
        if let Some(cutter) = &mut self.stanzas {
            let stanza = match cutter.next(&self.buffer[self.start..self.end]) {
                Ok(stanza) => stanza?,
                // What is no XML is nothing that anybody waits for.
                Err(_) => return None,
            };
            let stanza = self.start + stanza.start..self.start + stanza.end;
            self.start = stanza.end;
            return Some(stanza);
        }
        let length = memchr::memchr(b'\n', &self.buffer[self.start..self.end])?;
        let line = self.start..self.start + length;
        self.start = line.end + 1;
        if self.buffer[line.clone()].starts_with(br#"{"type":"bye""#) {
            self.bye = bye_code(&self.buffer[line.clone()]);
        }
        Some(line)
    }

    /// Reads more from the socket; dropping the future loses nothing.
    async fn fill(&mut self) -> Result<Flow> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.end == self.buffer.len() {
            if self.end >= FRAME_MAX {
                return Err(Error::Protocol("a line longer than 16 MiB".to_owned()));
            }
            self.buffer.resize((self.buffer.len() * 2).max(BUFFER_FIRST), 0);
        }
        match self.half.read(&mut self.buffer[self.end..]).await {
            Ok(0) => Ok(Flow::Closed(self.bye)),
            Ok(read) => {
                self.end += read;
                if self.end == self.buffer.len() && self.end < BUFFER_USUAL {
                    self.buffer.resize(self.end * 2, 0);
                }
                Ok(Flow::Open)
            }
            // A server that cuts a connection, or dies, may reset it.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => Ok(Flow::Closed(self.bye)),
            Err(error) => Err(error).doing("reading from the server"),
        }
    }
}

/// The code of a `bye`.
fn bye_code(line: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(line).ok()?;
    match frame::ReceivedFrame::decode(text).ok()??.frame {
        ServerFrame::Control(frame::Control::Bye { code, .. }) => Some(code),
        _ => None,
    }
}

impl Reader {
    /// Waits until something comes and gives every frame that is here to `take`.
    /// Dropping the future before it is done loses nothing.
    ///
    /// # Errors
    /// When the connection breaks otherwise than by being closed, or frames are no frames.
    pub async fn batch(&mut self, mut take: impl FnMut(&[u8])) -> Result<Flow> {
        match self {
            Self::Tcp(reader) => loop {
                let mut any = false;
                while let Some(line) = reader.line() {
                    take(&reader.buffer[line]);
                    any = true;
                }
                if any {
                    return Ok(Flow::Open);
                }
                if let closed @ Flow::Closed(_) = reader.fill().await? {
                    return Ok(closed);
                }
            },
            Self::Ws(reader) => {
                let mut next = reader.next().await;
                for taken in 1.. {
                    match next {
                        Some(Ok(Message::Text(text))) => take(text.as_bytes()),
                        Some(Ok(Message::Close(close))) => {
                            return Ok(Flow::Closed(close.map(|close| close.code.into())));
                        }
                        Some(Ok(_)) => {}
                        Some(Err(_)) | None => return Ok(Flow::Closed(None)),
                    }
                    if taken == BATCH_MAX {
                        break;
                    }
                    match reader.next().now_or_never() {
                        Some(more) => next = more,
                        None => break,
                    }
                }
                Ok(Flow::Open)
            }
        }
    }

    /// Waits for one frame.
    ///
    /// # Errors
    /// [`Error::Closed`] when the server closes instead, [`Error::Timeout`] after
    /// [`PATIENCE_SECS`].
    pub async fn frame(&mut self) -> Result<Vec<u8>> {
        let wait = async {
            match self {
                Self::Tcp(reader) => loop {
                    if let Some(line) = reader.line() {
                        return Ok(reader.buffer[line].to_vec());
                    }
                    if let Flow::Closed(code) = reader.fill().await? {
                        return Err(Error::Closed { code });
                    }
                },
                Self::Ws(reader) => loop {
                    match reader.next().await {
                        Some(Ok(Message::Text(text))) => return Ok(text.as_bytes().to_vec()),
                        Some(Ok(Message::Close(close))) => {
                            return Err(Error::Closed { code: close.map(|close| close.code.into()) });
                        }
                        Some(Ok(_)) => {}
                        Some(Err(_)) | None => return Err(Error::Closed { code: None }),
                    }
                },
            }
        };
        within("waiting for the server", wait).await?
    }
}

impl Writer {
    /// Puts a frame, which must be UTF-8, into the buffer.
    pub fn push(&mut self, frame: &[u8]) {
        match self {
            Self::Tcp(_, buffer) => {
                buffer.extend_from_slice(frame);
                buffer.push(b'\n');
            }
            Self::Ws(_, waiting) => waiting.push(Message::text(String::from_utf8_lossy(frame).into_owned())),
        }
    }

    /// Sends what is buffered.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn flush(&mut self) -> Result<()> {
        match self {
            Self::Tcp(half, buffer) => {
                half.write_all(buffer).await.doing("writing to the server")?;
                buffer.clear();
            }
            Self::Ws(sink, waiting) => {
                for message in waiting.drain(..) {
                    sink.feed(message).await.map_err(|_| Error::Closed { code: None })?;
                }
                sink.flush().await.map_err(|_| Error::Closed { code: None })?;
            }
        }
        Ok(())
    }
}

/// A whole connection.
#[derive(Debug)]
pub struct Connection {
    /// Its reading half.
    pub reader: Reader,
    /// Its writing half.
    pub writer: Writer,
}

impl Connection {
    /// Connects to the TCP door.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn tcp(address: SocketAddr, receive_buffer: Option<u32>) -> Result<Self> {
        let (read, write) = socket(address, receive_buffer).await?.into_split();
        Ok(Self { reader: Reader::Tcp(LineReader::new(read, None)), writer: Writer::Tcp(write, Vec::new()) })
    }

    /// Connects to an XMPP server: each frame that is read is a stanza.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn stanzas(address: SocketAddr) -> Result<Self> {
        let (read, write) = socket(address, None).await?.into_split();
        let reader = Reader::Tcp(LineReader::new(read, Some(Cutter::default())));
        Ok(Self { reader, writer: Writer::Tcp(write, Vec::new()) })
    }

    /// Connects to the WebSocket door.
    ///
    /// # Errors
    /// When nobody listens there or the upgrade is refused.
    pub async fn ws(address: SocketAddr, receive_buffer: Option<u32>) -> Result<Self> {
        let stream = socket(address, receive_buffer).await?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER_FIRST)
            .write_buffer_size(BUFFER_USUAL)
            .max_message_size(Some(FRAME_MAX))
            .max_frame_size(Some(FRAME_MAX));
        let upgrade = client_async_with_config(format!("ws://{address}/ws"), stream, Some(config));
        let (socket, _) = within("upgrading to WebSocket", upgrade)
            .await?
            .map_err(|error| Error::Protocol(format!("no WebSocket at /ws: {error}")))?;
        let (sink, stream) = socket.split();
        Ok(Self { reader: Reader::Ws(stream), writer: Writer::Ws(sink, Vec::new()) })
    }

    /// Sends a command and waits for its answer; events that come first are passed over.
    ///
    /// # Errors
    /// [`Error::Refused`] when the answer is an error.
    pub async fn ask(&mut self, command: Command) -> Result<Answer> {
        self.ask_seeing(command, |_| {}).await
    }

    /// As [`Connection::ask`], with the frames that come before the answer given to `take`.
    ///
    /// # Errors
    /// [`Error::Refused`] when the answer is an error.
    pub async fn ask_seeing(&mut self, command: Command, mut take: impl FnMut(&[u8])) -> Result<Answer> {
        const ID: &str = "ask";
        let name = command.name();
        let frame = ClientFrame { id: Some(ID.to_owned()), client_id: None, command };
        self.writer.push(frame.encode().as_bytes());
        self.writer.flush().await?;
        let ending = format!(r#""id":"{ID}"}}"#);
        loop {
            let bytes = self.reader.frame().await?;
            if !bytes.ends_with(ending.as_bytes()) && !bytes.starts_with(br#"{"type":"error""#) {
                take(&bytes);
                continue;
            }
            let text = String::from_utf8_lossy(&bytes);
            let unreadable = |why: String| Error::Protocol(format!("answer to `{name}`: {why}"));
            match frame::ReceivedFrame::decode(&text).map_err(|error| unreadable(error.to_string()))? {
                Some(received) => match received.frame {
                    ServerFrame::Answer(answer) => return Ok(answer),
                    ServerFrame::Control(frame::Control::Error(error)) => {
                        return Err(Error::Refused { command: name.to_owned(), error });
                    }
                    other => return Err(unreadable(format!("{other:?}"))),
                },
                None => return Err(unreadable("an unknown type".to_owned())),
            }
        }
    }

    /// Signs in with a token. Returns the newest position of the account stream.
    ///
    /// # Errors
    /// When the token is not taken.
    pub async fn auth(&mut self, token: &str) -> Result<i64> {
        match self.ask(Command::Auth(command::Auth { token: token.to_owned() })).await? {
            Answer::AuthSuccess(success) => Ok(success.account_rev),
            other => Err(Error::Protocol(format!("answer to `auth`: {other:?}"))),
        }
    }

    /// A `ping` and its `pong`: whatever the server had queued before has come, to `take`.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn barrier(&mut self, take: impl FnMut(&[u8])) -> Result<()> {
        self.ask_seeing(Command::Ping(command::Empty {}), take).await.map(|_| ())
    }
}

async fn socket(address: SocketAddr, receive_buffer: Option<u32>) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4().doing("making a socket")?;
    if let Some(size) = receive_buffer {
        socket.set_recv_buffer_size(size).doing("shrinking a socket's buffer")?;
    }
    let stream = within("connecting", socket.connect(address)).await?.doing("connecting to the server")?;
    stream.set_nodelay(true).doing("setting TCP_NODELAY")?;
    Ok(stream)
}

/// Waits at most [`PATIENCE_SECS`].
///
/// # Errors
/// [`Error::Timeout`].
pub async fn within<F: Future>(doing: &str, future: F) -> Result<F::Output> {
    timeout(Duration::from_secs(PATIENCE_SECS), future)
        .await
        .map_err(|_| Error::Timeout { doing: doing.to_owned(), seconds: PATIENCE_SECS })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn lines_come_whole_however_they_are_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut connection = Connection::tcp(address, None).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        let long = "y".repeat(20_000);
        let text = format!("one\ntwo\n{long}\n{{\"type\":\"bye\",\"code\":4408,\"reason\":\"r\"}}\n");
        let writing = tokio::spawn(async move {
            for piece in text.as_bytes().chunks(1_000) {
                server.write_all(piece).await.unwrap();
                server.flush().await.unwrap();
            }
        });
        assert_eq!(connection.reader.frame().await.unwrap(), b"one");
        let mut lines = Vec::new();
        let flow = loop {
            match connection.reader.batch(|line| lines.push(line.to_vec())).await.unwrap() {
                Flow::Open => {}
                closed => break closed,
            }
        };
        writing.await.unwrap();
        assert_eq!(flow, Flow::Closed(Some(4408)));
        assert_eq!(lines.len(), 3);
        assert_eq!((&lines[0][..], lines[1].len()), (&b"two"[..], 20_000));
    }
}
