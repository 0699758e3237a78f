//! Keys: how a press becomes an action. One table ([`table`]) makes the dispatch, the help, the
//! documentation and what the configuration may change.

pub mod commands;
mod docs;
mod key;
mod table;

use std::collections::BTreeMap;

pub use docs::markdown;
pub use key::Key;
#[cfg(test)]
pub use table::Row;
pub use table::{Action, Place, TABLE};

/// Sets of keys for people who come from elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// As the table says.
    #[default]
    Default,
    /// Starts among the messages; `gg`, `dd`, `yy`.
    Vi,
    /// `Ctrl-N`, `Alt-V`, `Ctrl-X b`, `Ctrl-G`.
    Emacs,
}

/// What a press of keys came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// An action.
    Action(Action),
    /// The beginning of several presses that have one.
    More,
    /// Nothing.
    Nothing,
}

/// The bindings in force.
#[derive(Clone, Debug)]
pub struct Keymap {
    bindings: Vec<(Place, Vec<Key>, Action)>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::new(Preset::Default, &BTreeMap::new()).unwrap_or(Self { bindings: Vec::new() })
    }
}

/// What is wrong with the keys of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadKeys {
    /// There is no such action.
    Action(String),
    /// That is not a key.
    Key(String),
    /// Two actions of one place want the same key.
    Twice(String, &'static str, &'static str),
}

impl Keymap {
    /// The bindings of a preset with what the configuration sets instead.
    pub fn new(preset: Preset, overrides: &BTreeMap<String, Vec<String>>) -> Result<Self, BadKeys> {
        if let Some(unknown) = overrides.keys().find(|id| !TABLE.iter().any(|row| row.id == **id)) {
            return Err(BadKeys::Action(unknown.clone()));
        }
        let mut bindings: Vec<(Place, Vec<Key>, Action)> = Vec::new();
        // What the configuration sets comes first and takes a key from what has it by default.
        for own in [true, false] {
            for row in TABLE {
                let set = overrides.get(row.id);
                if set.is_some() != own {
                    continue;
                }
                let preset = match preset {
                    Preset::Vi if !row.vi.is_empty() => row.vi,
                    Preset::Emacs if !row.emacs.is_empty() => row.emacs,
                    _ => row.keys,
                };
                let keys: Vec<&str> = match set {
                    Some(set) => set.iter().map(String::as_str).collect(),
                    None => preset.to_vec(),
                };
                for text in keys {
                    let keys: Result<Vec<Key>, String> = text.split(' ').map(str::parse).collect();
                    let keys = keys.map_err(BadKeys::Key)?;
                    let taken = bindings.iter().find(|(place, other, _)| *place == row.place && *other == keys);
                    match taken {
                        Some((.., other)) if own => {
                            return Err(BadKeys::Twice(text.to_owned(), id(*other), row.id));
                        }
                        Some(_) => {}
                        None => bindings.push((row.place, keys, row.action)),
                    }
                }
            }
        }
        Ok(Self { bindings })
    }

    /// What these presses mean in a place. Where no text is written, a key of the Russian layout
    /// stands for the one in its place; with Ctrl or Alt it does so everywhere.
    pub fn find(&self, place: Place, pressed: &[Key]) -> Found {
        match self.find_exactly(place, pressed) {
            Found::Nothing => {
                let writes = matches!(place, Place::Writing | Place::List | Place::Form);
                let english = |key: &Key| match key.on_english() {
                    Some(english) if !(writes && key.text().is_some()) => english,
                    _ => *key,
                };
                let english: Vec<Key> = pressed.iter().map(english).collect();
                if english == pressed { Found::Nothing } else { self.find_exactly(place, &english) }
            }
            found => found,
        }
    }

    fn find_exactly(&self, place: Place, pressed: &[Key]) -> Found {
        for place in [place, Place::Anywhere] {
            let here = || self.bindings.iter().filter(move |(at, ..)| *at == place);
            if let Some((.., action)) = here().find(|(_, keys, _)| keys == pressed) {
                return Found::Action(*action);
            }
            if here().any(|(_, keys, _)| keys.starts_with(pressed)) {
                return Found::More;
            }
        }
        Found::Nothing
    }

    /// The keys of an action, as a person reads them.
    pub fn shown(&self, action: Action) -> String {
        let keys = self.bindings.iter().filter(|(.., other)| *other == action);
        let keys: Vec<String> = keys.map(|(_, keys, _)| shown(keys)).collect();
        keys.join(", ")
    }

    /// The first key of an action.
    pub fn first(&self, action: Action) -> String {
        self.bindings.iter().find(|(.., other)| *other == action).map_or_else(String::new, |(_, keys, _)| shown(keys))
    }
}

fn shown(keys: &[Key]) -> String {
    let keys: Vec<String> = keys.iter().map(Key::to_string).collect();
    keys.join(" ")
}

fn id(action: Action) -> &'static str {
    TABLE.iter().find(|row| row.action == action).map_or("", |row| row.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(keys: &str) -> Vec<Key> {
        keys.split(' ').map(|key| key.parse().unwrap()).collect()
    }

    #[test]
    fn every_preset_is_sound() {
        for preset in [Preset::Default, Preset::Vi, Preset::Emacs] {
            let keymap = Keymap::new(preset, &BTreeMap::new()).unwrap();
            for row in TABLE {
                assert!(!keymap.first(row.action).is_empty(), "{preset:?}: {} has no key", row.id);
                assert!(!row.what.0.is_empty() && row.what.1.chars().any(|c| c.is_alphabetic() && !c.is_ascii()));
                let same = TABLE.iter().filter(|other| other.id == row.id).count();
                assert_eq!(same, 1, "{}", row.id);
            }
            // A key must not be the beginning of another one's presses, or one of them never comes.
            for (place, keys, action) in &keymap.bindings {
                for (other_place, other, other_action) in &keymap.bindings {
                    let shadows = place == other_place && other.len() > keys.len() && other.starts_with(keys);
                    assert!(!shadows, "{preset:?}: {action:?} hides {other_action:?}");
                }
            }
        }
    }

    #[test]
    fn places_presets_and_layouts() {
        let keymap = Keymap::default();
        assert_eq!(keymap.find(Place::Reading, &press("j")), Found::Action(Action::Down));
        assert_eq!(keymap.find(Place::Reading, &press("о")), Found::Action(Action::Down), "Russian о is j");
        assert_eq!(keymap.find(Place::Writing, &press("о")), Found::Nothing, "here it is a letter");
        assert_eq!(keymap.find(Place::Writing, &press("ctrl-л")), Found::Action(Action::Switcher));
        assert_eq!(keymap.find(Place::Reading, &press(".")), Found::Action(Action::Search), "the place of /");
        let vi = Keymap::new(Preset::Vi, &BTreeMap::new()).unwrap();
        assert_eq!(vi.find(Place::Reading, &press("g")), Found::More);
        assert_eq!(vi.find(Place::Reading, &press("g g")), Found::Action(Action::First));
        assert_eq!(vi.find(Place::Reading, &press("п п")), Found::Action(Action::First));
        let emacs = Keymap::new(Preset::Emacs, &BTreeMap::new()).unwrap();
        assert_eq!(emacs.find(Place::Writing, &press("ctrl-x b")), Found::Action(Action::Switcher));
    }

    #[test]
    fn the_configuration_may_change_keys_and_is_told_what_is_wrong() {
        let set = |id: &str, keys: &[&str]| -> BTreeMap<String, Vec<String>> {
            [(id.to_owned(), keys.iter().map(|key| (*key).to_owned()).collect())].into()
        };
        let keymap = Keymap::new(Preset::Default, &set("reply", &["R", "ctrl-r"])).unwrap();
        assert_eq!(keymap.find(Place::Reading, &press("R")), Found::Action(Action::Reply), "taken from retry");
        assert_eq!(keymap.find(Place::Reading, &press("r")), Found::Nothing);
        assert_eq!(keymap.shown(Action::Reply), "R, Ctrl-R");
        let bad = |overrides| Keymap::new(Preset::Default, &overrides).unwrap_err();
        assert_eq!(bad(set("fly", &["x"])), BadKeys::Action("fly".into()));
        assert_eq!(bad(set("reply", &["hyper-x"])), BadKeys::Key("hyper-x".into()));
        let mut both = set("reply", &["x"]);
        both.extend(set("edit", &["x"]));
        assert!(matches!(bad(both), BadKeys::Twice(..)));
    }

    #[test]
    fn commands_are_sound() {
        use commands::{COMMANDS, find};
        for row in COMMANDS {
            assert_eq!(find(row.name).map(|found| found.verb), Some(row.verb), "{}", row.name);
            for alias in row.aliases {
                assert_eq!(find(alias).map(|found| found.verb), Some(row.verb), "{alias}");
            }
            assert!(row.what.1.chars().any(|c| c.is_alphabetic() && !c.is_ascii()), "{}", row.name);
        }
    }
}
