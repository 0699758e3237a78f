//! Logs: for people on a terminal, JSON for programs. Never a password, a token or a message's text.

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt};

use crate::config::log::Log;

/// Why logs could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The level cannot be read.
    #[error("log.level cannot be read: {0}. Write error, warn, info or debug.")]
    Level(String),
    /// Somebody has set them up already.
    #[error("logs are set up already")]
    Twice,
}

/// A subscriber that writes to `writer`.
///
/// # Errors
/// When the level cannot be read.
pub fn subscriber<W>(settings: &Log, writer: W) -> Result<Box<dyn Subscriber + Send + Sync>, LogError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter: EnvFilter = settings.level.parse().map_err(|error| LogError::Level(format!("{error}")))?;
    // Statements of the database hold what people wrote: they never go to the log, whatever the level.
    let filter = ["sqlx=warn", "hyper=info", "tungstenite=info", "tokio_tungstenite=info", "rustls=info"]
        .into_iter()
        .fold(filter, |filter, directive| filter.add_directive(directive.parse().expect("a directive of this file")));
    let terminal = std::io::stderr().is_terminal();
    let json = settings.format == "json" || (settings.format == "auto" && !terminal);
    let layer = tracing_subscriber::fmt::layer().with_writer(writer);
    let layer = if json {
        layer.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed()
    } else {
        layer.with_ansi(terminal).with_target(false).boxed()
    };
    Ok(Box::new(tracing_subscriber::registry().with(filter).with(layer)))
}

/// Sets the process's logs up, on standard error.
///
/// # Errors
/// When the level cannot be read, or logs are set up already.
pub fn init(settings: &Log) -> Result<(), LogError> {
    tracing::subscriber::set_global_default(subscriber(settings, std::io::stderr)?).map_err(|_| LogError::Twice)
}
