//! The configuration: defaults, then `vestnik.toml`, then `VESTNIK_*` variables, then flags.
//!
//! Every key is described once, in its section; reading, the example file and `docs/config.md` are
//! made from that. A key nobody knows is refused, with the nearest one that exists.

pub mod accounts;
pub mod database;
pub mod document;
pub mod general;
pub mod http;
pub mod limits;
pub mod log;
pub mod messages;
pub mod metrics;
pub mod section;
pub mod tcp;
pub mod tls;
pub mod units;

use std::path::{Path, PathBuf};

use section::{Key, Section};
use vestnik_core::{CoreConfig, PasswordCost};

/// Beginning of the variables that set keys.
const ENV_PREFIX: &str = "VESTNIK_";
/// Variables of other programs of this family, and those that are no keys.
const ENV_OTHERS: [&str; 7] = [
    "VESTNIK_CONFIG",
    "VESTNIK_TEST_",
    "VESTNIK_CLUSTER_",
    "VESTNIK_TUI_",
    "VESTNIK_BENCH_",
    "VESTNIK_CLIENT_",
    "VESTNIK_WEB_",
];

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// A key nobody knows.
    #[error("{place}: there is no setting {key:?}.{hint} See docs/config.md or run `vestnik config generate`.")]
    UnknownKey {
        /// Where it stands.
        place: String,
        /// The key.
        key: String,
        /// The nearest known one, as a sentence.
        hint: String,
    },
    /// A value that cannot be read.
    #[error("{place}: {key} cannot be read: {problem}.")]
    Value {
        /// Where it stands.
        place: String,
        /// The key.
        key: String,
        /// What is accepted.
        problem: String,
    },
    /// A file that cannot be read.
    #[error("{path}: {problem}. Check that the file is there and may be read.")]
    File {
        /// Which.
        path: String,
        /// Why.
        problem: String,
    },
    /// A file that is not TOML.
    #[error("{path} is not valid TOML: {problem}")]
    Syntax {
        /// Which.
        path: String,
        /// Where and why.
        problem: String,
    },
    /// Values that do not go together.
    #[error("{0}")]
    Unfit(String),
}

macro_rules! settings {
    ($($field:ident: $type:ty,)+) => {
        /// All settings.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Settings {
            $(#[doc = concat!("The section `", stringify!($field), "`.")] pub $field: $type,)+
        }

        impl Settings {
            /// Every section: its table's name, what it is about, its keys.
            pub fn sections() -> Vec<(&'static str, Vec<&'static str>, Vec<Key>)> {
                vec![$((<$type>::NAME, <$type>::about(), <$type>::keys()),)+]
            }

            fn set_in(&mut self, table: &str, key: &str, text: &str) -> Result<(), String> {
                match table {
                    $(<$type as Section>::NAME => self.$field.set(key, text),)+
                    _ => Err("there is no such section".to_owned()),
                }
            }

            fn show_in(&self, table: &str, key: &str) -> String {
                match table {
                    $(<$type as Section>::NAME => self.$field.show(key),)+
                    _ => String::new(),
                }
            }
        }
    };
}

settings! {
    general: general::General,
    http: http::Http,
    tcp: tcp::Tcp,
    metrics: metrics::Metrics,
    tls: tls::Tls,
    log: log::Log,
    limits: limits::Limits,
    accounts: accounts::Accounts,
    messages: messages::Messages,
    database: database::Database,
}

/// Where settings come from, besides the defaults.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file named by `--config` or `VESTNIK_CONFIG`; without one, `vestnik.toml` in the data
    /// directory when it is there.
    pub file: Option<PathBuf>,
    /// The environment, as name and value.
    pub env: Vec<(String, String)>,
    /// Flags, as full key (`http.bind`) and value.
    pub flags: Vec<(String, String)>,
}

impl Sources {
    /// The process's environment, and nothing else.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn from_process() -> Self {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        let env: Vec<_> = std::env::vars_os()
            .map(|(name, value)| (text(name), text(value)))
            .filter(|(name, _)| name.starts_with(ENV_PREFIX))
            .collect();
        let file = env.iter().find(|(name, _)| name == "VESTNIK_CONFIG").map(|(_, path)| PathBuf::from(path));
        Self { file, env, flags: Vec::new() }
    }

    /// The variables that set keys, with their keys.
    fn env_keys(&self) -> impl Iterator<Item = (&str, String, &str)> {
        self.env.iter().filter(|(name, _)| !ENV_OTHERS.iter().any(|other| name.starts_with(other))).filter_map(
            |(name, value)| {
                let key = name.strip_prefix(ENV_PREFIX)?.to_lowercase().replace("__", ".");
                Some((name.as_str(), key, value.as_str()))
            },
        )
    }
}

impl Settings {
    /// Reads the settings from all sources and checks that they go together.
    ///
    /// # Errors
    /// [`ConfigError`], naming the place and the key.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let mut settings = Self::default();
        match &sources.file {
            Some(path) => settings.apply_file(path)?,
            None => {
                let path = sources.data_dir(&settings.general.data_dir).join("vestnik.toml");
                if path.exists() {
                    settings.apply_file(&path)?;
                }
            }
        }
        for (name, key, value) in sources.env_keys() {
            settings.set(&format!("environment variable {name}"), &key, value)?;
        }
        for (key, value) in &sources.flags {
            settings.set("command line", key, value)?;
        }
        settings.check()?;
        Ok(settings)
    }

    /// Sets one key (`http.bind`), or reads it from the file named by `<key>_file`.
    fn set(&mut self, place: &str, full: &str, text: &str) -> Result<(), ConfigError> {
        let unknown = || {
            let hint = nearest(full).map(|near| format!(" Did you mean {near:?}?")).unwrap_or_default();
            ConfigError::UnknownKey { place: place.to_owned(), key: full.to_owned(), hint }
        };
        let (table, name) = full.rsplit_once('.').unwrap_or(("", full));
        let (_, _, keys) = Self::sections().into_iter().find(|(known, ..)| *known == table).ok_or_else(unknown)?;
        let from_file;
        let (key, text) = if keys.iter().any(|key| key.name == name) {
            (name, text)
        } else {
            let secret =
                name.strip_suffix("_file").filter(|name| keys.iter().any(|key| key.secret && key.name == *name));
            let key = secret.ok_or_else(unknown)?;
            from_file = std::fs::read_to_string(text)
                .map_err(|error| ConfigError::File { path: text.to_owned(), problem: error.to_string() })?;
            (key, from_file.trim_end_matches(['\n', '\r']))
        };
        self.set_in(table, key, text).map_err(|problem| ConfigError::Value {
            place: place.to_owned(),
            key: full.to_owned(),
            problem,
        })
    }

    fn apply_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::File { path: shown.clone(), problem: error.to_string() })?;
        self.apply_toml(&shown, &text)
    }

    /// Sets the keys of a TOML text.
    fn apply_toml(&mut self, place: &str, text: &str) -> Result<(), ConfigError> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| ConfigError::Syntax {
            path: place.to_owned(),
            problem: error.to_string(),
        })?;
        for (name, value) in &table {
            match value {
                toml::Value::Table(section) => {
                    for (key, value) in section {
                        self.apply_value(place, &format!("{name}.{key}"), value)?;
                    }
                }
                value => self.apply_value(place, name, value)?,
            }
        }
        Ok(())
    }

    fn apply_value(&mut self, place: &str, full: &str, value: &toml::Value) -> Result<(), ConfigError> {
        let plain = |value: &toml::Value| match value {
            toml::Value::String(text) => Some(text.clone()),
            toml::Value::Integer(number) => Some(number.to_string()),
            toml::Value::Boolean(yes) => Some(yes.to_string()),
            _ => None,
        };
        let is_list = Self::sections()
            .iter()
            .any(|(table, _, keys)| keys.iter().any(|key| key.list && full_name(table, key.name) == full));
        let text = match value {
            toml::Value::Array(parts) if is_list => {
                parts.iter().map(plain).collect::<Option<Vec<_>>>().map(|parts| parts.join(","))
            }
            value => plain(value),
        };
        // A key nobody knows is said to be unknown, whatever its value looks like.
        let known = text.is_some() || nearest(full).as_deref() != Some(full);
        if !known {
            return Err(ConfigError::Value {
                place: place.to_owned(),
                key: full.to_owned(),
                problem: "its value has the wrong form".to_owned(),
            });
        }
        self.set(place, full, &text.unwrap_or_default())
    }

    /// Whether the values go together.
    fn check(&self) -> Result<(), ConfigError> {
        let unfit = |text: &str| Err(ConfigError::Unfit(text.to_owned()));
        let url = self.general.database_url.expose();
        if !url.is_empty() && !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme)) {
            return unfit("database_url must begin with sqlite: or postgres: (VESTNIK_DATABASE_URL).");
        }
        let replica = self.database.replica_url.expose();
        let is_postgres = |url: &str| ["postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme));
        let both = is_postgres(replica) && is_postgres(url);
        if !replica.is_empty() && !both {
            return unfit(
                "database.replica_url (VESTNIK_DATABASE__REPLICA_URL) names a standby of the PostgreSQL in database_url: \
                 both must begin with postgres:. Without one, remove the setting.",
            );
        }
        let bus = self.general.bus_url.expose();
        if bus != "memory:" && !is_redis(bus) {
            return unfit(
                "bus_url must be `memory:` for one node, or begin with redis:// or rediss:// for several \
                 (VESTNIK_BUS_URL).",
            );
        }
        if is_redis(bus) && (url.is_empty() || url.starts_with("sqlite:")) {
            return unfit(
                "Several nodes cannot share an SQLite file: with bus_url (VESTNIK_BUS_URL), database_url must begin \
                 with postgres: (VESTNIK_DATABASE_URL). For one node, remove bus_url.",
            );
        }
        if is_redis(bus)
            && let Err(error) = crate::bus::RedisBus::new(bus, "")
        {
            return unfit(&error.to_string());
        }
        if !self.general.bus_ca_file.as_os_str().is_empty() && !bus.starts_with("rediss://") {
            return unfit("bus_ca_file is for a bus with TLS: bus_url must begin with rediss:// (VESTNIK_BUS_URL).");
        }
        let blobs = self.general.blobs_url.expose();
        if !blobs.is_empty() && !blobs.starts_with("file:") {
            return unfit("blobs_url: this version knows only `file:<path>` (VESTNIK_BLOBS_URL). Remove the setting.");
        }
        if self.tls.cert_file.as_os_str().is_empty() != self.tls.key_file.as_os_str().is_empty() {
            return unfit("tls.cert_file and tls.key_file belong together: set both, or none of them.");
        }
        if !["auto", "pretty", "json"].contains(&self.log.format.as_str()) {
            return unfit("log.format must be auto, pretty or json.");
        }
        let at_least_one = [
            ("http.max_connections", self.http.max_connections),
            ("http.max_body_bytes", self.http.max_body_bytes.0),
            ("tcp.max_connections", self.tcp.max_connections),
            ("limits.queue_frames", self.limits.queue_frames),
            ("limits.queue_bytes", self.limits.queue_bytes.0),
            ("limits.pending_messages", self.limits.pending_messages),
            ("messages.max_chars", self.messages.max_chars),
            ("accounts.password_threads", self.accounts.password_threads),
            ("accounts.password_queue", self.accounts.password_queue),
            ("database.max_readers", self.database.max_readers as usize),
            ("database.lanes", self.database.lanes as usize),
        ];
        if let Some((key, _)) = at_least_one.iter().find(|(_, value)| *value == 0) {
            return unfit(&format!("{key} must be at least 1."));
        }
        let spans = [
            ("http.request_timeout", self.http.request_timeout),
            ("http.ping_interval", self.http.ping_interval),
            ("http.idle_timeout", self.http.idle_timeout),
            ("tcp.idle_timeout", self.tcp.idle_timeout),
            ("limits.handshake_timeout", self.limits.handshake_timeout),
            ("limits.auth_timeout", self.limits.auth_timeout),
            ("limits.write_timeout", self.limits.write_timeout),
            ("database.acquire_timeout", self.database.acquire_timeout),
            ("database.read_timeout", self.database.read_timeout),
            ("database.write_timeout", self.database.write_timeout),
            ("database.lock_timeout", self.database.lock_timeout),
            ("database.idle_transaction_timeout", self.database.idle_transaction_timeout),
            ("accounts.access_token", self.accounts.access_token),
            ("accounts.refresh_token", self.accounts.refresh_token),
        ];
        if let Some((key, _)) = spans.iter().find(|(_, span)| span.0.is_zero()) {
            return unfit(&format!("{key} must be longer than nothing."));
        }
        Ok(())
    }

    /// Every key with its present value, as TOML; secrets are hidden.
    pub fn dump(&self) -> String {
        let mut out = String::new();
        for (table, _, keys) in Self::sections() {
            if !table.is_empty() {
                out.push_str(&format!("\n[{table}]\n"));
            }
            for key in keys {
                out.push_str(&format!("{} = {}\n", key.name, self.show_in(table, key.name)));
            }
        }
        out
    }

    /// The database's address, with the default filled in.
    pub fn database_url(&self) -> String {
        match self.general.database_url.expose() {
            "" => format!("sqlite:{}", self.general.data_dir.join("vestnik.db").display()),
            url => url.to_owned(),
        }
    }

    /// The bus between nodes; nothing for a server that is one node.
    pub fn bus_url(&self) -> Option<&str> {
        Some(self.general.bus_url.expose()).filter(|url| is_redis(url))
    }

    /// The settings of the rules.
    pub fn core(&self) -> CoreConfig {
        let (accounts, messages) = (&self.accounts, &self.messages);
        CoreConfig {
            registration: self.general.registration,
            guests: accounts.guests,
            access_token_secs: accounts.access_token.as_secs(),
            refresh_token_secs: accounts.refresh_token.as_secs(),
            login_failures: accounts.login_failures,
            lock_secs: accounts.lock.as_secs(),
            message_chars: messages.max_chars,
            sync_events: messages.sync_events,
            messages_per_second: messages.per_second,
            messages_burst: messages.burst,
            commands_per_second: messages.commands_per_second,
            commands_burst: messages.commands_burst,
            sign_ins_per_minute: accounts.sign_ins_per_minute,
            password_cost: PasswordCost {
                memory_kib: accounts.password_memory_kib,
                passes: accounts.password_passes,
                lanes: accounts.password_lanes,
            },
            password_threads: accounts.password_threads,
            password_queue: accounts.password_queue,
            sessions_per_user: accounts.sessions_per_user,
            cluster: self.bus_url().is_some(),
            ..CoreConfig::default()
        }
    }
}

impl Sources {
    /// The data directory as flags and environment say, before any file is read.
    fn data_dir(&self, default: &Path) -> PathBuf {
        let flag = self.flags.iter().rev().find(|(key, _)| key == "data_dir").map(|(_, value)| value.as_str());
        let env = self.env_keys().find(|(_, key, _)| key == "data_dir").map(|(_, _, value)| value);
        flag.or(env).map_or_else(|| default.to_owned(), PathBuf::from)
    }
}

fn is_redis(url: &str) -> bool {
    url.starts_with("redis://") || url.starts_with("rediss://")
}

/// `table.key`, or the bare key above all tables.
pub(crate) fn full_name(table: &str, key: &str) -> String {
    if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") }
}

/// The known key most like this one, if any is like it.
fn nearest(wrong: &str) -> Option<String> {
    let known = Settings::sections()
        .into_iter()
        .flat_map(|(table, _, keys)| keys.into_iter().map(move |key| full_name(table, key.name)).collect::<Vec<_>>());
    let bare = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    known
        .map(|key| {
            let whole = strsim::jaro_winkler(wrong, &key);
            let last = strsim::jaro_winkler(&bare(wrong), &bare(&key)) * 0.9;
            (whole.max(last) + whole / 10.0, key)
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(score, _)| *score > 0.85)
        .map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn with_env(env: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::load(&Sources { env, ..Sources::default() })
    }

    fn from_toml(text: &str) -> Result<Settings, ConfigError> {
        let mut settings = Settings::default();
        settings.apply_toml("test.toml", text)?;
        settings.check()?;
        Ok(settings)
    }

    #[test]
    fn nothing_set_is_a_working_server() {
        let settings = with_env(&[]).unwrap();
        assert_eq!(settings.http.bind.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.tcp.bind.to_string(), "127.0.0.1:8888");
        assert_eq!(settings.metrics.bind.to_string(), "127.0.0.1:9090");
        assert!(settings.database_url().starts_with("sqlite:"));
    }

    #[test]
    fn the_defaults_of_the_rules_are_cores_own() {
        assert_eq!(format!("{:?}", Settings::default().core()), format!("{:?}", CoreConfig::default()));
    }

    #[test]
    fn flags_win_over_environment_over_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("vestnik.toml");
        std::fs::write(
            &path,
            "registration = \"closed\"\n[http]\nbind = \"127.0.0.1:1\"\n[tcp]\nbind = \"127.0.0.1:1\"",
        )
        .unwrap();
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let sources = Sources {
            file: None,
            env: vec![
                pair("VESTNIK_DATA_DIR", dir.path().to_str().unwrap()),
                pair("VESTNIK_HTTP__BIND", "127.0.0.1:2"),
                pair("VESTNIK_TCP__BIND", "127.0.0.1:2"),
                pair("VESTNIK_TEST_PG", "postgres://elsewhere"),
                pair("VESTNIK_WEB_DIST", "/elsewhere"),
            ],
            flags: vec![pair("tcp.bind", "127.0.0.1:3")],
        };
        let settings = Settings::load(&sources).unwrap();
        assert_eq!(settings.general.registration, vestnik_proto::Registration::Closed);
        assert_eq!((settings.http.bind.port(), settings.tcp.bind.port()), (2, 3));
    }

    #[test]
    fn names_that_scripts_rely_on() {
        let settings = with_env(&[
            ("VESTNIK_DATABASE_URL", "postgres://me:hunter2@db/v"),
            ("VESTNIK_BUS_URL", "memory:"),
            ("VESTNIK_BLOBS_URL", "file:files"),
            ("VESTNIK_REGISTRATION", "invite"),
            ("VESTNIK_METRICS__BIND", "127.0.0.1:1234"),
        ])
        .unwrap();
        assert_eq!(settings.database_url(), "postgres://me:hunter2@db/v");
        assert!(!format!("{settings:?}{}", settings.dump()).contains("hunter2"));
    }

    #[test]
    fn unknown_keys_name_the_nearest() {
        let error = with_env(&[("VESTNIK_HTTP__BNID", "x")]).unwrap_err().to_string();
        assert!(error.contains("VESTNIK_HTTP__BNID") && error.contains("\"http.bind\""), "{error}");
        let error = from_toml("[htpp]\nbind = \"x\"").unwrap_err().to_string();
        assert!(error.contains("\"http.bind\""), "{error}");
        let error = from_toml("data_dri = [1]").unwrap_err().to_string();
        assert!(error.contains("\"data_dir\""), "{error}");
    }

    #[test]
    fn wrong_values_say_what_is_accepted() {
        let error = from_toml("[http]\nrequest_timeout = \"soon\"").unwrap_err().to_string();
        assert!(error.contains("http.request_timeout") && error.contains("30s"), "{error}");
        let error = from_toml("[http]\nbind = 1.5").unwrap_err().to_string();
        assert!(error.contains("wrong form"), "{error}");
        for unfit in [
            "bus_url = \"redis://x\"",
            "bus_url = \"nats://x\"\ndatabase_url = \"postgres://x\"",
            "bus_url = \"redis://:x:y:z\"\ndatabase_url = \"postgres://x\"",
            "bus_url = \"redis://x\"\nbus_ca_file = \"x\"\ndatabase_url = \"postgres://x\"",
            "blobs_url = \"s3://x\"",
            "database_url = \"mysql://x\"",
            "[database]\nreplica_url = \"postgres://x\"",
            "[database]\nread_timeout = \"0s\"",
            "[tls]\ncert_file = \"x\"",
            "[limits]\nqueue_frames = 0",
        ] {
            assert!(matches!(from_toml(unfit), Err(ConfigError::Unfit(_))), "{unfit}");
        }
    }

    #[test]
    fn a_cluster_needs_postgres() {
        let settings =
            from_toml("bus_url = \"rediss://me:hunter2@bus:6380\"\ndatabase_url = \"postgres://db/v\"").unwrap();
        assert!(settings.core().cluster && settings.bus_url().is_some());
        assert!(!Settings::default().core().cluster);
        let error = from_toml("bus_url = \"redis://bus\"").unwrap_err().to_string();
        assert!(error.contains("SQLite") && error.contains("VESTNIK_DATABASE_URL"), "{error}");
    }

    #[test]
    fn a_secret_may_come_from_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "postgres://me:hunter2@db/v\n").unwrap();
        let settings = with_env(&[("VESTNIK_DATABASE_URL_FILE", file.path().to_str().unwrap())]).unwrap();
        assert_eq!(settings.database_url(), "postgres://me:hunter2@db/v");
        assert!(matches!(with_env(&[("VESTNIK_DATABASE_URL_FILE", "/nowhere/at/all")]), Err(ConfigError::File { .. })));
        assert!(matches!(with_env(&[("VESTNIK_DATA_DIR_FILE", "/x")]), Err(ConfigError::UnknownKey { .. })));
    }

    #[test]
    fn lists_are_arrays_or_commas() {
        let file = from_toml("[http]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]").unwrap();
        let env = with_env(&[("VESTNIK_HTTP__TRUSTED_PROXIES", "10.0.0.0/8, ::1")]).unwrap();
        assert_eq!((file.http.trusted_proxies.len(), &file), (2, &env));
    }

    #[test]
    fn the_dump_can_be_read_back() {
        let settings = Settings::default();
        let text = settings.dump().replace("\"***\"", "\"memory:\"");
        assert_eq!(from_toml(&text).unwrap(), settings);
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,80}") {
            let _ = from_toml(&text);
        }

        #[test]
        fn any_variable_is_read_or_refused(name in "[A-Z_]{1,20}", value in "\\PC{0,20}") {
            let mut settings = Settings::default();
            let key = name.to_lowercase().replace("__", ".");
            let _ = settings.set("test", &key, &value);
        }
    }
}
