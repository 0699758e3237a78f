//! Runs what is due by the clock: scheduled messages, pruning.

use std::sync::Arc;
use std::time::Duration;

use vestnik_core::{Clock, Core};

use crate::stop::Stop;

/// Longest sleep: a clock that was set is noticed by then.
const LONGEST: Duration = Duration::from_secs(60);
/// Pause after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// The lease by which one node of a cluster does this for all.
const LEASE: &str = "jobs";
/// How long a lease holds, seconds: what is due waits that long when its holder dies.
const LEASE_SECS: i64 = 15;
/// Time between two tries to have or keep the lease.
const RENEW: Duration = Duration::from_secs(4);

/// Runs jobs until the soft stop; in a cluster, named by `holder`, while this node has the lease.
pub async fn run(core: Core, clock: Arc<dyn Clock>, stop: Stop, holder: Option<String>) {
    run_until(&core, clock, &stop, holder.as_deref()).await;
    if let Some(holder) = holder
        && let Err(error) = core.release(LEASE, &holder).await
    {
        tracing::debug!(code = %error.code, "the lease on jobs was not given back; it ends by itself");
    }
}

async fn run_until(core: &Core, clock: Arc<dyn Clock>, stop: &Stop, holder: Option<&str>) {
    let longest = if holder.is_some() { RENEW } else { LONGEST };
    loop {
        // Asked for before running, so that what changes meanwhile is not missed.
        let changed = core.jobs_changed();
        let claimed = match holder {
            Some(holder) => core.claim(LEASE, holder, LEASE_SECS).await,
            None => Ok(true),
        };
        let ran = match claimed {
            Ok(true) => core.run_jobs().await,
            Ok(false) => Ok(None),
            Err(error) => Err(error),
        };
        let wait = match ran {
            Ok(None) => longest,
            Ok(Some(next)) => {
                let millis = next.as_millis().saturating_sub(clock.now().as_millis()).max(0);
                Duration::from_millis(u64::try_from(millis).unwrap_or(0)).min(longest)
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
