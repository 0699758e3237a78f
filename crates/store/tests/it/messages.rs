//! Messages in their present state: pages, edits, deletions, reactions, pins.

use vestnik_proto::{
    ChatEventContent, ChatKind, MentionAll, Message, MessageId, MessageType, MessageVersion, Role, UserId,
};
use vestnik_store::*;

use crate::bed::{Bed, at, message, post};

/// A room with two members and messages "1", "2", … sent a second after each other.
async fn room(bed: &Bed, messages: i64) -> (ChatKey, UserId, UserId) {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let chat = bed.chat("general", ChatKind::Room).await;
    bed.join(chat, anna, Role::Owner).await;
    bed.join(chat, boris, Role::Member).await;
    let sent: Vec<_> =
        (1..=messages).map(|n| post(&bed.store, Append { ts: at(n), ..message(chat, anna, &n.to_string()) })).collect();
    for message in sent {
        message.await.unwrap();
    }
    (chat, anna, boris)
}

pub(crate) async fn edit(
    bed: &Bed,
    chat: ChatKey,
    by: UserId,
    seq: i64,
    content: &str,
    secs: i64,
) -> Result<i64, StoreError> {
    let content = content.to_owned();
    write!(bed.store, chat, |tx| {
        let before = find_message(tx, chat, seq).await?.ok_or(StoreError::Gone)?;
        let rev = tx.next_rev(chat).await?;
        tx.edit_message(chat, seq, &content, &[], None, at(secs)).await?;
        let event = ChatEventContent::MessageEdited {
            message_id: MessageId::encode(chat.0, seq),
            seq,
            content,
            mentions: Vec::new(),
            mention_all: None,
            edited_at: at(secs),
        };
        tx.insert_event(chat, rev, &NewEvent { content: &event, by, ts: at(secs), previous: Some(&before.content) })
            .await?;
        Ok(rev)
    })
}

async fn get(bed: &Bed, chat: ChatKey, seq: i64) -> Message {
    find_message(&mut bed.store.read().await.unwrap(), chat, seq).await.unwrap().unwrap()
}

contract!(a_message_is_found_as_it_was_sent, |bed| {
    let (chat, anna, boris) = room(bed, 1).await;
    let content = "Привет, \"мир\"! \\u0041 \t\n\u{1f4a9} {\"x\":1} $1 %_ 'quoted'";
    let append = Append {
        message_type: MessageType::Emote,
        reply_seq: Some(1),
        mentions: vec![boris, anna, boris],
        mention_all: Some(MentionAll::Here),
        ts: at(5),
        ..message(chat, boris, content)
    };
    let appended = post(&bed.store, append).await.unwrap();
    assert_eq!((appended.rev, appended.seq, appended.ts, appended.repeat), (2, 2, at(5), false));
    assert_eq!(
        get(bed, chat, 2).await,
        Message {
            id: MessageId::encode(chat.0, 2),
            seq: 2,
            sender_id: boris,
            sender_username: "boris".to_owned(),
            content: content.to_owned(),
            message_type: MessageType::Emote,
            timestamp: at(5),
            reply_to: Some(MessageId::encode(chat.0, 1)),
            mentions: vec![boris, anna, boris],
            mention_all: Some(MentionAll::Here),
            reactions: Default::default(),
            edited: false,
            edited_at: None,
            deleted: false,
            deleted_at: None,
            deleted_by: None,
            pinned: false,
        }
    );
    let mut read = bed.store.read().await.unwrap();
    assert_eq!(find_message(&mut read, chat, 3).await.unwrap(), None);
    assert_eq!(find_message(&mut read, ChatKey(99), 1).await.unwrap(), None);
});

contract!(texts_that_look_like_something_else_stay_texts, |bed| {
    let (chat, anna, _) = room(bed, 0).await;
    for content in ["", "123", "1e5", "-0.0", "null", "true", "[1]", "{\"a\":{}}", "0x10", "9223372036854775808"] {
        let appended = bed.say(chat, anna, content).await;
        assert_eq!(get(bed, chat, appended.seq).await.content, content);
    }
    let refused = bed.store.append(message(chat, anna, "a\0b"), |_, _| {});
    assert!(matches!(refused, Err(StoreError::Internal(_))), "no text of PostgreSQL can hold it");
});

contract!(pages_are_ascending_from_either_end, |bed| {
    let (chat, ..) = room(bed, 20).await;
    let page = async |from, to, limit, newest| -> Vec<i64> {
        let mut read = bed.store.read().await.unwrap();
        let messages = list_messages(&mut read, chat, Range { from, to, limit, newest }).await.unwrap();
        assert!(messages.iter().all(|message| message.content == message.seq.to_string()));
        messages.into_iter().map(|message| message.seq).collect()
    };
    assert_eq!(page(1, i64::MAX, 3, true).await, [18, 19, 20]);
    assert_eq!(page(1, 10, 3, true).await, [8, 9, 10]);
    assert_eq!(page(11, i64::MAX, 3, false).await, [11, 12, 13]);
    assert_eq!(page(5, 6, 9, false).await, [5, 6]);
    assert_eq!(page(5, 6, 9, true).await, [5, 6]);
    assert_eq!(page(5, 5, 9, true).await, [5]);
    assert!(page(6, 5, 9, true).await.is_empty());
    assert!(page(21, i64::MAX, 9, false).await.is_empty());
    assert!(page(1, 20, 0, false).await.is_empty());
});

contract!(the_last_messages_of_many_chats_come_at_once, |bed| {
    let (one, anna, boris) = room(bed, 3).await;
    let (two, empty) = (bed.chat("two", ChatKind::Group).await, bed.chat("empty", ChatKind::Group).await);
    bed.join(two, boris, Role::Owner).await;
    bed.say(two, boris, "hello").await;
    write!(bed.store, two, |tx| {
        for (emoji, user) in [("👍", boris), ("👍", anna), ("❤", anna)] {
            let rev = tx.next_rev(two).await?;
            assert!(tx.insert_reaction(two, 1, emoji, user, rev).await?);
        }
        Ok(())
    })
    .unwrap();
    let mut read = bed.store.read().await.unwrap();
    let last = list_last_messages(&mut read, &[(two, 1), (one, 3), (empty, 0), (ChatKey(99), 5)]).await.unwrap();
    assert_eq!(last.len(), 2);
    assert_eq!((last[&one].content.as_str(), last[&one].sender_id), ("3", anna));
    assert_eq!(last[&two], get(bed, two, 1).await, "complete with reactions in their order");
    assert_eq!(last[&two].reactions["👍"], [boris, anna]);
    assert!(list_last_messages(&mut read, &[(empty, 0)]).await.unwrap().is_empty());
    assert!(list_last_messages(&mut read, &[]).await.unwrap().is_empty());
});

contract!(the_newest_before_a_time_is_found_by_halving, |bed| {
    let (chat, anna, _) = room(bed, 9).await;
    post(&bed.store, Append { ts: at(9), ..message(chat, anna, "10") }).await.unwrap();
    let mut read = bed.store.read().await.unwrap();
    for (secs, expected) in [(0, 0), (1, 0), (2, 1), (9, 8), (10, 10), (1_000, 10)] {
        assert_eq!(find_seq_before(&mut read, chat, 10, at(secs)).await.unwrap(), expected, "{secs}");
    }
    assert_eq!(find_seq_before(&mut read, chat, 4, at(1_000)).await.unwrap(), 4);
    assert_eq!(find_seq_before(&mut read, ChatKey(99), 0, at(1_000)).await.unwrap(), 0);
});

contract!(an_edit_keeps_every_version_and_replaces_mentions, |bed| {
    let (chat, anna, boris) = room(bed, 1).await;
    let append = Append { mentions: vec![boris], reply_seq: Some(1), ts: at(2), ..message(chat, anna, "first") };
    post(&bed.store, append).await.unwrap();
    assert_eq!(edit(bed, chat, anna, 2, "second", 10).await.unwrap(), 3);
    assert_eq!(edit(bed, chat, anna, 2, "third", 20).await.unwrap(), 4);
    let edited = get(bed, chat, 2).await;
    assert_eq!((edited.content.as_str(), edited.edited, edited.edited_at), ("third", true, Some(at(20))));
    assert_eq!(edited.reply_to, Some(MessageId::encode(chat.0, 1)), "it still answers");
    assert!(edited.mentions.is_empty());
    let mut read = bed.store.read().await.unwrap();
    let versions = list_versions(&mut read, chat, &edited).await.unwrap();
    let version = |content: &str, secs| MessageVersion { content: content.to_owned(), timestamp: at(secs) };
    assert_eq!(versions, [version("first", 2), version("second", 10), version("third", 20)]);
    let plain = get(bed, chat, 1).await;
    assert_eq!(list_versions(&mut read, chat, &plain).await.unwrap(), [version("1", 1)]);

    assert_eq!(count_mentions(&mut read, chat, boris, 0).await.unwrap(), 0);
    write!(bed.store, chat, |tx| tx
        .edit_message(chat, 2, "x", &[boris, boris, anna], Some(MentionAll::Room), at(30))
        .await)
    .unwrap();
    assert_eq!(count_mentions(&mut read, chat, boris, 0).await.unwrap(), 1);
    let edited = get(bed, chat, 2).await;
    assert_eq!((edited.mentions, edited.mention_all), (vec![boris, boris, anna], Some(MentionAll::Room)));
    assert!(matches!(edit(bed, chat, anna, 9, "none", 40).await, Err(StoreError::Gone)));
    let gone = write!(bed.store, chat, |tx| tx.edit_message(chat, 9, "x", &[], None, at(30)).await);
    assert!(matches!(gone, Err(StoreError::Gone)));
});

contract!(a_deleted_message_leaves_a_stub_and_no_text_anywhere, |bed| {
    let (chat, anna, boris) = room(bed, 1).await;
    let secret = "the secret";
    let append = Append {
        mentions: vec![boris],
        mention_all: Some(MentionAll::Room),
        reply_seq: Some(1),
        ..message(chat, anna, secret)
    };
    post(&bed.store, append).await.unwrap();
    edit(bed, chat, anna, 2, "the secret, better told", 10).await.unwrap();
    write!(bed.store, chat, |tx| {
        let rev = tx.next_rev(chat).await?;
        tx.insert_reaction(chat, 2, "👍", boris, rev).await?;
        tx.insert_event(
            chat,
            rev,
            &NewEvent { content: &reaction(chat, 2, boris, true), by: boris, ts: at(11), previous: None },
        )
        .await?;
        assert!(tx.set_pinned(chat, 2, Some(at(12))).await?);
        let rev = tx.next_rev(chat).await?;
        tx.delete_message(chat, 2, boris, at(13)).await?;
        let event = ChatEventContent::MessageDeleted {
            message_id: MessageId::encode(chat.0, 2),
            seq: 2,
            deleted_by: boris,
            deleted_at: at(13),
        };
        tx.insert_event(chat, rev, &NewEvent { content: &event, by: boris, ts: at(13), previous: None }).await
    })
    .unwrap();
    let stub = get(bed, chat, 2).await;
    assert_eq!(
        (stub.content.as_str(), stub.deleted, stub.deleted_at, stub.deleted_by),
        ("", true, Some(at(13)), Some(boris))
    );
    assert_eq!((stub.edited, stub.pinned, stub.mention_all, stub.sender_id), (false, false, None, anna));
    assert!(stub.reactions.is_empty() && stub.mentions.is_empty());
    assert_eq!(stub.reply_to, Some(MessageId::encode(chat.0, 1)));
    let mut read = bed.store.read().await.unwrap();
    assert_eq!(count_mentions(&mut read, chat, boris, 0).await.unwrap(), 0);
    assert!(list_pins(&mut read, chat).await.unwrap().is_empty());
    assert!(list_versions(&mut read, chat, &stub).await.unwrap().iter().all(|version| version.content.is_empty()));

    let events = list_events(&mut read, chat, &"general".into(), 0, 100).await.unwrap();
    assert_eq!(events.iter().map(|event| event.rev).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert!(
        matches!(&events[2].content, ChatEventContent::MessageEdited { content, edited_at, .. } if content.is_empty() && *edited_at == at(10))
    );
    let everything = serde_json::to_string(&events).unwrap();
    assert!(!everything.contains("secret"), "{everything}");
    assert_eq!(
        bed.number(
            "SELECT (SELECT COUNT(*) FROM messages WHERE content LIKE '%secret%') \
             + (SELECT COUNT(*) FROM events WHERE body LIKE '%secret%' OR previous LIKE '%secret%')"
        )
        .await,
        0
    );

    for gone in [
        write!(bed.store, chat, |tx| tx.delete_message(chat, 2, anna, at(14)).await),
        write!(bed.store, chat, |tx| tx.delete_message(chat, 9, anna, at(14)).await),
        write!(bed.store, chat, |tx| tx.edit_message(chat, 2, "back", &[], None, at(14)).await),
    ] {
        assert!(matches!(gone, Err(StoreError::Gone)), "{gone:?}");
    }
    assert!(!write!(bed.store, chat, |tx| tx.set_pinned(chat, 2, Some(at(15))).await).unwrap());
});

fn reaction(chat: ChatKey, seq: i64, user: UserId, added: bool) -> ChatEventContent {
    ChatEventContent::ReactionChanged {
        message_id: MessageId::encode(chat.0, seq),
        seq,
        emoji: "👍".to_owned(),
        user_id: user,
        added,
    }
}

contract!(reactions_stand_in_the_order_they_were_put_on, |bed| {
    let (chat, anna, boris) = room(bed, 2).await;
    let vera = bed.user("vera").await;
    let react = async |user, emoji: &'static str, on| {
        write!(bed.store, chat, |tx| {
            let rev = tx.next_rev(chat).await?;
            if on {
                tx.insert_reaction(chat, 1, emoji, user, rev).await
            } else {
                tx.delete_reaction(chat, 1, emoji, user).await
            }
        })
        .unwrap()
    };
    assert!(react(vera, "👍", true).await);
    assert!(react(anna, "👍", true).await);
    assert!(react(boris, "👍", true).await);
    assert!(react(boris, "❤️", true).await);
    assert!(!react(anna, "👍", true).await);
    assert_eq!(get(bed, chat, 1).await.reactions["👍"], [vera, anna, boris]);
    assert!(react(vera, "👍", false).await);
    assert!(!react(vera, "👍", false).await);
    assert!(react(vera, "👍", true).await);
    let message = get(bed, chat, 1).await;
    assert_eq!(message.reactions["👍"], [anna, boris, vera]);
    assert_eq!(message.reactions["❤️"], [boris]);
    assert!(get(bed, chat, 2).await.reactions.is_empty());
    assert!(react(boris, "❤️", false).await);
    assert!(!get(bed, chat, 1).await.reactions.contains_key("❤️"));
});

contract!(pins_come_latest_first, |bed| {
    let (chat, ..) = room(bed, 4).await;
    let pin = async |seq, when| write!(bed.store, chat, |tx| tx.set_pinned(chat, seq, when).await).unwrap();
    assert!(pin(3, Some(at(50))).await);
    assert!(pin(1, Some(at(60))).await);
    assert!(pin(2, Some(at(60))).await);
    assert!(!pin(1, Some(at(99))).await, "it is pinned already");
    assert!(!pin(9, Some(at(99))).await);
    let pins = async || -> Vec<i64> {
        let pins = list_pins(&mut bed.store.read().await.unwrap(), chat).await.unwrap();
        assert!(pins.iter().all(|message| message.pinned));
        pins.into_iter().map(|message| message.seq).collect()
    };
    assert_eq!(pins().await, [2, 1, 3]);
    assert_eq!(count_pins(&mut bed.store.read().await.unwrap(), chat).await.unwrap(), 3);
    assert!(pin(1, None).await);
    assert!(!pin(1, None).await);
    assert!(!pin(4, None).await);
    assert_eq!(pins().await, [2, 3]);
    assert!(!get(bed, chat, 1).await.pinned);
});
