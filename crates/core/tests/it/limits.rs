//! Limits of speed, and what happens beyond them.

use vestnik_core::Actor;
use vestnik_proto::command::*;
use vestnik_proto::{ApiError, ChatKind, Command, ErrorCode};

use crate::world::*;

fn limited<T: std::fmt::Debug>(result: Result<T, ApiError>, retry_after_ms: u64) {
    let error = result.unwrap_err();
    assert_eq!((error.code, error.retry_after_ms), (ErrorCode::RateLimited, Some(retry_after_ms)));
}

world!(messages_per_second, |config| (config.messages_per_second, config.messages_burst) = (2, 3), |world| {
    let scene = world.scene(ChatKind::Group).await;
    let say = async |who: &Person| world.say_command(who, message(&scene.chat, "x")).await;
    for _ in 0..3 {
        say(&scene.member).await.unwrap();
    }
    limited(say(&scene.member).await, 500);
    say(&scene.owner).await.unwrap();
    world.pass_millis(499);
    limited(say(&scene.member).await, 1);
    world.pass_millis(1);
    say(&scene.member).await.unwrap();
    // Other commands have their own measure.
    world.run_as(&scene.member, mark_read(&scene.chat, 1)).await;
    // What waited for its time is not limited: it was counted when it was scheduled.
    for n in 0..5 {
        world.run_as(&scene.member, schedule(&scene.chat, &format!("later {n}"), world.now().plus_secs(1))).await;
    }
    world.pass_secs(1);
    world.core.run_jobs().await.unwrap();
    assert_eq!(world.chat(&scene.owner, &scene.chat).await.last_seq, 10);
});

world!(commands_per_second, |config| (config.commands_per_second, config.commands_burst) = (10, 50), |world| {
    let anna = world.person("anna").await;
    let ping = async |actor: &Actor| world.run(actor, Command::Ping(Empty {})).await;
    for _ in 0..50 {
        ping(&anna.actor).await.unwrap();
    }
    limited(ping(&anna.actor).await, 100);
    ping(&Actor::Guest).await.unwrap();
    world.pass_millis(100);
    ping(&anna.actor).await.unwrap();
    world.say(&anna, &"general".into(), "messages are counted apart").await;
});

world!(sign_ins_per_minute, |config| config.sign_ins_per_minute = 3, |world| {
    let login = || Login { username: "nobody".into(), password: "wrong wrong".into(), code: None, device: None };
    for _ in 0..3 {
        assert_eq!(world.core.login(login(), &elsewhere()).await.unwrap_err().code, ErrorCode::InvalidCredentials);
    }
    limited(world.core.login(login(), &elsewhere()).await, 20_000);
    limited(world.core.register(registration("anna", PASSWORD), &elsewhere()).await, 20_000);
    limited(world.core.refresh(Refresh { refresh_token: "x".into() }, &elsewhere()).await, 20_000);
    limited(world.core.guest(&elsewhere()).await, 20_000);
    // A script on the machine itself works undisturbed.
    for n in 0..10 {
        world.person(&format!("script{n}")).await;
    }
    world.pass_secs(20);
    world.core.guest(&elsewhere()).await.unwrap();
});

world!(
    too_many_sign_ins_at_once_are_told_to_wait,
    |config| (config.password_threads, config.password_queue) = (1, 2),
    |world| {
        world.person("anna").await;
        let logins = (0..20).map(|_| {
            let core = world.core.clone();
            let login = Login { username: "anna".into(), password: PASSWORD.into(), code: None, device: None };
            tokio::spawn(async move { core.login(login, &here()).await })
        });
        let mut codes = Vec::new();
        for login in logins.collect::<Vec<_>>() {
            codes.push(login.await.unwrap().map(drop).map_err(|error| (error.code, error.retry_after_ms)));
        }
        // How many are turned away depends on the machine; that they are told to wait does not.
        assert!(codes.iter().any(Result::is_ok));
        assert!(
            codes.iter().all(|code| matches!(code, Ok(()) | Err((ErrorCode::Unavailable, Some(3_000))))),
            "{codes:?}"
        );
    }
);
