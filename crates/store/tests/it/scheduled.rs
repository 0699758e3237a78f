//! Messages waiting for their time.

use vestnik_proto::{ChatKind, ErrorCode, MessageType};
use vestnik_store::*;

use crate::bed::at;

contract!(scheduled_messages_wait_change_and_go, |bed| {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let chat = bed.chat("general", ChatKind::Room).await;
    let row = |id: &str, user, secs| ScheduledRow {
        id: id.to_owned(),
        user,
        chat,
        content: "later".to_owned(),
        message_type: MessageType::Emote,
        reply_seq: Some(3),
        send_at: at(secs),
        failed: None,
    };
    let rows = [row("b", anna, 20), row("a", anna, 20), row("c", boris, 10), row("d", anna, 30)];
    for row in rows.clone() {
        write!(bed.store, chat, |tx| tx.insert_scheduled(&row).await).unwrap();
    }
    let ids = |rows: Vec<ScheduledRow>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    let mut read = bed.store.read().await.unwrap();
    assert_eq!(find_scheduled(&mut read, "b").await.unwrap().as_ref(), Some(&rows[0]));
    assert_eq!(find_scheduled(&mut read, "z").await.unwrap(), None);
    assert_eq!(ids(list_scheduled(&mut read, anna).await.unwrap()), ["a", "b", "d"]);
    assert_eq!(find_next_due(&mut read).await.unwrap(), Some(at(10)));
    assert_eq!(ids(list_due(&mut read, at(9), 9).await.unwrap()), Vec::<String>::new());
    assert_eq!(ids(list_due(&mut read, at(20), 2).await.unwrap()), ["c", "a"]);

    write!(bed.store, chat, |tx| tx.update_scheduled("c", "changed", at(10), Some(ErrorCode::Forbidden)).await)
        .unwrap();
    let failed = find_scheduled(&mut read, "c").await.unwrap().unwrap();
    assert_eq!((failed.content.as_str(), failed.failed), ("changed", Some(ErrorCode::Forbidden)));
    assert_eq!(ids(list_due(&mut read, at(20), 9).await.unwrap()), ["a", "b"], "what has failed is not tried again");
    assert_eq!(find_next_due(&mut read).await.unwrap(), Some(at(20)));
    write!(bed.store, chat, |tx| tx.update_scheduled("c", "again", at(5), None).await).unwrap();
    assert_eq!(find_next_due(&mut read).await.unwrap(), Some(at(5)));

    assert!(write!(bed.store, chat, |tx| tx.delete_scheduled("c").await).unwrap());
    assert!(!write!(bed.store, chat, |tx| tx.delete_scheduled("c").await).unwrap());
    let gone = write!(bed.store, chat, |tx| tx.update_scheduled("c", "", at(5), None).await);
    assert!(matches!(gone, Err(StoreError::Gone)));
    write!(bed.store, chat, |tx| tx.delete_chat(chat, at(50)).await).unwrap();
    assert_eq!(find_next_due(&mut read).await.unwrap(), None);
});
