//! `vestnik-bench`: measures a Vestnik server on this machine, and whether it keeps its word.
//!
//! One generator, its own lean client, and scenarios whose counts are exact: what is lost, doubled
//! or out of order is a result beside speed, CPU and memory. See `bench/README.md`.

mod accounts;
mod archive;
mod cli;
mod conn;
mod error;
#[cfg(test)]
mod fake;
mod fanout;
mod peers;
mod plot;
mod probe;
mod process;
mod report;
mod scenario;
mod server;
mod stats;
mod talk;
mod wire;

use std::{net::SocketAddr, process::ExitCode, time::Duration};

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    cli::{Cli, Do, RunOptions},
    error::{Doing, Error, Result},
    peers::{raw, raw_full},
    probe::Probe,
    report::Report,
    scenario::Lab,
    server::{Launch, Target},
};

/// How long the disk is probed.
const PROBE: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Do::Run(options) => one_thread().and_then(|runtime| runtime.block_on(interruptible(*options))),
        // As the real server, which it is compared with, it uses every core.
        Do::RawServer => tokio::runtime::Runtime::new()
            .doing("starting the runtime")
            .and_then(|runtime| runtime.block_on(raw::serve()))
            .map(|()| ExitCode::SUCCESS),
        Do::RawFullServer { directory } => tokio::runtime::Runtime::new()
            .doing("starting the runtime")
            .and_then(|runtime| runtime.block_on(raw_full::serve(&directory)))
            .map(|()| ExitCode::SUCCESS),
        Do::Disk { work_dir } => Probe::run(&work_dir, PROBE).map(|probe| {
            println!("{}", probe.line());
            ExitCode::SUCCESS
        }),
    };
    done.unwrap_or_else(|error| {
        eprintln!("vestnik-bench: {error}");
        ExitCode::from(2)
    })
}

/// The generator keeps to one core: the other is for the server.
fn one_thread() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().doing("starting the runtime")
}

/// Runs until done or told to stop; either way servers are ended and data directories removed.
async fn interruptible(options: RunOptions) -> Result<ExitCode> {
    let mut terminate = signal(SignalKind::terminate()).doing("listening for signals")?;
    tokio::select! {
        done = run(options) => done,
        _ = tokio::signal::ctrl_c() => Err(Error::Setup("interrupted; nothing was reported".to_owned())),
        _ = terminate.recv() => Err(Error::Setup("terminated; nothing was reported".to_owned())),
    }
}

async fn run(options: RunOptions) -> Result<ExitCode> {
    let members = options.rooms().into_iter().map(|(members, _)| members).max().unwrap_or(0);
    process::raise_file_limit(members.max(options.users) as u64)?;
    let existing = existing(&options)?;
    let launch = if existing.is_some() { None } else { Some(launch(&options)?) };
    let disk = if existing.is_some() { None } else { Some(Probe::run(&options.work_dir, PROBE)?) };
    let mut report = Report {
        version: env!("CARGO_PKG_VERSION"),
        door: format!("{:?}", options.door).to_lowercase(),
        database: match (&existing, options.database.split_once(':')) {
            (Some(_), _) => "existing".to_owned(),
            // A URL may hold a password.
            (None, Some((scheme, _))) => scheme.to_owned(),
            (None, None) => options.database.clone(),
        },
        server: launch.as_ref().map_or_else(|| "a running server".to_owned(), server_version),
        kernel: first_line("/proc/sys/kernel/osrelease"),
        processor: processor(),
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        rounds: options.rounds,
        seconds: options.seconds,
        load_before: load_average(),
        load_after: String::new(),
        disk,
        points: Vec::new(),
        notes: Vec::new(),
        failures: Vec::new(),
    };
    let (chosen, json, strict) = (options.chosen(), options.json.clone(), options.strict);
    let plots = options.plots.clone();
    let seed = options.seed.unwrap_or_else(seed);
    let mut lab = Lab::new(options, launch, existing, seed);
    for scenario in chosen {
        eprintln!("measuring {} ...", scenario.name());
        match scenario.run(&mut lab).await {
            Ok(points) => report.points.extend(points),
            Err(error) => {
                eprintln!("{}: {error}", scenario.name());
                // What a server logged is for the eyes of whoever runs this.
                let text = error.to_string();
                report.failures.push(format!("{}: {}", scenario.name(), text.lines().next().unwrap_or_default()));
            }
        }
    }
    report.load_after = load_average();
    report.notes = lab.notes;
    let folder = plots.as_ref().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
    println!("{}", report.markdown(folder.as_deref()));
    if let Some(path) = plots {
        plot::write(&report, &path)?;
    }
    if let Some(path) = json {
        let text = serde_json::to_string_pretty(&report.json()).map_err(|error| Error::Protocol(error.to_string()))?;
        std::fs::write(&path, text).doing(&format!("writing {}", path.display()))?;
    }
    let good = if strict { report.holds_goals() } else { report.is_right() };
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The server to start, checked to be there.
fn launch(options: &RunOptions) -> Result<Launch> {
    let binary = match &options.server {
        Some(path) => path.clone(),
        None => std::env::current_exe().doing("finding this program")?.with_file_name("vestnik"),
    };
    // A relative path would be looked up from the data directory.
    let binary = binary.canonicalize().map_err(|_| {
        Error::Setup(format!("there is no server at {}; build it or name it with --server", binary.display()))
    })?;
    let database = match options.database.as_str() {
        "sqlite" => None,
        url if url.starts_with("postgres:") || url.starts_with("postgresql:") => Some(url.to_owned()),
        _ => return Err(Error::Setup("--database is `sqlite` or a `postgres://` URL".to_owned())),
    };
    Ok(Launch { binary, database, work_dir: options.work_dir.clone(), environment: options.settings.clone() })
}

/// The server that runs already, checked to be on this machine.
fn existing(options: &RunOptions) -> Result<Option<Target>> {
    let (Some(url), Some(tcp)) = (&options.url, options.tcp) else { return Ok(None) };
    let http: SocketAddr = url
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .parse()
        .map_err(|_| Error::Setup(format!("{url} is not of the form http://127.0.0.1:8080")))?;
    let target = Target { http, tcp, door: options.door, pid: options.pid };
    target.check_loopback()?;
    // A server that did not start leaves its ports to somebody else's, who is not to be loaded.
    if let Some(pid) = options.pid
        && process::cpu(pid).is_err()
    {
        return Err(Error::Setup(format!("no process {pid} runs; has the server ended?")));
    }
    Ok(Some(target))
}

/// What `vestnik --version` says.
fn server_version(launch: &Launch) -> String {
    let said = std::process::Command::new(&launch.binary).arg("--version").output();
    let text = said.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned()).unwrap_or_default();
    if text.is_empty() { "a server without a version".to_owned() } else { text }
}

/// The load average of the last minute: what else the machine did.
fn load_average() -> String {
    first_line("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned()
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split_once(':'));
    model.map_or_else(|| "an unnamed processor".to_owned(), |(_, model)| model.trim().to_owned())
}

fn first_line(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default().lines().next().unwrap_or_default().to_owned()
}

/// Differs from run to run: names of people on a shared database must not come twice.
#[expect(clippy::disallowed_methods, reason = "where the run's numbers begin; --seed sets it")]
fn seed() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0
}
