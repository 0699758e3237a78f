//! The command line.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::i18n::{Language, Text};

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Args {
    /// Line by line.
    pub plain: bool,
    /// The server's address.
    pub server: String,
    /// Whether it was given.
    pub server_given: bool,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// Print the keys and commands.
    pub keys: bool,
    /// The file with the settings.
    pub config: Option<PathBuf>,
    /// Who to sign in as.
    pub user: Option<String>,
    /// Where the password is.
    pub password_file: Option<PathBuf>,
    /// Whether to make the account.
    pub register: bool,
    /// The chat to begin in.
    pub chat: String,
    /// Whether to print JSON.
    pub json: bool,
    /// Whether to read JSON.
    pub json_in: bool,
    /// Whether to go on when the input has ended.
    pub follow: bool,
    /// How many earlier messages to print.
    pub history: Option<u32>,
    /// Where to keep state.
    pub state_dir: Option<PathBuf>,
    /// Further authorities to trust.
    pub ca_file: Option<PathBuf>,
    /// The one certificate to trust.
    pub fingerprint: Option<String>,
}

/// The command line's grammar, with help in this language.
pub fn command(language: Language) -> Command {
    let t = |text| language.text(text);
    let flag = |name: &'static str, help| Arg::new(name).long(name).help(t(help)).action(ArgAction::SetTrue);
    let value = |name: &'static str, what: &'static str, help| Arg::new(name).long(name).value_name(what).help(t(help));
    let path = |name, what, help| value(name, what, help).value_parser(value_parser!(PathBuf));
    Command::new("vestnik-tui")
        .version(env!("CARGO_PKG_VERSION"))
        .about(t(Text::About))
        .override_usage(t(Text::Usage))
        .help_template(format!("{{about}}\n\n{} {{usage}}\n\n{{all-args}}{{after-help}}", t(Text::UsageHeading)))
        .next_help_heading(t(Text::Options))
        .after_help(t(Text::AfterHelp))
        .args_override_self(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(
            Arg::new("address")
                .value_name("SERVER")
                .help(t(Text::HelpServerArg))
                .conflicts_with("server")
                .value_parser(address),
        )
        .arg(flag("plain", Text::HelpPlain))
        .arg(value("server", "URL", Text::HelpServer).default_value("tcp://127.0.0.1:8888").hide_default_value(true))
        .arg(value("user", "NAME", Text::HelpUser))
        .arg(path("password-file", "FILE", Text::HelpPasswordFile))
        .arg(flag("register", Text::HelpRegister))
        .arg(value("chat", "CHAT", Text::HelpChat).default_value("general").hide_default_value(true))
        .arg(flag("json", Text::HelpJson))
        .arg(flag("json-in", Text::HelpJsonIn))
        .arg(flag("follow", Text::HelpFollow).overrides_with("no-follow"))
        .arg(flag("no-follow", Text::HelpNoFollow).overrides_with("follow"))
        .arg(value("history", "N", Text::HelpHistory).value_parser(value_parser!(u32).range(0..=200)))
        .arg(path("state-dir", "DIR", Text::HelpStateDir))
        .arg(path("ca-file", "FILE", Text::HelpCaFile))
        .arg(value("fingerprint", "SHA256", Text::HelpFingerprint))
        .arg(path("config", "FILE", Text::HelpConfig))
        .arg(flag("ascii", Text::HelpAscii))
        .arg(flag("keys", Text::HelpKeys))
        .arg(Arg::new("help").short('h').long("help").help(t(Text::HelpHelp)).action(ArgAction::Help))
        .arg(Arg::new("version").short('V').long("version").help(t(Text::HelpVersion)).action(ArgAction::Version))
}

/// A server's address as a person writes it: something with a dot, a colon, or this machine.
fn address(text: &str) -> Result<String, String> {
    let full = crate::app::full_address(text);
    let is_one = text == "localhost" || text.contains(['.', ':']);
    let parsed = full.parse::<vestnik_client::net::Address>();
    if is_one && parsed.is_ok() {
        Ok(full)
    } else {
        Err("chat.example.org, tcp://127.0.0.1:8888, wss://…".to_owned())
    }
}

impl From<&ArgMatches> for Args {
    fn from(matches: &ArgMatches) -> Self {
        let text = |name: &str| matches.get_one::<String>(name).cloned();
        let path = |name: &str| matches.get_one::<PathBuf>(name).cloned();
        let json_in = matches.get_flag("json-in");
        Self {
            plain: matches.get_flag("plain"),
            server: text("address").or_else(|| text("server")).unwrap_or_default(),
            server_given: matches.contains_id("address")
                || matches.value_source("server") == Some(clap::parser::ValueSource::CommandLine),
            ascii: matches.get_flag("ascii"),
            keys: matches.get_flag("keys"),
            config: path("config"),
            user: text("user"),
            password_file: path("password-file"),
            register: matches.get_flag("register"),
            chat: text("chat").unwrap_or_default(),
            json: matches.get_flag("json") || json_in,
            json_in,
            follow: matches.get_flag("follow"),
            history: matches.get_one("history").copied(),
            state_dir: path("state-dir"),
            ca_file: path("ca-file"),
            fingerprint: text("fingerprint"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args, clap::Error> {
        command(Language::En).try_get_matches_from(line.split(' ')).map(|matches| Args::from(&matches))
    }

    #[test]
    fn the_grammar_is_sound_and_speaks_both_languages() {
        for language in [Language::En, Language::Ru] {
            command(language).debug_assert();
            let help = command(language).render_help().to_string();
            assert!(help.contains("--plain") && help.contains(language.text(Text::Options)), "{help}");
            let longest = help.lines().max_by_key(|line| line.chars().count()).unwrap();
            assert!(longest.chars().count() <= 80, "too wide for a terminal: {longest}");
            assert!((0..=5).all(|code| help.contains(&format!("\n  {code}  "))), "{help}");
        }
    }

    #[test]
    fn reads_a_command_line() {
        let args =
            parse("vestnik-tui --plain --server wss://a --chat @anna --json-in --follow --no-follow --history 5")
                .unwrap();
        assert!(args.plain && args.json && args.json_in && !args.follow);
        assert_eq!((args.server.as_str(), args.chat.as_str(), args.history), ("wss://a", "@anna", Some(5)));
        assert_eq!(parse("vestnik-tui").unwrap().server, "tcp://127.0.0.1:8888");
        assert!(parse("vestnik-tui --history 201").is_err());
        assert!(parse("vestnik-tui general").is_err(), "a chat is not a server");
        let args = parse("vestnik-tui chat.example.org").unwrap();
        assert_eq!((args.server.as_str(), args.server_given), ("tls://chat.example.org", true));
        assert!(!parse("vestnik-tui").unwrap().server_given);
    }
}
