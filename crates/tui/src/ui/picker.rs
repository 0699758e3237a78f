//! Lists and questions over the screen.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::Screen;
use crate::app::{Confirm, Field, Picker, Prompt};
use crate::feed::fit_row;
use crate::feed::look::{Ink, Piece};
use crate::feed::wrap::{fit, wrap};
use crate::i18n::Text;

/// The widest a list gets.
const WIDE: u16 = 72;
/// The most rows a list gets.
const HIGH: u16 = 20;

impl Screen<'_, '_> {
    /// A list to choose from.
    pub(super) fn picker(&mut self, picker: &Picker) {
        let rows = u16::try_from(picker.items.len()).unwrap_or(HIGH).min(HIGH);
        let area = self.middle(WIDE, rows.max(1) + 3);
        let inside = self.window(area, self.app.language.picker(picker.kind));
        if inside.height == 0 || inside.width == 0 {
            return;
        }
        self.text_field(Rect { height: 1, ..inside }, &picker.field, false);
        let height = usize::from(inside.height.saturating_sub(1));
        if height == 0 {
            return;
        }
        if picker.shown.is_empty() {
            let text = self.app.language.text(Text::NothingFound);
            self.put(inside.x + 1, inside.y + 1, inside.width.saturating_sub(1), text, self.theme.ink(Ink::Dim));
        }
        let first = (picker.at + 1).saturating_sub(height);
        for (row, number) in picker.shown.iter().enumerate().skip(first).take(height) {
            let Some(item) = picker.items.get(*number) else { continue };
            let y = inside.y + 1 + u16::try_from(row - first).unwrap_or(0);
            let width = usize::from(inside.width).saturating_sub(2);
            let dots = if self.app.ascii { "." } else { "…" };
            let detail = fit(&item.detail, width / 2, dots);
            let label = fit(&item.label, width.saturating_sub(detail.width() + 1), dots);
            let gap = " ".repeat(width.saturating_sub(label.width() + detail.width()));
            let pieces = vec![
                Piece::of(" ", Ink::Plain),
                Piece::of(label, Ink::Plain),
                Piece::of(gap, Ink::Plain),
                Piece::of(detail, Ink::Dim),
            ];
            self.put_row(inside.x, y, inside.width, &pieces.into());
            if row == picker.at {
                self.paint(Rect { y, height: 1, ..inside }, self.theme.chosen());
            }
        }
    }

    /// A question to be answered by yes or no.
    pub(super) fn confirm(&mut self, confirm: &Confirm) {
        let width = self.frame.area().width.min(WIDE);
        let inner = usize::from(width.saturating_sub(4)).max(1);
        let rows = wrap(&[Piece::of(confirm.question(), Ink::Plain)], inner, &[], &[]);
        let height = u16::try_from(rows.len()).unwrap_or(1) + 3;
        let area = self.middle(width, height);
        let inside = self.window(area, "?");
        for (row, line) in rows.iter().enumerate() {
            let y = inside.y + u16::try_from(row).unwrap_or(0);
            if y < inside.bottom() {
                self.put_row(inside.x + 1, y, inside.width.saturating_sub(1), line);
            }
        }
        if inside.height > 0 {
            let text = self.app.language.text(Text::YesNo);
            let y = inside.bottom() - 1;
            self.put(inside.x + 1, y, inside.width.saturating_sub(1), text, self.theme.ink(Ink::Accent));
        }
    }

    /// A question to be answered by a text.
    pub(super) fn prompt(&mut self, prompt: &Prompt) {
        let area = self.middle(WIDE.min(50), 3);
        let inside = self.window(area, self.app.language.prompt(prompt.kind));
        if inside.height > 0 {
            self.text_field(Rect { height: 1, ..inside }, &prompt.field, false);
        }
    }

    /// A field with its cursor. The end of a long text is seen.
    pub(super) fn text_field(&mut self, area: Rect, field: &Field, secret: bool) {
        let shown = |text: &str| {
            if secret { "*".repeat(text.chars().count()) } else { crate::text::line(text) }
        };
        let (before, all) = (shown(field.before()), shown(field.text()));
        let room = usize::from(area.width.saturating_sub(2)).max(1);
        let mut start = 0;
        while before[start..].width() >= room {
            let Some(first) = before[start..].chars().next() else { break };
            start += first.len_utf8();
        }
        let text = all.get(start..).unwrap_or_default();
        let row = fit_row(vec![Piece::of(text, Ink::Plain)], room);
        self.put_row(area.x + 1, area.y, area.width.saturating_sub(1), &row);
        let at = u16::try_from(before[start..].width()).unwrap_or(0);
        self.cursor((area.x + 1).saturating_add(at), area.y);
    }
}
