//! The closed loop of one sender and many receivers, against the real server and the raw one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures_util::future::{join_all, try_join_all};
use tokio::{
    pin,
    sync::Semaphore,
    task::unconstrained,
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::{
    conn::{Connection, Flow, Reader},
    error::{Error, Result},
    process::{Meter, Used},
    stats::{Latencies, Receipts},
    wire::{Body, Mark, Scanner, Seen},
};

/// Messages in one run: what the tables of a run are made for.
const MESSAGES_MAX: u32 = 1 << 20;
/// How much longer a run may take to send its least number of messages.
const LEAST_TIME: Duration = Duration::from_secs(60);
/// Messages put into one write when the window allows.
const WRITE_MAX: usize = 64;

/// What the sender says.
#[derive(Clone, Debug)]
pub enum Speech {
    /// `message` commands to this chat, keys made from the run's number.
    Commands {
        /// The chat.
        chat: String,
        /// The run.
        run: u64,
    },
    /// Ready-made events for the raw server.
    Events,
    /// The same, published on this subject of NATS.
    Publish(&'static str),
    /// Messages to this XMPP room.
    Groupchat(&'static str),
}

/// One run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the sender says.
    pub speech: Speech,
    /// What the messages look like.
    pub body: Body,
    /// The run's tag; strays of other runs are not counted.
    pub tag: u32,
    /// Messages in flight.
    pub window: usize,
    /// For how long new ones leave.
    pub time: Duration,
    /// Messages that leave at least, though it takes up to [`LEAST_TIME`] longer.
    pub least: u32,
    /// How long after the last send the last delivery may come. What comes later is lost.
    pub drain: Duration,
    /// The server's process.
    pub pid: Option<u32>,
}

impl Plan {
    /// Appends what the sender says for this message.
    fn push(&self, frame: &mut Vec<u8>, mark: Mark) {
        match &self.speech {
            Speech::Commands { chat, run } => self.body.push_command(frame, chat, mark, *run),
            Speech::Events => self.body.push_event(frame, mark),
            Speech::Publish(subject) => self.body.push_publish(frame, subject, mark),
            Speech::Groupchat(room) => self.body.push_stanza(frame, room, "groupchat", mark),
        }
    }
}

/// What one run gave.
#[derive(Debug)]
pub struct Outcome {
    /// Messages sent.
    pub sent: u32,
    /// Different deliveries, all receivers together.
    pub delivered: u64,
    /// Messages acknowledged to the sender.
    pub acked: u32,
    /// Deliveries that never came.
    pub lost: u64,
    /// Deliveries that came again.
    pub doubled: u64,
    /// Deliveries that came after a later one.
    pub disordered: u64,
    /// From the send to each delivery.
    pub latencies: Latencies,
    /// Time and CPU until the last delivery.
    pub used: Used,
}

impl Outcome {
    /// Deliveries per second.
    pub fn rate(&self) -> f64 {
        self.delivered as f64 / self.used.wall
    }

    /// CPU seconds of the server per million deliveries.
    pub fn cpu_per_million(&self) -> f64 {
        self.used.cpu / self.delivered as f64 * 1e6
    }
}

/// What all tasks of a run share. The send times and counters are by message index.
struct Track {
    start: Instant,
    members: u32,
    sent_at: Box<[AtomicU32]>,
    reached: Box<[AtomicU32]>,
    complete: AtomicU32,
    /// Messages sent in all, once that is known.
    total: AtomicU32,
    window: Semaphore,
    done: CancellationToken,
}

impl Track {
    fn new(members: u32, window: usize) -> Self {
        let table = || (0..MESSAGES_MAX).map(|_| AtomicU32::new(0)).collect();
        Self {
            start: Instant::now(),
            members,
            sent_at: table(),
            reached: table(),
            complete: AtomicU32::new(0),
            total: AtomicU32::new(u32::MAX),
            window: Semaphore::new(window),
            done: CancellationToken::new(),
        }
    }

    fn micros(&self) -> u32 {
        u32::try_from(self.start.elapsed().as_micros()).unwrap_or(u32::MAX)
    }

    /// One more member has message `index`.
    fn reach(&self, index: u32) {
        if self.reached[index as usize].fetch_add(1, Ordering::Relaxed) + 1 < self.members {
            return;
        }
        self.window.add_permits(1);
        let complete = self.complete.fetch_add(1, Ordering::Relaxed) + 1;
        if complete == self.total.load(Ordering::Relaxed) {
            self.done.cancel();
        }
    }

    /// No more will be sent.
    fn finish(&self, total: u32) {
        self.total.store(total, Ordering::Relaxed);
        if self.complete.load(Ordering::Relaxed) == total {
            self.done.cancel();
        }
    }
}

/// What one receiver has to tell.
#[derive(Default)]
struct Receiver {
    scanner: Scanner,
    receipts: Receipts,
    latencies: Latencies,
    acked: u32,
    refusal: Option<String>,
}

impl Receiver {
    fn take(&mut self, frame: &[u8], tag: u32, track: &Track, now: u32) {
        match self.scanner.see(frame) {
            Seen::Message(Mark { tag: of, index })
                if of == tag && index < MESSAGES_MAX && self.receipts.note(index) =>
            {
                let sent = track.sent_at[index as usize].load(Ordering::Relaxed);
                self.latencies.push(now.saturating_sub(sent));
                track.reach(index);
            }
            Seen::Ack if self.scanner.answered(frame) != Some(u64::from(Mark::LAST)) => self.acked += 1,
            Seen::Error => {
                self.refusal.get_or_insert_with(|| String::from_utf8_lossy(frame).into_owned());
                track.done.cancel();
            }
            _ => {}
        }
    }

    /// Reads until the run is done.
    async fn run(&mut self, reader: &mut Reader, tag: u32, track: &Track) -> Result<()> {
        let done = track.done.cancelled();
        pin!(done);
        loop {
            let mut now = None;
            let flow = tokio::select! {
                biased;
                () = &mut done => return Ok(()),
                // One look at the clock for all that a read brought.
                flow = reader.batch(|frame| {
                    let now = *now.get_or_insert_with(|| track.micros());
                    self.take(frame, tag, track, now);
                }) => flow?,
            };
            if let Flow::Closed(code) = flow {
                track.done.cancel();
                return Err(Error::Closed { code });
            }
        }
    }
}

/// Runs one closed loop over these connections; the first is the sender's, and receives too.
///
/// # Errors
/// When the server refuses a message or closes a connection.
pub async fn run(members: &mut [Connection], plan: &Plan) -> Result<Outcome> {
    let count = u32::try_from(members.len()).unwrap_or(u32::MAX);
    let track = Arc::new(Track::new(count, plan.window));
    let mut writers = Vec::with_capacity(members.len());
    let mut readers = Vec::with_capacity(members.len());
    for Connection { reader, writer } in &mut *members {
        writers.push(writer);
        readers.push(reader);
    }
    let sender = writers.swap_remove(0);

    let meter = Meter::start(plan.pid);
    // One future polls all readers: it costs a wake-up each, as tasks would, and spares giving the
    // connections away. Its budget is all of theirs, so it must not be that of one task.
    let receiving = unconstrained(async {
        join_all(readers.into_iter().map(|reader| {
            let track = &track;
            async move {
                let mut receiver = Receiver::default();
                let end = receiver.run(reader, plan.tag, track).await;
                end.map(|()| receiver)
            }
        }))
        .await
    });
    let sending = send(sender, plan, &track);
    let measured = async {
        track.done.cancelled().await;
        meter.stop()
    };
    let (received, sent, used) = tokio::join!(receiving, sending, measured);
    let sent = sent?;
    let mut receivers = received.into_iter().collect::<Result<Vec<_>>>()?;

    let unended = settle(members, &mut receivers, plan, &track).await?;

    let mut outcome = Outcome {
        sent,
        delivered: 0,
        acked: 0,
        lost: unended,
        doubled: 0,
        disordered: 0,
        latencies: Latencies::default(),
        used,
    };
    for receiver in &mut receivers {
        if let Some(refusal) = receiver.refusal.take() {
            return Err(Error::Setup(format!("the server refused a message: {refusal}")));
        }
        outcome.delivered += u64::from(receiver.receipts.received);
        outcome.lost += u64::from(receiver.receipts.lost(sent));
        outcome.doubled += u64::from(receiver.receipts.doubled);
        outcome.disordered += u64::from(receiver.receipts.disordered);
        outcome.acked += receiver.acked;
        outcome.latencies.append(&mut receiver.latencies);
    }
    Ok(outcome)
}

/// Sends one last message and reads up to it on every connection: what the server had queued
/// before it, such as a delivery that comes twice, has come then. A pong would not do: an answer
/// may overtake events. How many members never got it.
async fn settle(members: &mut [Connection], receivers: &mut [Receiver], plan: &Plan, track: &Track) -> Result<u64> {
    let last = Mark::last_of(plan.tag);
    let mut frame = Vec::new();
    plan.push(&mut frame, last);
    if let Some(sender) = members.first_mut() {
        sender.writer.push(&frame);
        sender.writer.flush().await?;
    }
    let now = track.micros();
    let endings = members.iter_mut().zip(receivers).map(|(member, receiver)| async move {
        let mut ended = false;
        let reading = async {
            while !ended {
                let take = |frame: &[u8]| match receiver.scanner.see(frame) {
                    Seen::Message(mark) if mark == last => ended = true,
                    _ => receiver.take(frame, plan.tag, track, now),
                };
                if let Flow::Closed(code) = member.reader.batch(take).await? {
                    return Err(Error::Closed { code });
                }
            }
            Ok(())
        };
        match timeout(plan.drain, reading).await {
            Ok(end) => end.map(|()| 0),
            Err(_) => Ok(1),
        }
    });
    Ok(try_join_all(endings).await?.into_iter().sum())
}

/// Sends while there is time, as the window allows; then waits for the last delivery.
async fn send(writer: &mut crate::conn::Writer, plan: &Plan, track: &Track) -> Result<u32> {
    let deadline = Instant::now() + plan.time;
    let mut frame = Vec::new();
    let mut index = 0;
    let result = loop {
        if index == MESSAGES_MAX || track.done.is_cancelled() {
            break Ok(());
        }
        let until = if index < plan.least { deadline + LEAST_TIME } else { deadline };
        match timeout_at(until, track.window.acquire()).await {
            Ok(Ok(permit)) => permit.forget(),
            _ => break Ok(()),
        }
        let mut burst = 1;
        while burst < WRITE_MAX.min((MESSAGES_MAX - index) as usize) {
            let Ok(permit) = track.window.try_acquire() else { break };
            permit.forget();
            burst += 1;
        }
        let now = track.micros();
        for _ in 0..burst {
            track.sent_at[index as usize].store(now, Ordering::Relaxed);
            frame.clear();
            let mark = Mark { tag: plan.tag, index };
            plan.push(&mut frame, mark);
            writer.push(&frame);
            index += 1;
        }
        if let Err(error) = writer.flush().await {
            break Err(error);
        }
    };
    track.finish(index);
    if result.is_ok() {
        tokio::select! {
            () = track.done.cancelled() => {}
            () = sleep_until(Instant::now() + plan.drain) => {}
        }
    }
    track.done.cancel();
    result.map(|()| index)
}
