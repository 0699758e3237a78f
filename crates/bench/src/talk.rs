//! Somebody who sends with a window of unacknowledged messages and reads all the while.

use std::{cell::Cell, collections::VecDeque, time::Duration};

use futures_util::future::try_join_all;
use tokio::{
    pin,
    task::unconstrained,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    conn::{Connection, Flow, Writer},
    error::{Error, Result},
    wire::{Body, Mark, Scanner, Seen},
};

/// Longest a chat may take to fill.
const FILL_SECS: u64 = 600;

/// How somebody says a message, and where.
#[derive(Clone, Debug)]
pub enum Tongue {
    /// `message` commands.
    Commands {
        /// The chat.
        chat: String,
        /// The run, for keys.
        run: u64,
    },
    /// Lines of the raw server with a disk, to this pair.
    Pair(String),
    /// XMPP with acknowledgements by count.
    Stanzas(Session),
}

/// Where an XMPP connection with acknowledgements is.
#[derive(Clone, Debug)]
pub struct Session {
    to: String,
    /// Stanzas sent since acknowledgements were asked for.
    sent: u64,
    /// Stanzas received since then.
    received: u64,
}

impl Session {
    /// A new one whose messages go to this address.
    pub fn to(to: String) -> Self {
        Self { to, sent: 0, received: 0 }
    }
}

impl Tongue {
    /// Appends the message.
    pub fn push(&mut self, frame: &mut Vec<u8>, body: Body, mark: Mark) {
        match self {
            Self::Commands { chat, run } => body.push_command(frame, chat, mark, *run),
            Self::Pair(pair) => body.push_pair(frame, pair, mark),
            Self::Stanzas(session) => {
                session.sent += 1;
                body.push_stanza(frame, &session.to, "chat", mark);
            }
        }
    }

    /// Notes what came.
    pub fn note(&mut self, frame: &[u8]) {
        if let Self::Stanzas(session) = self
            && [&b"<message"[..], b"<presence", b"<iq"].iter().any(|start| frame.starts_with(start))
        {
            session.received += 1;
        }
    }

    /// Stanzas sent so far.
    fn sent(&self) -> u64 {
        match self {
            Self::Stanzas(session) => session.sent,
            Self::Commands { .. } | Self::Pair(_) => 0,
        }
    }

    /// What to send when nothing is read for a while, so that nobody waits for it.
    pub fn push_count(&self, writer: &mut Writer) {
        self.push_requests(writer, false, true);
    }

    /// What to send after messages so that they are acknowledged, and when asked what came.
    fn push_requests(&self, writer: &mut Writer, sent: bool, asked: bool) {
        let Self::Stanzas(session) = self else { return };
        if asked {
            writer.push(format!("<a xmlns='urn:xmpp:sm:3' h='{}'/>", session.received).as_bytes());
        }
        if sent {
            writer.push(b"<r xmlns='urn:xmpp:sm:3'/>");
        }
    }
}

/// Somebody who sends.
#[derive(Debug)]
pub struct Talker<'a> {
    /// Their connection.
    pub connection: &'a mut Connection,
    /// How they send, and where.
    pub tongue: &'a mut Tongue,
    /// Their tag.
    pub tag: u32,
    /// What messages look like.
    pub body: Body,
    /// Messages that may be unacknowledged.
    pub window: usize,
}

/// What happens to a [`Talker`].
#[derive(Debug)]
pub enum Event<'a> {
    /// The message named last is about to leave.
    Sent,
    /// Message `index` is acknowledged.
    Acked {
        /// Which.
        index: u32,
        /// How long it took, microseconds.
        micros: u32,
        /// The ack.
        frame: &'a [u8],
    },
    /// A message came, one's own among them.
    Message(Mark),
    /// There is nothing more to send and all is acknowledged. Told once.
    Finished,
}

impl Talker<'_> {
    /// Sends the messages `next` names as long as it names some, and reads until `done`.
    ///
    /// # Errors
    /// When the server refuses a message or closes the connection.
    pub async fn talk(
        self,
        done: &CancellationToken,
        mut next: impl FnMut() -> Option<u32>,
        mut on: impl FnMut(Event<'_>),
    ) -> Result<()> {
        let scanner = Scanner::default();
        let start = Instant::now();
        let micros = || u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX);
        let mut sent_at: Vec<u32> = Vec::new();
        let mut frame = Vec::new();
        let mut outstanding = 0usize;
        // What an acknowledgement by count is for: the how-manieth stanza is which message.
        let mut counted: VecDeque<(u64, u32)> = VecDeque::new();
        let mut asked = false;
        let mut finished = false;
        let mut refusal = None;
        let done = done.cancelled();
        pin!(done);
        loop {
            let now = micros();
            let mut wrote = false;
            while outstanding < self.window && !finished {
                let Some(index) = next() else { break };
                let at = index as usize;
                if sent_at.len() <= at {
                    sent_at.resize((at + 1).next_power_of_two(), 0);
                }
                sent_at[at] = now;
                on(Event::Sent);
                frame.clear();
                self.tongue.push(&mut frame, self.body, Mark { tag: self.tag, index });
                self.connection.writer.push(&frame);
                if let Tongue::Stanzas(_) = self.tongue {
                    counted.push_back((self.tongue.sent(), index));
                }
                (outstanding, wrote) = (outstanding + 1, true);
            }
            if wrote || asked {
                self.tongue.push_requests(&mut self.connection.writer, wrote, asked);
                self.connection.writer.flush().await?;
                asked = false;
            }
            if outstanding == 0 && !finished {
                finished = true;
                on(Event::Finished);
            }
            let mut now = None;
            let flow = tokio::select! {
                biased;
                () = &mut done => return Ok(()),
                flow = self.connection.reader.batch(|frame| {
                    self.tongue.note(frame);
                    match scanner.see(frame) {
                    Seen::Message(mark) => on(Event::Message(mark)),
                    Seen::Asked => asked = true,
                    Seen::Handled(count) => {
                        let now = *now.get_or_insert_with(micros);
                        while let Some(&(_, index)) = counted.front().filter(|(place, _)| *place <= count) {
                            counted.pop_front();
                            outstanding = outstanding.saturating_sub(1);
                            let sent = sent_at.get(index as usize).copied().unwrap_or(now);
                            on(Event::Acked { index, micros: now.saturating_sub(sent), frame });
                        }
                    }
                    Seen::Ack => {
                        let Some(index) = scanner.answered(frame).and_then(|id| u32::try_from(id).ok()) else { return };
                        let now = *now.get_or_insert_with(micros);
                        // The ack of an earlier run's last message is not of this one.
                        let Some(&sent) = sent_at.get(index as usize) else { return };
                        outstanding = outstanding.saturating_sub(1);
                        on(Event::Acked { index, micros: now.saturating_sub(sent), frame });
                    }
                    Seen::Error => refusal = Some(String::from_utf8_lossy(frame).into_owned()),
                    Seen::Pong | Seen::Other => {}
                }}) => flow?,
            };
            if let Some(refusal) = refusal {
                return Err(Error::Setup(format!("the server refused a message: {refusal}")));
            }
            if let Flow::Closed(code) = flow {
                return Err(Error::Closed { code });
            }
        }
    }
}

/// Fills a chat with about `count` messages, all these connections' people sending.
///
/// # Errors
/// When the server refuses one.
pub async fn fill(connections: &mut [Connection], chat: &str, run: u64, count: u32, body: Body) -> Result<()> {
    /// Unacknowledged messages of each. Everybody gets what all of them send: the product with the
    /// number of people must stay below what a server queues for a connection.
    const WINDOW: usize = 8;
    let people = u32::try_from(connections.len()).unwrap_or(1).max(1);
    let each = count.div_ceil(people);
    let done = CancellationToken::new();
    let talking = Cell::new(people);
    let talks = connections.iter_mut().zip(0..).map(|(connection, tag)| {
        let (done, talking) = (&done, &talking);
        let mut indexes = 0..each;
        async move {
            let mut tongue = Tongue::Commands { chat: chat.to_owned(), run };
            let talker = Talker { connection, tongue: &mut tongue, tag, body, window: WINDOW };
            let on = |event: Event<'_>| {
                if matches!(event, Event::Finished) {
                    talking.set(talking.get() - 1);
                    if talking.get() == 0 {
                        done.cancel();
                    }
                }
            };
            talker.talk(done, || indexes.next(), on).await
        }
    });
    timeout(Duration::from_secs(FILL_SECS), unconstrained(try_join_all(talks)))
        .await
        .map_err(|_| Error::Timeout { doing: "filling a chat".to_owned(), seconds: FILL_SECS })??;
    crate::accounts::drain(connections, |_| {}).await
}
