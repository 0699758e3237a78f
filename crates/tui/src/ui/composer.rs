//! The field and the list of completions over it.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;
use vestnik_proto::Permission;

use super::Screen;
use crate::app::{Focus, Writing};
use crate::feed::fit_row;
use crate::feed::look::{Ink, Look, Piece};
use crate::i18n::Text;
use crate::keys::Action;
use crate::text;

/// Columns before the text.
const PROMPT: u16 = 2;

impl Screen<'_, '_> {
    /// What is being written: an answer or a change.
    pub(super) fn banner(&self) -> Option<String> {
        let app = self.app;
        match &app.composer.writing {
            Writing::New => None,
            Writing::Reply(_, name, begins) => Some(app.language.fill(Text::ReplyBanner, &[name, begins])),
            Writing::Edit(_) => Some(app.language.fill(Text::EditingBanner, &[&app.keys.first(Action::Normal)])),
        }
    }

    /// The field.
    pub(super) fn field(&mut self, area: Rect) {
        let app = self.app;
        if area.height == 0 || area.width == 0 {
            return;
        }
        let (rows, (row, column)) = app.field_layout(area.width);
        let height = usize::from(area.height);
        let top = row.saturating_sub(height - 1).min(rows.len().saturating_sub(height));
        let writing = app.focus == Focus::Composer;
        let prompt = match (&app.composer.writing, app.ascii) {
            (Writing::New, true) => ">",
            (Writing::New, false) => "›",
            (Writing::Reply(..), true) => "<",
            (Writing::Reply(..), false) => "↩",
            (Writing::Edit(_), true) => "~",
            (Writing::Edit(_), false) => "✎",
        };
        let ink = if writing { Ink::Accent } else { Ink::Dim };
        self.put(area.x, area.y, 1, prompt, self.theme.style(Look::bold(ink)));
        let (x, width) = (area.x.saturating_add(PROMPT), area.width.saturating_sub(PROMPT));
        if app.composer.is_empty() {
            let may = app.current(self.chats).is_none_or(|chat| {
                chat.info.permissions.is_empty() || chat.info.permissions.contains(&Permission::Write)
            });
            let words = app.language.text(if may { Text::Placeholder } else { Text::ReadOnly });
            let row = fit_row(vec![Piece::of(words, Ink::Dim)], usize::from(width));
            self.put_row(x, area.y, width, &row);
        }
        let ink = if writing { Ink::Plain } else { Ink::Dim };
        for (number, line) in rows.iter().skip(top).take(height).enumerate() {
            let y = area.y + u16::try_from(number).unwrap_or(0);
            self.put(x, y, width, line, self.theme.ink(ink));
        }
        if writing && app.overlay.is_none() {
            let cursor_row = u16::try_from(row - top).unwrap_or(0);
            let cursor_column = u16::try_from(column).unwrap_or(0);
            self.cursor(x.saturating_add(cursor_column).min(area.right().saturating_sub(1)), area.y + cursor_row);
        }
    }

    /// What the word before the cursor may become, above the field.
    pub(super) fn completion(&mut self, field: Rect) {
        let app = self.app;
        let Some(completion) = app.composer.completion.as_ref().filter(|_| app.focus == Focus::Composer) else {
            return;
        };
        let count = u16::try_from(completion.offers.len()).unwrap_or(0);
        let height = count.min(field.y);
        if height == 0 || field.width < 10 {
            return;
        }
        let most = completion.offers.iter().map(|(offer, _)| offer.trim_end().width()).max().unwrap_or(0);
        let detail = completion.offers.iter().map(|(_, detail)| detail.width()).max().unwrap_or(0);
        let width = u16::try_from(most + detail + 5).unwrap_or(u16::MAX).min(field.width);
        let area = Rect { x: field.x, y: field.y - height, width, height };
        self.clear(Rect { width: field.width, ..area });
        let first = completion.at.saturating_sub(usize::from(height) - 1);
        for (row, (offer, detail)) in completion.offers.iter().enumerate().skip(first).take(usize::from(height)) {
            let y = area.y + u16::try_from(row - first).unwrap_or(0);
            let offer = text::line(offer.trim_end());
            let gap = " ".repeat(most.saturating_sub(offer.width()) + 2);
            let pieces = vec![
                Piece::of(" ", Ink::Plain),
                Piece::new(offer, Look::bold(Ink::Plain)),
                Piece::of(gap, Ink::Plain),
                Piece::of(detail.clone(), Ink::Dim),
            ];
            self.put_row(area.x, y, area.width, &fit_row(pieces, usize::from(area.width)));
            if row == completion.at {
                self.paint(Rect { y, height: 1, ..area }, self.theme.chosen());
            }
        }
    }
}
