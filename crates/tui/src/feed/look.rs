//! Pieces of text and how they look, in words of meaning: which colours they get is for the screen
//! to say.

use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

/// What a text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ink {
    /// Ordinary.
    #[default]
    Plain,
    /// Less important.
    Dim,
    /// A person's name; people are told apart by the number.
    Name(u8),
    /// A mention of somebody.
    Mention,
    /// A mention of me.
    MentionMe,
    /// Code.
    Code,
    /// A word of a programming language.
    Keyword,
    /// A string in code.
    Literal,
    /// A comment in code.
    Comment,
    /// A number in code.
    Number,
    /// A link.
    Link,
    /// A quotation.
    Quote,
    /// What wants attention.
    Accent,
    /// Something is wrong.
    Warn,
    /// Something is well.
    Good,
}

/// How a text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Look {
    /// What it is.
    pub ink: Ink,
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Struck through.
    pub strike: bool,
    /// Underlined.
    pub underline: bool,
}

impl Look {
    /// Of this ink.
    pub fn of(ink: Ink) -> Self {
        Self { ink, ..Self::default() }
    }

    /// Of this ink, bold.
    pub fn bold(ink: Ink) -> Self {
        Self { ink, bold: true, ..Self::default() }
    }
}

/// A text of one look. The text is clean already: it passed [`crate::text::line`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Its look.
    pub look: Look,
    /// Where it leads.
    pub link: Option<Arc<str>>,
}

impl Piece {
    /// A piece without a link.
    pub fn new(text: impl Into<String>, look: Look) -> Self {
        Self { text: text.into(), look, link: None }
    }

    /// A piece of this ink.
    pub fn of(text: impl Into<String>, ink: Ink) -> Self {
        Self::new(text, Look::of(ink))
    }
}

/// One row of the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// What stands in it, from the left.
    pub pieces: Vec<Piece>,
}

impl Row {
    /// Columns it takes.
    pub fn width(&self) -> usize {
        self.pieces.iter().map(|piece| piece.text.width()).sum()
    }

    /// The bare text.
    #[cfg(test)]
    pub fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }
}

impl From<Vec<Piece>> for Row {
    fn from(pieces: Vec<Piece>) -> Self {
        Self { pieces }
    }
}
