//! Memberships, roles, read markers, unread numbers.

use vestnik_proto::{ChatKind, ChatSettings, Role, UserId};
use vestnik_store::*;

use crate::bed::{Bed, at};

async fn count(bed: &Bed, chat: ChatKey) -> i64 {
    find_chat_by_key(&mut bed.store.read().await.unwrap(), chat).await.unwrap().unwrap().member_count
}

async fn member(bed: &Bed, chat: ChatKey, user: UserId) -> Option<MemberRow> {
    find_member(&mut bed.store.read().await.unwrap(), chat, user).await.unwrap()
}

contract!(members_come_go_and_are_counted_unless_blocked, |bed| {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let chat = bed.chat("general", ChatKind::Room).await;
    bed.join(chat, anna, Role::Owner).await;
    bed.say(chat, anna, "before").await;
    bed.join(chat, boris, Role::Viewer).await;
    assert_eq!(count(bed, chat).await, 2);
    assert_eq!(
        member(bed, chat, boris).await,
        Some(MemberRow {
            user: boris,
            role: Role::Viewer,
            joined_at: at(1),
            read_seq: 1,
            delivered_seq: 1,
            settings: ChatSettings::default()
        }),
        "what was said before one came is read"
    );
    let again = write!(bed.store, chat, |tx| tx.insert_member(chat, boris, Role::Member, at(2)).await);
    assert!(matches!(again, Err(StoreError::Exists)));

    for (before, after, expected) in [
        (Role::Viewer, Role::Admin, 2),
        (Role::Admin, Role::Blocked, 1),
        (Role::Blocked, Role::Blocked, 1),
        (Role::Blocked, Role::Member, 2),
    ] {
        write!(bed.store, chat, |tx| tx.set_role(chat, boris, before, after).await).unwrap();
        assert_eq!((count(bed, chat).await, member(bed, chat, boris).await.unwrap().role), (expected, after));
    }
    let stale = write!(bed.store, chat, |tx| tx.set_role(chat, boris, Role::Viewer, Role::Admin).await);
    assert!(matches!(stale, Err(StoreError::Gone)));

    let draft = DraftRow { content: "mine".to_owned(), reply_seq: None, updated_at: at(1) };
    write!(bed.store, chat, |tx| tx.set_draft(boris, chat, Some(&draft)).await).unwrap();
    let stale = write!(bed.store, chat, |tx| tx.delete_member(chat, boris, Role::Blocked).await);
    assert!(matches!(stale, Err(StoreError::Gone)), "a blocked one would not be counted out");
    write!(bed.store, chat, |tx| tx.delete_member(chat, boris, Role::Member).await).unwrap();
    assert_eq!((count(bed, chat).await, member(bed, chat, boris).await), (1, None));
    assert!(find_draft(&mut bed.store.read().await.unwrap(), boris, chat).await.unwrap().is_none());
    let gone = write!(bed.store, chat, |tx| tx.delete_member(chat, boris, Role::Member).await);
    assert!(matches!(gone, Err(StoreError::Gone)));

    bed.join(chat, boris, Role::Blocked).await;
    assert_eq!(count(bed, chat).await, 1);
    write!(bed.store, chat, |tx| tx.delete_member(chat, boris, Role::Blocked).await).unwrap();
    assert_eq!(count(bed, chat).await, 1);

    let nowhere = write!(bed.store, ChatKey(99), |tx| tx.insert_member(ChatKey(99), anna, Role::Member, at(2)).await);
    assert!(matches!(nowhere, Err(StoreError::Gone)));
});

contract!(a_read_marker_never_goes_back_nor_beyond_the_newest, |bed| {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let chat = bed.chat("general", ChatKind::Room).await;
    bed.join(chat, anna, Role::Member).await;
    bed.join(chat, boris, Role::Member).await;
    for n in 0..5 {
        bed.say(chat, anna, &format!("{n}")).await;
    }
    let mark = async |user, seq| write!(bed.store, chat, |tx| tx.mark_read(chat, user, seq).await);
    assert_eq!(mark(anna, 5).await.unwrap(), (5, false), "one's own messages are read at once");
    assert_eq!(mark(boris, -7).await.unwrap(), (0, false));
    assert_eq!(mark(boris, 3).await.unwrap(), (3, true));
    assert_eq!(mark(boris, 3).await.unwrap(), (3, false));
    assert_eq!(mark(boris, 1).await.unwrap(), (3, false));
    assert_eq!(mark(boris, i64::MAX).await.unwrap(), (5, true));
    assert!(matches!(mark(UserId(99), 1).await, Err(StoreError::Gone)));
});

contract!(a_delivery_marker_never_goes_back_nor_stays_behind_the_read_marker, |bed| {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let chat = bed.chat("general", ChatKind::Group).await;
    bed.join(chat, anna, Role::Member).await;
    bed.join(chat, boris, Role::Member).await;
    for n in 0..5 {
        bed.say(chat, anna, &format!("{n}")).await;
    }
    let mark = async |user, seq| write!(bed.store, chat, |tx| tx.mark_delivered(chat, user, seq).await);
    let shown = async |user: UserId| {
        let mut read = bed.store.read().await.unwrap();
        let row = find_member(&mut read, chat, user).await.unwrap().unwrap();
        let listed = list_members(&mut read, chat, user.0 - 1, 1, true).await.unwrap().remove(0);
        let mine = list_chats_of(&mut read, user).await.unwrap().remove(0).member;
        assert_eq!((row.read_seq, row.delivered_seq), (listed.read_seq, listed.delivered_seq));
        assert_eq!(row, mine);
        (row.read_seq, row.delivered_seq)
    };
    assert_eq!(mark(anna, 5).await.unwrap(), (5, false), "one's own messages are there at once");
    assert_eq!(mark(boris, -7).await.unwrap(), (0, false));
    assert_eq!(mark(boris, 3).await.unwrap(), (3, true));
    assert_eq!(mark(boris, 2).await.unwrap(), (3, false));
    assert_eq!(shown(boris).await, (0, 3));
    write!(bed.store, chat, |tx| tx.mark_read(chat, boris, 4).await).unwrap();
    assert_eq!(shown(boris).await, (4, 4), "what was read was received");
    assert_eq!(mark(boris, 4).await.unwrap(), (4, false));
    assert_eq!(mark(boris, i64::MAX).await.unwrap(), (5, true));
    assert_eq!(shown(boris).await, (4, 5));
    assert!(matches!(mark(UserId(99), 1).await, Err(StoreError::Gone)));
});

contract!(unread_is_the_newest_less_the_marker, |bed| {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let (one, two, three) = (
        bed.chat("one", ChatKind::Room).await,
        bed.chat("two", ChatKind::Group).await,
        bed.chat("three", ChatKind::Group).await,
    );
    for chat in [one, two, three] {
        bed.join(chat, anna, Role::Member).await;
        bed.join(chat, boris, if chat == three { Role::Blocked } else { Role::Member }).await;
        bed.say(chat, anna, "hello").await;
        bed.say(chat, anna, "there").await;
    }
    let unread = async |user| {
        let mut unread = list_unread(&mut bed.store.read().await.unwrap(), user).await.unwrap();
        unread.sort();
        unread
    };
    assert_eq!(unread(boris).await, [("one".to_owned(), 2), ("two".to_owned(), 2)]);
    assert!(unread(anna).await.is_empty());
    write!(bed.store, one, |tx| tx.mark_read(one, boris, 1).await).unwrap();
    bed.say(two, boris, "hi").await;
    assert_eq!(unread(boris).await, [("one".to_owned(), 1)]);
    assert_eq!(unread(anna).await, [("two".to_owned(), 1)]);
    write!(bed.store, one, |tx| tx.delete_chat(one, at(9)).await).unwrap();
    assert!(unread(boris).await.is_empty());
});

contract!(settings_are_each_members_own, |bed| {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let chat = bed.direct("d", anna, boris).await;
    let settings = ChatSettings { muted_until: Some(at(77)), archived: true, favourite: false, marked_unread: true };
    let set = settings.clone();
    write!(bed.store, chat, |tx| tx.set_chat_settings(chat, anna, &set).await).unwrap();
    assert_eq!(member(bed, chat, anna).await.unwrap().settings, settings);
    assert_eq!(member(bed, chat, boris).await.unwrap().settings, ChatSettings::default());
    write!(bed.store, chat, |tx| tx.set_chat_settings(chat, anna, &ChatSettings::default()).await).unwrap();
    assert_eq!(member(bed, chat, anna).await.unwrap().settings, ChatSettings::default());
    let gone = write!(bed.store, chat, |tx| tx.set_chat_settings(chat, UserId(99), &ChatSettings::default()).await);
    assert!(matches!(gone, Err(StoreError::Gone)));
});

contract!(members_are_listed_by_number_and_readers_by_marker, |bed| {
    let chat = bed.chat("general", ChatKind::Channel).await;
    let roles = [Role::Owner, Role::Admin, Role::Member, Role::Viewer, Role::Blocked];
    let mut users = Vec::new();
    for (role, name) in roles.into_iter().zip(["a", "b", "c", "d", "e"]) {
        let user = bed.user(name).await;
        bed.join(chat, user, role).await;
        users.push(user);
    }
    let mut read = bed.store.read().await.unwrap();
    let ids = |members: &[vestnik_proto::Member]| members.iter().map(|member| member.user_id).collect::<Vec<_>>();
    assert_eq!(ids(&list_members(&mut read, chat, 0, 10, true).await.unwrap()), users);
    assert_eq!(ids(&list_members(&mut read, chat, 0, 10, false).await.unwrap()), users[..4]);
    let page = list_members(&mut read, chat, users[0].0, 2, false).await.unwrap();
    assert_eq!(ids(&page), users[1..3]);
    assert_eq!((page[0].username.as_str(), page[0].display_name.as_str()), ("b", "b the First"));
    assert_eq!((page[0].role, page[0].joined_at, page[0].read_seq), (Role::Admin, at(1), 0));

    let mut listed = list_roles(&mut read, chat).await.unwrap();
    listed.sort();
    assert_eq!(listed, users.iter().copied().zip(roles).collect::<Vec<_>>());
    assert_eq!(list_chat_keys_of(&mut read, users[3]).await.unwrap(), [chat]);
    let rev = find_chat_by_key(&mut read, chat).await.unwrap().unwrap().rev;
    assert_eq!(list_subscriptions(&mut read, users[3], true).await.unwrap(), (0, vec![(chat, rev)]));
    assert_eq!(list_subscriptions(&mut read, users[3], false).await.unwrap(), (0, vec![(chat, 0)]));
    assert_eq!(list_subscriptions(&mut read, users[4], true).await.unwrap(), (0, vec![]));
    assert!(matches!(list_subscriptions(&mut read, UserId(99), true).await, Err(StoreError::Gone)));
    assert!(list_chat_keys_of(&mut read, users[4]).await.unwrap().is_empty());

    bed.say(chat, users[0], "one").await;
    bed.say(chat, users[0], "two").await;
    for (at, seq) in [(1, 2), (2, 1), (4, 2)] {
        let user = users[at];
        write!(bed.store, chat, |tx| tx.mark_read(chat, user, seq).await).unwrap();
    }
    let readers = async |seq, limit| -> Vec<UserId> {
        let mut read = bed.store.read().await.unwrap();
        let readers = list_readers(&mut read, chat, seq, users[0], limit).await.unwrap();
        assert!(readers.iter().all(|reader| !reader.username.is_empty() && !reader.display_name.is_empty()));
        readers.into_iter().map(|reader| reader.user_id).collect()
    };
    assert_eq!(readers(1, 9).await, users[1..3]);
    assert_eq!(readers(2, 9).await, users[1..2], "the blocked one is not told of");
    assert_eq!(readers(1, 1).await, users[1..2]);
});
