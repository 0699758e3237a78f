//! Messages and commands.

use super::section::section;

section! {
    /// Messages and commands of one account.
    Messages = "messages" {
        /// Longest message, characters.
        max_chars: usize = 4_000,
        /// Messages per second in the long run; 0 for no limit.
        per_second: u32 = 100,
        /// Messages at once before that counts.
        burst: u32 = 1_000,
        /// Other commands per second in the long run; 0 for no limit.
        commands_per_second: u32 = 200,
        /// Other commands at once before that counts.
        commands_burst: u32 = 2_000,
        /// Events of one chat that `sync` sends before it answers `reset`.
        sync_events: i64 = 500,
    }
}
