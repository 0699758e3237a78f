//! Sessions: renewed, ended, listed; what an access token is good for.

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use vestnik_core::{Actor, CoreConfig, Notice, SignedIn};
use vestnik_proto::command::*;
use vestnik_proto::{Answer, ApiError, Command, ErrorCode, Session};

use crate::world::*;

fn access(signed_in: &SignedIn) -> &str {
    signed_in.answer.access_token.as_deref().unwrap()
}

fn refresh_of(signed_in: &SignedIn) -> Refresh {
    Refresh { refresh_token: signed_in.answer.refresh_token.clone().unwrap() }
}

fn ended(notices: &[Notice]) -> Vec<String> {
    let ended = notices.iter().filter_map(|notice| match notice {
        Notice::SessionEnded { session } => Some(session.to_string()),
        _ => None,
    });
    ended.collect()
}

async fn sessions(world: &World, who: &Person) -> Vec<Session> {
    match world.run_as(who, Command::ListSessions(Empty {})).await {
        Answer::Sessions { sessions } => sessions,
        other => panic!("{other:?}"),
    }
}

fn refused<T>(result: Result<T, ApiError>) {
    assert_eq!(result.map(drop).unwrap_err().code, ErrorCode::Unauthorized);
}

world!(an_access_token_is_good_for_fifteen_minutes, |world| {
    let signed_in = world.register("anna").await.unwrap();
    let authenticated = world.core.authenticate(access(&signed_in)).unwrap();
    assert_eq!((&authenticated.actor, authenticated.expires_at), (&signed_in.actor, signed_in.expires_at));
    world.pass_secs(100);
    let told = world.core.auth_success(&authenticated).await.unwrap();
    assert_eq!((told.expires_in, told.account_rev, told.access_token), (800, 1, None));
    world.pass_secs(799);
    world.core.authenticate(access(&signed_in)).unwrap();
    world.pass_secs(1);
    refused(world.core.authenticate(access(&signed_in)));
    for forged in ["", "x", "a.b.c", &format!("{}x", access(&signed_in)), &"x".repeat(5_000)] {
        refused(world.core.authenticate(forged));
    }
});

world!(a_storm_of_logins_delays_no_resume, |config| config.password_threads = 1, |world| {
    let signed_in = world.register("anna").await.unwrap();
    let general = "general".into();
    // The one thread for passwords is held up for as long as this wants.
    let (held, open) = world.hold_chance();
    let core = world.core.clone();
    let holder = tokio::spawn(async move { core.register(registration("boris", PASSWORD), &here()).await });
    held.await.unwrap();
    let mut storm: FuturesUnordered<_> = (0..200).map(|_| world.login("anna", PASSWORD)).collect();
    let resumed = async {
        let mut seen = Vec::new();
        for _ in 0..50 {
            let authenticated = world.core.authenticate(access(&signed_in)).unwrap();
            let (told, subscribed) = world.core.resume(&authenticated, true).await.unwrap();
            seen.push((told.account_rev, subscribed.chats.len()));
        }
        // Nor is a message delayed.
        let ack = world.core.send(&signed_in.actor, None, message(&general, "x")).await.unwrap().await.unwrap();
        (seen, ack.seq)
    };
    tokio::select! {
        done = storm.next() => panic!("a login came by the thread that is held: {done:?}"),
        (seen, seq) = resumed => assert_eq!((seen, seq), (vec![(1, 1); 50], Some(1))),
    }
    open.send(()).unwrap();
    holder.await.unwrap().unwrap();
    assert_eq!(storm.map(|login| login.is_ok()).filter(|ok| std::future::ready(*ok)).count().await, 200);
});

world!(tokens_are_good_on_every_node_and_after_a_restart, |world| {
    let signed_in = world.register("anna").await.unwrap();
    let other = world.another_core().await;
    other.authenticate(access(&signed_in)).unwrap();
    world.restart().await;
    world.core.authenticate(access(&signed_in)).unwrap();
    let elsewhere = CoreConfig { token_secret: Some(b"another secret of sixteen".to_vec()), ..world.config.clone() };
    refused(world.core_with(elsewhere).await.unwrap().authenticate(access(&signed_in)));
});

world!(a_refresh_token_works_once, |world| {
    let first = world.register("anna").await.unwrap();
    let anna = person(&first);
    world.pass_secs(1_000);
    let second = world.core.refresh(refresh_of(&first), &elsewhere()).await.unwrap();
    assert_eq!(second.answer.session_id, first.answer.session_id, "the same session goes on");
    assert_ne!(second.answer.refresh_token, first.answer.refresh_token);
    assert_eq!(sessions(world, &anna).await[0].ip, "192.0.2.7");
    world.notices().await;
    // The used one again: a thief or its owner, nobody can tell. All of the session ends.
    refused(world.core.refresh(refresh_of(&first), &here()).await);
    assert_eq!(ended(&world.notices().await), [first.answer.session_id.clone().unwrap()]);
    refused(world.core.authenticate(access(&second)));
    refused(world.core.refresh(refresh_of(&second), &here()).await);
    assert!(sessions(world, &anna).await.is_empty());
    // A node that starts later knows of it too.
    refused(world.another_core().await.authenticate(access(&second)));
    refused(world.core.refresh(Refresh { refresh_token: "unknown".into() }, &here()).await);
});

world!(a_refresh_token_ends_after_thirty_days_unless_used, |world| {
    let mut signed_in = world.register("anna").await.unwrap();
    for _ in 0..3 {
        world.pass_secs(29 * 24 * 3_600);
        signed_in = world.core.refresh(refresh_of(&signed_in), &here()).await.unwrap();
    }
    world.pass_secs(30 * 24 * 3_600);
    refused(world.core.refresh(refresh_of(&signed_in), &here()).await);
    assert!(sessions(world, &person(&signed_in)).await.is_empty());
});

world!(logging_out_ends_the_session, |world| {
    let first = world.register("anna").await.unwrap();
    let second = world.login("anna", PASSWORD).await.unwrap();
    world.notices().await;
    world.core.logout(&first.actor).await.unwrap();
    assert_eq!(ended(&world.notices().await), [first.answer.session_id.clone().unwrap()]);
    refused(world.core.authenticate(access(&first)));
    refused(world.core.refresh(refresh_of(&first), &here()).await);
    world.core.authenticate(access(&second)).unwrap();
    world.core.logout(&Actor::Guest).await.unwrap();
    assert!(world.notices().await.is_empty());
});

world!(sessions_are_listed_and_revoked, |world| {
    let first = world.register("anna").await.unwrap();
    world.pass_secs(1);
    let login = Login {
        username: "anna".into(),
        password: PASSWORD.into(),
        code: None,
        device: Some(" My\u{202e} phone ".into()),
    };
    let second = world.core.login(login, &elsewhere()).await.unwrap();
    let (anna, boris) = (person(&second), world.person("boris").await);
    let list = sessions(world, &anna).await;
    let shown: Vec<_> = list.iter().map(|s| (s.device.as_str(), s.ip.as_str(), s.current)).collect();
    assert_eq!(shown, [("My phone", "192.0.2.7", true), ("Tests/1.0", "127.0.0.1", false)]);
    let revoke = |id: &str| Command::RevokeSession(RevokeSession { session_id: id.to_owned() });
    let id = first.answer.session_id.clone().unwrap();
    assert_eq!(world.code(&boris, revoke(&id)).await, ErrorCode::NotFound, "another's");
    world.notices().await;
    world.run_as(&anna, revoke(&id)).await;
    assert_eq!(ended(&world.notices().await), std::slice::from_ref(&id));
    refused(world.core.authenticate(access(&first)));
    assert_eq!(world.code(&anna, revoke(&id)).await, ErrorCode::NotFound);
    assert_eq!(world.code(&anna, revoke("a\0b")).await, ErrorCode::NotFound);
    let unnamed = world
        .core
        .login(Login { username: "anna".into(), password: PASSWORD.into(), code: None, device: None }, &elsewhere())
        .await
        .unwrap();
    assert!(sessions(world, &person(&unnamed)).await.iter().any(|session| session.device == "unnamed device"));
});

world!(the_longest_unused_session_makes_room, |config| config.sessions_per_user = 2, |world| {
    let first = world.register("anna").await.unwrap();
    world.pass_secs(1);
    let second = world.login("anna", PASSWORD).await.unwrap();
    world.pass_secs(1);
    // Used since: now the second is the longest unused.
    let first = world.core.refresh(refresh_of(&first), &here()).await.unwrap();
    world.pass_secs(1);
    world.notices().await;
    let third = world.login("anna", PASSWORD).await.unwrap();
    assert_eq!(ended(&world.notices().await), [second.answer.session_id.clone().unwrap()]);
    refused(world.core.authenticate(access(&second)));
    world.core.authenticate(access(&first)).unwrap();
    assert_eq!(sessions(world, &person(&third)).await.len(), 2);
});

world!(a_new_password_ends_the_other_sessions, |world| {
    let first = world.register("anna").await.unwrap();
    let second = world.login("anna", PASSWORD).await.unwrap();
    let anna = person(&second);
    let change = |old: &str, new: &str| {
        Command::ChangePassword(ChangePassword { old_password: old.into(), new_password: new.into() })
    };
    assert_eq!(world.code(&anna, change("wrong wrong", "another horse")).await, ErrorCode::InvalidCredentials);
    let short = world.refused(&anna, change(PASSWORD, "short")).await;
    assert_eq!((short.code, short.field.as_deref()), (ErrorCode::Invalid, Some("new_password")));
    world.notices().await;
    world.run_as(&anna, change(PASSWORD, "another horse")).await;
    assert_eq!(ended(&world.notices().await), [first.answer.session_id.clone().unwrap()]);
    refused(world.core.authenticate(access(&first)));
    world.core.authenticate(access(&second)).unwrap();
    assert_eq!(world.login("anna", PASSWORD).await.unwrap_err().code, ErrorCode::InvalidCredentials);
    world.login("anna", "another horse").await.unwrap();
});

world!(the_administrators_new_password_ends_all_sessions, |world| {
    let first = world.register("anna").await.unwrap();
    world.notices().await;
    world.core.admin_reset_password("anna", "another horse".into()).await.unwrap();
    assert_eq!(ended(&world.notices().await).len(), 1);
    refused(world.core.authenticate(access(&first)));
    refused(world.core.refresh(refresh_of(&first), &here()).await);
});

world!(a_guest_looks_in_with_a_token, |world| {
    let guest = world.core.guest(&here()).await.unwrap();
    assert_eq!((guest.answer.guest, guest.answer.user_id, guest.answer.refresh_token.clone()), (true, None, None));
    let authenticated = world.core.authenticate(access(&guest)).unwrap();
    assert_eq!(authenticated.actor, Actor::Guest);
    let told = world.core.auth_success(&authenticated).await.unwrap();
    assert_eq!((told.username.as_str(), told.expires_in), ("guest", 900));
    let strict = world.core_with(CoreConfig { guests: false, ..world.config.clone() }).await.unwrap();
    refused(strict.authenticate(access(&guest)));
});
