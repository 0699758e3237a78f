//! One press of a key: how it is written, and what it is on a Russian keyboard.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers. Shift is part of a character and only kept for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Hash)]
pub struct Key {
    /// Which.
    pub code: KeyCode,
    /// With what held.
    pub modifiers: KeyModifiers,
}

/// Names of keys that are not characters.
const NAMES: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("minus", KeyCode::Char('-')),
];
/// The Russian layout (ЙЦУКЕН) key by key, and the characters of the English one (QWERTY) in the same places.
const RUSSIAN: &str = "йцукенгшщзхъфывапролджэячсмитьбюёЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ№.,";
const ENGLISH: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>~#/?";

impl Key {
    /// What a terminal told.
    pub fn of(event: &KeyEvent) -> Self {
        let modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        Self::new(event.code, modifiers)
    }

    /// A key in the one form in which keys are compared.
    pub fn new(code: KeyCode, mut modifiers: KeyModifiers) -> Self {
        let code = match code {
            KeyCode::Char(c) => {
                let c = if modifiers.contains(KeyModifiers::CONTROL) { lower(c) } else { c };
                modifiers.remove(KeyModifiers::SHIFT);
                KeyCode::Char(c)
            }
            KeyCode::BackTab => {
                modifiers.remove(KeyModifiers::SHIFT);
                KeyCode::BackTab
            }
            other => other,
        };
        Self { code, modifiers }
    }

    /// The same key on an English keyboard, when this is one of a Russian.
    pub fn on_english(self) -> Option<Self> {
        let KeyCode::Char(c) = self.code else { return None };
        let place = RUSSIAN.chars().position(|russian| russian == c)?;
        Some(Self { code: KeyCode::Char(ENGLISH.chars().nth(place)?), ..self })
    }

    /// Whether it writes a character.
    pub fn text(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }
}

fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name) in
            [(KeyModifiers::CONTROL, "Ctrl-"), (KeyModifiers::ALT, "Alt-"), (KeyModifiers::SHIFT, "Shift-")]
        {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        if let Some((name, _)) = NAMES.iter().find(|(name, code)| *code == self.code && *name != "minus") {
            return match *name {
                "pageup" => f.write_str("PageUp"),
                "pagedown" => f.write_str("PageDown"),
                "backtab" => f.write_str("Shift-Tab"),
                name => {
                    let (first, rest) = name.split_at(1);
                    write!(f, "{}{rest}", first.to_uppercase())
                }
            };
        }
        match self.code {
            KeyCode::Char(c) if self.modifiers.contains(KeyModifiers::CONTROL) => write!(f, "{}", c.to_uppercase()),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(number) => write!(f, "F{number}"),
            _ => f.write_str("?"),
        }
    }
}

impl FromStr for Key {
    type Err = String;

    /// Reads a key as it is written in the configuration: `ctrl-k`, `alt-enter`, `G`, `f1`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        loop {
            let (modifier, after) = match rest.split_once('-') {
                Some((head, after)) if !after.is_empty() => match head.to_lowercase().as_str() {
                    "ctrl" | "c" => (KeyModifiers::CONTROL, after),
                    "alt" | "a" | "m" => (KeyModifiers::ALT, after),
                    "shift" | "s" => (KeyModifiers::SHIFT, after),
                    _ => return Err(text.to_owned()),
                },
                _ => break,
            };
            modifiers |= modifier;
            rest = after;
        }
        let name = rest.to_lowercase();
        let code = if let Some((_, code)) = NAMES.iter().find(|(known, _)| *known == name) {
            *code
        } else if let Some(number) = name.strip_prefix('f').and_then(|number| number.parse().ok()) {
            KeyCode::F(number)
        } else {
            let mut chars = rest.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) => KeyCode::Char(c),
                _ => return Err(text.to_owned()),
            }
        };
        Ok(match code {
            KeyCode::Tab if modifiers == KeyModifiers::SHIFT => Self::new(KeyCode::BackTab, KeyModifiers::NONE),
            code => Self::new(code, modifiers),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_written() {
        let check = |text: &str, shown: &str| assert_eq!(text.parse::<Key>().unwrap().to_string(), shown, "{text}");
        check("ctrl-k", "Ctrl-K");
        check("Ctrl-K", "Ctrl-K");
        check("alt-enter", "Alt-Enter");
        check("G", "G");
        check("shift-tab", "Shift-Tab");
        check("f1", "F1");
        check("alt-1", "Alt-1");
        check("ctrl-shift-up", "Ctrl-Shift-Up");
        check("-", "-");
        check("+", "+");
        check("pagedown", "PageDown");
        for bad in ["", "ctrl-", "hyper-a", "ab", "ctrl-ab"] {
            assert!(bad.parse::<Key>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_russian_layout_is_matched_by_place() {
        assert_eq!(RUSSIAN.chars().count(), ENGLISH.chars().count());
        let english = |key: &str| key.parse::<Key>().unwrap().on_english().map(|key| key.to_string());
        assert_eq!(english("й").as_deref(), Some("q"));
        assert_eq!(english("П").as_deref(), Some("G"));
        assert_eq!(english("ctrl-л").as_deref(), Some("Ctrl-K"));
        assert_eq!(english("alt-ф").as_deref(), Some("Alt-a"));
        assert_eq!(english("."), Some("/".to_owned()));
        assert_eq!(english("k"), None);
    }
}
