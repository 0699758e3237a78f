//! Who is asking.

use std::net::IpAddr;
use std::sync::Arc;

use vestnik_proto::{ApiError, ErrorCode, UserId};

/// Who performs an action: decided once, at the door, from the access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Someone with an account.
    User(UserActor),
    /// Someone who looks in without one.
    Guest,
}

/// Someone with an account, on one of their sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserActor {
    /// Who.
    pub id: UserId,
    /// Their username.
    pub username: Arc<str>,
    /// Their session.
    pub session: Arc<str>,
}

impl Actor {
    /// The user, or `unauthorized` for a guest.
    ///
    /// # Errors
    /// `unauthorized` when this is a guest.
    pub fn user(&self) -> Result<&UserActor, ApiError> {
        match self {
            Self::User(user) => Ok(user),
            Self::Guest => Err(ApiError::new(ErrorCode::Unauthorized, "This needs an account. Sign in or register.")),
        }
    }

    /// The user's number, for those who have one.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(user.id),
            Self::Guest => None,
        }
    }
}

/// Where a request comes from, for limits and the list of sessions.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The peer's address.
    pub ip: IpAddr,
    /// What the device calls itself (`User-Agent`), when it does.
    pub agent: Option<String>,
}
