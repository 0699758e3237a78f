//! The list of chats, going from one to another, and what is read.

use vestnik_client::reducer::{ChatState, State};
use vestnik_proto::command::{History, MarkRead, SetActiveChat, SetChatSettings};
use vestnik_proto::{ChatId, ChatKind, Command, Timestamp};

use super::{App, Ask, Effect, Focus, Jump};
use crate::feed::{Anchor, Spot};
use crate::i18n::Text;
use crate::keys::Action;

/// How many earlier messages are asked for at once.
const PAGE: u32 = 50;
/// The moment that means "for ever" for a mute: the year 9999.
pub const FOR_EVER: Timestamp = Timestamp::from_secs(253_370_764_800);

/// When something last happened in a chat.
fn last_active(chat: &ChatState) -> Timestamp {
    chat.messages.last_key_value().map_or(chat.info.created_at, |(_, message)| message.timestamp)
}

impl App {
    /// The chats in the order of the list: favourites, then by what happened last.
    pub fn listed<'a>(&self, chats: &'a State) -> Vec<&'a ChatState> {
        let shown = |chat: &&ChatState| {
            !chat.deleted && (!chat.info.settings.archived || Some(&chat.info.id) == self.chat.as_ref())
        };
        let mut listed: Vec<&ChatState> = chats.chats.values().filter(shown).collect();
        listed.sort_by_cached_key(|chat| {
            let settings = &chat.info.settings;
            (!settings.favourite, std::cmp::Reverse(last_active(chat)), chat.info.id.clone())
        });
        listed
    }

    /// Whether one is told nothing of a chat now.
    pub fn is_muted(&self, chat: &ChatState) -> bool {
        chat.info.settings.muted_until.is_some_and(|until| until > self.now)
    }

    /// How many unread messages of a chat are to me.
    pub fn mentions(&self, chat: &ChatState, chats: &State) -> usize {
        match self.me.or(chats.me) {
            Some(me) if chat.unread() > 0 => chat.unread_mentions(me),
            _ => 0,
        }
    }

    /// Shows a chat when none is shown or the one shown is gone.
    pub(super) fn choose_chat(&mut self, chats: &State) {
        if self.current(chats).is_some_and(|chat| !chat.deleted) {
            return;
        }
        if self.chat.is_some() && self.connection == super::Connection::Connecting && chats.chats.is_empty() {
            return;
        }
        let next = self.listed(chats).first().map(|chat| chat.info.id.clone());
        match next {
            Some(next) => self.open_chat(chats, &next),
            None => self.chat = None,
        }
    }

    /// Shows a chat, at the first unread message when there are more than fit.
    pub(super) fn open_chat(&mut self, chats: &State, chat_id: &ChatId) {
        let Some(chat) = chats.chats.get(chat_id) else { return };
        if self.chat.as_ref() == Some(chat_id) {
            if self.focus == Focus::Chats {
                self.focus_on(chats, Focus::Composer);
            }
            return;
        }
        self.leave_draft();
        if let Some(before) = self.chat.take() {
            if let Some(view) = self.views.get_mut(&before) {
                view.read_before = None;
                view.selected = None;
            }
            self.last_chat = Some(before);
        }
        self.chat = Some(chat_id.clone());
        self.cursor = Some(chat_id.clone());
        self.sought.clear();
        // What was shown as unread on purpose is read when it is opened again.
        self.marked.remove(chat_id);
        let unread = chat.unread() > 0;
        let view = self.views.entry(chat_id.clone()).or_default();
        view.read_before = unread.then_some(chat.info.read_seq);
        view.selected = None;
        if unread || chat.messages.len() < 2 {
            view.anchor = Anchor::Newest;
        }
        if self.focus == Focus::Chats {
            self.focus = Focus::Composer;
        }
        if unread {
            let first = chat.messages.range(chat.info.read_seq + 1..).next().map(|(&seq, _)| seq);
            self.show_from(chats, first);
        }
        self.take_draft(chat);
        if self.online() {
            self.tell_active();
            self.read_members(chat);
        }
        if self.focus == Focus::Timeline {
            self.select_something(chats);
        }
    }

    /// Puts a message at the upper edge, unless everything after it fits anyway.
    fn show_from(&mut self, chats: &State, seq: Option<i64>) {
        let (width, height) = self.timeline_size();
        let Some(seq) = seq else { return };
        let Some(feed) = self.feed(chats, width) else { return };
        let anchor = feed.settle(Anchor::Top(Spot::Seq(seq), 0), height);
        if let Some(view) = self.view_mut() {
            view.anchor = anchor;
        }
    }

    /// Says which chat is in view, so that its presence is told.
    pub(super) fn tell_active(&mut self) {
        let chat_id = self.chat.clone();
        self.ask(Ask::Quiet, Command::SetActiveChat(SetActiveChat { chat_id }));
    }

    /// Reads the members of a chat, once for a connection.
    pub(super) fn read_members(&mut self, chat: &ChatState) {
        let chat_id = &chat.info.id;
        if chat.info.role.is_some() && self.members_of.insert(chat_id.clone()) {
            self.effects.push(Effect::Members(chat_id.clone()));
        }
    }

    pub(super) fn step_chat(&mut self, chats: &State, step: isize) {
        let listed = self.listed(chats);
        let at = listed.iter().position(|chat| Some(&chat.info.id) == self.chat.as_ref()).unwrap_or(0);
        let next = at.saturating_add_signed(step).min(listed.len().saturating_sub(1));
        if let Some(chat) = listed.get(next) {
            let chat_id = chat.info.id.clone();
            self.open_chat(chats, &chat_id);
        }
    }

    pub(super) fn nth_chat(&mut self, chats: &State, number: usize) {
        if let Some(chat) = self.listed(chats).get(number) {
            let chat_id = chat.info.id.clone();
            self.open_chat(chats, &chat_id);
        }
    }

    /// The next unread chat after this one, those with mentions and direct ones first.
    pub(super) fn next_unread(&mut self, chats: &State) {
        let listed = self.listed(chats);
        let at = listed.iter().position(|chat| Some(&chat.info.id) == self.chat.as_ref()).map_or(0, |at| at + 1);
        let round = listed.iter().skip(at).chain(listed.iter().take(at));
        let unread: Vec<&&ChatState> = round
            .filter(|chat| Some(&chat.info.id) != self.chat.as_ref() && chat.shows_unread() && !self.is_muted(chat))
            .collect();
        let loud = unread.iter().find(|chat| chat.info.kind == ChatKind::Direct || self.mentions(chat, chats) > 0);
        match loud.or(unread.first()).map(|chat| chat.info.id.clone()) {
            Some(chat_id) => self.open_chat(chats, &chat_id),
            None => self.tell(self.language.text(Text::NothingUnread)),
        }
    }

    /// A key in the list of chats.
    pub(super) fn chats_action(&mut self, chats: &State, action: Action) {
        let listed = self.listed(chats);
        let at = listed.iter().position(|chat| Some(&chat.info.id) == self.cursor.as_ref()).unwrap_or(0);
        let last = listed.len().saturating_sub(1);
        let to = match action {
            Action::ChatDown => (at + 1).min(last),
            Action::ChatUp => at.saturating_sub(1),
            Action::ChatFirst => 0,
            Action::ChatLast => last,
            _ => at,
        };
        let Some(chat) = listed.get(to) else {
            if !self.anywhere(chats, action) {
                self.focus = Focus::Composer;
            }
            return;
        };
        let (chat_id, settings) = (chat.info.id.clone(), chat.info.settings.clone());
        let muted = self.is_muted(chat);
        self.cursor = Some(chat_id.clone());
        let change = SetChatSettings {
            chat_id: chat_id.clone(),
            muted_until: None,
            archived: None,
            favourite: None,
            marked_unread: None,
        };
        match action {
            Action::ChatOpen => {
                self.open_chat(chats, &chat_id);
                self.focus_on(chats, Focus::Composer);
            }
            Action::ChatFavourite => self.set(SetChatSettings { favourite: Some(!settings.favourite), ..change }),
            Action::ChatArchive => self.set(SetChatSettings { archived: Some(!settings.archived), ..change }),
            Action::ChatMute => self.set(SetChatSettings { muted_until: Some((!muted).then_some(FOR_EVER)), ..change }),
            Action::ChatUnread => self.set(SetChatSettings { marked_unread: Some(true), ..change }),
            Action::ChatSearch => self.open_switcher(chats, ""),
            Action::ChatNextPane => self.next_pane(chats, false),
            Action::ChatPreviousPane => self.next_pane(chats, true),
            Action::ChatLeave => self.focus_on(chats, Focus::Composer),
            action => drop(self.anywhere(chats, action)),
        }
    }

    /// Changes my settings for a chat.
    pub(super) fn set(&mut self, settings: SetChatSettings) {
        self.change(Ask::Quiet, Command::SetChatSettings(settings));
    }

    /// Mutes the chat in view for a time, or for ever.
    pub(super) fn mute(&mut self, until: Option<Option<i64>>) {
        let Some(chat_id) = self.chat.clone() else { return };
        let until = until.map(|secs| secs.map_or(FOR_EVER, |secs| self.now.plus_secs(secs)));
        let change =
            SetChatSettings { chat_id, muted_until: Some(until), archived: None, favourite: None, marked_unread: None };
        self.set(change);
    }

    /// Marks read what is seen: up to the last message on the screen, while somebody looks.
    pub(super) fn mark_read(&mut self, chats: &State) {
        let Some(chat) = self.current(chats) else { return };
        let unread = chat.unread() > 0 || chat.info.settings.marked_unread;
        if !self.focused || !self.online() || !unread || self.areas().timeline.height == 0 {
            return;
        }
        let (width, height) = self.timeline_size();
        let Some(feed) = self.feed(chats, width) else { return };
        let seen = feed.window(self.view().anchor, height).iter().rev().find_map(|shown| match shown.spot {
            Spot::Seq(seq) => Some(seq),
            Spot::Waiting(_) => None,
        });
        let chat_id = chat.info.id.clone();
        let Some(seq) = seen.filter(|seq| self.marked.get(&chat_id).is_none_or(|marked| seq > marked)) else { return };
        if seq > chat.info.read_seq || chat.info.settings.marked_unread {
            self.marked.insert(chat_id.clone(), seq);
            self.ask(Ask::Read(chat_id.clone()), Command::MarkRead(MarkRead { chat_id, seq }));
        }
    }

    /// Asks for messages that are missing where one looks.
    pub(super) fn fetch(&mut self, chats: &State) {
        if !self.online() || self.current(chats).is_none() {
            return;
        }
        let (width, height) = self.timeline_size();
        let Some(feed) = self.feed(chats, width) else { return };
        let window = feed.window(self.view().anchor, height);
        let here = |seq: &i64| feed.chat.messages.contains_key(&(seq - 1));
        let mut seqs = window.iter().filter_map(|shown| match shown.spot {
            Spot::Seq(seq) => Some(seq),
            Spot::Waiting(_) => None,
        });
        let missing = seqs.find(|seq| *seq > 1 && !here(seq));
        let chat_id = feed.chat.info.id.clone();
        let before = match missing {
            Some(seq) => seq,
            None if feed.chat.messages.is_empty() && feed.chat.last_seq > 0 => feed.chat.last_seq + 1,
            None => return,
        };
        if self.asked.insert((chat_id.clone(), before)) {
            let history = History { before: Some(before), ..History::newest(chat_id.clone(), PAGE) };
            self.ask(Ask::History(chat_id, Jump::Stay), Command::History(history));
        }
    }

    /// Sets the window's title when it changes: how many chats are unread.
    pub(super) fn keep_title(&mut self, chats: &State) {
        let unread = chats.chats.values().filter(|chat| chat.shows_unread() && !self.is_muted(chat)).count();
        let name = self.current(chats).map(|chat| crate::text::line(chat.title())).unwrap_or_default();
        let title = match (unread, name.as_str()) {
            (0, "") => "Vestnik".to_owned(),
            (0, name) => format!("{name} - Vestnik"),
            (unread, name) => format!("({unread}) {name} - Vestnik"),
        };
        if title != self.title {
            self.title.clone_from(&title);
            self.effects.push(Effect::Title(title));
        }
    }

    /// The terminal is looked at, or not any more. What comes meanwhile is new.
    pub(super) fn look(&mut self, chats: &State, focused: bool) {
        self.focused = focused;
        let Some(chat) = self.current(chats) else { return };
        let (last, unread) = (chat.last_seq, chat.unread() > 0);
        if !focused
            && !unread
            && let Some(view) = self.view_mut()
        {
            view.read_before = Some(last);
        }
    }
}
