//! Accounts, sessions, tokens, failed logins, the account stream, kept answers.

use vestnik_proto::{ChatKind, Role, ServerRole, User, UserId};
use vestnik_store::*;

use crate::bed::{at, client_id, message, new_user, on_postgres_with, post};

contract!(counters_count_from_one_each_by_itself, |bed| {
    for expected in 1..=3 {
        assert_eq!(write!(bed.store, ChatKey(0), |tx| tx.next_number("apples").await).unwrap(), expected);
    }
    assert_eq!(write!(bed.store, ChatKey(0), |tx| tx.next_number("pears").await).unwrap(), 1);
});

contract!(meta_keeps_the_last_value, |bed| {
    assert_eq!(find_meta(&mut bed.store.read().await.unwrap(), "key").await.unwrap(), None);
    write!(bed.store, ChatKey(0), |tx| tx.set_meta("key", "one").await).unwrap();
    write!(bed.store, ChatKey(0), |tx| tx.set_meta("key", "two").await).unwrap();
    assert_eq!(find_meta(&mut bed.store.read().await.unwrap(), "key").await.unwrap().as_deref(), Some("two"));
});

contract!(an_account_is_found_as_it_was_made, |bed| {
    let new =
        NewUser { email: Some("anna@example.org".to_owned()), server_role: ServerRole::Admin, ..new_user("Анна") };
    let id = write!(bed.store, ChatKey(0), |tx| tx.insert_user(&new).await).unwrap();
    let mut read = bed.store.read().await.unwrap();
    for row in
        [find_user(&mut read, id).await.unwrap().unwrap(), find_user_by_name(&mut read, "анна").await.unwrap().unwrap()]
    {
        assert_eq!(
            row.user,
            User {
                id,
                username: "Анна".to_owned(),
                display_name: "Анна the First".to_owned(),
                bio: String::new(),
                status_text: None,
                status_emoji: None,
                created_at: at(0),
                last_seen: None,
            }
        );
        assert_eq!(row.email.as_deref(), Some("anna@example.org"));
        assert_eq!((row.password.as_str(), row.server_role, row.account_rev), ("$argon2id$…", ServerRole::Admin, 0));
    }
    assert!(find_user(&mut read, UserId(99)).await.unwrap().is_none());
    assert!(find_user_by_name(&mut read, "Анна").await.unwrap().is_none(), "names are looked up folded");
});

contract!(names_and_what_looks_like_them_are_taken_once, |bed| {
    let anna = bed.user("anna").await;
    for new in [
        NewUser { skeleton: "another".to_owned(), ..new_user("Anna") },
        NewUser { skeleton: new_user("anna").skeleton, ..new_user("anпa") },
    ] {
        let error = write!(bed.store, ChatKey(0), |tx| tx.insert_user(&new).await).unwrap_err();
        assert!(matches!(error, StoreError::Exists), "{error}");
    }
    assert_eq!(bed.user("boris").await, UserId(anna.0 + 1), "a refused account takes no number");
});

contract!(one_of_many_at_once_gets_the_name, |bed| {
    let tries = (0..16).map(|n| {
        let store = bed.store.clone();
        // In all lanes of PostgreSQL.
        tokio::spawn(async move { write!(store, ChatKey(n), |tx| tx.insert_user(&new_user("anna")).await) })
    });
    let mut made = 0;
    for attempt in tries.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(_) => made += 1,
            Err(error) => assert!(matches!(error, StoreError::Exists), "{error}"),
        }
    }
    assert_eq!(made, 1);
});

contract!(what_a_person_shows_can_be_replaced, |bed| {
    let anna = bed.user("anna").await;
    let mut user = find_user(&mut bed.store.read().await.unwrap(), anna).await.unwrap().unwrap().user;
    user.display_name = "Anna K.".to_owned();
    user.bio = "Reads %_\\ and 'quotes'".to_owned();
    user.status_text = Some("away".to_owned());
    user.status_emoji = Some("🌴".to_owned());
    let changed = user.clone();
    write!(bed.store, ChatKey(0), |tx| {
        tx.update_profile(&changed, "anna k.", Some("a@b.c")).await?;
        tx.set_password(anna, "new").await?;
        tx.set_server_role(anna, ServerRole::Owner).await?;
        tx.set_last_seen(anna, at(7)).await
    })
    .unwrap();
    user.last_seen = Some(at(7));
    let row = find_user(&mut bed.store.read().await.unwrap(), anna).await.unwrap().unwrap();
    assert_eq!((row.user, row.email.as_deref()), (user.clone(), Some("a@b.c")));
    assert_eq!((row.password.as_str(), row.server_role), ("new", ServerRole::Owner));

    user.status_text = None;
    user.id = UserId(99);
    let ghost = user.clone();
    let gone = write!(bed.store, ChatKey(0), |tx| tx.update_profile(&ghost, "", None).await);
    assert!(matches!(gone, Err(StoreError::Gone)));
    assert!(matches!(write!(bed.store, ChatKey(0), |tx| tx.set_password(UserId(99), "").await), Err(StoreError::Gone)));
    let gone = write!(bed.store, ChatKey(0), |tx| tx.set_server_role(UserId(99), ServerRole::User).await);
    assert!(matches!(gone, Err(StoreError::Gone)));
});

contract!(the_server_has_an_owner_once_there_is_one, |bed| {
    let anna = bed.user("anna").await;
    let mut read = bed.store.read().await.unwrap();
    assert!(!has_owner(&mut read).await.unwrap());
    assert_eq!(find_owner(&mut read).await.unwrap(), None);
    write!(bed.store, ChatKey(0), |tx| tx.set_server_role(anna, ServerRole::Owner).await).unwrap();
    assert!(has_owner(&mut read).await.unwrap());
    assert_eq!(find_owner(&mut read).await.unwrap(), Some(anna));
});

contract!(lists_of_people_leave_out_who_is_not_there, |bed| {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let mut read = bed.store.read().await.unwrap();
    let ids = |users: Vec<User>| users.into_iter().map(|user| user.id).collect::<Vec<_>>();
    assert_eq!(ids(list_users(&mut read, &[boris, UserId(99), anna, anna]).await.unwrap()), [anna, boris]);
    assert_eq!(ids(list_users(&mut read, &[]).await.unwrap()), []);
    let names = ["boris", "nobody", "anna", "' OR 1=1"].map(str::to_owned);
    assert_eq!(ids(list_users_by_name(&mut read, &names).await.unwrap()), [anna, boris]);
    assert_eq!(ids(list_users_by_name(&mut read, &[]).await.unwrap()), []);
});

async fn finds_people_by_the_beginning_of_a_name(bed: &mut crate::bed::Bed) {
    for name in ["anna", "Annabel", "ann_e", "ann%", "Ёлка", "boris"] {
        bed.user(name).await;
    }
    let renamed = User {
        display_name: "Anton".to_owned(),
        ..find_user(&mut bed.store.read().await.unwrap(), UserId(6)).await.unwrap().unwrap().user
    };
    write!(bed.store, ChatKey(0), |tx| tx.update_profile(&renamed, "anton", None).await).unwrap();
    let mut read = bed.store.read().await.unwrap();
    for (text, limit, expected) in [
        ("an", 9, vec!["ann%", "ann_e", "anna", "Annabel", "boris"]),
        ("anna", 9, vec!["anna", "Annabel"]),
        ("anna", 1, vec!["anna"]),
        ("ann%", 9, vec!["ann%"]),
        ("ann_", 9, vec!["ann_e"]),
        ("ёл", 9, vec!["Ёлка"]),
        ("first", 9, vec![]),
        ("", 2, vec!["ann%", "ann_e"]),
    ] {
        let found: Vec<_> =
            search_users(&mut read, text, limit).await.unwrap().into_iter().map(|user| user.username).collect();
        assert_eq!(found, expected, "{text:?}");
    }
}

contract!(people_are_found_by_the_beginning_of_a_name, |bed| { finds_people_by_the_beginning_of_a_name(bed).await });

/// The order of a language passes over signs and would find other people than the order of bytes.
#[test]
fn people_are_found_alike_in_a_database_of_another_locale() {
    on_postgres_with("TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'", |bed| {
        Box::pin(finds_people_by_the_beginning_of_a_name(bed))
    });
}

contract!(the_account_stream_is_dense_whoever_writes, |bed| {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    let writes: Vec<_> = (0..64)
        .map(|n| {
            let store = bed.store.clone();
            tokio::spawn(async move {
                write!(store, ChatKey(n), |tx| {
                    // In the order of users, as every write must take them.
                    let rev = tx.append_account_event(anna, &format!("{{\"n\":{n}}}")).await?;
                    tx.append_account_event(boris, "{}").await?;
                    Ok(rev)
                })
            })
        })
        .collect();
    let mut revs = Vec::new();
    for write in writes {
        revs.push(write.await.unwrap().unwrap());
    }
    revs.sort_unstable();
    assert_eq!(revs, (1..=64).collect::<Vec<_>>());
    let mut read = bed.store.read().await.unwrap();
    assert_eq!(get_account_rev(&mut read, anna).await.unwrap(), 64);
    assert_eq!(get_account_rev(&mut read, boris).await.unwrap(), 64);
    let page = list_account_events(&mut read, anna, 60, 3).await.unwrap();
    assert_eq!(page.iter().map(|(rev, _)| *rev).collect::<Vec<_>>(), [61, 62, 63]);
    assert!(page[0].1.starts_with("{\"n\":"));
    assert!(list_account_events(&mut read, anna, 64, 3).await.unwrap().is_empty());
    assert!(matches!(get_account_rev(&mut read, UserId(99)).await, Err(StoreError::Gone)));
    let gone = write!(bed.store, ChatKey(0), |tx| tx.append_account_event(UserId(99), "{}").await);
    assert!(matches!(gone, Err(StoreError::Gone)));
});

fn new_session(id: &str, user: UserId, at_secs: i64) -> NewSession {
    NewSession {
        id: id.to_owned(),
        user,
        device: "phone".to_owned(),
        ip: "10.0.0.1".to_owned(),
        created_at: at(at_secs),
        expires_at: at(1_000),
    }
}

contract!(sessions_begin_go_on_and_end, |bed| {
    let (anna, boris) = (bed.user("anna").await, bed.user("boris").await);
    for new in
        [new_session("a", anna, 1), new_session("b", anna, 2), new_session("c", anna, 3), new_session("d", boris, 4)]
    {
        write!(bed.store, ChatKey(0), |tx| tx.insert_session(&new).await).unwrap();
    }
    let list = async |now| -> Vec<String> {
        let mut read = bed.store.read().await.unwrap();
        list_sessions(&mut read, anna, now).await.unwrap().into_iter().map(|row| row.session.id).collect()
    };
    assert_eq!(list(at(10)).await, ["c", "b", "a"]);
    write!(bed.store, ChatKey(0), |tx| tx.touch_session("a", "::1", at(20), at(2_000)).await).unwrap();
    assert_eq!(list(at(30)).await, ["a", "c", "b"]);
    assert_eq!(list(at(1_000)).await, ["a"], "the others have run out");

    let row = find_session(&mut bed.store.read().await.unwrap(), "a").await.unwrap().unwrap();
    assert_eq!((row.user, row.ended_at, row.session.current), (anna, None, false));
    assert_eq!((row.session.device.as_str(), row.session.ip.as_str()), ("phone", "::1"));
    assert_eq!((row.session.created_at, row.session.last_used_at, row.session.expires_at), (at(1), at(20), at(2_000)));
    assert!(find_session(&mut bed.store.read().await.unwrap(), "z").await.unwrap().is_none());

    assert!(write!(bed.store, ChatKey(0), |tx| tx.end_session("b", at(40)).await).unwrap());
    assert!(!write!(bed.store, ChatKey(0), |tx| tx.end_session("b", at(41)).await).unwrap());
    assert!(!write!(bed.store, ChatKey(0), |tx| tx.end_session("z", at(41)).await).unwrap());
    assert_eq!(list(at(50)).await, ["a", "c"]);
    assert_eq!(write!(bed.store, ChatKey(0), |tx| tx.end_sessions(anna, Some("a"), at(60)).await).unwrap(), ["c"]);
    assert_eq!(write!(bed.store, ChatKey(0), |tx| tx.end_sessions(anna, None, at(61)).await).unwrap(), ["a"]);
    assert!(list(at(70)).await.is_empty());

    let mut ended = list_ended_sessions(&mut bed.store.read().await.unwrap(), at(40)).await.unwrap();
    ended.sort();
    assert_eq!(ended, [("a".to_owned(), at(61)), ("c".to_owned(), at(60))]);
});

contract!(a_refresh_token_is_used_once, |bed| {
    write!(bed.store, ChatKey(0), |tx| tx.insert_refresh_token("hash", "s", at(100)).await).unwrap();
    let row = find_refresh_token(&mut bed.store.read().await.unwrap(), "hash").await.unwrap().unwrap();
    assert_eq!((row.session.as_str(), row.used_at, row.expires_at), ("s", None, at(100)));
    assert!(find_refresh_token(&mut bed.store.read().await.unwrap(), "other").await.unwrap().is_none());

    let uses: Vec<_> = (0..8)
        .map(|n| {
            let store = bed.store.clone();
            tokio::spawn(async move { write!(store, ChatKey(n), |tx| tx.use_refresh_token("hash", at(5)).await) })
        })
        .collect();
    let mut used = 0;
    for attempt in uses {
        used += u32::from(attempt.await.unwrap().unwrap());
    }
    assert_eq!(used, 1);
    let row = find_refresh_token(&mut bed.store.read().await.unwrap(), "hash").await.unwrap().unwrap();
    assert_eq!(row.used_at, Some(at(5)));
});

contract!(failed_logins_lock_a_name_for_a_while, |bed| {
    let fail =
        async || write!(bed.store, ChatKey(0), |tx| tx.note_login_failure("anna", at(1), 3, at(60)).await).unwrap();
    let state = async || find_login_failures(&mut bed.store.read().await.unwrap(), "anna").await.unwrap();
    assert_eq!((state().await.failures, state().await.locked_until), (0, None));
    assert_eq!((fail().await, fail().await), (1, 2));
    assert_eq!((state().await.failures, state().await.locked_until), (2, None));
    assert_eq!(fail().await, 3);
    assert_eq!((state().await.failures, state().await.locked_until), (0, Some(at(60))));
    assert_eq!(fail().await, 1, "the count begins anew after the lock");
    write!(bed.store, ChatKey(0), |tx| tx.clear_login_failures("anna").await).unwrap();
    assert_eq!((state().await.failures, state().await.locked_until), (0, None));
});

contract!(answers_are_kept_for_repeats, |bed| {
    let anna = bed.user("anna").await;
    let chat = bed.chat("general", ChatKind::Room).await;
    bed.join(chat, anna, Role::Member).await;
    write!(bed.store, ChatKey(0), |tx| tx.insert_answer(anna, client_id(1), -5, "{\"ok\":1}", at(1)).await).unwrap();
    let again = write!(bed.store, ChatKey(0), |tx| tx.insert_answer(anna, client_id(1), -5, "{}", at(1)).await);
    assert!(matches!(again, Err(StoreError::Exists)));
    let mut sent = message(chat, anna, "hello");
    sent.client_id = Some(client_id(2));
    let hash = sent.hash;
    post(&bed.store, sent).await.unwrap();

    let mut read = bed.store.read().await.unwrap();
    let found = find_answer(&mut read, anna, client_id(1)).await.unwrap();
    assert_eq!(found, Some((-5, Some("{\"ok\":1}".to_owned()))));
    assert_eq!(find_answer(&mut read, anna, client_id(2)).await.unwrap(), Some((hash, None)));
    assert_eq!(find_answer(&mut read, anna, client_id(3)).await.unwrap(), None);
    assert_eq!(find_answer(&mut read, UserId(99), client_id(1)).await.unwrap(), None);

    // The key of a command is no key for a message.
    let mut reused = message(chat, anna, "hello");
    reused.client_id = Some(client_id(1));
    assert!(matches!(post(&bed.store, reused).await, Err(StoreError::ClientIdReused)));
});

contract!(pruning_leaves_what_may_still_be_asked_for, |bed| {
    let anna = bed.user("anna").await;
    let expiring = |id: &str, expires| NewSession { expires_at: at(expires), ..new_session(id, anna, 0) };
    let (old, young) = (expiring("old", 10), expiring("young", 1_000));
    write!(bed.store, ChatKey(0), |tx| {
        tx.insert_answer(anna, client_id(1), 1, "old", at(10)).await?;
        tx.insert_answer(anna, client_id(2), 1, "young", at(200)).await?;
        tx.insert_session(&old).await?;
        tx.insert_session(&young).await?;
        tx.insert_refresh_token("old", "old", at(10)).await?;
        tx.insert_refresh_token("young", "young", at(1_000)).await?;
        tx.note_login_failure("forgotten", at(10), 5, at(20)).await?;
        tx.note_login_failure("locked", at(10), 1, at(1_000)).await?;
        tx.note_login_failure("fresh", at(500), 5, at(510)).await
    })
    .unwrap();
    assert_eq!(write!(bed.store, ChatKey(0), |tx| tx.prune(at(100), at(400)).await).unwrap(), 4);
    assert_eq!(write!(bed.store, ChatKey(0), |tx| tx.prune(at(100), at(400)).await).unwrap(), 0);
    let mut read = bed.store.read().await.unwrap();
    assert!(find_answer(&mut read, anna, client_id(1)).await.unwrap().is_none());
    assert!(find_answer(&mut read, anna, client_id(2)).await.unwrap().is_some());
    assert!(find_session(&mut read, "old").await.unwrap().is_none());
    assert!(find_session(&mut read, "young").await.unwrap().is_some());
    assert!(find_refresh_token(&mut read, "young").await.unwrap().is_some());
    assert_eq!(find_login_failures(&mut read, "locked").await.unwrap().locked_until, Some(at(1_000)));
    assert_eq!(find_login_failures(&mut read, "fresh").await.unwrap().failures, 1);
});

contract!(one_of_many_holds_a_lease, |bed| {
    let claim = async |holder: &'static str, now: i64, until: i64| {
        write!(bed.store, ChatKey::NONE, |tx| tx.claim("work", holder, at(now), at(until)).await).unwrap()
    };
    assert!(claim("a", 10, 20).await);
    assert!(!claim("b", 19, 30).await, "it is another's");
    assert!(claim("a", 19, 30).await, "kept");
    assert!(claim("b", 30, 40).await, "it had ended");
    assert!(!claim("a", 31, 41).await);
    assert!(claim("b", 32, 32).await, "given back");
    assert!(claim("a", 32, 42).await);
    assert!(claim("a", 3_642, 3_652).await, "its clock is an hour ahead");
    assert!(claim("b", 43, 53).await, "and its lease does not hold for an hour");
});

contract!(the_first_value_of_many_stands, |bed| {
    let made =
        async |value: &'static str| write!(bed.store, ChatKey::NONE, |tx| tx.make_meta("name", value).await).unwrap();
    assert_eq!((made("one").await, made("two").await), ("one".to_owned(), "one".to_owned()));
    assert!(!write!(bed.store, ChatKey::NONE, |tx| tx.insert_meta("name", "three").await).unwrap());
});

contract!(nodes_count_their_signs_of_life, |bed| {
    let call = async |own: Option<&'static str>, forget: &'static [&'static str]| {
        let forget: Vec<String> = forget.iter().map(|name| (*name).to_owned()).collect();
        write!(bed.store, ChatKey::NONE, |tx| tx.roll_call(own, &forget).await).unwrap()
    };
    let roll = |nodes: &[(&str, u64)]| nodes.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<Vec<_>>();
    assert_eq!(call(Some("a"), &[]).await, roll(&[("a", 1)]));
    assert_eq!(call(Some("b"), &[]).await, roll(&[("a", 1), ("b", 1)]));
    assert_eq!(call(Some("b"), &[]).await, roll(&[("a", 1), ("b", 2)]));
    assert_eq!(call(None, &["a"]).await, roll(&[("b", 2)]));
    assert_eq!(call(None, &["b"]).await, roll(&[]));
});
