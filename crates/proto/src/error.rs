//! Errors a program can meet: a stable code, an HTTP status and one sentence for a person.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident = $text:literal, $status:literal, $retry:literal;)+) => {
        /// What went wrong. Clients switch on the code and never parse the sentence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
        pub enum ErrorCode {
            $($(#[$meta])* #[serde(rename = $text)] $name,)+
        }
        impl ErrorCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];
            /// The stable name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
            /// The HTTP status (RFC 9110) that carries this code.
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }
            /// Whether the same request may succeed later without being changed.
            pub const fn retryable(self) -> bool {
                match self { $(Self::$name => $retry,)+ }
            }
        }
    };
}

codes! {
    /// No valid access token, or not one for this door.
    Unauthorized = "unauthorized", 401, false;
    /// The name or the password is wrong; which of them is never said.
    InvalidCredentials = "invalid_credentials", 401, false;
    /// The password is right and a second factor is needed.
    TwoFactorRequired = "two_factor_required", 401, false;
    /// Too many failed logins; `retry_after_ms` says for how long.
    AccountLocked = "account_locked", 423, true;
    /// Signed in, but this may not be done.
    Forbidden = "forbidden", 403, false;
    /// It does not exist, or the caller may not know that it does.
    NotFound = "not_found", 404, false;
    /// The request is malformed; `field` names the part when there is one.
    Invalid = "invalid", 400, false;
    /// The text is longer than `chatMessageMaxLength`.
    MessageTooLong = "message_too_long", 400, false;
    /// Too many requests; `retry_after_ms` says when to go on.
    RateLimited = "rate_limited", 429, true;
    /// It clashes with what is already there, as a name that is taken.
    Conflict = "conflict", 409, false;
    /// The request is larger than the limit.
    TooLarge = "too_large", 413, false;
    /// The server cannot store or serve this now; nothing was changed.
    Unavailable = "unavailable", 503, true;
    /// A fault of the server; the log has it under the request id.
    Internal = "internal", 500, true;
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error as it travels: over WebSocket and TCP as `{"type":"error",…}`,
/// over REST as problem JSON (RFC 9457) with the same members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[error("{code}: {message}")]
pub struct ApiError {
    /// The stable code.
    pub code: ErrorCode,
    /// One sentence for a person: what happened and what to do.
    pub message: String,
    /// The part of the request that is wrong, for `invalid`, as a path (`mentions[2]`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Milliseconds to wait before the same request makes sense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", ts(type = "number | null"))]
    pub retry_after_ms: Option<u64>,
}

impl ApiError {
    /// An error of this code with this sentence.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None, retry_after_ms: None }
    }

    /// `invalid`, naming the field that is wrong.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(ErrorCode::Invalid, message) }
    }

    /// The one answer for "it is not there" and "you may not know that it is there".
    pub fn not_found() -> Self {
        Self::new(
            ErrorCode::NotFound,
            "There is no such thing here, or you may not see it. Check the name and that you are signed in.",
        )
    }

    /// The same error with a time to wait.
    pub fn retry_after_ms(mut self, millis: u64) -> Self {
        self.retry_after_ms = Some(millis);
        self
    }
}
