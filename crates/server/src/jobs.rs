//! Runs what is due by the clock: scheduled messages, pruning.

use std::sync::Arc;
use std::time::Duration;

use vestnik_core::{Clock, Core};

use crate::stop::Stop;

/// Longest sleep: a clock that was set is noticed by then.
const LONGEST: Duration = Duration::from_secs(60);
/// Pause after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Runs jobs until the soft stop.
pub async fn run(core: Core, clock: Arc<dyn Clock>, stop: Stop) {
    loop {
        // Asked for before running, so that what changes meanwhile is not missed.
        let changed = core.jobs_changed();
        let wait = match core.run_jobs().await {
            Ok(None) => LONGEST,
            Ok(Some(next)) => {
                let millis = next.as_millis().saturating_sub(clock.now().as_millis()).max(0);
                Duration::from_millis(u64::try_from(millis).unwrap_or(0)).min(LONGEST)
            }
            Err(error) => {
                tracing::warn!(code = %error.code, "jobs could not be run");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            biased;
            () = stop.soft.cancelled() => break,
            () = changed => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}
