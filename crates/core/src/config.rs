//! What the operator may set of the rules. Filled by the server's configuration.

use vestnik_proto::{Registration, limits};

/// Settings of the rules, with the defaults of the contract.
#[derive(Clone, Debug)]
pub struct CoreConfig {
    /// Who may make an account.
    pub registration: Registration,
    /// Whether those without an account may read public rooms.
    pub guests: bool,
    /// Access token life, seconds.
    pub access_token_secs: i64,
    /// Refresh token life, seconds.
    pub refresh_token_secs: i64,
    /// Failed logins in a row that lock a name.
    pub login_failures: i64,
    /// How long a name stays locked, seconds.
    pub lock_secs: i64,
    /// Longest message, characters.
    pub message_chars: usize,
    /// Events per chat that `sync` streams before it answers `reset`.
    pub sync_events: i64,
    /// Messages a user may send per second in the long run; 0 for no limit.
    pub messages_per_second: u32,
    /// Messages a user may send at once before that counts.
    pub messages_burst: u32,
    /// Other commands a user may give per second in the long run; 0 for no limit.
    pub commands_per_second: u32,
    /// Other commands a user may give at once before that counts.
    pub commands_burst: u32,
    /// Sign-in attempts per minute from one address beyond loopback; 0 for no limit.
    pub sign_ins_per_minute: u32,
    /// Cost of the password hash.
    pub password_cost: PasswordCost,
    /// Password hashes computed at once.
    pub password_threads: usize,
    /// Sign-ins that may wait for a password hash; beyond it the answer is `unavailable`.
    pub password_queue: usize,
    /// The key that signs access tokens; made and kept with the data when absent.
    pub token_secret: Option<Vec<u8>>,
    /// Whether several nodes share the store: what one of them promises, all keep.
    pub cluster: bool,
    /// Sessions a user may have; the longest unused ends when there are more.
    pub sessions_per_user: i64,
}

/// Cost of Argon2id (RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

impl Default for CoreConfig {
    fn default() -> Self {
        Self {
            registration: Registration::Open,
            guests: true,
            access_token_secs: limits::ACCESS_TOKEN_SECS,
            refresh_token_secs: limits::REFRESH_TOKEN_SECS,
            login_failures: limits::LOGIN_FAILURES,
            lock_secs: limits::LOCK_SECS,
            message_chars: limits::MESSAGE_CHARS,
            sync_events: limits::SYNC_EVENTS,
            messages_per_second: 100,
            messages_burst: 1_000,
            commands_per_second: 200,
            commands_burst: 2_000,
            sign_ins_per_minute: 60,
            password_cost: PasswordCost::default(),
            password_threads: 2,
            password_queue: 1_000,
            token_secret: None,
            cluster: false,
            sessions_per_user: 50,
        }
    }
}
