//! How the program ends when it does not end well.

use vestnik_client::net::ClientError;

/// Why the program ends, each with an exit code of its own.
#[derive(Debug)]
pub enum Failure {
    /// What it was asked to do makes no sense.
    Usage(String),
    /// The server cannot be reached.
    Connect(String),
    /// The server does not let it in.
    SignIn(String),
    /// The server refused messages; each was told of already.
    Refused,
    /// Anything else.
    Other(String),
    /// Whoever read the output has gone; nothing is wrong.
    OutputClosed,
}

impl Failure {
    /// The exit code, as `--help` tells it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::OutputClosed => 0,
            Self::Other(_) => 1,
            Self::Usage(_) => 2,
            Self::Connect(_) => 3,
            Self::SignIn(_) => 4,
            Self::Refused => 5,
        }
    }

    /// What to tell on stderr.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Usage(message) | Self::Connect(message) | Self::SignIn(message) | Self::Other(message) => {
                Some(message)
            }
            Self::Refused | Self::OutputClosed => None,
        }
    }

    /// The failure an error of signing in means.
    pub fn of_sign_in(error: &ClientError, message: String) -> Self {
        match error {
            ClientError::Api(error)
                if !error.code.retryable() || error.code == vestnik_proto::ErrorCode::AccountLocked =>
            {
                Self::SignIn(message)
            }
            ClientError::Address(_) => Self::Usage(message),
            ClientError::Connect { .. } | ClientError::Closed(_) | ClientError::Timeout => Self::Connect(message),
            _ => Self::Other(message),
        }
    }
}

impl From<std::io::Error> for Failure {
    /// An error of writing the output.
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe { Self::OutputClosed } else { Self::Other(error.to_string()) }
    }
}
