//! Between nodes in one process: for tests, which make it lose, repeat and reorder.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::{Bus, BusError, Message, Subscription};

/// Messages that may wait for one subscriber; who is behind by more is cut off, as a broker would.
const WAITING: usize = 16_384;

/// Decides what becomes of a message: whatever comes out is delivered instead.
pub type Fault = Box<dyn FnMut(Message) -> Vec<Message> + Send>;

/// A bus in this process. Clones are the same bus.
#[derive(Clone, Default)]
pub struct MemoryBus(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    subscribers: Vec<mpsc::Sender<Message>>,
    fault: Option<Fault>,
    stopped: bool,
}

impl std::fmt::Debug for MemoryBus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryBus").finish_non_exhaustive()
    }
}

impl MemoryBus {
    /// Has every message go through this from now on.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.0.lock().fault = fault;
    }

    /// Stops the bus, cutting everybody off, or starts it again.
    pub fn set_stopped(&self, stopped: bool) {
        let mut state = self.0.lock();
        state.stopped = stopped;
        if stopped {
            state.subscribers.clear();
        }
    }

    fn check(&self) -> Result<(), BusError> {
        if self.0.lock().stopped { Err(BusError::Unreachable("it is stopped".to_owned())) } else { Ok(()) }
    }
}

impl Bus for MemoryBus {
    fn publish(&self, messages: Vec<Message>) -> BoxFuture<'_, Result<(), BusError>> {
        Box::pin(async move {
            self.check()?;
            let mut state = self.0.lock();
            for message in messages {
                let messages = match &mut state.fault {
                    Some(fault) => fault(message),
                    None => vec![message],
                };
                for message in messages {
                    state.subscribers.retain(|subscriber| subscriber.try_send(message.clone()).is_ok());
                }
            }
            Ok(())
        })
    }

    fn subscribe(&self) -> BoxFuture<'_, Result<Subscription, BusError>> {
        Box::pin(async move {
            self.check()?;
            let (sender, receiver) = mpsc::channel(WAITING);
            self.0.lock().subscribers.push(sender);
            let next = async |mut receiver: mpsc::Receiver<Message>| Some((receiver.recv().await?, receiver));
            let stream: Subscription = Box::pin(futures_util::stream::unfold(receiver, next));
            Ok(stream)
        })
    }
}
