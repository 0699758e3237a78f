//! Everything this program takes from around it: environment variables, the clock, randomness.
//! The only module that may; the others get it handed in.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use vestnik_client::net::Clock;
use vestnik_proto::{ClientId, Timestamp};

use crate::i18n::Language;

/// What was found around the program.
#[derive(Clone, Debug)]
pub struct Environment {
    /// `VESTNIK_PASSWORD`.
    pub password: Option<String>,
    /// Where to keep state: `$XDG_STATE_HOME/vestnik` or `~/.local/state/vestnik`.
    pub state_dir: Option<PathBuf>,
    /// From `LC_ALL`, `LC_MESSAGES` or `LANG`.
    pub language: Language,
    /// Whether output may be coloured: a terminal, and no `NO_COLOR`.
    pub colour: bool,
    /// Whether a person types.
    pub stdin_is_terminal: bool,
    /// Whether a person reads.
    pub stdout_is_terminal: bool,
    /// Whether the locale writes more than ASCII.
    pub unicode: bool,
    /// Where settings are kept: `$XDG_CONFIG_HOME/vestnik` or `~/.config/vestnik`.
    pub config_dir: Option<PathBuf>,
    /// `VISUAL` or `EDITOR`.
    pub editor: Option<String>,
    /// `TERM` and `TERM_PROGRAM`.
    pub terminal: (String, String),
    /// Whether a desktop is there to show what is opened.
    pub desktop: bool,
    /// Whether a keyring may be there: a session bus is, and `VESTNIK_KEYRING` is not `off`.
    pub keyring: bool,
    /// `VESTNIK_TEST_PANIC`: a key that makes a test build panic.
    pub test_panic: bool,
    /// What to log to stderr (`VESTNIK_LOG`), in the syntax of `RUST_LOG`.
    pub log: Option<String>,
}

impl Environment {
    /// Looks around.
    pub fn read() -> Self {
        let locale = variable("LC_ALL").or_else(|| variable("LC_MESSAGES")).or_else(|| variable("LANG"));
        let state_home = variable("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let home_state = || variable("HOME").map(|home| PathBuf::from(home).join(".local").join("state"));
        let config_home = variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let home_config = || variable("HOME").map(|home| PathBuf::from(home).join(".config"));
        let charset = variable("LC_ALL").or_else(|| variable("LC_CTYPE")).or_else(|| variable("LANG"));
        let unicode = charset.is_none_or(|name| name.to_lowercase().replace('-', "").contains("utf8"));
        let stdout_is_terminal = std::io::stdout().is_terminal();
        Self {
            password: variable("VESTNIK_PASSWORD"),
            state_dir: state_home.or_else(home_state).map(|state| state.join("vestnik")),
            language: Language::of_locale(&locale.unwrap_or_default()),
            colour: stdout_is_terminal && variable("NO_COLOR").is_none(),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout_is_terminal,
            unicode: unicode || cfg!(not(unix)),
            config_dir: config_home.or_else(home_config).map(|config| config.join("vestnik")),
            editor: variable("VISUAL").or_else(|| variable("EDITOR")),
            terminal: (variable("TERM").unwrap_or_default(), variable("TERM_PROGRAM").unwrap_or_default()),
            desktop: cfg!(not(unix))
                || cfg!(target_os = "macos")
                || variable("DISPLAY").or_else(|| variable("WAYLAND_DISPLAY")).is_some(),
            keyring: variable("DBUS_SESSION_BUS_ADDRESS").is_some()
                && variable("VESTNIK_KEYRING").is_none_or(|wish| wish != "off"),
            test_panic: cfg!(debug_assertions) && variable("VESTNIK_TEST_PANIC").is_some(),
            log: variable("VESTNIK_LOG"),
        }
    }
}

/// A variable that is set to something.
#[expect(clippy::disallowed_methods, reason = "the one place of this program that reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The system's clock.
#[expect(clippy::disallowed_methods, reason = "the one place of this program that reads the clock")]
pub fn clock() -> Clock {
    Arc::new(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    })
}

/// A new random id.
#[expect(clippy::disallowed_methods, reason = "the one place of this program that makes randomness")]
pub fn random_id() -> ClientId {
    uuid::Uuid::new_v4()
}

/// A seed for the jitter of reconnecting.
pub fn seed() -> u64 {
    random_id().as_u64_pair().1
}

/// The hour and minute of a moment where the computer is.
pub fn local_time(moment: Timestamp) -> String {
    local(moment, "%H:%M")
}

/// The day of a moment where the computer is.
pub fn local_day(moment: Timestamp) -> String {
    local(moment, "%Y-%m-%d")
}

/// Where the computer is.
pub fn zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::system()
}

fn local(moment: Timestamp, format: &str) -> String {
    let zone = jiff::tz::TimeZone::system();
    let stamp = jiff::Timestamp::from_millisecond(moment.as_millis()).unwrap_or_default();
    stamp.to_zoned(zone).strftime(format).to_string()
}
