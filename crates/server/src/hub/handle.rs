//! One connection as the hub sees it: a bounded queue and a way to tell it to close.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::task::Poll;

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use vestnik_core::ChatKey;
use vestnik_proto::{CloseCode, PresenceStatus, UserId};

/// What is on its way to connections: the same for all that get it, so that a queue holds no more than a pointer.
pub type Out = Arc<Told>;

/// Frames that are told together, most often one.
#[derive(Debug)]
pub enum Told {
    /// One frame.
    One(Frame),
    /// Several, in their order.
    Several(Vec<Frame>),
}

/// A whole frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Which place in which log it has, so that what `sync` has sent is not sent again.
    pub mark: Mark,
    /// It, as it goes over the wire.
    pub bytes: Bytes,
}

impl Told {
    /// One frame to tell.
    pub fn one(bytes: Bytes, mark: Mark) -> Out {
        Arc::new(Self::One(Frame { mark, bytes }))
    }

    /// Several frames to tell together.
    pub fn several(frames: Vec<Frame>) -> Out {
        Arc::new(Self::Several(frames))
    }

    /// The frames.
    pub fn frames(&self) -> &[Frame] {
        match self {
            Self::One(frame) => std::slice::from_ref(frame),
            Self::Several(frames) => frames,
        }
    }

    /// How many bytes they are.
    pub fn len(&self) -> usize {
        self.frames().iter().map(|frame| frame.bytes.len()).sum()
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.frames().is_empty()
    }
}

/// A frame's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// None: it is passing.
    Passing,
    /// In a chat's log.
    Chat(ChatKey, i64),
    /// In the account stream.
    Account(i64),
}

/// One connection. Shared between the hub's lists and the connection's task.
#[derive(Debug)]
pub struct Handle {
    /// Names it on this node.
    pub id: u64,
    /// Whose; none for a guest.
    pub user: Option<UserId>,
    queue: mpsc::Sender<Out>,
    /// Bytes waiting in the queue.
    waiting: AtomicUsize,
    /// Most bytes that may wait.
    most: usize,
    /// A close code, 0 while open.
    closing: AtomicU16,
    /// Wakes the connection's task. Looked at each time it does anything, so it must cost next to nothing.
    closed: AtomicWaker,
    pub(super) state: Mutex<HandleState>,
}

/// What the hub remembers of a connection.
#[derive(Debug)]
pub(super) struct HandleState {
    /// On which session; none for a guest.
    pub(super) session: Option<Arc<str>>,
    /// Chats whose events it gets as a member.
    pub(super) chats: Vec<ChatKey>,
    /// The chat in view.
    pub(super) view: Option<ChatKey>,
    /// Chats left while a question about access was being asked; see [`super::Hub::begin`].
    pub(super) left: Option<Vec<ChatKey>>,
    /// What the client says of itself.
    pub(super) status: PresenceStatus,
}

/// How much may wait in one connection's queue.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Frames.
    pub frames: usize,
    /// Bytes.
    pub bytes: usize,
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// It is in the queue.
    Queued,
    /// The queue was full: the connection closes now.
    Overflow,
    /// The connection closes already.
    Gone,
}

impl Handle {
    pub(super) fn new(
        id: u64,
        user: Option<UserId>,
        session: Option<Arc<str>>,
        limits: QueueLimits,
    ) -> (Arc<Self>, mpsc::Receiver<Out>) {
        let (sender, receiver) = mpsc::channel(limits.frames);
        let state = HandleState { session, chats: Vec::new(), view: None, left: None, status: PresenceStatus::Online };
        let handle = Self {
            id,
            user,
            queue: sender,
            waiting: AtomicUsize::new(0),
            most: limits.bytes,
            closing: AtomicU16::new(0),
            closed: AtomicWaker::new(),
            state: Mutex::new(state),
        };
        (Arc::new(handle), receiver)
    }

    /// Puts a frame into the queue. Never waits: a full queue closes the connection.
    pub(super) fn send(&self, out: &Out) -> Sent {
        if self.closing.load(Ordering::Relaxed) != 0 {
            return Sent::Gone;
        }
        let bytes = out.len();
        let before = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        // A frame goes into an empty queue whatever its size.
        if before > 0 && before + bytes > self.most {
            self.close(CloseCode::TooSlow);
            return Sent::Overflow;
        }
        match self.queue.try_send(Arc::clone(out)) {
            Ok(()) => Sent::Queued,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.close(CloseCode::TooSlow);
                Sent::Overflow
            }
            Err(mpsc::error::TrySendError::Closed(_)) => Sent::Gone,
        }
    }

    /// Frames were taken out of the queue.
    pub fn taken(&self, outs: &[Out]) {
        let bytes = outs.iter().map(|out| out.len()).sum();
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Tells the connection to close; the first reason stays.
    pub fn close(&self, why: CloseCode) {
        if self.closing.compare_exchange(0, why.code(), Ordering::AcqRel, Ordering::Acquire).is_ok() {
            self.closed.wake();
        }
    }

    /// The reason to close, if there is one.
    pub fn closing(&self) -> Option<CloseCode> {
        match self.closing.load(Ordering::Acquire) {
            0 => None,
            code if code == CloseCode::TooSlow.code() => Some(CloseCode::TooSlow),
            code if code == CloseCode::Unauthorized.code() => Some(CloseCode::Unauthorized),
            _ => Some(CloseCode::Restarting),
        }
    }

    /// Waits for a reason to close. One waiter at a time: the connection's task.
    pub async fn closed(&self) -> CloseCode {
        poll_fn(|cx| {
            if let Some(why) = self.closing() {
                return Poll::Ready(why);
            }
            self.closed.register(cx.waker());
            // It may have come in between.
            self.closing().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}
