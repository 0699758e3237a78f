use vestnik_proto::event::MemberChange;
use vestnik_proto::{ChatEvent, ChatEventContent, Member, Role, Timestamp};

use super::order::Lack;
use super::tests::{Fixed, drain, user};
use super::*;

const ROOM: ChatKey = ChatKey(7);

fn hub() -> Arc<Hub> {
    Hub::of_cluster(QueueLimits { frames: 1_000, bytes: 1_000_000 }, Arc::new(Fixed), Metrics::default())
}

fn connect(hub: &Hub, id: i64, chats: &[(ChatKey, i64)], account_rev: i64) -> mpsc::Receiver<Out> {
    let (handle, receiver) = hub.connect(&user(id));
    hub.subscribe_at(&handle, vestnik_core::Subscribed { chats: chats.to_vec(), account_rev });
    receiver
}

fn say(hub: &Hub, rev: i64) {
    hub.publish(Notice::Chat { chat: ROOM, rev, frame: Bytes::from(format!("{rev}")) });
}

fn account(hub: &Hub, account_rev: i64) {
    hub.publish(Notice::Account { user: UserId(1), account_rev, frame: Bytes::from(format!("a{account_rev}")) });
}

pub(super) fn member(change: MemberChange, id: i64, rev: i64) -> Notice {
    let member = Member {
        user_id: UserId(id),
        username: String::new(),
        display_name: String::new(),
        role: Role::Member,
        joined_at: Timestamp::from_secs(1),
        read_seq: 0,
        delivered_seq: 0,
    };
    let content = ChatEventContent::MemberChanged { change, member, by: UserId(9), timestamp: Timestamp::from_secs(1) };
    let event = ChatEvent { chat_id: "room".into(), rev, content };
    Notice::Chat { chat: ROOM, rev, frame: Bytes::from(vestnik_proto::frame::encode(&event, None)) }
}

#[test]
fn events_are_told_once_and_in_their_turn() {
    let hub = hub();
    let mut queue = connect(&hub, 1, &[(ROOM, 3)], 0);
    for rev in [3, 2, 4, 4, 7, 6, 7, 3] {
        say(&hub, rev);
    }
    assert_eq!(drain(&mut queue), ["4"], "what came early waits");
    assert_eq!(hub.take_lacks().into_iter().collect::<Vec<_>>(), [Lack::Chat(ROOM)]);
    assert_eq!(hub.chat_told(ROOM), Some(4));
    for rev in [5, 6, 8] {
        say(&hub, rev);
    }
    assert_eq!(drain(&mut queue), ["5", "6", "7", "8"]);
    assert_eq!(hub.chats_told(), [(ROOM, 8)]);
}

#[test]
fn more_than_can_wait_is_read_again() {
    let hub = hub();
    let mut queue = connect(&hub, 1, &[(ROOM, 0)], 0);
    (2..1_000).for_each(|rev| say(&hub, rev));
    say(&hub, 1);
    let told = hub.chat_told(ROOM).unwrap();
    assert!(told < 999 && drain(&mut queue).len() as i64 == told);
    (told + 1..1_000).for_each(|rev| say(&hub, rev));
    assert_eq!(hub.chat_told(ROOM), Some(999));
}

#[test]
fn account_events_wait_until_it_is_known_where_they_begin() {
    let hub = hub();
    let (handle, mut queue) = hub.connect(&user(1));
    [4, 3, 5].into_iter().for_each(|rev| account(&hub, rev));
    assert!(drain(&mut queue).is_empty() && hub.accounts_told().is_empty());
    hub.subscribe_at(&handle, vestnik_core::Subscribed { chats: Vec::new(), account_rev: 3 });
    assert_eq!(drain(&mut queue), ["a4", "a5"]);
    account(&hub, 7);
    assert!(hub.take_lacks().contains(&Lack::Account(UserId(1))));
    account(&hub, 6);
    assert_eq!((drain(&mut queue), hub.account_told(UserId(1))), (vec!["a6".to_owned(), "a7".to_owned()], Some(7)));
}

#[test]
fn coming_and_going_are_taken_from_the_log_in_its_turn() {
    let hub = hub();
    let mut stays = connect(&hub, 1, &[(ROOM, 1)], 0);
    let mut goes = connect(&hub, 2, &[(ROOM, 1)], 0);
    let mut comes = connect(&hub, 3, &[], 0);
    // Heard of in the wrong order.
    say(&hub, 4);
    hub.publish(member(MemberChange::Joined, 3, 3));
    hub.publish(member(MemberChange::Removed, 2, 2));
    assert_eq!((drain(&mut stays).len(), drain(&mut goes).len()), (3, 0));
    assert_eq!(drain(&mut comes), ["4"], "what is after the coming");
}

#[test]
fn somebody_let_in_where_nobody_was_is_looked_after() {
    let hub = hub();
    let mut comes = connect(&hub, 3, &[], 0);
    hub.publish(member(MemberChange::Added, 3, 5));
    assert_eq!(hub.chat_told(ROOM), Some(5));
    assert!(hub.take_lacks().contains(&Lack::Chat(ROOM)), "a later event may have passed by");
    say(&hub, 6);
    assert_eq!(drain(&mut comes), ["6"]);
    // By the account's stream, when the chat's event was lost: unless what was read is old by now.
    assert!(!hub.let_in(ROOM, UserId(3), 5, 5));
    assert!(hub.let_in(ChatKey(8), UserId(3), 2, 4) && hub.chat_told(ChatKey(8)) == Some(2));
}
