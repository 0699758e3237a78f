//! Messages that wait for their time.

use vestnik_core::Notice;
use vestnik_proto::command::*;
use vestnik_proto::{Answer, ChatKind, Command, ErrorCode, Role, ScheduledMessage, limits};

use crate::world::*;

async fn waiting(world: &World, who: &Person) -> Vec<ScheduledMessage> {
    match world.run_as(who, Command::ListScheduled(Empty {})).await {
        Answer::ScheduledList { scheduled } => scheduled,
        other => panic!("{other:?}"),
    }
}

async fn texts(world: &World, scene: &Scene) -> Vec<String> {
    let page = world.history(&scene.owner, History::newest(scene.chat.clone(), 200)).await;
    page.messages.into_iter().map(|message| message.content).collect()
}

world!(sent_when_their_time_has_come, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let start = world.now();
    let id = id_of(&world.say(&scene.owner, &scene.chat, "a question").await);
    let reply = ScheduleMessage {
        chat_id: scene.chat.clone(),
        content: "third @adam".into(),
        message_type: Default::default(),
        reply_to: Some(id.clone()),
        send_at: start.plus_secs(30),
    };
    world.run_as(&scene.member, Command::ScheduleMessage(reply)).await;
    world.run_as(&scene.member, schedule(&scene.chat, "first", start.plus_secs(10))).await;
    world.run_as(&scene.owner, schedule(&scene.chat, "second", start.plus_secs(20))).await;
    assert_eq!(
        waiting(world, &scene.member).await.iter().map(|m| m.content.as_str()).collect::<Vec<_>>(),
        ["first", "third @adam"]
    );
    assert_eq!(world.core.run_jobs().await.unwrap(), Some(start.plus_secs(10)), "the next is due then");
    assert_eq!(texts(world, &scene).await.len(), 1);
    world.pass_secs(20);
    assert_eq!(world.core.run_jobs().await.unwrap(), Some(start.plus_secs(30)));
    assert_eq!(texts(world, &scene).await, ["a question", "first", "second"]);
    world.pass_secs(100);
    assert!(world.core.run_jobs().await.unwrap() > Some(world.now()));
    let sent = world.message(&scene.owner, &scene.chat, 4).await;
    assert_eq!((sent.content.as_str(), sent.reply_to, sent.mentions), ("third @adam", Some(id), vec![scene.admin.id]));
    assert_eq!(sent.timestamp, world.now());
    assert!(waiting(world, &scene.member).await.is_empty());
    world.core.run_jobs().await.unwrap();
    assert_eq!(texts(world, &scene).await.len(), 4, "once");
});

world!(exactly_once_though_stopped_in_between, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let id = scheduled_id(world.run_as(&scene.member, schedule(&scene.chat, "once", world.now().plus_secs(10))).await);
    world.pass_secs(10);
    // It was sent, and then the server was stopped before it was forgotten.
    let sent = world.core.send(&scene.member.actor, Some(id.parse().unwrap()), message(&scene.chat, "once")).await;
    sent.unwrap().await.unwrap();
    world.restart().await;
    assert_eq!(waiting(world, &scene.member).await.len(), 1);
    world.core.run_jobs().await.unwrap();
    assert_eq!(texts(world, &scene).await, ["once"]);
    assert!(waiting(world, &scene.member).await.is_empty());
    // So too when its writer may not write any more by then.
    let id = scheduled_id(world.run_as(&scene.member, schedule(&scene.chat, "twice", world.now().plus_secs(10))).await);
    world
        .core
        .send(&scene.member.actor, Some(id.parse().unwrap()), message(&scene.chat, "twice"))
        .await
        .unwrap()
        .await
        .unwrap();
    world.set_role(&scene.owner, &scene.chat, &scene.member, Role::Viewer).await;
    world.pass_secs(10);
    world.core.run_jobs().await.unwrap();
    assert!(waiting(world, &scene.member).await.is_empty(), "it was sent: nothing failed");
    assert_eq!(texts(world, &scene).await, ["once", "twice"]);
});

world!(what_cannot_be_sent_says_why, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let soon = world.now().plus_secs(10);
    let id = scheduled_id(world.run_as(&scene.member, schedule(&scene.chat, "too late", soon)).await);
    world.run_as(&scene.admin, schedule(&scene.chat, "removed", soon)).await;
    world.set_role(&scene.owner, &scene.chat, &scene.member, Role::Viewer).await;
    world.run_as(&scene.owner, Command::RemoveMember(member_ref(&scene.chat, &scene.admin))).await;
    world.pass_secs(10);
    world.core.run_jobs().await.unwrap();
    assert_eq!(waiting(world, &scene.member).await[0].failed, Some(ErrorCode::Forbidden));
    assert_eq!(waiting(world, &scene.admin).await[0].failed, Some(ErrorCode::NotFound));
    assert!(texts(world, &scene).await.is_empty());
    world.set_role(&scene.owner, &scene.chat, &scene.member, Role::Member).await;
    world.core.run_jobs().await.unwrap();
    assert!(texts(world, &scene).await.is_empty(), "not by itself");
    let again =
        |send_at| Command::UpdateScheduled(UpdateScheduled { scheduled_id: id.clone(), content: None, send_at });
    assert_eq!(world.refused(&scene.member, again(None)).await.field.as_deref(), Some("send_at"));
    world.run_as(&scene.member, again(Some(world.now().plus_secs(5)))).await;
    assert_eq!(waiting(world, &scene.member).await[0].failed, None);
    world.pass_secs(5);
    world.core.run_jobs().await.unwrap();
    assert_eq!(texts(world, &scene).await, ["too late"]);
});

world!(a_deleted_chat_takes_them_along, |world| {
    let scene = world.scene(ChatKind::Room).await;
    let soon = world.now().plus_secs(10);
    for who in [&scene.member, &scene.visitor] {
        world.run_as(who, schedule(&scene.chat, "never", soon)).await;
    }
    world.run_as(&scene.owner, Command::DeleteChat(chat_ref(&scene.chat))).await;
    for who in [&scene.member, &scene.visitor] {
        assert!(waiting(world, who).await.is_empty());
    }
    world.pass_secs(10);
    world.core.run_jobs().await.unwrap();
});

world!(what_may_be_scheduled, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let (chat, now) = (&scene.chat, world.now());
    let year = limits::SCHEDULE_AHEAD_SECS;
    for (command, code, field) in [
        (schedule(chat, "x", now), ErrorCode::Invalid, Some("send_at")),
        (schedule(chat, "x", now.plus_secs(-1)), ErrorCode::Invalid, Some("send_at")),
        (schedule(chat, "x", now.plus_secs(year).plus_millis(1)), ErrorCode::Invalid, Some("send_at")),
        (schedule(chat, " ", now.plus_secs(1)), ErrorCode::Invalid, Some("content")),
        (schedule(chat, "a\0b", now.plus_secs(1)), ErrorCode::Invalid, Some("content")),
        (schedule(chat, &"я".repeat(4_001), now.plus_secs(1)), ErrorCode::MessageTooLong, Some("content")),
    ] {
        let refused = world.refused(&scene.member, command).await;
        assert_eq!((refused.code, refused.field.as_deref()), (code, field));
    }
    assert_eq!(world.code(&scene.viewer, schedule(chat, "x", now.plus_secs(1))).await, ErrorCode::Forbidden);
    let mut last = String::new();
    for _ in 0..limits::SCHEDULED_PER_USER {
        last = scheduled_id(world.run_as(&scene.member, schedule(chat, "x", now.plus_secs(year))).await);
    }
    assert_eq!(world.code(&scene.member, schedule(chat, "x", now.plus_secs(1))).await, ErrorCode::Conflict);
    let cancel = |id: &str| Command::CancelScheduled(ScheduledRef { scheduled_id: id.to_owned() });
    for (who, id) in [(&scene.owner, last.as_str()), (&scene.member, "unknown"), (&scene.member, "a\0b")] {
        assert_eq!(world.code(who, cancel(id)).await, ErrorCode::NotFound, "{id}");
        let update = UpdateScheduled { scheduled_id: id.to_owned(), content: Some("x".into()), send_at: None };
        assert_eq!(world.code(who, Command::UpdateScheduled(update)).await, ErrorCode::NotFound, "{id}");
    }
    world.run_as(&scene.member, cancel(&last)).await;
    assert_eq!(world.code(&scene.member, cancel(&last)).await, ErrorCode::NotFound);
});

world!(the_worker_is_woken, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let woken = world.core.jobs_changed();
    world.run_as(&scene.member, schedule(&scene.chat, "x", world.now().plus_secs(10))).await;
    woken.await;
});

world!(what_is_old_is_forgotten, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let say = || with_id(client_id(1), Command::Message(message(&scene.chat, "hello")));
    let first = ack_of(world.core.execute(&scene.member.actor, say()).await.unwrap());
    let next = world.core.run_jobs().await.unwrap().unwrap();
    assert_eq!(next, world.now().plus_secs(3_600), "pruned once an hour");
    world.pass_secs(13 * 24 * 3_600);
    world.core.run_jobs().await.unwrap();
    assert_eq!(ack_of(world.core.execute(&scene.member.actor, say()).await.unwrap()), first);
    world.pass_secs(2 * 24 * 3_600);
    world.core.run_jobs().await.unwrap();
    let again = ack_of(world.core.execute(&scene.member.actor, say()).await.unwrap());
    assert_eq!(again.seq, Some(2), "forgotten after fourteen days");
    world.notices().await;
    world.core.run_jobs().await.unwrap();
    assert!(!world.notices().await.iter().any(|notice| matches!(notice, Notice::Chat { .. })));
});
