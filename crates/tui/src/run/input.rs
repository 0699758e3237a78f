//! What comes from the terminal and the system.

use crossterm::event::{Event, EventStream, KeyCode, KeyEventKind, MouseButton, MouseEventKind};
use futures_util::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::Runner;
use crate::app::{App, Input, Mouse};
use crate::failure::Failure;
use crate::keys::Key;

/// What the terminal told that may wait to be taken; then reading waits.
const EVENTS: usize = 256;

impl Runner<'_> {
    /// Takes what the terminal told.
    pub(super) async fn terminal_event(&mut self, app: &mut App, event: Event) {
        let input = match event {
            Event::Key(key) if key.kind == KeyEventKind::Release => return,
            Event::Key(key) => {
                assert!(
                    !(self.environment.test_panic && key.code == KeyCode::F(12)),
                    "asked for by the test of the panic"
                );
                Input::Key(Key::of(&key))
            }
            Event::Paste(text) => Input::Paste(text),
            Event::Resize(width, height) => Input::Resize(width, height),
            Event::FocusGained => Input::Focus(true),
            Event::FocusLost => Input::Focus(false),
            Event::Mouse(mouse) => {
                let what = match mouse.kind {
                    MouseEventKind::Down(MouseButton::Left) => Mouse::Click,
                    MouseEventKind::ScrollUp => Mouse::WheelUp,
                    MouseEventKind::ScrollDown => Mouse::WheelDown,
                    _ => return,
                };
                Input::Mouse(what, mouse.column, mouse.row)
            }
        };
        self.take(app, input).await;
    }
}

/// Reads what the terminal tells, beside the loop, until it is dropped.
pub struct Keys {
    events: mpsc::Receiver<Event>,
    reading: JoinHandle<()>,
}

impl Keys {
    /// Begins to read.
    pub fn read() -> Self {
        let (sender, events) = mpsc::channel(EVENTS);
        let reading = tokio::spawn(async move {
            let mut stream = EventStream::new();
            // An error means that the terminal is gone.
            while let Some(Ok(event)) = stream.next().await {
                if sender.send(event).await.is_err() {
                    return;
                }
            }
        });
        Self { events, reading }
    }

    /// The next one; `None` when the terminal is gone.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// The next one, if it is there already.
    pub fn waiting(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Signals to stop, and to come back from the shell.
pub struct Signals {
    #[cfg(unix)]
    stops: [tokio::signal::unix::Signal; 3],
    #[cfg(unix)]
    goes_on: tokio::signal::unix::Signal,
}

impl Signals {
    /// Listens from now on.
    #[cfg(unix)]
    pub fn listen() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(|error| Failure::Other(error.to_string()));
        Ok(Self {
            stops: [listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?, listen(SignalKind::hangup())?],
            goes_on: listen(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    /// Listens from now on.
    #[cfg(not(unix))]
    pub fn listen() -> Result<Self, Failure> {
        Ok(Self {})
    }

    /// Waits for the next one. While an editor has the terminal an interrupt is meant for it.
    #[cfg(unix)]
    pub async fn next(&mut self, editing: bool) -> Signal {
        let [interrupt, terminate, hangup] = &mut self.stops;
        loop {
            tokio::select! {
                _ = interrupt.recv() => if !editing { return Signal::Stop },
                _ = terminate.recv() => return Signal::Stop,
                _ = hangup.recv() => return Signal::Stop,
                _ = self.goes_on.recv() => if !editing { return Signal::Continued },
            }
        }
    }

    /// Waits for the next one.
    #[cfg(not(unix))]
    pub async fn next(&mut self, _editing: bool) -> Signal {
        let _ = tokio::signal::ctrl_c().await;
        Signal::Stop
    }
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// To end.
    Stop,
    /// To go on after having been stopped.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no such signal"))]
    Continued,
}
