//! `vestnik doctor`: whether a server can run here.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use futures_util::StreamExt;
use rustix::process::{Resource, getrlimit};
use tokio::time::Instant;
use vestnik_store::Store;

use super::{runtime, say};
use crate::bus::{Bus, BusError, Message, Subject};
use crate::config::Settings;
use crate::data_dir::{self, DataDirError};
use crate::server::{open_bus, store_config};
use crate::system::SystemClock;
use crate::tls;

/// Free space below which a warning is given. Bytes.
const FREE_BYTES: u64 = 512 << 20;
/// Open files below which a warning is given.
const FILES: u64 = 4_096;
/// A clock before this is certainly wrong: seconds since 1970, the beginning of 2026.
const CLOCK_AFTER: i64 = 1_767_225_600;

/// What was found: good, or what to do.
type Finding = Result<String, String>;

pub(super) fn run(settings: &Settings) -> ExitCode {
    let data_dir = &settings.general.data_dir;
    let lock = data_dir::take(data_dir);
    let running = matches!(lock, Err(DataDirError::InUse { .. }));
    let mut findings: Vec<Finding> = vec![match &lock {
        Ok(_) => Ok(format!("The data directory {} can be written.", data_dir.display())),
        Err(DataDirError::InUse { .. }) => Ok(format!("A server is running on {}.", data_dir.display())),
        Err(error) => Err(error.to_string()),
    }];
    findings.push(free_space(data_dir));
    // A running server holds its own doors; opening its database a second time would race its writer.
    if running {
        findings.push(Ok("Doors and database are not checked while the server runs.".to_owned()));
    } else {
        findings.push(database(settings));
        findings.extend(way_to_database(settings));
        findings.push(port("http", settings.http.bind, "VESTNIK_HTTP__BIND"));
        findings.push(port("tcp", settings.tcp.bind, "VESTNIK_TCP__BIND"));
        if settings.metrics.enabled {
            findings.push(port("metrics", settings.metrics.bind, "VESTNIK_METRICS__BIND"));
        }
    }
    if let Some(url) = settings.bus_url() {
        findings.push(bus(settings, url));
    }
    findings.extend(proxy(settings));
    findings.push(clock());
    findings.push(open_files());
    findings.push(match tls::load(&settings.tls, data_dir) {
        Ok(tls) => Ok(format!("The certificate {} can be used.", tls.cert_file.display())),
        Err(error) => Err(error.to_string()),
    });
    let mut text = String::new();
    for finding in &findings {
        match finding {
            Ok(warning) if warning.starts_with("Warning: ") => text.push_str(&format!("! {warning}\n")),
            Ok(good) => text.push_str(&format!("✓ {good}\n")),
            Err(bad) => text.push_str(&format!("✗ {bad}\n")),
        }
    }
    say(&text);
    if findings.iter().all(Result::is_ok) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn free_space(data_dir: &Path) -> Finding {
    let stat = rustix::fs::statvfs(data_dir).map_err(|error| format!("The free space cannot be read: {error}."))?;
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let mib = free >> 20;
    if free < FREE_BYTES {
        return Err(format!(
            "Only {mib} MiB are free in {}. Make room: a full disk stops all writing.",
            data_dir.display()
        ));
    }
    Ok(format!("{mib} MiB are free."))
}

fn database(settings: &Settings) -> Finding {
    let open = async {
        let store = Store::open(&store_config(settings)).await?;
        let engine = format!("{:?}", store.engine());
        store.close().await;
        Ok::<_, vestnik_store::StoreError>(engine)
    };
    let runtime = runtime().map_err(|error| format!("No threads can be started: {error}."))?;
    match runtime.block_on(open) {
        Ok(engine) => Ok(format!("The database ({engine}) can be reached and has this version's schema.")),
        Err(error) => Err(format!("The database cannot be opened: {error}. Check VESTNIK_DATABASE_URL.")),
    }
}

/// Whether others on the way to the database could listen; that it is so may be intended, so it is no failure.
fn way_to_database(settings: &Settings) -> Vec<Finding> {
    let urls = [
        (settings.database_url(), "VESTNIK_DATABASE_URL"),
        (settings.database.replica_url.expose().to_owned(), "VESTNIK_DATABASE__REPLICA_URL"),
    ];
    let open = urls.into_iter().filter_map(|(url, variable)| Some((vestnik_store::unprotected_host(&url)?, variable)));
    open.map(|(host, variable)| {
        Ok(format!(
            "Warning: the connection to the database on {host} is not protected against those in between. Add \
             ?sslmode=verify-full (and &sslrootcert=<file>, when its certificate is your own) to {variable}."
        ))
    })
    .collect()
}

/// How long a message may take to come back over the bus.
const BUS_PATIENCE: Duration = Duration::from_secs(3);

fn bus(settings: &Settings, url: &str) -> Finding {
    let there_and_back = async {
        let bus = open_bus(settings, url, "vestnik:doctor")?;
        let mut subscription = bus.subscribe().await?;
        let message = Message { subject: Subject::NODES, payload: format!("doctor {}", std::process::id()).into() };
        let begun = Instant::now();
        bus.publish(vec![message.clone()]).await?;
        let comes = async {
            while let Some(other) = subscription.next().await {
                if other == message {
                    return Ok(begun.elapsed());
                }
            }
            Err(BusError::Unreachable("it closed the connection".to_owned()))
        };
        tokio::time::timeout(BUS_PATIENCE, comes).await.map_err(|_| BusError::TooSlow)?
    };
    let runtime = runtime().map_err(|error| format!("No threads can be started: {error}."))?;
    match runtime.block_on(there_and_back) {
        Ok(took) => Ok(format!("A message over the bus comes back after {:.1} ms.", took.as_secs_f64() * 1_000.0)),
        Err(error) => Err(format!("The bus cannot be used: {error}. Check VESTNIK_BUS_URL.")),
    }
}

fn port(door: &str, addr: SocketAddr, variable: &str) -> Finding {
    match TcpListener::bind(addr) {
        Ok(_) => Ok(format!("The {door} door can listen on {addr}.")),
        Err(error) => {
            Err(format!("The {door} door cannot listen on {addr}: {error}. Stop what uses it, or set {variable}."))
        }
    }
}

/// Whether the server knows the proxy that must stand before it, if one must.
fn proxy(settings: &Settings) -> Option<Finding> {
    let http = &settings.http;
    let behind = http.public_url.starts_with("https://") && (http.bind.ip().is_loopback() || http.allow_plain_text);
    if !behind {
        return None;
    }
    if http.trusted_proxies.is_empty() {
        return Some(Err(format!(
            "{} can only be reached through a proxy, and http.trusted_proxies is empty: everybody will seem to come \
             from the proxy, so that addresses are not limited and cookies not marked as secure. \
             Set VESTNIK_HTTP__TRUSTED_PROXIES to its address, such as 127.0.0.1.",
            http.public_url
        )));
    }
    Some(Ok(format!("{} proxies are believed.", http.trusted_proxies.len())))
}

fn clock() -> Finding {
    use vestnik_core::Clock;
    let now = SystemClock.now();
    if now.as_secs() < CLOCK_AFTER {
        return Err(format!("The clock says {now}, which cannot be. Set it: tokens and messages carry its time."));
    }
    Ok(format!("The clock says {now}."))
}

fn open_files() -> Finding {
    match getrlimit(Resource::Nofile).maximum {
        Some(most) if most < FILES => Err(format!(
            "At most {most} files may be open, so at most as many connections. Raise it: ulimit -Hn, or LimitNOFILE of the service."
        )),
        Some(most) => Ok(format!("{most} files may be open.")),
        None => Ok("Any number of files may be open.".to_owned()),
    }
}
