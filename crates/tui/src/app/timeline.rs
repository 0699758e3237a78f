//! Moving among the messages and doing something with one.

use vestnik_client::reducer::State;
use vestnik_proto::command::{History, MessageRef, React, SetChatSettings};
use vestnik_proto::{ChatId, Command, Message, Permission};

use super::{App, Ask, Confirm, Effect, Focus, Item, Jump, Mouse, Overlay, Pick, Picker, PickerKind, PromptKind};
use crate::feed::{Anchor, Feed, Spot, markdown};
use crate::i18n::Text;
use crate::keys::Action;
use crate::text;

/// Rows for one turn of the wheel.
const WHEEL: usize = 3;
/// Most hits of a search that are listed.
const HITS: usize = 200;

impl App {
    /// A key among the messages.
    pub(super) fn timeline_action(&mut self, chats: &State, action: Action) {
        match action {
            Action::Down => self.step(chats, 1),
            Action::Up => self.step(chats, -1),
            Action::First => self.go_to_edge(chats, true),
            Action::Last => self.go_to_edge(chats, false),
            Action::HalfUp => self.scroll(chats, -1, false),
            Action::HalfDown => self.scroll(chats, 1, false),
            Action::Write => self.focus_on(chats, Focus::Composer),
            Action::Leave => {
                if self.areas().field.width == 0 {
                    self.details = Some(false);
                }
                if let Some(view) = self.view_mut() {
                    view.anchor = Anchor::Newest;
                }
                self.focus_on(chats, Focus::Composer);
            }
            Action::Reply => self.reply_to_selected(chats),
            Action::Edit => self.edit_selected(chats),
            Action::Delete => self.delete_selected(chats),
            Action::React => self.open_reactions(chats),
            Action::Copy => {
                if let Some(message) = self.selected(chats) {
                    self.effects.push(Effect::Copy(message.content));
                    self.tell(self.language.text(Text::Copied));
                }
            }
            Action::CopyLink => self.copy_link(chats),
            Action::Open => self.open_selected(chats),
            Action::Pin => self.pin_selected(chats),
            Action::Retry => self.retry(chats),
            Action::MarkUnread => self.mark_unread(),
            Action::Search => self.open_prompt(PromptKind::Search, ""),
            Action::NextHit => self.next_hit(chats, false),
            Action::PreviousHit => self.next_hit(chats, true),
            Action::Date => self.open_prompt(PromptKind::Date, ""),
            Action::Command => {
                self.focus_on(chats, Focus::Composer);
                if self.composer.is_empty() {
                    self.write(chats, "/");
                }
            }
            Action::NextPane => self.next_pane(chats, false),
            Action::PreviousPane => self.next_pane(chats, true),
            action => drop(self.anywhere(chats, action)),
        }
    }

    /// The selected message, as far as it is one of the server's.
    pub(super) fn selected(&self, chats: &State) -> Option<Message> {
        match self.view().selected? {
            Spot::Seq(seq) => self.current(chats)?.messages.get(&seq).cloned(),
            Spot::Waiting(_) => None,
        }
    }

    /// The selected message, else the newest one that is wanted.
    pub(super) fn selected_or(&self, chats: &State, wanted: impl Fn(&Message) -> bool) -> Option<Message> {
        if let Some(message) = self.selected(chats) {
            return Some(message);
        }
        let messages = &self.current(chats)?.messages;
        messages.values().rev().find(|message| !message.deleted && wanted(message)).cloned()
    }

    /// Whether a message is mine.
    pub(super) fn is_mine(&self, chats: &State, message: &Message) -> bool {
        self.me.or(chats.me) == Some(message.sender_id)
    }

    /// Selects the message at the lower edge when none is selected.
    pub(super) fn select_something(&mut self, chats: &State) {
        let (width, height) = self.timeline_size();
        let view = self.view();
        let Some(feed) = self.feed(chats, width) else { return };
        let window = feed.window(view.anchor, height);
        let seen = view.selected.filter(|spot| window.iter().any(|shown| shown.spot == *spot));
        let selected = seen.or_else(|| window.last().map(|shown| shown.spot)).or_else(|| feed.newest());
        if let Some(view) = self.view_mut() {
            view.selected = selected;
        }
    }

    fn step(&mut self, chats: &State, step: i32) {
        let (width, _) = self.timeline_size();
        let Some(feed) = self.feed(chats, width) else { return };
        let next = match self.view().selected.and_then(|spot| feed.nearest(spot)) {
            Some(spot) if step < 0 => feed.before(spot).or(Some(spot)),
            Some(spot) => feed.after(spot).or(Some(spot)),
            None => feed.newest(),
        };
        if let Some(spot) = next {
            self.select(chats, spot);
        }
    }

    /// Selects a message and shows it.
    pub(super) fn select(&mut self, chats: &State, spot: Spot) {
        let (width, height) = self.timeline_size();
        let anchor = self.view().anchor;
        let Some(feed) = self.feed(chats, width) else { return };
        let anchor = feed.reveal(anchor, spot, height);
        if let Some(view) = self.view_mut() {
            view.selected = Some(spot);
            view.anchor = anchor;
        }
        if self.focus == Focus::Composer || self.focus == Focus::Chats {
            self.focus = Focus::Timeline;
        }
    }

    fn go_to_edge(&mut self, chats: &State, first: bool) {
        let (width, _) = self.timeline_size();
        let Some(feed) = self.feed(chats, width) else { return };
        let spot = if first { feed.oldest() } else { feed.newest() };
        if let Some(spot) = spot {
            self.select(chats, spot);
        }
        if !first && let Some(view) = self.view_mut() {
            view.anchor = Anchor::Newest;
        }
    }

    /// Scrolls by a screen or half of it.
    pub(super) fn scroll(&mut self, chats: &State, direction: i32, whole: bool) {
        let (_, height) = self.timeline_size();
        let rows = if whole { height.saturating_sub(1) } else { height / 2 }.max(1);
        self.scroll_rows(chats, direction, rows);
    }

    fn scroll_rows(&mut self, chats: &State, direction: i32, rows: usize) {
        let (width, height) = self.timeline_size();
        let view = self.view();
        let Some(feed) = self.feed(chats, width) else { return };
        let window = feed.window(view.anchor, height);
        let Some(top) = window.first() else { return };
        let anchor = if direction < 0 {
            let (spot, line) = feed.up(top.spot, top.line, rows);
            Anchor::Top(spot, line)
        } else {
            feed.down(top.spot, top.line, rows).map_or(Anchor::Newest, |(spot, line)| Anchor::Top(spot, line))
        };
        let anchor = feed.settle(anchor, height);
        let selected = kept_in_view(&feed, anchor, height, view.selected, direction);
        if let Some(view) = self.view_mut() {
            view.anchor = anchor;
            view.selected = view.selected.and(selected);
        }
    }

    /// Keeps what is looked at where it is while messages come and go.
    pub(super) fn keep_view(&mut self, chats: &State) {
        let (width, height) = self.timeline_size();
        let view = self.view();
        let Some(feed) = self.feed(chats, width) else { return };
        let anchor = match view.anchor {
            Anchor::Top(spot, line) => match feed.nearest(spot) {
                Some(near) if near == spot => {
                    let rows = feed.rows(spot).0.len();
                    feed.settle(Anchor::Top(spot, line.min(rows.saturating_sub(1))), height)
                }
                Some(near) => feed.settle(Anchor::Top(near, 0), height),
                None => Anchor::Newest,
            },
            Anchor::Newest => Anchor::Newest,
        };
        let selected = view.selected.and_then(|spot| feed.nearest(spot));
        let reading = self.focus == Focus::Timeline;
        if let Some(view) = self.view_mut() {
            view.anchor = anchor;
            view.selected = selected.filter(|_| reading);
        }
        if reading && selected.is_none() {
            self.select_something(chats);
        }
    }

    pub(super) fn mouse(&mut self, chats: &State, mouse: Mouse, x: u16, y: u16) {
        if self.overlay.is_some() || self.sign_in.is_some() {
            return;
        }
        let areas = self.areas();
        let at = ratatui::layout::Position::new(x, y);
        match mouse {
            Mouse::WheelUp => self.scroll_rows(chats, -1, WHEEL),
            Mouse::WheelDown => self.scroll_rows(chats, 1, WHEEL),
            Mouse::Click => {
                if let Some(area) = areas.chats.filter(|area| area.contains(at)) {
                    let row = usize::from(y - area.y) + self.chats_offset(chats, area.height);
                    if let Some(chat) = self.listed(chats).get(row) {
                        let chat_id = chat.info.id.clone();
                        self.open_chat(chats, &chat_id);
                    }
                } else if areas.timeline.contains(at) {
                    let (width, height) = self.timeline_size();
                    let Some(feed) = self.feed(chats, width) else { return };
                    let window = feed.window(self.view().anchor, height);
                    let skip = height.saturating_sub(window.len());
                    let row = usize::from(y - areas.timeline.y).checked_sub(skip);
                    if let Some(spot) = row.and_then(|row| window.get(row)).map(|shown| shown.spot) {
                        self.select(chats, spot);
                    }
                } else if areas.field.contains(at) {
                    self.focus_on(chats, Focus::Composer);
                }
            }
        }
    }

    /// The first row of the list of chats that is shown, so that the one the keys are at is.
    pub fn chats_offset(&self, chats: &State, height: u16) -> usize {
        let at = if self.focus == Focus::Chats { &self.cursor } else { &self.chat };
        let place = self.listed(chats).iter().position(|chat| Some(&chat.info.id) == at.as_ref()).unwrap_or(0);
        (place + 1).saturating_sub(usize::from(height))
    }

    fn delete_selected(&mut self, chats: &State) {
        if let Some(Spot::Waiting(number)) = self.view().selected {
            let waiting = self.chat.as_ref().and_then(|chat| self.waiting.get(chat)).and_then(|all| all.get(number));
            if let Some(client_id) =
                waiting.filter(|waiting| waiting.refused.is_some()).map(|waiting| waiting.client_id)
            {
                self.forget(client_id);
                self.effects.push(Effect::Discard(client_id));
            }
            return;
        }
        self.ask_to_delete(chats, |_| false);
    }

    /// Asks whether to delete the selected message, else the newest one that is wanted.
    pub(super) fn ask_to_delete(&mut self, chats: &State, wanted: impl Fn(&Message) -> bool) {
        let Some(chat) = self.current(chats) else { return };
        let Some(message) = self.selected_or(chats, wanted).filter(|message| !message.deleted) else {
            return self.warn(self.language.text(Text::NothingOfYours));
        };
        if !self.is_mine(chats, &message) && !chat.info.permissions.contains(&Permission::DeleteAny) {
            return self.warn(self.language.text(Text::NotYours));
        }
        let quoted = crate::feed::wrap::fit(&crate::feed::one_line(&message.content), 40, "…");
        let question = self.language.fill(Text::AskDelete, &[&quoted]);
        self.overlay = Some(Overlay::Confirm(Confirm::Delete(question, chat.info.id.clone(), message.id)));
    }

    pub(super) fn reply_to_selected(&mut self, chats: &State) {
        match self.selected_or(chats, |_| true).filter(|message| !message.deleted) {
            Some(message) => self.begin_reply(chats, &message),
            None => self.warn(self.language.text(Text::NoMessages)),
        }
    }

    fn edit_selected(&mut self, chats: &State) {
        match self.selected(chats) {
            Some(message) if self.is_mine(chats, &message) && !message.deleted => self.begin_edit(chats, &message),
            _ => self.warn(self.language.text(Text::NotYours)),
        }
    }

    fn open_reactions(&mut self, chats: &State) {
        let Some(message) = self.selected(chats).filter(|message| !message.deleted) else { return };
        let items = super::emoji::EMOJI.iter().map(|(emoji, names)| Item {
            label: (*emoji).to_owned(),
            detail: (*names).to_owned(),
            pick: Pick::Emoji((*emoji).to_owned(), message.id.clone()),
            first: false,
        });
        self.overlay = Some(Overlay::Picker(Picker::new(PickerKind::Reaction, items.collect(), "")));
    }

    /// Puts a reaction on a message, or takes mine off.
    pub(super) fn react(&mut self, chats: &State, message_id: &vestnik_proto::MessageId, emoji: &str) {
        let Some(chat) = self.current(chats) else { return };
        if !vestnik_proto::names::is_reaction(emoji) {
            return self.warn(self.language.fill(Text::NoSuchEmoji, &[&text::line(emoji)]));
        }
        let me = self.me.or(chats.me);
        let message = chat.messages.values().find(|message| message.id == *message_id);
        let there = message.and_then(|message| message.reactions.get(emoji));
        let mine = there.is_some_and(|users| me.is_some_and(|me| users.contains(&me)));
        let chat_id = chat.info.id.clone();
        let react = React { chat_id: chat_id.clone(), message_id: message_id.clone(), emoji: emoji.to_owned() };
        let command = if mine { Command::Unreact(react) } else { Command::React(react) };
        let client_id = self.send_later(&chat_id, command);
        self.other_waiting.insert(client_id);
    }

    fn pin_selected(&mut self, chats: &State) {
        let Some(chat_id) = self.chat.clone() else { return };
        let Some(message) = self.selected(chats).filter(|message| !message.deleted) else { return };
        let (pinned, message) = (message.pinned, MessageRef { chat_id, message_id: message.id });
        let command = if pinned { Command::UnpinMessage(message) } else { Command::PinMessage(message) };
        self.change(Ask::Quiet, command);
    }

    /// [`Action::Pin`] for the command.
    pub(super) fn pin(&mut self, chats: &State) {
        self.pin_selected(chats);
    }

    /// Sends again what was refused.
    fn retry(&mut self, chats: &State) {
        let Some(Spot::Waiting(number)) = self.view().selected else { return };
        let Some(chat_id) = self.current(chats).map(|chat| chat.info.id.clone()) else { return };
        let waiting = self.waiting.get_mut(&chat_id).and_then(|all| all.get_mut(number));
        if let Some(waiting) = waiting.filter(|waiting| waiting.refused.is_some()) {
            waiting.refused = None;
            let client_id = waiting.client_id;
            self.effects.push(Effect::Retry(client_id));
        }
    }

    pub(super) fn mark_unread(&mut self) {
        let Some(chat_id) = self.chat.clone() else { return };
        self.marked.insert(chat_id.clone(), i64::MAX);
        let change =
            SetChatSettings { chat_id, muted_until: None, archived: None, favourite: None, marked_unread: Some(true) };
        self.set(change);
    }

    /// The address of a message, in the form that this program and the web client open.
    fn link(&self, chat_id: &ChatId, seq: i64) -> String {
        format!("{}/c/{chat_id}/{seq}", self.web())
    }

    /// The server's address on the web, as far as it can be told from the one connected to.
    pub(super) fn web(&self) -> String {
        web_of(&self.server)
    }

    pub(super) fn copy_link(&mut self, chats: &State) {
        let Some(chat_id) = self.chat.clone() else { return };
        if let Some(message) = self.selected_or(chats, |_| true) {
            let link = self.link(&chat_id, message.seq);
            self.tell(self.language.fill(Text::CopiedThis, &[&link]));
            self.effects.push(Effect::Copy(link));
        }
    }

    /// Goes where a link of this server leads; `false` when it leads elsewhere.
    pub(super) fn follow(&mut self, chats: &State, link: &str) -> bool {
        let here = format!("{}/c/", self.web());
        let Some(rest) = link.strip_prefix(&here) else { return false };
        let (chat, seq) = rest.split_once('/').unwrap_or((rest, ""));
        let chat_id = ChatId::from(chat);
        if !chats.chats.contains_key(&chat_id) {
            self.warn(self.language.fill(Text::NoSuchChat, &[&text::line(chat)]));
            return true;
        }
        self.open_chat(chats, &chat_id);
        if let Ok(seq) = seq.parse() {
            self.jump(chats, seq);
        }
        true
    }

    fn open_selected(&mut self, chats: &State) {
        let Some(message) = self.selected(chats) else { return };
        let links = markdown::addresses(&message.content);
        match (links.as_slice(), &message.reply_to) {
            ([], Some(reply_to)) => {
                let found = self.current(chats).and_then(|chat| chat.messages.values().find(|m| m.id == *reply_to));
                match found.map(|message| message.seq) {
                    Some(seq) => self.select(chats, Spot::Seq(seq)),
                    None if self.online() => {
                        if let Some(chat_id) = self.chat.clone() {
                            self.effects.push(Effect::FindMessage(chat_id, reply_to.clone()));
                        }
                    }
                    None => self.warn(self.language.text(Text::NeedsConnection)),
                }
            }
            ([], None) => self.tell(self.language.text(Text::NoLinks)),
            ([link], _) => self.browse(chats, link),
            (links, _) => {
                let items = links.iter().map(|link| Item {
                    label: text::line(link),
                    detail: String::new(),
                    pick: Pick::Link(link.to_string()),
                    first: false,
                });
                self.overlay = Some(Overlay::Picker(Picker::new(PickerKind::Link, items.collect(), "")));
            }
        }
    }

    /// Opens a link: here when it leads to a message here, else outside.
    pub(super) fn browse(&mut self, chats: &State, link: &str) {
        if !self.follow(chats, link) {
            self.tell(self.language.fill(Text::Opening, &[&text::line(link)]));
            self.effects.push(Effect::Browse(link.to_owned()));
        }
    }

    /// Shows a message of the chat in view, which may have to be fetched first.
    pub(super) fn jump(&mut self, chats: &State, seq: i64) {
        let Some(chat) = self.current(chats) else { return };
        if chat.messages.contains_key(&seq) {
            return self.select(chats, Spot::Seq(seq));
        }
        let chat_id = chat.info.id.clone();
        if self.online() {
            let history = History { around: Some(seq), ..History::newest(chat_id.clone(), 50) };
            self.ask(Ask::History(chat_id, Jump::To(seq)), Command::History(history));
        } else {
            self.warn(self.language.text(Text::NeedsConnection));
        }
    }

    /// Shows the first message of a day.
    pub(super) fn jump_to_day(&mut self, chats: &State, day: jiff::civil::Date) {
        let Some(chat) = self.current(chats) else { return };
        let chat_id = chat.info.id.clone();
        let next = day.tomorrow().ok().and_then(|next| super::dates::start(next, &self.zone));
        match next {
            Some(next) if self.online() => {
                let history = History { before_timestamp: Some(next), ..History::newest(chat_id.clone(), 200) };
                self.ask(Ask::History(chat_id, Jump::Day(day)), Command::History(history));
            }
            _ => self.show_day(chats, day),
        }
    }

    /// Selects the first loaded message of a day, else the next one.
    pub(super) fn show_day(&mut self, chats: &State, day: jiff::civil::Date) {
        let Some(chat) = self.current(chats) else { return };
        let is = |message: &&Message| crate::feed::local(&self.zone, message.timestamp).date() >= day;
        let found = chat.messages.values().find(is).or_else(|| chat.messages.values().next_back());
        if let Some(seq) = found.map(|message| message.seq) {
            if let Some(view) = self.view_mut() {
                view.anchor = Anchor::Top(Spot::Seq(seq), 0);
            }
            self.select(chats, Spot::Seq(seq));
        }
    }

    /// Searches in the chat in view, upwards from where one is.
    pub(super) fn search_here(&mut self, chats: &State, words: &str) {
        self.sought = words.to_lowercase();
        self.next_hit(chats, true);
    }

    fn next_hit(&mut self, chats: &State, older: bool) {
        let Some(chat) = self.current(chats) else { return };
        if self.sought.is_empty() {
            return self.open_prompt(PromptKind::Search, "");
        }
        let hit = |message: &&Message| !message.deleted && message.content.to_lowercase().contains(&self.sought);
        let at = match self.view().selected {
            Some(Spot::Seq(seq)) => seq,
            _ => i64::MAX,
        };
        let found = if older {
            chat.messages.range(..at).rev().map(|(_, message)| message).find(hit)
        } else {
            chat.messages.range(at.saturating_add(1)..).map(|(_, message)| message).find(hit)
        };
        match found.map(|message| message.seq) {
            Some(seq) => self.select(chats, Spot::Seq(seq)),
            None => self.tell(self.language.fill(Text::NoHits, &[&text::line(&self.sought)])),
        }
    }

    /// Searches in everything kept here, newest first.
    pub(super) fn search_all(&mut self, chats: &State, words: &str) {
        let words = words.to_lowercase();
        let mut hits: Vec<(&ChatId, &Message, &str)> = Vec::new();
        for (chat_id, chat) in &chats.chats {
            let found = chat.messages.values().filter(|m| !m.deleted && m.content.to_lowercase().contains(&words));
            hits.extend(found.map(|message| (chat_id, message, chat.title())));
        }
        hits.sort_by_key(|(_, message, _)| std::cmp::Reverse(message.timestamp));
        hits.truncate(HITS);
        if hits.is_empty() {
            return self.tell(self.language.fill(Text::NoHits, &[&text::line(&words)]));
        }
        let items: Vec<Item> = hits
            .into_iter()
            .map(|(chat_id, message, title)| {
                let line =
                    message.content.lines().find(|line| line.to_lowercase().contains(&words)).unwrap_or_default();
                let when = crate::feed::local(&self.zone, message.timestamp);
                Item {
                    label: format!("{}: {}", text::line(&message.sender_username), text::line(line)),
                    detail: format!("{} {} {}", text::line(title), when.date(), crate::feed::clock(when)),
                    pick: Pick::Message(chat_id.clone(), message.seq),
                    first: false,
                }
            })
            .collect();
        self.overlay = Some(Overlay::Picker(Picker::new(PickerKind::Search, items, "")));
    }
}

/// Where the web client of a server is, as far as its address tells.
pub fn web_of(server: &str) -> String {
    let (scheme, rest) = server.split_once("://").unwrap_or(("", server));
    let authority = rest.split('/').next().unwrap_or(rest);
    match scheme {
        "ws" => format!("http://{authority}"),
        "wss" => format!("https://{}", authority.trim_end_matches(":443")),
        _ => format!("vestnik://{authority}"),
    }
}

/// The selected message, or the nearest one that is seen.
fn kept_in_view(
    feed: &Feed<'_>,
    anchor: Anchor,
    height: usize,
    selected: Option<Spot>,
    direction: i32,
) -> Option<Spot> {
    let window = feed.window(anchor, height);
    match selected {
        Some(spot) if window.iter().any(|shown| shown.spot == spot) => Some(spot),
        _ if direction < 0 => window.last().map(|shown| shown.spot),
        _ => window.first().map(|shown| shown.spot),
    }
}
