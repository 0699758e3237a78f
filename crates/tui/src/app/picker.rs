//! Lists to choose from and questions, over the screen.

use crossterm::event::KeyCode;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use vestnik_client::reducer::State;
use vestnik_proto::command::{FindUsers, Join, MessageRef, ScheduledRef, StartDirect};
use vestnik_proto::{ChatId, Command, MessageId};

use super::{AccountRef, App, Ask, Effect, Field, Focus, Overlay};
use crate::feed::{Changing, Spot};
use crate::i18n::{Language, Text};
use crate::keys::commands::COMMANDS;
use crate::keys::{Action, Key};
use crate::text;

/// Rows that one page of a list moves by.
const PAGE: usize = 10;

/// What a list is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickerKind {
    /// To go somewhere.
    Switcher,
    /// To react.
    Reaction,
    /// To open a link.
    Link,
    /// Hits of a search.
    Search,
    /// Public rooms.
    Rooms,
    /// People.
    People,
    /// Accounts.
    Accounts,
    /// Scheduled messages.
    Scheduled,
    /// Pinned messages.
    Pins,
}

/// What is chosen with a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Pick {
    /// A chat of mine.
    Chat(ChatId),
    /// A person, by username.
    Person(String),
    /// A room to enter.
    Room(ChatId),
    /// A command to write.
    Command(&'static str),
    /// A day to go to.
    Day(jiff::civil::Date),
    /// A message.
    Message(ChatId, i64),
    /// A reaction on a message.
    Emoji(String, MessageId),
    /// A link.
    Link(String),
    /// An account.
    Account(AccountRef),
    /// To sign in to another account.
    NewAccount,
    /// A scheduled message, to be cancelled.
    Scheduled(ChatId, String),
    /// People whose names begin so, to be asked for.
    FindPeople(String),
}

/// A line of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it says; clean.
    pub label: String,
    /// What stands beside it, dim.
    pub detail: String,
    /// What is chosen with it.
    pub pick: Pick,
    /// Whether it comes before others that match as well.
    pub first: bool,
}

/// A list to choose from, narrowed by what is typed.
#[derive(Debug)]
pub struct Picker {
    /// What for.
    pub kind: PickerKind,
    /// What was typed.
    pub field: Field,
    /// The lines that match, best first: places in `items`.
    pub shown: Vec<usize>,
    /// All lines.
    pub items: Vec<Item>,
    /// Which of the shown ones is chosen.
    pub at: usize,
}

impl Picker {
    /// A list with something typed already.
    pub fn new(kind: PickerKind, items: Vec<Item>, typed: &str) -> Self {
        let mut picker = Self { kind, field: Field::new(typed), shown: Vec::new(), items, at: 0 };
        picker.narrow();
        picker
    }

    /// The line that is chosen.
    pub fn chosen(&self) -> Option<&Item> {
        self.items.get(*self.shown.get(self.at)?)
    }

    /// Writes a text into the field.
    pub fn insert(&mut self, text: &str) {
        self.field.insert(text);
        self.narrow();
    }

    /// Finds the lines that match what was typed.
    fn narrow(&mut self) {
        self.at = 0;
        let typed = self.field.text().trim();
        if typed.is_empty() {
            self.shown = (0..self.items.len()).collect();
            return;
        }
        let pattern = Pattern::parse(typed, CaseMatching::Smart, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored: Vec<(bool, u32, usize)> = Vec::new();
        for (number, item) in self.items.iter().enumerate() {
            let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher);
            let always = matches!(item.pick, Pick::Day(_) | Pick::FindPeople(_));
            // What stands beside counts less, and only as it was typed.
            let beside = || item.detail.to_lowercase().contains(&typed.to_lowercase()).then_some(1);
            let found = if always { Some(0) } else { score(&item.label).map(|score| score * 2).or_else(beside) };
            if let Some(score) = found {
                scored.push((item.first, score, number));
            }
        }
        scored.sort_by_key(|(first, score, number)| {
            (std::cmp::Reverse((*score > 0, *score + u32::from(*first) * 8)), *number)
        });
        self.shown = scored.into_iter().map(|(.., number)| number).collect();
    }
}

/// A question to be answered by yes or no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// Whether to delete a message.
    Delete(String, ChatId, MessageId),
    /// Whether to send an unknown command as text.
    SendAsText(String, String),
    /// Whether to leave a chat.
    LeaveChat(String, ChatId),
    /// Whether to sign out.
    SignOut(String),
}

impl Confirm {
    /// The question.
    pub fn question(&self) -> &str {
        match self {
            Self::Delete(question, ..)
            | Self::SendAsText(question, _)
            | Self::LeaveChat(question, _)
            | Self::SignOut(question) => question,
        }
    }
}

/// What a text is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptKind {
    /// Words to search for here.
    Search,
    /// A date to go to.
    Date,
}

/// A question to be answered by a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// What for.
    pub kind: PromptKind,
    /// The answer so far.
    pub field: Field,
}

impl Language {
    /// The heading of a list.
    pub fn picker(self, kind: PickerKind) -> &'static str {
        self.text(match kind {
            PickerKind::Switcher => Text::PickSwitcher,
            PickerKind::Reaction => Text::PickReaction,
            PickerKind::Link => Text::PickLink,
            PickerKind::Search => Text::PickSearch,
            PickerKind::Rooms => Text::PickRooms,
            PickerKind::People => Text::PickPeople,
            PickerKind::Accounts => Text::PickAccounts,
            PickerKind::Scheduled => Text::PickScheduled,
            PickerKind::Pins => Text::PickPins,
        })
    }

    /// What is asked for.
    pub fn prompt(self, kind: PromptKind) -> &'static str {
        self.text(match kind {
            PromptKind::Search => Text::AskSearch,
            PromptKind::Date => Text::AskDate,
        })
    }
}

impl App {
    /// A key while something lies over the screen.
    pub(super) fn overlay_key(&mut self, chats: &State, key: Key, action: Option<Action>) {
        if action == Some(Action::Quit) {
            return self.quit();
        }
        if action == Some(Action::Redraw) {
            return self.effects.push(Effect::Redraw);
        }
        match self.overlay.take() {
            Some(Overlay::Help(row)) => self.help_key(key, action, row),
            Some(Overlay::Picker(picker)) => self.picker_key(chats, picker, key, action),
            Some(Overlay::Confirm(confirm)) => self.confirm_key(chats, confirm, key, action),
            Some(Overlay::Prompt(prompt)) => self.prompt_key(chats, prompt, key, action),
            None => {}
        }
    }

    fn help_key(&mut self, key: Key, action: Option<Action>, row: usize) {
        let page = usize::from(self.size.1).saturating_sub(4).max(1);
        let end = crate::ui::help_rows(self).saturating_sub(page);
        let latin = key.on_english().unwrap_or(key);
        let row = match (action, latin.code) {
            (Some(Action::ListClose | Action::Help), _) | (_, KeyCode::Char('q' | '?') | KeyCode::Enter) => return,
            (Some(Action::ListDown), _) | (_, KeyCode::Char('j')) => row + 1,
            (Some(Action::ListUp), _) | (_, KeyCode::Char('k')) => row.saturating_sub(1),
            (Some(Action::PageDown), _) | (_, KeyCode::Char(' ')) => row + page,
            (Some(Action::PageUp), _) => row.saturating_sub(page),
            (_, KeyCode::Home | KeyCode::Char('g')) => 0,
            (_, KeyCode::End | KeyCode::Char('G')) => end,
            _ => row,
        };
        self.overlay = Some(Overlay::Help(row.min(end)));
    }

    fn picker_key(&mut self, chats: &State, mut picker: Picker, key: Key, action: Option<Action>) {
        let last = picker.shown.len().saturating_sub(1);
        match action {
            Some(Action::ListClose | Action::Switcher) => return,
            Some(Action::ListTake) => {
                if let Some(item) = picker.chosen() {
                    let pick = item.pick.clone();
                    self.take_pick(chats, pick);
                }
                return;
            }
            Some(Action::ListDown) => picker.at = if picker.at >= last { 0 } else { picker.at + 1 },
            Some(Action::ListUp) => picker.at = if picker.at == 0 { last } else { picker.at - 1 },
            Some(Action::PageDown) => picker.at = (picker.at + PAGE).min(last),
            Some(Action::PageUp) => picker.at = picker.at.saturating_sub(PAGE),
            _ => {
                let before = picker.field.text().to_owned();
                if picker.field.key(key) && before != picker.field.text() {
                    if picker.kind == PickerKind::Switcher {
                        let typed = picker.field.clone();
                        picker = Picker::new(PickerKind::Switcher, self.places(chats, typed.text()), "");
                        picker.field = typed;
                    }
                    picker.narrow();
                }
            }
        }
        self.overlay = Some(Overlay::Picker(picker));
    }

    fn take_pick(&mut self, chats: &State, pick: Pick) {
        match pick {
            Pick::Chat(chat_id) => {
                self.focus = Focus::Composer;
                self.open_chat(chats, &chat_id);
            }
            Pick::Person(username) => self.change(Ask::OpenChat, Command::StartDirect(StartDirect { username })),
            Pick::Room(chat_id) => {
                let name = chat_id.to_string();
                self.change(Ask::Join(name), Command::Join(Join { chat_id: Some(chat_id), invite: None }));
            }
            Pick::Command(name) => {
                self.focus_on(chats, Focus::Composer);
                if self.composer.is_empty() {
                    self.write(chats, &format!("/{name} "));
                }
            }
            Pick::Day(day) => self.jump_to_day(chats, day),
            Pick::Message(chat_id, seq) => {
                self.open_chat(chats, &chat_id);
                self.jump(chats, seq);
            }
            Pick::Emoji(emoji, message_id) => self.react(chats, &message_id, &emoji),
            Pick::Link(link) => self.browse(chats, &link),
            Pick::Account(account) => self.switch_account(account),
            Pick::NewAccount => self.open_sign_in(""),
            Pick::Scheduled(chat_id, scheduled_id) => {
                let cancel = Command::CancelScheduled(ScheduledRef { scheduled_id });
                let told = self.language.text(Text::Cancelled).to_owned();
                let _ = chat_id;
                self.change(Ask::Tell(told), cancel);
            }
            Pick::FindPeople(q) => {
                if self.online() {
                    self.ask(Ask::People, Command::FindUsers(FindUsers { q, limit: Some(50) }));
                } else {
                    self.warn(self.language.text(Text::NeedsConnection));
                }
            }
        }
    }

    fn confirm_key(&mut self, chats: &State, confirm: Confirm, key: Key, action: Option<Action>) {
        let yes = matches!(key.code, KeyCode::Char('y' | 'Y' | 'д' | 'Д'))
            || action == Some(Action::ListTake) && key.code == KeyCode::Enter;
        // `н` stands in the place of y, but begins the Russian "no": it must not delete anything.
        let no =
            action == Some(Action::ListClose) || matches!(key.code, KeyCode::Char('n' | 'N' | 'т' | 'Т' | 'н' | 'Н'));
        if !yes && !no {
            self.overlay = Some(Overlay::Confirm(confirm));
            return;
        }
        match confirm {
            _ if no => {}
            Confirm::Delete(_, chat_id, message_id) => {
                let delete = MessageRef { chat_id: chat_id.clone(), message_id: message_id.clone() };
                let client_id = self.send_later(&chat_id, Command::DeleteMessage(delete));
                let was_edited = self.composer.writing == super::Writing::Edit(message_id.clone());
                self.changing.entry(chat_id).or_default().push(Changing { client_id, message_id, content: None });
                if was_edited {
                    self.empty_field(chats);
                }
            }
            Confirm::SendAsText(_, text) => self.send(chats, text, vestnik_proto::MessageType::Text),
            Confirm::LeaveChat(_, chat_id) => {
                let leave = Command::Leave(vestnik_proto::command::ChatRef { chat_id });
                self.change(Ask::Tell(self.language.text(Text::LeftChat).to_owned()), leave);
            }
            Confirm::SignOut(_) => {
                self.leave_draft();
                self.effects.push(Effect::SignOut);
            }
        }
    }

    /// Asks for a text.
    pub(super) fn open_prompt(&mut self, kind: PromptKind, text: &str) {
        self.overlay = Some(Overlay::Prompt(Prompt { kind, field: Field::new(text) }));
    }

    fn prompt_key(&mut self, chats: &State, mut prompt: Prompt, key: Key, action: Option<Action>) {
        match action {
            Some(Action::ListClose) => {}
            Some(Action::ListTake) if key.code == KeyCode::Enter => {
                let answer = prompt.field.text().trim().to_owned();
                match prompt.kind {
                    _ if answer.is_empty() => {}
                    PromptKind::Search => self.search_here(chats, &answer),
                    PromptKind::Date => self.go_to_date(chats, &answer),
                }
            }
            _ => {
                prompt.field.key(key);
                self.overlay = Some(Overlay::Prompt(prompt));
            }
        }
    }

    /// Goes to a day that was typed.
    pub(super) fn go_to_date(&mut self, chats: &State, typed: &str) {
        match super::dates::day(typed, self.now, &self.zone) {
            Some(day) => self.jump_to_day(chats, day),
            None => self.warn(self.language.fill(Text::NoSuchDate, &[&text::line(typed)])),
        }
    }

    /// Opens the list of where one may go.
    pub(super) fn open_switcher(&mut self, chats: &State, typed: &str) {
        let items = self.places(chats, typed);
        self.overlay = Some(Overlay::Picker(Picker::new(PickerKind::Switcher, items, typed)));
    }

    /// Where one may go: unread chats first, then the others, people, commands, a day.
    fn places(&self, chats: &State, typed: &str) -> Vec<Item> {
        let typed = typed.trim();
        let mut items = Vec::new();
        if let Some(day) = super::dates::day(typed, self.now, &self.zone) {
            let label = self.language.fill(Text::GoToDay, &[&day.to_string()]);
            items.push(Item { label, detail: String::new(), pick: Pick::Day(day), first: true });
        }
        let mut listed: Vec<_> = chats.chats.values().filter(|chat| !chat.deleted).collect();
        let order = self.listed(chats);
        listed.sort_by_key(|chat| {
            let current = Some(&chat.info.id) == self.chat.as_ref();
            let place = order.iter().position(|other| other.info.id == chat.info.id).unwrap_or(usize::MAX);
            (current, !chat.shows_unread() || self.is_muted(chat), place)
        });
        for chat in listed {
            let unread = chat.unread();
            let mut detail = self.language.kind(chat.info.kind).to_owned();
            if unread > 0 {
                detail = format!("{detail}, {}", self.language.fill(Text::Unread, &[&unread.to_string()]));
            }
            items.push(Item {
                label: text::line(chat.title()),
                detail,
                pick: Pick::Chat(chat.info.id.clone()),
                first: chat.shows_unread(),
            });
        }
        let mut seen = std::collections::BTreeSet::new();
        let direct = |name: &str| {
            chats.chats.values().any(|chat| chat.info.peer.as_ref().is_some_and(|peer| peer.username == name))
        };
        for member in chats.chats.values().flat_map(|chat| chat.members.values()) {
            if member.username != self.username && !direct(&member.username) && seen.insert(member.user_id) {
                let label = format!("@{}", text::line(&member.username));
                let detail = if member.display_name == member.username {
                    self.language.text(Text::Person).to_owned()
                } else {
                    text::line(&member.display_name)
                };
                items.push(Item { label, detail, pick: Pick::Person(member.username.clone()), first: false });
            }
        }
        let russian = self.language == Language::Ru;
        for row in COMMANDS {
            let detail = if russian { row.what.1 } else { row.what.0 };
            let (label, pick) = (format!("/{}", row.name), Pick::Command(row.name));
            items.push(Item { label, detail: detail.to_owned(), pick, first: false });
        }
        let name = typed.trim_start_matches('@');
        if !name.is_empty() && !typed.starts_with('/') {
            let label = self.language.fill(Text::FindPeople, &[&text::line(name)]);
            items.push(Item { label, detail: String::new(), pick: Pick::FindPeople(name.to_owned()), first: false });
        }
        items
    }

    /// Opens the list of the accounts kept here.
    pub(super) fn open_accounts(&mut self) {
        self.effects.push(Effect::ListAccounts);
        let mut items: Vec<Item> = self
            .accounts
            .iter()
            .map(|account| {
                let here = account.server == self.server && account.username == self.username;
                let mark = if here { self.language.text(Text::You) } else { "" };
                Item {
                    label: format!("{} {mark}", text::line(&account.username)).trim_end().to_owned(),
                    detail: text::line(&account.server),
                    pick: Pick::Account(account.clone()),
                    first: false,
                }
            })
            .collect();
        let label = self.language.text(Text::AnotherAccount).to_owned();
        items.push(Item { label, detail: String::new(), pick: Pick::NewAccount, first: false });
        self.overlay = Some(Overlay::Picker(Picker::new(PickerKind::Accounts, items, "")));
    }

    fn switch_account(&mut self, account: AccountRef) {
        if account.server == self.server && account.username == self.username && self.opened {
            return;
        }
        self.leave_draft();
        self.effects.push(Effect::Open(account));
    }

    /// Selects a message of the chat in view, if it is loaded.
    pub(super) fn select_loaded(&mut self, chats: &State, seq: i64) {
        if self.current(chats).is_some_and(|chat| chat.messages.contains_key(&seq)) {
            self.select(chats, Spot::Seq(seq));
        }
    }
}
