//! What ink is on the screen: the sixteen colours of the terminal, so that its own theme holds,
//! or none at all.

use ratatui::style::{Color, Modifier, Style};

use crate::feed::look::{Ink, Look};

/// The colours of names.
const NAMES: [Color; crate::feed::NAME_INKS as usize] =
    [Color::Cyan, Color::Magenta, Color::Green, Color::Yellow, Color::LightBlue, Color::LightRed];

/// How things are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    /// Whether there are colours.
    pub colour: bool,
}

impl Theme {
    /// The style of a look.
    pub fn style(self, look: Look) -> Style {
        let mut style = self.ink(look.ink);
        for (on, modifier) in [
            (look.bold, Modifier::BOLD),
            (look.italic, Modifier::ITALIC),
            (look.strike, Modifier::CROSSED_OUT),
            (look.underline, Modifier::UNDERLINED),
        ] {
            if on {
                style = style.add_modifier(modifier);
            }
        }
        style
    }

    /// The style of an ink.
    pub fn ink(self, ink: Ink) -> Style {
        let plain = Style::new();
        if !self.colour {
            return match ink {
                Ink::Dim | Ink::Quote | Ink::Comment => plain.add_modifier(Modifier::DIM),
                Ink::MentionMe | Ink::Warn => plain.add_modifier(Modifier::REVERSED),
                Ink::Accent | Ink::Keyword => plain.add_modifier(Modifier::BOLD),
                _ => plain,
            };
        }
        match ink {
            Ink::Plain => plain,
            Ink::Dim | Ink::Comment => plain.fg(Color::DarkGray),
            Ink::Quote => plain.fg(Color::Gray).add_modifier(Modifier::DIM),
            Ink::Name(number) => plain.fg(NAMES[usize::from(number) % NAMES.len()]),
            Ink::Mention => plain.fg(Color::Cyan),
            Ink::MentionMe => plain.fg(Color::Black).bg(Color::Yellow),
            Ink::Code => plain.fg(Color::LightYellow),
            Ink::Keyword => plain.fg(Color::Magenta),
            Ink::Literal => plain.fg(Color::Green),
            Ink::Number | Ink::Link => plain.fg(Color::Cyan),
            Ink::Accent => plain.fg(Color::Yellow),
            Ink::Warn => plain.fg(Color::LightRed),
            Ink::Good => plain.fg(Color::Green),
        }
    }

    /// What is chosen in a list.
    pub fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }
}
