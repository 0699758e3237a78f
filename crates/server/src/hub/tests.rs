use vestnik_core::UserActor;
use vestnik_proto::Timestamp;

use super::*;

pub(super) struct Fixed;
impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1)
    }
}

const ROOM: ChatKey = ChatKey(7);

fn hub(frames: usize) -> Arc<Hub> {
    Hub::new(QueueLimits { frames, bytes: 100_000 }, Arc::new(Fixed), Metrics::default())
}

pub(super) fn user(id: i64) -> Actor {
    Actor::User(UserActor { id: UserId(id), username: format!("u{id}").into(), session: format!("s{id}").into() })
}

fn member(hub: &Hub, actor: &Actor, chats: &[ChatKey]) -> (Arc<Handle>, mpsc::Receiver<Out>) {
    let (handle, receiver) = hub.connect(actor);
    hub.subscribe(&handle, chats.iter().copied());
    (handle, receiver)
}

fn say(hub: &Hub, chat: ChatKey, rev: i64) {
    hub.publish(Notice::Chat { chat, rev, frame: Bytes::from(format!("{rev}")) });
}

/// What waits in a queue.
pub(super) fn drain(receiver: &mut mpsc::Receiver<Out>) -> Vec<String> {
    let text = |frame: &Frame| String::from_utf8(frame.bytes.to_vec()).unwrap();
    std::iter::from_fn(|| receiver.try_recv().ok())
        .flat_map(|out| out.frames().iter().map(text).collect::<Vec<_>>())
        .collect()
}

#[test]
fn a_slow_reader_is_closed_and_the_others_get_everything() {
    let hub = hub(4);
    let (slow, mut unread) = member(&hub, &user(1), &[ROOM]);
    let (fast, mut read) = member(&hub, &user(2), &[ROOM]);
    for rev in 1..=10 {
        say(&hub, ROOM, rev);
        assert_eq!(drain(&mut read), [rev.to_string()]);
    }
    assert_eq!((slow.closing(), fast.closing()), (Some(CloseCode::TooSlow), None));
    assert_eq!(drain(&mut unread), ["1", "2", "3", "4"]);
}

#[test]
fn what_waits_is_bounded_in_bytes_too() {
    let hub = Hub::new(QueueLimits { frames: 1_000, bytes: 100 }, Arc::new(Fixed), Metrics::default());
    let (handle, mut queue) = member(&hub, &user(1), &[ROOM]);
    let say = |rev, bytes| hub.publish(Notice::Chat { chat: ROOM, rev, frame: Bytes::from(vec![b'x'; bytes]) });
    // One frame is taken whatever its size; what was read makes room.
    say(1, 500);
    handle.taken(&[queue.try_recv().unwrap()]);
    say(2, 60);
    say(3, 40);
    assert_eq!(handle.closing(), None);
    say(4, 1);
    assert_eq!(handle.closing(), Some(CloseCode::TooSlow));
}

#[test]
fn joining_begins_after_the_join_and_leaving_ends_it() {
    let hub = hub(16);
    let (handle, mut queue) = member(&hub, &user(1), &[]);
    say(&hub, ROOM, 1);
    hub.publish(Notice::Joined { chat: ROOM, user: UserId(1), rev: 2 });
    say(&hub, ROOM, 2);
    say(&hub, ROOM, 3);
    assert_eq!(drain(&mut queue), ["3"]);
    hub.publish(Notice::Left { chat: ROOM, user: UserId(1) });
    say(&hub, ROOM, 4);
    assert_eq!(drain(&mut queue), Vec::<String>::new());
    assert!(hub.disconnect(&handle));
}

#[test]
fn one_who_leaves_while_asked_about_is_not_brought_back() {
    let hub = hub(16);
    let (handle, mut queue) = hub.connect(&user(1));
    hub.publish(Notice::Left { chat: ROOM, user: UserId(1) });
    hub.subscribe(&handle, [ROOM]);
    hub.begin(&handle);
    hub.publish(Notice::ChatGone { chat: ROOM });
    assert!(!hub.view(&handle, Some((ROOM, &"room".into()))));
    say(&hub, ROOM, 1);
    assert_eq!(drain(&mut queue), Vec::<String>::new());
}

#[test]
fn a_view_gives_events_while_it_lasts() {
    let hub = hub(16);
    let (guest, mut queue) = hub.connect(&Actor::Guest);
    hub.begin(&guest);
    assert!(hub.view(&guest, Some((ROOM, &"room".into()))));
    say(&hub, ROOM, 1);
    assert!(hub.view(&guest, None));
    say(&hub, ROOM, 2);
    assert_eq!(drain(&mut queue), ["1"]);
    // A member who looks elsewhere still gets the events, once.
    let (handle, mut queue) = member(&hub, &user(1), &[ROOM]);
    assert!(hub.view(&handle, Some((ROOM, &"room".into()))));
    say(&hub, ROOM, 3);
    assert!(hub.view(&handle, None));
    say(&hub, ROOM, 4);
    assert_eq!(drain(&mut queue), ["3", "4"]);
}

#[test]
fn an_ended_session_closes_its_connections_alone() {
    let hub = hub(16);
    let (one, _queue) = member(&hub, &user(1), &[]);
    let (two, _queue2) = member(&hub, &user(2), &[]);
    hub.publish(Notice::SessionEnded { session: "s1".into() });
    assert_eq!((one.closing(), two.closing()), (Some(CloseCode::Unauthorized), None));
}

#[test]
fn presence_goes_to_those_who_look_and_to_pairs() {
    let hub = hub(16);
    let (direct, other) = (ChatKey(1), ChatKey(2));
    let (peer, mut peers) = member(&hub, &user(2), &[direct, other]);
    let (looking, mut lookers) = member(&hub, &user(3), &[other, ROOM]);
    let (_away, mut aways) = member(&hub, &user(4), &[other, ROOM]);
    assert!(hub.view(&looking, Some((ROOM, &"room".into()))));
    hub.tell_changes();
    drain(&mut peers);
    drain(&mut lookers);
    drain(&mut aways);
    let (one, mut own) = member(&hub, &user(1), &[direct, ROOM]);
    hub.tell_changes();
    let online = r#"{"type":"presence","user_id":1,"status":"online"}"#;
    assert_eq!(drain(&mut peers), [online]);
    assert_eq!(drain(&mut lookers), [online]);
    assert_eq!((drain(&mut aways), drain(&mut own)), (Vec::new(), Vec::new()));
    hub.set_status(&one, PresenceStatus::Dnd);
    // A second connection changes nothing: not to be disturbed on one is so for all.
    let (second, _queue) = member(&hub, &user(1), &[direct, ROOM]);
    hub.tell_changes();
    assert_eq!(drain(&mut peers), [r#"{"type":"presence","user_id":1,"status":"dnd"}"#]);
    assert!(!hub.disconnect(&second));
    assert!(hub.disconnect(&one));
    hub.tell_changes();
    let gone = r#"{"type":"presence","user_id":1,"status":"offline","last_seen":"1970-01-01T00:00:01.000Z"}"#;
    assert_eq!(drain(&mut peers), [gone]);
    hub.disconnect(&peer);
}

#[test]
fn guests_are_counted_for_those_who_look() {
    let hub = hub(16);
    let room = ChatId::from("room");
    let (looking, mut queue) = member(&hub, &user(1), &[ROOM]);
    assert!(hub.view(&looking, Some((ROOM, &room))));
    hub.tell_changes();
    let guests: Vec<_> = (0..3).map(|_| hub.connect(&Actor::Guest)).collect();
    for (guest, _) in &guests {
        assert!(hub.view(guest, Some((ROOM, &room))));
    }
    hub.tell_changes();
    let state = r#"{"type":"presence_state","chat_id":"room","users":[{"user_id":1,"status":"online"}],"guests":3}"#;
    assert_eq!(drain(&mut queue), [state], "once for all three");
    let for_guest = hub.presence_state(&room, ROOM, true);
    assert_eq!(&for_guest[..], br#"{"type":"presence_state","chat_id":"room","users":[],"guests":3}"#);
    hub.disconnect(&guests[0].0);
    hub.tell_changes();
    assert!(drain(&mut queue)[0].contains(r#""guests":2"#));
}

/// Somebody comes.
fn come(hub: &Hub, rev: i64) {
    hub.publish(super::tests_order::member(vestnik_proto::event::MemberChange::Joined, 1_000 + rev, rev));
}

/// The numbers of the events in a queue, and how many times it was woken for them.
fn revs(receiver: &mut mpsc::Receiver<Out>) -> (Vec<i64>, usize) {
    let outs: Vec<Out> = std::iter::from_fn(|| receiver.try_recv().ok()).collect();
    let rev = |frame: &Frame| match frame.mark {
        Mark::Chat(_, rev) => rev,
        mark => panic!("{mark:?} is of no chat"),
    };
    (outs.iter().flat_map(|out| out.frames().iter().map(rev)).collect(), outs.len())
}

#[test]
fn in_a_crowd_comings_are_told_together_and_in_their_order() {
    let hub = hub(256);
    let mut crowd: Vec<_> = (1..=100).map(|id| member(&hub, &user(id), &[ROOM])).collect();
    let room = ChatId::from("room");
    assert!(hub.view(&crowd[0].0, Some((ROOM, &room))));
    (1..=5).for_each(|rev| come(&hub, rev));
    // One who looks is told at once; one who begins or ends to look misses nothing and gets nothing twice.
    assert_eq!(revs(&mut crowd[0].1), (vec![1, 2, 3, 4, 5], 5));
    assert_eq!(revs(&mut crowd[1].1), (vec![], 0));
    assert!(hub.view(&crowd[1].0, Some((ROOM, &room))));
    assert!(hub.view(&crowd[0].0, None));
    assert_eq!(revs(&mut crowd[1].1), (vec![1, 2, 3, 4, 5], 1));
    come(&hub, 6);
    // Who joins begins after their own coming; who comes by connecting begins with what comes next.
    hub.publish(Notice::Joined { chat: ROOM, user: UserId(200), rev: 6 });
    let (_late, mut late) = member(&hub, &user(200), &[ROOM]);
    come(&hub, 7);
    // Nothing overtakes.
    say(&hub, ROOM, 8);
    assert_eq!(revs(&mut crowd[0].1), (vec![6, 7, 8], 2));
    assert_eq!(revs(&mut crowd[1].1), (vec![6, 7, 8], 3));
    assert_eq!(revs(&mut late), (vec![7, 8], 2));
    for (_, queue) in &mut crowd[2..] {
        assert_eq!(revs(queue), ((1..=8).collect(), 2));
    }
    // By the clock, and by their number.
    come(&hub, 9);
    assert!(hub.tell_late_until(Instant::now()), "not so soon");
    let later = Instant::now() + std::time::Duration::from_secs(2);
    assert!(!hub.tell_late_until(later));
    (10..=10 + 128).for_each(|rev| come(&hub, rev));
    for (_, queue) in &mut crowd[2..] {
        assert_eq!(revs(queue), ((9..10 + 128).collect(), 2));
    }
    assert!(!hub.tell_late_until(later));
    assert_eq!(revs(&mut crowd[99].1), (vec![10 + 128], 1));
}

#[test]
fn who_joins_a_crowd_is_told_from_their_coming_on() {
    let hub = hub(16);
    let crowd: Vec<_> = (1..=100).map(|id| member(&hub, &user(id), &[ROOM])).collect();
    let (_handle, mut queue) = member(&hub, &user(200), &[]);
    (1..=3).for_each(|rev| come(&hub, rev));
    hub.publish(Notice::Joined { chat: ROOM, user: UserId(200), rev: 3 });
    (4..=5).for_each(|rev| come(&hub, rev));
    hub.publish(Notice::Left { chat: ROOM, user: UserId(1) });
    hub.tell_late_until(Instant::now() + std::time::Duration::from_secs(2));
    assert_eq!(revs(&mut queue), (vec![4, 5], 1));
    drop(crowd);
}

#[test]
fn presence_of_many_is_told_together_and_never_squared() {
    let hub = hub(256);
    let room = ChatId::from("room");
    let mut crowd: Vec<_> = (1..=200).map(|id| member(&hub, &user(id), &[ROOM])).collect();
    for (handle, _) in &crowd {
        assert!(hub.view(handle, Some((ROOM, &room))));
    }
    // All at once: everybody is told the whole, once, whatever has changed.
    hub.tell_changes();
    for (_, queue) in &mut crowd {
        let told = drain(queue);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].matches("user_id").count(), 200);
    }
    // Some: all of them in one piece, and nobody of themselves.
    for (handle, _) in &crowd[..10] {
        hub.set_status(handle, PresenceStatus::Away);
    }
    hub.tell_changes();
    for (id, (_, queue)) in (1..).zip(&mut crowd) {
        let outs: Vec<Out> = std::iter::from_fn(|| queue.try_recv().ok()).collect();
        assert_eq!((outs.len(), outs[0].frames().len()), (1, if id <= 10 { 9 } else { 10 }));
        let own = format!("\"user_id\":{id},");
        assert!(outs[0].frames().iter().all(|frame| !String::from_utf8_lossy(&frame.bytes).contains(&own)));
    }
    // Who looks between two tellings gets what is so then.
    let state = hub.presence_state(&room, ROOM, false);
    assert_eq!(String::from_utf8_lossy(&state).matches("away").count(), 10);
    assert_eq!(hub.presence_state(&room, ROOM, false).as_ptr(), state.as_ptr(), "made once for all who look");
    hub.publish(Notice::Left { chat: ROOM, user: UserId(1) });
    assert_eq!(String::from_utf8_lossy(&hub.presence_state(&room, ROOM, false)).matches("away").count(), 9);
    assert!(hub.disconnect(&crowd[1].0));
    hub.tell_changes();
    assert_eq!(String::from_utf8_lossy(&hub.presence_state(&room, ROOM, false)).matches("away").count(), 8);
}
