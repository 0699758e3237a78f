//! What can go wrong with a measurement, each with what to do about it.

use std::io;

use vestnik_proto::ApiError;

/// Why a scenario could not be measured. Losses are no errors: they are results.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused something.
    #[error("{doing} failed: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// Why it failed.
        source: io::Error,
    },
    /// The server answered a command with an error.
    #[error("the server refused `{command}`: {error}")]
    Refused {
        /// The command's name.
        command: String,
        /// The server's answer.
        error: ApiError,
    },
    /// The server closed a connection that should have lived.
    #[error("the server closed the connection{}", code.map_or(String::new(), |code| format!(" with {code}")))]
    Closed {
        /// The close code, when one was told.
        code: Option<u16>,
    },
    /// Something took longer than its limit.
    #[error("{doing} took longer than {seconds} s; is the server overloaded or stuck?")]
    Timeout {
        /// What was being done.
        doing: String,
        /// The limit.
        seconds: u64,
    },
    /// The server sent something that is not the wire.
    #[error("the server sent something unexpected: {0}")]
    Protocol(String),
    /// The run cannot be done as asked.
    #[error("{0}")]
    Setup(String),
}

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Names what an input or output error interrupted.
pub trait Doing<T> {
    /// Turns the error into [`Error::Io`].
    ///
    /// # Errors
    /// The same error, with `doing`.
    fn doing(self, doing: &str) -> Result<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &str) -> Result<T> {
        self.map_err(|source| Error::Io { doing: doing.to_owned(), source })
    }
}
