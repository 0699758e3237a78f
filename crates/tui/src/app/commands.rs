//! Carrying out what begins with a slash.

use vestnik_client::reducer::State;
use vestnik_proto::command::{
    AddMember, ChatRef, CreateChat, CreateInvite, GetUser, Join, ListRooms, MessageRef, ScheduleMessage,
    SetChatSettings, SetPresence, StartDirect, UpdateChat, UpdateProfile,
};
use vestnik_proto::{ChatId, ChatKind, Command, MessageType, PresenceStatus, Role};

use super::effect::PersonAct;
use super::{App, Ask, Confirm, Effect, Overlay, dates};
use crate::i18n::{Language, Text};
use crate::keys::commands::{Verb, find};
use crate::text;

/// Ends `/shrug`.
const SHRUG: &str = r"¯\\\_(ツ)\_/¯";

impl App {
    /// Carries out a command: what stands after the slash.
    pub(super) fn command(&mut self, chats: &State, line: &str) {
        let (name, rest) = split(line);
        let Some(row) = find(name) else {
            // It may be a slip with a secret in it, so it is never sent unasked.
            let question = self.language.fill(Text::AskSendUnknown, &[&text::line(name)]);
            self.overlay = Some(Overlay::Confirm(Confirm::SendAsText(question, format!("/{line}"))));
            return;
        };
        let needs = row.args.0;
        if rest.is_empty() && !needs.is_empty() && !needs.starts_with('[') {
            let args = if self.language == Language::Ru { row.args.1 } else { row.args.0 };
            let usage = format!("/{} {args}", row.name);
            return self.warn(self.language.fill(Text::CommandUsage, &[&usage]));
        }
        if self.run(chats, row.verb, rest) {
            self.empty_field(chats);
        }
    }

    /// Carries it out; whether the field is to be emptied.
    fn run(&mut self, chats: &State, verb: Verb, rest: &str) -> bool {
        match verb {
            Verb::Help => self.overlay = Some(Overlay::Help(0)),
            Verb::Join => self.join(rest),
            Verb::Leave => return self.leave(chats),
            Verb::Rooms => {
                let q = (!rest.is_empty()).then(|| rest.to_owned());
                let list = ListRooms { q, cursor: None, limit: Some(200) };
                self.change(Ask::Rooms, Command::ListRooms(list));
            }
            Verb::New => return self.make_chat(rest),
            Verb::Msg => {
                let (name, content) = split(rest);
                let direct = StartDirect { username: person(name).to_owned() };
                let ask = if content.is_empty() { Ask::OpenChat } else { Ask::DirectFor(content.to_owned()) };
                self.change(ask, Command::StartDirect(direct));
            }
            Verb::Invite => self.invite(rest),
            Verb::Kick => self.on_person(rest, PersonAct::Kick),
            Verb::Ban => self.on_person(rest, PersonAct::Role(Role::Blocked)),
            Verb::Unban => self.on_person(rest, PersonAct::Role(Role::Member)),
            Verb::Role => return self.role(rest),
            Verb::Topic => self.describe(None, Some(rest)),
            Verb::Rename => self.describe(Some(rest), None),
            Verb::Delete => {
                let me = self.me.or(chats.me);
                self.ask_to_delete(chats, |message| Some(message.sender_id) == me);
            }
            Verb::Edit => {
                self.empty_field(chats);
                match self.selected(chats).filter(|message| self.is_mine(chats, message)) {
                    Some(message) => self.begin_edit(chats, &message),
                    None => self.edit_last(chats),
                }
                if !rest.is_empty() && matches!(self.composer.writing, super::Writing::Edit(_)) {
                    self.edited(chats, Ok(rest.to_owned()));
                }
                return false;
            }
            Verb::Reply => {
                self.empty_field(chats);
                self.reply_to_selected(chats);
                if !rest.is_empty() && self.composer.writing != super::Writing::New {
                    self.send(chats, rest.to_owned(), MessageType::Text);
                }
                return false;
            }
            Verb::React => {
                let named = rest.trim_matches(':');
                let by_name = super::emoji::find(named, 1).first().map(|(emoji, _)| *emoji);
                let emoji = if rest.is_ascii() { by_name.unwrap_or(rest) } else { rest };
                if let Some(message) = self.selected_or(chats, |_| true) {
                    self.react(chats, &message.id, emoji);
                } else {
                    self.warn(self.language.text(Text::NoMessages));
                }
            }
            Verb::Pin => self.pin(chats),
            Verb::Pins => {
                if let Some(chat_id) = self.chat.clone() {
                    self.change(Ask::Pins(chat_id.clone()), Command::ListPins(ChatRef { chat_id }));
                }
            }
            Verb::Link => self.copy_link(chats),
            Verb::Readers => {
                let message = self.selected_or(chats, |_| true);
                if let (Some(chat_id), Some(message)) = (self.chat.clone(), message) {
                    let message = MessageRef { chat_id, message_id: message.id };
                    self.change(Ask::Readers, Command::ListReaders(message));
                }
            }
            Verb::Me => return self.say(chats, rest.to_owned(), MessageType::Emote),
            Verb::Shrug => return self.say(chats, format!("{rest} {SHRUG}").trim().to_owned(), MessageType::Text),
            Verb::Code => {
                self.empty_field(chats);
                self.write(chats, &format!("```{}\n", rest.split(' ').next().unwrap_or_default()));
                return false;
            }
            Verb::Spoiler => return self.say(chats, format!("||{rest}||"), MessageType::Text),
            Verb::Later => return self.later(chats, rest),
            Verb::Scheduled => self.change(Ask::Scheduled, Command::ListScheduled(Default::default())),
            Verb::Search => self.search_all(chats, rest),
            Verb::Date => self.go_to_date(chats, rest),
            Verb::Members => self.details = Some(!self.areas().details_wanted),
            Verb::Mute => match (rest.is_empty(), dates::span_secs(rest)) {
                (true, _) => self.mute(Some(None)),
                (false, Some(secs)) => self.mute(Some(Some(secs))),
                (false, None) => {
                    self.warn(self.language.fill(Text::CommandUsage, &["/mute 2h"]));
                    return false;
                }
            },
            Verb::Unmute => self.mute(None),
            Verb::Favourite | Verb::Archive => self.flip(chats, verb),
            Verb::Unread => self.mark_unread(),
            Verb::Nick => {
                let profile = UpdateProfile { display_name: Some(rest.to_owned()), ..UpdateProfile::default() };
                self.change(self.done(), Command::UpdateProfile(profile));
            }
            Verb::Status => self.say_status(rest),
            Verb::Away => self.be(PresenceStatus::Away),
            Verb::Dnd => self.be(PresenceStatus::Dnd),
            Verb::Back => self.be(PresenceStatus::Online),
            Verb::Connect => self.open_sign_in(rest),
            Verb::Accounts => self.open_accounts(),
            Verb::Logout => {
                let question = self.language.fill(Text::AskSignOut, &[&text::line(&self.username)]);
                self.overlay = Some(Overlay::Confirm(Confirm::SignOut(question)));
            }
            Verb::Quit => {
                self.empty_field(chats);
                self.effects.push(Effect::Quit);
            }
        }
        true
    }

    fn done(&self) -> Ask {
        Ask::Tell(self.language.text(Text::Done).to_owned())
    }

    /// Sends a text that a command made; the reply it was to be stays one.
    fn say(&mut self, chats: &State, content: String, message_type: MessageType) -> bool {
        self.send(chats, content, message_type);
        false
    }

    /// Joins a room by its name, or a chat by an invite's link or code.
    fn join(&mut self, target: &str) {
        let code = target.rsplit_once("/invite/").map(|(_, code)| code.trim_end_matches('/'));
        if let Some(code) = code {
            let join = Join { chat_id: None, invite: Some(code.to_owned()) };
            return self.change(Ask::OpenChat, Command::Join(join));
        }
        let room = target.trim_start_matches('#').to_owned();
        let join = Join { chat_id: Some(ChatId(room.clone())), invite: None };
        self.change(Ask::Join(room), Command::Join(join));
    }

    fn leave(&mut self, chats: &State) -> bool {
        let Some(chat) = self.current(chats) else { return true };
        let question = self.language.fill(Text::AskLeave, &[&text::line(chat.title())]);
        self.overlay = Some(Overlay::Confirm(Confirm::LeaveChat(question, chat.info.id.clone())));
        true
    }

    fn make_chat(&mut self, rest: &str) -> bool {
        let (kind, name) = split(rest);
        let kind = match kind {
            "group" => ChatKind::Group,
            "channel" => ChatKind::Channel,
            "room" => ChatKind::Room,
            _ => {
                self.warn(self.language.fill(Text::CommandUsage, &["/new group|channel|room NAME"]));
                return false;
            }
        };
        let chat =
            CreateChat { kind, name: name.to_owned(), description: String::new(), slug: None, members: Vec::new() };
        self.change(Ask::OpenChat, Command::CreateChat(chat));
        true
    }

    fn invite(&mut self, rest: &str) {
        let Some(chat_id) = self.chat.clone() else { return };
        if rest.is_empty() {
            let invite = CreateInvite { chat_id, expires_in: None, max_uses: None, role: None };
            self.change(Ask::Invite, Command::CreateInvite(invite));
        } else {
            let username = person(rest).to_owned();
            let told = self.language.fill(Text::Added, &[&text::line(&username)]);
            self.change(Ask::Tell(told), Command::AddMember(AddMember { chat_id, username, role: None }));
        }
    }

    /// Does something to a person, whose number must be asked for first.
    fn on_person(&mut self, rest: &str, act: PersonAct) {
        let Some(chat_id) = self.chat.clone() else { return };
        let username = person(split(rest).0).to_owned();
        self.change(Ask::Person(chat_id, act), Command::GetUser(GetUser { username }));
    }

    fn role(&mut self, rest: &str) -> bool {
        let (name, role) = split(rest);
        let role = match role {
            "admin" => Role::Admin,
            "member" => Role::Member,
            "viewer" => Role::Viewer,
            _ => {
                self.warn(self.language.fill(Text::CommandUsage, &["/role @NAME admin|member|viewer"]));
                return false;
            }
        };
        self.on_person(name, PersonAct::Role(role));
        true
    }

    fn describe(&mut self, name: Option<&str>, description: Option<&str>) {
        let Some(chat_id) = self.chat.clone() else { return };
        let change = UpdateChat { chat_id, name: name.map(str::to_owned), description: description.map(str::to_owned) };
        self.change(self.done(), Command::UpdateChat(change));
    }

    fn later(&mut self, chats: &State, rest: &str) -> bool {
        let (when, content) = split(rest);
        let Some(send_at) = dates::moment(when, self.now, &self.zone).filter(|at| *at > self.now) else {
            self.warn(self.language.fill(Text::NoSuchMoment, &[&text::line(when)]));
            return false;
        };
        let Some(chat) = self.current(chats).filter(|_| !content.is_empty()) else {
            self.warn(self.language.fill(Text::CommandUsage, &["/later 18:30 TEXT"]));
            return false;
        };
        let chat_id = chat.info.id.clone();
        let message = ScheduleMessage {
            chat_id: chat_id.clone(),
            content: content.to_owned(),
            message_type: MessageType::Text,
            reply_to: None,
            send_at,
        };
        let client_id = self.send_later(&chat_id, Command::ScheduleMessage(message));
        self.other_waiting.insert(client_id);
        let at = crate::feed::local(&self.zone, send_at);
        let at = format!("{} {}", at.date(), crate::feed::clock(at));
        self.tell(self.language.fill(Text::WillBeSent, &[&at]));
        true
    }

    fn flip(&mut self, chats: &State, verb: Verb) {
        let Some(chat) = self.current(chats) else { return };
        let settings = chat.info.settings.clone();
        let change = SetChatSettings {
            chat_id: chat.info.id.clone(),
            muted_until: None,
            archived: (verb == Verb::Archive).then_some(!settings.archived),
            favourite: (verb == Verb::Favourite).then_some(!settings.favourite),
            marked_unread: None,
        };
        self.change(self.done(), Command::SetChatSettings(change));
    }

    fn say_status(&mut self, rest: &str) {
        let (first, after) = split(rest);
        let (emoji, status) =
            if vestnik_proto::names::is_reaction(first) { (Some(first), after) } else { (None, rest) };
        let profile = UpdateProfile {
            status_text: Some((!status.is_empty()).then(|| status.to_owned())),
            status_emoji: Some(emoji.map(str::to_owned)),
            ..UpdateProfile::default()
        };
        self.change(self.done(), Command::UpdateProfile(profile));
    }

    fn be(&mut self, status: PresenceStatus) {
        self.my_presence = status;
        self.change(self.done(), Command::Presence(SetPresence { status }));
    }
}

/// The first word, and the rest without the space around it.
fn split(text: &str) -> (&str, &str) {
    text.trim().split_once(char::is_whitespace).map_or((text.trim(), ""), |(first, rest)| (first, rest.trim()))
}

/// A username without what people write before it.
fn person(name: &str) -> &str {
    name.trim().trim_start_matches('@')
}
