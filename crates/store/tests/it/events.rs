//! The log of a chat.

use vestnik_proto::{ChatEvent, ChatEventContent, ChatId, ChatKind, Member, MessageId, Role, event::MemberChange};
use vestnik_store::*;

use crate::bed::{at, message, post};
use crate::messages::edit;

contract!(every_kind_of_event_is_read_back_as_written, |bed| {
    let anna = bed.user("anna").await;
    let chat = bed.chat("general", ChatKind::Room).await;
    bed.join(chat, anna, Role::Owner).await;
    let member = Member {
        user_id: anna,
        username: "anna".to_owned(),
        display_name: "anna the First".to_owned(),
        role: Role::Owner,
        joined_at: at(1),
        read_seq: 0,
        delivered_seq: 0,
    };
    let (message_id, seq) = (MessageId::encode(chat.0, 1), 1);
    let contents = [
        ChatEventContent::ChatCreated {
            kind: ChatKind::Room,
            name: "The \"general\"".to_owned(),
            description: String::new(),
            by: None,
            timestamp: at(1),
        },
        ChatEventContent::MemberChanged { change: MemberChange::Joined, member, by: anna, timestamp: at(1) },
        ChatEventContent::ChatUpdated { name: "n".to_owned(), description: "d".to_owned(), by: anna, timestamp: at(2) },
        ChatEventContent::ReactionChanged {
            message_id: message_id.clone(),
            seq,
            emoji: "👍".to_owned(),
            user_id: anna,
            added: true,
        },
        ChatEventContent::PinChanged { message_id: message_id.clone(), seq, pinned: true, by: anna },
        ChatEventContent::MessageDeleted { message_id: message_id.clone(), seq, deleted_by: anna, deleted_at: at(3) },
        ChatEventContent::ChatDeleted { by: anna, timestamp: at(4) },
    ];
    for (n, content) in (1..).zip(contents.clone()) {
        let rev = write!(bed.store, chat, |tx| {
            let rev = tx.next_rev(chat).await?;
            tx.insert_event(chat, rev, &NewEvent { content: &content, by: anna, ts: at(n), previous: None }).await?;
            Ok(rev)
        });
        assert_eq!(rev.unwrap(), n);
    }
    let id = ChatId::from("general");
    let mut read = bed.store.read().await.unwrap();
    let events = list_events(&mut read, chat, &id, 0, 100).await.unwrap();
    let expected: Vec<_> =
        (1..).zip(contents).map(|(rev, content)| ChatEvent { chat_id: id.clone(), rev, content }).collect();
    assert_eq!(events, expected);
    assert_eq!(list_events(&mut read, chat, &id, 2, 3).await.unwrap(), expected[2..5]);
    assert!(list_events(&mut read, chat, &id, 7, 3).await.unwrap().is_empty());
    assert!(list_events(&mut read, ChatKey(99), &id, 0, 3).await.unwrap().is_empty());
});

contract!(messages_in_the_log_are_in_their_present_state, |bed| {
    let anna = bed.user("anna").await;
    let chat = bed.chat("general", ChatKind::Room).await;
    bed.join(chat, anna, Role::Owner).await;
    for n in 1..=3 {
        bed.say(chat, anna, &format!("text {n}")).await;
    }
    edit(bed, chat, anna, 2, "changed", 50).await.unwrap();
    bed.say(chat, anna, "text 4").await;
    let mut read = bed.store.read().await.unwrap();
    let events = list_events(&mut read, chat, &"general".into(), 1, 100).await.unwrap();
    let texts: Vec<_> = events
        .iter()
        .map(|event| match &event.content {
            ChatEventContent::NewMessage { message } => format!("{}: {} {}", event.rev, message.seq, message.content),
            ChatEventContent::MessageEdited { seq, content, .. } => format!("{}: {seq} is {content}", event.rev),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts, ["2: 2 changed", "3: 3 text 3", "4: 2 is changed", "5: 4 text 4"]);
    let ChatEventContent::NewMessage { message } = &events[0].content else { panic!() };
    assert_eq!(find_message(&mut read, chat, 2).await.unwrap().as_ref(), Some(message));
});

contract!(a_message_is_no_event_for_other_writes, |bed| {
    let anna = bed.user("anna").await;
    let chat = bed.chat("general", ChatKind::Room).await;
    bed.join(chat, anna, Role::Owner).await;
    bed.say(chat, anna, "text").await;
    let found = find_message(&mut bed.store.read().await.unwrap(), chat, 1).await.unwrap().unwrap();
    let refused = write!(bed.store, chat, |tx| {
        let content = ChatEventContent::NewMessage { message: found };
        let rev = tx.next_rev(chat).await?;
        tx.insert_event(chat, rev, &NewEvent { content: &content, by: anna, ts: at(1), previous: None }).await
    });
    assert!(matches!(refused, Err(StoreError::Internal(_))));
    assert_eq!(bed.say(chat, anna, "next").await.rev, 2, "the place was not taken");
});

contract!(a_hole_in_the_log_is_told_and_not_passed_over, |bed| {
    let anna = bed.user("anna").await;
    let chat = bed.chat("general", ChatKind::Room).await;
    bed.join(chat, anna, Role::Owner).await;
    bed.say(chat, anna, "text").await;
    for spoil in [
        "DELETE FROM messages",
        "UPDATE events SET kind = 3",
        "UPDATE events SET body = '{}'",
        "UPDATE events SET kind = 2, seq = NULL, body = NULL",
    ] {
        let mut conn = bed.raw().await;
        sqlx::query(spoil).execute(&mut conn).await.unwrap();
        let broken = list_events(&mut bed.store.read().await.unwrap(), chat, &"general".into(), 0, 9).await;
        assert!(matches!(broken, Err(StoreError::Internal(_))), "{spoil}: {broken:?}");
    }
});

contract!(heads_tell_how_far_chats_are, |bed| {
    let anna = bed.user("anna").await;
    let (one, two) = (bed.chat("one", ChatKind::Room).await, bed.chat("two", ChatKind::Group).await);
    bed.join(one, anna, Role::Owner).await;
    for _ in 0..3 {
        post(&bed.store, message(one, anna, "x")).await.unwrap();
    }
    let ids = ["two", "nowhere", "one", "' OR 1=1"].map(ChatId::from);
    let mut read = bed.store.read().await.unwrap();
    let mut heads = list_heads(&mut read, ids.iter()).await.unwrap();
    heads.sort_by_key(|head| head.key);
    assert_eq!(
        heads,
        [Head { key: one, id: ChatId::from("one"), rev: 3 }, Head { key: two, id: ChatId::from("two"), rev: 0 }]
    );
    assert!(list_heads(&mut read, [].iter()).await.unwrap().is_empty());
});
