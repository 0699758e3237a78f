//! Random sequences of operations: the store agrees with a small model of it in memory.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use vestnik_proto::{ChatEventContent, ChatKind, Message, MessageId, Role, UserId};
use vestnik_store::*;

use crate::bed::{Bed, at, client_id, message, post, runtime, sqlite_config};

const USERS: usize = 3;
const CHATS: usize = 3;

#[derive(Clone, Debug)]
enum Op {
    /// A batch of messages handed over at once: chat, user, key, text.
    Send(Vec<(usize, usize, Option<u64>, u8)>),
    Edit(usize, i64, u8),
    Delete(usize, i64),
    React(usize, usize, i64, bool),
    Read(usize, usize, i64),
    Join(usize, usize),
    Leave(usize, usize),
    DeleteChat(usize),
    /// A write that takes a place and fails.
    Fail(usize),
    Reopen,
}

fn op() -> impl Strategy<Value = Op> {
    let (chat, user, seq, text) = (0..CHATS, 0..USERS, 1i64..12, 0u8..4);
    let send = (chat.clone(), user.clone(), prop::option::weighted(0.6, 0u64..12), text.clone());
    prop_oneof![
        8 => prop::collection::vec(send, 1..6).prop_map(Op::Send),
        2 => (chat.clone(), seq.clone(), text).prop_map(|(chat, seq, text)| Op::Edit(chat, seq, text)),
        1 => (chat.clone(), seq.clone()).prop_map(|(chat, seq)| Op::Delete(chat, seq)),
        2 => (chat.clone(), user.clone(), seq.clone(), any::<bool>()).prop_map(|(c, u, s, on)| Op::React(c, u, s, on)),
        3 => (chat.clone(), user.clone(), seq).prop_map(|(c, u, s)| Op::Read(c, u, s)),
        2 => (chat.clone(), user.clone()).prop_map(|(c, u)| Op::Join(c, u)),
        1 => (chat.clone(), user).prop_map(|(c, u)| Op::Leave(c, u)),
        1 => chat.clone().prop_map(Op::Fail),
        1 => (0..CHATS * 4).prop_filter_map("now and then", |n| (n < CHATS).then_some(Op::DeleteChat(n))),
        1 => Just(Op::Reopen),
    ]
}

#[derive(Clone, Debug, Default)]
struct ModelMessage {
    content: String,
    deleted: bool,
    edited: bool,
    reactions: Vec<UserId>,
}

#[derive(Debug, Default)]
struct ModelChat {
    deleted: bool,
    rev: i64,
    messages: Vec<ModelMessage>,
    /// Read up to where.
    members: BTreeMap<UserId, i64>,
}

struct World {
    bed: Bed,
    users: Vec<UserId>,
    keys: Vec<ChatKey>,
    chats: Vec<ModelChat>,
    sent: HashMap<(UserId, u64), (i64, i64, i64)>,
}

impl World {
    async fn new(config: StoreConfig) -> Self {
        let bed = Bed { store: Store::open(&config).await.unwrap(), config };
        let (mut users, mut keys) = (Vec::new(), Vec::new());
        for n in 0..USERS {
            users.push(bed.user(&format!("user{n}")).await);
        }
        for n in 0..CHATS {
            keys.push(bed.chat(&format!("chat{n}"), ChatKind::Group).await);
        }
        Self { bed, users, keys, chats: (0..CHATS).map(|_| ModelChat::default()).collect(), sent: HashMap::new() }
    }

    async fn apply(&mut self, op: &Op) {
        match op {
            Op::Send(batch) => self.send(batch).await,
            Op::Edit(chat, seq, text) => {
                let key = self.keys[*chat];
                let content = format!("edited {text}");
                let by = self.users[0];
                let done = crate::messages::edit(&self.bed, key, by, *seq, &content, 9).await;
                let chat = &mut self.chats[*chat];
                match chat.messages.get_mut(*seq as usize - 1).filter(|message| !message.deleted && !chat.deleted) {
                    Some(message) => {
                        (message.content, message.edited) = (content, true);
                        chat.rev += 1;
                        assert_eq!(done.unwrap(), chat.rev);
                    }
                    None => assert!(matches!(done, Err(StoreError::Gone)), "{done:?}"),
                }
            }
            Op::Delete(chat, seq) => {
                let (key, by, seq) = (self.keys[*chat], self.users[0], *seq);
                let event = ChatEventContent::MessageDeleted {
                    message_id: MessageId::encode(key.0, seq),
                    seq,
                    deleted_by: by,
                    deleted_at: at(9),
                };
                let done = write!(self.bed.store, key, |tx| {
                    let rev = tx.next_rev(key).await?;
                    tx.delete_message(key, seq, by, at(9)).await?;
                    tx.insert_event(key, rev, &NewEvent { content: &event, by, ts: at(9), previous: None }).await
                });
                let chat = &mut self.chats[*chat];
                match chat.messages.get_mut(seq as usize - 1).filter(|message| !message.deleted && !chat.deleted) {
                    Some(message) => {
                        *message = ModelMessage { deleted: true, ..ModelMessage::default() };
                        chat.rev += 1;
                        done.unwrap();
                    }
                    None => assert!(matches!(done, Err(StoreError::Gone)), "{done:?}"),
                }
            }
            Op::React(chat, user, seq, on) => self.react(*chat, self.users[*user], *seq, *on).await,
            Op::Read(chat, user, seq) => {
                let (key, user, seq) = (self.keys[*chat], self.users[*user], *seq);
                let done = write!(self.bed.store, key, |tx| tx.mark_read(key, user, seq).await);
                let chat = &mut self.chats[*chat];
                let last = chat.messages.len() as i64;
                match chat.members.get_mut(&user) {
                    Some(read) => {
                        let moved = seq.min(last) > *read;
                        *read = seq.min(last).max(*read);
                        assert_eq!(done.unwrap(), (*read, moved));
                    }
                    None => assert!(matches!(done, Err(StoreError::Gone)), "{done:?}"),
                }
            }
            Op::Join(chat, user) => {
                let (key, user) = (self.keys[*chat], self.users[*user]);
                let done =
                    write!(self.bed.store, key, |tx| tx.insert_member(key, user, Role::Member, at(1)).await.map(drop));
                let chat = &mut self.chats[*chat];
                if chat.deleted {
                    assert!(matches!(done, Err(StoreError::Gone)), "{done:?}");
                } else if chat.members.contains_key(&user) {
                    assert!(matches!(done, Err(StoreError::Exists)), "{done:?}");
                } else {
                    chat.members.insert(user, chat.messages.len() as i64);
                    done.unwrap();
                }
            }
            Op::Leave(chat, user) => {
                let (key, user) = (self.keys[*chat], self.users[*user]);
                let done = write!(self.bed.store, key, |tx| tx.delete_member(key, user, Role::Member).await);
                assert_eq!(done.is_ok(), self.chats[*chat].members.remove(&user).is_some());
            }
            Op::DeleteChat(chat) => {
                let key = self.keys[*chat];
                let done = write!(self.bed.store, key, |tx| tx.delete_chat(key, at(9)).await);
                let chat = &mut self.chats[*chat];
                assert_eq!(done.is_ok(), !chat.deleted);
                chat.deleted = true;
                chat.members.clear();
            }
            Op::Fail(chat) => {
                let key = self.keys[*chat];
                let done: Result<(), StoreError> = write!(self.bed.store, key, |tx| {
                    tx.next_rev(key).await?;
                    Err(StoreError::Exists)
                });
                assert!(done.is_err());
            }
            Op::Reopen => self.bed.reopen().await,
        }
    }

    async fn send(&mut self, batch: &[(usize, usize, Option<u64>, u8)]) {
        let mut pending = Vec::new();
        for (chat, user, id, text) in batch {
            let append = Append {
                client_id: id.map(client_id),
                ..message(self.keys[*chat], self.users[*user], &format!("text {text}"))
            };
            // The hash of a request covers its chat.
            let append = Append { hash: append.hash * 100 + *chat as i64, ..append };
            pending.push((append.clone(), *chat, *id, post(&self.bed.store, append)));
        }
        // What is handed over at once may be one batch or several, so what a key is worth that was first
        // used on a deleted chat is left open.
        let mut lost: Vec<(UserId, u64)> = Vec::new();
        for (append, at_chat, id, pending) in pending {
            let done = pending.await;
            let key = id.map(|id| (append.sender, id));
            let chat = &mut self.chats[at_chat];
            if let Some((hash, rev, seq)) = key.and_then(|key| self.sent.get(&key)) {
                if *hash == append.hash {
                    let appended = done.unwrap();
                    assert_eq!((appended.rev, appended.seq, appended.repeat), (*rev, *seq, true));
                } else {
                    assert!(matches!(done, Err(StoreError::ClientIdReused)), "{done:?}");
                }
                continue;
            }
            match done {
                Ok(appended) => {
                    assert!(!chat.deleted);
                    chat.rev += 1;
                    chat.messages.push(ModelMessage { content: append.content, ..ModelMessage::default() });
                    assert_eq!((appended.rev, appended.seq), (chat.rev, chat.messages.len() as i64));
                    assert!(!appended.repeat);
                    if let Some(read) = chat.members.get_mut(&append.sender) {
                        *read = appended.seq;
                    }
                    if let Some(key) = key {
                        self.sent.insert(key, (append.hash, appended.rev, appended.seq));
                    }
                }
                Err(StoreError::Gone) => {
                    assert!(chat.deleted);
                    lost.extend(key);
                }
                Err(StoreError::ClientIdReused) => assert!(lost.contains(&key.unwrap())),
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn react(&mut self, at_chat: usize, user: UserId, seq: i64, on: bool) {
        let key = self.keys[at_chat];
        let chat = &mut self.chats[at_chat];
        let Some(message) = chat.messages.get_mut(seq as usize - 1) else { return };
        if message.deleted || chat.deleted {
            return;
        }
        let event = ChatEventContent::ReactionChanged {
            message_id: MessageId::encode(key.0, seq),
            seq,
            emoji: "👍".to_owned(),
            user_id: user,
            added: on,
        };
        // An `Err` gives the place back when there was nothing to change.
        let done = write!(self.bed.store, key, |tx| {
            let rev = tx.next_rev(key).await?;
            let changed = if on {
                tx.insert_reaction(key, seq, "👍", user, rev).await?
            } else {
                tx.delete_reaction(key, seq, "👍", user).await?
            };
            if !changed {
                return Err(StoreError::Exists);
            }
            tx.insert_event(key, rev, &NewEvent { content: &event, by: user, ts: at(9), previous: None }).await
        });
        assert_eq!(done.is_ok(), message.reactions.contains(&user) != on);
        if done.is_ok() {
            chat.rev += 1;
            message.reactions.retain(|other| *other != user);
            if on {
                message.reactions.push(user);
            }
        }
    }

    async fn check(&self) {
        let mut read = self.bed.store.read().await.unwrap();
        let mut unread: BTreeMap<UserId, Vec<(String, i64)>> = BTreeMap::new();
        for (n, (key, chat)) in self.keys.iter().zip(&self.chats).enumerate() {
            let id = format!("chat{n}");
            let row = find_chat_by_key(&mut read, *key).await.unwrap();
            assert_eq!(row.is_none(), chat.deleted);
            if let Some(row) = row {
                let last = chat.messages.len() as i64;
                assert_eq!((row.rev, row.last_seq, row.member_count), (chat.rev, last, chat.members.len() as i64));
            }
            let range = Range { from: 1, to: i64::MAX, limit: i64::MAX, newest: true };
            let messages = list_messages(&mut read, *key, range).await.unwrap();
            assert_eq!(messages.len(), chat.messages.len());
            for (seq, (found, expected)) in (1..).zip(messages.iter().zip(&chat.messages)) {
                assert_eq!(found.seq, seq);
                assert_same(found, expected);
            }
            let events = list_events(&mut read, *key, &id.as_str().into(), 0, i64::MAX).await.unwrap();
            assert_eq!(events.iter().map(|event| event.rev).collect::<Vec<_>>(), (1..=chat.rev).collect::<Vec<_>>());
            for (user, seq) in &chat.members {
                assert_eq!(find_member(&mut read, *key, *user).await.unwrap().unwrap().read_seq, *seq);
                let behind = chat.messages.len() as i64 - seq;
                if behind > 0 {
                    unread.entry(*user).or_default().push((id.clone(), behind));
                }
            }
        }
        for user in &self.users {
            let mut found = list_unread(&mut read, *user).await.unwrap();
            found.sort();
            assert_eq!(found, unread.remove(user).unwrap_or_default());
        }
    }
}

fn assert_same(found: &Message, expected: &ModelMessage) {
    assert_eq!((&found.content, found.deleted, found.edited), (&expected.content, expected.deleted, expected.edited));
    assert_eq!(found.reactions.get("👍").cloned().unwrap_or_default(), expected.reactions);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_store_agrees_with_a_model(ops in prop::collection::vec(op(), 1..50)) {
        let dir = tempfile::tempdir().unwrap();
        runtime().block_on(async {
            let mut world = World::new(sqlite_config(&dir)).await;
            for op in &ops {
                world.apply(op).await;
                world.check().await;
            }
            world.bed.store.close().await;
            Ok::<_, TestCaseError>(())
        })?;
    }
}
