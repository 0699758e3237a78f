//! Chats: made, found, changed, deleted; direct chats; invites; the directory of rooms.

use vestnik_core::Actor;
use vestnik_proto::command::*;
use vestnik_proto::{Answer, ChatId, ChatKind, Command, ErrorCode, Invite, InvitePreview, Role};

use crate::world::*;

fn room(name: &str, slug: Option<&str>) -> Command {
    Command::CreateChat(CreateChat {
        kind: ChatKind::Room,
        name: name.to_owned(),
        description: String::new(),
        slug: slug.map(str::to_owned),
        members: Vec::new(),
    })
}

async fn rooms(
    world: &World,
    who: &Person,
    q: &str,
    cursor: Option<String>,
    limit: u32,
) -> (Vec<String>, Option<String>) {
    let command = ListRooms { q: Some(q.to_owned()), cursor, limit: Some(limit) };
    match world.run_as(who, Command::ListRooms(command)).await {
        Answer::Rooms { rooms, next } => (rooms.into_iter().map(|room| room.id.0).collect(), next),
        other => panic!("{other:?}"),
    }
}

async fn preview(world: &World, actor: &Actor, code: &str) -> Result<InvitePreview, ErrorCode> {
    let command = Command::GetInvite(InviteCode { code: code.to_owned() });
    match world.run(actor, command).await.map_err(|error| error.code)? {
        Answer::InvitePreview { invite } => Ok(invite),
        other => panic!("{other:?}"),
    }
}

async fn invites(world: &World, who: &Person, chat: &ChatId) -> Vec<Invite> {
    match world.run_as(who, Command::ListInvites(chat_ref(chat))).await {
        Answer::Invites { invites } => invites,
        other => panic!("{other:?}"),
    }
}

world!(a_rooms_id_is_its_slug, |world| {
    let anna = world.person("anna").await;
    let made = async |name: &str, slug| chat_of(world.run_as(&anna, room(name, slug)).await).id.0;
    assert_eq!(made("Roof terrace", Some("roof")).await, "roof");
    assert_eq!(made("Общий чат №1", None).await, "obschij-chat-1");
    assert!(made("漢字", None).await.starts_with("room-"));
    for bad in ["", "Roof", "-a", "a-", "a b", "ж", "a~5", &"a".repeat(65)] {
        let refused = world.refused(&anna, room("Roof", Some(bad))).await;
        assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some("slug")), "{bad}");
    }
    assert_eq!(world.code(&anna, room("Roof", Some("roof"))).await, ErrorCode::Conflict);
    assert_eq!(world.code(&anna, room("Roof!", Some("general"))).await, ErrorCode::Conflict);
    let group = Command::CreateChat(CreateChat {
        kind: ChatKind::Group,
        name: "Ours".into(),
        description: String::new(),
        slug: Some("ours".into()),
        members: Vec::new(),
    });
    assert_eq!(world.refused(&anna, group).await.field.as_deref(), Some("slug"));
    // A deleted room's id is free again, and its log is not the new one's.
    world.run_as(&anna, Command::DeleteChat(chat_ref(&"roof".into()))).await;
    assert_eq!(world.code(&anna, Command::GetChat(chat_ref(&"roof".into()))).await, ErrorCode::NotFound);
    assert_eq!(chat_of(world.run_as(&anna, room("Roof", Some("roof"))).await).rev, 2);
});

world!(what_a_chat_needs, |world| {
    let anna = world.person("anna").await;
    let create = |kind, name: &str, description: &str, members: &[String]| {
        Command::CreateChat(CreateChat {
            kind,
            name: name.to_owned(),
            description: description.to_owned(),
            slug: None,
            members: members.to_vec(),
        })
    };
    let group = ChatKind::Group;
    for (command, field) in [
        (create(ChatKind::Direct, "x", "", &[]), "type"),
        (create(group, " \u{202e} ", "", &[]), "name"),
        (create(group, "\u{200e} \u{200e}", "", &[]), "name"),
        (create(group, &"я".repeat(101), "", &[]), "name"),
        (create(group, "x", &"я".repeat(1_001), &[]), "description"),
        (create(group, "x", "", &vec!["anna".to_owned(); 101]), "members"),
        (create(group, "x", "", &["anna".to_owned(), "nobody".to_owned()]), "members[1]"),
        (create(group, "x", "", &["a\0b".to_owned()]), "members[0]"),
    ] {
        let refused = world.refused(&anna, command).await;
        assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some(field)));
    }
    let longest =
        chat_of(world.run_as(&anna, create(group, &"я".repeat(100), &"я".repeat(1_000), &["ANNA".into()])).await);
    assert_eq!((longest.member_count, longest.id.as_str().len(), longest.role), (1, 16, Some(Role::Owner)));
    let rename =
        |name: &str| UpdateChat { chat_id: longest.id.clone(), name: Some(name.to_owned()), description: None };
    for bad in ["", " ", &"я".repeat(101)] {
        assert_eq!(world.refused(&anna, Command::UpdateChat(rename(bad))).await.field.as_deref(), Some("name"));
    }
    let about = UpdateChat { chat_id: longest.id.clone(), name: None, description: Some("я".repeat(1_001)) };
    assert_eq!(world.refused(&anna, Command::UpdateChat(about)).await.field.as_deref(), Some("description"));
    for absurd in [String::new(), "x".repeat(101), "a\0b".to_owned(), "general~1".to_owned(), "' OR 1=1 --".to_owned()]
    {
        assert_eq!(world.code(&anna, Command::GetChat(ChatRef { chat_id: absurd.into() })).await, ErrorCode::NotFound);
    }
});

world!(a_direct_chat_exists_once, |world| {
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    let first = world.direct(&anna, &boris).await;
    assert_eq!(world.direct(&anna, &boris).await, first);
    assert_eq!(world.direct(&boris, &anna).await, first);
    let mine = world.direct(&anna, &anna).await;
    assert_ne!(mine, first);
    assert_eq!(world.direct(&anna, &anna).await, mine);
    let at_once = |who: &Person, with: &str| {
        let (core, actor, username) = (world.core.clone(), who.actor.clone(), with.to_owned());
        async move {
            let frame = vestnik_proto::ClientFrame::new(Command::StartDirect(StartDirect { username }));
            chat_of(core.execute(&actor, frame).await.unwrap()).id
        }
    };
    let (carla, dmitri) = (world.person("carla").await, world.person("dmitri").await);
    let (a, b) = tokio::join!(at_once(&carla, "dmitri"), at_once(&dmitri, "CARLA"));
    assert_eq!(a, b, "both at once");
    for nobody in ["nobody", "", "a\0b"] {
        let command = Command::StartDirect(StartDirect { username: nobody.into() });
        assert_eq!(world.code(&anna, command).await, ErrorCode::NotFound);
    }
});

world!(the_directory_is_paged_and_searched, |world| {
    let anna = world.person("anna").await;
    for (name, slug) in [("A", "a_a"), ("100 % wool", "b-b"), ("back\\slash", "c"), ("Крыша", "d"), ("axa", "axa")]
    {
        world.run_as(&anna, room(name, Some(slug))).await;
    }
    assert_eq!(
        rooms(world, &anna, "", None, 200).await,
        (["a_a", "axa", "b-b", "c", "d", "general"].map(str::to_owned).to_vec(), None)
    );
    let (first, next) = rooms(world, &anna, "", None, 4).await;
    assert_eq!((first.len(), next.as_deref()), (4, Some("c")));
    assert_eq!(rooms(world, &anna, "", next, 4).await, (vec!["d".to_owned(), "general".to_owned()], None));
    for (q, found) in [("%", "b-b"), ("_", "a_a"), ("\\", "c"), ("КРЫ", "d"), ("a_a", "a_a"), ("GENERAL", "general")]
    {
        assert_eq!(rooms(world, &anna, q, None, 10).await.0, [found], "{q}");
    }
    assert!(rooms(world, &anna, "zz", None, 10).await.0.is_empty());
    assert_eq!(rooms(world, &anna, "", Some("zzz".into()), 10).await, (vec![], None));
    let with = |q: Option<String>, cursor: Option<String>, limit| Command::ListRooms(ListRooms { q, cursor, limit });
    assert_eq!(world.code(&anna, with(None, None, Some(0))).await, ErrorCode::Invalid);
    assert_eq!(world.code(&anna, with(Some("x".repeat(101)), None, None)).await, ErrorCode::Invalid);
    assert_eq!(world.code(&anna, with(None, Some("\0".into()), None)).await, ErrorCode::Invalid);
    let boris = world.person("boris").await;
    let Answer::Rooms { rooms, .. } = world.run_as(&boris, with(None, None, None)).await else { panic!() };
    let joined: Vec<&str> = rooms.iter().filter(|room| room.joined).map(|room| room.id.as_str()).collect();
    assert_eq!(joined, ["general"]);
});

world!(a_deleted_chat_is_gone_for_all, |world| {
    let scene = world.scene(ChatKind::Group).await;
    world.say(&scene.owner, &scene.chat, "x").await;
    let code = code_of(world.run_as(&scene.owner, Command::CreateInvite(invite(&scene.chat))).await);
    world.run_as(&scene.owner, Command::DeleteChat(chat_ref(&scene.chat))).await;
    for who in [&scene.owner, &scene.member, &scene.blocked, &scene.visitor] {
        for command in [Command::GetChat(chat_ref(&scene.chat)), Command::Message(message(&scene.chat, "still there?"))]
        {
            assert_eq!(world.code(who, command).await, ErrorCode::NotFound);
        }
        assert!(world.chats(who).await.iter().all(|chat| chat.id != scene.chat));
    }
    assert_eq!(preview(world, &scene.owner.actor, &code).await, Err(ErrorCode::NotFound));
    // After a restart as well: what is in memory is no more than what is stored.
    world.restart().await;
    assert_eq!(world.code(&scene.owner, Command::DeleteChat(chat_ref(&scene.chat))).await, ErrorCode::NotFound);
});

world!(an_invite_works_until_it_ends, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let make = async |command| code_of(world.run_as(&scene.owner, Command::CreateInvite(command)).await);
    let short = make(CreateInvite { expires_in: Some(60), ..invite(&scene.chat) }).await;
    let twice = make(CreateInvite { max_uses: Some(2), ..invite(&scene.chat) }).await;
    let viewer = make(CreateInvite { role: Some(Role::Viewer), ..invite(&scene.chat) }).await;
    let revoked = make(invite(&scene.chat)).await;
    assert_eq!(invites(world, &scene.owner, &scene.chat).await.len(), 4);

    let shown = preview(world, &Actor::Guest, &short).await.unwrap();
    assert_eq!((shown.chat_name.as_str(), shown.kind, shown.member_count), ("The Group", ChatKind::Group, 4));
    assert_eq!((shown.invited_by.as_str(), shown.expires_at), ("olga", Some(world.now().plus_secs(60))));
    world.pass_secs(60);
    assert_eq!(preview(world, &Actor::Guest, &short).await, Err(ErrorCode::NotFound));
    assert_eq!(world.code(&scene.visitor, join_by(&short)).await, ErrorCode::NotFound);

    for n in 0..2 {
        let guest = world.person(&format!("guest{n}")).await;
        let chat = chat_of(world.run_as(&guest, join_by(&twice)).await);
        assert_eq!(chat.role, Some(Role::Member));
        // Coming again uses nothing up.
        world.run_as(&guest, join_by(&viewer)).await;
    }
    assert_eq!(world.code(&scene.visitor, join_by(&twice)).await, ErrorCode::NotFound, "used up");
    assert_eq!(world.code(&scene.blocked, join_by(&viewer)).await, ErrorCode::NotFound, "blocked stays blocked");

    let revoke = |chat: &ChatId, code: &str| {
        Command::RevokeInvite(RevokeInvite { chat_id: chat.clone(), code: code.to_owned() })
    };
    assert_eq!(world.code(&scene.member, revoke(&scene.chat, &revoked)).await, ErrorCode::Forbidden);
    let other = world.create(&scene.visitor, ChatKind::Group, "Another").await;
    assert_eq!(world.code(&scene.visitor, revoke(&other, &revoked)).await, ErrorCode::NotFound, "of another chat");
    world.run_as(&scene.admin, revoke(&scene.chat, &revoked)).await;
    assert_eq!(world.code(&scene.admin, revoke(&scene.chat, &revoked)).await, ErrorCode::NotFound);
    assert_eq!(world.code(&scene.admin, revoke(&scene.chat, "a\0b")).await, ErrorCode::NotFound);
    assert_eq!(world.code(&scene.visitor, join_by(&revoked)).await, ErrorCode::NotFound);

    let left = invites(world, &scene.owner, &scene.chat).await;
    assert_eq!(left.iter().map(|invite| (&invite.code, invite.uses)).collect::<Vec<_>>(), [(&viewer, 0)]);
    world.run_as(&scene.visitor, join_by(&viewer)).await;
    assert_eq!(world.chat(&scene.visitor, &scene.chat).await.role, Some(Role::Viewer));
    for code in ["", "unknown", "a\0b", &"x".repeat(65)] {
        assert_eq!(preview(world, &scene.owner.actor, code).await, Err(ErrorCode::NotFound));
    }
});

world!(what_an_invite_may_be, |world| {
    let scene = world.scene(ChatKind::Group).await;
    for (command, field) in [
        (CreateInvite { role: Some(Role::Admin), ..invite(&scene.chat) }, "role"),
        (CreateInvite { role: Some(Role::Blocked), ..invite(&scene.chat) }, "role"),
        (CreateInvite { expires_in: Some(0), ..invite(&scene.chat) }, "expires_in"),
        (CreateInvite { expires_in: Some(u32::MAX), ..invite(&scene.chat) }, "expires_in"),
        (CreateInvite { max_uses: Some(0), ..invite(&scene.chat) }, "max_uses"),
    ] {
        let refused = world.refused(&scene.owner, Command::CreateInvite(command)).await;
        assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some(field)));
    }
    for _ in 0..100 {
        world.run_as(&scene.owner, Command::CreateInvite(invite(&scene.chat))).await;
    }
    assert_eq!(world.code(&scene.owner, Command::CreateInvite(invite(&scene.chat))).await, ErrorCode::Conflict);
    for nothing in [Join::default(), Join { chat_id: Some(scene.chat.clone()), invite: Some("x".into()) }] {
        assert_eq!(world.code(&scene.visitor, Command::Join(nothing)).await, ErrorCode::Invalid);
    }
});
