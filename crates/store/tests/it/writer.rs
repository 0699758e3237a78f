//! The writer: order, repeats, batches, hooks, failures of single writes, limits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use vestnik_proto::{ChatEventContent, ChatId, ChatKind, Role, UserId};
use vestnik_store::*;

use crate::bed::{Bed, Gate, at, client_id, message, post};

async fn chats(bed: &Bed, count: i64, members: &[UserId]) -> Vec<ChatKey> {
    let mut chats = Vec::new();
    for n in 0..count {
        let chat = bed.chat(&format!("chat{n}"), ChatKind::Group).await;
        for user in members {
            bed.join(chat, *user, Role::Member).await;
        }
        chats.push(chat);
    }
    chats
}

/// The log and the messages of a chat are dense, and the chat's row agrees with them.
async fn assert_dense(store: &Store, chat: ChatKey) -> Vec<vestnik_proto::Message> {
    let mut read = store.read().await.unwrap();
    let row = find_chat_by_key(&mut read, chat).await.unwrap().unwrap();
    let events = list_events(&mut read, chat, &row.id, 0, i64::MAX).await.unwrap();
    assert_eq!(events.iter().map(|event| event.rev).collect::<Vec<_>>(), (1..=row.rev).collect::<Vec<_>>());
    let range = Range { from: 1, to: i64::MAX, limit: i64::MAX, newest: false };
    let messages = list_messages(&mut read, chat, range).await.unwrap();
    assert_eq!(messages.iter().map(|message| message.seq).collect::<Vec<_>>(), (1..=row.last_seq).collect::<Vec<_>>());
    let in_log = events.iter().filter_map(|event| match &event.content {
        ChatEventContent::NewMessage { message } => Some(message.seq),
        _ => None,
    });
    assert_eq!(in_log.collect::<Vec<_>>(), (1..=row.last_seq).collect::<Vec<_>>());
    messages
}

contract!(many_tasks_with_repeats_and_a_restart_leave_each_message_once, |bed| {
    const TASKS: u64 = 64;
    const SENDS: u64 = 12;
    let users = [bed.user("anna").await, bed.user("boris").await];
    let chats = Arc::new(chats(bed, 5, &users).await);
    let mut first: BTreeMap<(UserId, u64), Appended> = BTreeMap::new();
    let told = Arc::new(Mutex::new(Vec::new()));
    for round in 0..2 {
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let (store, chats, told) = (bed.store.clone(), chats.clone(), told.clone());
                tokio::spawn(async move {
                    let mut answers = Vec::new();
                    let mut pending = Vec::new();
                    for n in 0..SENDS {
                        // Four tasks send the same keys, and every third twice at once.
                        let key = task / 4 * SENDS + n;
                        let user = users[(task / 4 % 2) as usize];
                        let chat = chats[(key % 5) as usize];
                        for _ in 0..if n % 3 == 0 { 2 } else { 1 } {
                            let append = Append {
                                client_id: Some(client_id(key)),
                                ts: at(1_000 * round + n as i64),
                                ..message(chat, user, &format!("message {key}"))
                            };
                            let told = told.clone();
                            let committed = move |append: Append, appended: Appended| {
                                told.lock().unwrap().push((append.chat, append.client_id, appended));
                            };
                            pending.push((user, key, store.append(append, committed).unwrap()));
                        }
                    }
                    for (user, key, pending) in pending {
                        answers.push((user, key, pending.await.unwrap()));
                    }
                    answers
                })
            })
            .collect();
        for task in tasks {
            for (user, key, appended) in task.await.unwrap() {
                let known = first.entry((user, key)).or_insert(appended);
                assert_eq!((known.rev, known.seq, known.ts), (appended.rev, appended.seq, appended.ts));
                assert!(round == 0 || appended.repeat, "after a restart everything is known");
            }
        }
        bed.reopen().await;
    }
    let count = TASKS / 4 * SENDS;
    assert_eq!(first.len() as u64, count);
    let mut seen = BTreeSet::new();
    for chat in chats.iter() {
        for message in assert_dense(&bed.store, *chat).await {
            assert!(seen.insert(message.content));
        }
    }
    assert_eq!(seen.len() as u64, count);

    // Told once each, and within a chat in the order of the log.
    let told = told.lock().unwrap();
    assert_eq!(told.len() as u64, count);
    for chat in chats.iter() {
        let revs: Vec<_> = told.iter().filter(|(at, ..)| at == chat).map(|(.., appended)| appended.rev).collect();
        assert_eq!(revs, (1..=revs.len() as i64).collect::<Vec<_>>());
    }
    assert!(told.iter().all(|(.., appended)| !appended.repeat));
});

contract!(two_stores_on_one_database_agree, |bed| {
    let users = [bed.user("anna").await, bed.user("boris").await];
    let chats = chats(bed, 6, &users).await;
    let other = Store::open(&bed.config).await.unwrap();
    let mut tasks = Vec::new();
    for round in 0..6 {
        for store in [&bed.store, &other] {
            for (n, chat) in chats.iter().copied().enumerate() {
                let store = store.clone();
                tasks.push(tokio::spawn(async move {
                    let mut answers = Vec::new();
                    for key in 0..8 {
                        let key = round * 100 + n as u64 * 10 + key;
                        let append = Append {
                            client_id: Some(client_id(key)),
                            ..message(chat, users[n % 2], &format!("{key}"))
                        };
                        answers.push((key, chat, post(&store, append).await.unwrap()));
                    }
                    answers
                }));
            }
        }
    }
    let mut first = BTreeMap::new();
    for task in tasks {
        for (key, chat, appended) in task.await.unwrap() {
            let known = first.entry((key, chat)).or_insert(appended);
            assert_eq!((known.rev, known.seq), (appended.rev, appended.seq));
        }
    }
    for chat in chats {
        assert_eq!(assert_dense(&other, chat).await.len(), 48);
    }
    other.close().await;
});

contract!(one_key_for_messages_of_many_chats_at_once_serves_one_of_them, |bed| {
    let users = [bed.user("anna").await, bed.user("boris").await];
    let chats = chats(bed, 8, &users).await;
    for key in 0..10 {
        let mut misused = Vec::new();
        let mut neighbours = Vec::new();
        for (n, chat) in chats.iter().enumerate() {
            let text = format!("{key} in {n}");
            // Opposite orders in the lanes: neither may wait for the other.
            let keys = if n % 2 == 0 { [key * 2, key * 2 + 1] } else { [key * 2 + 1, key * 2] };
            for id in keys {
                let append = Append { client_id: Some(client_id(id)), ..message(*chat, users[0], &text) };
                misused.push(post(&bed.store, append));
            }
            neighbours.push(post(&bed.store, message(*chat, users[1], &text)));
        }
        let mut served = 0;
        for pending in misused {
            match pending.await {
                Ok(_) => served += 1,
                Err(error) => assert!(matches!(error, StoreError::ClientIdReused), "{error}"),
            }
        }
        assert_eq!(served, 2);
        for pending in neighbours {
            pending.await.expect("another person's message is not spoiled");
        }
    }
    for chat in chats {
        assert_dense(&bed.store, chat).await;
    }
});

contract!(a_key_used_for_something_else_is_refused, |bed| {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let chat = chats(bed, 1, &[anna, boris]).await[0];
    let keyed = |user, text: &str| Append { client_id: Some(client_id(1)), ..message(chat, user, text) };
    let gate = Gate::shut(&bed.store, chat).await;
    let batch = [keyed(anna, "one"), keyed(anna, "other"), keyed(anna, "one"), keyed(boris, "other")]
        .map(|append| post(&bed.store, append));
    gate.open().await;
    let [first, other, again, boriss] = futures_util::future::join_all(batch).await.try_into().unwrap();
    let first = first.unwrap();
    assert!(matches!(other, Err(StoreError::ClientIdReused)));
    assert_eq!(again.unwrap(), Appended { repeat: true, ..first });
    assert!(!boriss.unwrap().repeat, "keys are each user's own");
    assert!(matches!(post(&bed.store, keyed(anna, "other")).await, Err(StoreError::ClientIdReused)));
    assert_eq!(post(&bed.store, keyed(anna, "one")).await.unwrap(), Appended { repeat: true, ..first });
    assert_eq!(assert_dense(&bed.store, chat).await.len(), 2);
});

contract!(a_deleted_chat_takes_nothing_and_spoils_nothing, |bed| {
    let anna = bed.user("anna").await;
    let chats = chats(bed, 5, &[anna]).await;
    // Of one lane on PostgreSQL.
    let (deleted, alive) = (chats[0], chats[4]);
    let keyed = |chat, n, text: &str| Append { client_id: Some(client_id(n)), ..message(chat, anna, text) };
    let before = post(&bed.store, keyed(deleted, 1, "before")).await.unwrap();
    write!(bed.store, deleted, |tx| tx.delete_chat(deleted, at(5)).await).unwrap();

    let gate = Gate::shut(&bed.store, alive).await;
    let batch = [
        keyed(alive, 2, "a"),
        keyed(deleted, 3, "lost"),
        keyed(deleted, 3, "lost"),
        // The key of a message that was lost, for one that could live: no number is there for it in this batch.
        keyed(alive, 3, "b"),
        keyed(deleted, 1, "before"),
        keyed(ChatKey(alive.0 + 4_000), 9, "nowhere"),
        keyed(alive, 4, "c"),
    ]
    .map(|append| post(&bed.store, append));
    gate.open().await;
    let results = futures_util::future::join_all(batch).await;
    let [a, lost, again, b, known, nowhere, c] = results.try_into().unwrap();
    assert_eq!((a.unwrap().seq, c.unwrap().seq), (1, 2));
    assert!(matches!(lost, Err(StoreError::Gone)) && matches!(again, Err(StoreError::Gone)));
    assert!(matches!(b, Err(StoreError::ClientIdReused)));
    assert!(matches!(nowhere, Err(StoreError::Gone)));
    assert_eq!(known.unwrap(), Appended { repeat: true, ..before }, "what was stored stays stored");
    assert_eq!(post(&bed.store, keyed(alive, 3, "b")).await.unwrap().seq, 3, "nothing was done with the key");
    assert_dense(&bed.store, alive).await;
});

contract!(senders_are_answered_before_the_others_are_told, |bed| {
    let anna = bed.user("anna").await;
    let chat = chats(bed, 1, &[anna]).await[0];
    let pendings: Arc<Mutex<Vec<Option<PendingAppend>>>> = Arc::default();
    let told: Arc<Mutex<Vec<(i64, bool)>>> = Arc::default();
    let gate = Gate::shut(&bed.store, chat).await;
    for n in 0..3 {
        let (all, told) = (pendings.clone(), told.clone());
        let committed = move |append: Append, appended: Appended| {
            assert_eq!(append.content, n.to_string());
            let pending = all.lock().unwrap()[n].take().unwrap();
            let answered = matches!(pending.now_or_never(), Some(Ok(answer)) if answer == appended);
            told.lock().unwrap().push((appended.rev, answered));
        };
        let pending = bed.store.append(message(chat, anna, &n.to_string()), committed).unwrap();
        pendings.lock().unwrap().push(Some(pending));
    }
    gate.open().await;
    bed.say(chat, anna, "last").await;
    assert_eq!(*told.lock().unwrap(), [(1, true), (2, true), (3, true)]);
});

contract!(hooks_run_after_the_commit_and_before_the_answer, |bed| {
    let anna = bed.user("anna").await;
    let chat = chats(bed, 1, &[anna]).await[0];
    let told: Arc<Mutex<Vec<i64>>> = Arc::default();
    for _ in 0..5 {
        let hooked = told.clone();
        let rev = write!(bed.store, chat, |tx| {
            let rev = tx.next_rev(chat).await?;
            tx.after_commit(move || hooked.lock().unwrap().push(rev));
            Ok(rev)
        })
        .unwrap();
        assert_eq!(told.lock().unwrap().last(), Some(&rev), "told before it was answered");
    }
    // Many at once, messages among them: still in the order of the log.
    let tasks: Vec<_> = (0..40)
        .map(|n| {
            let (store, told) = (bed.store.clone(), told.clone());
            tokio::spawn(async move {
                if n % 2 == 0 {
                    let committed = move |_: Append, appended: Appended| told.lock().unwrap().push(appended.rev);
                    store.append(message(chat, anna, "x"), committed).unwrap().await.unwrap();
                } else {
                    write!(store, chat, |tx| {
                        let rev = tx.next_rev(chat).await?;
                        tx.after_commit(move || told.lock().unwrap().push(rev));
                        Ok(())
                    })
                    .unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    // The last `committed` may run after its answer; a write behind it does not.
    write!(bed.store, chat, |_tx| Ok(())).unwrap();
    assert_eq!(*told.lock().unwrap(), (1..=45).collect::<Vec<_>>());
});

contract!(an_undone_write_undoes_itself_alone, |bed| {
    let anna = bed.user("anna").await;
    let chat = chats(bed, 1, &[anna]).await[0];
    let hooked = Arc::new(Mutex::new(Vec::new()));
    let gate = Gate::shut(&bed.store, chat).await;
    let pending = post(&bed.store, message(chat, anna, "before"));
    let mut writes = Vec::new();
    for n in 0..6 {
        let (store, hooked) = (bed.store.clone(), hooked.clone());
        writes.push(tokio::spawn(async move {
            write!(store, chat, |tx| {
                tx.set_meta(&format!("write {n}"), "done").await?;
                tx.next_rev(chat).await?;
                tx.after_commit(move || hooked.lock().unwrap().push(n));
                match n % 3 {
                    0 => Ok(n),
                    1 => Err(StoreError::Gone),
                    // A statement that the database refuses.
                    _ => sqlx::query("SELECT * FROM nowhere")
                        .execute(tx.conn())
                        .await
                        .map(|_| n)
                        .map_err(StoreError::from),
                }
            })
        }));
        tokio::task::yield_now().await;
    }
    gate.open().await;
    pending.await.unwrap();
    for (n, write) in (0..).zip(writes) {
        let result = write.await.unwrap();
        match n % 3 {
            0 => assert_eq!(result.unwrap(), n),
            1 => assert!(matches!(result, Err(StoreError::Gone)), "{result:?}"),
            _ => assert!(matches!(result, Err(StoreError::Internal(_))), "{result:?}"),
        }
        let kept = find_meta(&mut bed.store.read().await.unwrap(), &format!("write {n}")).await.unwrap();
        assert_eq!(kept.is_some(), n % 3 == 0, "{n}");
    }
    let mut hooked = hooked.lock().unwrap().clone();
    hooked.sort_unstable();
    assert_eq!(hooked, [0, 3]);
    assert_eq!(bed.say(chat, anna, "after").await.rev, 4, "only what was kept has taken places");
    assert!(bed.store.is_healthy());
});

contract!(a_write_that_hides_a_failed_statement_is_not_called_done, |bed| {
    let result = write!(bed.store, ChatKey(0), |tx| {
        tx.set_meta("key", "value").await?;
        let _ = sqlx::query("SELECT * FROM nowhere").execute(tx.conn()).await;
        Ok(())
    });
    let kept = find_meta(&mut bed.store.read().await.unwrap(), "key").await.unwrap();
    // SQLite goes on after a failed statement, PostgreSQL does not; either way the answer is the truth.
    assert_eq!(result.is_ok(), kept.is_some(), "{result:?}");
    assert_eq!(result.is_ok(), bed.engine() == Engine::Sqlite);
    write!(bed.store, ChatKey(0), |tx| tx.set_meta("key", "again").await).unwrap();
});

contract!(a_panic_ends_its_own_write_only, |bed| {
    let anna = bed.user("anna").await;
    let chat = chats(bed, 1, &[anna]).await[0];
    let late = write!(bed.store, chat, |tx| {
        tx.set_meta("late", "x").await?;
        if tx.engine() == Engine::Sqlite || tx.engine() == Engine::Postgres {
            panic!("in the middle of a write");
        }
        Ok(())
    });
    assert!(matches!(late, Err(StoreError::Internal(_))), "{late:?}");
    let early = bed.store.write::<(), StoreError, _>(chat, |_tx| panic!("before the first await")).await;
    assert!(matches!(early, Err(StoreError::Internal(_))), "{early:?}");
    assert_eq!(find_meta(&mut bed.store.read().await.unwrap(), "late").await.unwrap(), None);

    bed.store.append(message(chat, anna, "1"), |_, _| panic!("while telling")).unwrap().await.unwrap();
    write!(bed.store, chat, |tx| {
        tx.after_commit(|| panic!("in a hook"));
        Ok(())
    })
    .unwrap();
    assert_eq!(bed.say(chat, anna, "2").await.seq, 2);
});

contract!(who_asks_may_go_and_the_write_stands, |bed| {
    let anna = bed.user("anna").await;
    let chat = chats(bed, 1, &[anna]).await[0];
    let gate = Gate::shut(&bed.store, chat).await;
    drop(post(&bed.store, message(chat, anna, "sent and gone")));
    let hooked = Arc::new(AtomicBool::new(false));
    {
        let hooked = hooked.clone();
        let mut write = Box::pin(bed.store.write::<_, StoreError, _>(chat, move |tx| {
            tx.after_commit(move || hooked.store(true, Ordering::SeqCst));
            Box::pin(tx.next_rev(chat))
        }));
        assert!(write.as_mut().now_or_never().is_none());
    }
    gate.open().await;
    assert_eq!(bed.say(chat, anna, "next").await.seq, 2);
    write!(bed.store, chat, |_tx| Ok(())).unwrap();
    assert!(hooked.load(Ordering::SeqCst));
    let row = find_chat(&mut bed.store.read().await.unwrap(), &ChatId::from("chat0")).await.unwrap().unwrap();
    assert_eq!(row.rev, 3);
});

contract!(a_full_queue_says_so_at_once, |bed| {
    bed.config.queue = 2;
    bed.reopen().await;
    let anna = bed.user("anna").await;
    let chat = chats(bed, 1, &[anna]).await[0];
    let gate = Gate::shut(&bed.store, chat).await;
    let waiting = [post(&bed.store, message(chat, anna, "1")), post(&bed.store, message(chat, anna, "2"))];
    let refused = bed.store.append(message(chat, anna, "3"), |_, _| {});
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    let refused = write!(bed.store, chat, |_tx| Ok(()));
    assert!(matches!(refused, Err(StoreError::Unavailable(_))));
    gate.open().await;
    for pending in waiting {
        pending.await.unwrap();
    }
    assert_eq!(bed.say(chat, anna, "3").await.seq, 3);
});

contract!(closing_finishes_what_was_begun, |bed| {
    let anna = bed.user("anna").await;
    let chats = chats(bed, 4, &[anna]).await;
    let mut gates = Vec::new();
    for chat in &chats {
        if bed.engine() == Engine::Postgres || gates.is_empty() {
            gates.push(Gate::shut(&bed.store, *chat).await);
        }
    }
    let waiting: Vec<_> = (0..40).map(|n| post(&bed.store, message(chats[n % 4], anna, &n.to_string()))).collect();
    let closing = tokio::spawn(bed.store.clone().close());
    for gate in gates {
        gate.open().await;
    }
    closing.await.unwrap();
    for pending in waiting {
        pending.await.unwrap();
    }
    let late = bed.store.append(message(chats[0], anna, "late"), |_, _| {});
    assert!(matches!(late, Err(StoreError::Unavailable(_))));
    assert!(matches!(write!(bed.store, chats[0], |_tx| Ok(())), Err(StoreError::Unavailable(_))));
    assert!(matches!(bed.store.read().await.map(|_| ()), Err(StoreError::Unavailable(_))));
    bed.store.clone().close().await;
    bed.reopen().await;
    for chat in chats {
        assert_eq!(assert_dense(&bed.store, chat).await.len(), 10);
    }
});

contract!(writes_of_many_chats_do_not_wait_in_a_circle, |bed| {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let chats = chats(bed, 8, &[anna, boris]).await;
    let mut tasks = Vec::new();
    for round in 0..12 {
        for chat in chats.clone() {
            let store = bed.store.clone();
            tasks.push(tokio::spawn(async move {
                let sent = post(&store, message(chat, if round % 2 == 0 { anna } else { boris }, "x"));
                let written = write!(store, chat, |tx| {
                    let rev = tx.next_rev(chat).await?;
                    let content = ChatEventContent::ChatDeleted { by: anna, timestamp: at(1) };
                    tx.insert_event(chat, rev, &NewEvent { content: &content, by: anna, ts: at(1), previous: None })
                        .await?;
                    tx.mark_read(chat, boris, 1).await?;
                    tx.append_account_event(anna, "{}").await?;
                    tx.append_account_event(boris, "{}").await?;
                    Ok(())
                });
                written.unwrap();
                sent.await.unwrap();
            }));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    for chat in chats {
        assert_eq!(assert_dense(&bed.store, chat).await.len(), 12);
    }
    assert_eq!(get_account_rev(&mut bed.store.read().await.unwrap(), anna).await.unwrap(), 96);
});

contract!(the_writer_counts_what_it_does, |bed| {
    let anna = bed.user("anna").await;
    let chat = chats(bed, 1, &[anna]).await[0];
    let stats = || {
        let stats = bed.store.stats();
        [&stats.appends, &stats.writes, &stats.commits, &stats.failures].map(|n| n.load(Ordering::Relaxed))
    };
    let before = stats();
    for _ in 0..2 {
        post(&bed.store, Append { client_id: Some(client_id(1)), ..message(chat, anna, "x") }).await.unwrap();
    }
    assert!(post(&bed.store, message(ChatKey(99), anna, "x")).await.is_err());
    write!(bed.store, chat, |_tx| Ok(())).unwrap();
    bed.store.probe().await.unwrap();
    let after = stats();
    assert_eq!([0, 1, 2, 3].map(|n| after[n] - before[n]), [1, 2, 5, 0]);
    assert!(bed.store.is_healthy());
    assert!(format!("{:?}", bed.store).contains(&format!("{:?}", bed.engine())));
});
