//! What a process uses, from `/proc`.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Doing, Error, Result};

/// CPU time used by a process, its ended threads included: user and system.
///
/// # Errors
/// When there is no such process (any more).
pub fn cpu(pid: u32) -> Result<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).doing("reading the CPU time of the server")?;
    cpu_ticks(&text)
        .map(|ticks| Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
        .ok_or_else(|| Error::Protocol("/proc/<pid>/stat has no CPU times".to_owned()))
}

/// `utime + stime` of a `/proc/<pid>/stat`. The command's name may contain anything, so fields
/// are counted from its closing bracket.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Resident memory of a process in KiB.
///
/// # Errors
/// When there is no such process (any more).
pub fn rss_kib(pid: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).doing("reading the memory of the server")?;
    vm_rss(&text).ok_or_else(|| Error::Protocol("/proc/<pid>/status has no VmRSS".to_owned()))
}

fn vm_rss(status: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

/// Resident memory in KiB once it has stopped moving: the first of three readings, a tenth of a
/// second apart, that lie within 1 %; after five seconds whatever it is.
///
/// # Errors
/// When there is no such process (any more).
pub async fn settled_rss_kib(pid: u32) -> Result<u64> {
    let mut last = [0u64; 3];
    for turn in 0..50 {
        last[turn % 3] = rss_kib(pid)?;
        let (low, high) = (last.iter().min().copied().unwrap_or(0), last.iter().max().copied().unwrap_or(0));
        if (high - low) * 100 <= high {
            break;
        }
        // A sampling interval, not a wait for an event: nothing tells when memory settles.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    rss_kib(pid)
}

/// CPU time the whole machine has been busy, all cores together.
fn machine_busy() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<u64> =
        text.lines().next()?.split_ascii_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    // user, nice, system, irq, softirq; idle, iowait and steal left out.
    let ticks = [0, 1, 2, 5, 6].iter().map(|&at| fields.get(at).copied().unwrap_or(0)).sum::<u64>();
    Some(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
}

/// Measures a stretch of work: wall time, CPU of the server, and what others burnt meanwhile.
#[derive(Debug)]
pub struct Meter {
    pid: Option<u32>,
    at: Instant,
    server: Option<Duration>,
    own: Option<Duration>,
    busy: Option<Duration>,
}

/// What a [`Meter`] measured.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// Wall time, seconds.
    pub wall: f64,
    /// CPU of the server, seconds; NaN when its process is not known.
    pub cpu: f64,
    /// Cores that neither the server nor the generator used but somebody did.
    pub others: f64,
}

impl Meter {
    /// Starts; `pid` is the server's when it is on this machine and known.
    pub fn start(pid: Option<u32>) -> Self {
        let cpu_of = |pid| cpu(pid).ok();
        Self {
            pid,
            server: pid.and_then(cpu_of),
            own: cpu_of(std::process::id()),
            busy: machine_busy(),
            at: Instant::now(),
        }
    }

    /// Stops.
    pub fn stop(&self) -> Used {
        let wall = self.at.elapsed().as_secs_f64();
        let since = |now: Option<Duration>, then: Option<Duration>| match (now, then) {
            (Some(now), Some(then)) => now.saturating_sub(then).as_secs_f64(),
            _ => f64::NAN,
        };
        let server = since(self.pid.and_then(|pid| cpu(pid).ok()), self.server);
        let own = since(cpu(std::process::id()).ok(), self.own);
        let busy = since(machine_busy(), self.busy);
        Used { wall, cpu: server, others: ((busy - server - own) / wall).max(0.0) }
    }
}

/// Lets this process, and the servers it starts, open as many files as the system allows, and
/// checks that `wanted` connections fit. Who may raise the hard limit raises it.
///
/// # Errors
/// When they do not.
pub fn raise_file_limit(wanted: u64) -> Result<()> {
    let most = connections_allowed(wanted)?;
    if most < wanted {
        return Err(Error::Setup(format!(
            "{wanted} connections need {} open files, the system allows {}. \
             Raise the hard limit (`ulimit -Hn`) or ask for fewer.",
            wanted + SPARE_FILES,
            most + SPARE_FILES
        )));
    }
    Ok(())
}

/// How many connections, up to `wanted`, fit into the limit of open files, which is raised as far
/// as it can be.
///
/// # Errors
/// When the limit cannot be set.
pub fn connections_allowed(wanted: u64) -> Result<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let needed = wanted + SPARE_FILES;
    if limit.maximum.is_some_and(|most| most < needed) {
        // Refused to whoever may not; what the hard limit allows is taken then.
        let higher = Rlimit { current: Some(needed), maximum: Some(needed) };
        if setrlimit(Resource::Nofile, higher).is_ok() {
            return Ok(wanted);
        }
    }
    if limit.current != limit.maximum {
        setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
            .map_err(std::io::Error::from)
            .doing("raising the limit of open files")?;
    }
    Ok(limit.maximum.map_or(wanted, |most| most.saturating_sub(SPARE_FILES).min(wanted)))
}

/// Open files a server and a generator need besides connections.
pub const SPARE_FILES: u64 = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_stat_with_a_nasty_name() {
        let stat = "12 (a b) c)) S 1 12 12 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 3 0 100 1000 200";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("nonsense"), None);
    }

    #[test]
    fn reads_status() {
        assert_eq!(vm_rss("Name:\tx\nVmRSS:\t    5124 kB\nThreads:\t1\n"), Some(5124));
        assert_eq!(vm_rss("Name:\tx\n"), None);
    }

    #[test]
    fn measures_itself() {
        let pid = std::process::id();
        assert!(rss_kib(pid).unwrap() > 500);
        let used = Meter::start(Some(pid)).stop();
        assert!(used.cpu >= 0.0 && used.wall >= 0.0 && used.others >= 0.0);
        assert!(Meter::start(None).stop().cpu.is_nan());
    }
}
