//! Members: ranks, ownership, blocking, lists.

use vestnik_proto::command::*;
use vestnik_proto::{Answer, ChatKind, Command, ErrorCode, Member, Role, UserId};

use crate::world::*;

fn remove(scene: &Scene, whom: &Person) -> Command {
    Command::RemoveMember(member_ref(&scene.chat, whom))
}

world!(admins_cannot_touch_their_like, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let chat = &scene.chat;
    let second = world.person("alma").await;
    world.add(&scene.owner, chat, &second, Role::Admin).await;
    let roles = [Role::Admin, Role::Member, Role::Viewer, Role::Blocked];
    for whom in [&second, &scene.owner, &scene.admin] {
        for role in roles {
            assert_eq!(world.code(&scene.admin, set_role(chat, whom, role)).await, ErrorCode::Forbidden);
        }
        assert_eq!(world.code(&scene.admin, remove(&scene, whom)).await, ErrorCode::Forbidden);
    }
    assert_eq!(world.code(&scene.admin, set_role(chat, &scene.member, Role::Admin)).await, ErrorCode::Forbidden);
    let spare = world.person("spare").await;
    assert_eq!(world.code(&scene.admin, add_member(chat, &spare, Some(Role::Admin))).await, ErrorCode::Forbidden);
    for who in [&scene.admin, &scene.owner] {
        assert_eq!(world.code(who, add_member(chat, &spare, Some(Role::Owner))).await, ErrorCode::Forbidden);
        let blocked = world.refused(who, add_member(chat, &spare, Some(Role::Blocked))).await;
        assert_eq!((blocked.code, blocked.field.as_deref()), (ErrorCode::Invalid, Some("role")));
        let owner = world.refused(who, set_role(chat, &scene.member, Role::Owner)).await;
        assert_eq!((owner.code, owner.field.as_deref()), (ErrorCode::Invalid, Some("role")));
    }
    assert_eq!(world.code(&scene.owner, remove(&scene, &scene.owner)).await, ErrorCode::Forbidden);
    for role in [Role::Viewer, Role::Blocked, Role::Member] {
        world.set_role(&scene.admin, chat, &scene.member, role).await;
    }
    world.run_as(&scene.admin, remove(&scene, &scene.member)).await;
    world.set_role(&scene.owner, chat, &second, Role::Member).await;
    world.run_as(&scene.admin, remove(&scene, &second)).await;
});

world!(only_who_is_there_can_be_changed, |world| {
    let scene = world.scene(ChatKind::Group).await;
    for command in [
        set_role(&scene.chat, &scene.visitor, Role::Viewer),
        set_role(&scene.chat, &scene.visitor, Role::Blocked),
        remove(&scene, &scene.visitor),
        Command::TransferOwnership(member_ref(&scene.chat, &scene.visitor)),
        Command::TransferOwnership(member_ref(&scene.chat, &scene.blocked)),
    ] {
        assert_eq!(world.code(&scene.owner, command).await, ErrorCode::NotFound);
    }
    let transfer = world.refused(&scene.owner, Command::TransferOwnership(member_ref(&scene.chat, &scene.owner))).await;
    assert_eq!(transfer.code, ErrorCode::Invalid);
    for whom in [&scene.member, &scene.blocked] {
        assert_eq!(world.code(&scene.owner, add_member(&scene.chat, whom, None)).await, ErrorCode::Conflict);
    }
    for username in ["nobody", "a\0b"] {
        let add = AddMember { chat_id: scene.chat.clone(), username: username.into(), role: None };
        assert_eq!(world.code(&scene.owner, Command::AddMember(add)).await, ErrorCode::NotFound);
    }
});

world!(a_room_is_closed_to_who_is_blocked, |world| {
    let scene = world.scene(ChatKind::Room).await;
    world.set_role(&scene.admin, &scene.chat, &scene.visitor, Role::Blocked).await;
    for command in
        [Command::GetChat(chat_ref(&scene.chat)), join_room(&scene.chat), Command::Message(message(&scene.chat, "x"))]
    {
        assert_eq!(world.code(&scene.visitor, command).await, ErrorCode::NotFound);
    }
    let nobody =
        Command::SetRole(SetRole { chat_id: scene.chat.clone(), user_id: UserId(999_999), role: Role::Blocked });
    assert_eq!(world.code(&scene.admin, nobody).await, ErrorCode::NotFound);
    assert_eq!(world.chat(&scene.owner, &scene.chat).await.member_count, 4);
    // Removing one who is blocked opens the room to them again.
    world.run_as(&scene.admin, remove(&scene, &scene.visitor)).await;
    assert_eq!(chat_of(world.run_as(&scene.visitor, join_room(&scene.chat)).await).member_count, 5);
    // Any member brings others into a room, but only as plain members.
    let spare = world.person("spare").await;
    let as_viewer = add_member(&scene.chat, &spare, Some(Role::Viewer));
    assert_eq!(world.code(&scene.member, as_viewer.clone()).await, ErrorCode::Forbidden);
    world.run_as(&scene.admin, as_viewer).await;
});

world!(the_owner_stays_until_another_is_owner, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let leave = || Command::Leave(chat_ref(&scene.chat));
    assert_eq!(world.code(&scene.owner, leave()).await, ErrorCode::Conflict);
    world.run_as(&scene.owner, Command::TransferOwnership(member_ref(&scene.chat, &scene.viewer))).await;
    let role = async |who: &Person| world.chat(who, &scene.chat).await.role;
    assert_eq!((role(&scene.owner).await, role(&scene.viewer).await), (Some(Role::Admin), Some(Role::Owner)));
    assert_eq!(world.code(&scene.owner, Command::DeleteChat(chat_ref(&scene.chat))).await, ErrorCode::Forbidden);
    world.run_as(&scene.owner, leave()).await;
    assert_eq!(world.code(&scene.owner, leave()).await, ErrorCode::NotFound);
    let owners =
        world.members(&scene.viewer, &scene.chat).await.into_iter().filter(|member| member.role == Role::Owner);
    assert_eq!(owners.count(), 1);
});

world!(members_are_listed_in_pages, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let page = async |who: &Person, cursor: Option<&str>, limit| {
        let cursor = cursor.map(str::to_owned);
        let command = Command::ListMembers(ListMembers { chat_id: scene.chat.clone(), cursor, limit });
        match world.run_as(who, command).await {
            Answer::Members { members, next } => (members, next),
            other => panic!("{other:?}"),
        }
    };
    let (all, next) = page(&scene.owner, None, None).await;
    assert_eq!((all.len(), next), (5, None), "who may unblock sees the blocked");
    let (seen, _) = page(&scene.viewer, None, Some(u32::MAX)).await;
    assert_eq!(seen.iter().filter(|member| member.role == Role::Blocked).count(), 0);
    let (mut collected, mut cursor): (Vec<Member>, Option<String>) = (Vec::new(), None);
    loop {
        let (members, next) = page(&scene.owner, cursor.as_deref(), Some(2)).await;
        collected.extend(members);
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(collected, all);
    for bad in ["", "x", "99999999999999999999"] {
        let command = ListMembers { chat_id: scene.chat.clone(), cursor: Some(bad.into()), limit: None };
        assert_eq!(world.refused(&scene.owner, Command::ListMembers(command)).await.field.as_deref(), Some("cursor"));
    }
    assert!(page(&scene.owner, Some("-5"), Some(1)).await.1.is_some());
});

world!(what_core_remembers_of_roles_is_what_is_stored, |world| {
    let scene = world.scene(ChatKind::Channel).await;
    let other = world.another_core().await;
    world.set_role(&scene.owner, &scene.chat, &scene.member, Role::Admin).await;
    world.say(&scene.member, &scene.chat, "at once").await;
    // A core that has not seen the chat before reads it as it is.
    other.send(&scene.member.actor, None, message(&scene.chat, "there too")).await.unwrap().await.unwrap();
    world.set_role(&scene.owner, &scene.chat, &scene.member, Role::Blocked).await;
    assert_eq!(world.code(&scene.member, Command::GetChat(chat_ref(&scene.chat))).await, ErrorCode::NotFound);
    world.restart().await;
    assert_eq!(world.code(&scene.member, Command::GetChat(chat_ref(&scene.chat))).await, ErrorCode::NotFound);
    assert_eq!(world.members(&scene.owner, &scene.chat).await.len(), 5);
});
