//! What can go wrong on the client's side.

use vestnik_proto::{ApiError, CloseCode, ErrorCode};

/// Why a connection ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// The close code the server gave; absent when the connection broke without one.
    pub code: Option<u16>,
    /// One sentence for a person; empty when none was given.
    pub reason: String,
    /// How long the server asks to stay away. Milliseconds.
    pub reconnect_after_ms: Option<u64>,
}

impl Closed {
    /// Whether it was closed with this code.
    pub fn is(&self, code: CloseCode) -> bool {
        self.code == Some(code.code())
    }
}

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.code, self.reason.as_str()) {
            (Some(code), "") => write!(f, "the server closed the connection ({code})"),
            (Some(code), reason) => write!(f, "the server closed the connection ({code}): {reason}"),
            (None, "") => f.write_str("the connection was lost"),
            (None, reason) => write!(f, "the connection was lost: {reason}"),
        }
    }
}

/// What can go wrong on the client's side.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server refused the command.
    #[error("{}", .0.message)]
    Api(ApiError),
    /// The connection ended before the answer. Whether the command was carried out is not known;
    /// repeating it with the same `client_id` is safe.
    #[error("{0}")]
    Closed(Closed),
    /// There is no connection now. The command was not sent.
    #[error("not connected to the server")]
    Offline,
    /// No answer came in time. As with [`ClientError::Closed`], it may have been carried out.
    #[error("the server did not answer in time")]
    Timeout,
    /// The server cannot be reached.
    #[error("cannot connect to {address}: {cause}")]
    Connect {
        /// Where.
        address: String,
        /// What kind of trouble, for a program that can say what to do.
        fault: ConnectFault,
        /// Why not.
        cause: String,
    },
    /// The address is not one.
    #[error("{0}")]
    Address(String),
    /// The certificates for TLS cannot be used.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// The server said something that is not the protocol.
    #[error("the server said something this program does not understand: {0}")]
    Protocol(String),
    /// There is no valid session; sign in by name and password.
    #[error("not signed in: {0}")]
    SignedOut(String),
    /// The cache and outbox file failed.
    #[error("the local store failed: {0}")]
    Store(#[from] sqlx::Error),
    /// A file failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Why a server could not be reached, as far as it makes a difference what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectFault {
    /// Nothing listens there.
    Refused,
    /// The server's certificate is not trusted.
    Untrusted,
    /// The server's certificate is another than the pinned one.
    NotPinned,
    /// Anything else: the network, the name, no answer in time.
    Other,
}

impl ClientError {
    /// The server's code, when it was the server that refused.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Api(error) => Some(error.code),
            _ => None,
        }
    }

    /// Whether the server does not accept the tokens.
    pub(crate) fn is_unauthorized(&self) -> bool {
        match self {
            Self::Api(error) => matches!(error.code, ErrorCode::Unauthorized | ErrorCode::InvalidCredentials),
            Self::Closed(closed) => closed.is(CloseCode::Unauthorized),
            _ => false,
        }
    }
}

impl From<ApiError> for ClientError {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}
