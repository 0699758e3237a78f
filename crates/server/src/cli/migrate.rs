//! `vestnik migrate`: a server on SQLite becomes one on PostgreSQL while people use it.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tokio::time::Instant;
use vestnik_core::Rng;
use vestnik_store::moving::{Abandoned, MoveConfig, Moved, Progress, abandon, move_to};

use super::{Failure, runtime, say};
use crate::config::Settings;
use crate::config::units::{Span, Value};
use crate::system::SystemRng;

/// Where to, and how.
#[derive(Args, Debug)]
pub(super) struct MigrateFlags {
    /// The database to move to: an empty one, or the one of a move that was begun.
    #[arg(long, value_name = "URL", required_unless_present_any = ["to_file", "abandon"])]
    to: Option<String>,
    /// A file with that address, so that its password is not in the list of processes.
    #[arg(long, value_name = "FILE", conflicts_with = "to")]
    to_file: Option<PathBuf>,
    /// Gives a move up: the old server is in service again, the new database refuses to be.
    #[arg(long)]
    abandon: bool,
    /// With --abandon: what was written to the new server since the switch may be lost.
    #[arg(long, requires = "abandon")]
    lose_newer: bool,
    /// Longest time for which nobody may write.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = span)]
    max_pause: Duration,
    /// Rows copied in one transaction.
    #[arg(long, value_name = "ROWS", default_value_t = 10_000)]
    chunk_rows: u32,
}

fn span(text: &str) -> Result<Duration, String> {
    Span::from_text(text).map(|span| span.0)
}

impl MigrateFlags {
    fn url(&self) -> Result<Option<String>, Failure> {
        match (&self.to, &self.to_file) {
            (Some(url), _) => Ok(Some(url.clone())),
            (None, Some(file)) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|error| format!("The file {} cannot be read: {error}.", file.display()))?;
                Ok(Some(text.trim().to_owned()))
            }
            (None, None) => Ok(None),
        }
    }
}

pub(super) fn run(settings: &Settings, migrate: &MigrateFlags) -> Result<(), Failure> {
    let from = settings.database_url();
    let to = migrate.url()?;
    if migrate.abandon {
        let done = runtime()?.block_on(abandon(&from, to.as_deref(), migrate.lose_newer))?;
        say(match done {
            Abandoned::Nothing => "There is no move to give up.\n",
            Abandoned::Unfinished => {
                "The move is given up. The old server is in service as before; drop the new database.\n"
            }
            Abandoned::TakenBack => {
                "The move is taken back. Start the old server again; it is as it was at the switch.\n"
            }
        });
        return Ok(());
    }
    let mut random = [0u8; 16];
    SystemRng.fill(&mut random);
    let config = MoveConfig {
        from,
        to: to.ok_or("Say where to: --to postgres://…")?,
        id: uuid::Builder::from_random_bytes(random).into_uuid().to_string(),
        chunk: migrate.chunk_rows,
        max_pause: migrate.max_pause,
    };
    let mut show = Show::new();
    let mut watch = |progress: &Progress| {
        show.step(progress);
        true
    };
    let moved = runtime()?.block_on(move_to(&config, &mut watch));
    show.end();
    say(&done(&moved?));
    Ok(())
}

fn done(moved: &Moved) -> String {
    let Moved { to, rows, messages, chats, pause } = moved;
    let mut text = format!(
        "Moved: {messages} messages in {chats} chats, {rows} rows in all; counts and hashes are equal on both sides.\n"
    );
    if let Some(pause) = pause {
        text.push_str(&format!("Nobody could write for {:.1} s.\n", pause.as_secs_f64()));
    }
    text.push_str(&format!(
        "The old server is out of service and stops by itself.\n\
         Now set VESTNIK_DATABASE_URL to {to} (with its password) and start the server again.\n\
         Keep the data directory: it has the certificate, and the old database until you are sure.\n"
    ));
    text
}

/// Least time between two lines, where each stays.
const LINE: Duration = Duration::from_secs(2);
/// The same where each replaces the one before.
const BAR: Duration = Duration::from_millis(100);
/// Characters of the bar.
const WIDTH: usize = 24;

/// Says how far it is: one line that changes on a terminal, lines elsewhere.
struct Show {
    terminal: bool,
    /// When the present phase began, and with how many rows.
    phase: Option<(String, Instant, u64)>,
    last: Option<Instant>,
    open: bool,
}

impl Show {
    fn new() -> Self {
        Self { terminal: std::io::stdout().is_terminal(), phase: None, last: None, open: false }
    }

    fn step(&mut self, progress: &Progress) {
        match progress {
            Progress::Begun { resumed: false, to } => {
                self.line(&format!("Moving to {to}; the server goes on meanwhile."));
            }
            Progress::Begun { resumed: true, to } => {
                self.line(&format!("Going on with the move to {to}."));
            }
            Progress::Copying { table, rows, of } => self.bar("Copying", table, *rows, *of),
            Progress::Comparing { rows, of } => self.bar("Comparing", "", *rows, *of),
            Progress::CatchingUp { changes } => {
                self.line(&format!("Carried over {changes} changes made meanwhile."));
            }
            Progress::Paused => self.line("The last changes; nobody can write now."),
            Progress::Verified => self.line("Both sides are equal."),
            Progress::SourceClosed => self.line("The old server is out of service."),
        }
    }

    fn line(&mut self, text: &str) {
        self.end();
        self.phase = None;
        say(&format!("{text}\n"));
    }

    fn bar(&mut self, what: &str, table: &str, rows: u64, of: u64) {
        let now = Instant::now();
        if self.phase.as_ref().is_none_or(|(phase, _, _)| phase != what) {
            self.end();
            self.phase = Some((what.to_owned(), now, rows));
            self.last = None;
        }
        let whole = rows >= of;
        let pause = if self.terminal { BAR } else { LINE };
        if !whole && self.last.is_some_and(|last| now - last < pause) {
            return;
        }
        self.last = Some(now);
        let (begun, at) = self.phase.as_ref().map_or((now, 0), |(_, begun, at)| (*begun, *at));
        let text = format!("{what} {}", measure(rows, of, rows.saturating_sub(at), now - begun));
        if self.terminal {
            let mut out = std::io::stdout().lock();
            let _ = write!(out, "\r\x1b[K{text}  {table}").and_then(|()| out.flush());
            self.open = true;
        } else {
            say(&format!("{text}\n"));
        }
    }

    /// Leaves the line that changes as it is.
    fn end(&mut self) {
        if std::mem::take(&mut self.open) {
            say("\n");
        }
    }
}

/// A bar, the percentage, the rate and the time that is left.
fn measure(rows: u64, of: u64, fresh: u64, took: Duration) -> String {
    let percent = (rows.min(of) * 100).checked_div(of).unwrap_or(100);
    let filled = usize::try_from(percent).unwrap_or(100) * WIDTH / 100;
    let bar = format!("{}{}", "#".repeat(filled), ".".repeat(WIDTH - filled));
    let mut text = format!("[{bar}] {percent:>3} %  {rows} of {of} rows");
    let rate = fresh as f64 / took.as_secs_f64();
    if rate.is_finite() && rate >= 1.0 {
        let left = of.saturating_sub(rows) as f64 / rate;
        text.push_str(&format!(", {rate:.0} a second, {left:.0} s left"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_is() {
        assert_eq!(
            measure(25, 100, 25, Duration::from_secs(5)),
            "[######..................]  25 %  25 of 100 rows, 5 a second, 15 s left"
        );
        assert!(measure(0, 0, 0, Duration::ZERO).contains("100 %"));
        assert!(measure(7, 5, 0, Duration::ZERO).contains("100 %"));
    }
}
