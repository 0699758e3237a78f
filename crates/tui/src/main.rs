//! `vestnik-tui`: Vestnik in the terminal, full-screen or line by line.
//!
//! ```text
//! main -> run (terminal, session, effects) -> app (state and how it changes) -> ui (drawing)
//!                                              ^ keys: one table       ^ feed: a chat as rows
//! main -> account (who is signed in) -> plain (the loops) -> output
//!                                         ^ input, batch: what is typed or piped
//!                                         ^ speech: what a person listens to
//! ```

mod account;
mod app;
mod args;
mod batch;
mod environment;
mod failure;
mod feed;
mod i18n;
mod input;
mod keyring;
mod keys;
mod options;
mod output;
mod plain;
mod run;
mod speech;
mod text;
mod ui;

use std::process::ExitCode;

use args::Args;
use environment::Environment;
use failure::Failure;
use i18n::Text;

fn main() -> ExitCode {
    let environment = Environment::read();
    let matches = args::command(environment.language).try_get_matches().unwrap_or_else(|error| error.exit());
    let args = Args::from(&matches);
    // Lines on the screen would spoil what is drawn there.
    let spoils = is_full_screen(&args, &environment) && std::io::IsTerminal::is_terminal(&std::io::stderr());
    if let Some(log) = environment.log.as_ref().filter(|_| !spoils) {
        tracing_subscriber::fmt().with_env_filter(log).with_writer(std::io::stderr).init();
    }
    match run(&args, &environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(message) = failure.message() {
                tell(&format!("vestnik-tui: {message}"));
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Whether there is a screen to fill, and that is wanted.
fn is_full_screen(args: &Args, environment: &Environment) -> bool {
    let terminal = environment.stdin_is_terminal && environment.stdout_is_terminal;
    terminal && !args.plain && environment.terminal.0 != "dumb"
}

fn run(args: &Args, environment: &Environment) -> Result<(), Failure> {
    if args.keys {
        let mut out = std::io::stdout();
        return Ok(std::io::Write::write_all(&mut out, keys::markdown(environment.language).as_bytes())?);
    }
    let full_screen = is_full_screen(args, environment);
    if full_screen && args.json {
        return Err(Failure::Usage(environment.language.fill(Text::FullScreenTakes, &["--json"])));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Other(error.to_string()))?;
    let result = runtime.block_on(async {
        if full_screen { run::run(args, environment).await } else { plain::run(args, environment).await }
    });
    // The thread that reads the terminal cannot be interrupted; it ends with the process.
    runtime.shutdown_background();
    result
}

/// Tells the person something beside the output. That stderr is closed is no reason to fail.
fn tell(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}
