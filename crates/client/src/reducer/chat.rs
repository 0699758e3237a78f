//! Folding the log of a chat.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use vestnik_proto::event::MemberChange;
use vestnik_proto::frame::{ChatReset, HistoryPage};
use vestnik_proto::{ChatEvent, ChatEventContent, ChatId, Member, Message, PassingEvent, Role, User, UserId};

use super::{Applied, ChatInfo, ChatState, State};

impl State {
    /// Folds the next event of a chat's log.
    pub fn apply_chat(&mut self, event: &ChatEvent) -> Applied {
        let me = self.me;
        match self.chats.entry(event.chat_id.clone()) {
            Entry::Occupied(entry) => entry.into_mut().apply(me, event),
            Entry::Vacant(entry) => match created(event) {
                Some(chat) => {
                    entry.insert(chat);
                    Applied::Applied
                }
                None => Applied::UnknownChat,
            },
        }
    }

    /// Starts a chat anew: what was known of its log is dropped.
    pub fn reset(&mut self, reset: &ChatReset) {
        let mut chat = ChatState::from(&*reset.chat);
        chat.rev = reset.rev;
        // The page is the newest one, so it holds the newest message too if there is one.
        chat.messages = reset.messages.iter().map(|message| (message.seq, message.clone())).collect();
        self.chats.insert(reset.chat_id.clone(), chat);
    }

    /// Adds a page of messages. `false` when the chat is not known.
    ///
    /// Messages that are here already stay as they are: the log has kept them current, while the
    /// page may have been read before an event that has arrived since.
    pub fn load_history(&mut self, page: &HistoryPage) -> bool {
        let Some(chat) = self.chats.get_mut(&page.chat_id) else { return false };
        for message in &page.messages {
            let kept = chat.messages.entry(message.seq).or_insert_with(|| message.clone());
            if message.deleted && !kept.deleted {
                *kept = message.clone();
            }
        }
        true
    }

    /// Adds a page of members. `false` when the chat is not known.
    pub fn load_members(&mut self, chat_id: &ChatId, members: &[Member]) -> bool {
        let Some(chat) = self.chats.get_mut(chat_id) else { return false };
        for member in members {
            let kept = chat.members.entry(member.user_id).or_insert_with(|| member.clone());
            kept.has_read(member.read_seq);
            kept.has_received(member.delivered_seq);
        }
        true
    }

    /// Takes what passing events tell of lasting things: names, and how far others have read.
    pub fn apply_passing(&mut self, event: &PassingEvent) {
        match event {
            PassingEvent::ReadMarker { chat_id, user_id, seq } => {
                if let Some(member) = self.chats.get_mut(chat_id).and_then(|chat| chat.members.get_mut(user_id)) {
                    member.has_read(*seq);
                }
            }
            PassingEvent::DeliveryMarker { chat_id, user_id, seq } => {
                if let Some(member) = self.chats.get_mut(chat_id).and_then(|chat| chat.members.get_mut(user_id)) {
                    member.has_received(*seq);
                }
            }
            PassingEvent::Profile { user } => self.show_profile(user),
            PassingEvent::Typing { .. } | PassingEvent::Presence { .. } | PassingEvent::PresenceState { .. } => {}
        }
    }

    /// Takes someone's profile everywhere they are shown.
    pub(super) fn show_profile(&mut self, user: &User) {
        for chat in self.chats.values_mut() {
            if let Some(peer) = chat.info.peer.as_mut().filter(|peer| peer.id == user.id) {
                *peer = user.clone();
            }
            if let Some(member) = chat.members.get_mut(&user.id) {
                member.display_name.clone_from(&user.display_name);
            }
        }
    }
}

/// The chat that its first event makes.
fn created(event: &ChatEvent) -> Option<ChatState> {
    let ChatEventContent::ChatCreated { kind, name, description, timestamp, .. } = &event.content else { return None };
    (event.rev == 1).then(|| ChatState {
        info: ChatInfo {
            id: event.chat_id.clone(),
            kind: *kind,
            name: name.clone(),
            description: description.clone(),
            created_at: *timestamp,
            peer: None,
            role: None,
            permissions: Vec::new(),
            read_seq: 0,
            settings: Default::default(),
            draft: None,
        },
        rev: 1,
        last_seq: 0,
        member_count: 0,
        members: BTreeMap::new(),
        messages: BTreeMap::new(),
        deleted: false,
    })
}

impl ChatState {
    /// Folds the next event into this chat.
    fn apply(&mut self, me: Option<UserId>, event: &ChatEvent) -> Applied {
        let applied = Applied::check(self.rev, event.rev);
        if applied == Applied::Applied {
            self.rev = event.rev;
            self.fold(me, &event.content);
        }
        applied
    }

    fn fold(&mut self, me: Option<UserId>, content: &ChatEventContent) {
        match content {
            ChatEventContent::ChatCreated { kind, name, description, timestamp, .. } => {
                self.info.kind = *kind;
                self.info.name.clone_from(name);
                self.info.description.clone_from(description);
                self.info.created_at = *timestamp;
            }
            ChatEventContent::ChatUpdated { name, description, .. } => {
                self.info.name.clone_from(name);
                self.info.description.clone_from(description);
            }
            ChatEventContent::ChatDeleted { .. } => self.deleted = true,
            ChatEventContent::MemberChanged { change, member, .. } => self.fold_member(me, *change, member),
            ChatEventContent::NewMessage { message } => self.fold_message(me, message),
            ChatEventContent::MessageEdited { seq, content, mentions, mention_all, edited_at, .. } => {
                // A replay materialises present state, so an edit may come after the stub it led to.
                if let Some(message) = self.live_message(*seq) {
                    message.content.clone_from(content);
                    message.mentions.clone_from(mentions);
                    message.mention_all = *mention_all;
                    message.edited = true;
                    message.edited_at = Some(*edited_at);
                }
            }
            ChatEventContent::MessageDeleted { seq, deleted_by, deleted_at, .. } => {
                if let Some(message) = self.live_message(*seq) {
                    message.content.clear();
                    message.mentions.clear();
                    message.mention_all = None;
                    message.reactions.clear();
                    message.edited = false;
                    message.edited_at = None;
                    message.pinned = false;
                    message.deleted = true;
                    message.deleted_at = Some(*deleted_at);
                    message.deleted_by = Some(*deleted_by);
                }
            }
            ChatEventContent::ReactionChanged { seq, emoji, user_id, added, .. } => {
                if let Some(message) = self.live_message(*seq) {
                    fold_reaction(&mut message.reactions, emoji, *user_id, *added);
                }
            }
            ChatEventContent::PinChanged { seq, pinned, .. } => {
                if let Some(message) = self.live_message(*seq) {
                    message.pinned = *pinned;
                }
            }
        }
    }

    /// A loaded message of which more than the stub is left.
    fn live_message(&mut self, seq: i64) -> Option<&mut Message> {
        self.messages.get_mut(&seq).filter(|message| !message.deleted)
    }

    fn fold_message(&mut self, me: Option<UserId>, message: &Message) {
        self.last_seq = self.last_seq.max(message.seq);
        if me == Some(message.sender_id) && self.info.role.is_some() {
            // Sending means having read what stands before. One who only looks in has no marker.
            self.info.read_seq = self.info.read_seq.max(message.seq);
        }
        if let Some(sender) = self.members.get_mut(&message.sender_id) {
            sender.has_read(message.seq);
        }
        // A page loaded before this event may already know that the message is gone.
        if self.messages.get(&message.seq).is_none_or(|kept| !kept.deleted) {
            self.messages.insert(message.seq, message.clone());
        }
    }

    /// Whether every member that counts is loaded.
    fn knows_all_members(&self) -> bool {
        let known = self.members.values().filter(|member| member.role != Role::Blocked).count();
        i64::try_from(known).is_ok_and(|known| known >= self.member_count)
    }

    fn fold_member(&mut self, me: Option<UserId>, change: MemberChange, member: &Member) {
        let before = self.members.get(&member.user_id).map(|known| known.role != Role::Blocked);
        let counts = change.stays(member.role);
        // Of one who is not loaded, the event itself tells what they were: who came was none, who
        // went had the role inside, and whose role changed was a member, unless all members are
        // known: then it is a stranger, or one blocked before.
        let counted = before.unwrap_or_else(|| match change {
            MemberChange::Joined | MemberChange::Added => false,
            MemberChange::Left | MemberChange::Removed => member.role != Role::Blocked,
            MemberChange::Role => !self.knows_all_members(),
        });
        self.member_count += i64::from(counts) - i64::from(counted);
        let gone = matches!(change, MemberChange::Left | MemberChange::Removed);
        if gone {
            self.members.remove(&member.user_id);
        } else {
            self.members.insert(member.user_id, member.clone());
        }
        if me == Some(member.user_id) {
            self.info.role = (!gone).then_some(member.role);
            if !gone {
                self.info.read_seq = self.info.read_seq.max(member.read_seq);
            }
        }
    }
}

/// How far someone has come; none of it ever goes back.
pub(super) trait Progress {
    /// They have read up to a message, and so received it.
    fn has_read(&mut self, seq: i64);
    /// A client of theirs has received up to a message.
    fn has_received(&mut self, seq: i64);
}

impl Progress for Member {
    fn has_read(&mut self, seq: i64) {
        self.read_seq = self.read_seq.max(seq);
        self.has_received(seq);
    }

    fn has_received(&mut self, seq: i64) {
        self.delivered_seq = self.delivered_seq.max(seq);
    }
}

/// Puts a user at the end of an emoji's list, or takes them out; no empty list stays.
///
/// One who is in the list already moves to its end: a replay may begin with a message that
/// carries later reactions, and only so do the adds that follow restore the true order.
fn fold_reaction(reactions: &mut BTreeMap<String, Vec<UserId>>, emoji: &str, user_id: UserId, added: bool) {
    if added {
        let users = reactions.entry(emoji.to_owned()).or_default();
        users.retain(|user| *user != user_id);
        users.push(user_id);
    } else if let Some(users) = reactions.get_mut(emoji) {
        users.retain(|user| *user != user_id);
        if users.is_empty() {
            reactions.remove(emoji);
        }
    }
}
