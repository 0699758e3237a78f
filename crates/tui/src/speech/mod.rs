//! The line client for people who listen: what they type and what happens becomes whole sentences,
//! each on a line of its own. Nothing is drawn anew. State in, acts out; no terminal, no clock.

mod commands;
#[cfg(test)]
mod stories;
mod words;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use vestnik_client::net::{SessionEvent, Status};
use vestnik_client::reducer::{ChatState, State};
use vestnik_proto::command::{ChatRef, History, MarkRead, SendMessage, SetActiveChat};
use vestnik_proto::event::MemberChange;
use vestnik_proto::{
    AccountEventContent, Answer, ChatEvent, ChatEventContent, ChatId, ChatKind, ClientId, Command, Message, MessageId,
    MessageType, PassingEvent, PresenceStatus, ScheduledMessage, ServerFrame, Timestamp, UserId,
};

use crate::app::effect::PersonAct;
use crate::app::{AccountRef, Refusal};
use crate::i18n::{Language, Text};
use crate::options::{Level, Options, Speech as Loudness};
use crate::text;
use words::How;

/// Messages that are read when a chat is opened and nothing is unread.
const FIRST: u32 = 5;
/// Most unread messages that are read when a chat is opened.
const MOST: i64 = 50;
/// Typed messages whose return is waited for. More are read out as they come back.
const TYPED: usize = 64;
/// Names in one announcement.
const NAMES: usize = 3;

/// What the program is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Print a line. It is clean.
    Say(String),
    /// Ring the bell.
    Bell,
    /// Put a command into the outbox.
    Send(ClientId, ChatId, Command),
    /// Ask the server; with a key it is done once even if the answer is lost.
    Ask(Ask, Option<ClientId>, Box<Command>),
    /// Read a chat's members.
    Members(ChatId),
    /// Take a refused entry out of the outbox.
    Discard(ClientId),
    /// Go to another account.
    Switch(AccountRef),
    /// End the session here and on the server.
    SignOut,
    /// End the program.
    Quit,
}

/// Which messages were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The newest, for a chat that was opened.
    Opened,
    /// The newest.
    Newest,
    /// Those before.
    Older,
    /// Those after.
    Newer,
    /// Those of a day and after.
    Day(Date),
}

/// What was asked, so that the answer is understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Nothing is to be said about it.
    Quiet,
    /// Done, in these words.
    Tell(String),
    /// Messages of a chat.
    Page(ChatId, Page),
    /// The message before a day.
    Before(ChatId, Date),
    /// One message, of which everything is to be said.
    One(ChatId, i64),
    /// A chat to be opened.
    Open,
    /// A room to be joined; when there is none of this name, it may be an invite.
    Join(String),
    /// The chat with a person, to whom a text is to be sent.
    DirectFor(String),
    /// Public rooms.
    Rooms,
    /// Who is in the chat.
    Members,
    /// A new invite.
    Invite,
    /// Someone's number.
    Person(ChatId, PersonAct),
    /// What is scheduled.
    Scheduled,
    /// Who has read a message.
    Readers,
    /// What is pinned.
    Pins(ChatId),
}

/// What is carried out by `/yes`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Asked {
    Delete(ChatId, MessageId),
    Leave(ChatId),
    SignOut,
}

/// What came in a chat that is not open, until it is announced.
#[derive(Clone, Debug, Default)]
struct Elsewhere {
    names: Vec<String>,
    to_me: bool,
}

/// What the line client is told when it begins.
pub struct Setting {
    /// The language.
    pub language: Language,
    /// Where the computer is.
    pub zone: TimeZone,
    /// The settings.
    pub options: Options,
    /// The server's address.
    pub server: String,
    /// The username.
    pub username: String,
    /// The user's number.
    pub me: Option<UserId>,
    /// The accounts kept here.
    pub accounts: Vec<AccountRef>,
    /// What waits in the outbox.
    pub waiting: Vec<ClientId>,
    /// Makes the keys of what is sent.
    pub id: fn() -> ClientId,
    /// Whether there is a connection.
    pub online: bool,
}

/// The line client.
pub struct Speech {
    language: Language,
    zone: TimeZone,
    options: Options,
    server: String,
    username: String,
    me: Option<UserId>,
    accounts: Vec<AccountRef>,
    id: fn() -> ClientId,
    now: Timestamp,
    online: bool,
    level: Loudness,
    presence: PresenceStatus,
    others: BTreeMap<UserId, PresenceStatus>,
    chat: Option<ChatId>,
    listed: Vec<ChatId>,
    scheduled: Vec<ScheduledMessage>,
    /// First and last message of the page read last.
    page: Option<(i64, i64)>,
    /// How many messages to read when the first chat is opened.
    first: Option<u32>,
    /// Up to here the open chat was read out.
    seen: Option<i64>,
    /// The day of what was read out last.
    day: Option<Date>,
    asked: Option<Asked>,
    /// Lines of a message that is being written.
    block: Option<Vec<String>>,
    typed: VecDeque<(ClientId, ChatId, String)>,
    waiting: BTreeSet<ClientId>,
    /// Whether something waited when the connection came back.
    waited: bool,
    elsewhere: BTreeMap<ChatId, Elsewhere>,
    typing: BTreeSet<UserId>,
    /// Drafts that the server has not told of yet.
    drafts: BTreeMap<ChatId, String>,
    ring: bool,
    acts: Vec<Act>,
}

impl Speech {
    /// A line client for a session.
    pub fn new(setting: Setting, now: Timestamp) -> Self {
        let Setting { language, zone, options, server, username, me, accounts, waiting, id, online } = setting;
        let level = options.speech;
        let day = Some(crate::feed::local(&zone, now).date());
        Self {
            language,
            zone,
            options,
            server,
            username,
            me,
            accounts,
            id,
            now,
            online,
            level,
            presence: PresenceStatus::Online,
            others: BTreeMap::new(),
            chat: None,
            listed: Vec::new(),
            scheduled: Vec::new(),
            page: None,
            first: None,
            seen: None,
            day,
            asked: None,
            block: None,
            typed: VecDeque::new(),
            waiting: waiting.into_iter().collect(),
            waited: false,
            elsewhere: BTreeMap::new(),
            typing: BTreeSet::new(),
            drafts: BTreeMap::new(),
            ring: false,
            acts: Vec::new(),
        }
    }

    /// Goes to the first chat: its id, or `@` and a name.
    pub fn begin(&mut self, chats: &State, now: Timestamp, chat: &str, first: Option<u32>) -> Vec<Act> {
        self.now = now;
        self.first = first;
        match self.find_chat(chats, chat) {
            Some(chat_id) => self.open(chats, &chat_id),
            None => self.go(chat),
        }
        self.taken(chats)
    }

    /// A line was typed.
    pub fn line(&mut self, chats: &State, now: Timestamp, line: &str) -> Vec<Act> {
        self.now = now;
        self.typed_line(chats, line.trim_end_matches(['\r', '\n']));
        self.taken(chats)
    }

    /// The session tells something. What came together is announced together by [`Self::settle`].
    pub fn event(&mut self, chats: &State, now: Timestamp, event: &SessionEvent) -> Vec<Act> {
        self.now = now;
        match event {
            SessionEvent::Status(status) => self.status(status),
            SessionEvent::Frame(frame) => self.frame(chats, frame),
            SessionEvent::Sent { client_id, .. } => drop(self.waiting.remove(client_id)),
            SessionEvent::Refused { client_id, error } => {
                self.waiting.remove(client_id);
                self.typed.retain(|(id, ..)| id != client_id);
                self.tell(Text::Refused, &[&self.language.refusal(error)]);
                self.acts.push(Act::Discard(*client_id));
            }
            SessionEvent::OutboxEmpty => {
                self.waiting.clear();
                if std::mem::take(&mut self.waited) {
                    self.say(self.language.text(Text::SpAllSent));
                }
            }
        }
        std::mem::take(&mut self.acts)
    }

    /// Everything that came is taken: other chats are announced, and what was read out is marked.
    pub fn settle(&mut self, chats: &State, now: Timestamp) -> Vec<Act> {
        self.now = now;
        self.taken(chats)
    }

    /// An answer to a question.
    pub fn answered(&mut self, chats: &State, now: Timestamp, ask: Ask, answer: Result<Answer, Refusal>) -> Vec<Act> {
        self.now = now;
        match answer {
            Ok(answer) => self.answer(chats, ask, answer),
            Err(refusal) => self.not_answered(ask, &refusal),
        }
        self.taken(chats)
    }

    /// How many commands wait to be sent.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Whether there is a connection.
    pub fn is_online(&self) -> bool {
        self.online
    }

    /// A command could not be put into the outbox.
    pub fn not_kept(&mut self, client_id: ClientId) {
        self.waiting.remove(&client_id);
        self.typed.retain(|(id, ..)| *id != client_id);
    }

    fn taken(&mut self, chats: &State) -> Vec<Act> {
        self.announce_elsewhere(chats);
        self.mark_read(chats);
        if std::mem::take(&mut self.ring) {
            self.acts.push(Act::Bell);
        }
        std::mem::take(&mut self.acts)
    }

    /// Says a line. Whatever is in it, it stays one line and touches nothing but itself.
    fn say(&mut self, line: &str) {
        self.acts.push(Act::Say(text::line(line)));
    }

    fn tell(&mut self, text: Text, parts: &[&str]) {
        let line = self.language.fill(text, parts);
        self.say(&line);
    }

    fn current<'a>(&self, chats: &'a State) -> Option<&'a ChatState> {
        chats.chats.get(self.chat.as_ref()?)
    }

    fn is_muted(&self, chat: &ChatState) -> bool {
        chat.info.settings.muted_until.is_some_and(|until| until > self.now)
    }

    // What the session tells.

    fn status(&mut self, status: &Status) {
        match status {
            Status::Connecting | Status::SignedOut { .. } => {}
            Status::Online { user_id, .. } => {
                self.me = user_id.or(self.me);
                if !std::mem::replace(&mut self.online, true) {
                    match self.waiting.len() {
                        0 => self.say(self.language.text(Text::SpBack)),
                        count => {
                            self.waited = true;
                            self.tell(Text::SpBackWaiting, &[&count.to_string()]);
                        }
                    }
                    let chat_id = self.chat.clone();
                    self.ask(Ask::Quiet, Command::SetActiveChat(SetActiveChat { chat_id }));
                }
            }
            Status::Offline { error, .. } => {
                self.typing.clear();
                if std::mem::replace(&mut self.online, false) {
                    let mut why = self.language.error(error);
                    if !why.ends_with('.') {
                        why.push('.');
                    }
                    self.tell(Text::SpLost, &[&why]);
                }
            }
        }
    }

    fn frame(&mut self, chats: &State, frame: &ServerFrame) {
        match frame {
            ServerFrame::Chat(event) => self.chat_event(chats, event),
            ServerFrame::Account(event) => match &event.content {
                AccountEventContent::ChatJoined { chat }
                    if Some(&chat.id) != self.chat.as_ref() && self.level >= Loudness::Normal =>
                {
                    let title = self.title_of(chats, &chat.id);
                    self.tell(Text::SpNewChat, &[&title]);
                }
                AccountEventContent::ChatLeft { chat_id } => {
                    self.elsewhere.remove(chat_id);
                    if Some(chat_id) == self.chat.as_ref() {
                        let title = self.title_of(chats, chat_id);
                        self.tell(Text::SpNotIn, &[&title]);
                    }
                }
                AccountEventContent::DraftChanged { chat_id, .. } => drop(self.drafts.remove(chat_id)),
                _ => {}
            },
            ServerFrame::Passing(event) => self.passing(event),
            ServerFrame::Answer(Answer::Reset(reset)) if Some(&reset.chat_id) == self.chat.as_ref() => {
                self.typed.clear();
                self.page = None;
                self.say(self.language.text(Text::SpManyMissed));
            }
            _ => {}
        }
    }

    fn passing(&mut self, event: &PassingEvent) {
        match event {
            PassingEvent::Typing { chat_id, user_id, username, active } => {
                if !*active {
                    self.typing.remove(user_id);
                } else if Some(chat_id) == self.chat.as_ref()
                    && Some(*user_id) != self.me
                    && self.level == Loudness::Chatty
                    && self.typing.insert(*user_id)
                {
                    self.tell(Text::SpTypes, &[&text::line(username)]);
                }
            }
            PassingEvent::Presence { user_id, status, .. } => drop(self.others.insert(*user_id, *status)),
            PassingEvent::PresenceState { users, .. } => {
                self.others.extend(users.iter().map(|presence| (presence.user_id, presence.status)));
            }
            _ => {}
        }
    }

    fn chat_event(&mut self, chats: &State, event: &ChatEvent) {
        let Some(chat) = chats.chats.get(&event.chat_id) else { return };
        let in_view = Some(&event.chat_id) == self.chat.as_ref();
        match &event.content {
            ChatEventContent::NewMessage { message } if in_view => self.heard(chat, message),
            ChatEventContent::NewMessage { message } => self.heard_elsewhere(chat, message),
            ChatEventContent::ChatDeleted { .. } if in_view => {
                let title = self.title(chat);
                self.tell(Text::SpChatGone, &[&title]);
            }
            _ if in_view && self.level >= Loudness::Normal => self.changed(chat, &event.content),
            _ => {}
        }
    }

    /// Something changed in the open chat.
    fn changed(&mut self, chat: &ChatState, content: &ChatEventContent) {
        let chatty = self.level == Loudness::Chatty;
        let number = i64::to_string;
        let author = |speech: &Self, seq: &i64| {
            chat.messages.get(seq).map(|message| speech.name(message.sender_id, &message.sender_username))
        };
        match content {
            ChatEventContent::MessageEdited { seq, content, .. } => {
                let said = words::one_line(content, self.language);
                let name = author(self, seq).unwrap_or_default();
                self.tell(Text::SpEditedEvent, &[&name, &number(seq), &said]);
            }
            ChatEventContent::MessageDeleted { seq, .. } => {
                let name = author(self, seq).unwrap_or_default();
                self.tell(Text::SpDeletedEvent, &[&name, &number(seq)]);
            }
            ChatEventContent::ReactionChanged { seq, emoji, user_id, added, .. } if *added || chatty => {
                let name = self.name_in(chat, *user_id);
                let message = chat.messages.get(seq);
                let said = message.map(|message| words::quote(&message.content, self.language)).unwrap_or_default();
                let text = if *added { Text::SpReacted } else { Text::SpUnreacted };
                self.tell(text, &[&name, &text::line(emoji), &number(seq), &said]);
            }
            ChatEventContent::PinChanged { seq, pinned, by, .. } if chatty => {
                let name = self.name_in(chat, *by);
                let text = if *pinned { Text::SpPinnedEvent } else { Text::SpUnpinnedEvent };
                self.tell(text, &[&name, &number(seq)]);
            }
            ChatEventContent::MemberChanged { change, member, .. } if Some(member.user_id) != self.me => {
                let name = text::line(&member.username);
                match change {
                    MemberChange::Joined | MemberChange::Added => self.tell(Text::SpJoined, &[&name]),
                    MemberChange::Left | MemberChange::Removed => self.tell(Text::SpLeft, &[&name]),
                    MemberChange::Role => self.tell(Text::SpRole, &[&name, self.language.role(member.role)]),
                }
            }
            ChatEventContent::ChatUpdated { name, .. } => self.tell(Text::SpRenamed, &[&text::line(name)]),
            _ => {}
        }
    }

    /// A message came in the open chat.
    fn heard(&mut self, chat: &ChatState, message: &Message) {
        self.typing.remove(&message.sender_id);
        self.seen = Some(message.seq);
        if let Some((_, last)) = self.page.as_mut().filter(|(_, last)| *last + 1 == message.seq) {
            *last = message.seq;
        }
        if Some(message.sender_id) == self.me {
            let is =
                |(_, chat_id, text): &(ClientId, ChatId, String)| *chat_id == chat.info.id && *text == message.content;
            if let Some(at) = self.typed.iter().position(is) {
                self.typed.remove(at);
                if self.level >= Loudness::Normal {
                    self.tell(Text::SpSentAs, &[&message.seq.to_string()]);
                }
                return;
            }
        } else if self.is_to_me(message) {
            self.ring_for(chat, message);
        }
        let how = How { time: self.level == Loudness::Chatty, reactions: false };
        self.read_out(chat, message, how);
    }

    /// A message came in another chat.
    fn heard_elsewhere(&mut self, chat: &ChatState, message: &Message) {
        if Some(message.sender_id) == self.me || message.seq <= chat.info.read_seq {
            return;
        }
        self.ring_for(chat, message);
        let to_me = self.is_to_me(message);
        let direct = chat.info.kind == ChatKind::Direct;
        if self.is_muted(chat) || (self.level == Loudness::Quiet && !to_me && !direct) {
            return;
        }
        let name = text::line(&message.sender_username);
        let elsewhere = self.elsewhere.entry(chat.info.id.clone()).or_default();
        elsewhere.to_me |= to_me;
        if !elsewhere.names.contains(&name) {
            elsewhere.names.push(name);
        }
    }

    /// Rings as loudly as the message matters.
    fn ring_for(&mut self, chat: &ChatState, message: &Message) {
        let loud = match self.options.notify {
            Level::All => true,
            Level::Mentions => self.is_to_me(message) || chat.info.kind == ChatKind::Direct,
            Level::None => false,
        };
        self.ring |= self.options.bell && loud && !self.is_muted(chat) && self.presence != PresenceStatus::Dnd;
    }

    fn announce_elsewhere(&mut self, chats: &State) {
        for (chat_id, elsewhere) in std::mem::take(&mut self.elsewhere) {
            let Some(chat) = chats.chats.get(&chat_id).filter(|chat| chat.unread() > 0) else { continue };
            let unread = chat.unread().to_string();
            let mut names = elsewhere.names.clone();
            if names.len() > NAMES {
                names.truncate(NAMES);
                names.push("…".to_owned());
            }
            let (title, names) = (self.title(chat), names.join(", "));
            match (elsewhere.to_me, chat.info.kind == ChatKind::Direct, elsewhere.names.len()) {
                (_, true, _) => self.tell(Text::SpWroteYou, &[&names, &unread]),
                (true, ..) => self.tell(Text::SpMentioned, &[&names, &title, &unread]),
                (false, false, 1) => self.tell(Text::SpWrote, &[&names, &title, &unread]),
                (false, false, _) => self.tell(Text::SpWroteMany, &[&names, &title, &unread]),
            }
        }
    }

    /// Reads a message out, after its day when that is another.
    fn read_out(&mut self, chat: &ChatState, message: &Message, how: How) {
        let day = crate::feed::local(&self.zone, message.timestamp).date();
        if self.day != Some(day) {
            self.day = Some(day);
            let named = self.language.day(day, self.today());
            self.tell(Text::SpDay, &[&named]);
        }
        let line = self.sentence(chat, message, how);
        self.say(&line);
    }

    fn mark_read(&mut self, chats: &State) {
        let Some(chat) = self.current(chats).filter(|_| self.online) else { return };
        let marked = chat.info.settings.marked_unread;
        let Some(seq) = self.seen.take().filter(|seq| *seq > chat.info.read_seq || marked) else { return };
        let chat_id = chat.info.id.clone();
        self.ask(Ask::Quiet, Command::MarkRead(MarkRead { chat_id, seq }));
    }

    // Asking and sending.

    fn ask(&mut self, ask: Ask, command: Command) {
        self.acts.push(Act::Ask(ask, None, Box::new(command)));
    }

    /// Asks for a change.
    fn change(&mut self, ask: Ask, command: Command) {
        if self.online {
            let key = (self.id)();
            self.acts.push(Act::Ask(ask, Some(key), Box::new(command)));
        } else {
            self.say(self.language.text(Text::NeedsConnection));
        }
    }

    /// Asks to read something.
    fn look_up(&mut self, ask: Ask, command: Command) {
        if self.online {
            self.ask(ask, command);
        } else {
            self.say(self.language.text(Text::NeedsConnection));
        }
    }

    /// Puts a command into the outbox.
    fn send(&mut self, chat_id: ChatId, command: Command) -> ClientId {
        let client_id = (self.id)();
        self.waiting.insert(client_id);
        self.acts.push(Act::Send(client_id, chat_id, command));
        if !self.online {
            self.say(self.language.text(Text::Waits));
        }
        client_id
    }

    /// Sends a message to the open chat.
    fn send_text(&mut self, content: String, message_type: MessageType, reply_to: Option<MessageId>) {
        match self.chat.clone() {
            Some(chat_id) => self.send_to(chat_id, content, message_type, reply_to),
            None => self.say(self.language.text(Text::SpNoChat)),
        }
    }

    fn send_to(&mut self, chat_id: ChatId, content: String, message_type: MessageType, reply_to: Option<MessageId>) {
        let message = SendMessage {
            chat_id: chat_id.clone(),
            content: content.clone(),
            message_type,
            reply_to,
            mentions: vec![],
        };
        let client_id = self.send(chat_id.clone(), Command::Message(message));
        if self.typed.len() < TYPED {
            self.typed.push_back((client_id, chat_id, content));
        }
    }

    /// Goes to a chat and reads what is unread there.
    fn open(&mut self, chats: &State, chat_id: &ChatId) {
        let first = self.chat.is_none();
        self.chat = Some(chat_id.clone());
        self.page = None;
        self.seen = None;
        self.typing.clear();
        self.elsewhere.remove(chat_id);
        let title = self.title_of(chats, chat_id);
        if first {
            self.tell(Text::SpBegin, &[&title]);
        } else {
            self.tell(Text::NowIn, &[&title]);
        }
        let unread = chats.chats.get(chat_id).map_or(0, ChatState::unread);
        if unread > 0 {
            self.tell(Text::Unread, &[&unread.to_string()]);
        }
        let count = u32::try_from(unread.min(MOST)).unwrap_or(FIRST).max(FIRST);
        let count = self.first.take().unwrap_or(count);
        if count > 0 {
            self.read_page(chats, Page::Opened, History::newest(chat_id.clone(), count));
        }
        if self.online {
            self.acts.push(Act::Members(chat_id.clone()));
            let active = SetActiveChat { chat_id: Some(chat_id.clone()) };
            self.ask(Ask::Quiet, Command::SetActiveChat(active));
        }
        self.say_draft(chats);
    }

    fn say_draft(&mut self, chats: &State) {
        if let Some((content, _)) = self.current(chats).and_then(|chat| self.draft_of(chat)) {
            let said = words::one_line(&content, self.language);
            self.tell(Text::SpDraft, &[&said]);
        }
    }

    /// The unfinished message of a chat, and what it will answer.
    fn draft_of(&self, chat: &ChatState) -> Option<(String, Option<MessageId>)> {
        let told = chat.info.draft.as_ref().map(|draft| (draft.content.clone(), draft.reply_to.clone()));
        let own = self.drafts.get(&chat.info.id).map(|content| (content.clone(), None));
        own.or(told).filter(|(content, _)| !content.is_empty())
    }

    /// Asks for messages; without a connection, takes those kept here.
    fn read_page(&mut self, chats: &State, page: Page, history: History) {
        if self.online {
            return self.ask(Ask::Page(history.chat_id.clone(), page), Command::History(history));
        }
        let Some(chat) = chats.chats.get(&history.chat_id) else { return };
        let count = usize::try_from(history.limit.unwrap_or(FIRST)).unwrap_or(usize::MAX);
        let messages: Vec<Message> = match (history.before, history.after) {
            (_, Some(after)) => chat.messages.range(after + 1..).map(|(_, m)| m.clone()).take(count).collect(),
            (before, None) => {
                let mut newest: Vec<Message> = chat
                    .messages
                    .range(..before.unwrap_or(i64::MAX))
                    .rev()
                    .map(|(_, m)| m.clone())
                    .take(count)
                    .collect();
                newest.reverse();
                newest
            }
        };
        self.read_messages(chats, &history.chat_id, page, &messages);
    }

    /// Reads a page out.
    fn read_messages(&mut self, chats: &State, chat_id: &ChatId, page: Page, messages: &[Message]) {
        let Some(chat) = chats.chats.get(chat_id).filter(|_| Some(chat_id) == self.chat.as_ref()) else { return };
        let (Some(first), Some(last)) = (messages.first(), messages.last()) else {
            match page {
                Page::Opened | Page::Newest => self.say(self.language.text(Text::EmptyChat)),
                Page::Older => self.say(self.language.text(Text::SpNoOlder)),
                Page::Newer => self.say(self.language.text(Text::SpNoNewer)),
                Page::Day(day) => {
                    let named = self.language.day(day, self.today());
                    self.tell(Text::SpNoDay, &[&named]);
                }
            }
            return;
        };
        let last_seq = last.seq;
        self.page = Some((first.seq, last_seq));
        self.day = None;
        let read = chat.info.read_seq;
        let mut told = page != Page::Opened || first.seq > read;
        for message in messages {
            if !told && message.seq > read && Some(message.sender_id) != self.me {
                told = true;
                self.say(self.language.text(Text::SpUnreadFrom));
            }
            // What the log has told since is in the state.
            let message = chat.messages.get(&message.seq).unwrap_or(message);
            self.read_out(chat, message, How { time: true, reactions: true });
        }
        if last_seq >= chat.last_seq {
            self.seen = Some(last_seq);
        }
    }

    fn answer(&mut self, chats: &State, ask: Ask, answer: Answer) {
        match (ask, answer) {
            (Ask::Tell(line), _) => self.say(&line),
            (Ask::Page(chat_id, page), Answer::History(found)) => {
                self.read_messages(chats, &chat_id, page, &found.messages);
            }
            (Ask::Before(chat_id, day), Answer::History(found)) => {
                self.read_day(chats, chat_id, day, found.messages.last().map_or(0, |message| message.seq));
            }
            (Ask::One(chat_id, seq), Answer::History(found)) => {
                let chat = chats.chats.get(&chat_id);
                match (chat, found.messages.iter().find(|message| message.seq == seq)) {
                    (Some(chat), Some(message)) => self.say_everything(chat, message),
                    _ => self.tell(Text::SpNoMessage, &[&seq.to_string()]),
                }
            }
            (Ask::Open | Ask::Join(_), Answer::Chat { chat }) => self.open(chats, &chat.id),
            (Ask::Open | Ask::Join(_), Answer::Ack(ack)) => {
                self.ask(Ask::Open, Command::GetChat(ChatRef { chat_id: ack.chat_id }));
            }
            (Ask::DirectFor(content), Answer::Chat { chat }) => {
                let name = chat.peer.as_ref().map(|peer| text::line(&peer.username)).unwrap_or_default();
                self.send_to(chat.id.clone(), content, MessageType::Text, None);
                self.tell(Text::SentTo, &[&name]);
            }
            (ask, answer) => self.list(chats, ask, answer),
        }
    }

    fn say_everything(&mut self, chat: &ChatState, message: &Message) {
        for line in self.everything(chat, message) {
            self.say(&line);
        }
    }

    fn not_answered(&mut self, ask: Ask, refusal: &Refusal) {
        match (ask, refusal.code) {
            (Ask::Quiet, _) => {}
            (Ask::Join(room), Some(vestnik_proto::ErrorCode::NotFound)) => {
                let join = vestnik_proto::command::Join { chat_id: None, invite: Some(room) };
                self.change(Ask::Open, Command::Join(join));
            }
            _ => self.say(&refusal.text),
        }
    }
}
