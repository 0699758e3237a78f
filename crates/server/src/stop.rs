//! Stopping: first softly, then hard.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The two signals to stop, and the tasks that heed them.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// Stop accepting, tell clients, finish what is begun.
    pub soft: CancellationToken,
    /// Stop now.
    pub hard: CancellationToken,
    /// Everything that must end before the server has stopped.
    pub tasks: TaskTracker,
}
