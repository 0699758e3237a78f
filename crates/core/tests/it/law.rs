//! The event law: for every action, the state before + the events told = the state read afresh, for everybody
//! concerned, with the reducer the clients ship. Live, and by `sync` from where they were.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use vestnik_client::reducer::vectors::Vector;
use vestnik_client::reducer::{Applied, State};
use vestnik_core::{AccountSync, Actor, Audience, ChatKey, ChatSync, Notice};
use vestnik_proto::command::*;
use vestnik_proto::frame::{HistoryPage, ReceivedFrame};
use vestnik_proto::{
    AccountEventContent, Answer, Chat, ChatEventContent, ChatId, ChatKind, Command, Member, Role, ServerFrame, UserId,
};

use crate::world::*;

/// Someone's client: what it shows besides their own chats.
#[derive(Clone, Debug)]
pub struct Watcher {
    pub actor: Actor,
    pub name: String,
    /// A room they look in on.
    pub view: Option<ChatId>,
}

impl Watcher {
    pub fn new(person: &Person) -> Self {
        Self { actor: person.actor.clone(), name: person.name.clone(), view: None }
    }

    pub fn me(&self) -> UserId {
        self.actor.user_id().expect("guests have no state")
    }
}

impl Scene {
    /// Everybody; the visitor looks in where that is allowed.
    pub fn watchers(&self) -> Vec<Watcher> {
        let mut all: Vec<Watcher> =
            [&self.member, &self.owner, &self.admin, &self.viewer, &self.blocked, &self.visitor]
                .into_iter()
                .map(Watcher::new)
                .collect();
        all[5].view = (self.kind == ChatKind::Room).then(|| self.chat.clone());
        all
    }
}

/// The state of a client that has loaded everything there is.
pub async fn read_afresh(world: &World, watcher: &Watcher) -> State {
    let run = |command| world.core.execute(&watcher.actor, vestnik_proto::ClientFrame::new(command));
    let mut state = State::new(Some(watcher.me()));
    let Ok(Answer::Chats { chats, account_rev }) = run(Command::ListChats(Empty {})).await else { panic!("no chats") };
    state.load_chats(&chats, account_rev);
    if let Some(chat_id) = &watcher.view
        && let Ok(Answer::Chat { chat }) = run(Command::GetChat(chat_ref(chat_id))).await
    {
        state.load_chat(&chat);
    }
    let Ok(Answer::Account { account }) = run(Command::GetAccount(Empty {})).await else { panic!("no account") };
    assert_eq!(account.account_rev, account_rev);
    state.profile = Some(account.user);
    let Ok(Answer::ScheduledList { scheduled }) = run(Command::ListScheduled(Empty {})).await else {
        panic!("no list")
    };
    state.scheduled = scheduled.into_iter().map(|scheduled| (scheduled.id.clone(), scheduled)).collect();
    let Ok(preferences) = run(Command::ListPreferences(Empty {})).await else { panic!("no preferences") };
    assert_eq!(state.apply(&ServerFrame::Answer(preferences)), Some(Applied::Applied));
    for chat_id in state.chats.keys().cloned().collect::<Vec<_>>() {
        let (messages, members) = pages(world, watcher, &chat_id).await;
        assert!(state.load_history(&messages) && state.load_members(&chat_id, &members));
    }
    check_lists(world, watcher, &state, &chats).await;
    state
}

/// The lists agree with the messages and with each other.
async fn check_lists(world: &World, watcher: &Watcher, state: &State, chats: &[Chat]) {
    let run = |command| world.core.execute(&watcher.actor, vestnik_proto::ClientFrame::new(command));
    for (chat_id, chat) in &state.chats {
        let Ok(Answer::Pins { messages }) = run(Command::ListPins(chat_ref(chat_id))).await else { panic!("no pins") };
        let listed: BTreeMap<i64, _> = messages.iter().map(|message| (message.seq, message)).collect();
        assert_eq!(listed, chat.pins().map(|message| (message.seq, message)).collect(), "{}: pins", watcher.name);
        let counted = chat.members.values().filter(|member| member.role != Role::Blocked).count();
        assert_eq!(counted as i64, chat.member_count, "{}: the count of members of {chat_id}", watcher.name);
    }
    let Ok(Answer::UnreadState { dialogs, counts }) = run(Command::UnreadState(Empty {})).await else { panic!() };
    assert_eq!(dialogs as usize, counts.len());
    for chat in chats {
        let known = &state.chats[&chat.id];
        assert_eq!(chat.unread, known.unread());
        assert_eq!(counts.get(&chat.id).copied().unwrap_or_default(), chat.unread);
        assert_eq!(chat.last_message.as_ref(), known.messages.get(&chat.last_seq));
        assert_eq!(chat.mentions as usize, known.unread_mentions(watcher.me()), "{}: mentions", watcher.name);
    }
}

/// All messages and members of a chat.
async fn pages(world: &World, watcher: &Watcher, chat_id: &ChatId) -> (HistoryPage, Vec<Member>) {
    let run = |command| world.core.execute(&watcher.actor, vestnik_proto::ClientFrame::new(command));
    let mut all = HistoryPage { chat_id: chat_id.clone(), messages: Vec::new(), has_more: false };
    loop {
        let after = all.messages.last().map_or(0, |message| message.seq);
        let command = History { after: Some(after), ..History::newest(chat_id.clone(), 200) };
        let Ok(Answer::History(page)) = run(Command::History(command)).await else { panic!("no history") };
        all.messages.extend(page.messages);
        if !page.has_more {
            break;
        }
    }
    let seqs: Vec<i64> = all.messages.iter().map(|message| message.seq).collect();
    assert!(seqs.iter().copied().eq(1..=seqs.len() as i64), "seq is dense from 1: {seqs:?}");
    let (mut members, mut cursor) = (Vec::new(), None);
    loop {
        let command = ListMembers { chat_id: chat_id.clone(), cursor, limit: Some(200) };
        let Ok(Answer::Members { members: page, next }) = run(Command::ListMembers(command)).await else { panic!() };
        members.extend(page);
        cursor = next;
        if cursor.is_none() {
            return (all, members);
        }
    }
}

/// What a client folds, and which of its chats began afresh by it.
struct Folding<'a> {
    watcher: &'a Watcher,
    state: State,
    events: Vec<ServerFrame>,
    restarted: BTreeSet<ChatId>,
}

impl Folding<'_> {
    fn take(&mut self, frame: &[u8]) {
        let text = std::str::from_utf8(frame).expect("frames are UTF-8");
        let received = ReceivedFrame::decode(text).expect("frames are JSON").expect("frames are known");
        assert_eq!(received.id, None, "what is told to all answers nobody");
        let frame = received.frame;
        if let ServerFrame::Account(event) = &frame
            && let AccountEventContent::ChatJoined { chat } = &event.content
            && self.state.chats.get(&chat.id).is_none_or(|known| known.rev < chat.rev)
        {
            self.restarted.insert(chat.id.clone());
        }
        let applied = self.state.apply(&frame);
        let lasting = matches!(frame, ServerFrame::Chat(_) | ServerFrame::Account(_));
        assert!(!lasting || applied == Some(Applied::Applied), "{}: {applied:?} of {frame:?}", self.watcher.name);
        self.events.push(frame);
    }
}

/// What a client does besides folding, after which it has everything again.
async fn complete(world: &World, folding: &mut Folding<'_>, before: &State, afresh: &State) {
    // A chat that began afresh has nothing loaded: its pages are read, as in the state it is compared with.
    for chat_id in &folding.restarted {
        if folding.state.chats.contains_key(chat_id) && afresh.chats.contains_key(chat_id) {
            let (messages, members) = pages(world, folding.watcher, chat_id).await;
            folding.state.load_history(&messages);
            folding.state.load_members(chat_id, &members);
        }
    }
    // Only the server's table knows what a role may do: the reducer says to read the chat again.
    for (chat_id, chat) in &mut folding.state.chats {
        let known = before.chats.get(chat_id);
        if let Some(now) = afresh.chats.get(chat_id)
            && known.is_none_or(|known| known.info.role != chat.info.role)
        {
            chat.info.permissions.clone_from(&now.info.permissions);
        }
    }
}

/// Takes out what no lasting event tells.
fn normal(mut state: State, me: UserId, live: bool) -> State {
    // One who only looked in keeps a deleted chat until they turn away; there is nothing to be read afresh.
    state.chats.retain(|_, chat| !chat.deleted);
    for chat in state.chats.values_mut() {
        // The log tells everybody of the blocked; lists show them to those who may unblock them.
        chat.members.retain(|_, member| member.role != Role::Blocked);
        for member in chat.members.values_mut() {
            // Names shown are told by passing events, to those alone who have the person in view.
            member.display_name.clear();
            if !live && member.user_id != me {
                // How far others have read is passing, and not told again.
                member.read_seq = 0;
            }
            if !live || member.user_id == me {
                // Nor how far messages have been delivered; of one's own devices it is never told.
                member.delivered_seq = 0;
            }
        }
        if !live && let Some(peer) = &mut chat.info.peer {
            // So is a profile.
            peer.display_name.clear();
            peer.bio.clear();
            (peer.status_text, peer.status_emoji) = (None, None);
        }
    }
    state
}

/// Compares so that a difference can be read.
fn assert_same(what: &str, folded: &State, afresh: &State) {
    if folded == afresh {
        return;
    }
    let mut differences = Vec::new();
    let (folded, afresh) = (serde_json::to_value(folded).unwrap(), serde_json::to_value(afresh).unwrap());
    differ("", &folded, &afresh, &mut differences);
    panic!("{what}: folded (left) is not what is read afresh (right):\n{}", differences.join("\n"));
}

fn differ(path: &str, left: &serde_json::Value, right: &serde_json::Value, found: &mut Vec<String>) {
    match (left, right) {
        (serde_json::Value::Object(a), serde_json::Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let null = serde_json::Value::Null;
                differ(&format!("{path}/{key}"), a.get(key).unwrap_or(&null), b.get(key).unwrap_or(&null), found);
            }
        }
        _ if left == right => {}
        _ => found.push(format!("  {path}: {left} / {right}")),
    }
}

/// Whether someone is the other one of a direct chat. Who else sees a profile depends on what is in view.
fn is_peer(state: &State, user: UserId) -> bool {
    state.chats.values().any(|chat| chat.info.peer.as_ref().is_some_and(|peer| peer.id == user))
}

/// Does something and holds the law for everybody. Returns what came of it, and a vector for each watcher who was told
/// of anything, in their order.
pub async fn verify<T>(
    world: &World,
    name: &str,
    watchers: &[Watcher],
    action: impl Future<Output = T>,
) -> (T, Vec<Vector>) {
    let mut before = Vec::new();
    for watcher in watchers {
        let mut chats: BTreeMap<ChatKey, i64> =
            world.core.subscriptions(&watcher.actor).await.unwrap().into_iter().map(|chat| (chat, 0)).collect();
        if let Some(chat_id) = &watcher.view
            && let Ok(chat) = world.core.view(&watcher.actor, chat_id).await
        {
            chats.insert(chat, 0);
        }
        before.push((read_afresh(world, watcher).await, chats));
    }
    world.notices().await;
    let done = action.await;
    let notices = world.notices().await;
    let mut vectors = Vec::new();
    for (watcher, (before, mut chats)) in watchers.iter().zip(before) {
        let me = watcher.me();
        let mut folding = Folding { watcher, state: before.clone(), events: Vec::new(), restarted: BTreeSet::new() };
        for notice in &notices {
            match notice {
                Notice::Chat { chat, rev, frame } if chats.get(chat).is_some_and(|after| rev > after) => {
                    folding.take(frame);
                }
                Notice::Account { user, frame, .. } if *user == me => folding.take(frame),
                Notice::Passing { to, except, frame } if *except != Some(me) => {
                    let told = match to {
                        Audience::Chat(chat) => chats.contains_key(chat),
                        Audience::User(user) => *user == me,
                        Audience::Acquaintances(user) => is_peer(&folding.state, *user),
                    };
                    if told {
                        folding.take(frame);
                    }
                }
                Notice::Joined { chat, user, rev } if *user == me => {
                    chats.entry(*chat).and_modify(|after| *after = (*after).max(*rev)).or_insert(*rev);
                }
                Notice::Left { chat, user } if *user == me => {
                    chats.remove(chat);
                }
                Notice::ChatGone { chat } => {
                    chats.remove(chat);
                }
                _ => {}
            }
        }
        let afresh = read_afresh(world, watcher).await;
        if !folding.events.is_empty() {
            let told = std::mem::take(&mut folding.events);
            vectors.push(Vector::record(format!("{name}, as {} is told", watcher.name), before.clone(), told));
            vectors.last().expect("just pushed").check().unwrap();
        }
        complete(world, &mut folding, &before, &afresh).await;
        let what = format!("{name}, {} live", watcher.name);
        assert_same(&what, &normal(folding.state, me, true), &normal(afresh.clone(), me, true));

        // Connections after the action get what they should, whoever joined or left.
        let subscribed: BTreeSet<ChatKey> =
            world.core.subscriptions(&watcher.actor).await.unwrap().into_iter().collect();
        let told: BTreeSet<ChatKey> = chats.into_keys().collect();
        assert!(subscribed.is_subset(&told), "{what}: subscriptions");

        let (replayed, restarted, events) = replay(world, watcher, before.clone()).await;
        let mut folding = Folding { watcher, state: replayed, events, restarted };
        complete(world, &mut folding, &before, &afresh).await;
        let what = format!("{name}, {} by sync", watcher.name);
        assert_same(&what, &normal(folding.state, me, false), &normal(afresh.clone(), me, false));
        check_density(world, watcher, &afresh).await;
    }
    (done, vectors)
}

/// Catches up by `sync`, as a connection does it: the chats first, then the account; again until nothing is behind.
pub async fn replay(world: &World, watcher: &Watcher, state: State) -> (State, BTreeSet<ChatId>, Vec<ServerFrame>) {
    let mut folding = Folding { watcher, state, events: Vec::new(), restarted: BTreeSet::new() };
    loop {
        let cursors = folding.state.cursors();
        let plan = world.core.sync_plan(&watcher.actor, &cursors).await.unwrap();
        let mut gone = plan.gone;
        for behind in &plan.behind {
            match world.core.sync_chat(&watcher.actor, behind).await.unwrap() {
                ChatSync::Events { rev, frames } => {
                    frames.iter().for_each(|frame| folding.take(frame));
                    assert_eq!(folding.state.chats[&behind.chat_id].rev, rev);
                }
                ChatSync::Reset { rev, frame } => {
                    folding.take(&frame);
                    folding.restarted.insert(behind.chat_id.clone());
                    assert_eq!(folding.state.chats[&behind.chat_id].rev, rev);
                }
                ChatSync::Gone => gone.push(behind.chat_id.clone()),
            }
        }
        match world.core.sync_account(&watcher.actor, cursors.account.expect("an account")).await.unwrap() {
            AccountSync::Events { account_rev, frames } => {
                frames.iter().for_each(|frame| folding.take(frame));
                assert_eq!(folding.state.account_rev, account_rev);
            }
            AccountSync::Reset { frame, .. } => folding.take(&frame),
        }
        for chat_id in gone {
            folding.state.chats.remove(&chat_id);
        }
        if folding.state.cursors() == cursors {
            return (folding.state, folding.restarted, folding.events);
        }
    }
}

/// Numbers are dense from 1, in both logs.
pub async fn check_density(world: &World, watcher: &Watcher, afresh: &State) {
    for (chat_id, chat) in &afresh.chats {
        let sync = Sync { chats: [(chat_id.clone(), 0)].into(), account: None };
        let plan = world.core.sync_plan(&watcher.actor, &sync).await.unwrap();
        let Some(behind) = plan.behind.first() else { panic!("{chat_id} has events") };
        let ChatSync::Events { rev, frames } = world.core.sync_chat(&watcher.actor, behind).await.unwrap() else {
            panic!("{chat_id} is read from its beginning")
        };
        assert_eq!((rev, frames.len() as i64), (chat.rev, chat.rev));
        let mut last_seq = 0;
        for (at, frame) in frames.iter().enumerate() {
            let text = std::str::from_utf8(frame).unwrap();
            let Some(ServerFrame::Chat(event)) = ReceivedFrame::decode(text).unwrap().map(|received| received.frame)
            else {
                panic!("{text}")
            };
            assert_eq!(event.rev, at as i64 + 1);
            assert_eq!(event.rev == 1, matches!(event.content, ChatEventContent::ChatCreated { .. }));
            if let ChatEventContent::NewMessage { message } = &event.content {
                last_seq += 1;
                assert_eq!(message.seq, last_seq);
            }
        }
        assert_eq!(last_seq, chat.last_seq);
    }
    let AccountSync::Events { account_rev, frames } = world.core.sync_account(&watcher.actor, 0).await.unwrap() else {
        panic!("the account is read from its beginning")
    };
    assert_eq!((account_rev, frames.len() as i64), (afresh.account_rev, afresh.account_rev));
}
