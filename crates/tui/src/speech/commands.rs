//! What is typed: text, or a command of the table.

use std::cmp::Reverse;

use vestnik_client::reducer::{ChatState, State};
use vestnik_proto::command::{
    AddMember, ChatRef, CreateChat, CreateInvite, EditMessage, GetUser, History, Join, ListMembers, ListRooms,
    MemberRef, MessageRef, React, ScheduleMessage, ScheduledRef, SetChatSettings, SetDraft, SetPresence, SetRole,
    StartDirect, UpdateChat, UpdateProfile,
};
use vestnik_proto::{
    Answer, ChatId, ChatKind, Command, Message, MessageType, Permission, PresenceStatus, Role, limits,
};

use super::words;
use super::{Act, Ask, Asked, Page, Speech};
use crate::app::effect::PersonAct;
use crate::app::{FOR_EVER, dates, emoji, web_of};
use crate::feed::{clock, local};
use crate::i18n::{Language, Text};
use crate::keys::commands::{LineVerb, Verb, find_in_lines, in_lines};
use crate::options::Speech as Loudness;
use crate::text;

/// Messages on a page when no number is given.
const PAGE: u32 = 10;
/// Most hits of a search.
const HITS: usize = 20;
/// Most lines of one message being written.
const LINES: usize = 1_000;
/// Ends `/shrug`.
const SHRUG: &str = r"¯\\\_(ツ)_/¯";

impl Speech {
    pub(super) fn typed_line(&mut self, chats: &State, line: &str) {
        let trimmed = line.trim();
        if let Some(block) = &mut self.block {
            match trimmed {
                "/end" | "/cancel" => {}
                _ if block.len() < LINES => return block.push(line.to_owned()),
                _ => return self.say(self.language.text(Text::ErrTooLong)),
            }
        }
        let command = line.strip_prefix('/').filter(|rest| !rest.starts_with('/'));
        let (name, rest) = split(command.unwrap_or_default());
        let row = find_in_lines(name);
        if !matches!(row, Some(row) if row.verb == LineVerb::Yes) && self.asked.take().is_some() {
            self.say(self.language.text(Text::SpNotDone));
        }
        match (command, row) {
            (None, _) if trimmed.is_empty() => {}
            (None, _) => {
                // Two slashes begin a message with one.
                let content = if line.starts_with("//") { &line[1..] } else { line };
                self.send_text(content.trim_end().to_owned(), MessageType::Text, None);
            }
            (Some(_), None) => self.tell(Text::UnknownCommand, &[&text::line(name)]),
            (Some(_), Some(row)) => {
                let russian = self.language == Language::Ru;
                let args = if russian { row.args.1 } else { row.args.0 };
                let usage = format!("/{} {args}", row.name);
                if rest.is_empty() && needs_more(row.args.0) {
                    return self.tell(Text::CommandUsage, &[&usage]);
                }
                if self.run(chats, row.verb, rest).is_none() {
                    self.tell(Text::CommandUsage, &[usage.trim_end()]);
                }
            }
        }
    }

    /// Carries a command out; `None` when it was not written as it must be.
    fn run(&mut self, chats: &State, verb: LineVerb, rest: &str) -> Option<()> {
        match verb {
            LineVerb::Both(verb) => return self.run_both(chats, verb, rest),
            LineVerb::Chats => self.list_chats(chats, matches!(rest, "unread" | "непрочитанные")),
            LineVerb::Chat => match self.find_chat(chats, rest) {
                Some(chat_id) => self.open(chats, &chat_id),
                None => self.go(rest),
            },
            LineVerb::Next => {
                let next = self.order(chats).into_iter().filter(|chat| {
                    chat.shows_unread() && !self.is_muted(chat) && Some(&chat.info.id) != self.chat.as_ref()
                });
                let next = next.min_by_key(|chat| self.me.is_none_or(|me| chat.unread_mentions(me) == 0));
                match next.map(|chat| chat.info.id.clone()) {
                    Some(chat_id) => self.open(chats, &chat_id),
                    None => self.say(self.language.text(Text::NothingUnread)),
                }
            }
            LineVerb::History | LineVerb::Older | LineVerb::Newer => {
                let count = if rest.is_empty() { PAGE } else { rest.parse().ok()? };
                if !(1..=200).contains(&count) {
                    return None;
                }
                self.turn_page(chats, verb, count);
            }
            LineVerb::Say => {
                let (number, _) = number(rest);
                if !rest.is_empty() && number.is_none() {
                    return None;
                }
                self.say_one(chats, number);
            }
            LineVerb::Reveal => {
                let message = self.target(chats, number(rest).0, |_| true);
                if let Some(message) = message {
                    if words::hides(&message.content, self.language) {
                        for line in self.text_lines(&message.content, true) {
                            self.say(&line);
                        }
                    } else {
                        self.tell(Text::SpNothingHidden, &[&message.seq.to_string()]);
                    }
                }
            }
            LineVerb::Where => self.say_where(chats),
            LineVerb::Quiet => self.loudness(Loudness::Quiet, Text::SpQuiet),
            LineVerb::Normal => self.loudness(Loudness::Normal, Text::SpNormal),
            LineVerb::Chatty => self.loudness(Loudness::Chatty, Text::SpChatty),
            LineVerb::Draft => self.draft(chats, rest),
            LineVerb::Drafts => self.list_drafts(chats),
            LineVerb::Finish => self.finish(chats, rest),
            LineVerb::Lines => self.begin_block(Vec::new()),
            LineVerb::End => match self.block.take() {
                Some(mut lines) => {
                    let fences = lines.iter().filter(|line| line.trim_start().starts_with("```")).count();
                    // The code that was begun last is not ended yet.
                    if fences % 2 == 1 {
                        lines.push("```".to_owned());
                    }
                    let content = lines.join("\n").trim_end().to_owned();
                    if content.is_empty() {
                        self.say(self.language.text(Text::SpBlockGone));
                    } else {
                        self.send_text(content, MessageType::Text, None);
                    }
                }
                None => self.say(self.language.text(Text::SpNoBlock)),
            },
            LineVerb::Cancel => {
                let text = if self.block.take().is_some() { Text::SpBlockGone } else { Text::SpNoBlock };
                self.say(self.language.text(text));
            }
            LineVerb::Yes => self.agreed(),
        }
        Some(())
    }

    fn run_both(&mut self, chats: &State, verb: Verb, rest: &str) -> Option<()> {
        let done = || Ask::Tell(self.language.text(Text::Done).to_owned());
        match verb {
            Verb::Help => self.help(rest),
            Verb::Quit => self.acts.push(Act::Quit),
            Verb::Join => self.join(rest),
            Verb::Rooms => {
                let q = (!rest.is_empty()).then(|| rest.to_owned());
                self.look_up(
                    Ask::Rooms,
                    Command::ListRooms(ListRooms { q, cursor: None, limit: Some(limits::PAGE_MAX) }),
                );
            }
            Verb::New => {
                let (kind, name) = split(rest);
                let kind = match kind {
                    "group" => ChatKind::Group,
                    "channel" => ChatKind::Channel,
                    "room" => ChatKind::Room,
                    _ => return None,
                };
                if name.is_empty() {
                    return None;
                }
                let chat =
                    CreateChat { kind, name: name.to_owned(), description: String::new(), slug: None, members: vec![] };
                self.change(Ask::Open, Command::CreateChat(chat));
            }
            Verb::Msg => {
                let (name, content) = split(rest);
                let ask = if content.is_empty() { Ask::Open } else { Ask::DirectFor(content.to_owned()) };
                self.change(ask, Command::StartDirect(StartDirect { username: person(name).to_owned() }));
            }
            Verb::Me => self.send_text(rest.to_owned(), MessageType::Emote, None),
            Verb::Shrug => self.send_text(format!("{rest} {SHRUG}").trim().to_owned(), MessageType::Text, None),
            Verb::Spoiler => self.send_text(format!("||{rest}||"), MessageType::Text, None),
            Verb::Code => self.begin_block(vec![format!("```{}", split(rest).0)]),
            Verb::Search => self.search(chats, rest),
            Verb::Scheduled => return self.list_scheduled(rest),
            Verb::Nick => {
                let profile = UpdateProfile { display_name: Some(rest.to_owned()), ..UpdateProfile::default() };
                self.change(done(), Command::UpdateProfile(profile));
            }
            Verb::Status => {
                let (first, after) = split(rest);
                let emoji = vestnik_proto::names::is_reaction(first).then(|| first.to_owned());
                let status = if emoji.is_some() { after } else { rest };
                let profile = UpdateProfile {
                    status_text: Some((!status.is_empty()).then(|| status.to_owned())),
                    status_emoji: Some(emoji),
                    ..UpdateProfile::default()
                };
                self.change(done(), Command::UpdateProfile(profile));
            }
            Verb::Away => self.be(PresenceStatus::Away),
            Verb::Dnd => self.be(PresenceStatus::Dnd),
            Verb::Back => self.be(PresenceStatus::Online),
            Verb::Accounts => return self.list_accounts(rest),
            Verb::Logout => {
                self.asked = Some(Asked::SignOut);
                let name = text::line(&self.username);
                self.tell(Text::SpAskLogout, &[&name]);
            }
            // A form needs a screen.
            Verb::Connect => {}
            _ => match self.current(chats) {
                Some(chat) => return self.run_here(chats, chat, verb, rest),
                None => self.say(self.language.text(Text::SpNoChat)),
            },
        }
        Some(())
    }

    /// What is about the open chat.
    fn run_here(&mut self, chats: &State, chat: &ChatState, verb: Verb, rest: &str) -> Option<()> {
        let chat_id = chat.info.id.clone();
        let done = Ask::Tell(self.language.text(Text::Done).to_owned());
        let (seq, after) = number(rest);
        let settings = chat.info.settings.clone();
        let set = SetChatSettings {
            chat_id: chat_id.clone(),
            muted_until: None,
            archived: None,
            favourite: None,
            marked_unread: None,
        };
        match verb {
            Verb::Leave => {
                self.asked = Some(Asked::Leave(chat_id));
                let title = self.title(chat);
                self.tell(Text::SpAskLeave, &[&title]);
            }
            Verb::Invite if rest.is_empty() => {
                let invite = CreateInvite { chat_id, expires_in: None, max_uses: None, role: None };
                self.change(Ask::Invite, Command::CreateInvite(invite));
            }
            Verb::Invite => {
                let username = person(rest).to_owned();
                let told = self.language.fill(Text::Added, &[&text::line(&username)]);
                self.change(Ask::Tell(told), Command::AddMember(AddMember { chat_id, username, role: None }));
            }
            Verb::Kick => self.on_person(chat_id, rest, PersonAct::Kick),
            Verb::Ban => self.on_person(chat_id, rest, PersonAct::Role(Role::Blocked)),
            Verb::Unban => self.on_person(chat_id, rest, PersonAct::Role(Role::Member)),
            Verb::Role => {
                let (name, role) = split(rest);
                let role = match role {
                    "admin" => Role::Admin,
                    "member" => Role::Member,
                    "viewer" => Role::Viewer,
                    _ => return None,
                };
                self.on_person(chat_id, name, PersonAct::Role(role));
            }
            Verb::Topic => {
                let change = UpdateChat { chat_id, name: None, description: Some(rest.to_owned()) };
                self.change(done, Command::UpdateChat(change));
            }
            Verb::Rename => {
                let change = UpdateChat { chat_id, name: Some(rest.to_owned()), description: None };
                self.change(done, Command::UpdateChat(change));
            }
            Verb::Delete => {
                if seq.is_none() && !rest.is_empty() {
                    return None;
                }
                let me = self.me;
                let mine = |message: &Message| Some(message.sender_id) == me;
                let Some(message) = self.target(chats, seq, mine) else { return Some(()) };
                if !mine(&message) && !chat.info.permissions.contains(&Permission::DeleteAny) {
                    self.say(self.language.text(Text::NotYours));
                    return Some(());
                }
                self.asked = Some(Asked::Delete(chat_id, message.id.clone()));
                let quote = words::quote(&message.content, self.language);
                self.tell(Text::SpAskDelete, &[&message.seq.to_string(), &quote]);
            }
            Verb::Edit => {
                let me = self.me;
                let mine = |message: &Message| Some(message.sender_id) == me;
                if after.is_empty() {
                    return None;
                }
                let Some(message) = self.target(chats, seq, mine) else { return Some(()) };
                if !mine(&message) {
                    self.say(self.language.text(Text::NotYours));
                    return Some(());
                }
                let (message_id, content) = (message.id, after.to_owned());
                let edit = EditMessage { chat_id: chat_id.clone(), message_id, content, mentions: vec![] };
                self.send(chat_id, Command::EditMessage(edit));
            }
            Verb::Reply => {
                if after.is_empty() {
                    return None;
                }
                if let Some(message) = self.target(chats, seq, |_| true) {
                    self.send_text(after.to_owned(), MessageType::Text, Some(message.id));
                }
            }
            Verb::React => return self.react(chats, chat_id, seq, after),
            Verb::Pin => {
                if let Some(message) = self.target(chats, seq, |_| true) {
                    let told = MessageRef { chat_id, message_id: message.id };
                    let command = if message.pinned { Command::UnpinMessage(told) } else { Command::PinMessage(told) };
                    self.change(done, command);
                }
            }
            Verb::Pins => self.look_up(Ask::Pins(chat_id.clone()), Command::ListPins(ChatRef { chat_id })),
            Verb::Link => {
                if let Some(message) = self.target(chats, seq, |_| true) {
                    let link = format!("{}/c/{chat_id}/{}", web_of(&self.server), message.seq);
                    self.say(&link);
                }
            }
            Verb::Readers => {
                if let Some(message) = self.target(chats, seq, |_| true) {
                    let message = MessageRef { chat_id, message_id: message.id };
                    self.look_up(Ask::Readers, Command::ListReaders(message));
                }
            }
            Verb::Later => return self.later(chat_id, rest),
            Verb::Date => {
                let Some(day) = dates::day(rest, self.now, &self.zone) else {
                    self.tell(Text::NoSuchDate, &[&text::line(rest)]);
                    return Some(());
                };
                self.go_to_day(chats, chat_id, day);
            }
            Verb::Members => {
                let list = ListMembers { chat_id, cursor: None, limit: Some(limits::PAGE_MAX) };
                self.look_up(Ask::Members, Command::ListMembers(list));
            }
            Verb::Mute => {
                let until = if rest.is_empty() { FOR_EVER } else { self.now.plus_secs(dates::span_secs(rest)?) };
                self.change(done, Command::SetChatSettings(SetChatSettings { muted_until: Some(Some(until)), ..set }));
            }
            Verb::Unmute => {
                self.change(done, Command::SetChatSettings(SetChatSettings { muted_until: Some(None), ..set }));
            }
            Verb::Favourite => {
                let change = SetChatSettings { favourite: Some(!settings.favourite), ..set };
                self.change(done, Command::SetChatSettings(change));
            }
            Verb::Archive => {
                let change = SetChatSettings { archived: Some(!settings.archived), ..set };
                self.change(done, Command::SetChatSettings(change));
            }
            Verb::Unread => {
                let change = SetChatSettings { marked_unread: Some(true), ..set };
                self.change(done, Command::SetChatSettings(change));
            }
            _ => {}
        }
        Some(())
    }

    fn loudness(&mut self, level: Loudness, text: Text) {
        self.level = level;
        self.say(self.language.text(text));
    }

    fn be(&mut self, status: PresenceStatus) {
        self.presence = status;
        let done = Ask::Tell(self.language.text(Text::Done).to_owned());
        self.change(done, Command::Presence(SetPresence { status }));
    }

    fn help(&mut self, word: &str) {
        let russian = self.language == Language::Ru;
        let pick = |both: (&'static str, &'static str)| if russian { both.1 } else { both.0 };
        let word = word.trim_start_matches('/').to_lowercase();
        let mut found = false;
        for row in in_lines() {
            let what = pick(row.what);
            if !row.name.contains(&word) && !row.aliases.contains(&&*word) && !what.to_lowercase().contains(&word) {
                continue;
            }
            found = true;
            let line = format!("/{} {}", row.name, pick(row.args));
            self.say(&format!("{}: {what}.", line.trim_end()));
        }
        if !found {
            self.tell(Text::SpNoSuchHelp, &[&text::line(&word)]);
        }
    }

    /// The message with a number, or the newest that fits. That there is none is told.
    fn target(&mut self, chats: &State, seq: Option<i64>, fits: impl Fn(&Message) -> bool) -> Option<Message> {
        let Some(chat) = self.current(chats) else {
            self.say(self.language.text(Text::SpNoChat));
            return None;
        };
        let message = match seq {
            Some(seq) => chat.messages.get(&seq).filter(|message| !message.deleted),
            None => chat.messages.values().rev().find(|message| !message.deleted && fits(message)),
        };
        if message.is_none() {
            match seq {
                Some(seq) if (1..=chat.last_seq).contains(&seq) => {
                    self.tell(Text::SpNoSuchMessage, &[&seq.to_string()])
                }
                Some(seq) => self.tell(Text::SpNoMessage, &[&seq.to_string()]),
                None => self.say(self.language.text(Text::NothingOfYours)),
            }
        }
        message.cloned()
    }

    fn react(&mut self, chats: &State, chat_id: ChatId, seq: Option<i64>, wish: &str) -> Option<()> {
        if wish.is_empty() {
            return None;
        }
        let by_name = emoji::find(wish.trim_matches(':'), 1).first().map(|(emoji, _)| *emoji);
        let emoji = if wish.is_ascii() { by_name.unwrap_or(wish) } else { wish };
        if !vestnik_proto::names::is_reaction(emoji) {
            self.tell(Text::NoSuchEmoji, &[&text::line(emoji)]);
        } else if let Some(message) = self.target(chats, seq, |_| true) {
            let mine = message.reactions.get(emoji).is_some_and(|users| self.me.is_some_and(|me| users.contains(&me)));
            let react = React { chat_id: chat_id.clone(), message_id: message.id, emoji: emoji.to_owned() };
            self.send(chat_id, if mine { Command::Unreact(react) } else { Command::React(react) });
        }
        Some(())
    }

    fn agreed(&mut self) {
        match self.asked.take() {
            None => self.say(self.language.text(Text::SpNothingAsked)),
            Some(Asked::Delete(chat_id, message_id)) => {
                let message = MessageRef { chat_id: chat_id.clone(), message_id };
                self.send(chat_id, Command::DeleteMessage(message));
            }
            Some(Asked::Leave(chat_id)) => {
                let told = Ask::Tell(self.language.text(Text::LeftChat).to_owned());
                self.change(told, Command::Leave(ChatRef { chat_id }));
            }
            Some(Asked::SignOut) => self.acts.push(Act::SignOut),
        }
    }

    fn begin_block(&mut self, lines: Vec<String>) {
        self.block = Some(lines);
        self.say(self.language.text(Text::SpBlock));
    }

    /// Joins a room by its name, or a chat by an invite's link or code.
    fn join(&mut self, target: &str) {
        let code = target.rsplit_once("/invite/").map(|(_, code)| code.trim_end_matches('/').to_owned());
        if code.is_some() {
            return self.change(Ask::Open, Command::Join(Join { chat_id: None, invite: code }));
        }
        let room = target.trim_start_matches('#').to_owned();
        let join = Join { chat_id: Some(ChatId(room.clone())), invite: None };
        self.change(Ask::Join(room), Command::Join(join));
    }

    /// Does something to a person, whose number must be asked for first.
    fn on_person(&mut self, chat_id: ChatId, name: &str, act: PersonAct) {
        let username = person(split(name).0).to_owned();
        self.change(Ask::Person(chat_id, act), Command::GetUser(GetUser { username }));
    }

    fn later(&mut self, chat_id: ChatId, rest: &str) -> Option<()> {
        let (when, content) = split(rest);
        let Some(send_at) = dates::moment(when, self.now, &self.zone).filter(|at| *at > self.now) else {
            self.tell(Text::NoSuchMoment, &[&text::line(when)]);
            return Some(());
        };
        if content.is_empty() {
            return None;
        }
        let message = ScheduleMessage {
            chat_id: chat_id.clone(),
            content: content.to_owned(),
            message_type: MessageType::Text,
            reply_to: None,
            send_at,
        };
        self.send(chat_id, Command::ScheduleMessage(message));
        let at = local(&self.zone, send_at);
        self.tell(Text::WillBeSent, &[&format!("{} {}", at.date(), clock(at))]);
        Some(())
    }

    // Chats.

    /// The chats in the order of the list: favourites, then by what happened last.
    pub(super) fn order<'a>(&self, chats: &'a State) -> Vec<&'a ChatState> {
        let mut order: Vec<&ChatState> = chats.chats.values().filter(|chat| !chat.deleted).collect();
        order.sort_by_cached_key(|chat| {
            let last = chat.messages.last_key_value().map_or(chat.info.created_at, |(_, message)| message.timestamp);
            (chat.info.settings.archived, !chat.info.settings.favourite, Reverse(last), chat.info.id.clone())
        });
        order
    }

    fn list_chats(&mut self, chats: &State, unread: bool) {
        let order = self.order(chats);
        let order: Vec<&ChatState> = order.into_iter().filter(|chat| !unread || chat.shows_unread()).collect();
        self.listed = order.iter().map(|chat| chat.info.id.clone()).collect();
        if order.is_empty() {
            return self.say(self.language.text(if unread { Text::NothingUnread } else { Text::NoChats }));
        }
        for (at, chat) in order.into_iter().enumerate() {
            let language = self.language;
            let settings = &chat.info.settings;
            let mut line = language
                .fill(Text::SpChatLine, &[&(at + 1).to_string(), &self.title(chat), language.kind(chat.info.kind)]);
            if chat.unread() > 0 {
                line.push_str(&language.fill(Text::SpUnread, &[&chat.unread().to_string()]));
            }
            let mentions = self.me.map_or(0, |me| chat.unread_mentions(me));
            if mentions > 0 {
                line.push_str(&language.fill(Text::SpMentions, &[&mentions.to_string()]));
            }
            let marks = [
                (Some(&chat.info.id) == self.chat.as_ref(), Text::SpOpen),
                (settings.marked_unread, Text::SpMarkedUnread),
                (self.is_muted(chat), Text::SpMuted),
                (settings.favourite, Text::SpFavourite),
                (settings.archived, Text::SpArchived),
                (self.draft_of(chat).is_some(), Text::SpDraftMark),
            ];
            for (_, mark) in marks.iter().filter(|(is, _)| *is) {
                line.push_str(language.text(*mark));
            }
            self.say(&line);
        }
    }

    /// A chat of mine: by its number in the list read last, its name or id, or a person's `@name`.
    pub(super) fn find_chat(&self, chats: &State, wish: &str) -> Option<ChatId> {
        let number = wish.parse::<usize>().ok().and_then(|number| self.listed.get(number.checked_sub(1)?));
        if let Some(chat_id) = number.filter(|chat_id| chats.chats.contains_key(*chat_id)) {
            return Some(chat_id.clone());
        }
        let fold = vestnik_proto::names::fold;
        let name = fold(wish.trim_start_matches('#'));
        let by_id = ChatId::from(wish.trim_start_matches('#'));
        let is_mine = |chat: &&ChatState| !chat.deleted && chat.info.role.is_some_and(|role| role != Role::Blocked);
        let mine = || chats.chats.values().filter(is_mine);
        let peer = |chat: &&ChatState| {
            let wanted = wish.strip_prefix('@').map(fold);
            chat.info.peer.as_ref().is_some_and(|peer| wanted == Some(fold(&peer.username)))
        };
        let found = mine().find(|chat| chat.info.id == by_id).or_else(|| mine().find(peer));
        let found = found.or_else(|| mine().find(|chat| fold(chat.title()) == name));
        found.map(|chat| chat.info.id.clone())
    }

    /// Goes where I am not yet: to a person after `@`, or into a room.
    pub(super) fn go(&mut self, wish: &str) {
        match wish.strip_prefix('@') {
            Some(name) => {
                let direct = StartDirect { username: name.to_owned() };
                self.change(Ask::Open, Command::StartDirect(direct));
            }
            None if wish.chars().all(|c| c.is_ascii_digit()) => self.tell(Text::SpNoNumber, &[wish]),
            None => self.join(wish),
        }
    }

    fn say_where(&mut self, chats: &State) {
        let title = self.current(chats).map_or_else(|| "-".to_owned(), |chat| self.title(chat));
        let (name, server) = (text::line(&self.username), text::line(&self.server));
        self.tell(Text::SpWhere, &[&name, &server, &title]);
        self.say(self.language.text(if self.online { Text::SpConnected } else { Text::SpOffline }));
        if !self.waiting.is_empty() {
            self.tell(Text::SpWaiting, &[&self.waiting.len().to_string()]);
        }
        // What comes in the open chat is read out at once.
        let others = chats.chats.values().filter(|chat| !chat.deleted && Some(&chat.info.id) != self.chat.as_ref());
        let unread = others.filter(|chat| chat.shows_unread()).count();
        self.tell(Text::SpUnreadAll, &[&unread.to_string()]);
    }

    // Messages.

    fn turn_page(&mut self, chats: &State, verb: LineVerb, count: u32) {
        let Some(chat) = self.current(chats) else { return self.say(self.language.text(Text::SpNoChat)) };
        let newest = History::newest(chat.info.id.clone(), count);
        let last = chat.last_seq;
        let (page, history) = match (verb, self.page) {
            (LineVerb::Older, Some((1, _))) => return self.say(self.language.text(Text::SpNoOlder)),
            (LineVerb::Newer, Some((_, seq))) if seq >= last => {
                return self.say(self.language.text(Text::SpNoNewer));
            }
            (LineVerb::Older, Some((first, _))) => (Page::Older, History { before: Some(first), ..newest }),
            (LineVerb::Newer, Some((_, last))) => (Page::Newer, History { after: Some(last), ..newest }),
            _ => (Page::Newest, newest),
        };
        self.read_page(chats, page, history);
    }

    fn say_one(&mut self, chats: &State, seq: Option<i64>) {
        let Some(chat) = self.current(chats) else { return self.say(self.language.text(Text::SpNoChat)) };
        let seq = seq.unwrap_or(chat.last_seq);
        match chat.messages.get(&seq) {
            Some(message) => self.say_everything(chat, message),
            None if (1..=chat.last_seq).contains(&seq) => {
                let chat_id = chat.info.id.clone();
                let history = History { before: Some(seq + 1), ..History::newest(chat_id.clone(), 1) };
                self.look_up(Ask::One(chat_id, seq), Command::History(history));
            }
            None => self.tell(Text::SpNoMessage, &[&seq.to_string()]),
        }
    }

    /// Reads what was said from a day on. Where that begins is told by the message before it.
    fn go_to_day(&mut self, chats: &State, chat_id: ChatId, day: jiff::civil::Date) {
        let Some(start) = dates::start(day, &self.zone) else { return };
        if self.online {
            let history = History { before_timestamp: Some(start), ..History::newest(chat_id.clone(), 1) };
            return self.ask(Ask::Before(chat_id, day), Command::History(history));
        }
        let Some(chat) = chats.chats.get(&chat_id) else { return };
        let before = chat.messages.values().rev().find(|message| message.timestamp < start);
        self.read_day(chats, chat_id, day, before.map_or(0, |message| message.seq));
    }

    /// Reads what was said on a day, which begins after a message.
    pub(super) fn read_day(&mut self, chats: &State, chat_id: ChatId, day: jiff::civil::Date, before: i64) {
        let history = History { after: Some(before), ..History::newest(chat_id, PAGE) };
        self.read_page(chats, Page::Day(day), history);
    }

    fn search(&mut self, chats: &State, words: &str) {
        let folded = words.to_lowercase();
        let mut hits: Vec<(&ChatState, &Message)> = Vec::new();
        for chat in chats.chats.values() {
            let found = chat.messages.values().filter(|m| !m.deleted && m.content.to_lowercase().contains(&folded));
            hits.extend(found.map(|message| (chat, message)));
        }
        hits.sort_by_key(|(_, message)| Reverse(message.timestamp));
        if hits.is_empty() {
            return self.tell(Text::NoHits, &[&text::line(words)]);
        }
        for (chat, message) in hits.into_iter().take(HITS) {
            let day = local(&self.zone, message.timestamp).date();
            let day = self.language.day(day, self.today());
            let sentence = self.sentence(chat, message, words::How { time: true, reactions: false });
            let title = self.title(chat);
            self.tell(Text::SpFound, &[&title, &day, &sentence]);
        }
    }

    // Drafts.

    fn draft(&mut self, chats: &State, rest: &str) {
        let Some(chat) = self.current(chats) else { return self.say(self.language.text(Text::SpNoChat)) };
        if rest.is_empty() {
            match self.draft_of(chat) {
                Some(_) => self.say_draft(chats),
                None => self.say(self.language.text(Text::SpNoDraft)),
            }
            return;
        }
        self.keep_draft(chat.info.id.clone(), rest.to_owned());
        self.say(self.language.text(Text::SpDraftKept));
    }

    fn keep_draft(&mut self, chat_id: ChatId, content: String) {
        self.drafts.insert(chat_id.clone(), content.clone());
        let draft = SetDraft { chat_id: chat_id.clone(), content, reply_to: None };
        self.send(chat_id, Command::SetDraft(draft));
    }

    fn list_drafts(&mut self, chats: &State) {
        let mut none = true;
        for chat in self.order(chats) {
            if let Some((content, _)) = self.draft_of(chat) {
                none = false;
                let said = words::one_line(&content, self.language);
                let title = self.title(chat);
                self.tell(Text::SpDraftIn, &[&title, &said]);
            }
        }
        if none {
            self.say(self.language.text(Text::SpNoDraft));
        }
    }

    fn finish(&mut self, chats: &State, more: &str) {
        let Some(chat) = self.current(chats) else { return self.say(self.language.text(Text::SpNoChat)) };
        let Some((content, reply_to)) = self.draft_of(chat) else {
            return self.say(self.language.text(Text::SpNoDraft));
        };
        let chat_id = chat.info.id.clone();
        let content = format!("{content} {more}").trim_end().to_owned();
        self.send_to(chat_id.clone(), content, MessageType::Text, reply_to);
        self.keep_draft(chat_id, String::new());
    }

    fn list_scheduled(&mut self, rest: &str) -> Option<()> {
        if rest.is_empty() {
            self.look_up(Ask::Scheduled, Command::ListScheduled(Default::default()));
            return Some(());
        }
        let number: usize = rest.parse().ok()?;
        match number.checked_sub(1).and_then(|at| self.scheduled.get(at)) {
            Some(one) => {
                let told = Ask::Tell(self.language.text(Text::Cancelled).to_owned());
                let scheduled_id = one.id.clone();
                self.change(told, Command::CancelScheduled(ScheduledRef { scheduled_id }));
            }
            None => self.tell(Text::SpNoNumber, &[&number.to_string()]),
        }
        Some(())
    }

    fn list_accounts(&mut self, rest: &str) -> Option<()> {
        if !rest.is_empty() {
            let number: usize = rest.parse().ok()?;
            match number.checked_sub(1).and_then(|at| self.accounts.get(at)).cloned() {
                Some(account) => self.acts.push(Act::Switch(account)),
                None => self.tell(Text::SpNoNumber, &[&number.to_string()]),
            }
            return Some(());
        }
        for (at, account) in self.accounts.clone().iter().enumerate() {
            let open = account.server == self.server && account.username == self.username;
            let open = if open { self.language.text(Text::SpOpen) } else { "" };
            let (name, server) = (text::line(&account.username), text::line(&account.server));
            self.tell(Text::SpAccount, &[&(at + 1).to_string(), &name, &server, open]);
        }
        Some(())
    }

    /// Lists that were asked for.
    pub(super) fn list(&mut self, chats: &State, ask: Ask, answer: Answer) {
        match (ask, answer) {
            (Ask::Rooms, Answer::Rooms { rooms, .. }) => {
                for room in &rooms {
                    let joined = if room.joined { self.language.text(Text::SpRoomJoined) } else { "" };
                    let (id, name) = (text::line(room.id.as_str()), text::line(&room.name));
                    self.tell(Text::SpRoom, &[&id, &name, &room.member_count.to_string(), joined]);
                }
                self.nothing_if(rooms.is_empty());
            }
            (Ask::Members, Answer::Members { members, next }) => {
                for member in members {
                    let presence = match self.others.get(&member.user_id) {
                        Some(PresenceStatus::Online) => self.language.text(Text::SpOnlineWord),
                        Some(PresenceStatus::Away) => self.language.text(Text::SpAwayWord),
                        Some(PresenceStatus::Dnd) => self.language.text(Text::SpDndWord),
                        _ => "",
                    };
                    let mine = Some(member.user_id) == self.me;
                    let you = if mine { format!(" {}", self.language.text(Text::You)) } else { String::new() };
                    let role = self.language.role(member.role);
                    self.say(&format!("{}{you}, {role}{presence}", text::line(&member.username)));
                }
                if next.is_some() {
                    self.say(self.language.text(Text::MoreMembers));
                }
            }
            (Ask::Invite, Answer::Invite { invite }) => {
                let (web, code) = (web_of(&self.server), text::line(&invite.code));
                let link = if web.starts_with("http") { format!("{web}/invite/{code}") } else { code };
                self.tell(Text::SpInvite, &[&link]);
            }
            (Ask::Person(chat_id, act), Answer::User { user }) => {
                let told = Ask::Tell(self.language.text(Text::Done).to_owned());
                let command = match act {
                    PersonAct::Kick => Command::RemoveMember(MemberRef { chat_id, user_id: user.id }),
                    PersonAct::Role(role) => Command::SetRole(SetRole { chat_id, user_id: user.id, role }),
                };
                self.change(told, command);
            }
            (Ask::Scheduled, Answer::ScheduledList { scheduled }) => {
                self.nothing_if(scheduled.is_empty());
                for (at, one) in scheduled.iter().enumerate() {
                    let when = local(&self.zone, one.send_at);
                    let day = self.language.day(when.date(), self.today());
                    let title = self.title_of(chats, &one.chat_id);
                    let said = words::one_line(&one.content, self.language);
                    self.tell(Text::SpScheduled, &[&(at + 1).to_string(), &day, &clock(when), &title, &said]);
                }
                self.scheduled = scheduled;
            }
            (Ask::Readers, Answer::Readers { readers }) => {
                let names: Vec<String> = readers.iter().map(|reader| text::line(&reader.username)).collect();
                match names.as_slice() {
                    [] => self.say(self.language.text(Text::NobodyRead)),
                    names => self.tell(Text::SpReadBy, &[&names.join(", ")]),
                }
            }
            (Ask::Pins(chat_id), Answer::Pins { messages }) => {
                self.nothing_if(messages.is_empty());
                let Some(chat) = chats.chats.get(&chat_id) else { return };
                for message in &messages {
                    let line = self.sentence(chat, message, words::How { time: true, reactions: false });
                    self.say(&line);
                }
            }
            _ => {}
        }
    }

    fn nothing_if(&mut self, nothing: bool) {
        if nothing {
            self.say(self.language.text(Text::NothingFound));
        }
    }
}

/// The first word, and the rest without the space around it.
fn split(text: &str) -> (&str, &str) {
    text.trim().split_once(char::is_whitespace).map_or((text.trim(), ""), |(first, rest)| (first, rest.trim()))
}

/// A message's number at the beginning, and what follows it.
fn number(text: &str) -> (Option<i64>, &str) {
    let (first, rest) = split(text);
    let digits = first.strip_prefix('#').unwrap_or(first);
    match digits.parse::<i64>() {
        Ok(number) if digits.bytes().all(|byte| byte.is_ascii_digit()) => (Some(number), rest),
        _ => (None, text.trim()),
    }
}

/// Whether a command cannot stand alone: something in its pattern is outside of brackets.
fn needs_more(args: &str) -> bool {
    args.split(' ').any(|word| !word.is_empty() && !word.starts_with('['))
}

/// A username without what people write before it.
fn person(name: &str) -> &str {
    name.trim().trim_start_matches('@')
}
