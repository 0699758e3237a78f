//! Accounts and sessions.

use super::section::section;
use super::units::Span;

section! {
    /// Accounts, passwords and sessions.
    Accounts = "accounts" {
        /// Whether those without an account may read public rooms.
        guests: bool = true,
        /// Life of an access token.
        access_token: Span = Span::secs(900),
        /// Life of a refresh token: how long a device stays signed in without being used.
        refresh_token: Span = Span::secs(30 * 86_400),
        /// Failed logins in a row that lock a name.
        login_failures: i64 = 5,
        /// How long a name stays locked.
        lock: Span = Span::secs(1_800),
        /// Sign-in attempts per minute from one address beyond loopback; 0 for no limit.
        sign_ins_per_minute: u32 = 60,
        /// Sessions of one account; the longest unused ends when there are more.
        sessions_per_user: i64 = 50,
        /// Memory of a password hash (Argon2id), KiB.
        password_memory_kib: u32 = 19 * 1_024,
        /// Passes of a password hash.
        password_passes: u32 = 2,
        /// Lanes of a password hash.
        password_lanes: u32 = 1,
        /// Password hashes computed at once.
        password_threads: usize = 2,
        /// Sign-ins that may wait for a password hash; beyond it the answer is `unavailable`.
        password_queue: usize = 1_000,
    }
}
