//! The list of chats.

use ratatui::layout::Rect;
use vestnik_client::reducer::ChatState;
use vestnik_proto::{ChatKind, PresenceStatus};

use super::Screen;
use crate::app::Focus;
use crate::feed::look::{Ink, Look, Piece};
use crate::feed::wrap::fit;
use crate::i18n::Text;
use crate::text;
use unicode_width::UnicodeWidthStr;

impl Screen<'_, '_> {
    /// The list of chats, a row for each.
    pub(super) fn chats(&mut self, area: Rect) {
        let app = self.app;
        let listed = app.listed(self.chats);
        let offset = app.chats_offset(self.chats, area.height);
        if listed.is_empty() {
            let text = app.language.text(Text::Chats);
            self.put(area.x + 1, area.y, area.width.saturating_sub(1), text, self.theme.ink(Ink::Dim));
        }
        for (row, chat) in listed.into_iter().skip(offset).take(usize::from(area.height)).enumerate() {
            let y = area.y + u16::try_from(row).unwrap_or(0);
            self.chat_row(Rect { y, height: 1, ..area }, chat);
        }
    }

    fn chat_row(&mut self, area: Rect, chat: &ChatState) {
        let app = self.app;
        let current = Some(&chat.info.id) == app.chat.as_ref();
        let muted = app.is_muted(chat);
        let unread = chat.unread();
        let mentions = app.mentions(chat, self.chats);
        let loud = unread > 0 && (mentions > 0 || chat.info.kind == ChatKind::Direct) && !muted;
        let mark = match (chat.info.kind, app.ascii) {
            (ChatKind::Direct, false) => self.presence(chat),
            (ChatKind::Direct, true) => self.presence_ascii(chat),
            (ChatKind::Room, _) => ("#", Ink::Dim),
            (ChatKind::Group, false) => ("○", Ink::Dim),
            (ChatKind::Group, true) => ("&", Ink::Dim),
            (ChatKind::Channel, false) => ("◇", Ink::Dim),
            (ChatKind::Channel, true) => ("%", Ink::Dim),
        };
        let mut right = Vec::new();
        if app.has_draft(chat) {
            right.push(Piece::of(if app.ascii { "~" } else { "✎" }, Ink::Accent));
        }
        if chat.info.settings.favourite {
            right.push(Piece::of(if app.ascii { "+" } else { "★" }, Ink::Accent));
        }
        if muted {
            right.push(Piece::of(if app.ascii { "-" } else { "∅" }, Ink::Dim));
        }
        if mentions > 0 {
            right.push(Piece::new("@", Look::bold(Ink::Accent)));
        }
        if unread > 0 {
            let count = if unread > 999 { "999+".to_owned() } else { unread.to_string() };
            right.push(Piece::new(count, Look::bold(if loud { Ink::Accent } else { Ink::Dim })));
        } else if chat.info.settings.marked_unread {
            right.push(Piece::new(if app.ascii { "*" } else { "•" }, Look::bold(Ink::Accent)));
        }
        let right_width: usize = right.iter().map(|piece| piece.text.width() + 1).sum();
        let room = usize::from(area.width).saturating_sub(3 + right_width);
        let title = fit(&text::line(title(chat)), room, if app.ascii { "." } else { "…" });
        let ink = if muted || chat.info.settings.archived { Ink::Dim } else { Ink::Plain };
        let bold = chat.shows_unread() && !muted;
        let pieces = vec![
            Piece::of(" ", Ink::Plain),
            Piece::of(mark.0, mark.1),
            Piece::of(" ", Ink::Plain),
            Piece::new(title, Look { bold, ..Look::of(ink) }),
        ];
        self.put_row(area.x, area.y, area.width, &pieces.into());
        let mut x = area.right().saturating_sub(u16::try_from(right_width).unwrap_or(0)).max(area.x);
        for piece in right {
            let width = u16::try_from(piece.text.width()).unwrap_or(0);
            self.put(x, area.y, area.right().saturating_sub(x), &piece.text, self.theme.style(piece.look));
            x = x.saturating_add(width + 1);
        }
        let at_cursor = app.focus == Focus::Chats && Some(&chat.info.id) == app.cursor.as_ref();
        if at_cursor || current && app.focus != Focus::Chats {
            self.paint(area, self.theme.chosen());
        }
    }

    fn presence(&self, chat: &ChatState) -> (&'static str, Ink) {
        match self.status_of(chat) {
            PresenceStatus::Online => ("●", Ink::Good),
            PresenceStatus::Away => ("◐", Ink::Accent),
            PresenceStatus::Dnd => ("⊖", Ink::Warn),
            PresenceStatus::Offline => ("○", Ink::Dim),
        }
    }

    fn presence_ascii(&self, chat: &ChatState) -> (&'static str, Ink) {
        match self.status_of(chat) {
            PresenceStatus::Online => ("o", Ink::Good),
            PresenceStatus::Away => ("a", Ink::Accent),
            PresenceStatus::Dnd => ("d", Ink::Warn),
            PresenceStatus::Offline => (".", Ink::Dim),
        }
    }

    fn status_of(&self, chat: &ChatState) -> PresenceStatus {
        let peer = chat.info.peer.as_ref();
        peer.and_then(|peer| self.app.presence.get(&peer.id)).copied().unwrap_or_default()
    }
}

/// What a chat is called, even when it has no name.
pub(super) fn title(chat: &ChatState) -> &str {
    match chat.title() {
        "" => chat.info.id.as_str(),
        title => title,
    }
}
