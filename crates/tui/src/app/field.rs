//! A text of one line that is being typed.

use crossterm::event::{KeyCode, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;

use crate::keys::Key;

/// Longest text of a field. Characters.
const MOST: usize = 1_000;

/// A text of one line and where the cursor stands in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    text: String,
    /// Where the cursor is. Bytes.
    at: usize,
}

impl Field {
    /// A field with a text, the cursor at its end.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { at: text.len(), text }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before the cursor.
    pub fn before(&self) -> &str {
        &self.text[..self.at]
    }

    /// Writes a text where the cursor is; of several lines the spaces between them.
    pub fn insert(&mut self, text: &str) {
        for c in text.trim_end_matches(['\r', '\n']).chars() {
            let c = if matches!(c, '\n' | '\t') { ' ' } else { c };
            if !c.is_control() && self.text.chars().count() < MOST {
                self.text.insert(self.at, c);
                self.at += c.len_utf8();
            }
        }
    }

    /// Takes a key; `false` when it is not one of editing.
    pub fn key(&mut self, key: Key) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char(c) if !control && !alt => {
                let mut bytes = [0; 4];
                self.insert(c.encode_utf8(&mut bytes));
            }
            KeyCode::Char('a') if control => self.at = 0,
            KeyCode::Char('e') if control => self.at = self.text.len(),
            KeyCode::Char('u') if control => {
                self.text.replace_range(..self.at, "");
                self.at = 0;
            }
            KeyCode::Char('w') if control => self.remove_to(self.word_before()),
            KeyCode::Backspace if control || alt => self.remove_to(self.word_before()),
            KeyCode::Backspace => self.remove_to(self.left()),
            KeyCode::Delete => {
                let right = self.right();
                self.text.replace_range(self.at..right, "");
            }
            KeyCode::Left if control || alt => self.at = self.word_before(),
            KeyCode::Left => self.at = self.left(),
            KeyCode::Right => self.at = self.right(),
            KeyCode::Home => self.at = 0,
            KeyCode::End => self.at = self.text.len(),
            _ => return false,
        }
        true
    }

    fn remove_to(&mut self, from: usize) {
        self.text.replace_range(from..self.at, "");
        self.at = from;
    }

    fn left(&self) -> usize {
        self.before().grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn right(&self) -> usize {
        self.text[self.at..].graphemes(true).next().map_or(self.at, |one| self.at + one.len())
    }

    fn word_before(&self) -> usize {
        let before = self.before().trim_end();
        before.rfind(char::is_whitespace).map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_edited() {
        let mut field = Field::default();
        let mut press = |keys: &str| {
            for key in keys.split(' ') {
                assert!(field.key(key.parse().unwrap()), "{key}");
            }
            format!("{}|{}", field.before(), &field.text()[field.before().len()..])
        };
        assert_eq!(press("a b space ж"), "ab ж|");
        assert_eq!(press("left backspace"), "ab|ж");
        assert_eq!(press("home delete end 👍 backspace"), "bж|");
        assert_eq!(press("ctrl-u x space y ctrl-w"), "x |");
        let mut field = Field::default();
        field.insert("a\nb\u{1b}\n");
        assert_eq!(field.text(), "a b");
    }
}
