//! Folding the account stream and what is loaded of the account as a whole.

use std::collections::BTreeMap;

use vestnik_proto::frame::SyncDone;
use vestnik_proto::{AccountEvent, AccountEventContent, Chat, UserId};

use super::chat::Progress;
use super::{Applied, ChatState, State};

impl State {
    /// Folds the next event of the account stream.
    pub fn apply_account(&mut self, event: &AccountEvent) -> Applied {
        let applied = Applied::check(self.account_rev, event.account_rev);
        if applied == Applied::Applied {
            self.account_rev = event.account_rev;
            self.fold_account(&event.content);
        }
        applied
    }

    fn fold_account(&mut self, content: &AccountEventContent) {
        match content {
            AccountEventContent::ChatJoined { chat } => self.join_chat(chat),
            AccountEventContent::ChatLeft { chat_id } => {
                self.chats.remove(chat_id);
            }
            AccountEventContent::ReadMarker { chat_id, user_id, seq } => {
                if let Some(chat) = self.chats.get_mut(chat_id) {
                    chat.read_up_to(*user_id, *seq);
                }
            }
            AccountEventContent::DraftChanged { chat_id, draft } => {
                if let Some(chat) = self.chats.get_mut(chat_id) {
                    chat.info.draft.clone_from(draft);
                }
            }
            AccountEventContent::ChatSettingsChanged { chat_id, settings } => {
                if let Some(chat) = self.chats.get_mut(chat_id) {
                    chat.info.settings = settings.clone();
                }
            }
            AccountEventContent::ProfileChanged { user } => {
                // One is the other person of the direct chat with oneself, and a member of one's chats.
                self.show_profile(user);
                self.profile = Some(user.clone());
            }
            AccountEventContent::PreferenceChanged { name, value } => {
                match value {
                    Some(value) => self.preferences.insert(name.clone(), value.clone()),
                    None => self.preferences.remove(name),
                };
            }
            AccountEventContent::ScheduledChanged { scheduled_id, scheduled } => {
                match scheduled {
                    Some(scheduled) => self.scheduled.insert(scheduled_id.clone(), scheduled.clone()),
                    None => self.scheduled.remove(scheduled_id),
                };
            }
        }
    }

    /// The caller is in a chat now. A log that goes at least as far is kept; of one that does not,
    /// the events between may never come (they happened while the caller was out), so it starts
    /// afresh.
    fn join_chat(&mut self, chat: &Chat) {
        match self.chats.get_mut(&chat.id) {
            Some(known) if known.rev >= chat.rev => known.load(chat),
            _ => {
                self.chats.insert(chat.id.clone(), ChatState::from(chat));
            }
        }
    }

    /// Takes the list of the caller's chats as it was at `account_rev`: unknown ones are added,
    /// those not listed go. A list older than the state says nothing new and is ignored.
    pub fn load_chats(&mut self, chats: &[Chat], account_rev: i64) {
        if account_rev >= self.account_rev {
            self.account_reset(chats, account_rev);
        }
    }

    /// Starts the account stream anew: these are the caller's chats. The logs of chats that are
    /// still listed are kept, `sync` goes on from where they are.
    pub fn account_reset(&mut self, chats: &[Chat], account_rev: i64) {
        self.account_rev = account_rev;
        let mut known = std::mem::take(&mut self.chats);
        let listed = chats.iter().map(|chat| {
            let state = match known.remove(&chat.id) {
                Some(mut state) => {
                    state.load(chat);
                    state
                }
                None => ChatState::from(chat),
            };
            (chat.id.clone(), state)
        });
        self.chats = listed.collect::<BTreeMap<_, _>>();
    }

    /// Takes the list of preferences as it was at `account_rev`. `false` when an event has told of
    /// something later, maybe of a preference: then nothing is taken, and the list is to be read again.
    pub fn load_preferences(&mut self, preferences: &BTreeMap<String, String>, account_rev: i64) -> bool {
        let current = account_rev >= self.account_rev;
        if current {
            self.preferences.clone_from(preferences);
        }
        current
    }

    /// Takes one chat as the server has it now.
    pub fn load_chat(&mut self, chat: &Chat) {
        match self.chats.get_mut(&chat.id) {
            Some(known) => known.load(chat),
            None => {
                self.chats.insert(chat.id.clone(), ChatState::from(chat));
            }
        }
    }

    /// Drops the chats that are not there, or may not be read any more.
    pub fn sync_done(&mut self, done: &SyncDone) {
        for chat_id in &done.gone {
            self.chats.remove(chat_id);
        }
    }
}

impl ChatState {
    /// Takes what of a freshly read chat is the caller's own. What the log tells is left to the
    /// log, which is ahead or will catch up.
    fn load(&mut self, chat: &Chat) {
        self.info.peer.clone_from(&chat.peer);
        self.info.role = chat.role;
        self.info.permissions.clone_from(&chat.permissions);
        self.info.read_seq = self.info.read_seq.max(chat.read_seq);
        self.info.settings = chat.settings.clone();
        self.info.draft.clone_from(&chat.draft);
    }

    /// The caller has read up to a message; reading never goes back. That it clears the manual
    /// mark is told by an event of its own.
    fn read_up_to(&mut self, me: UserId, seq: i64) {
        self.info.read_seq = self.info.read_seq.max(seq);
        if let Some(member) = self.members.get_mut(&me) {
            member.has_read(seq);
        }
    }
}
