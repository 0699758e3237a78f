//! What the session tells, and answers to what was asked.

use vestnik_client::net::{Entry, EntryState, SessionEvent, Status};
use vestnik_client::reducer::State;
use vestnik_proto::command::{ChatRef, MemberRef, SendMessage, SetPresence, SetRole};
use vestnik_proto::{
    AccountEventContent, Answer, ApiError, ChatEvent, ChatEventContent, ChatId, ChatKind, ClientId, Command, ErrorCode,
    Message, MessageType, PassingEvent, PresenceStatus, ServerFrame,
};

use super::composer::Kept;
use super::effect::PersonAct;
use super::{App, Ask, Connection, Effect, Item, Jump, Opened, Overlay, Pick, Picker, PickerKind, Refusal};
use crate::feed::{Changing, Waiting, one_line};
use crate::i18n::Text;
use crate::options::Level;
use crate::text;

/// For how long it is believed that someone writes. Seconds.
const TYPING_SECS: i64 = 6;
/// Longest text in a notice. Columns.
const NOTICE: usize = 80;

impl App {
    /// A session was opened from what is kept here.
    pub(super) fn opened(&mut self, chats: &State, opened: Opened) {
        let Opened { server, username, me, outbox, chat } = opened;
        self.sign_in = None;
        self.overlay = None;
        self.opened = true;
        self.server = server;
        self.username = username;
        self.me = me;
        self.connection = Connection::Connecting;
        self.chat = None;
        self.last_chat = None;
        self.views.clear();
        self.drafts.clear();
        self.waiting.clear();
        self.changing.clear();
        self.other_waiting.clear();
        self.typing.clear();
        self.presence.clear();
        self.marked.clear();
        self.asked.clear();
        self.members_of.clear();
        self.composer = super::Composer::default();
        outbox.into_iter().for_each(|entry| self.take_up(entry));
        if let Some(chat) = chat.and_then(|chat| named(chats, &chat)) {
            self.open_chat(chats, &chat);
        }
        self.effects.push(Effect::ListAccounts);
    }

    /// Shows what waits since an earlier run.
    fn take_up(&mut self, entry: Entry) {
        let Entry { client_id, chat_id, command, created, state } = entry;
        let refused = match state {
            EntryState::Failed(error) => Some(error),
            EntryState::Waiting => None,
        };
        match command {
            Command::Message(message) => {
                let waiting = Waiting { client_id, message, created, refused, seq: None };
                self.waiting.entry(chat_id).or_default().push(waiting);
            }
            // What was refused and is not a message was told of; nobody waits for it.
            _ if refused.is_some() => self.effects.push(Effect::Discard(client_id)),
            Command::EditMessage(edit) => {
                let changing = Changing { client_id, message_id: edit.message_id, content: Some(edit.content) };
                self.changing.entry(chat_id).or_default().push(changing);
            }
            Command::DeleteMessage(message) => {
                let changing = Changing { client_id, message_id: message.message_id, content: None };
                self.changing.entry(chat_id).or_default().push(changing);
            }
            Command::SetDraft(draft) => {
                self.drafts.insert(chat_id, Kept { text: draft.content, reply_to: draft.reply_to });
                self.other_waiting.insert(client_id);
            }
            _ => drop(self.other_waiting.insert(client_id)),
        }
    }

    /// How many entries wait for the connection.
    pub fn waiting_count(&self) -> usize {
        let messages =
            self.waiting.values().flatten().filter(|waiting| waiting.refused.is_none() && waiting.seq.is_none());
        messages.count() + self.changing.values().map(Vec::len).sum::<usize>() + self.other_waiting.len()
    }

    pub(super) fn session_event(&mut self, chats: &State, event: SessionEvent) {
        match event {
            SessionEvent::Status(status) => self.status(chats, status),
            SessionEvent::Frame(frame) => self.frame(chats, &frame),
            SessionEvent::Sent { client_id, answer } => {
                let seq = match &*answer {
                    Answer::Ack(ack) => ack.seq,
                    _ => None,
                };
                self.acknowledged(chats, client_id, seq);
            }
            SessionEvent::Refused { client_id, error } => self.refused(client_id, error),
            SessionEvent::OutboxEmpty => self.other_waiting.clear(),
        }
    }

    fn status(&mut self, chats: &State, status: Status) {
        match status {
            // While it is tried again, why it failed still stands.
            Status::Connecting => {}
            Status::Online { user_id, username } => {
                let again = matches!(self.connection, Connection::Offline(..));
                self.connection = Connection::Online;
                self.me = user_id;
                self.username = username;
                self.asked.clear();
                self.marked.clear();
                self.members_of.clear();
                if again {
                    self.tell(self.language.text(Text::OnlineAgain));
                }
                if self.chat.is_some() {
                    self.tell_active();
                }
                if self.my_presence != PresenceStatus::Online {
                    let status = self.my_presence;
                    self.ask(Ask::Quiet, Command::Presence(SetPresence { status }));
                }
                if let Some(chat) = self.current(chats) {
                    self.read_members(chat);
                }
            }
            Status::Offline { error, .. } => {
                self.typing.clear();
                let mut why = text::line(&self.language.error(&error));
                if !why.ends_with('.') {
                    why.push('.');
                }
                self.connection = Connection::Offline(why);
            }
            Status::SignedOut { reason } => {
                let why = self.language.fill(Text::SignedOut, &[&text::line(&reason)]);
                self.signed_out(why);
            }
        }
    }

    fn frame(&mut self, chats: &State, frame: &ServerFrame) {
        match frame {
            ServerFrame::Chat(event) => self.chat_event(chats, event),
            ServerFrame::Account(event) => match &event.content {
                AccountEventContent::DraftChanged { chat_id, .. } if Some(chat_id) != self.chat.as_ref() => {
                    self.drafts.remove(chat_id);
                }
                AccountEventContent::ChatLeft { chat_id } => {
                    self.views.remove(chat_id);
                    self.waiting.remove(chat_id);
                    self.changing.remove(chat_id);
                }
                _ => {}
            },
            ServerFrame::Passing(event) => self.passing(event),
            ServerFrame::Answer(Answer::Reset(reset)) => {
                self.asked.retain(|(chat, _)| *chat != reset.chat_id);
                self.members_of.remove(&reset.chat_id);
            }
            _ => {}
        }
    }

    fn passing(&mut self, event: &PassingEvent) {
        match event {
            PassingEvent::Typing { chat_id, user_id, username, active } => {
                let who = self.typing.entry(chat_id.clone()).or_default();
                if *active && Some(*user_id) != self.me {
                    who.insert(*user_id, (text::line(username), self.now.plus_secs(TYPING_SECS)));
                } else {
                    who.remove(user_id);
                }
            }
            PassingEvent::Presence { user_id, status, .. } => {
                self.presence.insert(*user_id, *status);
            }
            PassingEvent::PresenceState { users, .. } => {
                self.presence.extend(users.iter().map(|presence| (presence.user_id, presence.status)));
            }
            PassingEvent::ReadMarker { .. } | PassingEvent::DeliveryMarker { .. } | PassingEvent::Profile { .. } => {}
        }
    }

    fn chat_event(&mut self, chats: &State, event: &ChatEvent) {
        let chat_id = &event.chat_id;
        match &event.content {
            ChatEventContent::NewMessage { message } => {
                if let Some(who) = self.typing.get_mut(chat_id) {
                    who.remove(&message.sender_id);
                }
                if self.me.or(chats.me) == Some(message.sender_id) {
                    self.came_back(chat_id, message);
                } else {
                    self.notify(chats, chat_id, message);
                }
            }
            ChatEventContent::MessageEdited { message_id, .. }
            | ChatEventContent::MessageDeleted { message_id, .. } => {
                if let Some(changing) = self.changing.get_mut(chat_id) {
                    changing.retain(|changing| changing.message_id != *message_id);
                }
            }
            _ => {}
        }
    }

    /// My own message has come back, perhaps before its ack.
    fn came_back(&mut self, chat_id: &ChatId, message: &Message) {
        if let Some(waiting) = self.waiting.get_mut(chat_id) {
            let by_seq = waiting.iter().position(|waiting| waiting.seq == Some(message.seq));
            let by_text = || {
                waiting.iter().position(|waiting| {
                    waiting.seq.is_none()
                        && waiting.refused.is_none()
                        && waiting.message.content == message.content
                        && waiting.message.reply_to == message.reply_to
                })
            };
            if let Some(at) = by_seq.or_else(by_text) {
                waiting.remove(at);
            }
        }
    }

    /// The server has an entry of the outbox.
    fn acknowledged(&mut self, chats: &State, client_id: ClientId, seq: Option<i64>) {
        self.other_waiting.remove(&client_id);
        for changing in self.changing.values_mut() {
            changing.retain(|changing| changing.client_id != client_id);
        }
        for (chat_id, waiting) in &mut self.waiting {
            let there = |seq: i64| chats.chats.get(chat_id).is_some_and(|chat| chat.messages.contains_key(&seq));
            if let Some(at) = waiting.iter().position(|waiting| waiting.client_id == client_id) {
                match seq {
                    // It stands there until the message itself comes.
                    Some(seq) if !there(seq) => waiting[at].seq = Some(seq),
                    _ => drop(waiting.remove(at)),
                }
            }
        }
    }

    fn refused(&mut self, client_id: ClientId, error: ApiError) {
        let waiting = self.waiting.values_mut().flatten().find(|waiting| waiting.client_id == client_id);
        let refusal = self.language.refusal(&error);
        match waiting {
            Some(waiting) => waiting.refused = Some(error),
            None => {
                self.forget(client_id);
                self.effects.push(Effect::Discard(client_id));
            }
        }
        self.warn(self.language.fill(Text::Refused, &[&refusal]));
    }

    /// An entry is not waited for any more.
    pub(super) fn forget(&mut self, client_id: ClientId) {
        self.other_waiting.remove(&client_id);
        for waiting in self.waiting.values_mut() {
            waiting.retain(|waiting| waiting.client_id != client_id);
        }
        for changing in self.changing.values_mut() {
            changing.retain(|changing| changing.client_id != client_id);
        }
    }

    /// A command could not be put into the outbox: what it said is not lost.
    pub(super) fn not_kept(&mut self, client_id: ClientId, why: String) {
        let waiting = self.waiting.values().flatten().find(|waiting| waiting.client_id == client_id);
        let text = waiting.map(|waiting| waiting.message.content.clone());
        self.forget(client_id);
        if let Some(text) = text.filter(|_| self.composer.is_empty()) {
            self.edited(&State::default(), Ok(text));
        }
        self.warn(self.language.fill(Text::NotKept, &[why.trim_end_matches('.')]));
    }

    /// Tells of a message that came, as loudly as it matters.
    fn notify(&mut self, chats: &State, chat_id: &ChatId, message: &Message) {
        let Some(chat) = chats.chats.get(chat_id) else { return };
        let seen = self.focused && self.chat.as_ref() == Some(chat_id);
        let me = self.me.or(chats.me);
        let to_me = me.is_some_and(|me| message.mentions.contains(&me)) || message.mention_all.is_some();
        let loud = match self.options.notify {
            Level::All => true,
            Level::Mentions => to_me || chat.info.kind == ChatKind::Direct,
            Level::None => false,
        };
        let quiet = seen || self.is_muted(chat) || self.my_presence == PresenceStatus::Dnd;
        if !loud || quiet || message.seq <= chat.info.read_seq {
            return;
        }
        if self.options.bell {
            self.effects.push(Effect::Bell);
        }
        let content = crate::feed::wrap::fit(&one_line(&message.content), NOTICE, "…");
        let title = match chat.info.kind {
            ChatKind::Direct => text::line(&message.sender_username),
            _ => format!("{} - {}", text::line(&message.sender_username), text::line(chat.title())),
        };
        self.effects.push(Effect::Notice(title, content));
    }

    /// An answer to a question.
    pub(super) fn answered(&mut self, chats: &State, ask: Ask, answer: Result<Box<Answer>, Refusal>) {
        let answer = match answer {
            Ok(answer) => *answer,
            Err(refusal) => return self.not_answered(ask, refusal),
        };
        match (ask, answer) {
            (Ask::Tell(text), _) => self.tell(text),
            (Ask::History(chat_id, jump), Answer::History(_)) if Some(&chat_id) == self.chat.as_ref() => match jump {
                Jump::Stay => {}
                Jump::To(seq) => self.select_loaded(chats, seq),
                Jump::Day(day) => self.show_day(chats, day),
            },
            (Ask::OpenChat | Ask::Join(_), Answer::Chat { chat }) => {
                self.focus = super::Focus::Composer;
                self.open_chat(chats, &chat.id);
            }
            // Joined, but what the chat is like must still be read.
            (Ask::OpenChat | Ask::Join(_), Answer::Ack(ack)) => {
                self.ask(Ask::OpenChat, Command::GetChat(ChatRef { chat_id: ack.chat_id }));
            }
            (Ask::DirectFor(content), Answer::Chat { chat }) => {
                let message = SendMessage {
                    chat_id: chat.id.clone(),
                    content,
                    message_type: MessageType::Text,
                    reply_to: None,
                    mentions: vec![],
                };
                self.send_to(message);
                let name = chat.peer.as_ref().map(|peer| text::line(&peer.username)).unwrap_or_default();
                self.tell(self.language.fill(Text::SentTo, &[&name]));
            }
            (Ask::Rooms, Answer::Rooms { rooms, .. }) => {
                let items = rooms.into_iter().map(|room| Item {
                    label: format!("#{} {}", text::line(room.id.as_str()), text::line(&room.name)),
                    detail: self.language.fill(Text::MemberCount, &[&room.member_count.to_string()]),
                    pick: if room.joined { Pick::Chat(room.id) } else { Pick::Room(room.id) },
                    first: false,
                });
                let items = items.collect();
                self.show_list(PickerKind::Rooms, items);
            }
            (Ask::People, Answer::Users { users }) => {
                let items = users.into_iter().map(|user| Item {
                    label: format!("@{}", text::line(&user.username)),
                    detail: text::line(&user.display_name),
                    pick: Pick::Person(user.username),
                    first: false,
                });
                self.show_list(PickerKind::People, items.collect());
            }
            (Ask::Invite, Answer::Invite { invite }) => {
                let web = self.web();
                let code = text::line(&invite.code);
                let link = if web.starts_with("http") { format!("{web}/invite/{code}") } else { code };
                self.tell(self.language.fill(Text::InviteMade, &[&link]));
                self.effects.push(Effect::Copy(link));
            }
            (Ask::Person(chat_id, act), Answer::User { user }) => {
                let told = self.language.text(Text::Done).to_owned();
                let command = match act {
                    PersonAct::Kick => Command::RemoveMember(MemberRef { chat_id, user_id: user.id }),
                    PersonAct::Role(role) => Command::SetRole(SetRole { chat_id, user_id: user.id, role }),
                };
                self.change(Ask::Tell(told), command);
            }
            (Ask::Scheduled, Answer::ScheduledList { scheduled }) => {
                let items = scheduled.iter().map(|one| {
                    let at = crate::feed::local(&self.zone, one.send_at);
                    let title = chats.chats.get(&one.chat_id).map(|chat| text::line(chat.title())).unwrap_or_default();
                    Item {
                        label: format!("{} {}  {}", at.date(), crate::feed::clock(at), one_line(&one.content)),
                        detail: title,
                        pick: Pick::Scheduled(one.chat_id.clone(), one.id.clone()),
                        first: false,
                    }
                });
                let items = items.collect();
                self.scheduled = scheduled;
                self.show_list(PickerKind::Scheduled, items);
            }
            (Ask::Readers, Answer::Readers { readers }) => {
                let names: Vec<String> = readers.iter().map(|reader| text::line(&reader.username)).collect();
                let told = match names.as_slice() {
                    [] => self.language.text(Text::NobodyRead).to_owned(),
                    names => self.language.fill(Text::ReadBy, &[&names.join(", ")]),
                };
                self.tell(told);
            }
            (Ask::Pins(chat_id), Answer::Pins { messages }) => {
                let items = messages.into_iter().map(|message| Item {
                    label: format!("{}: {}", text::line(&message.sender_username), one_line(&message.content)),
                    detail: String::new(),
                    pick: Pick::Message(chat_id.clone(), message.seq),
                    first: false,
                });
                self.show_list(PickerKind::Pins, items.collect());
            }
            _ => {}
        }
    }

    fn show_list(&mut self, kind: PickerKind, items: Vec<Item>) {
        if items.is_empty() {
            return self.tell(self.language.text(Text::NothingFound));
        }
        self.overlay = Some(Overlay::Picker(Picker::new(kind, items, "")));
    }

    fn not_answered(&mut self, ask: Ask, refusal: Refusal) {
        match (ask, refusal.code) {
            (Ask::Quiet, _) => {}
            // Asked again with the next message, or when the connection is back.
            (Ask::Read(chat_id), _) => drop(self.marked.remove(&chat_id)),
            // Not asked again by itself, or it would be asked for ever.
            (Ask::History(_, Jump::Stay), _) => {}
            (Ask::Join(room), Some(ErrorCode::NotFound)) => {
                let join = vestnik_proto::command::Join { chat_id: None, invite: Some(room) };
                self.change(Ask::OpenChat, Command::Join(join));
            }
            _ => self.warn(refusal.text),
        }
    }
}

/// A chat by its id, or by `@` and the name of the other person.
fn named(chats: &State, name: &ChatId) -> Option<ChatId> {
    let person = name.as_str().strip_prefix('@').map(vestnik_proto::names::fold);
    let is = |(id, chat): &(&ChatId, &vestnik_client::reducer::ChatState)| match (&person, &chat.info.peer) {
        (Some(person), Some(peer)) => vestnik_proto::names::fold(&peer.username) == *person,
        (Some(_), None) => false,
        (None, _) => *id == name,
    };
    chats.chats.iter().find(is).map(|(id, _)| id.clone())
}
