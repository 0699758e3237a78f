//! What a chat is about and who is in it.

use ratatui::layout::Rect;
use vestnik_proto::{Member, PresenceStatus, Role};

use super::Screen;
use crate::feed::look::{Ink, Look, Piece};
use crate::feed::{fit_row, name_ink, wrap::wrap};
use crate::i18n::Text;
use crate::text;

/// Most rows of the description.
const ABOUT: usize = 6;

impl Screen<'_, '_> {
    /// The members of the chat in view.
    pub(super) fn details(&mut self, area: Rect) {
        let app = self.app;
        let Some(chat) = app.current(self.chats) else { return };
        let width = usize::from(area.width.saturating_sub(2)).max(1);
        let mut rows = Vec::new();
        let about = text::line(&chat.info.description.replace('\n', " "));
        if !about.is_empty() {
            rows.push(vec![Piece::of(app.language.text(Text::AboutChat), Ink::Dim)].into());
            rows.extend(wrap(&[Piece::of(about, Ink::Plain)], width, &[], &[]).into_iter().take(ABOUT));
            rows.push(Vec::new().into());
        }
        for pin in chat.pins().take(3) {
            let pieces = vec![
                Piece::of(if app.ascii { "[pin] " } else { "📌 " }, Ink::Accent),
                Piece::of(crate::feed::one_line(&pin.content), Ink::Plain),
            ];
            rows.push(fit_row(pieces, width));
        }
        let heading = format!("{} {}", app.language.text(Text::Details), chat.member_count);
        rows.push(vec![Piece::of(heading, Ink::Dim)].into());
        let mut members: Vec<&Member> = chat.members.values().filter(|member| member.role != Role::Blocked).collect();
        let status = |member: &Member| match Some(member.user_id) == app.me {
            true => app.my_presence,
            false => app.presence.get(&member.user_id).copied().unwrap_or_default(),
        };
        members.sort_by_cached_key(|member| {
            (status(member) == PresenceStatus::Offline, member.role, member.display_name.to_lowercase())
        });
        for member in members {
            let (mark, ink) = match (status(member), app.ascii) {
                (PresenceStatus::Online, false) => ("● ", Ink::Good),
                (PresenceStatus::Online, true) => ("o ", Ink::Good),
                (PresenceStatus::Away, false) => ("◐ ", Ink::Accent),
                (PresenceStatus::Away, true) => ("a ", Ink::Accent),
                (PresenceStatus::Dnd, false) => ("⊖ ", Ink::Warn),
                (PresenceStatus::Dnd, true) => ("d ", Ink::Warn),
                (PresenceStatus::Offline, false) => ("○ ", Ink::Dim),
                (PresenceStatus::Offline, true) => (". ", Ink::Dim),
            };
            let name = if member.display_name.trim().is_empty() { &member.username } else { &member.display_name };
            let mut pieces =
                vec![Piece::of(mark, ink), Piece::new(text::line(name), Look::of(name_ink(member.user_id)))];
            if member.role != Role::Member {
                pieces.push(Piece::of(format!(" {}", app.language.role(member.role)), Ink::Dim));
            }
            rows.push(fit_row(pieces, width));
        }
        for (row, line) in rows.iter().take(usize::from(area.height)).enumerate() {
            self.put_row(area.x + 1, area.y + u16::try_from(row).unwrap_or(0), area.width.saturating_sub(1), line);
        }
    }
}
