//! What a person may set in `terminal.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::i18n::{Language, Text};
use crate::keys::{BadKeys, Keymap, Preset};

/// Of which messages one is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Of all.
    All,
    /// Of those to me: mentions and direct chats.
    #[default]
    Mentions,
    /// Of none.
    None,
}

/// By which sequence the terminal is asked to show a notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notices {
    /// As the terminal's name suggests.
    #[default]
    Auto,
    /// OSC 9 (iTerm2, WezTerm, kitty).
    Osc9,
    /// OSC 777 (rxvt-unicode, foot, Ghostty).
    Osc777,
    /// None.
    Off,
}

/// How much the line client announces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speech {
    /// Messages in the open chat and those to me.
    Quiet,
    /// Other chats, edits and reactions, too.
    #[default]
    Normal,
    /// Everything.
    Chatty,
}

/// The settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Which set of keys.
    pub preset: Preset,
    /// Other keys for actions, by their names.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// Whether only ASCII is drawn; when absent, as the locale says.
    pub ascii: Option<bool>,
    /// Whether the members are shown where there is room.
    pub members: bool,
    /// Of which messages one is told.
    pub notify: Level,
    /// Whether the bell rings with a notice.
    pub bell: bool,
    /// How a notice is shown.
    pub notices: Notices,
    /// What opens links: a program and its arguments.
    pub opener: Option<Vec<String>>,
    /// How much the line client announces.
    pub speech: Speech,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            preset: Preset::Default,
            keys: BTreeMap::new(),
            mouse: false,
            ascii: None,
            members: true,
            notify: Level::Mentions,
            bell: true,
            notices: Notices::Auto,
            opener: None,
            speech: Speech::Normal,
        }
    }
}

impl Options {
    /// Reads the settings and the keys they make.
    ///
    /// # Errors
    /// One sentence about what is wrong with the file.
    pub fn read(text: &str, language: Language) -> Result<(Self, Keymap), String> {
        let options: Self =
            toml::from_str(text).map_err(|error| crate::text::line(&error.to_string().replace('\n', " ")))?;
        let keymap = Keymap::new(options.preset, &options.keys).map_err(|bad| match bad {
            BadKeys::Action(name) => language.fill(Text::BadAction, &[&crate::text::line(&name)]),
            BadKeys::Key(key) => language.fill(Text::BadKey, &[&crate::text::line(&key)]),
            BadKeys::Twice(key, one, other) => language.fill(Text::KeyTwice, &[&crate::text::line(&key), one, other]),
        })?;
        Ok((options, keymap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Action;

    #[test]
    fn reads_settings() {
        let text = "preset = \"vi\"\nmouse = true\nnotify = \"all\"\n[keys]\nreply = [\"ctrl-r\"]\n";
        let (options, keys) = Options::read(text, Language::En).unwrap();
        assert!(options.mouse && options.bell && options.preset == Preset::Vi && options.notify == Level::All);
        assert_eq!(keys.shown(Action::Reply), "Ctrl-R");
        assert!(Options::read("", Language::En).is_ok());
        for bad in ["colour = 1", "preset = \"ed\"", "[keys]\nfly = [\"x\"]", "[keys]\nreply = [\"hyper-x\"]"] {
            let error = Options::read(bad, Language::Ru).unwrap_err();
            assert!(crate::text::is_clean(&error), "{error:?}");
        }
    }
}
