//! A repeat with the same `client_id` gets the first answer and changes nothing, also after a restart; the same
//! `client_id` with other content is a conflict.

use vestnik_proto::command::*;
use vestnik_proto::{Answer, ApiError, ChatId, ChatKind, ClientId, Command, ErrorCode, Role};

use crate::world::*;

async fn give(world: &World, who: &Person, client_id: ClientId, command: &Command) -> Result<Answer, ApiError> {
    world.core.execute(&who.actor, with_id(client_id, command.clone())).await
}

/// Every command that changes something, by one who may give it, with another of its kind.
async fn commands(world: &World) -> Vec<(Person, Command, Command)> {
    let scene = world.scene(ChatKind::Group).await;
    let chat = scene.chat.clone();
    let (owner, member) = (scene.owner.clone(), scene.member.clone());
    let mut ids = Vec::new();
    for n in 0..4 {
        ids.push(id_of(&world.say(&member, &chat, &format!("number {n}")).await));
    }
    let mut doomed: Vec<ChatId> = Vec::new();
    for n in 0..4 {
        doomed.push(world.create(&owner, ChatKind::Room, &format!("Doomed {n}")).await);
    }
    world.add(&owner, &doomed[2], &member, Role::Member).await;
    let invited = world.create(&owner, ChatKind::Group, "By invite").await;
    let code = code_of(world.run_as(&owner, Command::CreateInvite(invite(&invited))).await);
    let other_code = code_of(world.run_as(&owner, Command::CreateInvite(invite(&invited))).await);
    let soon = world.now().plus_secs(600);
    let mut waiting = Vec::new();
    for n in 0..2 {
        waiting.push(scheduled_id(world.run_as(&member, schedule(&chat, &format!("later {n}"), soon)).await));
    }
    let session = world.login("mira", PASSWORD).await.unwrap().answer.session_id.unwrap();
    let spare = [world.person("spare1").await, world.person("spare2").await];
    let reference = |n: usize| message_ref(&chat, &ids[n]);
    let update = |name: &str| UpdateChat { chat_id: chat.clone(), name: Some(name.into()), description: None };
    let status = |text: &str| UpdateProfile { status_text: Some(Some(text.into())), ..UpdateProfile::default() };
    let change = |n: &str| UpdateScheduled { scheduled_id: waiting[0].clone(), content: Some(n.into()), send_at: None };
    let favourite = |on| Command::SetChatSettings(SetChatSettings { favourite: Some(on), ..settings(&chat) });
    let room = |name: &str| create_chat(ChatKind::Room, name, &[]);
    let invite_of = |uses| Command::CreateInvite(CreateInvite { max_uses: Some(uses), ..invite(&chat) });
    let direct = |name: &str| Command::StartDirect(StartDirect { username: name.into() });
    let join = |chat: &ChatId| join_room(chat);
    let m = |command, other| (member.clone(), command, other);
    let o = |command, other| (owner.clone(), command, other);
    vec![
        m(Command::Message(message(&chat, "hello")), Command::Message(message(&chat, "hullo"))),
        m(edit(&chat, &ids[0], "edited"), edit(&chat, &ids[0], "edited otherwise")),
        m(Command::DeleteMessage(reference(1)), Command::DeleteMessage(reference(2))),
        m(Command::React(react(&chat, &ids[0], "👍")), Command::React(react(&chat, &ids[0], "🎉"))),
        m(Command::Unreact(react(&chat, &ids[0], "👍")), Command::Unreact(react(&chat, &ids[0], "🎉"))),
        o(Command::PinMessage(reference(0)), Command::PinMessage(reference(3))),
        o(Command::UnpinMessage(reference(0)), Command::UnpinMessage(reference(3))),
        o(mark_delivered(&chat, 1), mark_delivered(&chat, 2)),
        o(mark_read(&chat, 2), mark_read(&chat, 3)),
        m(join(&doomed[0]), join(&doomed[1])),
        m(join_by(&code), join_by(&other_code)),
        m(Command::Leave(chat_ref(&doomed[2])), Command::Leave(chat_ref(&doomed[0]))),
        m(room("One"), room("Two")),
        m(create_chat(ChatKind::Group, "One", &[&owner]), create_chat(ChatKind::Group, "Two", &[&owner])),
        m(direct("olga"), direct("adam")),
        o(Command::UpdateChat(update("New")), Command::UpdateChat(update("Newer"))),
        o(add_member(&chat, &spare[0], None), add_member(&chat, &spare[1], None)),
        o(set_role(&chat, &spare[0], Role::Viewer), set_role(&chat, &spare[0], Role::Admin)),
        o(Command::RemoveMember(member_ref(&chat, &spare[0])), Command::RemoveMember(member_ref(&chat, &scene.viewer))),
        o(invite_of(1), invite_of(2)),
        o(
            Command::RevokeInvite(RevokeInvite { chat_id: invited.clone(), code: code.clone() }),
            Command::RevokeInvite(RevokeInvite { chat_id: invited.clone(), code: other_code.clone() }),
        ),
        m(draft(&chat, "half a"), draft(&chat, "half a th")),
        m(favourite(true), favourite(false)),
        m(schedule(&chat, "later", soon), schedule(&chat, "later still", soon)),
        m(Command::UpdateScheduled(change("changed")), Command::UpdateScheduled(change("changed again"))),
        m(
            Command::CancelScheduled(ScheduledRef { scheduled_id: waiting[0].clone() }),
            Command::CancelScheduled(ScheduledRef { scheduled_id: waiting[1].clone() }),
        ),
        m(Command::UpdateProfile(status("here")), Command::UpdateProfile(status("there"))),
        m(prefer("theme", Some("dark")), prefer("theme", Some("light"))),
        m(
            Command::RevokeSession(RevokeSession { session_id: session }),
            Command::RevokeSession(RevokeSession { session_id: "another".into() }),
        ),
        o(Command::DeleteChat(chat_ref(&doomed[2])), Command::DeleteChat(chat_ref(&doomed[3]))),
        o(
            Command::TransferOwnership(member_ref(&chat, &member)),
            Command::TransferOwnership(member_ref(&chat, &scene.admin)),
        ),
    ]
}

world!(a_repeat_changes_nothing, |world| {
    let commands = commands(world).await;
    let mut first = Vec::new();
    for (n, (who, command, other)) in commands.iter().enumerate() {
        let (name, id) = (command.name(), client_id(n as u64));
        let answer = give(world, who, id, command).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        world.notices().await;
        world.pass_secs(1);
        let again = give(world, who, id, command).await.unwrap_or_else(|error| panic!("{name} again: {error}"));
        assert_eq!(again, answer, "{name}: the first answer");
        assert!(world.notices().await.is_empty(), "{name}: nothing new");
        let conflict = give(world, who, id, other).await.map(|answer| panic!("{name}: {answer:?}")).unwrap_err();
        assert_eq!(conflict.code, ErrorCode::Conflict, "{name}: other content");
        assert!(world.notices().await.is_empty(), "{name}: nothing new");
        first.push(answer);
    }
    // Long after, and by another process.
    world.pass_secs(24 * 3_600);
    world.core.run_jobs().await.unwrap();
    world.restart().await;
    world.notices().await;
    for (n, (who, command, _)) in commands.iter().enumerate() {
        let name = command.name();
        let again = give(world, who, client_id(n as u64), command).await;
        assert_eq!(again.unwrap_or_else(|error| panic!("{name}: {error}")), first[n], "{name} after a restart");
    }
    assert!(world.notices().await.is_empty());
    // Every command is there but those that know a repeat by themselves, and those of a connection.
    let given: Vec<&str> = commands.iter().map(|(_, command, _)| command.name()).collect();
    for name in Command::NAMES {
        let reads = name.starts_with("get_") || name.starts_with("list_") || name.starts_with("find_");
        let of_connections =
            ["auth", "register", "login", "refresh", "guest", "logout", "ping", "sync", "set_active_chat", "presence"];
        let without = ["unread_state", "history", "typing", "change_password"];
        let exempt = reads || of_connections.contains(name) || without.contains(name);
        assert!(exempt != given.contains(name), "{name}: is its repeat tested?");
    }
});

world!(a_client_id_is_its_users_own, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let same = client_id(1);
    let say = |text: &str| Command::Message(message(&scene.chat, text));
    let one = ack_of(give(world, &scene.member, same, &say("one")).await.unwrap());
    let two = ack_of(give(world, &scene.owner, same, &say("two")).await.unwrap());
    assert_ne!(one.seq, two.seq);
    // A message and a command are never the same request.
    for command in [draft(&scene.chat, "one"), create_chat(ChatKind::Group, "One", &[])] {
        assert_eq!(give(world, &scene.member, same, &command).await.unwrap_err().code, ErrorCode::Conflict);
    }
    give(world, &scene.member, client_id(2), &draft(&scene.chat, "one")).await.unwrap();
    assert_eq!(give(world, &scene.member, client_id(2), &say("one")).await.unwrap_err().code, ErrorCode::Conflict);
});

world!(what_was_refused_may_be_asked_again, |world| {
    let scene = world.scene(ChatKind::Channel).await;
    let say = Command::Message(message(&scene.chat, "news"));
    let pin = |seq| {
        let (key, _) = vestnik_proto::MessageId::from("3-1").decode().unwrap();
        Command::PinMessage(message_ref(&scene.chat, &vestnik_proto::MessageId::encode(key, seq)))
    };
    assert_eq!(give(world, &scene.member, client_id(1), &say).await.unwrap_err().code, ErrorCode::Forbidden);
    assert_eq!(give(world, &scene.admin, client_id(2), &pin(1)).await.unwrap_err().code, ErrorCode::NotFound);
    world.set_role(&scene.owner, &scene.chat, &scene.member, Role::Admin).await;
    let id = id_of(&ack_of(give(world, &scene.member, client_id(1), &say).await.unwrap()));
    let pin = Command::PinMessage(message_ref(&scene.chat, &id));
    give(world, &scene.admin, client_id(3), &pin).await.unwrap();
});

world!(the_same_at_once_happens_once, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let mut pending = Vec::new();
    for _ in 0..20 {
        let command = message(&scene.chat, "once");
        pending.push(world.core.send(&scene.member.actor, Some(client_id(1)), command).await.unwrap());
    }
    for pending in pending {
        assert_eq!(pending.await.unwrap().seq, Some(1));
    }
    let commands = (0..10).map(|_| {
        let (core, actor) = (world.core.clone(), scene.member.actor.clone());
        let frame = with_id(client_id(2), create_chat(ChatKind::Group, "Once", &[]));
        tokio::spawn(async move { core.execute(&actor, frame).await })
    });
    let mut ids = Vec::new();
    for done in commands.collect::<Vec<_>>() {
        ids.push(chat_of(done.await.unwrap().unwrap()).id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
});

world!(a_changed_password_may_be_changed_again_by_mistake, |world| {
    let anna = world.person("anna").await;
    let change = |old: &str, new: &str| {
        Command::ChangePassword(ChangePassword { old_password: old.into(), new_password: new.into() })
    };
    give(world, &anna, client_id(1), &change(PASSWORD, "another horse")).await.unwrap();
    give(world, &anna, client_id(1), &change(PASSWORD, "another horse")).await.unwrap();
    let wrong = give(world, &anna, client_id(2), &change(PASSWORD, "a third horse")).await.unwrap_err();
    assert_eq!(wrong.code, ErrorCode::InvalidCredentials);
    world.login("anna", "another horse").await.unwrap();
});
