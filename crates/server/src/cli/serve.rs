//! `vestnik serve`.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;
use vestnik_store::StoreError;

use super::{Failure, runtime, say};
use crate::config::Settings;
use crate::logging;
use crate::server::{Overrides, Running, Server};

/// Runs the server until it is told to stop.
pub(super) fn run(settings: Settings) -> Result<(), Failure> {
    let begun = Instant::now();
    logging::init(&settings.log)?;
    raise_descriptors();
    runtime()?.block_on(async move {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let running = Server::start(settings, Overrides::default()).await?;
        // Standard error has the log, which may be JSON.
        say(&banner(&running, begun.elapsed()));
        let moved = tokio::select! {
            _ = terminate.recv() => None,
            _ = interrupt.recv() => None,
            to = running.moved() => Some(to),
        };
        tracing::info!("stopping; a second signal stops at once");
        let hard = running.hard_stop();
        let second = tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            hard();
        });
        running.shutdown().await;
        second.abort();
        match moved {
            // A failure, so that whatever looks after the program starts it again where it is now.
            Some(to) => Err(StoreError::Moved { to }.into()),
            None => Ok(()),
        }
    })
}

/// Lets the process open as many files as the system allows it.
fn raise_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
    {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}

/// What people see at the start.
fn banner(running: &Running, took: std::time::Duration) -> String {
    let settings = running.settings();
    let url = running.public_url();
    let mut lines = vec![
        format!("Vestnik {} is ready ({} ms).", env!("CARGO_PKG_VERSION"), took.as_millis()),
        String::new(),
        format!("  browser, API   {url}"),
        format!("  terminal, TCP  {}", running.tcp_addr),
    ];
    if let Some(addr) = running.metrics_addr {
        lines.push(format!("  metrics        http://{addr}/metrics"));
    }
    lines.push(format!("  data           {}", absolute(&settings.general.data_dir)));
    lines.push(format!("  certificate    {}", absolute(&running.cert_file)));
    lines.push(format!("  fingerprint    {}", running.fingerprint));
    if let Some(token) = &running.setup_token {
        lines.push(String::new());
        lines.push("There is no owner yet. Open this link once to make the owner's account:".to_owned());
        lines.push(format!("  {url}/setup#{token}"));
    }
    if running.open_to_the_world() {
        lines.push(String::new());
        lines.push("Warning: anybody who reaches this server can make an account.".to_owned());
        lines.push("Set VESTNIK_REGISTRATION=invite (or closed) unless that is what you want.".to_owned());
    }
    lines.push(String::new());
    lines.join("\n")
}

fn absolute(path: &std::path::Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
