//! A raw connection: what a script with a bare socket would do.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Longest a test waits for a frame.
const PATIENCE: Duration = Duration::from_secs(10);

/// The two live doors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveDoor {
    /// Lines over TCP.
    Tcp,
    /// Text messages over WebSocket.
    Ws,
}

enum Socket {
    Tcp {
        stream: BufReader<TcpStream>,
        /// The beginning of a line: a test may give up waiting in the middle of one.
        begun: Vec<u8>,
    },
    Ws(Box<WebSocketStream<MaybeTlsStream<TcpStream>>>),
}

/// What came from the server.
#[derive(Clone, Debug, PartialEq)]
pub enum Received {
    /// A frame.
    Frame(Value),
    /// The connection is closed: with this code (of the close frame or of `bye`), if one was told.
    Closed(Option<u16>),
}

/// A live connection, TCP or WebSocket, that speaks JSON.
pub struct RawClient {
    socket: Socket,
    bye: Option<u16>,
    /// Commands asked, for their ids.
    asked: u64,
}

impl std::fmt::Debug for RawClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawClient").finish_non_exhaustive()
    }
}

impl RawClient {
    /// Connects to the TCP door, in plain text.
    pub async fn tcp(addr: SocketAddr) -> Self {
        Self::try_connect(LiveDoor::Tcp, addr, None).await.unwrap()
    }

    /// Connects to a door in plain text, perhaps with a receive buffer of this many bytes: the
    /// server soon feels it when the owner of a small one does not read.
    ///
    /// # Errors
    /// When the server does not take the connection.
    pub async fn try_connect(door: LiveDoor, addr: SocketAddr, receive_buffer: Option<u32>) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if let Some(bytes) = receive_buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        let stream = socket.connect(addr).await?;
        stream.set_nodelay(true)?;
        let socket = match door {
            LiveDoor::Tcp => Socket::Tcp { stream: BufReader::new(stream), begun: Vec::new() },
            LiveDoor::Ws => {
                let opened = tokio_tungstenite::client_async(format!("ws://{addr}/ws"), MaybeTlsStream::Plain(stream));
                let (stream, _) = opened.await.map_err(io::Error::other)?;
                Socket::Ws(Box::new(stream))
            }
        };
        Ok(Self { socket, bye: None, asked: 0 })
    }

    /// Connects to the WebSocket door, in plain text.
    pub async fn ws(addr: SocketAddr) -> Self {
        let (stream, _) = tokio_tungstenite::connect_async(format!("ws://{addr}/ws")).await.unwrap();
        Self { socket: Socket::Ws(Box::new(stream)), bye: None, asked: 0 }
    }

    /// Sends a frame.
    pub async fn send_json(&mut self, frame: &Value) {
        self.send_text(&frame.to_string()).await;
    }

    /// Sends a line or text message as it is.
    pub async fn send_text(&mut self, text: &str) {
        self.try_send_text(text).await.unwrap();
    }

    /// Sends a line or text message as it is.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn try_send_text(&mut self, text: &str) -> io::Result<()> {
        match &mut self.socket {
            Socket::Tcp { stream, .. } => stream.get_mut().write_all(format!("{text}\n").as_bytes()).await,
            Socket::Ws(stream) => stream.send(Message::text(text)).await.map_err(io::Error::other),
        }
    }

    /// Sends raw bytes: a part of a line on TCP, a binary message on WebSocket.
    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        match &mut self.socket {
            Socket::Tcp { stream, .. } => stream.get_mut().write_all(bytes).await.unwrap(),
            Socket::Ws(stream) => stream.send(Message::binary(bytes.to_vec())).await.unwrap(),
        }
    }

    /// What comes next, within this time.
    pub async fn try_next(&mut self, within: Duration) -> Option<Received> {
        tokio::time::timeout(within, self.read()).await.ok()
    }

    /// What comes next, however long it takes. It may be given up and called again.
    pub async fn read(&mut self) -> Received {
        loop {
            let text = match &mut self.socket {
                Socket::Tcp { stream, begun } => match stream.read_until(b'\n', begun).await {
                    Ok(_) if begun.ends_with(b"\n") => String::from_utf8(std::mem::take(begun)).unwrap(),
                    _ => return Received::Closed(self.bye),
                },
                Socket::Ws(stream) => match stream.next().await {
                    Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
                    Some(Ok(Message::Close(frame))) => {
                        return Received::Closed(frame.map(|frame| frame.code.into()));
                    }
                    Some(Ok(_)) => continue,
                    Some(Err(_)) | None => return Received::Closed(self.bye),
                },
            };
            let frame: Value =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text:?} is no JSON: {error}"));
            if frame["type"] == "bye" {
                self.bye = frame["code"].as_u64().and_then(|code| u16::try_from(code).ok());
            }
            return Received::Frame(frame);
        }
    }

    /// The next frame; panics when none comes in time or the connection closes.
    pub async fn next_json(&mut self) -> Value {
        match self.try_next(PATIENCE).await {
            Some(Received::Frame(frame)) => frame,
            other => panic!("expected a frame, got {other:?}"),
        }
    }

    /// The next frame of this `type`; others before it are passed over.
    pub async fn next_of_type(&mut self, kind: &str) -> Value {
        let wanted = async {
            loop {
                match self.read().await {
                    Received::Frame(frame) if frame["type"] == kind => return frame,
                    Received::Frame(_) => {}
                    closed @ Received::Closed(_) => panic!("expected {kind}, got {closed:?}"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, wanted).await.unwrap_or_else(|_| panic!("no {kind} came in time"))
    }

    /// Whether nothing but passing frames comes for this time.
    pub async fn is_quiet(&mut self, during: Duration) -> bool {
        let deadline = tokio::time::Instant::now() + during;
        loop {
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            match self.try_next(left).await {
                None => return true,
                Some(Received::Frame(frame)) => {
                    let kind = frame["type"].as_str().unwrap_or_default();
                    if !["presence", "presence_state", "typing"].contains(&kind) {
                        return false;
                    }
                }
                Some(Received::Closed(_)) => return false,
            }
        }
    }

    /// Reads until the connection closes; the code that was told.
    pub async fn closed(&mut self) -> Option<u16> {
        let wanted = async {
            loop {
                if let Received::Closed(code) = self.read().await {
                    return code;
                }
            }
        };
        tokio::time::timeout(PATIENCE, wanted).await.unwrap_or_else(|_| panic!("the connection was not closed in time"))
    }

    /// Sends a command with an `id` and gives its answer (or error); events before it are passed over.
    pub async fn ask(&mut self, mut command: Value) -> Value {
        self.asked += 1;
        let id = format!("ask-{}", self.asked);
        command["id"] = json!(id);
        self.send_json(&command).await;
        let wanted = async {
            loop {
                match self.read().await {
                    Received::Frame(frame) if frame["id"] == id.as_str() => return frame,
                    Received::Frame(_) => {}
                    closed @ Received::Closed(_) => panic!("no answer to {command}: {closed:?}"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, wanted).await.unwrap_or_else(|_| panic!("no answer in time"))
    }

    /// Signs in by an access token.
    pub async fn auth(&mut self, token: &str) -> Value {
        let answer = self.ask(json!({"type": "auth", "token": token})).await;
        assert_eq!(answer["type"], "auth_success", "{answer}");
        answer
    }
}
