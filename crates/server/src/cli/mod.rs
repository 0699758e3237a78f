//! The `vestnik` program.

mod admin;
mod doctor;
mod health;
mod migrate;
mod serve;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{ConfigError, Settings, Sources, document};

/// Vestnik, a messenger you host yourself.
#[derive(Debug, Parser)]
#[command(name = "vestnik", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Runs the server.
    Serve {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        flags: ServeFlags,
    },
    /// Makes accounts and changes them. Stop the server first when it uses SQLite.
    Admin {
        #[command(flatten)]
        place: Place,
        #[command(subcommand)]
        action: admin::Admin,
    },
    /// Moves a server from SQLite to PostgreSQL while people use it. May be stopped and run again.
    Migrate {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        migrate: migrate::MigrateFlags,
    },
    /// Checks, shows or makes a configuration.
    Config {
        #[command(subcommand)]
        action: ConfigAction,
    },
    /// Asks a running server whether it is ready: one sentence, and the exit code 0 or 1.
    Health {
        #[command(flatten)]
        place: Place,
        /// Which server; the one of this configuration when absent.
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
    /// Checks whether a server can run here, and says what to do when not.
    Doctor {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigAction {
    /// Reads the configuration and says what is wrong with it.
    Check {
        #[command(flatten)]
        place: Place,
    },
    /// Shows every setting in force; secrets are hidden.
    Dump {
        #[command(flatten)]
        place: Place,
    },
    /// Writes an example file with every setting.
    Generate {
        /// Write the documentation instead.
        #[arg(long)]
        markdown: bool,
    },
}

/// Where the configuration and the data are.
#[derive(Args, Debug)]
struct Place {
    /// The configuration file; `vestnik.toml` in the data directory when absent.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data directory.
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// Any other setting, like `--set http.max_connections=100`.
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Flags of `serve` for settings that are often given by hand.
#[derive(Args, Debug, Default)]
struct ServeFlags {
    /// Where the HTTP door listens.
    #[arg(long, value_name = "ADDR")]
    http_bind: Option<String>,
    /// Where the TCP door listens.
    #[arg(long, value_name = "ADDR")]
    tcp_bind: Option<String>,
    /// Where the metrics listen.
    #[arg(long, value_name = "ADDR")]
    metrics_bind: Option<String>,
    /// The database.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Who may make an account: open, invite or closed.
    #[arg(long, value_name = "WHO")]
    registration: Option<String>,
    /// What to log.
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
}

impl Place {
    /// The settings from all sources.
    fn load(self, flags: ServeFlags) -> Result<Settings, ConfigError> {
        let mut sources = Sources::from_process();
        if self.config.is_some() {
            sources.file = self.config;
        }
        let named = [
            ("data_dir", self.data_dir),
            ("http.bind", flags.http_bind),
            ("tcp.bind", flags.tcp_bind),
            ("metrics.bind", flags.metrics_bind),
            ("database_url", flags.database_url),
            ("registration", flags.registration),
            ("log.level", flags.log_level),
        ];
        sources.flags = named.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
        for pair in self.set {
            let Some((key, value)) = pair.split_once('=') else {
                return Err(ConfigError::Unfit(format!("--set {pair}: write --set KEY=VALUE.")));
            };
            sources.flags.push((key.trim().to_owned(), value.to_owned()));
        }
        Settings::load(&sources)
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Action::Serve { place, flags } => place.load(flags).map_err(Into::into).and_then(serve::run),
        Action::Admin { place, action } => {
            place.load(ServeFlags::default()).map_err(Into::into).and_then(|settings| admin::run(settings, action))
        }
        Action::Migrate { place, migrate } => {
            place.load(ServeFlags::default()).map_err(Into::into).and_then(|settings| migrate::run(&settings, &migrate))
        }
        Action::Health { place, url } => {
            place.load(ServeFlags::default()).map_err(Into::into).and_then(|s| health::run(&s, url.as_deref()))
        }
        Action::Config { action } => config(action),
        Action::Doctor { place } => match place.load(ServeFlags::default()) {
            Ok(settings) => return doctor::run(&settings),
            Err(error) => Err(error.into()),
        },
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_error(&format!("vestnik: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// What any subcommand may fail with: a sentence for a person.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn config(action: ConfigAction) -> Result<(), Failure> {
    let text = match action {
        ConfigAction::Check { place } => {
            place.load(ServeFlags::default())?;
            "The configuration is good.\n".to_owned()
        }
        ConfigAction::Dump { place } => place.load(ServeFlags::default())?.dump(),
        ConfigAction::Generate { markdown: true } => document::markdown(),
        ConfigAction::Generate { markdown: false } => document::example(),
    };
    say(&text);
    Ok(())
}

/// Writes to standard output; a reader that has gone is no fault.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes a line to standard error.
fn say_error(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// A runtime for the subcommands that need one.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_become_settings() {
        let cli = Cli::parse_from([
            "vestnik",
            "serve",
            "--data-dir",
            "/tmp/nowhere-x",
            "--http-bind",
            "127.0.0.1:1",
            "--set",
            "limits.queue_frames=7",
        ]);
        let Action::Serve { place, flags } = cli.command else { panic!("not serve") };
        let settings = place.load(flags).unwrap();
        assert_eq!((settings.http.bind.port(), settings.limits.queue_frames), (1, 7));
    }
}
