//! The scenarios. Each starts its own server, makes its people, measures and stops the server.

mod direct;
mod fan_out;
mod history;
mod idle;
mod join;
mod kill;
mod office;
mod resume;
mod slow;
mod start;
mod storm;
#[cfg(test)]
mod tests;

use std::path::Path;

use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::{
    cli::RunOptions,
    error::{Error, Result},
    peers::Peer,
    process,
    report::Point,
    server::{Launch, Server, Target},
    wire::Body,
};

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Scenario {
    /// One sender, many members, one room: CPU per delivery, beside the raw server's.
    FanOut,
    /// Many pairs in direct chats: acknowledged, durable sends.
    DirectSends,
    /// Signed-in connections that do nothing: memory each.
    Idle,
    /// Many people join one room.
    Join,
    /// Pages of a long room.
    History,
    /// Reconnecting by token and catching up.
    Resume,
    /// From starting the program to the first sign-in.
    Start,
    /// One member stops reading among others who read.
    Slow,
    /// SIGKILL during acknowledged sends.
    Kill,
    /// Everybody is cut and comes back at once.
    Storm,
    /// A mixed day of an office, at a fixed rate.
    Office,
}

impl Scenario {
    /// Every scenario, the quick ones first.
    pub const ALL: &[Self] = &[
        Self::Start,
        Self::FanOut,
        Self::DirectSends,
        Self::Join,
        Self::History,
        Self::Resume,
        Self::Slow,
        Self::Kill,
        Self::Office,
        Self::Storm,
        Self::Idle,
    ];

    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::FanOut => "fan-out",
            Self::DirectSends => "direct-sends",
            Self::Idle => "idle",
            Self::Join => "join",
            Self::History => "history",
            Self::Resume => "resume",
            Self::Start => "start",
            Self::Slow => "slow",
            Self::Kill => "kill",
            Self::Storm => "storm",
            Self::Office => "office",
        }
    }

    /// Measures it.
    ///
    /// # Errors
    /// When it cannot be measured. Losses and missed goals are results, not errors.
    pub async fn run(self, lab: &mut Lab) -> Result<Vec<Point>> {
        match self {
            Self::FanOut => fan_out::run(lab).await,
            Self::DirectSends => direct::run(lab).await,
            Self::Idle => idle::run(lab).await,
            Self::Join => join::run(lab).await,
            Self::History => history::run(lab).await,
            Self::Resume => resume::run(lab).await,
            Self::Start => start::run(lab).await,
            Self::Slow => slow::run(lab).await,
            Self::Kill => kill::run(lab).await,
            Self::Storm => storm::run(lab).await,
            Self::Office => office::run(lab).await,
        }
    }
}

/// What scenarios share.
#[derive(Debug)]
pub struct Lab {
    /// What was asked for.
    pub options: RunOptions,
    /// How to start a server; absent when one that runs is measured.
    pub launch: Option<Launch>,
    /// The server that runs already.
    pub existing: Option<Target>,
    /// What a reader of the report has to know: what was left out, and why.
    pub notes: Vec<String>,
    rng: StdRng,
}

impl Lab {
    /// A lab whose names and delays follow from `seed`.
    pub fn new(options: RunOptions, launch: Option<Launch>, existing: Option<Target>, seed: u64) -> Self {
        Self { options, launch, existing, notes: Vec::new(), rng: StdRng::seed_from_u64(seed) }
    }

    /// A server for one scenario, with a number for the names of its people.
    ///
    /// # Errors
    /// When it does not start.
    async fn host(&mut self) -> Result<Host> {
        let run = self.number();
        if let Some(target) = &self.existing {
            return Ok(Host { server: None, target: target.clone(), run });
        }
        let server = self.server().await?;
        Ok(Host { target: server.target().clone(), server: Some(server), run })
    }

    /// A server that may be killed and started again.
    ///
    /// # Errors
    /// When a running server is measured: that is not the generator's to kill.
    async fn server(&self) -> Result<Server> {
        let launch = self.launch.as_ref().ok_or_else(|| {
            Error::Setup("this scenario starts and ends the server itself; give --server instead of --url".to_owned())
        })?;
        Server::start(launch, self.options.door).await
    }

    /// Those of `suited` that are to be measured and are here; a note for each that is not.
    fn peers(&mut self, suited: &[Peer]) -> Vec<Peer> {
        let mut here = Vec::new();
        for peer in self.options.peers().0.into_iter().filter(|peer| suited.contains(peer)) {
            match peer.installed() {
                Ok(()) => here.push(peer),
                Err(how) => self.note(format!("{how}.")),
            }
        }
        here
    }

    /// A peer that could not be measured, or not to the end, is no reason to measure nothing.
    fn give_up(&mut self, scenario: Scenario, peer: Peer, error: &Error) {
        let text = error.to_string();
        eprintln!("{}: {}: {text}", scenario.name(), peer.name());
        let first = text.lines().next().unwrap_or_default();
        self.note(format!("{}: {} was given up: {first}", scenario.name(), peer.name()));
    }

    /// Says something to the reader of the report, once.
    fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Where peers have their data.
    fn work_dir(&self) -> &Path {
        &self.options.work_dir
    }

    /// A number nobody else uses.
    fn number(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// The usual message.
    fn body(&self) -> Body {
        Body::ascii(self.options.body, !self.options.no_client_ids)
    }
}

/// A server during one scenario.
#[derive(Debug)]
struct Host {
    server: Option<Server>,
    target: Target,
    run: u64,
}

impl Host {
    /// A slug for a room of this run.
    fn slug(&self, name: &str) -> String {
        format!("bench-{:016x}-{name}", self.run)
    }

    /// Resident memory now, MiB; NaN when the process is not known.
    fn rss_mib(&self) -> f64 {
        self.target.pid.and_then(|pid| process::rss_kib(pid).ok()).map_or(f64::NAN, |kib| kib as f64 / 1024.0)
    }

    /// Resident memory once it has settled, KiB; NaN when the process is not known.
    async fn settled_kib(&self) -> f64 {
        match self.target.pid {
            Some(pid) => process::settled_rss_kib(pid).await.map_or(f64::NAN, |kib| kib as f64),
            None => f64::NAN,
        }
    }

    /// Stops the server if it is the scenario's own.
    async fn finish(mut self) -> Result<()> {
        match &mut self.server {
            Some(server) => server.stop().await.map(|_| ()),
            None => Ok(()),
        }
    }

    /// The error with the end of the server's log, when there is one.
    fn explain(&self, error: Error) -> Error {
        match self.server.as_ref().map(Server::log_end) {
            Some(log) if !log.is_empty() => Error::Setup(format!("{error}\nThe server's log ends:\n{log}")),
            _ => error,
        }
    }
}
