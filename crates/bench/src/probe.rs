//! How fast the disk under the data directory makes bytes durable: without it a figure of
//! durable sends means nothing.

use std::{io::Write, path::Path, time::Duration};

use tokio::time::Instant;

use crate::{
    error::{Doing, Result},
    stats::Latencies,
};

/// What an append of 4 KiB with `fdatasync` costs here.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Probe {
    /// Appends made durable per second, one after the other.
    pub syncs_per_s: f64,
    /// Median of one, milliseconds.
    pub p50_ms: f64,
    /// 99th percentile of one, milliseconds.
    pub p99_ms: f64,
}

/// Above this rate no disk was waited for: a file system in memory, or a disk that lies.
const SUSPICIOUS_RATE: f64 = 20_000.0;

impl Probe {
    /// Appends and syncs in `dir` for `time`.
    ///
    /// # Errors
    /// When `dir` cannot be written.
    pub fn run(dir: &Path, time: Duration) -> Result<Self> {
        let mut file = tempfile::tempfile_in(dir).doing("making a file for the sync probe")?;
        let block = [0x5a; 4096];
        let mut latencies = Latencies::default();
        let start = Instant::now();
        while start.elapsed() < time && latencies.len() < 100_000 {
            let at = Instant::now();
            file.write_all(&block).doing("writing the sync probe")?;
            file.sync_data().doing("syncing the sync probe")?;
            latencies.push(u32::try_from(at.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
        Ok(Self {
            syncs_per_s: latencies.len() as f64 / start.elapsed().as_secs_f64(),
            p50_ms: latencies.percentile(0.5),
            p99_ms: latencies.percentile(0.99),
        })
    }

    /// One line for a person.
    pub fn line(&self) -> String {
        let warning = if self.syncs_per_s > SUSPICIOUS_RATE {
            " Nothing waits for a disk here: use --work-dir on a real disk before you quote durable figures."
        } else {
            ""
        };
        format!(
            "Disk: append of 4 KiB + fdatasync {:.0}/s, p50 {:.2} ms, p99 {:.2} ms.{warning}",
            self.syncs_per_s, self.p50_ms, self.p99_ms
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes() {
        let dir = tempfile::tempdir().unwrap();
        let probe = Probe::run(dir.path(), Duration::from_millis(20)).unwrap();
        assert!(probe.syncs_per_s > 0.0 && probe.p50_ms <= probe.p99_ms);
        let fast = Probe { syncs_per_s: 1e6, ..probe };
        assert!(fast.line().contains("--work-dir"));
    }
}
