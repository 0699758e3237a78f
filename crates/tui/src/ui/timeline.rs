//! The messages and the line above them.

use ratatui::layout::Rect;
use vestnik_proto::ChatKind;

use super::{Screen, chats::title};
use crate::app::{Connection, Focus};
use crate::feed::look::{Ink, Look, Piece, Row};
use crate::feed::{fit_row, wrap::wrap};
use crate::i18n::Text;
use crate::text;

/// Columns before the messages.
const GUTTER: u16 = 2;

impl Screen<'_, '_> {
    /// The chat's title and what it is about.
    pub(super) fn head(&mut self, area: Rect) {
        let app = self.app;
        let Some(chat) = app.current(self.chats) else { return };
        let mark = match chat.info.kind {
            ChatKind::Room => "#",
            ChatKind::Direct => "@",
            ChatKind::Group | ChatKind::Channel => "",
        };
        let name = format!("{mark}{}", text::line(title(chat)));
        let mut pieces = vec![Piece::new(name, Look::bold(Ink::Plain))];
        if chat.info.kind == ChatKind::Direct {
            let status = chat.info.peer.as_ref().and_then(|peer| {
                let text = peer.status_text.as_deref().unwrap_or_default();
                let emoji = peer.status_emoji.as_deref().unwrap_or_default();
                Some(format!("{emoji} {text}").trim().to_owned()).filter(|status| !status.is_empty())
            });
            pieces.extend(status.map(|status| Piece::of(format!("  {}", text::line(&status)), Ink::Dim)));
        } else {
            let count = app.language.fill(Text::MemberCount, &[&chat.member_count.to_string()]);
            pieces.push(Piece::of(format!("  {count}"), Ink::Dim));
        }
        if app.is_muted(chat) {
            pieces.push(Piece::of(format!("  {}", app.language.text(Text::Muted)), Ink::Dim));
        }
        let about = text::line(&chat.info.description.replace('\n', " "));
        if !about.is_empty() {
            pieces.push(Piece::of(format!("  {about}"), Ink::Dim));
        }
        let row = fit_row(pieces, usize::from(area.width.saturating_sub(1)));
        self.put_row(area.x + 1, area.y, area.width.saturating_sub(1), &row);
    }

    /// The messages.
    pub(super) fn timeline(&mut self, area: Rect) {
        let app = self.app;
        if area.height == 0 {
            return;
        }
        let width = usize::from(area.width.saturating_sub(GUTTER)).max(1);
        let shown = match app.feed(self.chats, width) {
            Some(feed) => feed.window(app.view().anchor, usize::from(area.height)),
            None => Vec::new(),
        };
        if shown.is_empty() {
            let words = match (app.current(self.chats), &app.connection) {
                (Some(chat), Connection::Online) if chat.last_seq == 0 => Text::EmptyChat,
                (None, Connection::Online) => Text::NoChatsYet,
                _ => Text::Loading,
            };
            let pieces = [Piece::of(app.language.text(words), Ink::Dim)];
            for (row, line) in wrap(&pieces, width, &[], &[]).iter().take(usize::from(area.height)).enumerate() {
                self.put_row(area.x + 1, area.y + u16::try_from(row).unwrap_or(0), area.width, line);
            }
            return;
        }
        let skip = usize::from(area.height).saturating_sub(shown.len());
        let selected = app.view().selected.filter(|_| app.focus == Focus::Timeline);
        for (row, line) in shown.iter().enumerate() {
            let y = area.y + u16::try_from(row + skip).unwrap_or(0);
            self.put_row(area.x.saturating_add(GUTTER), y, area.width.saturating_sub(GUTTER), &line.row);
            if line.of_message && Some(line.spot) == selected {
                let mark = if app.ascii { ">" } else { "▌" };
                self.put(area.x, y, 1, mark, self.theme.style(Look::bold(Ink::Accent)));
            }
        }
        // What lies below is said where one would look for it.
        let below = app.current(self.chats).map_or(0, |chat| {
            let last = shown.iter().rev().find_map(|line| match line.spot {
                crate::feed::Spot::Seq(seq) => Some(seq),
                crate::feed::Spot::Waiting(_) => None,
            });
            last.map_or(0, |last| chat.last_seq - last)
        });
        if below > 0 && area.width > 12 {
            let arrow = if app.ascii { "v" } else { "↓" };
            let text = format!(" {arrow} {below} ");
            let row: Row = vec![Piece::new(text, Look::bold(Ink::Accent))].into();
            let wide = u16::try_from(row.width()).unwrap_or(0);
            self.put_row(area.right().saturating_sub(wide + 1), area.bottom() - 1, wide, &row);
        }
    }
}
