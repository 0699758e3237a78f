//! Logs.

use super::section::section;

section! {
    /// Logs, on standard error. They never hold a password, a token or the text of a message.
    Log = "log" {
        /// What to log: `error`, `warn`, `info`, `debug`, or by module as in `info,vestnik_core=debug`.
        level: String = "info".to_owned(),
        /// `pretty` for people, `json` for programs, `auto` for `pretty` on a terminal and `json` elsewhere.
        format: String = "auto".to_owned(),
    }
}
