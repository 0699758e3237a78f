//! All keys and commands, from the tables.

use super::Screen;
use crate::app::App;
use crate::feed::look::{Ink, Look, Piece, Row};
use crate::feed::wrap::{fit, wrap};
use crate::i18n::{Language, Text};
use crate::keys::commands::COMMANDS;
use crate::keys::{Place, TABLE};

/// Columns of the keys.
const KEYS: usize = 22;

/// The help in rows of a width.
pub(super) fn rows(app: &App, width: usize) -> Vec<Row> {
    let width = width.saturating_sub(4).max(8);
    let russian = app.language == Language::Ru;
    let pick = |both: (&'static str, &'static str)| if russian { both.1 } else { both.0 };
    let mut rows: Vec<Row> = Vec::new();
    let mut entry = |left: String, what: &str| {
        let lead = KEYS.min(width / 2);
        let left = fit(&left, lead - 1, "…");
        let gap = lead - unicode_width::UnicodeWidthStr::width(left.as_str());
        let first = [Piece::new(left, Look::bold(Ink::Plain)), Piece::of(" ".repeat(gap), Ink::Plain)];
        let rest = [Piece::of(" ".repeat(lead), Ink::Plain)];
        rows.extend(wrap(&[Piece::of(what, Ink::Plain)], width, &first, &rest));
    };
    let mut headings = Vec::new();
    let mut count = 0;
    for place in Place::ALL {
        headings.push((count, app.language.text(app.language.place(*place))));
        for row in TABLE.iter().filter(|row| row.place == *place) {
            // One line stands for the nine.
            if row.id.starts_with("chat_") && row.id[5..].parse::<u8>().is_ok_and(|number| number > 1) {
                continue;
            }
            entry(app.keys.shown(row.action), pick(row.what));
            count += 1;
        }
    }
    headings.push((count, app.language.text(Text::HelpCommands)));
    for row in COMMANDS {
        entry(format!("/{} {}", row.name, pick(row.args)), pick(row.what));
    }
    // The headings go in from behind, so that the places before stay right.
    let mut with_headings: Vec<Row> = Vec::new();
    let mut entries = 0;
    for row in rows {
        let begins = row.pieces.first().is_some_and(|piece| piece.look.bold);
        if begins {
            if let Some((_, heading)) = headings.iter().find(|(at, _)| *at == entries) {
                if !with_headings.is_empty() {
                    with_headings.push(Row::default());
                }
                with_headings.push(vec![Piece::new(*heading, Look::bold(Ink::Accent))].into());
            }
            entries += 1;
        }
        with_headings.push(row);
    }
    with_headings
}

impl Screen<'_, '_> {
    /// All keys and commands, from a row on.
    pub(super) fn help(&mut self, from: usize) {
        let app = self.app;
        let area = self.frame.area();
        let title = app.language.text(Text::HelpTitle);
        let inside = self.window(area, title);
        let rows = rows(app, usize::from(area.width));
        for (row, line) in rows.iter().skip(from).take(usize::from(inside.height)).enumerate() {
            let y = inside.y + u16::try_from(row).unwrap_or(0);
            self.put_row(inside.x + 1, y, inside.width.saturating_sub(1), line);
        }
        if area.height > 3 && area.width > 8 {
            let foot = format!(" {} ", app.language.text(Text::HelpFoot));
            self.put(area.x + 2, area.bottom() - 1, area.width.saturating_sub(4), &foot, self.theme.ink(Ink::Dim));
        }
    }
}
