//! The WebSocket door: one text message per frame.

use std::io;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use vestnik_proto::limits;

use super::framing::{Bye, Input, LINGER, Transport};

/// Sets the library's buffers: 2 KiB to read, which every connection holds and most frames fit in, and none
/// to write (the socket below is corked). The defaults would cost every idle connection 130 KiB.
/// Compression is not negotiated, for reasons in `docs/adr/0012-no-permessage-deflate.md`.
pub fn configure(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .read_buffer_size(2 * 1024)
        .write_buffer_size(0)
        // Too long messages up to here are answered; beyond it, the protocol is at its end.
        .max_message_size(limits::FRAME_BYTES * 4)
        .max_frame_size(limits::FRAME_BYTES * 4)
}

/// A WebSocket.
#[derive(Debug)]
pub struct Messages(WebSocket);

impl Messages {
    /// Frames over this WebSocket.
    pub fn new(socket: WebSocket) -> Self {
        Self(socket)
    }
}

fn broken(error: axum::Error) -> io::Error {
    io::Error::other(error)
}

impl Transport for Messages {
    const DOOR: &'static str = "ws";

    async fn read(&mut self) -> Input {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) if text.len() > limits::FRAME_BYTES => Input::TooLong,
            Some(Ok(Message::Text(text))) => Input::Frame(text.into()),
            Some(Ok(Message::Binary(_))) => Input::Binary,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Input::Alive,
            Some(Ok(Message::Close(_))) => {
                // The library has written its own close frame; it leaves with the flush.
                let _ = tokio::time::timeout(LINGER, self.0.flush()).await;
                Input::End
            }
            Some(Err(_)) | None => Input::End,
        }
    }

    async fn feed(&mut self, frame: &Bytes) -> io::Result<()> {
        let text = Utf8Bytes::try_from(frame.clone()).map_err(io::Error::other)?;
        self.0.feed(Message::Text(text)).await.map_err(broken)
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.0.flush().await.map_err(broken)
    }

    async fn ping(&mut self) -> io::Result<()> {
        self.0.send(Message::Ping(Bytes::new())).await.map_err(broken)
    }

    async fn close(&mut self, bye: Bye) {
        let mut reason = bye.why.reason().to_owned();
        if let Some(millis) = bye.reconnect_after_ms {
            // The one place in a close frame where the delay fits.
            reason = format!("{reason} reconnect_after_ms={millis}");
        }
        let polite = async {
            let frame = CloseFrame { code: bye.why.code(), reason: reason.into() };
            if self.0.send(Message::Close(Some(frame))).await.is_ok() {
                while let Some(Ok(_)) = self.0.next().await {}
            }
        };
        let _ = tokio::time::timeout(LINGER, polite).await;
    }
}
