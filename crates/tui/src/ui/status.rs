//! The line at the lower edge: the mode, the connection, who writes, and what is told.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::Screen;
use crate::app::{Connection, NoteKind};
use crate::feed::look::{Ink, Look, Piece};
use crate::feed::{fit_row, wrap::wrap};
use crate::i18n::Text;
use crate::keys::{Action, Place};
use crate::text;

impl Screen<'_, '_> {
    /// The line at the lower edge.
    pub(super) fn status(&mut self) {
        let app = self.app;
        let whole = self.frame.area();
        if whole.height < 3 {
            return;
        }
        let language = app.language;
        let mode = language.text(match app.place() {
            Place::Writing | Place::Anywhere => Text::ModeWriting,
            Place::Reading => Text::ModeReading,
            Place::Chats => Text::ModeChats,
            Place::List => Text::ModeList,
            Place::Form => Text::ModeForm,
        });
        let mut pieces = vec![Piece::new(format!(" {mode} "), Look::bold(Ink::Accent))];
        let pressed = app.pressed();
        if !pressed.is_empty() {
            pieces.push(Piece::of(format!(" {}", text::line(&pressed)), Ink::Accent));
        }
        if app.sign_in.is_none() {
            let (word, ink) = match &app.connection {
                Connection::Online => (Text::ConnectedShort, Ink::Good),
                Connection::Connecting => (Text::Connecting, Ink::Dim),
                Connection::Offline(..) => (Text::OfflineShort, Ink::Warn),
            };
            let dot = if app.ascii { "*" } else { "●" };
            pieces.push(Piece::of(format!(" {dot} {}", language.text(word)), ink));
            // While connected it is a matter of a moment.
            let waiting = app.waiting_count();
            if waiting > 0 && !app.online() {
                pieces.push(Piece::of(
                    format!("  {}", language.fill(Text::QueueShort, &[&waiting.to_string()])),
                    Ink::Accent,
                ));
            }
        }
        pieces.push(Piece::of("  ", Ink::Plain));
        let told = match (&app.note, &app.connection) {
            (Some(note), _) => {
                let ink = if note.kind == NoteKind::Warn { Ink::Warn } else { Ink::Plain };
                Some((note.text.clone(), ink))
            }
            (None, _) => None,
        };
        let used: usize = pieces.iter().map(|piece| piece.text.width()).sum();
        let room = usize::from(whole.width).saturating_sub(used);
        // What lasts must not cover what is being read, so it is cut instead.
        let lasting = match &app.connection {
            Connection::Offline(why) if app.sign_in.is_none() => {
                let whole = language.fill(Text::OfflineRetry, &[why]);
                Some((if whole.width() > room { why.clone() } else { whole }, Ink::Warn))
            }
            _ => self.typing().map(|typing| (typing, Ink::Dim)),
        };
        match told {
            // What does not fit here stands above, whole: it says what to do.
            Some((text, ink)) if text.width() > room => self.above(&text, ink),
            Some((text, ink)) => pieces.push(Piece::of(text, ink)),
            None if lasting.is_some() => pieces.extend(lasting.map(|(text, ink)| Piece::of(text, ink))),
            None => pieces.push(Piece::of(self.hint(), Ink::Dim)),
        }
        let row = fit_row(pieces, usize::from(whole.width));
        self.put_row(0, whole.height - 1, whole.width, &row);
    }

    /// A text of several rows at the lower end of the messages.
    fn above(&mut self, text: &str, ink: Ink) {
        let whole = self.frame.area();
        let area = if self.app.sign_in.is_some() {
            Rect { height: whole.height - 1, ..whole }
        } else {
            self.app.areas().timeline
        };
        let area = if area.is_empty() { Rect { height: whole.height - 1, ..whole } } else { area };
        let width = usize::from(area.width.saturating_sub(2)).max(1);
        let rows = wrap(&[Piece::of(text, ink)], width, &[], &[]);
        let height = u16::try_from(rows.len()).unwrap_or(1).min(area.height);
        let top = area.bottom() - height;
        self.clear(Rect { y: top, height, ..area });
        for (row, line) in rows.iter().take(usize::from(height)).enumerate() {
            self.put_row(area.x + 1, top + u16::try_from(row).unwrap_or(0), area.width.saturating_sub(1), line);
        }
    }

    /// Who writes in the chat in view.
    fn typing(&self) -> Option<String> {
        let app = self.app;
        let who = app.typing.get(app.chat.as_ref()?)?;
        let names: Vec<&str> = who.values().map(|(name, _)| name.as_str()).collect();
        match names.as_slice() {
            [] => None,
            [one] => Some(app.language.fill(Text::OneTypes, &[one])),
            [one, other] => Some(app.language.fill(Text::TwoType, &[one, other])),
            many => Some(app.language.fill(Text::ManyType, &[&many.len().to_string()])),
        }
    }

    /// The keys that are worth most here.
    fn hint(&self) -> String {
        let app = self.app;
        let key = |action| app.keys.first(action);
        match app.place() {
            Place::Writing => app
                .language
                .fill(Text::HintWriting, &[&key(Action::Normal), &key(Action::Switcher), &key(Action::Help)]),
            Place::Reading => app
                .language
                .fill(Text::HintReading, &[&key(Action::Write), &key(Action::Reply), &key(Action::ShortHelp)]),
            _ => String::new(),
        }
    }
}
