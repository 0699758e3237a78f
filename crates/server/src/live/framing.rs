//! What both live doors must do: read frames, write them together, say goodbye.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use vestnik_proto::frame::{Control, encode};
use vestnik_proto::{CloseCode, limits};

/// Longest a goodbye may take.
pub const LINGER: Duration = Duration::from_secs(5);
/// Bytes taken from the socket at once; on the stack only while reading.
const CHUNK: usize = 4 * 1024;

/// What came in.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    /// A frame.
    Frame(Bytes),
    /// A frame longer than [`limits::FRAME_BYTES`]; it was passed over.
    TooLong,
    /// A binary WebSocket message.
    Binary,
    /// A sign of life without a frame, as a pong.
    Alive,
    /// The other side is gone.
    End,
}

/// A goodbye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bye {
    /// Why.
    pub why: CloseCode,
    /// When to come back, for a restart.
    pub reconnect_after_ms: Option<u64>,
}

impl From<CloseCode> for Bye {
    fn from(why: CloseCode) -> Self {
        Self { why, reconnect_after_ms: None }
    }
}

impl Bye {
    /// The frame that says it on TCP.
    pub fn frame(self) -> Vec<u8> {
        let Self { why, reconnect_after_ms } = self;
        encode(&Control::Bye { code: why.code(), reason: why.reason().to_owned(), reconnect_after_ms }, None)
    }
}

/// A framed stream. Reading and writing can be given up at any await and taken up again.
pub trait Transport: Send {
    /// The door's name, for counting.
    const DOOR: &'static str;

    /// The next frame.
    fn read(&mut self) -> impl Future<Output = Input> + Send;
    /// Takes frames to write; nothing leaves before [`Transport::flush`].
    ///
    /// # Errors
    /// When the stream is broken.
    fn feed(&mut self, frame: &Bytes) -> impl Future<Output = io::Result<()>> + Send;
    /// Writes everything taken, in as few system calls as can be.
    ///
    /// # Errors
    /// When the stream is broken.
    fn flush(&mut self) -> impl Future<Output = io::Result<()>> + Send;
    /// Asks for a sign of life, where the protocol can.
    ///
    /// # Errors
    /// When the stream is broken.
    fn ping(&mut self) -> impl Future<Output = io::Result<()>> + Send;
    /// Says goodbye and closes, within [`LINGER`].
    fn close(&mut self, bye: Bye) -> impl Future<Output = ()> + Send;
}

/// Lines over a byte stream.
///
/// An idle one holds no buffer: what is read waits in `input` only until its line is whole.
#[derive(Debug)]
pub struct Lines<S> {
    io: S,
    input: BytesMut,
    /// Bytes of `input` known to hold no line end.
    scanned: usize,
    /// Whether the rest of a line that was too long is being passed over.
    skipping: bool,
    output: BytesMut,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Lines<S> {
    /// Lines over this stream.
    pub fn new(io: S) -> Self {
        Self { io, input: BytesMut::new(), scanned: 0, skipping: false, output: BytesMut::new() }
    }

    /// A line from what has been read already.
    fn next_line(&mut self) -> Option<Input> {
        loop {
            let end = self.input[self.scanned..].iter().position(|&byte| byte == b'\n');
            let Some(end) = end.map(|end| self.scanned + end) else {
                if self.skipping {
                    self.input = BytesMut::new();
                } else if self.input.len() > limits::FRAME_BYTES + 1 {
                    // One more than the longest line, for a `\r` before the line end.
                    self.skipping = true;
                    self.input = BytesMut::new();
                    self.scanned = 0;
                    return Some(Input::TooLong);
                }
                self.scanned = self.input.len();
                return None;
            };
            let mut line = self.input.split_to(end);
            self.input.advance(1);
            self.scanned = 0;
            if self.input.is_empty() {
                self.input = BytesMut::new();
            }
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            if line.last() == Some(&b'\r') {
                line.truncate(line.len() - 1);
            }
            let too_long = line.len() > limits::FRAME_BYTES;
            return Some(if too_long { Input::TooLong } else { Input::Frame(line.freeze()) });
        }
    }

    /// Reads once into the stack and keeps only what came.
    async fn fill(&mut self) -> io::Result<usize> {
        let Self { io, input, .. } = self;
        poll_fn(|cx| {
            let mut chunk = [0u8; CHUNK];
            let mut buf = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut *io).poll_read(cx, &mut buf))?;
            input.extend_from_slice(buf.filled());
            Poll::Ready(Ok(buf.filled().len()))
        })
        .await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Transport for Lines<S> {
    const DOOR: &'static str = "tcp";

    async fn read(&mut self) -> Input {
        loop {
            if let Some(input) = self.next_line() {
                return input;
            }
            match self.fill().await {
                Ok(0) | Err(_) => return Input::End,
                Ok(_) => {}
            }
        }
    }

    async fn feed(&mut self, frame: &Bytes) -> io::Result<()> {
        self.output.extend_from_slice(frame);
        self.output.extend_from_slice(b"\n");
        Ok(())
    }

    async fn flush(&mut self) -> io::Result<()> {
        while !self.output.is_empty() {
            // What was written is taken off before the next await, so giving up loses no place.
            self.io.write_buf(&mut self.output).await?;
        }
        self.output = BytesMut::new();
        self.io.flush().await
    }

    async fn ping(&mut self) -> io::Result<()> {
        Ok(())
    }

    async fn close(&mut self, bye: Bye) {
        let polite = async {
            self.feed(&Bytes::from(bye.frame())).await?;
            self.flush().await?;
            self.io.shutdown().await?;
            // An unread byte would turn the close into a reset that eats the goodbye.
            while self.fill().await? > 0 {
                self.input.clear();
            }
            io::Result::Ok(())
        };
        let _ = tokio::time::timeout(LINGER, polite).await;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt, duplex};

    use super::*;

    /// What a reader sees when the bytes arrive in these pieces.
    async fn read_all(pieces: Vec<Vec<u8>>) -> Vec<Input> {
        let (near, mut far) = duplex(256);
        let writer = tokio::spawn(async move {
            for piece in pieces {
                far.write_all(&piece).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        let mut lines = Lines::new(near);
        let mut got = Vec::new();
        loop {
            match lines.read().await {
                Input::End => break,
                input => got.push(input),
            }
        }
        writer.await.unwrap();
        assert!(lines.input.capacity() <= limits::FRAME_BYTES * 2 + CHUNK * 2);
        got
    }

    fn frame(bytes: &[u8]) -> Input {
        Input::Frame(Bytes::copy_from_slice(bytes))
    }

    #[tokio::test]
    async fn a_line_too_long_is_passed_over_once_and_the_next_is_read() {
        let mut text = vec![b'x'; limits::FRAME_BYTES * 3];
        text.extend_from_slice(b"\nnext\r\n\npartial");
        assert_eq!(read_all(vec![text]).await, [Input::TooLong, frame(b"next"), frame(b"")]);
        let longest = vec![b'y'; limits::FRAME_BYTES];
        let mut text = longest.clone();
        text.extend_from_slice(b"\r\n");
        text.extend_from_slice(&longest);
        text.extend_from_slice(b"y\nend\n");
        assert_eq!(read_all(vec![text]).await, [frame(&longest), Input::TooLong, frame(b"end")]);
    }

    #[tokio::test]
    async fn an_idle_reader_holds_no_buffer() {
        let (near, mut far) = duplex(1024);
        let mut lines = Lines::new(near);
        far.write_all(b"hello\n").await.unwrap();
        assert_eq!(lines.read().await, frame(b"hello"));
        assert!(tokio::time::timeout(Duration::ZERO, lines.read()).await.is_err());
        assert_eq!((lines.input.capacity(), lines.output.capacity()), (0, 0));
    }

    #[tokio::test]
    async fn frames_fed_leave_together_and_the_goodbye_comes_last() {
        let (near, mut far) = duplex(1024);
        let mut lines = Lines::new(near);
        lines.feed(&Bytes::from_static(b"1")).await.unwrap();
        lines.feed(&Bytes::from_static(b"2")).await.unwrap();
        let reader = tokio::spawn(async move {
            let mut text = String::new();
            far.read_to_string(&mut text).await.unwrap();
            text
        });
        lines.close(CloseCode::Normal.into()).await;
        assert_eq!(reader.await.unwrap(), "1\n2\n{\"type\":\"bye\",\"code\":1000,\"reason\":\"Goodbye.\"}\n");
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(lines in proptest::collection::vec("[a-zж ]{0,40}", 0..12), cuts in proptest::collection::vec(1usize..30, 0..40)) {
            let text: Vec<u8> = lines.iter().flat_map(|line| [line.as_bytes(), b"\n"].concat()).collect();
            let mut pieces = Vec::new();
            let mut rest = &text[..];
            for cut in cuts {
                let (piece, after) = rest.split_at(cut.min(rest.len()));
                pieces.push(piece.to_vec());
                rest = after;
            }
            pieces.push(rest.to_vec());
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let got = runtime.block_on(read_all(pieces));
            prop_assert_eq!(got, lines.iter().map(|line| frame(line.as_bytes())).collect::<Vec<_>>());
        }
    }
}
