//! The command line.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};

use crate::{
    conn::Door,
    peers::{Peer, PeerChoice},
    scenario::Scenario,
};

/// Measures a Vestnik server on this machine.
#[derive(Debug, Parser)]
#[command(name = "vestnik-bench", version, about)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Do,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Do {
    /// Measures scenarios and prints a report.
    Run(Box<RunOptions>),
    /// Serves as the raw reference of `fan-out`: copies every line to every connection.
    RawServer,
    /// Serves as the raw reference of `direct-sends`: as the other, and syncs to disk first.
    RawFullServer {
        /// Where its database is.
        directory: PathBuf,
    },
    /// Measures how fast the disk makes bytes durable.
    Disk {
        /// In which directory.
        #[arg(long, default_value = ".")]
        work_dir: PathBuf,
    },
}

/// A scenario by name, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Every scenario.
    All,
    /// This one.
    One(Scenario),
}

impl std::str::FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::All);
        }
        Scenario::ALL.iter().copied().find(|scenario| scenario.name() == text).map(Self::One).ok_or_else(|| {
            let names: Vec<&str> = Scenario::ALL.iter().map(|scenario| scenario.name()).collect();
            format!("there is no scenario {text:?}; there are all, {}", names.join(", "))
        })
    }
}

/// What to measure, and how much of it.
#[derive(Clone, Debug, Args)]
pub struct RunOptions {
    /// Scenarios, or `all`.
    #[arg(required = true, num_args = 1..=20)]
    pub scenarios: Vec<Choice>,
    /// The `vestnik` binary, started for each scenario. Default: the one beside this program.
    #[arg(long, value_name = "PATH", conflicts_with = "url")]
    pub server: Option<PathBuf>,
    /// A server that runs already, as `http://127.0.0.1:8080`; needs --tcp. Set its limits off.
    #[arg(long, requires = "tcp")]
    pub url: Option<String>,
    /// The TCP door of the server that runs already.
    #[arg(long, requires = "url")]
    pub tcp: Option<SocketAddr>,
    /// The process of the server that runs already, to measure CPU and memory.
    #[arg(long, requires = "url")]
    pub pid: Option<u32>,
    /// Which door the connections take.
    #[arg(long, value_enum, default_value = "tcp")]
    pub door: Door,
    /// `sqlite`, or a PostgreSQL URL of a database that may be filled.
    #[arg(long, default_value = "sqlite")]
    pub database: String,
    /// Where data directories are made: on the disk to be measured.
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    pub work_dir: PathBuf,
    /// More environment for the server.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub settings: Vec<(String, String)>,
    /// Measured rounds of each point.
    #[arg(long, default_value_t = 3, value_parser = bounded(1, 50))]
    pub rounds: usize,
    /// Seconds of load in a round.
    #[arg(long, default_value_t = 2.0, value_parser = seconds)]
    pub seconds: f64,
    /// Seconds after the last send in which deliveries may still come; later ones are lost.
    #[arg(long, default_value_t = 15.0, value_parser = seconds)]
    pub drain: f64,
    /// Writes the report as JSON, too.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Draws the figures as SVG files into this directory; the report then shows them.
    #[arg(long, value_name = "DIR")]
    pub plots: Option<PathBuf>,
    /// Ends with 1 also when a goal of speed or size is missed, not only when the server is wrong.
    #[arg(long)]
    pub strict: bool,
    /// Where the random numbers begin; without it they differ each time.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Characters of a message.
    #[arg(long, default_value_t = 100, value_parser = bounded(24, 4_000))]
    pub body: usize,
    /// Sends without `client_id`, which real clients do not.
    #[arg(long)]
    pub no_client_ids: bool,
    /// fan-out: members of the room. Default: 100 (and, unless --window is given, 1,000).
    #[arg(long, value_parser = bounded(1, 5_000))]
    pub members: Option<usize>,
    /// fan-out: messages in flight, one point each. Default: 16,1 (4,1 for 1,000 members).
    #[arg(long, value_delimiter = ',', value_parser = bounded(1, 1_024))]
    pub window: Vec<usize>,
    /// What is measured in turn with Vestnik: `raw`, `raw-full`, `nats`, `ejabberd`, `prosody`,
    /// `ejabberd-archive`, `prosody-archive`, or `none`. Default: those that are installed.
    #[arg(long, value_delimiter = ',')]
    pub peers: Vec<PeerChoice>,
    /// Without the raw servers; without --peers, without all others, too.
    #[arg(long)]
    pub no_raw: bool,
    /// direct-sends: people, two to a chat.
    #[arg(long, default_value_t = 200, value_parser = bounded(2, 5_000))]
    pub users: usize,
    /// direct-sends: unacknowledged messages of each, one point each.
    #[arg(long, value_delimiter = ',', default_value = "16,1", value_parser = bounded(1, 1_024))]
    pub outstanding: Vec<usize>,
    /// idle: connections, through --door. Default: 10,000, through both doors.
    #[arg(long, value_parser = bounded(1, 10_000))]
    pub connections: Option<usize>,
    /// join: people.
    #[arg(long, default_value_t = 1_000, value_parser = bounded(1, 5_000))]
    pub joiners: usize,
    /// history: messages in the room.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(200..=10_000_000))]
    pub messages: u32,
    /// history: messages that are put straight into the database, spread over 10,000 chats (a chat
    /// each 100 when they are fewer), one of which has a tenth of all; 0 for none. 10,000,000 take
    /// some two minutes and 3 GB.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(0..=50_000_000))]
    pub archive: u32,
    /// history: pages read in a round.
    #[arg(long, default_value_t = 1_000, value_parser = bounded(1, 100_000))]
    pub fetches: usize,
    /// slow: messages sent at least while one does not read: more than the kernel (some 5 MB of 4 KB
    /// each) and the server's queue (`limits.queue_frames`) together take for it, so that it is cut.
    #[arg(long, default_value_t = 8_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub slow_messages: u32,
    /// resume: reconnections in a round.
    #[arg(long, default_value_t = 1_000, value_parser = bounded(1, 20_000))]
    pub resumes: usize,
    /// storm: people who are cut and come back at once.
    #[arg(long, default_value_t = 5_000, value_parser = bounded(2, 9_000))]
    pub stormers: usize,
    /// office: people.
    #[arg(long, default_value_t = 200, value_parser = bounded(2, 2_000))]
    pub office_people: usize,
    /// office: what all of them do per second, together.
    #[arg(long, default_value_t = 500, value_parser = bounded(1, 20_000))]
    pub office_rate: usize,
    /// office: seconds of a round.
    #[arg(long, default_value_t = 8.0, value_parser = seconds)]
    pub office_seconds: f64,
}

/// Members of the small and of the large room of `fan-out`, and their windows.
const ROOMS: [(usize, &[usize]); 2] = [(100, &[16, 1]), (1_000, &[4, 1])];

impl RunOptions {
    /// How long a round loads.
    pub fn time(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }

    /// How long deliveries may come after the last send.
    pub fn drain(&self) -> Duration {
        Duration::from_secs_f64(self.drain)
    }

    /// The peers to measure beside, in the order of the report; whether somebody asked for them.
    pub fn peers(&self) -> (Vec<Peer>, bool) {
        let asked = !self.peers.is_empty();
        let wanted = |peer: &Peer| {
            let raw = matches!(peer, Peer::Raw | Peer::RawFull);
            let chosen = if asked { self.peers.contains(&PeerChoice::One(*peer)) } else { !self.no_raw };
            chosen && !(raw && self.no_raw)
        };
        (Peer::ALL.iter().copied().filter(wanted).collect(), asked)
    }

    /// The rooms of `fan-out`: members and windows of each.
    pub fn rooms(&self) -> Vec<(usize, Vec<usize>)> {
        match (self.members, self.window.as_slice()) {
            (None, []) => ROOMS.iter().map(|(members, windows)| (*members, windows.to_vec())).collect(),
            (members, windows) => {
                let windows = if windows.is_empty() { ROOMS[0].1 } else { windows };
                vec![(members.unwrap_or(ROOMS[0].0), windows.to_vec())]
            }
        }
    }

    /// The chosen scenarios, each once.
    pub fn chosen(&self) -> Vec<Scenario> {
        if self.scenarios.contains(&Choice::All) {
            return Scenario::ALL.to_vec();
        }
        let mut chosen = Vec::new();
        for choice in &self.scenarios {
            if let Choice::One(scenario) = choice
                && !chosen.contains(scenario)
            {
                chosen.push(*scenario);
            }
        }
        chosen
    }
}

/// Parses a whole number within these limits.
fn bounded(low: usize, high: usize) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text| match text.parse() {
        Ok(number) if (low..=high).contains(&number) => Ok(number),
        _ => Err(format!("not a whole number from {low} to {high}")),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if (0.1..=60.0).contains(&number) => Ok(number),
        _ => Err("not a number of seconds from 0.1 to 60".to_owned()),
    }
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "not of the form NAME=value".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn scenarios_are_chosen_once_and_limits_hold() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' '));
        let Do::Run(options) = parse("vestnik-bench run kill fan-out kill --window 16,4").unwrap().command else {
            panic!("not run")
        };
        assert_eq!(options.chosen(), [Scenario::Kill, Scenario::FanOut]);
        assert_eq!(options.rooms(), [(100, vec![16, 4])]);
        let Do::Run(options) = parse("vestnik-bench run fan-out").unwrap().command else { panic!("not run") };
        assert_eq!(options.rooms(), [(100, vec![16, 1]), (1_000, vec![4, 1])]);
        let Do::Run(options) = parse("vestnik-bench run fan-out --members 7").unwrap().command else {
            panic!("not run")
        };
        assert_eq!(options.rooms(), [(7, vec![16, 1])]);
        let peers = |line: &str| match parse(line).unwrap().command {
            Do::Run(options) => options.peers().0,
            _ => panic!("not run"),
        };
        assert_eq!(peers("vestnik-bench run all"), Peer::ALL);
        assert_eq!(peers("vestnik-bench run all --no-raw"), []);
        assert_eq!(peers("vestnik-bench run all --peers none"), []);
        assert_eq!(peers("vestnik-bench run all --peers prosody,raw"), [Peer::Raw, Peer::Prosody]);
        assert_eq!(peers("vestnik-bench run all --peers prosody,raw --no-raw"), [Peer::Prosody]);
        for wrong in [
            "vestnik-bench run",
            "vestnik-bench run fly",
            "vestnik-bench run all --rounds 0",
            "vestnik-bench run all --connections 10001",
            "vestnik-bench run all --url http://127.0.0.1:1",
            "vestnik-bench run all --seconds 1e9",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
