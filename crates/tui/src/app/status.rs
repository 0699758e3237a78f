//! What is told at the lower edge, and what goes by itself after a while.

use vestnik_proto::Timestamp;

use super::{App, Effect};
use crate::i18n::Text;

/// How long a note stands. Seconds.
const NOTE_SECS: i64 = 8;
/// After this a key takes it away. Seconds.
const SEEN_SECS: i64 = 2;
/// How long the second press to quit is waited for. Seconds.
const QUIT_SECS: i64 = 3;

/// How the connection stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// It is being made.
    #[default]
    Connecting,
    /// It is there.
    Online,
    /// It is not, and why. Another attempt follows by itself.
    Offline(String),
}

/// What kind of note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// Done.
    Done,
    /// Something is wrong.
    Warn,
}

/// A note at the lower edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it says; clean.
    pub text: String,
    /// What kind.
    pub kind: NoteKind,
    /// Until when it stands.
    pub until: Timestamp,
}

impl Note {
    /// Whether it stood long enough to be seen.
    pub(super) fn was_seen(&self, now: Timestamp) -> bool {
        now >= self.until.plus_secs(SEEN_SECS - NOTE_SECS)
    }
}

impl App {
    /// Tells that something was done.
    pub(super) fn tell(&mut self, text: impl Into<String>) {
        self.set_note(text.into(), NoteKind::Done);
    }

    /// Tells that something is wrong.
    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.set_note(text.into(), NoteKind::Warn);
    }

    fn set_note(&mut self, text: String, kind: NoteKind) {
        let until = self.now.plus_secs(NOTE_SECS);
        self.note = Some(Note { text: crate::text::line(&text), kind, until });
    }

    /// The next moment at which something goes by itself. While there is none, nothing is to be
    /// done until something happens.
    pub fn deadline(&self) -> Option<Timestamp> {
        let note = self.note.as_ref().map(|note| note.until);
        let typing = self.typing.values().flat_map(|who| who.values()).map(|(_, until)| *until).min();
        [note, typing, self.quit_until, self.composer.draft_due].into_iter().flatten().min()
    }

    /// Lets go what has had its time.
    pub(super) fn expire(&mut self) {
        let now = self.now;
        self.note.take_if(|note| note.until <= now);
        self.quit_until.take_if(|until| *until <= now);
        self.typing.retain(|_, who| {
            who.retain(|_, (_, until)| *until > now);
            !who.is_empty()
        });
    }

    /// The first press asks for a second one.
    pub(super) fn quit(&mut self) {
        if self.quit_until.is_some() {
            self.leave_draft();
            self.effects.push(Effect::Quit);
            return;
        }
        self.quit_until = Some(self.now.plus_secs(QUIT_SECS));
        let key = self.keys.first(crate::keys::Action::Quit);
        self.set_note(self.language.fill(Text::QuitAgain, &[&key]), NoteKind::Warn);
        if let Some(note) = &mut self.note {
            note.until = self.now.plus_secs(QUIT_SECS);
        }
    }
}
