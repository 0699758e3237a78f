use proptest::prelude::*;
use vestnik_proto::event::MemberChange;
use vestnik_proto::frame::{ChatReset, HistoryPage, SyncDone};
use vestnik_proto::*;

use super::vectors::{Vector, load};
use super::*;

const ME: UserId = UserId(1);
const ANNA: UserId = UserId(2);

fn chat(rev: i64, last_seq: i64) -> Chat {
    Chat {
        id: "general".into(),
        kind: ChatKind::Room,
        name: "General".into(),
        description: String::new(),
        created_at: Timestamp::from_secs(1),
        rev,
        last_seq,
        member_count: 1,
        peer: None,
        role: Some(Role::Member),
        permissions: vec![Permission::Read],
        read_seq: last_seq,
        unread: 0,
        mentions: 0,
        last_message: None,
        settings: ChatSettings::default(),
        draft: None,
    }
}

fn state() -> State {
    let mut state = State::new(Some(ME));
    state.load_chats(&[chat(0, 0)], 0);
    state
}

fn message(seq: i64, sender: UserId) -> Message {
    Message {
        id: MessageId::encode(1, seq),
        seq,
        sender_id: sender,
        sender_username: format!("user{sender}"),
        content: format!("text {seq}"),
        message_type: MessageType::Text,
        timestamp: Timestamp::from_secs(seq),
        reply_to: None,
        mentions: vec![],
        mention_all: None,
        reactions: BTreeMap::new(),
        edited: false,
        edited_at: None,
        deleted: false,
        deleted_at: None,
        deleted_by: None,
        pinned: false,
    }
}

fn member(user_id: UserId, role: Role) -> Member {
    Member {
        user_id,
        username: format!("user{user_id}"),
        display_name: format!("User {user_id}"),
        role,
        joined_at: Timestamp::from_secs(1),
        read_seq: 0,
        delivered_seq: 0,
    }
}

fn event(rev: i64, content: ChatEventContent) -> ChatEvent {
    ChatEvent { chat_id: "general".into(), rev, content }
}

fn sent(rev: i64, seq: i64, sender: UserId) -> ChatEvent {
    event(rev, ChatEventContent::NewMessage { message: message(seq, sender) })
}

fn edited(rev: i64, seq: i64, content: &str) -> ChatEvent {
    let content = ChatEventContent::MessageEdited {
        message_id: MessageId::encode(1, seq),
        seq,
        content: content.to_owned(),
        mentions: vec![ME],
        mention_all: Some(MentionAll::Here),
        edited_at: Timestamp::from_secs(rev),
    };
    event(rev, content)
}

fn deleted(rev: i64, seq: i64) -> ChatEvent {
    let content = ChatEventContent::MessageDeleted {
        message_id: MessageId::encode(1, seq),
        seq,
        deleted_by: ANNA,
        deleted_at: Timestamp::from_secs(rev),
    };
    event(rev, content)
}

fn reaction(rev: i64, seq: i64, user_id: UserId, added: bool) -> ChatEvent {
    let message_id = MessageId::encode(1, seq);
    event(rev, ChatEventContent::ReactionChanged { message_id, seq, emoji: "👍".into(), user_id, added })
}

fn pin(rev: i64, seq: i64, pinned: bool) -> ChatEvent {
    event(rev, ChatEventContent::PinChanged { message_id: MessageId::encode(1, seq), seq, pinned, by: ANNA })
}

fn changed(rev: i64, change: MemberChange, member: Member) -> ChatEvent {
    event(rev, ChatEventContent::MemberChanged { change, member, by: ANNA, timestamp: Timestamp::from_secs(rev) })
}

fn account(account_rev: i64, content: AccountEventContent) -> AccountEvent {
    AccountEvent { account_rev, content }
}

fn general(state: &State) -> &ChatState {
    &state.chats["general"]
}

#[test]
fn only_the_next_rev_is_applied() {
    let mut state = state();
    assert_eq!(state.apply_chat(&sent(1, 1, ANNA)), Applied::Applied);
    assert_eq!(state.apply_chat(&sent(1, 1, ANNA)), Applied::Duplicate);
    let before = state.clone();
    assert_eq!(state.apply_chat(&sent(3, 3, ANNA)), Applied::Gap { have: 1, got: 3 });
    assert_eq!(state, before);
    let elsewhere = ChatEvent { chat_id: "other".into(), ..sent(1, 1, ANNA) };
    assert_eq!(state.apply_chat(&elsewhere), Applied::UnknownChat);
    let draft = AccountEventContent::DraftChanged { chat_id: "general".into(), draft: None };
    assert_eq!(state.apply_account(&account(2, draft.clone())), Applied::Gap { have: 0, got: 2 });
    assert_eq!(state.apply_account(&account(1, draft.clone())), Applied::Applied);
    assert_eq!(state.apply_account(&account(1, draft)), Applied::Duplicate);
}

#[test]
fn unread_is_what_others_sent_after_what_was_read() {
    let mut state = state();
    state.apply_chat(&sent(1, 1, ANNA));
    state.apply_chat(&sent(2, 2, ANNA));
    assert_eq!(general(&state).unread(), 2);
    for quiet in [edited(3, 1, "x"), reaction(4, 1, ANNA, true), pin(5, 1, true), deleted(6, 2)] {
        state.apply_chat(&quiet);
    }
    assert_eq!(general(&state).unread(), 2);
    state.apply_chat(&sent(7, 3, ME));
    assert_eq!(general(&state).unread(), 0, "sending means having read");
    state.apply_chat(&sent(8, 4, ANNA));
    let marker = |seq| AccountEventContent::ReadMarker { chat_id: "general".into(), user_id: ME, seq };
    state.apply_account(&account(1, marker(4)));
    state.apply_account(&account(2, marker(1)));
    assert_eq!((general(&state).unread(), general(&state).info.read_seq), (0, 4), "reading never goes back");
}

#[test]
fn preferences_are_loaded_and_told_and_a_late_list_is_not_taken() {
    let mut state = state();
    let told = |rev, value: Option<&str>| {
        account(rev, AccountEventContent::PreferenceChanged { name: "theme".into(), value: value.map(Into::into) })
    };
    let list = |value: &str| BTreeMap::from([("theme".to_owned(), value.to_owned())]);
    assert!(state.load_preferences(&list("dark"), 0));
    state.apply_account(&told(1, Some("light")));
    assert_eq!(state.preferences, list("light"));
    assert!(!state.load_preferences(&list("dark"), 0), "an event was quicker than the list");
    assert_eq!(state.preferences, list("light"));
    // A list that is ahead of the events they catch up with.
    assert!(state.load_preferences(&list("blue"), 3));
    state.apply_account(&told(2, None));
    state.apply_account(&told(3, Some("blue")));
    assert_eq!(state.preferences, list("blue"));
}

#[test]
fn what_was_read_or_sent_was_received() {
    let mut state = state();
    state.load_members(&"general".into(), &[member(ANNA, Role::Member)]);
    let anna = |state: &State| {
        let member = &general(state).members[&ANNA];
        (member.read_seq, member.delivered_seq)
    };
    let (chat_id, user_id) = (ChatId::from("general"), ANNA);
    state.apply_passing(&PassingEvent::DeliveryMarker { chat_id: chat_id.clone(), user_id, seq: 3 });
    assert_eq!(anna(&state), (0, 3));
    state.apply_passing(&PassingEvent::ReadMarker { chat_id: chat_id.clone(), user_id, seq: 2 });
    assert_eq!(anna(&state), (2, 3));
    state.apply_passing(&PassingEvent::ReadMarker { chat_id: chat_id.clone(), user_id, seq: 4 });
    assert_eq!(anna(&state), (4, 4));
    state.apply_passing(&PassingEvent::DeliveryMarker { chat_id: chat_id.clone(), user_id, seq: 1 });
    assert_eq!(anna(&state), (4, 4), "nothing goes back");
    state.apply_chat(&sent(1, 5, ANNA));
    assert_eq!(anna(&state), (5, 5));
    state.load_members(&chat_id, &[Member { delivered_seq: 7, ..member(ANNA, Role::Member) }]);
    assert_eq!(anna(&state), (5, 7));
}

#[test]
fn deleting_leaves_a_stub_that_nothing_changes() {
    let mut state = state();
    for event in [sent(1, 1, ANNA), edited(2, 1, "x"), reaction(3, 1, ME, true), pin(4, 1, true), deleted(5, 1)] {
        state.apply_chat(&event);
    }
    let stub = general(&state).messages[&1].clone();
    let expected = Message {
        content: String::new(),
        deleted: true,
        deleted_at: Some(Timestamp::from_secs(5)),
        deleted_by: Some(ANNA),
        ..message(1, ANNA)
    };
    assert_eq!(stub, expected);
    for event in [edited(6, 1, "y"), reaction(7, 1, ME, true), pin(8, 1, true)] {
        assert_eq!(state.apply_chat(&event), Applied::Applied);
    }
    assert_eq!(general(&state).messages[&1], stub);
    assert_eq!(general(&state).pins().count(), 0);
}

#[test]
fn reactions_keep_the_order_of_reacting() {
    let mut state = state();
    state.apply_chat(&sent(1, 1, ANNA));
    for (rev, user, added) in [(2, ANNA, true), (3, ME, true), (4, ANNA, true), (5, ANNA, false), (6, ANNA, true)] {
        state.apply_chat(&reaction(rev, 1, user, added));
    }
    assert_eq!(general(&state).messages[&1].reactions["👍"], [ME, ANNA]);
    state.apply_chat(&reaction(7, 1, ANNA, false));
    state.apply_chat(&reaction(8, 1, ME, false));
    assert!(general(&state).messages[&1].reactions.is_empty());
}

#[test]
fn members_are_counted_without_the_blocked() {
    let mut state = state();
    let mut step = |rev, change, role, count, known| {
        state.apply_chat(&changed(rev, change, member(ANNA, role)));
        let chat = general(&state);
        assert_eq!((chat.member_count, chat.members.contains_key(&ANNA)), (count, known), "rev {rev}");
    };
    step(1, MemberChange::Joined, Role::Member, 2, true);
    step(2, MemberChange::Role, Role::Admin, 2, true);
    step(3, MemberChange::Role, Role::Blocked, 1, true);
    step(4, MemberChange::Role, Role::Viewer, 2, true);
    step(5, MemberChange::Left, Role::Viewer, 1, false);
    step(6, MemberChange::Added, Role::Member, 2, true);
    step(7, MemberChange::Role, Role::Blocked, 1, true);
    step(8, MemberChange::Removed, Role::Blocked, 1, false);
}

#[test]
fn a_stranger_who_is_blocked_was_never_counted() {
    let mut state = state();
    state.load_members(&"general".into(), &[member(ME, Role::Owner)]);
    state.apply_chat(&changed(1, MemberChange::Role, member(ANNA, Role::Blocked)));
    assert_eq!(general(&state).member_count, 1);
    state.apply_chat(&changed(2, MemberChange::Role, member(ANNA, Role::Member)));
    assert_eq!(general(&state).member_count, 2);
}

#[test]
fn my_own_role_follows_the_log() {
    let mut state = state();
    state.apply_chat(&changed(1, MemberChange::Role, member(ME, Role::Admin)));
    assert_eq!(general(&state).info.role, Some(Role::Admin));
    state.apply_chat(&changed(2, MemberChange::Removed, member(ME, Role::Admin)));
    assert_eq!(general(&state).info.role, None);
}

#[test]
fn a_chat_can_be_folded_from_its_first_event() {
    let mut state = State::new(Some(ME));
    let created = ChatEventContent::ChatCreated {
        kind: ChatKind::Group,
        name: "Trip".into(),
        description: "To the sea".into(),
        by: Some(ME),
        timestamp: Timestamp::from_secs(1),
    };
    assert_eq!(state.apply_chat(&event(1, created)), Applied::Applied);
    state.apply_chat(&changed(2, MemberChange::Joined, member(ME, Role::Owner)));
    state.apply_chat(&sent(3, 1, ME));
    let chat = general(&state);
    assert_eq!((chat.info.name.as_str(), chat.info.role, chat.member_count), ("Trip", Some(Role::Owner), 1));
    assert_eq!((chat.unread(), chat.members[&ME].read_seq), (0, 1));
}

#[test]
fn a_replay_that_already_carries_later_state_converges() {
    let live = [sent(1, 1, ANNA), reaction(2, 1, ME, true), edited(3, 1, "x"), reaction(4, 1, ANNA, true)];
    let mut folded = state();
    for event in &live {
        folded.apply_chat(event);
    }
    let present = general(&folded).messages[&1].clone();
    let mut replayed = state();
    replayed.apply_chat(&event(1, ChatEventContent::NewMessage { message: present }));
    for event in &live[1..] {
        replayed.apply_chat(event);
    }
    assert_eq!(replayed, folded);
}

#[test]
fn a_page_never_overwrites_what_the_log_has_kept_current() {
    let mut state = state();
    state.apply_chat(&sent(1, 1, ANNA));
    state.apply_chat(&edited(2, 1, "new"));
    let page = HistoryPage { chat_id: "general".into(), messages: vec![message(1, ANNA)], has_more: false };
    assert!(state.load_history(&page));
    assert_eq!(general(&state).messages[&1].content, "new");
}

#[test]
fn resets_start_afresh_and_lists_add_and_drop() {
    let mut state = state();
    state.apply_chat(&sent(1, 1, ANNA));
    let messages = vec![message(9, ANNA), message(10, ANNA)];
    let reset =
        ChatReset { chat_id: "general".into(), rev: 40, chat: Box::new(chat(40, 10)), messages, has_more: true };
    state.reset(&reset);
    let general = general(&state);
    assert_eq!((general.rev, general.messages.len(), general.has_older()), (40, 2, true));

    let other = Chat { id: "other".into(), ..chat(3, 0) };
    state.load_chats(&[other], 7);
    assert_eq!((state.chats.len(), state.account_rev), (1, 7));
    state.load_chats(&[chat(1, 0)], 6);
    assert!(state.chats.contains_key("other"), "an older list is ignored");
    state.sync_done(&SyncDone { account: None, chats: BTreeMap::new(), gone: vec!["other".into()] });
    assert!(state.chats.is_empty());
}

#[test]
fn coming_back_to_a_chat_starts_its_log_afresh() {
    let mut state = state();
    state.apply_chat(&sent(1, 1, ANNA));
    state.apply_account(&account(1, AccountEventContent::ChatJoined { chat: Box::new(chat(1, 1)) }));
    assert_eq!(general(&state).messages.len(), 1, "nothing was missed: the log is kept");
    state.apply_account(&account(2, AccountEventContent::ChatJoined { chat: Box::new(chat(9, 5)) }));
    assert_eq!((general(&state).rev, general(&state).messages.len()), (9, 0));
    state.apply_account(&account(3, AccountEventContent::ChatLeft { chat_id: "general".into() }));
    assert!(state.chats.is_empty());
}

#[test]
fn a_vector_survives_its_file_and_finds_a_difference() {
    let events = vec![ServerFrame::Chat(sent(1, 1, ANNA)), ServerFrame::Chat(sent(3, 3, ANNA))];
    let vector = Vector::record("a gap", state(), events);
    let json = serde_json::to_string(&[&vector]).unwrap();
    let mut read = load(&json).unwrap();
    assert_eq!(read, [vector]);
    read[0].check().unwrap();
    read[0].expected.account_rev = 5;
    assert!(read[0].check().unwrap_err().to_string().contains("a gap"));
}

/// What may happen next in a chat with `messages` messages.
#[derive(Clone, Debug)]
enum Step {
    Send(bool),
    Edit(usize),
    Delete(usize),
    React(usize, bool, bool),
    Pin(usize, bool),
    Member(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<bool>().prop_map(Step::Send),
        any::<usize>().prop_map(Step::Edit),
        any::<usize>().prop_map(Step::Delete),
        (any::<usize>(), any::<bool>(), any::<bool>()).prop_map(|(m, who, on)| Step::React(m, who, on)),
        (any::<usize>(), any::<bool>()).prop_map(|(m, on)| Step::Pin(m, on)),
        (0u8..4).prop_map(Step::Member),
    ]
}

fn log(steps: &[Step]) -> Vec<ChatEvent> {
    let mut last_seq = 0;
    let number = |rev: usize| i64::try_from(rev).unwrap();
    let events = steps.iter().enumerate().map(|(at, step)| {
        let rev = number(at + 1);
        let pick = |m: usize, last: i64| number(m % 50) % last.max(1) + 1;
        match *step {
            Step::Send(mine) => {
                last_seq += 1;
                sent(rev, last_seq, if mine { ME } else { ANNA })
            }
            Step::Edit(m) => edited(rev, pick(m, last_seq), "changed"),
            Step::Delete(m) => deleted(rev, pick(m, last_seq)),
            Step::React(m, mine, on) => reaction(rev, pick(m, last_seq), if mine { ME } else { ANNA }, on),
            Step::Pin(m, on) => pin(rev, pick(m, last_seq), on),
            Step::Member(0) => changed(rev, MemberChange::Joined, member(ANNA, Role::Member)),
            Step::Member(1) => changed(rev, MemberChange::Left, member(ANNA, Role::Member)),
            Step::Member(2) => changed(rev, MemberChange::Role, member(ANNA, Role::Blocked)),
            Step::Member(_) => changed(rev, MemberChange::Role, member(ANNA, Role::Admin)),
        }
    });
    events.collect()
}

fn fold(events: &[ChatEvent]) -> State {
    let mut state = state();
    for event in events {
        assert_eq!(state.apply_chat(event), Applied::Applied);
    }
    state
}

proptest! {
    #[test]
    fn repeats_and_jumps_change_nothing(
        steps in proptest::collection::vec(step(), 0..40),
        noise in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..20),
    ) {
        let events = log(&steps);
        let clean = fold(&events);
        let mut state = state();
        for (at, event) in events.iter().enumerate() {
            for (when, which) in &noise {
                if when.index(events.len()) == at {
                    let other = &events[which.index(events.len())];
                    let have = state.chats["general"].rev;
                    if other.rev != have + 1 {
                        let before = state.clone();
                        let expected = if other.rev <= have { Applied::Duplicate } else { Applied::Gap { have, got: other.rev } };
                        prop_assert_eq!(state.apply_chat(other), expected);
                        prop_assert_eq!(&state, &before);
                    }
                }
            }
            prop_assert_eq!(state.apply_chat(event), Applied::Applied);
        }
        prop_assert_eq!(state, clean);
    }

    #[test]
    fn a_replay_with_present_messages_ends_in_the_same_state(steps in proptest::collection::vec(step(), 0..40)) {
        let events = log(&steps);
        let live = fold(&events);
        let replay: Vec<ChatEvent> = events.iter().map(|event| match &event.content {
            ChatEventContent::NewMessage { message } => {
                let present = live.chats["general"].messages[&message.seq].clone();
                ChatEvent { content: ChatEventContent::NewMessage { message: present }, ..event.clone() }
            }
            _ => event.clone(),
        }).collect();
        // Members are not part of the question, and a blocked one who was never known counts otherwise.
        prop_assert_eq!(&fold(&replay).chats["general"].messages, &live.chats["general"].messages);
        prop_assert_eq!(fold(&replay).chats["general"].unread(), live.chats["general"].unread());
    }

    #[test]
    fn the_state_survives_json(steps in proptest::collection::vec(step(), 0..20)) {
        let state = fold(&log(&steps));
        let json = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<State>(&json).unwrap(), state);
    }
}
