//! Chats of every kind, drafts, invites, lists of chats and rooms.

use vestnik_proto::{ChatId, ChatKind, ChatSettings, Invite, MentionAll, Role, UserId};
use vestnik_store::*;

use crate::bed::{at, message, new_chat, post};

contract!(a_chat_of_any_kind_is_found_as_it_was_made, |bed| {
    for kind in [ChatKind::Direct, ChatKind::Group, ChatKind::Channel, ChatKind::Room] {
        let id = format!("{kind:?}").to_lowercase();
        let key = bed.chat(&id, kind).await;
        let expected = ChatRow {
            key,
            id: ChatId::from(id.as_str()),
            kind,
            name: format!("The {id}"),
            description: format!("About {id}"),
            created_at: at(0),
            rev: 0,
            last_seq: 0,
            last_ts: at(0),
            member_count: 0,
        };
        let mut read = bed.store.read().await.unwrap();
        assert_eq!(find_chat(&mut read, &expected.id).await.unwrap().as_ref(), Some(&expected));
        assert_eq!(find_chat_by_key(&mut read, key).await.unwrap(), Some(expected));
    }
    let mut read = bed.store.read().await.unwrap();
    assert_eq!(find_chat(&mut read, &ChatId::from("nowhere")).await.unwrap(), None);
    assert_eq!(find_chat_by_key(&mut read, ChatKey(99)).await.unwrap(), None);
});

contract!(ids_and_pairs_are_taken_once, |bed| {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let chat = bed.direct("d1", anna, boris).await;
    let again = NewChat { pair: Some((boris, anna)), ..new_chat("d2", ChatKind::Direct) };
    let same_id = new_chat("d1", ChatKind::Group);
    for new in [again.clone(), same_id] {
        let error = write!(bed.store, ChatKey(0), |tx| tx.insert_chat(&new).await).unwrap_err();
        assert!(matches!(error, StoreError::Exists), "{error}");
    }
    let mut read = bed.store.read().await.unwrap();
    for pair in [(anna, boris), (boris, anna)] {
        assert_eq!(find_direct(&mut read, pair).await.unwrap().unwrap().key, chat);
    }
    assert_eq!(find_direct(&mut read, (anna, anna)).await.unwrap(), None);
    assert_eq!(find_peer(&mut read, chat, anna).await.unwrap().unwrap().id, boris);
    assert_eq!(find_peer(&mut read, chat, boris).await.unwrap().unwrap().id, anna);
    let group = bed.chat("group", ChatKind::Group).await;
    assert_eq!(find_peer(&mut read, group, anna).await.unwrap(), None);
    assert_eq!(find_peer(&mut read, ChatKey(99), anna).await.unwrap(), None);

    // With oneself.
    let notes = NewChat { pair: Some((anna, anna)), ..new_chat("notes", ChatKind::Direct) };
    let notes = write!(bed.store, ChatKey(0), |tx| tx.insert_chat(&notes).await).unwrap();
    assert_eq!(find_peer(&mut read, notes, anna).await.unwrap().unwrap().id, anna);
});

contract!(a_chat_can_be_renamed, |bed| {
    let chat = bed.chat("general", ChatKind::Room).await;
    write!(bed.store, chat, |tx| tx.update_chat(chat, "Новое", "новое", "").await).unwrap();
    let mut read = bed.store.read().await.unwrap();
    let row = find_chat_by_key(&mut read, chat).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.description.as_str()), ("Новое", ""));
    let gone = write!(bed.store, ChatKey(9), |tx| tx.update_chat(ChatKey(9), "", "", "").await);
    assert!(matches!(gone, Err(StoreError::Gone)));
});

contract!(a_deleted_chat_is_gone_for_everybody_and_its_names_are_free, |bed| {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let chat = bed.direct("d1", anna, boris).await;
    bed.say(chat, anna, "hello").await;
    let draft = DraftRow { content: "dr".to_owned(), reply_seq: None, updated_at: at(1) };
    let invite = invite("code", &ChatId::from("d1"), anna);
    write!(bed.store, chat, |tx| {
        tx.set_draft(anna, chat, Some(&draft)).await?;
        tx.insert_invite(chat, &invite).await?;
        tx.delete_chat(chat, at(9)).await
    })
    .unwrap();
    let mut read = bed.store.read().await.unwrap();
    assert_eq!(find_chat(&mut read, &ChatId::from("d1")).await.unwrap(), None);
    assert_eq!(find_chat_by_key(&mut read, chat).await.unwrap(), None);
    assert_eq!(find_direct(&mut read, (anna, boris)).await.unwrap(), None);
    assert!(find_draft(&mut read, anna, chat).await.unwrap().is_none());
    assert!(find_invite(&mut read, "code").await.unwrap().is_none());
    assert!(find_member(&mut read, chat, anna).await.unwrap().is_none());
    assert!(list_chats_of(&mut read, anna).await.unwrap().is_empty());
    assert!(list_heads(&mut read, [ChatId::from("d1")].iter()).await.unwrap().is_empty());
    for gone in [
        write!(bed.store, chat, |tx| tx.delete_chat(chat, at(9)).await),
        write!(bed.store, chat, |tx| tx.update_chat(chat, "", "", "").await),
        write!(bed.store, chat, |tx| tx.next_rev(chat).await.map(|_| ())),
        write!(bed.store, chat, |tx| tx.insert_member(chat, anna, Role::Member, at(9)).await.map(drop)),
        post(&bed.store, message(chat, anna, "late")).await.map(|_| ()),
    ] {
        assert!(matches!(gone, Err(StoreError::Gone)), "{gone:?}");
    }
    // Twice over, so that the names left behind do not collide either.
    let second = bed.direct("d1", anna, boris).await;
    assert_ne!(second, chat);
    write!(bed.store, second, |tx| tx.delete_chat(second, at(10)).await).unwrap();
    bed.direct("d1", anna, boris).await;
});

contract!(a_draft_is_one_for_each_user_and_chat, |bed| {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let chat = bed.direct("d1", anna, boris).await;
    let find = async |user| find_draft(&mut bed.store.read().await.unwrap(), user, chat).await.unwrap();
    assert!(find(anna).await.is_none());
    for (content, reply_seq, secs) in [("first", Some(4), 1), ("second", None, 2)] {
        let draft = DraftRow { content: content.to_owned(), reply_seq, updated_at: at(secs) };
        write!(bed.store, chat, |tx| tx.set_draft(anna, chat, Some(&draft)).await).unwrap();
        let found = find(anna).await.unwrap();
        assert_eq!((found.content.as_str(), found.reply_seq, found.updated_at), (content, reply_seq, at(secs)));
    }
    assert!(find(boris).await.is_none());
    write!(bed.store, chat, |tx| tx.set_draft(anna, chat, None).await).unwrap();
    write!(bed.store, chat, |tx| tx.set_draft(anna, chat, None).await).unwrap();
    assert!(find(anna).await.is_none());
});

fn invite(code: &str, chat: &ChatId, by: UserId) -> Invite {
    Invite {
        code: code.to_owned(),
        chat_id: chat.clone(),
        created_by: by,
        created_at: at(1),
        expires_at: None,
        max_uses: None,
        uses: 0,
        role: Role::Viewer,
    }
}

contract!(invites_end_by_use_time_and_will, |bed| {
    let anna = bed.user("anna").await;
    let (chat, id) = (bed.chat("group", ChatKind::Group).await, ChatId::from("group"));
    let other = bed.chat("other", ChatKind::Group).await;
    let invites = [
        invite("forever", &id, anna),
        Invite { max_uses: Some(2), created_at: at(2), ..invite("twice", &id, anna) },
        Invite { expires_at: Some(at(50)), created_at: at(3), ..invite("brief", &id, anna) },
    ];
    for invite in invites.clone() {
        write!(bed.store, chat, |tx| tx.insert_invite(chat, &invite).await).unwrap();
    }
    let list = async |now| -> Vec<String> {
        let rows = list_invites(&mut bed.store.read().await.unwrap(), chat, now).await.unwrap();
        rows.into_iter().map(|row| row.invite.code).collect()
    };
    let used = async |code: &'static str, now| write!(bed.store, chat, |tx| tx.use_invite(code, now).await).unwrap();
    assert_eq!(list(at(10)).await, ["brief", "twice", "forever"]);
    assert_eq!((used("brief", at(49)).await, used("brief", at(50)).await), (true, false));
    assert_eq!(
        (used("twice", at(49)).await, used("twice", at(49)).await, used("twice", at(49)).await),
        (true, true, false)
    );
    assert!(!used("unknown", at(1)).await);
    assert_eq!(list(at(10)).await, ["brief", "forever"]);
    assert_eq!(list(at(50)).await, ["forever"]);

    let mut read = bed.store.read().await.unwrap();
    let row = find_invite(&mut read, "twice").await.unwrap().unwrap();
    assert_eq!((row.chat, row.invite), (chat, Invite { uses: 2, ..invites[1].clone() }));
    assert!(find_invite(&mut read, "unknown").await.unwrap().is_none());
    assert!(!write!(bed.store, other, |tx| tx.delete_invite(other, "forever").await).unwrap(), "not of that chat");
    assert!(write!(bed.store, chat, |tx| tx.delete_invite(chat, "forever").await).unwrap());
    assert!(!write!(bed.store, chat, |tx| tx.delete_invite(chat, "forever").await).unwrap());
    assert!(!used("forever", at(1)).await);
});

contract!(a_persons_chats_come_latest_first_with_all_that_is_theirs, |bed| {
    let (anna, boris, vera) = (bed.user("anna").await, bed.user("boris").await, bed.user("vera").await);
    let room = bed.chat("room", ChatKind::Room).await;
    for user in [anna, boris] {
        bed.join(room, user, Role::Member).await;
    }
    let direct = bed.direct("direct", anna, boris).await;
    let foreign = bed.chat("foreign", ChatKind::Group).await;
    bed.join(foreign, boris, Role::Owner).await;
    let blocked = bed.chat("blocked", ChatKind::Group).await;
    bed.join(blocked, anna, Role::Blocked).await;

    post(&bed.store, Append { ts: at(200), ..message(direct, anna, "one") }).await.unwrap();
    for (secs, mentions, all) in
        [(300, vec![anna], None), (301, vec![anna, anna], Some(MentionAll::Room)), (302, vec![vera], None)]
    {
        let append = Append { ts: at(secs), mentions, mention_all: all, ..message(room, boris, "hey") };
        post(&bed.store, append).await.unwrap();
    }
    let settings = ChatSettings { muted_until: Some(at(9)), archived: true, favourite: true, marked_unread: true };
    let draft = DraftRow { content: "unfinished".to_owned(), reply_seq: Some(1), updated_at: at(5) };
    let theirs = settings.clone();
    write!(bed.store, direct, |tx| {
        tx.set_chat_settings(direct, anna, &theirs).await?;
        tx.set_draft(anna, direct, Some(&draft)).await
    })
    .unwrap();

    let mut read = bed.store.read().await.unwrap();
    let chats = list_chats_of(&mut read, anna).await.unwrap();
    assert_eq!(chats.iter().map(|chat| chat.chat.id.as_str()).collect::<Vec<_>>(), ["room", "direct", "blocked"]);
    let [in_room, in_direct, in_blocked] = <[ChatOfUser; 3]>::try_from(chats).unwrap();
    assert_eq!((in_room.chat.last_seq, in_room.member.read_seq, in_room.mentions), (3, 0, 2));
    assert_eq!((in_room.chat.last_ts, in_room.chat.member_count, in_room.chat.rev), (at(302), 2, 3));
    assert!(in_room.peer.is_none() && in_room.draft.is_none());
    assert_eq!(in_direct.peer.map(|peer| peer.id), Some(boris));
    assert_eq!(in_direct.draft.map(|draft| draft.content).as_deref(), Some("unfinished"));
    assert_eq!((in_direct.member.settings, in_direct.member.read_seq, in_direct.mentions), (settings, 1, 0));
    assert_eq!((in_blocked.member.role, in_blocked.chat.member_count), (Role::Blocked, 0));
    assert_eq!(count_mentions(&mut read, room, anna, 0).await.unwrap(), 2);
    assert_eq!(count_mentions(&mut read, room, anna, 1).await.unwrap(), 1);
    assert_eq!(count_mentions(&mut read, room, vera, 0).await.unwrap(), 2, "her own and that of everybody");
    assert_eq!(count_mentions(&mut read, room, boris, 3).await.unwrap(), 0);

    write!(bed.store, room, |tx| tx.mark_read(room, anna, 2).await).unwrap();
    assert_eq!(list_chats_of(&mut read, anna).await.unwrap()[0].mentions, 0);
    assert!(list_chats_of(&mut read, vera).await.unwrap().is_empty());
});

contract!(rooms_are_found_by_any_part_of_title_or_slug, |bed| {
    let anna = bed.user("anna").await;
    for (id, folded) in
        [("a-room", "100% sure"), ("b_room", "snake_case"), ("c-room", "back\\slash"), ("d-room", "чай и кофе")]
    {
        let new = NewChat { name_folded: folded.to_owned(), ..new_chat(id, ChatKind::Room) };
        write!(bed.store, ChatKey(0), |tx| tx.insert_chat(&new).await).unwrap();
    }
    bed.chat("group-room", ChatKind::Group).await;
    let deleted = bed.chat("z-room", ChatKind::Room).await;
    write!(bed.store, deleted, |tx| tx.delete_chat(deleted, at(1)).await).unwrap();
    let mut read = bed.store.read().await.unwrap();
    for (text, expected) in [
        ("", vec!["a-room", "b_room", "c-room", "d-room"]),
        ("%", vec!["a-room"]),
        ("_", vec!["b_room"]),
        ("\\", vec!["c-room"]),
        ("k\\s", vec!["c-room"]),
        ("0% s", vec!["a-room"]),
        ("и ко", vec!["d-room"]),
        ("-room", vec!["a-room", "c-room", "d-room"]),
        ("'; --", vec![]),
    ] {
        let rooms = list_rooms(&mut read, None, text, "", 10).await.unwrap();
        assert_eq!(rooms.iter().map(|room| room.id.as_str()).collect::<Vec<_>>(), expected, "{text:?}");
        assert!(rooms.iter().all(|room| !room.joined));
    }
    let page = list_rooms(&mut read, Some(anna), "", "a-room", 2).await.unwrap();
    assert_eq!(page.iter().map(|room| room.id.as_str()).collect::<Vec<_>>(), ["b_room", "c-room"]);

    let (a, b) = (find_chat(&mut read, &ChatId::from("a-room")).await.unwrap().unwrap().key, ChatKey(2));
    bed.join(a, anna, Role::Member).await;
    bed.join(b, anna, Role::Blocked).await;
    let rooms = list_rooms(&mut read, Some(anna), "", "", 2).await.unwrap();
    assert_eq!(rooms.iter().map(|room| (room.joined, room.member_count)).collect::<Vec<_>>(), [(true, 1), (false, 0)]);
});
